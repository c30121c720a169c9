//! The table of keys of one text.

use alloc::vec::Vec;
use core::hash::Hasher;

use hashbrown::HashTable;

use super::key::{KeyRows, KeyText};
use super::saved::{Header, Key};
use super::{KeyTable, hasher};
use crate::bitmap::Bitmap;
use crate::snapshot::Sink;
use crate::snapshot::codec::{Corrupt, Persist, Reader};
use crate::state::saved::text_at;
use crate::state::{NONE, TextHeap};
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
    hash_of(key.raw(), key.bytes())
}

/// Of a text and its bytes, which are not looked at if it is short.
fn hash_of(raw: RawStr, bytes: &[u8]) -> u64 {
    let mut hasher = hasher();
    match raw.is_long() {
        true => hasher.write(bytes),
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

impl TextTable {
    /// Writes the keys one by one, and the memory of long ones as it lies.
    pub(super) fn save(&self, name: &str, sink: &mut dyn Sink) -> Header {
        let mut keys = Vec::with_capacity(self.table.len() * 20);
        for Entry { key, slot, .. } in &self.table {
            (key.head, key.tail, *slot).save(&mut keys);
        }
        sink.region(&alloc::format!("{name}/keys"), &keys);
        sink.region(&alloc::format!("{name}/key-texts"), self.heap.memory());
        Header { layout: 0, null: self.null.unwrap_or(NONE) }
    }

    /// Adds a key that is not there.
    pub(super) fn insert_key(&mut self, key: Key<'_>, slot: u32) -> Result<(), Corrupt> {
        match key {
            Key::Null => self.null = Some(slot),
            Key::Text(text) => {
                let key = RawStr::inline(text).unwrap_or_else(|| RawStr::long(text, self.heap.store(text)));
                let entry = Entry { key, hash: hash_of(key, text), slot };
                self.table.insert_unique(entry.hash, entry, |entry| entry.hash);
            }
            _ => return Err(Corrupt),
        }
        Ok(())
    }
}

/// Calls `each` with the keys of a table that was written.
pub(super) fn saved_keys<'a>(
    keys: &'a [u8],
    texts: &'a [u8],
    mut each: impl FnMut(Key<'a>, u32) -> Result<(), Corrupt>,
) -> Result<(), Corrupt> {
    for entry in keys.chunks(20) {
        let (head, tail, slot): (u64, u64, u32) = Reader::new(entry).read()?;
        let raw = RawStr { head, tail };
        match raw.is_long() {
            true => each(Key::Text(text_at(texts, raw)?), slot)?,
            // A short text is in the entry itself: its bytes are those behind the length.
            false => each(Key::Text(entry.get(4..4 + raw.len()).ok_or(Corrupt)?), slot)?,
        }
    }
    Ok(())
}
