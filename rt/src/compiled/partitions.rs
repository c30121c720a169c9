//! The state of a rule by partition key.

use super::runs::Runs;
use super::slots::SlotTable;
use super::{Partition, PartitionLimit, Room};
use crate::prefetch::fetch;
use crate::room::Room as Policy;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use foldhash::fast::FixedState;

/// Partitions and runs of fewer bytes are not fetched ahead.
const NEAR_BYTES: usize = 1 << 20;

/// The partitions of a rule by key.
///
/// Invariant: `table` has the slots of those that are not vacant; `free` has the others.
#[derive(Debug)]
pub struct Partitions<K, C> {
    table: SlotTable,
    slots: Vec<Slot<K, C>>,
    free: Vec<u32>,
    policy: Policy,
    hasher: FixedState,
}

#[derive(Debug)]
struct Slot<K, C> {
    key: K,
    partition: Partition<C>,
}

impl<K: Hash + Eq + Clone, C: Default> Partitions<K, C> {
    /// No partitions.
    pub fn new(limit: PartitionLimit) -> Self {
        Self {
            table: SlotTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            policy: Policy::new(limit.max, limit.fails, true),
            hasher: FixedState::with_seed(0),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    /// Events that the limit kept from the rule.
    pub const fn dropped(&self) -> u64 {
        self.policy.dropped()
    }

    /// The slot of a key, or of what is equal to it and has the same hash.
    #[inline]
    pub fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |slot| self.slots[slot as usize].key.borrow() == key)
    }

    /// Has fetched what is kept for keys, and the first run of each, where that is more than the near caches hold.
    ///
    /// PERF: of each key an entry, a slot and a run lie at places of their own, each of which says where the next is. All entries are
    /// asked for, then all slots, then all runs, instead of waiting for one after the other.
    pub fn fetch<R>(&self, keys: impl Iterator<Item = K> + Clone, runs: &Runs<R>) {
        if size_of_val(&self.slots[..]) + runs.bytes() < NEAR_BYTES {
            return;
        }
        let hashes = keys.map(|key| self.hasher.hash_one(key));
        hashes.clone().for_each(|hash| self.table.fetch(hash));
        let slots = hashes.filter_map(|hash| self.slots.get(self.table.guess(hash) as usize));
        slots.clone().for_each(|slot| fetch(core::ptr::from_ref(slot).cast()));
        slots.for_each(|slot| runs.fetch(&slot.partition.runs));
    }

    /// The partition in a slot.
    #[inline]
    pub fn at(&mut self, slot: u32) -> &mut Partition<C> {
        &mut self.slots[slot as usize].partition
    }

    /// The partition in a slot, unless it has been given up.
    #[inline]
    pub fn live(&mut self, slot: u32) -> Option<&mut Partition<C>> {
        self.slots
            .get_mut(slot as usize)
            .map(|slot| &mut slot.partition)
            .filter(|partition| !partition.vacant)
    }

    /// Whether one more may be opened.
    pub fn room(&mut self) -> Room {
        self.policy.admit(self.table.len() as u32)
    }

    /// Opens the partition of a key that has none.
    pub fn open(&mut self, key: &K) -> u32 {
        let fresh = Slot { key: key.clone(), partition: Partition::default() };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = fresh;
                slot
            }
            None => {
                self.slots.push(fresh);
                self.slots.len() as u32 - 1
            }
        };
        self.table.insert(self.hasher.hash_one(key), slot);
        slot
    }

    /// All partitions, for a sweep.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Partition<C>> {
        self.slots.iter_mut().map(|slot| &mut slot.partition).filter(|partition| !partition.vacant)
    }

    /// Ends a sweep for room: forgets the partitions that have been given up.
    pub fn swept(&mut self) {
        self.forget();
        self.policy.swept(self.table.len() as u32);
    }

    /// Ends any other sweep: forgets the partitions that have been given up.
    pub fn forget(&mut self) {
        let Self { table, slots, free, .. } = self;
        table.retain(|slot| {
            let keep = !slots[slot as usize].partition.vacant;
            if !keep {
                free.push(slot);
            }
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_opened_given_up_and_used_again() {
        let mut partitions: Partitions<u64, i64> = Partitions::new(PartitionLimit { max: 2, fails: false });
        for key in [7, 8] {
            assert!(matches!(partitions.room(), Room::Open));
            assert_eq!(partitions.find(&key), None);
            let slot = partitions.open(&key);
            partitions.at(slot).cells = key as i64;
            assert_eq!(partitions.find(&key), Some(slot));
        }
        assert!(matches!(partitions.room(), Room::Sweep));
        partitions.iter_mut().filter(|partition| partition.cells == 7).for_each(Partition::vacate);
        assert!(partitions.live(0).is_none() && partitions.live(1).is_some());
        partitions.swept();
        assert_eq!((partitions.find(&7), partitions.find(&8), partitions.len()), (None, Some(1), 1));
        assert!(matches!(partitions.room(), Room::Open));
        assert_eq!((partitions.open(&9), partitions.at(0).cells), (0, 0));
        assert!(matches!(partitions.room(), Room::Sweep));
        partitions.swept();
        assert!(matches!(partitions.room(), Room::Drop));
        assert_eq!(partitions.dropped(), 1);
    }
}
