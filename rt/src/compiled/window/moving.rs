//! Windows that move with each event: of a length in time, or of the last so many.

use super::groups::{Groups, Limit};
use crate::compiled::Stopped;
use crate::plan::window::RowsPolicy;
use crate::window::rings::Reach;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::hash::Hash;

/// What a query keeps of a window that moves: it is told what enters the window and what leaves it.
pub trait Moved: Default {
    /// What has to be known of an event when it leaves.
    type Row: Debug;

    /// Takes an event, as far as it is a row.
    fn enter(&mut self, row: &Self::Row);
    /// Has the oldest event leave.
    fn leave(&mut self, row: Self::Row);
}

/// The window of a group.
#[derive(Debug)]
struct Window<T: Moved> {
    /// The events in it with their times, oldest first.
    rows: VecDeque<(i64, T::Row)>,
    totals: T,
}

impl<T: Moved> Default for Window<T> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), totals: T::default() }
    }
}

impl<T: Moved> Window<T> {
    /// Has the oldest event leave, if there is one.
    #[inline]
    fn leave(&mut self) {
        if let Some((_, row)) = self.rows.pop_front() {
            self.totals.leave(row);
        }
    }

    /// Has events leave that an event at `time` leaves behind.
    #[inline]
    fn leave_behind(&mut self, reach: Reach, time: i64) {
        match reach {
            Reach::Time(size) => {
                // The least time there is has nothing so long before it.
                let Some(from) = time.checked_sub(size) else { return };
                while let Some((_, row)) = self.rows.pop_front_if(|(time, _)| *time <= from) {
                    self.totals.leave(row);
                }
            }
            Reach::Rows(count) => {
                while self.rows.len() as u64 >= count {
                    self.leave();
                }
            }
        }
    }

    /// Whether an event of it can still be in a window at `now` or later.
    fn holds(&self, reach: Reach, now: i64) -> bool {
        self.rows.back().is_some_and(|(last, _)| match reach {
            Reach::Time(size) => now.saturating_sub(size) < *last,
            Reach::Rows(_) => true,
        })
    }
}

/// The moving windows of a query.
#[derive(Debug)]
pub struct Moving<K, T: Moved> {
    groups: Groups<K>,
    reach: Reach,
    limit: Limit,
    /// By group.
    windows: Vec<Window<T>>,
    dropped: u64,
    failed: bool,
}

impl<K: Hash + Eq + Clone, T: Moved> Moving<K, T> {
    fn new(limit: Limit, reach: Reach) -> Self {
        Self { groups: Groups::new(limit), reach, limit, windows: Vec::new(), dropped: 0, failed: false }
    }

    /// Windows of the events less than so many nanoseconds before one.
    pub fn sliding(limit: Limit, size: i64) -> Self {
        Self::new(limit, Reach::Time(size))
    }

    /// Windows of so many events.
    pub fn last(limit: Limit, count: u64) -> Self {
        Self::new(limit, Reach::Rows(count))
    }

    /// Has an event enter the window of its group, and those leave that it leaves behind: what is kept of the window; none if a limit
    /// keeps the event out.
    #[inline]
    pub fn enter(&mut self, key: &K, time: i64, row: T::Row) -> Option<&mut T> {
        let Self { groups, windows, reach, .. } = self;
        let group = groups.enter(key, |groups| {
            let holds = |window: &mut Window<T>| {
                let holds = window.holds(*reach, time);
                if !holds {
                    *window = Window::default();
                }
                holds
            };
            windows.iter_mut().take(groups).map(holds).collect()
        })?;
        if self.windows.len() <= group as usize {
            self.grow();
        }
        let window = &mut self.windows[group as usize];
        window.leave_behind(self.reach, time);
        if window.rows.len() >= self.limit.rows as usize && !self.make_room(group) {
            return None;
        }
        let window = &mut self.windows[group as usize];
        window.totals.enter(&row);
        window.rows.push_back((time, row));
        Some(&mut window.totals)
    }

    /// Makes room for groups that have been opened.
    #[cold]
    fn grow(&mut self) {
        self.windows.resize_with(self.groups.numbers(), Window::default);
    }

    /// Makes room for an event in a full window, if it is to have any.
    #[cold]
    fn make_room(&mut self, group: u32) -> bool {
        match self.limit.rows_policy {
            RowsPolicy::Fail => {
                self.failed = true;
                return false;
            }
            RowsPolicy::DropNew => {}
            RowsPolicy::DropOldest => self.windows[group as usize].leave(),
        }
        self.dropped += 1;
        self.limit.rows_policy == RowsPolicy::DropOldest
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
        self.dropped
    }
}
