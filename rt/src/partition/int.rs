//! The table of keys of one integer, time, double or truth value.

use alloc::vec::Vec;
use core::hash::Hasher;

use hashbrown::HashTable;

use super::key::KeyRows;
use super::{KeyTable, hasher};
use crate::bitmap::Bitmap;

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    slot: u32,
}

/// Keys of 64 bits, and null.
#[derive(Debug, Default)]
pub(super) struct IntTable {
    table: HashTable<Entry>,
    null: Option<u32>,
    keys: Vec<u64>,
    /// Which keys are null; empty if none can be.
    nulls: Bitmap,
}

#[inline]
fn hash(key: u64) -> u64 {
    let mut hasher = hasher();
    hasher.write_u64(key);
    hasher.finish()
}

impl KeyTable for IntTable {
    fn prepare(&mut self, rows: &KeyRows<'_>) {
        self.keys.clear();
        self.nulls.clear();
        let columns = rows.component(0);
        match columns {
            [column] => self.keys.extend(rows.rows.iter().map(|&row| column.word(row))),
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
    }

    #[inline]
    fn find(&self, at: usize) -> Option<u32> {
        if self.nulls.get(at) {
            return self.null;
        }
        let key = self.keys[at];
        self.table.find(hash(key), |entry| entry.key == key).map(|entry| entry.slot)
    }

    fn insert(&mut self, at: usize, slot: u32) {
        if self.nulls.get(at) {
            self.null = Some(slot);
            return;
        }
        let key = self.keys[at];
        self.table.insert_unique(hash(key), Entry { key, slot }, |entry| hash(entry.key));
    }

    fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        self.null = self.null.filter(|&slot| keep(slot));
        self.table.retain(|entry| keep(entry.slot));
    }

    fn bytes(&self) -> usize {
        self.table.allocation_size() + self.keys.capacity() * 8
    }
}
