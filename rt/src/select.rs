//! Which rows of the working batch a rule sees: those for which one of its guards holds, of all its inputs, in time order.

use alloc::vec::Vec;
use core::mem::swap;

use crate::instance::share::Share;
use crate::instance::work::Work;
use crate::plan::RulePlan;
use crate::state::rank;

/// The selected rows of one rule.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Rows, each of the batch of its type.
    rows: Vec<u32>,
    /// For each the number of the rule's input that it is of; empty if the rule has one input.
    inputs: Vec<u8>,
    // What `fill` works with.
    words: Vec<u64>,
    next: Vec<u32>,
    places: Vec<(u32, u8)>,
    marks: Vec<u64>,
    merged: (Vec<u32>, Vec<u8>),
}

impl Selection {
    /// Selects the rows of the working batch that a rule wants, of its share.
    pub(crate) fn fill(&mut self, rule: &RulePlan, work: &Work, share: &mut Share) {
        self.rows.clear();
        self.inputs.clear();
        if rule.inputs.len() == 1 {
            let mut rows = core::mem::take(&mut self.rows);
            self.select(rule, 0, work, share, &mut rows);
            self.rows = rows;
            return;
        }
        self.order(rule, work, share);
        for (number, input) in rule.inputs.iter().enumerate() {
            if !work.is_input(input.ty) {
                let mut next = core::mem::take(&mut self.next);
                next.clear();
                self.select(rule, number, work, share, &mut next);
                self.merge(rule, number, work, &next);
                self.next = next;
            }
        }
    }

    /// Selects the wanted rows of input types, in the order of their numbers.
    ///
    /// PERF: the numbers of a working batch have no gaps, so every row has a place of its own and nothing is compared: types
    /// that take turns at random would have every other comparison guessed wrong.
    fn order(&mut self, rule: &RulePlan, work: &Work, share: &mut Share) {
        let inputs = rule.inputs.iter().enumerate().filter(|(_, input)| work.is_input(input.ty));
        let seqs = inputs.clone().filter_map(|(_, input)| {
            let seqs = &work.rows(input.ty as usize).seqs;
            Some((*seqs.first()?, *seqs.last()?))
        });
        let Some((first, last)) = seqs.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return };
        let span = (last - first) as usize + 1;
        self.places.resize(span, (0, 0));
        self.marks.clear();
        self.marks.resize(span.div_ceil(64), 0);
        for (number, input) in inputs {
            let mut next = core::mem::take(&mut self.next);
            next.clear();
            self.select(rule, number, work, share, &mut next);
            let seqs = &work.rows(input.ty as usize).seqs;
            for &row in &next {
                let place = (seqs[row as usize] - first) as usize;
                self.marks[place / 64] |= 1 << (place % 64);
                self.places[place] = (row, number as u8);
            }
            self.next = next;
        }
        self.next.clear();
        set_bits(&self.marks, span, &mut self.next);
        let places = self.next.iter().map(|&place| self.places[place as usize]);
        self.rows.extend(places.clone().map(|(row, _)| row));
        self.inputs.extend(places.map(|(_, number)| number));
    }

    /// Whether nothing is selected.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The number of the input of each; empty if the rule has one input.
    pub(crate) fn inputs(&self) -> &[u8] {
        &self.inputs
    }

    /// Which input the row at `at` is of.
    pub(crate) fn input(&self, at: usize) -> usize {
        self.inputs.get(at).map_or(0, |&input| input.into())
    }

    /// The time of the row at `at`.
    pub(crate) fn time(&self, rule: &RulePlan, work: &Work, at: usize) -> i64 {
        let ty = rule.inputs[self.input(at)].ty as usize;
        work.rows(ty).times[self.rows[at] as usize]
    }

    /// Appends the wanted rows of one input, in order.
    fn select(&mut self, rule: &RulePlan, number: usize, work: &Work, share: &mut Share, out: &mut Vec<u32>) {
        let input = &rule.inputs[number];
        append(input.ty, input.wants.as_deref(), work, (share, number), &mut self.words, out);
    }

    /// Merges what is selected so far with rows of the next input.
    fn merge(&mut self, rule: &RulePlan, number: usize, work: &Work, next: &[u32]) {
        if next.is_empty() {
            return;
        }
        let (mut rows, mut inputs) = core::mem::take(&mut self.merged);
        rows.clear();
        inputs.clear();
        // Of events with one time and number, those of input types are first, then those of earlier rules.
        let key = |input: usize, row: u32| {
            let ty = rule.inputs[input].ty;
            let of = work.rows(ty as usize);
            (of.times[row as usize], rank(of.seqs[row as usize]), ty)
        };
        let mut theirs = next.iter().map(|&row| (key(number, row), row)).peekable();
        for (&row, &input) in self.rows.iter().zip(&self.inputs) {
            let mine = key(input.into(), row);
            while let Some((_, row)) = theirs.next_if(|(theirs, _)| *theirs < mine) {
                rows.push(row);
                inputs.push(number as u8);
            }
            rows.push(row);
            inputs.push(input);
        }
        for (_, row) in theirs {
            rows.push(row);
            inputs.push(number as u8);
        }
        swap(&mut self.rows, &mut rows);
        swap(&mut self.inputs, &mut inputs);
        self.merged = (rows, inputs);
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        (self.rows.capacity() + self.next.capacity() + self.merged.0.capacity()) * 4
            + self.inputs.capacity()
            + self.merged.1.capacity()
            + (self.words.capacity() + self.marks.capacity() + self.places.capacity()) * 8
    }
}

/// The rows of a type for which one of the guards holds (all without guards), of the share, in place of what `out` has.
pub(crate) fn select(
    ty: u32,
    wants: Option<&[u32]>,
    work: &Work,
    share: &mut Share,
    words: &mut Vec<u64>,
    out: &mut Vec<u32>,
) {
    out.clear();
    append(ty, wants, work, (share, 0), words, out);
}

/// Appends the rows of a type for which one of the guards holds (all without guards), of the share, in order; `number` is that
/// of the type among the operator's inputs.
fn append(
    ty: u32,
    wants: Option<&[u32]>,
    work: &Work,
    (share, number): (&mut Share, usize),
    words: &mut Vec<u64>,
    out: &mut Vec<u32>,
) {
    let len = work.rows(ty as usize).len();
    match wants {
        _ if len == 0 => {}
        Some(guards) if guards.iter().all(|guard| work.is_quiet(*guard)) => {}
        None if share.is_all() => out.extend(0..len as u32),
        Some([guard])
            if share.is_all()
                && let Some((words, first)) = work.found(*guard) =>
        {
            set_bits_from(words, first, len, out);
        }
        _ => {
            choose(ty, wants, work, words);
            share.restrict(number, ty, work, words);
            set_bits(words, len, out);
        }
    }
}

/// A bit for each row of a type: whether one of the guards holds (all without guards).
pub(crate) fn choose(ty: u32, wants: Option<&[u32]>, work: &Work, words: &mut Vec<u64>) {
    let len = work.rows(ty as usize).len();
    words.clear();
    match wants {
        _ if len == 0 => {}
        None => {
            words.resize(len.div_ceil(64), u64::MAX);
            if !len.is_multiple_of(64) {
                words[len / 64] = (1 << (len % 64)) - 1;
            }
        }
        Some(guards) => {
            words.resize(len.div_ceil(64), 0);
            for &guard in guards.iter().filter(|guard| !work.is_quiet(**guard)) {
                let bits = work.guard(guard).words();
                words.iter_mut().zip(bits).for_each(|(word, bits)| *word |= bits);
            }
        }
    }
}

/// Appends the positions of the bits that are set among the first `len`.
pub(crate) fn set_bits(words: &[u64], len: usize, out: &mut Vec<u32>) {
    set_bits_from(words, 0, len, out);
}

/// As `set_bits`, of words whose first bit has this position.
fn set_bits_from(words: &[u64], from: u32, len: usize, out: &mut Vec<u32>) {
    let count: usize = words.iter().map(|word| word.count_ones() as usize).sum();
    let start = out.len();
    out.resize(start + count, 0);
    let mut slots = out[start..].iter_mut();
    for (index, &word) in words.iter().enumerate() {
        let first = from + index as u32 * 64;
        if word == u64::MAX {
            slots.by_ref().take(64).zip(first..).for_each(|(slot, row)| *slot = row);
            continue;
        }
        let mut rest = word;
        while rest != 0 {
            if let Some(slot) = slots.next() {
                *slot = first + rest.trailing_zeros();
            }
            rest &= rest - 1;
        }
    }
    // A guard leaves no bit behind the last row; a kernel that did would have us read past the columns.
    assert!(out.last().is_none_or(|&row| (row as usize) < len), "guard bits past the rows are zero");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_bits_are_found_in_order() {
        let words = [0, u64::MAX, 1 | 1 << 63, 0b1010];
        let mut rows = Vec::new();
        set_bits(&words, 256, &mut rows);
        let model: Vec<u32> =
            (0..256).filter(|row| words[row / 64] >> (row % 64) & 1 == 1).map(|row| row as u32).collect();
        assert_eq!(rows, model);
    }
}
