//! Sessions: events of a group less than a gap apart.

use super::groups::{Cells, Groups, Limit};
use super::{Closed, has_ended};
use crate::compiled::Stopped;
use crate::window::sessions::{Ended, Sessions as Spans};
use alloc::collections::VecDeque;
use core::hash::Hash;

/// The sessions of a query.
#[derive(Debug)]
pub struct Sessions<K, T> {
    groups: Groups<K>,
    cells: Cells<T>,
    spans: Spans,
    /// No session ends before this time.
    next_end: i64,
    ended: VecDeque<Ended>,
}

impl<K: Hash + Eq + Clone, T: Default> Sessions<K, T> {
    /// Sessions that end so many nanoseconds after their last event, or `max` after their first.
    pub fn new(limit: Limit, gap: i64, max: Option<i64>) -> Self {
        Self {
            groups: Groups::new(limit),
            cells: Cells::new(limit),
            spans: Spans::new(gap, max),
            next_end: i64::MAX,
            ended: VecDeque::new(),
        }
    }

    /// The totals of the session of an event, unless a limit keeps it out.
    #[inline]
    pub fn enter(&mut self, key: &K, time: i64) -> Option<&mut T> {
        let spans = &self.spans;
        let group =
            self.groups.enter(key, |groups| (0..groups as u32).map(|group| spans.holds(group)).collect())?;
        self.spans.reserve(self.groups.numbers());
        let cells = &mut self.cells;
        let mut fresh = false;
        let cell = self.spans.cell(group, (time, 0), || {
            fresh = true;
            cells.take()
        });
        if fresh {
            self.next_end = self.spans.next_end().unwrap_or(i64::MAX);
        }
        self.cells.enter(cell)
    }

    /// A time before which no session ends; the end of time if none is open.
    #[inline]
    pub const fn next_end(&self) -> i64 {
        self.next_end
    }

    /// The next session that ends at `upto` or before, in order of ends, then of first events.
    pub fn close(&mut self, upto: i64) -> Option<Closed<K, T>> {
        if self.ended.is_empty() {
            if !has_ended(self.next_end, upto) {
                return None;
            }
            self.ended.extend(self.spans.close(upto).drain(..));
            self.next_end = self.spans.next_end().unwrap_or(i64::MAX);
        }
        let Ended { start, end, group, cell, .. } = self.ended.pop_front()?;
        Some(Closed { key: self.groups.key(group), start, end, totals: self.cells.give(cell) })
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

    /// Events that `limit rows` kept from sessions.
    pub const fn rows_dropped(&self) -> u64 {
        self.cells.dropped
    }
}
