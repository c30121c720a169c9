//! The table of keys of one text.

use alloc::vec::Vec;
use core::hash::Hasher;

use hashbrown::HashTable;

use super::key::{KeyRows, KeyText};
use super::{KeyTable, hasher};
use crate::bitmap::Bitmap;
use crate::state::TextHeap;
use crate::string::RawStr;

/// Invariant: the tail of a long key is its offset in the table's heap.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: RawStr,
    hash: u64,
    slot: u32,
}

/// Texts, and null. Long ones are copied into memory of the table's own.
#[derive(Debug, Default)]
pub(super) struct TextTable {
    table: HashTable<Entry>,
    heap: TextHeap,
    null: Option<u32>,
    /// The keys at hand and their hashes.
    keys: Vec<(KeyText, u64)>,
    /// Which keys are null; empty if none can be.
    nulls: Bitmap,
}

fn hash(key: KeyText) -> u64 {
    let (raw, mut hasher) = (key.raw(), hasher());
    match raw.is_long() {
        true => hasher.write(key.bytes()),
        false => {
            hasher.write_u64(raw.head);
            hasher.write_u64(raw.tail);
        }
    }
    hasher.finish()
}

impl KeyTable for TextTable {
    fn prepare(&mut self, rows: &KeyRows<'_>) {
        self.keys.clear();
        self.nulls.clear();
        let columns = rows.component(0);
        for (at, &row) in rows.rows.iter().enumerate() {
            let key = rows.column(columns, at).text(row);
            self.keys.push((key, hash(key)));
        }
        if rows.is_nullable() {
            for (at, &row) in rows.rows.iter().enumerate() {
                self.nulls.push(rows.column(columns, at).is_null(row));
            }
        }
    }

    #[inline]
    fn find(&self, at: usize) -> Option<u32> {
        if self.nulls.get(at) {
            return self.null;
        }
        let (key, hash) = &self.keys[at];
        let raw = key.raw();
        let same = |entry: &Entry| match raw.is_long() {
            _ if entry.key.head != raw.head => false,
            false => entry.key.tail == raw.tail,
            true => self.heap.bytes(entry.key.tail, raw.len()) == key.bytes(),
        };
        self.table.find(*hash, same).map(|entry| entry.slot)
    }

    fn prepared(&self) -> usize {
        self.keys.len()
    }

    fn insert(&mut self, at: usize, slot: u32) {
        if self.nulls.get(at) {
            self.null = Some(slot);
            return;
        }
        let (text, hash) = self.keys[at];
        let mut key = text.raw();
        if key.is_long() {
            key.tail = self.heap.store(text.bytes());
        }
        self.table.insert_unique(hash, Entry { key, hash, slot }, |entry| entry.hash);
    }

    fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        self.null = self.null.filter(|&slot| keep(slot));
        let heap = &mut self.heap;
        self.table.retain(|entry| {
            let kept = keep(entry.slot);
            if !kept && entry.key.is_long() {
                heap.free(entry.key.tail, entry.key.len());
            }
            kept
        });
    }

    fn bytes(&self) -> usize {
        self.table.allocation_size() + self.heap.capacity() + self.keys.capacity() * 24
    }
}
