//! From the hash of a key to the slot where the key and what belongs to it are.
//!
//! PERF: entries of eight bytes with linear probing (Knuth, The Art of Computer Programming 6.4). The slot is known after one
//! look at one cache line, before the key itself has been compared: the processor goes on with the slot meanwhile. A table
//! that is general has to find the place of the entry in its control bytes first.

use alloc::vec::Vec;

use crate::prefetch::fetch;

const NONE: u32 = u32::MAX;
const CAPACITY_MIN: usize = 16;
/// A table of so many entries is not at hand in the caches next to the core, so it is filled more.
const LARGE: usize = 1 << 15;

/// An entry; empty if the slot is [`NONE`].
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// 32 bits of the hash. Where the entry belongs is in the lower ones.
    hash: u32,
    slot: u32,
}

/// No key has its hash.
const EMPTY: Entry = Entry { hash: 0, slot: NONE };

/// Slots by the hash of a key.
///
/// Invariant: the length of `entries` is a power of two, at least half of them are empty (three quarters in a table that is not
/// large), and an entry lies at the first place
/// from that of its hash on that was empty when it came; the last place is followed by the first.
#[derive(Clone, Debug)]
pub(super) struct SlotTable {
    entries: Vec<Entry>,
    len: usize,
    /// What `retain` works with.
    kept: Vec<Entry>,
}

impl SlotTable {
    pub(super) fn new() -> Self {
        Self { entries: alloc::vec![EMPTY; CAPACITY_MIN], len: 0, kept: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The slot of this hash that holds the `same` key.
    #[inline]
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = folded(hash);
        let (slot, is_there) = self.look(hash);
        if is_there && same(slot) {
            return Some(slot);
        }
        self.find_further(hash, same)
    }

    /// The slot that has this hash, most likely, and whether it does.
    #[inline]
    fn look(&self, hash: u32) -> (u32, bool) {
        let mask = self.entries.len() - 1;
        let at = hash as usize & mask;
        // PERF: an entry that is not in its own place is in the next one nearly always; no branch tells these two apart, as an
        // address is counted, not chosen.
        let is_further = usize::from(self.entries[at].hash != hash);
        let entry = self.entries[(at + is_further) & mask];
        (entry.slot, entry.hash == hash)
    }

    /// Has the entry of a hash fetched.
    #[inline]
    pub(super) fn fetch(&self, hash: u64) {
        let at = folded(hash) as usize & (self.entries.len() - 1);
        fetch(core::ptr::from_ref(&self.entries[at]).cast());
    }

    /// The slot that has this hash, most likely.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> u32 {
        self.look(folded(hash)).0
    }

    /// Whether it is more than is at hand in the caches next to the core.
    #[inline]
    pub(super) const fn is_large(&self) -> bool {
        self.entries.len() >= LARGE
    }

    /// As `find`, where the look at the first places was not enough.
    fn find_further(&self, hash: u32, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.entries.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let entry = self.entries[at];
            if entry.slot == NONE {
                return None;
            }
            if entry.hash == hash && same(entry.slot) {
                return Some(entry.slot);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a slot whose key is not there.
    pub(super) fn insert(&mut self, hash: u64, slot: u32) {
        let room = if self.entries.len() < LARGE { self.entries.len() / 4 } else { self.entries.len() / 2 };
        if self.len >= room {
            self.grow();
        }
        self.place(Entry { hash: folded(hash), slot });
    }

    /// Forgets the slots that are not to be kept.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        let mut kept = core::mem::take(&mut self.kept);
        kept.extend(self.entries.iter().filter(|entry| entry.slot != NONE && keep(entry.slot)));
        if kept.len() < self.len {
            self.entries.fill(EMPTY);
            self.len = 0;
            kept.iter().for_each(|&entry| self.place(entry));
        }
        kept.clear();
        self.kept = kept;
    }

    #[cold]
    fn grow(&mut self) {
        let larger = alloc::vec![EMPTY; self.entries.len() * 2];
        let entries = core::mem::replace(&mut self.entries, larger);
        self.len = 0;
        entries.into_iter().filter(|entry| entry.slot != NONE).for_each(|entry| self.place(entry));
    }

    /// Puts an entry where it belongs. There is room.
    fn place(&mut self, entry: Entry) {
        let mask = self.entries.len() - 1;
        let mut at = entry.hash as usize & mask;
        while self.entries[at].slot != NONE {
            at = (at + 1) & mask;
        }
        self.entries[at] = entry;
        self.len += 1;
    }
}

/// 32 bits that depend on all of a hash, never 0.
#[inline]
const fn folded(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32 | 1 << 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_found_by_hash_and_key_through_growth_and_removal() {
        // Hashes that collide in all 32 bits, in the place alone, and not at all.
        let hashes: Vec<u64> = (0..300).map(|slot| (slot % 7) << 8 | (slot % 3)).collect();
        let mut table = SlotTable::new();
        for (slot, &hash) in hashes.iter().enumerate() {
            assert_eq!(table.find(hash, |found| found == slot as u32), None);
            table.insert(hash, slot as u32);
        }
        table.retain(|slot| slot % 5 != 0);
        assert_eq!(table.len(), 240);
        for (slot, &hash) in hashes.iter().enumerate() {
            let wanted = (slot % 5 != 0).then_some(slot as u32);
            assert_eq!(table.find(hash, |found| found == slot as u32), wanted);
        }
    }
}
