//! The table of keys of one integer, time, double or truth value.
//!
//! PERF: keys and slots lie side by side in one array with linear probing, so that a look-up is one cache line, which in a
//! large table is fetched while earlier rows are looked up. With a million keys that is nearly twice as fast as a general
//! hash table, whose control bytes are a second place to go to and which cannot be told what comes next.

use alloc::vec::Vec;
use core::hash::Hasher;

use super::key::KeyRows;
use super::{KeyTable, hasher};
use crate::bitmap::Bitmap;
use crate::prefetch::fetch;
use crate::state::NONE;

/// How many rows ahead the place of a key is fetched.
const AHEAD: usize = 16;
const CAPACITY_MIN: usize = 16;
/// A table of so many entries is not at hand in the caches next to the core.
const LARGE: usize = 1 << 15;

/// A key and its slot; empty if the slot is [`NONE`].
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    slot: u32,
}

const EMPTY: Entry = Entry { key: 0, slot: NONE };

/// Keys of 64 bits, and null.
///
/// Invariant: the length of `entries` is a power of two, at least half of them are empty (three quarters in a table that is
/// not large), and an entry lies at the first place from `place` of its key on that was free when it came; the last place is
/// followed by the first.
#[derive(Debug)]
pub(super) struct IntTable {
    entries: Vec<Entry>,
    len: usize,
    null: Option<u32>,
    /// The keys at hand, and where to look for each first.
    keys: Vec<(u64, u32)>,
    /// Which keys are null; empty if none can be.
    nulls: Bitmap,
    /// What `retain` works with.
    kept: Vec<Entry>,
}

impl Default for IntTable {
    fn default() -> Self {
        Self {
            entries: alloc::vec![EMPTY; CAPACITY_MIN],
            len: 0,
            null: None,
            keys: Vec::new(),
            nulls: Bitmap::new(),
            kept: Vec::new(),
        }
    }
}

/// Where a key belongs in a table of `capacity` entries. Fewer than 2^32 slots make the table at most that long.
#[inline]
fn place(key: u64, capacity: usize) -> u32 {
    let mut hasher = hasher();
    hasher.write_u64(key);
    (hasher.finish() & (capacity as u64 - 1)) as u32
}

impl IntTable {
    /// The slot of a key, or [`NONE`].
    #[inline]
    fn probe(&self, (key, place): (u64, u32)) -> u32 {
        let (mask, mut at) = (self.entries.len() - 1, place as usize);
        loop {
            let entry = self.entries[at];
            if entry.key == key || entry.slot == NONE {
                return entry.slot;
            }
            at = (at + 1) & mask;
        }
    }

    /// Puts an entry, whose key is not there, in its place. There is room.
    fn place_entry(&mut self, entry: Entry) {
        let mask = self.entries.len() - 1;
        let mut at = place(entry.key, self.entries.len()) as usize;
        while self.entries[at].slot != NONE {
            at = (at + 1) & mask;
        }
        self.entries[at] = entry;
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let larger = alloc::vec![EMPTY; self.entries.len() * 2];
        let entries = core::mem::replace(&mut self.entries, larger);
        self.len = 0;
        entries.into_iter().filter(|entry| entry.slot != NONE).for_each(|entry| self.place_entry(entry));
        let capacity = self.entries.len();
        self.keys.iter_mut().for_each(|(key, at)| *at = place(*key, capacity));
    }
}

impl KeyTable for IntTable {
    fn prepare(&mut self, rows: &KeyRows<'_>) {
        self.keys.clear();
        self.nulls.clear();
        let (columns, capacity) = (rows.component(0), self.entries.len());
        let prepared = |key: u64| (key, place(key, capacity));
        match columns {
            [column] => match column.words() {
                Some(words) => self.keys.extend(rows.rows.iter().map(|&row| prepared(words[row as usize]))),
                None => self.keys.extend(rows.rows.iter().map(|&row| prepared(column.word(row)))),
            },
            _ => {
                let keys = rows.rows.iter().zip(rows.inputs);
                self.keys.extend(keys.map(|(&row, &input)| prepared(columns[usize::from(input)].word(row))));
            }
        }
        if rows.is_nullable() {
            for (at, &row) in rows.rows.iter().enumerate() {
                self.nulls.push(rows.column(columns, at).is_null(row));
            }
        }
    }

    fn find(&self, at: usize) -> Option<u32> {
        match self.nulls.get(at) {
            true => self.null,
            false => Some(self.probe(self.keys[at])).filter(|&slot| slot != NONE),
        }
    }

    fn find_all(&self, from: usize, out: &mut Vec<u32>) {
        let keys = &self.keys[from..];
        if !self.nulls.is_empty() {
            out.extend((from..self.keys.len()).map(|at| self.find(at).unwrap_or(NONE)));
        } else if self.entries.len() < LARGE {
            out.extend(keys.iter().map(|&key| self.probe(key)));
        } else {
            let ahead = keys.iter().skip(AHEAD).map(Some).chain(core::iter::repeat(None));
            out.extend(keys.iter().zip(ahead).map(|(&key, ahead)| {
                if let Some(&(_, place)) = ahead {
                    fetch(core::ptr::from_ref(&self.entries[place as usize]).cast());
                }
                self.probe(key)
            }));
        }
    }

    fn prepared(&self) -> usize {
        self.keys.len()
    }

    fn insert(&mut self, at: usize, slot: u32) {
        if self.nulls.get(at) {
            self.null = Some(slot);
            return;
        }
        let room = if self.entries.len() < LARGE { self.entries.len() / 4 } else { self.entries.len() / 2 };
        if self.len >= room {
            self.grow();
        }
        let key = self.keys[at].0;
        self.place_entry(Entry { key, slot });
    }

    fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        self.null = self.null.filter(|&slot| keep(slot));
        let mut kept = core::mem::take(&mut self.kept);
        kept.extend(self.entries.iter().filter(|entry| entry.slot != NONE && keep(entry.slot)));
        if kept.len() < self.len {
            self.entries.fill(EMPTY);
            self.len = 0;
            kept.iter().for_each(|&entry| self.place_entry(entry));
        }
        kept.clear();
        self.kept = kept;
    }

    fn bytes(&self) -> usize {
        (self.entries.capacity() + self.kept.capacity() + self.keys.capacity()) * size_of::<Entry>()
    }
}
