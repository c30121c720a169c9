//! Tumbling and hopping windows.

use super::groups::{Cells, Groups, Limit};
use super::{Closed, Totals, has_ended};
use crate::compiled::Stopped;
use crate::state::NONE;
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
    /// Events of a block that are at hand.
    hand: Vec<Hand<K>>,
}

/// An event of a block: its key, and the cell of its group once that is known.
#[derive(Debug)]
struct Hand<K> {
    key: K,
    hash: u64,
    row: u32,
    cell: u32,
}

/// How many events of a block are at hand at once: what is fetched for all of them stays in the cache next to the core.
const AT_HAND: usize = 64;

/// How many groups of a window that closes are fetched ahead.
const AHEAD: usize = 8;

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
            hand: Vec::new(),
        }
    }

    #[inline]
    fn enter(&mut self, key: &K, time: i64) -> Option<&mut T> {
        if time >= self.until && !self.open(time) {
            return None;
        }
        let cell = self.cell(key, self.groups.hash(key))?;
        self.cells.grow(cell)
    }

    /// The cell of a group in the slice that was opened last.
    #[inline]
    fn cell(&mut self, key: &K, hash: u64) -> Option<u32> {
        let panes = &self.panes;
        let group = self.groups.enter_hashed(key, hash, |groups| {
            let mut holds = alloc::vec![false; groups];
            panes.mark(|group| holds[group as usize] = true);
            holds
        })?;
        if group >= self.panes.groups() {
            self.panes.reserve(self.groups.numbers());
        }
        Some(self.panes.cell(group, || self.cells.take()))
    }

    /// PERF: in passes, each of which has what the next one needs fetched.
    #[inline]
    fn enter_block(
        &mut self,
        rows: usize,
        time: i64,
        mut key_of: impl FnMut(usize) -> Option<K>,
        mut push: impl FnMut(&mut T, usize),
    ) {
        let mut hand = core::mem::take(&mut self.hand);
        for from in (0..rows).step_by(AT_HAND) {
            hand.clear();
            let is_large = self.groups.is_large();
            for row in from..rows.min(from + AT_HAND) {
                let Some(key) = key_of(row) else { continue };
                let hash = self.groups.hash(&key);
                if is_large {
                    self.groups.fetch(hash);
                }
                hand.push(Hand { key, hash, row: row as u32, cell: NONE });
            }
            if hand.is_empty() || time >= self.until && !self.open(time) {
                continue;
            }
            if is_large {
                for one in &hand {
                    self.panes.fetch(self.groups.guess(one.hash));
                }
            }
            for one in &mut hand {
                one.cell = self.cell(&one.key, one.hash).unwrap_or(NONE);
                if is_large {
                    self.cells.fetch(one.cell);
                }
            }
            for one in hand.iter().filter(|one| one.cell != NONE) {
                if let Some(totals) = self.cells.grow(one.cell) {
                    push(totals, one.row as usize);
                }
            }
        }
        hand.clear();
        self.hand = hand;
    }

    /// The next group of the window that closes, and its cell.
    fn next_closing(&mut self) -> Option<(u32, u32)> {
        let Self { groups, cells, closing, .. } = self;
        if groups.is_large()
            && let Some(&(group, cell)) = closing.len().checked_sub(AHEAD).and_then(|at| closing.get(at))
        {
            groups.fetch_key(group);
            cells.fetch(cell);
        }
        closing.pop()
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

        /// Has the events of a block enter, all of which are of the slice of a time: `key_of` gives the key of each, by its number in the
        /// block, unless it is left out, and `push` has the totals of its slice take it.
        #[inline]
        pub fn enter_block(
            &mut self,
            rows: usize,
            time: i64,
            key_of: impl FnMut(usize) -> Option<K>,
            push: impl FnMut(&mut T, usize),
        ) {
            self.0.enter_block(rows, time, key_of, push);
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
        let (group, cell) = slices.next_closing()?;
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
        let (group, cell) = slices.next_closing()?;
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
