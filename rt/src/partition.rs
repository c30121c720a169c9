//! Partitions: from the key of a row to the slot of its partition, and when a partition may be opened or given up.
//!
//! There is a table for each kind of key: one integer-like value ([`int`]), one text ([`text`]), anything else
//! ([`composite`]). A table knows keys and slot numbers; the slots themselves are records of the rule's state. Null is a
//! key, `-0.0` is `0.0`, and all NaNs are one.
//!
//! Nothing that a program emits depends on slot numbers or on the order of a table. What does depend on when partitions are
//! given up is `limit partitions`; so [`Room`] decides that by the rows that it has seen, never by where a batch ends.

mod composite;
mod int;
pub(crate) mod key;
pub(crate) mod saved;
mod text;

use alloc::vec::Vec;
use core::hash::Hasher;
use core::ops::Range;

use self::key::KeyRows;
use crate::plan::RulePlan;
use crate::room::{Admit, Room};
use crate::schema::Type;
use crate::state::{Arena, Entry, NONE, Stop};

/// Where in a slot its chain of runs begins and ends, and whether it is in use: u32s of the header.
const HEAD: usize = 0;
const TAIL: usize = 1;
const USED: usize = 3;

/// A table of keys. Positions are those of the rows that were prepared.
trait KeyTable {
    /// Reads the keys of rows; the other functions are about them until the next call.
    fn prepare(&mut self, rows: &KeyRows<'_>);
    /// The slot of the key of a row.
    fn find(&self, at: usize) -> Option<u32>;
    /// The slots of the keys of all rows from `from` on; [`NONE`] where there is none.
    fn find_all(&self, from: usize, out: &mut Vec<u32>) {
        out.extend((from..self.prepared()).map(|at| self.find(at).unwrap_or(NONE)));
    }
    /// How many rows were prepared.
    fn prepared(&self) -> usize;
    /// Adds the key of a row, which is not there.
    fn insert(&mut self, at: usize, slot: u32);
    /// Calls `keep` for every slot and removes the keys of those for which it says false.
    fn retain(&mut self, keep: impl FnMut(u32) -> bool);
    /// Bytes held.
    fn bytes(&self) -> usize;
}

/// A fast hash with a fixed seed: tables are the same in every run.
fn hasher() -> impl Hasher {
    core::hash::BuildHasher::build_hasher(&foldhash::fast::FixedState::with_seed(0))
}

/// The partitions of a rule.
#[derive(Debug)]
pub(crate) struct Partitions {
    table: Table,
    room: Room,
    /// What `assign` works with: the slot of each row.
    found: Vec<u32>,
    /// Whether the last `assign` may have opened partitions.
    pub(crate) opened: bool,
}

#[derive(Debug)]
enum Table {
    /// Without a key: slot 0, which is always there.
    One,
    Int(int::IntTable),
    Text(text::TextTable),
    Composite(composite::CompositeTable),
}

/// Does the same with whichever table there is.
macro_rules! with_table {
    ($table:expr, $name:ident => $with:expr, one => $one:expr) => {
        match $table {
            Table::One => $one,
            Table::Int($name) => $with,
            Table::Text($name) => $with,
            Table::Composite($name) => $with,
        }
    };
}

/// What kernels are given: the selected rows whose partition is there.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// The rows and their slots.
    pub(crate) rows: Vec<Entry>,
    /// The input of each; empty if the rule has one input.
    pub(crate) inputs: Vec<u8>,
}

impl Entries {
    fn push(&mut self, rows: &KeyRows<'_>, at: usize, slot: u32) {
        self.rows.push(Entry { row: rows.rows[at], slot });
        if let Some(&input) = rows.inputs.get(at) {
            self.inputs.push(input);
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.inputs.clear();
    }
}

/// How far [`Partitions::assign`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// To the end.
    All,
    /// To this row, at whose time partitions are to be swept before it is looked at again.
    Sweep(usize),
    /// No further.
    Stopped(Stop),
}

impl Partitions {
    /// No partitions; without a key, the only one, for which a slot is taken.
    pub(crate) fn new(plan: &RulePlan, slots: &mut Arena) -> Self {
        let room = Room::new(plan.partitions_max, plan.partitions_fail, plan.sweep.is_some());
        Self::over(plan.keys.iter().map(|key| key.ty).collect::<Vec<_>>().as_slice(), room, slots)
    }

    /// As [`Partitions::new`], by keys of these types.
    pub(crate) fn over(keys: &[Type], room: Room, slots: &mut Arena) -> Self {
        let table = match keys {
            [] => Table::One,
            [Type::Str] => Table::Text(text::TextTable::default()),
            [_] => Table::Int(int::IntTable::default()),
            _ => Table::Composite(composite::CompositeTable::default()),
        };
        if matches!(table, Table::One) {
            let slot = open(slots);
            debug_assert_eq!(slot, Some(0), "Partitions: the slot of a rule without a key is the first");
        }
        Self { table, room, found: Vec::new(), opened: false }
    }

    /// Reads the keys of rows that are to be assigned.
    pub(crate) fn prepare(&mut self, rows: &KeyRows<'_>) {
        with_table!(&mut self.table, table => table.prepare(rows), one => ());
    }

    /// Finds the partitions of some of the prepared rows, and opens those that are not there for rows that `opens`.
    /// Other rows of unknown partitions are left out.
    pub(crate) fn assign(
        &mut self,
        range: Range<usize>,
        rows: &KeyRows<'_>,
        opens: impl Fn(usize) -> bool,
        slots: &mut Arena,
        out: &mut Entries,
    ) -> Assigned {
        let from = range.start;
        let Self { table, room, found, opened } = self;
        found.clear();
        with_table!(table, table => table.find_all(from, found), one => found.resize(rows.rows.len() - from, 0));
        found.truncate(range.len());
        *opened = found.contains(&NONE);
        if *opened {
            return with_table!(table,
                table => open_missing(table, room, from, rows, found, opens, slots, out),
                one => Assigned::All
            );
        }
        let entries = rows.rows[range.clone()].iter().zip(&*found);
        out.rows.extend(entries.map(|(&row, &slot)| Entry { row, slot }));
        out.inputs.extend_from_slice(rows.inputs.get(range).unwrap_or_default());
        Assigned::All
    }

    /// After a sweep for room has marked slots as not in use: forgets their keys and gives them back.
    pub(crate) fn give_up(&mut self, slots: &mut Arena) {
        self.free(slots);
        self.room.swept(slots.live);
    }

    /// The same after any other sweep.
    pub(crate) fn free(&mut self, slots: &mut Arena) {
        let keep = |slot| {
            let used = slots.word(slot, USED) != 0;
            if !used {
                slots.give(slot);
            }
            used
        };
        with_table!(&mut self.table, table => table.retain(keep), one => slots.set_word(0, USED, 1));
    }

    /// After a sweep that was for the memory of runs alone: keeps the slots that it marked as not in use.
    pub(crate) fn keep_all(&mut self, slots: &mut Arena) {
        let mark = |slot| {
            slots.set_word(slot, USED, 1);
            true
        };
        with_table!(&mut self.table, table => table.retain(mark), one => slots.set_word(0, USED, 1));
    }

    /// Rows that `limit partitions` has kept out.
    pub(crate) const fn dropped(&self) -> u64 {
        self.room.dropped()
    }

    /// Rows of new partitions that were dropped since there was no memory.
    pub(crate) const fn dropped_for_memory(&self) -> u64 {
        self.room.dropped_for_memory()
    }

    /// Bounds how many there may be for want of memory, or no longer.
    pub(crate) fn bound(&mut self, max: Option<u32>) {
        self.room.bound(max);
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        with_table!(&self.table, table => table.bytes(), one => 0) + self.found.capacity() * 4
    }
}

/// What [`Partitions::assign`] does where some of the `found` are not there.
#[expect(clippy::too_many_arguments, reason = "the parts of `Partitions` and what `assign` is given")]
fn open_missing(
    table: &mut impl KeyTable,
    room: &mut Room,
    from: usize,
    rows: &KeyRows<'_>,
    found: &[u32],
    opens: impl Fn(usize) -> bool,
    slots: &mut Arena,
    out: &mut Entries,
) -> Assigned {
    let mut opened = false;
    for (at, &slot) in (from..).zip(found) {
        if slot != NONE {
            out.push(rows, at, slot);
        } else if let Some(slot) = if opened { table.find(at) } else { None } {
            out.push(rows, at, slot);
        } else if opens(at) {
            match room.admit(slots.live) {
                Admit::Open => {}
                Admit::Sweep => return Assigned::Sweep(at),
                Admit::Drop => continue,
                Admit::Fail => return Assigned::Stopped(Stop::Partitions),
            }
            let Some(slot) = open(slots) else { return Assigned::Stopped(Stop::Memory) };
            table.insert(at, slot);
            out.push(rows, at, slot);
            opened = true;
        }
    }
    Assigned::All
}

/// A slot in use, without runs.
pub(crate) fn open(slots: &mut Arena) -> Option<u32> {
    let slot = slots.take()?;
    slots.set_word(slot, HEAD, NONE);
    slots.set_word(slot, TAIL, NONE);
    slots.set_word(slot, USED, 1);
    Some(slot)
}

#[cfg(test)]
mod tests;
