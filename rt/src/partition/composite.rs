//! The table of keys of several components, each key as bytes.
//!
//! A component is a tag, then nothing (null), 8 bytes, or a length in 4 bytes and the text: two keys are equal exactly if
//! their bytes are.

use alloc::vec::Vec;
use core::hash::Hasher;

use hashbrown::HashTable;

use super::key::KeyRows;
use super::saved::{Header, Key};
use super::{KeyTable, hasher};
use crate::schema::Type;
use crate::snapshot::Sink;
use crate::snapshot::codec::{Corrupt, Persist, Reader};
use crate::state::NONE;
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

fn hash(key: &[u8]) -> u64 {
    let mut hasher = hasher();
    hasher.write(key);
    hasher.finish()
}

impl CompositeTable {
    fn add(&mut self, entry: Entry) {
        self.table.insert_unique(entry.hash, entry, |entry| entry.hash);
    }

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
            self.keys.push((self.bytes.len(), hash(&self.bytes[start..])));
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
        self.add(Entry { hash, offset, len: (end - start) as u32, slot });
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

impl CompositeTable {
    /// Writes where the bytes of each key are, and the memory of these as it lies.
    pub(super) fn save(&self, name: &str, sink: &mut dyn Sink) -> Header {
        let mut keys = Vec::with_capacity(self.table.len() * 16);
        for Entry { offset, len, slot, .. } in &self.table {
            (*offset, *len, *slot).save(&mut keys);
        }
        sink.region(&alloc::format!("{name}/keys"), &keys);
        sink.region(&alloc::format!("{name}/key-texts"), self.heap.memory());
        Header { layout: 0, null: NONE }
    }

    /// Adds a key that is not there.
    pub(super) fn insert_key(&mut self, key: &[u8], slot: u32) {
        let offset = self.heap.store(key);
        self.add(Entry { hash: hash(key), offset, len: key.len() as u32, slot });
    }
}

/// Calls `each` with the keys of a table that was written.
pub(super) fn saved_keys<'a>(
    keys: &[u8],
    texts: &'a [u8],
    mut each: impl FnMut(Key<'a>, u32) -> Result<(), Corrupt>,
) -> Result<(), Corrupt> {
    for entry in keys.chunks(16) {
        let (offset, len, slot): (u64, u32, u32) = Reader::new(entry).read()?;
        let from = usize::try_from(offset).map_err(|_| Corrupt)?;
        let key = texts.get(from..from.saturating_add(len as usize)).ok_or(Corrupt)?;
        each(Key::Composite(key), slot)?;
    }
    Ok(())
}
