//! Windows that move with each event: of a length in time, or of the last so many.

use super::groups::{Groups, Limit};
use crate::plan::window::RowsPolicy;
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
}

impl<K: Hash + Eq + Clone, T: Default> Moving<K, T> {
    fn new(limit: Limit, reach: Reach) -> Self {
        Self {
            groups: Groups::new(limit.groups),
            rings: Rings::new(reach, limit.rows, RowsPolicy::DropOldest),
            totals: Vec::new(),
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
        let Self { groups, rings, totals, .. } = self;
        let group = groups.enter(key, |groups| {
            let holds = |group: u32| {
                let holds = rings.holds(group, time);
                if !holds {
                    rings.vacate(group);
                    totals[group as usize] = T::default();
                }
                holds
            };
            (0..groups as u32).map(holds).collect()
        })?;
        self.rings.reserve(self.groups.numbers());
        if self.totals.len() <= group as usize {
            self.totals.resize_with(group as usize + 1, T::default);
        }
        // The policy is to drop the oldest, so there is room.
        let evict = self.rings.push(group, time).ok()?;
        Some((&mut self.totals[group as usize], evict))
    }

    /// The groups.
    pub const fn groups(&self) -> &Groups<K> {
        &self.groups
    }

    /// Events that `limit rows` dropped from windows.
    pub const fn rows_dropped(&self) -> u64 {
        self.rings.dropped
    }
}
