//! The table of keys of one integer, time, double or truth value.
//!
//! While no key is [`DENSE`] or more, it is the place of its slot in an array, and nothing is hashed.
//!
//! PERF: otherwise keys and slots lie side by side in one array with linear probing, so that a look-up is one cache line, which in a
//! large table is fetched while earlier rows are looked up. With a million keys that is nearly twice as fast as a general
//! hash table, whose control bytes are a second place to go to and which cannot be told what comes next.

use alloc::vec::Vec;

use super::KeyTable;
use super::key::KeyRows;
use super::saved::{Header, Key};
use crate::bitmap::Bitmap;
use crate::kernels::{Kernels, hash};
use crate::prefetch::fetch;
use crate::snapshot::Sink;
use crate::snapshot::codec::Corrupt;
use crate::state::NONE;

/// How many rows ahead the place of a key is fetched.
const AHEAD: usize = 16;
const CAPACITY_MIN: usize = 16;
/// Keys below this, as words without sign, may be places.
const DENSE: u64 = 1 << 16;
/// A table of so many entries is not at hand in the caches next to the core.
const LARGE: usize = 1 << 15;

/// A key and its slot; empty if the slot is [`NONE`].
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Entry {
    key: u64,
    slot: u32,
    /// So that an entry has no padding: tables are written to snapshots as they lie in memory.
    unused: u32,
}

impl Entry {
    const fn new(key: u64, slot: u32) -> Self {
        Self { key, slot, unused: 0 }
    }
}

const EMPTY: Entry = Entry::new(0, NONE);

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
    /// By key, the slot or [`NONE`], while all keys are below [`DENSE`]. Then `entries` has none.
    dense: Option<Vec<u32>>,
    /// The keys at hand.
    keys: Vec<u64>,
    /// Their hashes, unless keys are places.
    hashes: Vec<u64>,
    kernels: &'static Kernels,
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
            dense: Some(Vec::new()),
            keys: Vec::new(),
            hashes: Vec::new(),
            kernels: Kernels::best(),
            nulls: Bitmap::new(),
            kept: Vec::new(),
        }
    }
}

impl IntTable {
    /// The slot of a key, or [`NONE`].
    #[inline]
    fn probe(&self, key: u64, hash: u64) -> u32 {
        let mask = self.entries.len() - 1;
        let mut at = hash as usize & mask;
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
        let mut at = hash(entry.key) as usize & mask;
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
    }

    /// Goes over from places to hashes.
    #[cold]
    fn leave_dense(&mut self, dense: &[u32]) {
        self.len = 0;
        for (key, &slot) in (0..).zip(dense).filter(|(_, slot)| **slot != NONE) {
            self.insert_hashed(Entry::new(key, slot));
        }
        self.hash_keys();
    }

    fn hash_keys(&mut self) {
        self.hashes.resize(self.keys.len(), 0);
        self.kernels.hash(&self.keys, &mut self.hashes);
    }

    /// Adds a key that is not there.
    fn insert_word(&mut self, key: u64, slot: u32) {
        match &mut self.dense {
            Some(dense) if key < DENSE => {
                let len = (key as usize + 1).next_power_of_two();
                if dense.len() < len {
                    dense.resize(len, NONE);
                }
                dense[key as usize] = slot;
                return;
            }
            Some(dense) => {
                let dense = core::mem::take(dense);
                self.dense = None;
                self.leave_dense(&dense);
            }
            None => {}
        }
        self.insert_hashed(Entry::new(key, slot));
    }

    fn insert_hashed(&mut self, entry: Entry) {
        let room = if self.entries.len() < LARGE { self.entries.len() / 4 } else { self.entries.len() / 2 };
        if self.len >= room {
            self.grow();
        }
        self.place_entry(entry);
    }
}

impl KeyTable for IntTable {
    fn prepare(&mut self, rows: &KeyRows<'_>) {
        self.keys.clear();
        self.nulls.clear();
        let columns = rows.component(0);
        match columns {
            [column] => match column.words() {
                // Rows are ascending: as many as there are, they are all of them.
                Some(words) if words.len() == rows.rows.len() => self.keys.extend_from_slice(words),
                Some(words) => self.keys.extend(rows.rows.iter().map(|&row| words[row as usize])),
                None => self.keys.extend(rows.rows.iter().map(|&row| column.word(row))),
            },
            _ => {
                let keys = rows.rows.iter().zip(rows.inputs);
                self.keys.extend(keys.map(|(&row, &input)| columns[usize::from(input)].word(row)));
            }
        }
        if rows.is_nullable() {
            for (at, &row) in rows.rows.iter().enumerate() {
                self.nulls.push(rows.column(columns, at).is_null(row));
            }
        }
        if self.dense.is_none() {
            self.hash_keys();
        }
    }

    fn find(&self, at: usize) -> Option<u32> {
        let slot = match (self.nulls.get(at), &self.dense) {
            (true, _) => return self.null,
            (false, Some(dense)) => place_of(dense, self.keys[at]),
            (false, None) => self.probe(self.keys[at], self.hashes[at]),
        };
        (slot != NONE).then_some(slot)
    }

    fn find_all(&self, from: usize, out: &mut Vec<u32>) {
        let keys = &self.keys[from..];
        if !self.nulls.is_empty() {
            return out.extend((from..self.keys.len()).map(|at| self.find(at).unwrap_or(NONE)));
        }
        if let Some(dense) = &self.dense {
            return out.extend(keys.iter().map(|&key| place_of(dense, key)));
        }
        let (hashes, mask) = (&self.hashes[from..], self.entries.len() - 1);
        if self.entries.len() < LARGE {
            return out.extend(keys.iter().zip(hashes).map(|(&key, &hash)| self.probe(key, hash)));
        }
        out.extend(keys.iter().zip(hashes).enumerate().map(|(at, (&key, &hash))| {
            if let Some(&ahead) = hashes.get(at + AHEAD) {
                fetch(core::ptr::from_ref(&self.entries[ahead as usize & mask]).cast());
            }
            self.probe(key, hash)
        }));
    }

    fn prepared(&self) -> usize {
        self.keys.len()
    }

    fn insert(&mut self, at: usize, slot: u32) {
        if self.nulls.get(at) {
            self.null = Some(slot);
            return;
        }
        self.insert_word(self.keys[at], slot);
    }

    fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        self.null = self.null.filter(|&slot| keep(slot));
        if let Some(dense) = &mut self.dense {
            dense.iter_mut().filter(|slot| **slot != NONE && !keep(**slot)).for_each(|slot| *slot = NONE);
            return;
        }
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
        (self.entries.capacity() + self.kept.capacity()) * size_of::<Entry>()
            + (self.keys.capacity() + self.hashes.capacity()) * 8
            + self.dense.as_ref().map_or(0, |dense| dense.capacity() * 4)
    }
}

/// The slot at the place of a key, or [`NONE`].
#[inline]
fn place_of(dense: &[u32], key: u64) -> u32 {
    dense.get(key as usize).copied().unwrap_or(NONE)
}

/// How keys are written: as places, or as entries.
const PLACES: u8 = 0;
const ENTRIES: u8 = 1;

impl IntTable {
    /// Writes the table as it lies in memory.
    pub(super) fn save(&self, name: &str, sink: &mut dyn Sink) -> Header {
        let null = self.null.unwrap_or(NONE);
        let (layout, bytes) = match &self.dense {
            // SAFETY: four bytes for each slot, and any byte may be read as one.
            Some(dense) => (PLACES, unsafe {
                core::slice::from_raw_parts(dense.as_ptr().cast(), size_of_val(dense.as_slice()))
            }),
            // SAFETY: entries have no padding, and any byte may be read as one.
            None => (ENTRIES, unsafe {
                core::slice::from_raw_parts(
                    self.entries.as_ptr().cast(),
                    size_of_val(self.entries.as_slice()),
                )
            }),
        };
        sink.region(&alloc::format!("{name}/keys"), bytes);
        Header { layout, null }
    }

    /// Adds a key that is not there.
    pub(super) fn insert_key(&mut self, key: Key<'_>, slot: u32) -> Result<(), Corrupt> {
        match key {
            Key::Null => self.null = Some(slot),
            Key::Word(key) => self.insert_word(key, slot),
            _ => return Err(Corrupt),
        }
        Ok(())
    }
}

/// Calls `each` with the keys of a table that was written.
pub(super) fn saved_keys<'a>(
    header: Header,
    keys: &[u8],
    mut each: impl FnMut(Key<'a>, u32) -> Result<(), Corrupt>,
) -> Result<(), Corrupt> {
    let u32_of = |bytes: &[u8]| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    match header.layout {
        PLACES => {
            for (key, slot) in keys.chunks_exact(4).map(u32_of).enumerate().filter(|(_, slot)| *slot != NONE)
            {
                each(Key::Word(key as u64), slot)?;
            }
        }
        ENTRIES => {
            for entry in keys.chunks_exact(size_of::<Entry>()) {
                let (key, rest) = entry.split_at(8);
                let slot = u32_of(rest);
                if slot != NONE {
                    each(Key::Word(u64::from_ne_bytes(key.try_into().map_err(|_| Corrupt)?)), slot)?;
                }
            }
        }
        _ => return Err(Corrupt),
    }
    Ok(())
}
