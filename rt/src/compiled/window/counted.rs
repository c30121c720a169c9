//! Batches of so many events, and aggregates since the start.

use super::groups::{Cells, Groups, Limit};
use super::{Closed, END_MAX, has_ended};
use crate::compiled::Stopped;
use alloc::vec::Vec;
use core::hash::Hash;

/// The batch of a group that is not full.
#[derive(Clone, Copy, Debug)]
struct Open {
    cell: u32,
    /// The number of its first event.
    first: u64,
}

/// The batches of a query.
#[derive(Debug)]
pub struct Batches<K, T> {
    groups: Groups<K>,
    cells: Cells<T>,
    /// By group.
    open: Vec<Option<Open>>,
    count: u64,
    /// Whether the rest is a batch at the end.
    partial: bool,
    events: u64,
    live: usize,
    /// The rest, the first last.
    rest: Vec<(u32, Open)>,
}

impl<K: Hash + Eq + Clone, T: Default> Batches<K, T> {
    /// Batches of so many events; whether there is one of the rest at the end of input.
    pub fn new(limit: Limit, count: u64, partial: bool) -> Self {
        Self {
            groups: Groups::new(limit),
            cells: Cells::new(limit),
            open: Vec::new(),
            count,
            partial,
            events: 0,
            live: 0,
            rest: Vec::new(),
        }
    }

    /// The group of an event, and the totals of its batch, unless a limit keeps it out.
    #[inline]
    pub fn enter(&mut self, key: &K, _time: i64) -> Option<(u32, &mut T)> {
        let open = &self.open;
        let group = self.groups.enter(key, |_| open.iter().map(Option::is_some).collect())?;
        if self.open.len() <= group as usize {
            self.open.resize(group as usize + 1, None);
        }
        self.events += 1;
        let Self { open, cells, live, events, .. } = self;
        let batch = open[group as usize].get_or_insert_with(|| {
            *live += 1;
            Open { cell: cells.take(), first: *events }
        });
        let cell = batch.cell;
        Some((group, self.cells.enter(cell)?))
    }

    /// The totals of the batch of a group if it is full now.
    #[inline]
    pub fn complete(&mut self, group: u32) -> Option<T> {
        let open = self.open[group as usize]?;
        if u64::from(self.cells.rows(open.cell)) < self.count {
            return None;
        }
        self.open[group as usize] = None;
        self.live -= 1;
        Some(self.cells.give(open.cell))
    }

    /// When the rest becomes a batch: the end of time if there is none.
    #[inline]
    pub const fn next_end(&self) -> i64 {
        if self.partial && self.live > 0 { END_MAX } else { i64::MAX }
    }

    /// At the end of time the next group of which some events are left, in the order of their first ones.
    pub fn close(&mut self, upto: i64) -> Option<Closed<K, T>> {
        if self.rest.is_empty() {
            if !has_ended(self.next_end(), upto) {
                return None;
            }
            let open = self.open.iter_mut().enumerate();
            self.rest.extend(open.filter_map(|(group, open)| Some((group as u32, open.take()?))));
            self.rest.sort_unstable_by_key(|(_, open)| core::cmp::Reverse(open.first));
        }
        let (group, open) = self.rest.pop()?;
        self.live -= 1;
        let (key, totals) = (self.groups.key(group), self.cells.give(open.cell));
        Some(Closed { key, start: END_MAX, end: END_MAX, totals })
    }

    /// The groups.
    pub const fn groups(&self) -> &Groups<K> {
        &self.groups
    }

    /// Whether what kept the last event out stops the program.
    ///
    /// # Errors
    /// If it was a bound at which it does.
    pub const fn stopped(&self, rule: &'static str) -> Result<(), Stopped> {
        self.groups.stopped(rule, self.cells.failed)
    }

    /// Events that `limit rows` kept from batches.
    pub const fn rows_dropped(&self) -> u64 {
        self.cells.dropped
    }
}

/// Aggregates of all events of each group so far.
#[derive(Debug)]
pub struct Running<K, T> {
    groups: Groups<K>,
    cells: Cells<T>,
    /// By group.
    cell_of: Vec<u32>,
}

impl<K: Hash + Eq + Clone, T: Default> Running<K, T> {
    /// No events.
    pub fn new(limit: Limit) -> Self {
        Self { groups: Groups::new(limit), cells: Cells::new(limit), cell_of: Vec::new() }
    }

    /// The totals of the group of an event, unless a limit keeps it out.
    #[inline]
    pub fn enter(&mut self, key: &K, _time: i64) -> Option<&mut T> {
        let group = self.groups.enter(key, |groups| alloc::vec![true; groups])?;
        if self.cell_of.len() <= group as usize {
            self.cell_of.push(self.cells.take());
        }
        self.cells.enter(self.cell_of[group as usize])
    }

    /// The groups.
    pub const fn groups(&self) -> &Groups<K> {
        &self.groups
    }

    /// Whether what kept the last event out stops the program.
    ///
    /// # Errors
    /// If it was a bound at which it does.
    pub const fn stopped(&self, rule: &'static str) -> Result<(), Stopped> {
        self.groups.stopped(rule, self.cells.failed)
    }

    /// Events that `limit rows` kept out.
    pub const fn rows_dropped(&self) -> u64 {
        self.cells.dropped
    }
}
