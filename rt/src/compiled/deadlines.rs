//! Deadlines of a rule, in ascending order: `within` and `for` are constants, so the next one noted is never before the last.

use alloc::collections::VecDeque;

/// A ring of deadlines, each of a partition.
#[derive(Clone, Debug, Default)]
pub struct Deadlines(VecDeque<(i64, u32)>);

impl Deadlines {
    /// None.
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Notes a deadline of the partition in `slot`.
    #[inline]
    pub fn note(&mut self, time: i64, slot: u32) {
        debug_assert!(self.0.back().is_none_or(|(last, _)| *last <= time), "Deadlines: noted in ascending order");
        self.0.push_back((time, slot));
    }

    /// The first, or the end of time, which no deadline is before.
    #[inline]
    pub fn first(&self) -> i64 {
        self.0.front().map_or(i64::MAX, |(time, _)| *time)
    }

    /// Takes the first, if it is before `now`.
    #[inline]
    pub fn pop_before(&mut self, now: i64) -> Option<(i64, u32)> {
        if self.first() < now { self.0.pop_front() } else { None }
    }
}
