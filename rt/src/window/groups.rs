//! The groups of a window operator: from the key of a row to a slot, and the key values of each slot.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::column::Column;
use crate::instance::rows::TypeRows;
use crate::instance::rule::Part;
use crate::partition::key::{KeyColumn, KeyRows};
use crate::partition::saved::{Component, Key};
use crate::partition::{Assigned, Entries, Partitions, open};
use crate::room::Room;
use crate::schema::Type;
use crate::snapshot::Sink;
use crate::snapshot::codec::{Corrupt, Reader};
use crate::state::Arena;

/// The u32 of a slot that says whether it is in use.
const USED: usize = 3;

/// A component of the keys, by slot.
#[derive(Debug)]
enum KeyValues {
    /// What is held as a word.
    Word(Type, Vec<Option<u64>>),
    Text(Vec<Option<String>>),
}

/// The groups.
#[derive(Debug)]
pub(crate) struct Groups {
    partitions: Partitions,
    slots: Arena,
    types: Vec<Type>,
    keys: Vec<KeyValues>,
    /// Which slots have their key values.
    known: Vec<bool>,
    columns: Vec<KeyColumn>,
    pub(crate) entries: Entries,
}

impl Groups {
    /// No groups, of keys of these types; at most `max`, of which one more fails or is dropped.
    pub(crate) fn new(types: Vec<Type>, max: u32, fails: bool) -> Self {
        let mut slots = Arena::new(16);
        let keys = types.iter().map(|&ty| match ty {
            Type::Str => KeyValues::Text(Vec::new()),
            _ => KeyValues::Word(ty, Vec::new()),
        });
        Self {
            keys: keys.collect(),
            partitions: Partitions::over(&types, Room::new(max, fails, true), &mut slots),
            slots,
            types,
            known: Vec::new(),
            columns: Vec::new(),
            entries: Entries::default(),
        }
    }

    /// Reads the keys of rows of the batch, which are in the given fields.
    pub(crate) fn prepare(&mut self, batch: &TypeRows, fields: &[usize], rows: &[u32]) {
        self.columns.clear();
        for (&field, &ty) in fields.iter().zip(&self.types) {
            // SAFETY: the field is of this type, as was checked when the instance was made; columns are read in `assign`
            // and `learn`, while the rows of the working batch stand.
            self.columns.push(unsafe { KeyColumn::new(batch, field, ty) });
        }
        let components = self.types.len();
        self.partitions.prepare(&KeyRows { rows, inputs: &[], columns: &self.columns, components });
    }

    /// Finds or opens the groups of the prepared rows from `from` on, as `entries`.
    pub(crate) fn assign(&mut self, from: usize, rows: &[u32]) -> Assigned {
        self.entries.clear();
        let rows = KeyRows { rows, inputs: &[], columns: &self.columns, components: self.types.len() };
        let assigned = self.partitions.assign(
            from..rows.rows.len(),
            &rows,
            |_| true,
            &mut self.slots,
            &mut self.entries,
        );
        if self.partitions.opened || self.types.is_empty() && self.known != [true] {
            self.learn();
        }
        assigned
    }

    /// Notes the key values of slots that are new.
    fn learn(&mut self) {
        let len = self.slots.len as usize;
        if self.known.len() < len {
            self.known.resize(len, false);
        }
        for entry in &self.entries.rows {
            let slot = entry.slot as usize;
            if self.known[slot] {
                continue;
            }
            self.known[slot] = true;
            for (key, column) in self.keys.iter_mut().zip(&self.columns) {
                let there = !column.is_null(entry.row);
                match key {
                    KeyValues::Word(_, values) => {
                        values.resize(len.max(values.len()), None);
                        values[slot] = there.then(|| column.word(entry.row));
                    }
                    KeyValues::Text(values) => {
                        values.resize(len.max(values.len()), None);
                        values[slot] = there.then(|| {
                            let text = column.text(entry.row);
                            String::from_utf8_lossy(text.bytes()).into_owned()
                        });
                    }
                }
            }
        }
    }

    /// Whether there is one, for there is no key.
    pub(crate) const fn is_one(&self) -> bool {
        self.types.is_empty()
    }

    /// How many slots there have been at once.
    pub(crate) fn len(&self) -> usize {
        self.slots.len as usize
    }

    /// Groups, of which some may hold nothing any more.
    pub(crate) fn live(&self) -> u32 {
        self.slots.live
    }

    /// Gives up the groups for which `keep` says false. Without a key there is one, which stays.
    pub(crate) fn sweep(&mut self, keep: impl Fn(u32) -> bool) {
        for slot in 0..self.len() {
            if self.known[slot] && !self.types.is_empty() && !keep(slot as u32) {
                self.slots.set_word(slot as u32, USED, 0);
                self.known[slot] = false;
                for key in &mut self.keys {
                    match key {
                        KeyValues::Word(_, values) => values[slot] = None,
                        KeyValues::Text(values) => values[slot] = None,
                    }
                }
            }
        }
        self.partitions.give_up(&mut self.slots);
    }

    /// Appends a component of the keys of slots.
    pub(crate) fn write(&self, key: usize, slots: &[u32], out: &mut Column) {
        match &self.keys[key] {
            KeyValues::Word(ty, values) => {
                for value in slots.iter().map(|&slot| values[slot as usize]) {
                    match (value, ty) {
                        (None, _) => out.push_null(),
                        (Some(word), Type::Bool) => out.push_bool(word != 0),
                        (Some(word), Type::F64) => out.push_f64(f64::from_bits(word)),
                        (Some(word), _) => out.push_i64(word as i64),
                    }
                }
            }
            KeyValues::Text(values) => {
                for value in slots.iter().map(|&slot| &values[slot as usize]) {
                    match value {
                        None => out.push_null(),
                        Some(text) => out.push_str(text),
                    }
                }
            }
        }
    }

    /// Rows that `limit partitions` has kept out.
    pub(crate) const fn dropped(&self) -> u64 {
        self.partitions.dropped()
    }

    /// Rows of new groups that were dropped since there was no memory.
    pub(crate) const fn dropped_for_memory(&self) -> u64 {
        self.partitions.dropped_for_memory()
    }

    /// Takes no more groups than there is memory for already, if it `is_full`.
    pub(crate) fn bound(&mut self, is_full: bool) {
        self.partitions.bound(is_full.then_some(self.slots.capacity));
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let of = |key: &KeyValues| match key {
            KeyValues::Word(_, values) => values.capacity() * 16,
            KeyValues::Text(values) => {
                let held: usize = values.iter().flatten().map(String::capacity).sum();
                values.capacity() * size_of::<Option<String>>() + held
            }
        };
        self.partitions.bytes()
            + self.slots.bytes()
            + self.known.capacity()
            + self.entries.rows.capacity() * 8
            + self.keys.iter().map(of).sum::<usize>()
    }

    /// The slots of groups whose key is known: of all that have had rows one by one.
    pub(crate) fn known(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.known).filter(|(_, known)| **known).map(|(slot, _)| slot)
    }

    /// Writes the keys and their slots.
    pub(crate) fn save(&self, name: &str, out: &mut Vec<u8>, sink: &mut dyn Sink) {
        self.partitions.save(name, out, sink);
    }

    /// Takes over groups; `each` gets the slot that each had and the one that it has.
    pub(crate) fn absorb(
        &mut self,
        part: &Part<'_, '_>,
        from: &mut Reader<'_>,
        mut each: impl FnMut(u32, u32),
    ) -> Result<(), Corrupt> {
        let region = |name: &str| (part.regions)(&format!("{}/{name}", part.name)).unwrap_or_default();
        let keys = self.partitions.load(from, part.counts)?;
        let mut taken = Vec::new();
        self.partitions.saved_keys(keys, (region("keys"), region("key-texts")), |key, slot| {
            if (part.keep)(key) {
                taken.push((key, slot));
            }
            Ok(())
        })?;
        for (key, slot) in taken {
            let into = match key {
                Key::One => 0,
                _ => open(&mut self.slots).ok_or(Corrupt)?,
            };
            self.partitions.insert(key, into)?;
            self.know(key, into)?;
            each(slot, into);
        }
        Ok(())
    }

    /// After groups of several parts were taken over.
    pub(crate) fn settle(&mut self) {
        self.partitions.settle(self.slots.live);
    }

    /// Notes the key values of a slot.
    fn know(&mut self, key: Key<'_>, slot: u32) -> Result<(), Corrupt> {
        let (slot, len) = (slot as usize, self.slots.len as usize);
        self.known.resize(len.max(self.known.len()), false);
        self.known[slot] = true;
        let mut values = self.keys.iter_mut();
        let mut fits = true;
        key.components(|component| match (values.next(), component) {
            (Some(KeyValues::Word(_, values)), None | Some(Component::Word(_))) => {
                values.resize(len.max(values.len()), None);
                values[slot] = match component {
                    Some(Component::Word(word)) => Some(word),
                    _ => None,
                };
            }
            (Some(KeyValues::Text(values)), None | Some(Component::Text(_))) => {
                values.resize(len.max(values.len()), None);
                values[slot] = match component {
                    Some(Component::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
                    _ => None,
                };
            }
            _ => fits = false,
        })?;
        if fits && values.next().is_none() { Ok(()) } else { Err(Corrupt) }
    }
}
