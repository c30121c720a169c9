//! The table of keys of several components, each key as bytes.
//!
//! A component is a tag, then nothing (null), 8 bytes, or a length in 4 bytes and the text: two keys are equal exactly if
//! their bytes are.

use alloc::vec::Vec;
use core::hash::Hasher;

use hashbrown::HashTable;

use super::key::KeyRows;
use super::{KeyTable, hasher};
use crate::schema::Type;
use crate::state::TextHeap;

const NULL: u8 = 0;
const WORD: u8 = 1;
const TEXT: u8 = 2;

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    /// Where the bytes of the key are in the table's heap.
    offset: u64,
    len: u32,
    slot: u32,
}

/// Keys as bytes.
#[derive(Debug, Default)]
pub(super) struct CompositeTable {
    table: HashTable<Entry>,
    heap: TextHeap,
    /// The keys at hand, one after the other.
    bytes: Vec<u8>,
    /// Where each ends, and its hash.
    keys: Vec<(usize, u64)>,
}

impl CompositeTable {
    fn key(&self, at: usize) -> (&[u8], u64) {
        let start = at.checked_sub(1).map_or(0, |before| self.keys[before].0);
        let (end, hash) = self.keys[at];
        (&self.bytes[start..end], hash)
    }
}

impl KeyTable for CompositeTable {
    fn prepare(&mut self, rows: &KeyRows<'_>) {
        self.keys.clear();
        self.bytes.clear();
        for (at, &row) in rows.rows.iter().enumerate() {
            let start = self.bytes.len();
            for component in 0..rows.components {
                let column = rows.column(rows.component(component), at);
                if column.is_null(row) {
                    self.bytes.push(NULL);
                } else if column.ty() == Type::Str {
                    let text = column.text(row);
                    self.bytes.push(TEXT);
                    self.bytes.extend_from_slice(&(text.bytes().len() as u32).to_le_bytes());
                    self.bytes.extend_from_slice(text.bytes());
                } else {
                    self.bytes.push(WORD);
                    self.bytes.extend_from_slice(&column.word(row).to_le_bytes());
                }
            }
            let mut hasher = hasher();
            hasher.write(&self.bytes[start..]);
            self.keys.push((self.bytes.len(), hasher.finish()));
        }
    }

    #[inline]
    fn find(&self, at: usize) -> Option<u32> {
        let (key, hash) = self.key(at);
        let same = |entry: &Entry| self.heap.bytes(entry.offset, entry.len as usize) == key;
        self.table.find(hash, |entry| entry.hash == hash && same(entry)).map(|entry| entry.slot)
    }

    fn prepared(&self) -> usize {
        self.keys.len()
    }

    fn insert(&mut self, at: usize, slot: u32) {
        let (start, (end, hash)) = (at.checked_sub(1).map_or(0, |before| self.keys[before].0), self.keys[at]);
        let offset = self.heap.store(&self.bytes[start..end]);
        let entry = Entry { hash, offset, len: (end - start) as u32, slot };
        self.table.insert_unique(hash, entry, |entry| entry.hash);
    }

    fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        let heap = &mut self.heap;
        self.table.retain(|entry| {
            let kept = keep(entry.slot);
            if !kept {
                heap.free(entry.offset, entry.len as usize);
            }
            kept
        });
    }

    fn bytes(&self) -> usize {
        self.table.allocation_size()
            + self.heap.capacity()
            + self.bytes.capacity()
            + self.keys.capacity() * 16
    }
}
