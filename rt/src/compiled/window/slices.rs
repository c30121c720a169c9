//! Tumbling and hopping windows.

use super::groups::{Cells, Groups, Limit};
use super::{Closed, Totals, has_ended};
use crate::compiled::Stopped;
use crate::window::panes::{Panes, Span};
use alloc::vec::Vec;
use core::hash::Hash;

/// What both have: slices of time, and totals for each group and slice.
#[derive(Debug)]
struct Slices<K, T> {
    groups: Groups<K>,
    cells: Cells<T>,
    panes: Panes,
    /// Events before this time are of the slice that was opened last.
    until: i64,
    /// When the next window ends: the end of time if none is open.
    next_end: i64,
    /// The window that closes, and those of its groups that have not been given out, last first.
    span: Span,
    closing: Vec<(u32, u32)>,
}

impl<K: Hash + Eq + Clone, T: Default> Slices<K, T> {
    fn new(limit: Limit, size: i64, every: i64, offset: i64) -> Self {
        Self {
            groups: Groups::new(limit),
            cells: Cells::new(limit),
            panes: Panes::new(size, every, offset),
            until: i64::MIN,
            next_end: i64::MAX,
            span: Span { start: 0, end: 0, hop: 0 },
            closing: Vec::new(),
        }
    }

    #[inline]
    fn enter(&mut self, key: &K, time: i64) -> Option<&mut T> {
        if time >= self.until && !self.open(time) {
            return None;
        }
        let panes = &self.panes;
        let group = self.groups.enter(key, |groups| {
            let mut holds = alloc::vec![false; groups];
            panes.mark(|group| holds[group as usize] = true);
            holds
        })?;
        self.panes.reserve(self.groups.numbers());
        let cell = self.panes.cell(group, || self.cells.take());
        self.cells.enter(cell)
    }

    /// How many of the times, which ascend, are before the end of the slice of the first. So no window ends at one of them, once those are closed
    /// that end at the first or before.
    fn cut(&self, times: &[i64]) -> usize {
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return 0 };
        let until = if first < self.until { self.until } else { self.panes.until(first) };
        // A row at the end of time is of the last slice that there is.
        if last < until { times.len() } else { times.partition_point(|time| *time < until).max(1) }
    }

    /// Begins the slice of a time; whether there is one.
    #[cold]
    fn open(&mut self, time: i64) -> bool {
        let Some(until) = self.panes.open(time) else { return false };
        self.until = until;
        self.next_end = self.panes.next_end().unwrap_or(i64::MAX);
        true
    }

    /// Closes the next window that ends at `upto` or before, unless groups of one that has closed are left.
    fn close(&mut self, upto: i64) -> bool {
        while self.closing.is_empty() {
            if !has_ended(self.next_end, upto) {
                return false;
            }
            let Some(span) = self.panes.close(upto, &mut self.closing) else { return false };
            self.span = span;
            self.closing.reverse();
        }
        true
    }

    /// Forgets the slices that no later window holds, once the groups of a window have been given out.
    fn closed(&mut self) {
        let cells = &mut self.cells;
        self.panes.drop_closed(|cell| {
            cells.give(cell);
        });
        self.next_end = self.panes.next_end().unwrap_or(i64::MAX);
        self.until = i64::MIN;
    }
}

macro_rules! common {
    () => {
        /// The totals of the slice of an event, unless a limit keeps it out.
        #[inline]
        pub fn enter(&mut self, key: &K, time: i64) -> Option<&mut T> {
            self.0.enter(key, time)
        }

        /// How many of the times of a block, which ascend, are of one slice with the first. No window ends at one of them, if none that is open
        /// ends at the first or before.
        #[inline]
        pub fn cut(&self, times: &[i64]) -> usize {
            self.0.cut(times)
        }

        /// When the next window ends; the end of time if none is open.
        #[inline]
        pub const fn next_end(&self) -> i64 {
            self.0.next_end
        }

        /// The groups.
        pub const fn groups(&self) -> &Groups<K> {
            &self.0.groups
        }

        /// Whether what kept the last event out stops the program.
        ///
        /// # Errors
        /// If it was a bound at which it does.
        pub const fn stopped(&self, rule: &'static str) -> Result<(), Stopped> {
            self.0.groups.stopped(rule, self.0.cells.failed)
        }

        /// Events that `limit rows` kept from windows.
        pub const fn rows_dropped(&self) -> u64 {
            self.0.cells.dropped
        }
    };
}

/// Windows one behind the other.
#[derive(Debug)]
pub struct Tumbling<K, T>(Slices<K, T>);

impl<K: Hash + Eq + Clone, T: Default> Tumbling<K, T> {
    /// Windows of so many nanoseconds, which begin at an offset from the epoch.
    pub fn new(limit: Limit, size: i64, offset: i64) -> Self {
        Self(Slices::new(limit, size, size, offset))
    }

    common!();

    /// The next group of a window that ends at `upto` or before, in the order in which groups came into it.
    pub fn close(&mut self, upto: i64) -> Option<Closed<K, T>> {
        let slices = &mut self.0;
        if !slices.close(upto) {
            return None;
        }
        let (group, cell) = slices.closing.pop()?;
        let totals = core::mem::take(slices.cells.at(cell));
        let Span { start, end, .. } = slices.span;
        let key = slices.groups.key(group);
        if slices.closing.is_empty() {
            slices.closed();
        }
        Some(Closed { key, start, end, totals })
    }
}

/// Windows that overlap.
#[derive(Debug)]
pub struct Hopping<K, T>(Slices<K, T>);

impl<K: Hash + Eq + Clone, T: Totals> Hopping<K, T> {
    /// Windows of so many nanoseconds, one `every` so many, which begin at an offset from the epoch.
    pub fn new(limit: Limit, size: i64, every: i64, offset: i64) -> Self {
        Self(Slices::new(limit, size, every, offset))
    }

    common!();

    /// The next group of a window that ends at `upto` or before, in the order in which groups came into it.
    pub fn close(&mut self, upto: i64) -> Option<Closed<K, T>> {
        let slices = &mut self.0;
        let fresh = slices.closing.is_empty();
        if !slices.close(upto) {
            return None;
        }
        if fresh {
            Self::join(slices);
        }
        let (group, cell) = slices.closing.pop()?;
        let totals = slices.cells.give(cell);
        let Span { start, end, .. } = slices.span;
        let key = slices.groups.key(group);
        if slices.closing.is_empty() {
            slices.closed();
        }
        Some(Closed { key, start, end, totals })
    }

    /// Joins the slices of each group.
    fn join(slices: &mut Slices<K, T>) {
        let mut joined: Vec<Option<u32>> = alloc::vec![None; slices.groups.numbers()];
        let mut whole = Vec::new();
        // They are in reverse: the first is last.
        for (group, cell) in core::mem::take(&mut slices.closing).into_iter().rev() {
            let into = *joined[group as usize].get_or_insert_with(|| {
                let into = slices.cells.take();
                whole.push((group, into));
                into
            });
            let [into, from] = slices.cells.pair(into, cell);
            into.combine(from);
        }
        whole.reverse();
        slices.closing = whole;
    }
}
