//! Deadlines of a rule, in ascending order: `within` and `for` are constants, so the next one noted is never before the last.

#[cfg(feature = "alloc")]
use alloc::collections::VecDeque;

/// A ring of deadlines, each of a partition.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default)]
pub struct Deadlines(VecDeque<Deadline>);

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub time: i64,
    /// The slot of its partition.
    pub slot: u32,
    /// The number of the event that noted it, among those that the rule has seen.
    pub row: i64,
}

#[cfg(feature = "alloc")]
impl Deadlines {
    /// None.
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Notes a deadline.
    #[inline]
    pub fn note(&mut self, deadline: Deadline) {
        let ascends = self.0.back().is_none_or(|last| last.time <= deadline.time);
        debug_assert!(ascends, "Deadlines: noted in ascending order");
        self.0.push_back(deadline);
    }

    /// The first, or the end of time, which no deadline is before.
    #[inline]
    pub fn first(&self) -> i64 {
        self.0.front().map_or(i64::MAX, |first| first.time)
    }

    /// Takes the first, if it is before `now`.
    #[inline]
    pub fn pop_before(&mut self, now: i64) -> Option<Deadline> {
        if self.first() < now { self.0.pop_front() } else { None }
    }
}
