//! Windows of generated queries: which events of a group a row is about, and when there is one.
//!
//! ```text
//!  event --> its group --> the totals of its window, into which the query pushes what it aggregates
//!  time  --> windows that have ended, each with its totals: a row for each
//! ```
//!
//! | window | is | a row comes |
//! | --- | --- | --- |
//! | `tumbling` | [`Tumbling`] | from [`Tumbling::close`] |
//! | `hopping` | [`Hopping`], of [`Totals`] that can be joined | from [`Hopping::close`] |
//! | `session` | [`Sessions`] | from [`Sessions::close`] |
//! | `sliding`, `last` | [`Moving`], of aggregates that are [`Inverse`], [`Sliding`] or [`Kept`] | with each event |
//! | `batch` | [`Batches`] | from [`Batches::complete`], and of the rest from [`Batches::close`] |
//! | none | [`Running`] | with each event |
//!
//! A query without groups takes columns by the [`Block`](super::select::Block), if it is asked for nothing but counts, sums, means, extremes and deviations.
//!
//! What is aggregated is a struct of the query's own with a field for each aggregate ([`Fold`]), so that one pass over it
//! does all of them. Slices and sessions are those of [`crate::window`], which does the same for columns.

mod approx;
mod counted;
mod groups;
mod kept;
mod lanes;
mod moving;
mod sessions;
mod slices;
mod sliding;
mod tally;
mod totals;

pub use crate::plan::window::RowsPolicy;
pub use approx::{ApproxDistinct, ApproxPercentile, MovingApproxDistinct, Ranked};
pub use counted::{Batches, Running};
pub use groups::{Groups, Limit};
pub use kept::{Collect, Distinct, Key, Middle, Percentiles, Widened};
pub use lanes::{Extremes, LaneSpread, LaneSum, Summary, SummaryInt};
pub use moving::{Moved, Moving};
pub use sessions::Sessions;
pub use slices::{Hopping, Tumbling};
pub use sliding::{Kept, Sliding};
pub use tally::Tally;
pub use totals::{
    ArgMax, ArgMin, Count, CountOf, First, Last, Max, Min, Ordered, Spread, Sum, SumInt, Truths,
};

/// The last time at which a window ends: the end of input is behind it, and a window that ends there ends as a deadline does.
const END_MAX: i64 = i64::MAX - 1;

/// An aggregate: takes values one by one, and joins with one of later values.
pub trait Fold: Clone + Default {
    /// A value.
    type Item: Clone;

    /// Takes the next value.
    fn push(&mut self, value: Self::Item);
    /// Joins with the aggregate of later values.
    fn combine(&mut self, later: &Self);
}

/// An aggregate from which values can be taken again, exactly.
pub trait Inverse: Fold {
    /// Takes out a value that it has taken.
    fn pull(&mut self, value: Self::Item);
}

/// What a query keeps of a window that is made of several slices.
pub trait Totals: Default {
    /// Joins with what is kept of later events.
    fn combine(&mut self, later: &Self);
}

/// A window that has ended.
#[derive(Clone, Debug)]
pub struct Closed<K, T> {
    /// The group.
    pub key: K,
    /// When it began.
    pub start: i64,
    /// When it ended.
    pub end: i64,
    /// What is kept of its events.
    pub totals: T,
}

/// What time brings next: windows that end, or deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Windows that end then or before are to close.
    pub ends: i64,
    /// Deadlines before this are to fire.
    pub deadlines: i64,
}

/// No time at all.
const NEVER: i64 = i64::MIN;

impl Due {
    /// What is due before the events at `now`: the first window to end, at `end`, or the first deadline, at `deadline`, each the end of
    /// time if there is none. A window ends before the events of its end, a deadline is behind those of its time.
    #[inline]
    pub fn next(end: i64, deadline: i64, now: i64) -> Option<Self> {
        if end <= deadline && end <= now && end < END_MAX {
            return Some(Self { ends: end, deadlines: end });
        }
        let at = deadline.min(end);
        (at < now).then(|| Self { ends: if at < END_MAX { at } else { i64::MAX }, deadlines: at + 1 })
    }
}

impl Due {
    /// Windows that end then or before close before they take events of that time.
    pub const fn early(self) -> i64 {
        if self.is_early() { self.ends } else { NEVER }
    }

    /// Windows that end then or before close behind the events of that time: at the end of time.
    pub const fn late(self) -> i64 {
        if self.is_early() { NEVER } else { self.ends }
    }

    const fn is_early(self) -> bool {
        self.ends == self.deadlines && self.ends < END_MAX
    }
}

/// Whether a window that ends at `end` ends when time comes to `now`.
const fn has_ended(end: i64, now: i64) -> bool {
    end <= now && (end < END_MAX || now == i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_before_the_deadlines_of_their_end() {
        let due = |end, deadline, now| Due::next(end, deadline, now).map(|due| (due.ends, due.deadlines));
        assert_eq!(due(10, 10, 10), Some((10, 10)));
        assert_eq!(due(i64::MAX, 10, 10), None);
        assert_eq!(due(11, 10, 11), Some((10, 11)));
        assert_eq!(due(11, 20, 10), None);
        assert_eq!(due(END_MAX, i64::MAX, END_MAX), None);
        assert_eq!(due(END_MAX, i64::MAX, i64::MAX), Some((i64::MAX, i64::MAX)));
        let last = Due::next(END_MAX, i64::MAX, i64::MAX).map(|due| (due.early(), due.late()));
        assert_eq!(last, Some((NEVER, i64::MAX)));
        assert!(!has_ended(END_MAX, END_MAX) && has_ended(END_MAX, i64::MAX));
        assert_eq!(due(i64::MAX, i64::MAX, i64::MAX), None);
    }
}
