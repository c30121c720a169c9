//! Windows that move with each event: of a length in time, or of the last so many.

use super::groups::{Groups, Limit};
use crate::compiled::Stopped;
use crate::window::Full;
use crate::window::rings::{Reach, Rings};
use alloc::vec::Vec;
use core::hash::Hash;

/// The moving windows of a query.
#[derive(Debug)]
pub struct Moving<K, T> {
    groups: Groups<K>,
    rings: Rings,
    /// By group.
    totals: Vec<T>,
    /// By group: the oldest events that have left its window as one came that was not taken, and that are in the totals.
    owed: Vec<u32>,
    dropped: u64,
    failed: bool,
}

impl<K: Hash + Eq + Clone, T: Default> Moving<K, T> {
    fn new(limit: Limit, reach: Reach) -> Self {
        Self {
            groups: Groups::new(limit),
            rings: Rings::new(reach, limit.rows, limit.rows_policy),
            totals: Vec::new(),
            owed: Vec::new(),
            dropped: 0,
            failed: false,
        }
    }

    /// Windows of the events less than so many nanoseconds before one.
    pub fn sliding(limit: Limit, size: i64) -> Self {
        Self::new(limit, Reach::Time(size))
    }

    /// Windows of so many events.
    pub fn last(limit: Limit, count: u64) -> Self {
        Self::new(limit, Reach::Rows(count))
    }

    /// The totals of the group of an event, and how many of its oldest events leave the window for it; none if a limit keeps it out.
    #[inline]
    pub fn enter(&mut self, key: &K, time: i64) -> Option<(&mut T, u32)> {
        let Self { groups, rings, totals, owed, .. } = self;
        let group = groups.enter(key, |groups| {
            let holds = |group: u32| {
                let holds = rings.holds(group, time);
                if !holds {
                    rings.vacate(group);
                    totals[group as usize] = T::default();
                    owed.get_mut(group as usize).map(core::mem::take);
                }
                holds
            };
            (0..groups as u32).map(holds).collect()
        })?;
        if self.totals.len() <= group as usize {
            self.grow();
        }
        match self.rings.push(group, time) {
            Ok(evict) if self.owed.is_empty() => Some((&mut self.totals[group as usize], evict)),
            Ok(evict) => {
                let owed = self.owed.get_mut(group as usize).map_or(0, core::mem::take);
                Some((&mut self.totals[group as usize], owed + evict))
            }
            Err(full) => {
                self.refuse(group, full);
                None
            }
        }
    }

    /// Makes room for groups that have been opened.
    #[cold]
    fn grow(&mut self) {
        self.rings.reserve(self.groups.numbers());
        self.totals.resize_with(self.groups.numbers(), T::default);
    }

    /// An event for which its window has no room.
    #[cold]
    fn refuse(&mut self, group: u32, full: Full) {
        match full {
            Full::Fail => self.failed = true,
            Full::Drop(evict) => {
                self.dropped += 1;
                self.owed.resize(self.totals.len().max(self.owed.len()), 0);
                self.owed[group as usize] += evict;
            }
        }
    }

    /// Whether what kept the last event out stops the program.
    ///
    /// # Errors
    /// If it was a bound at which it does.
    pub const fn stopped(&self, rule: &'static str) -> Result<(), Stopped> {
        self.groups.stopped(rule, self.failed)
    }

    /// The groups.
    pub const fn groups(&self) -> &Groups<K> {
        &self.groups
    }

    /// Events that `limit rows` kept from windows, or had leave them early.
    pub const fn rows_dropped(&self) -> u64 {
        self.rings.dropped + self.dropped
    }
}
