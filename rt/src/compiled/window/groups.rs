//! Groups: from a key to a number, and back.

use crate::bound::Bound;
use crate::compiled::Stopped;
use crate::compiled::slots::SlotTable;
use crate::plan::window::RowsPolicy;
use crate::prefetch::fetch;
use crate::room::{Admit, Room};
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
use foldhash::fast::FixedState;

/// The bounds of a query's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Groups. The events of one more are not seen.
    pub groups: u32,
    /// Whether the program stops instead.
    pub groups_fail: bool,
    /// Events of a window that are kept one by one.
    pub rows: u32,
    /// What happens to one more. That the oldest gives way is for windows that move.
    pub rows_policy: RowsPolicy,
}

/// The groups of a query by key.
///
/// Invariant: `table` has the numbers of the keys that are there; `free` has the others.
#[derive(Debug)]
pub struct Groups<K> {
    table: SlotTable,
    keys: Vec<Option<K>>,
    free: Vec<u32>,
    limit: Limit,
    room: Room,
    /// Whether one group too many stops the program.
    failed: bool,
    hasher: FixedState,
}

impl<K: Hash + Eq + Clone> Groups<K> {
    pub(super) fn new(limit: Limit) -> Self {
        Self {
            limit,
            failed: false,
            table: SlotTable::new(),
            keys: Vec::new(),
            free: Vec::new(),
            room: Room::new(limit.groups, limit.groups_fail, true),
            hasher: FixedState::with_seed(0),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Events that the limit kept from the query.
    pub const fn dropped(&self) -> u64 {
        self.room.dropped()
    }

    /// One more than the greatest number that a group has had.
    pub(super) fn numbers(&self) -> usize {
        self.keys.len()
    }

    /// The key of a group.
    pub(super) fn key(&self, group: u32) -> K {
        self.keys[group as usize].clone().expect("Groups: a group that is there")
    }

    /// The group of a key. If there is none it is opened, unless there are too many; `holds` says for each group whether it has
    /// anything, for then those that have nothing are given up first.
    #[inline]
    pub(super) fn enter(&mut self, key: &K, holds: impl FnOnce(usize) -> Vec<bool>) -> Option<u32> {
        self.enter_hashed(key, self.hash(key), holds)
    }

    /// The same of a key whose hash is known.
    #[inline]
    pub(super) fn enter_hashed(
        &mut self,
        key: &K,
        hash: u64,
        holds: impl FnOnce(usize) -> Vec<bool>,
    ) -> Option<u32> {
        match self.find(key, hash) {
            Some(group) => Some(group),
            None => self.enter_new(key, holds),
        }
    }

    /// The hash of a key.
    #[inline]
    pub(super) fn hash(&self, key: &K) -> u64 {
        if size_of::<K>() == 0 { 0 } else { self.hasher.hash_one(key) }
    }

    /// Has fetched where the group of a key is found by its hash.
    #[inline]
    pub(super) fn fetch(&self, hash: u64) {
        self.table.fetch(hash);
    }

    /// The group that a key has most likely, by its hash; its key is fetched.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> u32 {
        let group = self.table.guess(hash);
        self.fetch_key(group);
        group
    }

    /// Has the key of a group fetched.
    #[inline]
    pub(super) fn fetch_key(&self, group: u32) {
        fetch(self.keys.as_ptr().wrapping_add(group as usize).cast());
    }

    /// Whether groups are more than is at hand in the caches next to the core.
    #[inline]
    pub(super) const fn is_large(&self) -> bool {
        self.table.is_large()
    }

    #[inline]
    fn find(&self, key: &K, hash: u64) -> Option<u32> {
        // Without a key there is one group.
        if size_of::<K>() == 0 {
            return (!self.keys.is_empty()).then_some(0);
        }
        self.table.find(hash, |group| self.keys[group as usize].as_ref() == Some(key))
    }

    #[cold]
    fn enter_new(&mut self, key: &K, holds: impl FnOnce(usize) -> Vec<bool>) -> Option<u32> {
        let mut admit = self.room.admit(self.len() as u32);
        if admit == Admit::Sweep {
            let holds = holds(self.numbers());
            self.sweep(&holds);
            admit = self.room.admit(self.len() as u32);
        }
        self.failed = admit == Admit::Fail;
        (admit == Admit::Open).then(|| self.open(key))
    }

    /// Whether a bound stops the program: that on groups, or that on rows.
    #[cold]
    pub(super) const fn stopped(&self, rule: &'static str, rows: bool) -> Result<(), Stopped> {
        if self.failed {
            Err(Stopped::rule(rule, Bound::Partitions, self.limit.groups as u64))
        } else if rows {
            Err(Stopped::rule(rule, Bound::Rows, self.limit.rows as u64))
        } else {
            Ok(())
        }
    }

    /// Opens the group of a key that has none.
    fn open(&mut self, key: &K) -> u32 {
        let group = match self.free.pop() {
            Some(group) => group,
            None => {
                self.keys.push(None);
                self.keys.len() as u32 - 1
            }
        };
        self.keys[group as usize] = Some(key.clone());
        if size_of::<K>() > 0 {
            self.table.insert(self.hasher.hash_one(key), group);
        }
        group
    }

    /// Gives up the groups that hold nothing.
    fn sweep(&mut self, holds: &[bool]) {
        let Self { table, keys, free, room, .. } = self;
        table.retain(|group| {
            let keep = holds[group as usize];
            if !keep {
                keys[group as usize] = None;
                free.push(group);
            }
            keep
        });
        room.swept((keys.len() - free.len()) as u32);
    }
}

/// Totals by number, which are used again.
#[derive(Debug)]
pub(super) struct Cells<T> {
    totals: Vec<T>,
    rows: Vec<u32>,
    free: Vec<u32>,
    limit: Limit,
    /// Events for which a window had no room.
    pub(super) dropped: u64,
    /// Whether that stops the program.
    pub(super) failed: bool,
}

impl<T: Default> Cells<T> {
    pub(super) const fn new(limit: Limit) -> Self {
        Self { totals: Vec::new(), rows: Vec::new(), free: Vec::new(), limit, dropped: 0, failed: false }
    }

    /// A number for totals of nothing.
    pub(super) fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.totals.push(T::default());
            self.rows.push(0);
            self.totals.len() as u32 - 1
        })
    }

    /// Totals.
    #[inline]
    pub(super) fn at(&mut self, cell: u32) -> &mut T {
        &mut self.totals[cell as usize]
    }

    /// Two different ones.
    pub(super) fn pair(&mut self, a: u32, b: u32) -> [&mut T; 2] {
        self.totals.get_disjoint_mut([a as usize, b as usize]).expect("Cells: two that differ")
    }

    /// Has totals fetched.
    #[inline]
    pub(super) fn fetch(&self, cell: u32) {
        fetch(self.totals.as_ptr().wrapping_add(cell as usize).cast());
    }

    /// Totals of a window that closes with time and are to take one more event, if there is room for it.
    #[inline]
    pub(super) fn grow(&mut self, cell: u32) -> Option<&mut T> {
        // PERF: nobody asks how many events such totals have, where that is not bounded.
        if self.limit.rows == u32::MAX { Some(self.at(cell)) } else { self.enter(cell) }
    }

    /// Totals that are to take one more event, if there is room for it.
    #[inline]
    pub(super) fn enter(&mut self, cell: u32) -> Option<&mut T> {
        let rows = &mut self.rows[cell as usize];
        if *rows == self.limit.rows {
            match self.limit.rows_policy {
                RowsPolicy::Fail => self.failed = true,
                RowsPolicy::DropNew | RowsPolicy::DropOldest => self.dropped += 1,
            }
            return None;
        }
        *rows += 1;
        Some(&mut self.totals[cell as usize])
    }

    /// How many events totals have taken.
    pub(super) fn rows(&self, cell: u32) -> u32 {
        self.rows[cell as usize]
    }

    /// Takes totals out; their number is free.
    pub(super) fn give(&mut self, cell: u32) -> T {
        self.rows[cell as usize] = 0;
        self.free.push(cell);
        core::mem::take(&mut self.totals[cell as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(groups: u32) -> Limit {
        Limit { groups, groups_fail: false, rows: 1, rows_policy: RowsPolicy::DropNew }
    }

    #[test]
    fn groups_are_opened_given_up_and_used_again() {
        let mut groups: Groups<u64> = Groups::new(limit(2));
        let all = |groups: usize| alloc::vec![true; groups];
        assert_eq!(
            (groups.enter(&7, all), groups.enter(&8, all), groups.enter(&7, all)),
            (Some(0), Some(1), Some(0))
        );
        assert_eq!((groups.enter(&9, all), groups.dropped(), groups.key(1)), (None, 1, 8));
        let mut groups: Groups<u64> = Groups::new(limit(2));
        let find = |groups: &Groups<u64>, key: u64| groups.find(&key, groups.hash(&key));
        groups.enter(&7, all);
        groups.enter(&8, all);
        assert_eq!(groups.enter(&9, |_| alloc::vec![false, true]), Some(0));
        assert_eq!((find(&groups, 7), find(&groups, 8), groups.len()), (None, Some(1), 2));
    }

    #[test]
    fn a_group_without_a_key_is_one() {
        let mut groups: Groups<()> = Groups::new(limit(1));
        assert_eq!(groups.find(&(), 0), None);
        let group = groups.enter(&(), |_| unreachable!("there is room for one"));
        assert_eq!((groups.find(&(), 0), groups.len()), (group, 1));
    }
}
