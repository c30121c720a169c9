//! From match records to columns, and the matches of several rules into one order.

use alloc::vec::Vec;

use crate::column::{Column, Values};
use crate::output::{MatchRef, Matches, OutputBatch, OutputSchema};
use crate::plan::{MatchField, RulePlan};
use crate::schema::Type;
use crate::state::{NONE, RuleState, TextHeap, rank};
use crate::string::RawStr;

/// Moves the match records of a rule to the end of `out`; `seqs` gets the sequence number of each.
///
/// `lists` are the columns of the rule's input if that is a window operator. Records are in order: a kernel does rows in order, and deadlines where they belong between them.
pub(crate) fn take_matches(
    plan: &RulePlan,
    schema: &OutputSchema,
    state: &mut RuleState,
    lists: &[Column],
    out: &mut OutputBatch,
    seqs: &mut Vec<i64>,
) {
    seqs.clear();
    let count = state.matches.len;
    if count == 0 {
        return;
    }
    let first = out.ts.len();
    let records = (0..count).map(|record| state.matches.record(record));
    out.ts.extend(records.clone().map(|record| record[0] as i64));
    seqs.extend(records.map(|record| record[1] as i64));
    let ranks = seqs.iter().map(|seq| rank(*seq));
    debug_assert!(out.ts[first..].iter().zip(ranks).is_sorted(), "a rule's matches are in order");
    for ((column, field), shape) in out.columns.iter_mut().zip(&plan.match_fields).zip(&schema.columns) {
        match (shape.list, field.list_of) {
            (true, Some(list)) => copy_lists(field, state, &lists[list], column),
            (true, None) => take_lists(field, state, column),
            (false, _) => take_values(field, state, column),
        }
    }
    state.matches.clear();
    state.match_text.clear();
}

/// The 8 bytes of a record at a field.
fn word(record: &[u64], field: &MatchField) -> u64 {
    record[field.offset / 8]
}

fn is_valid(record: &[u64], field: &MatchField) -> bool {
    field.valid_bit.is_none_or(|bit| record[bit / 64] >> (bit % 64) & 1 == 1)
}

/// Appends the values of a field of all records.
fn take_values(field: &MatchField, state: &RuleState, column: &mut Column) {
    let records = (0..state.matches.len).map(|record| state.matches.record(record));
    match column.values_mut() {
        Values::Bool(to) => to.extend(records.clone().map(|record| word(record, field) as u8 & 1)),
        Values::I64(to) => to.extend(records.clone().map(|record| word(record, field) as i64)),
        Values::F64(to) => to.extend(records.clone().map(|record| f64::from_bits(word(record, field)))),
        Values::Str(to) => records.clone().for_each(|record| {
            let raw = RawStr { head: word(record, field), tail: record[field.offset / 8 + 1] };
            // SAFETY: the plan's promise: what is there is a string whose bytes, if it is long, are in `match_text`,
            // which is cleared only after this. What is not there is not looked at.
            to.push(if is_valid(record, field) { unsafe { raw.text() } } else { "" });
        }),
        Values::List(_) => unreachable!("lists are taken elsewhere"),
    }
    let first = column.len() - records.len();
    let nulls = (first..).zip(records).filter(|(_, record)| !is_valid(record, field));
    column.extend_valid(nulls.map(|(row, _)| row));
}

/// Appends the lists that records name by their row.
fn copy_lists(field: &MatchField, state: &RuleState, from: &Column, column: &mut Column) {
    for record in (0..state.matches.len).map(|record| state.matches.record(record)) {
        column.push_from(from, word(record, field) as usize);
    }
}

/// Appends the lists of a field of all records, and frees their nodes.
fn take_lists(field: &MatchField, state: &mut RuleState, column: &mut Column) {
    for number in 0..state.matches.len {
        let record = state.matches.record(number);
        let (valid, mut node) = (is_valid(record, field), word(record, field) as u32);
        let length = record[field.offset / 8 + 1] as u32;
        let Values::List(list) = column.values_mut() else { unreachable!("a list column holds lists") };
        for _ in 0..length {
            debug_assert_ne!(node, NONE, "a list has as many nodes as it says");
            node = take_node(node, state, &mut list.child);
        }
        list.offsets.push(list.child.len() as u32);
        let row = column.len() - 1;
        column.extend_valid((!valid).then_some(row));
    }
}

/// Appends the item of a node, frees the node and gives the one after it.
fn take_node(node: u32, state: &mut RuleState, items: &mut Column) -> u32 {
    let record = state.nodes.record(node);
    let (next, valid) = (record[0] as u32, record[0] >> 32 != 0);
    let raw = RawStr { head: record[1], tail: record[2] };
    state.nodes.give(node);
    match items.values_mut() {
        Values::Bool(to) => to.push(raw.head as u8 & 1),
        Values::I64(to) => to.push(raw.head as i64),
        Values::F64(to) => to.push(f64::from_bits(raw.head)),
        Values::Str(to) => to.push(if valid { text(&raw, &state.heap) } else { "" }),
        Values::List(_) => unreachable!("lists of lists do not exist"),
    }
    if valid && items.ty() == Type::Str && raw.is_long() {
        state.heap.free(raw.tail, raw.len());
    }
    let row = items.len() - 1;
    items.extend_valid((!valid).then_some(row));
    next
}

/// The text of a string in a rule's state: the tail of a long one is an offset.
fn text<'a>(raw: &'a RawStr, heap: &'a TextHeap) -> &'a str {
    match raw.is_long() {
        // SAFETY: the plan's promise: kernels store UTF-8.
        true => unsafe { core::str::from_utf8_unchecked(heap.bytes(raw.tail, raw.len())) },
        // SAFETY: as above; a short string is inline.
        false => unsafe { raw.text() },
    }
}

/// The matches of one rule in a working batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// The rule.
    pub(crate) rule: usize,
    /// The first row of its output.
    pub(crate) first: usize,
}

/// Brings the matches of a working batch into the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct Merge {
    stretches: Vec<Stretch>,
    keyed: Vec<(i64, i64, MatchRef)>,
}

impl Merge {
    /// Notes that rule number `rule` has matches, from row `first` of its output on.
    pub(crate) fn add(&mut self, rule: usize, first: usize) {
        self.stretches.push(Stretch { rule, first });
    }

    /// Appends all that was noted to the order of `matches`; `seqs` gives the sequence numbers of a rule's matches.
    ///
    /// `tags`, if there are any, get these numbers in order.
    pub(crate) fn finish<'a>(
        &mut self,
        matches: &mut Matches,
        seqs: impl Fn(usize) -> &'a [i64],
        tags: Option<&mut Vec<i64>>,
    ) {
        if let [only] = self.stretches[..] {
            let rows = only.first as u32..matches.outputs[only.rule].ts.len() as u32;
            matches.order.extend(rows.map(|row| MatchRef { rule: only.rule as u32, row }));
            if let Some(tags) = tags {
                tags.extend_from_slice(seqs(only.rule));
            }
        } else {
            for &Stretch { rule, first } in &self.stretches {
                let rows = matches.outputs[rule].ts[first..].iter().zip(seqs(rule)).zip(first as u32..);
                let keyed = rows.map(|((&ts, &seq), row)| (ts, seq, MatchRef { rule: rule as u32, row }));
                self.keyed.extend(keyed);
            }
            self.keyed.sort_unstable_by_key(|(ts, seq, at)| (*ts, rank(*seq), at.rule, at.row));
            if let Some(tags) = tags {
                tags.extend(self.keyed.iter().map(|(_, seq, _)| *seq));
            }
            matches.order.extend(self.keyed.drain(..).map(|(_, _, at)| at));
        }
        self.stretches.clear();
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::column::Value;
    use crate::output::OutputColumn;

    const LONG: &str = "a text of more than twelve bytes";

    /// Appends an item to a list register at word `at` of match 0.
    fn append(state: &mut RuleState, at: usize, item: Option<&str>) {
        let raw = item.map_or(RawStr::default(), |text| {
            let bytes = text.as_bytes();
            RawStr::inline(bytes).unwrap_or_else(|| RawStr::long(bytes, state.heap.store(bytes)))
        });
        let node = state.nodes.take().unwrap();
        let links = u64::from(NONE) | u64::from(item.is_some()) << 32;
        state.nodes.record_mut(node).copy_from_slice(&[links, raw.head, raw.tail]);
        let register = &mut state.matches.record_mut(0)[at..at + 2];
        let (tail, length) = ((register[0] >> 32) as u32, register[1]);
        let head = if length == 0 { node } else { register[0] as u32 };
        register.copy_from_slice(&[u64::from(head) | u64::from(node) << 32, length + 1]);
        if length > 0 {
            state.nodes.set_word(tail, 0, node);
        }
    }

    #[test]
    fn records_become_columns() {
        let column = |ty, nullable, list| OutputColumn { ty, nullable, list };
        let columns = vec![
            column(Type::Bool, false, false),
            column(Type::F64, true, false),
            column(Type::Str, true, false),
            column(Type::Str, true, true),
        ];
        let schema = OutputSchema { name: "R".to_string(), fields: vec![], columns };
        let field = |offset: usize, valid_bit: Option<usize>| MatchField { offset, valid_bit, list_of: None };
        let mut state = RuleState::new(8, 16, 80, 1, 9);
        let match_fields = vec![field(24, None), field(32, Some(128)), field(40, Some(129)), field(56, None)];
        let text = RawStr::long(LONG.as_bytes(), state.match_text.push(LONG.as_bytes()) as u64);
        for (record, there) in [(0, 0b11), (1, 0b00)] {
            let index = state.matches.take().unwrap();
            let words = [7, record, there, record, 2.5f64.to_bits(), text.head, text.tail, 0, 0, 0];
            state.matches.record_mut(index).copy_from_slice(&words);
        }
        [Some("short"), None, Some(LONG)].into_iter().for_each(|item| append(&mut state, 7, item));

        let plan = RulePlan { match_fields, ..plan() };
        let (mut out, mut seqs) = (OutputBatch::new(&schema), vec![]);
        take_matches(&plan, &schema, &mut state, &[], &mut out, &mut seqs);
        assert_eq!((&out.ts[..], &seqs[..]), (&[7, 7][..], &[0, 1][..]));
        let rows: Vec<Vec<Value>> =
            (0..2).map(|row| out.columns.iter().map(|column| column.get(row)).collect()).collect();
        let text = |text: &str| Value::Str(text.to_string());
        let list = Value::List(vec![text("short"), Value::Null, text(LONG)]);
        assert_eq!(rows[0], [Value::Bool(false), Value::F64(2.5), text(LONG), list]);
        assert_eq!(rows[1], [Value::Bool(true), Value::Null, Value::Null, Value::List(vec![])]);
        assert_eq!((state.nodes.live, state.matches.len), (0, 0));
        assert_eq!(state.heap.store(LONG.as_bytes()), 0, "the text of the node was freed");
    }

    unsafe extern "C" fn nothing(_: *mut crate::state::Context) {}

    fn plan() -> RulePlan {
        RulePlan {
            inputs: vec![],
            keys: vec![],
            guards: vec![],
            step: crate::plan::Step::Kernel(nothing),
            timer: None,
            sweep: None,
            event_columns: vec![],
            run_shape: crate::plan::RunShape::default(),
            fingerprint: 0,
            run_bytes: 8,
            slot_bytes: 16,
            match_bytes: 80,
            match_fields: vec![],
            runs_max: 1,
            list_max: 9,
            partitions_max: 1,
            idle_ns: None,
            partitions_fail: false,
        }
    }
}
