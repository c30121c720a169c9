//! What generated Rust is written in: the types and functions that `portent_compiler::emit` prints the names of.
//!
//! ```text
//!  push --[`Clock`]--> late? --[`Waiting`]--> time order --> each rule: its [`Partition`] --> its [`Runs`] --> [`Sink`]
//!                                                  \--> [`Deadlines`] before it
//! ```
//!
//! | what | is |
//! | --- | --- |
//! | [`Symbol`] | text that is cheap to keep: short ones inline, long ones shared |
//! | [`Clock`], [`Waiting`] | lateness, the watermark, and events that wait for it |
//! | [`Partitions`], [`Partition`] | the state of a rule by key |
//! | [`Runs`], [`RunList`], [`Cursor`] | the runs of a rule in one arena, chained by partition |
//! | [`Deadlines`] | when runs complete without an event |
//! | [`Faults`] | overflows, divisions by zero and failed conversions, which give null |
//! | [`window`] | what queries aggregate over
//! | [`Sink`] | where matches go; a `Vec` or a closure is one |
//! | [`EventField`], [`Feed`], [`Takes`] | events that are structs of the user's own |
//!
//! Everything is generic and without dynamic dispatch, so that it compiles into the rule's own code. Not here: machine code's
//! state ([`crate::state`]) and driver ([`crate::instance`]), which do the same over raw records.

mod clock;
mod deadlines;
mod dynamic;
mod field;
mod null;
mod partitions;
#[cfg(feature = "regex")]
mod pattern;
mod runs;
mod stopped;
mod symbol;
mod waiting;
pub mod window;

pub use clock::{Arrival, Clock};
pub use deadlines::{Deadline, Deadlines};
pub use dynamic::{Dynamic, FromValue, Program, ToTree};
pub use field::{EventField, Feed, Kleene, Matcher, Scale, Takes};
pub use null::{Faults, acc, and, float_key, or, written};
pub use partitions::{Partition, PartitionLimit, Partitions, Room};
#[cfg(feature = "regex")]
pub use pattern::Pattern;
pub use runs::{Cursor, RunList, Runs};
pub use stopped::{Limits, RuleStats, Stats, Stopped};
pub use symbol::Symbol;
pub use waiting::Waiting;

pub use crate::aggregate::{Moments, SumF, SumI};
pub use crate::column::Value;
pub use crate::instance::Bound;
pub use crate::output::Tree;
pub use crate::schema::Type;
pub use crate::{scalar, state::Counters};

/// Where matches go, in order.
pub trait Sink<M> {
    /// Takes the next match.
    fn accept(&mut self, matched: M);
}

impl<M> Sink<M> for alloc::vec::Vec<M> {
    #[inline]
    fn accept(&mut self, matched: M) {
        self.push(matched);
    }
}

impl<M, F: FnMut(M)> Sink<M> for F {
    #[inline]
    fn accept(&mut self, matched: M) {
        self(matched);
    }
}

/// Milliseconds as nanoseconds.
pub const fn millis(count: i64) -> i64 {
    count * 1_000_000
}

/// Seconds as nanoseconds.
pub const fn seconds(count: i64) -> i64 {
    count * 1_000_000_000
}

/// Minutes as nanoseconds.
pub const fn minutes(count: i64) -> i64 {
    seconds(count * 60)
}

/// Hours as nanoseconds.
pub const fn hours(count: i64) -> i64 {
    minutes(count * 60)
}

/// Days as nanoseconds.
pub const fn days(count: i64) -> i64 {
    hours(count * 24)
}
