//! Keys of partitions in a snapshot.
//!
//! The table of integer keys is written as it lies in memory, which costs a copy; the others key by key, with the memory of
//! their texts as it lies.

use alloc::vec::Vec;

use super::{Partitions, Table};
use crate::snapshot::Sink;
use crate::snapshot::codec::{Corrupt, Persist, Reader};
use crate::state::NONE;

/// A partition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// Of rules without a key.
    One,
    /// Null, of one component.
    Null,
    /// A value of one component that is held as a word.
    Word(u64),
    /// A text.
    Text(&'a [u8]),
    /// Several components, as bytes.
    Composite(&'a [u8]),
}

/// What a table has written beside its memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    /// How `keys` are to be read.
    pub(super) layout: u8,
    /// The slot of null, or [`NONE`].
    pub(super) null: u32,
}

crate::snapshot::codec::persist!(Header { layout, null });

impl Partitions {
    /// Writes the keys and their slots as regions of this name, and the rest to `out`.
    pub(crate) fn save(&self, name: &str, out: &mut Vec<u8>, sink: &mut dyn Sink) {
        self.room.save(out);
        let header = match &self.table {
            Table::One => Header::default(),
            Table::Int(table) => table.save(name, sink),
            Table::Text(table) => table.save(name, sink),
            Table::Composite(table) => table.save(name, sink),
        };
        header.save(out);
    }

    /// Reads what [`Partitions::save`] has written to `out`.
    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Result<SavedKeys, Corrupt> {
        self.room.load(from)?;
        from.read().map(SavedKeys)
    }

    /// Calls `each` with every key of a snapshot that these partitions could have, and its slot.
    pub(crate) fn saved_keys<'a>(
        &self,
        saved: SavedKeys,
        (keys, texts): (&'a [u8], &'a [u8]),
        mut each: impl FnMut(Key<'a>, u32) -> Result<(), Corrupt>,
    ) -> Result<(), Corrupt> {
        let SavedKeys(header) = saved;
        if header.null != NONE && !matches!(self.table, Table::One) {
            each(Key::Null, header.null)?;
        }
        match &self.table {
            Table::One => each(Key::One, 0),
            Table::Int(_) => super::int::saved_keys(header, keys, each),
            Table::Text(_) => super::text::saved_keys(keys, texts, each),
            Table::Composite(_) => super::composite::saved_keys(keys, texts, each),
        }
    }

    /// Adds a key that is not there.
    pub(crate) fn insert(&mut self, key: Key<'_>, slot: u32) -> Result<(), Corrupt> {
        match (&mut self.table, key) {
            (Table::One, Key::One) => {}
            (Table::Int(table), _) => table.insert_key(key, slot)?,
            (Table::Text(table), _) => table.insert_key(key, slot)?,
            (Table::Composite(table), Key::Composite(bytes)) => table.insert_key(bytes, slot),
            _ => return Err(Corrupt),
        }
        Ok(())
    }

    /// After partitions were added: when they are next to be given up, as if they had been there.
    pub(crate) fn settle(&mut self, live: u32) {
        self.room.swept(live);
    }

    /// Whether there is a key at all.
    pub(crate) const fn is_keyed(&self) -> bool {
        !matches!(self.table, Table::One)
    }
}

/// How the keys of a snapshot are to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SavedKeys(Header);
