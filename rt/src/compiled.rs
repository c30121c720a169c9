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
//! | [`TextRef`] | text that an event or a column holds, to look at |
//! | [`Clock`], [`Waiting`] | lateness, the watermark, and events that wait for it |
//! | [`Partitions`], [`Partition`] | the state of a rule by key |
//! | [`Runs`], [`RunList`], [`Cursor`] | the runs of a rule in one arena, chained by partition |
//! | [`Deadlines`] | when runs complete without an event |
//! | [`Faults`] | overflows, divisions by zero and failed conversions, which give null |
//! | [`blocks`], [`select`] | columns in blocks, and which of their rows count |
//! | [`window`] | what queries aggregate over |
//! | [`index`] | which of many rules an event may concern |
//! | [`fixed`] | the state of rules in arrays, without an allocator |
//! | [`Sink`] | where matches go; a `Vec` or a closure is one |
//! | [`EventField`], [`Feed`], [`Takes`] | events that are structs of the user's own, of `#[derive(Event)]` |
//! | [`ReadAs`] | fields of a struct that an event of a rule file is mapped onto |
//!
//! Everything is generic and without dynamic dispatch, so that it compiles into the rule's own code. Not here: machine code's
//! state ([`crate::state`]) and driver ([`crate::instance`]), which do the same over raw records.

mod block;
mod clock;
mod deadlines;
#[cfg(feature = "alloc")]
mod dynamic;
mod field;
pub mod fixed;
#[cfg(feature = "alloc")]
pub mod index;
mod null;
mod own;
mod partition;
#[cfg(feature = "alloc")]
mod partitions;
#[cfg(feature = "regex")]
mod pattern;
mod runs;
#[cfg(feature = "alloc")]
pub mod select;
#[cfg(feature = "alloc")]
mod slots;
mod stopped;
mod store;
mod symbol;
mod text_ref;
#[cfg(feature = "alloc")]
mod waiting;
#[cfg(feature = "alloc")]
pub mod window;

pub use block::{BLOCK, Blocks, blocks};
pub use clock::{Arrival, Clock};
pub use deadlines::Deadline;
pub use field::{EventField, Feed, Kleene, Matcher, Scale, Takes};
pub use null::{Faults, acc, and, float_key, or};
pub use own::{ReadAs, kind, read};
pub use partition::{Partition, PartitionLimit, Room};
#[cfg(feature = "regex")]
pub use pattern::Pattern;
pub use runs::{Cursor, RunArena, RunList, RunNode};
pub use stopped::{Counted, Limits, RuleStats, Stopped};
pub use store::Store;
pub use symbol::Symbol;
pub use text_ref::TextRef;
#[cfg(feature = "alloc")]
pub use {
    deadlines::Deadlines,
    dynamic::{Dynamic, FromRow, FromValue, Program, ToTree, column},
    null::written,
    partitions::Partitions,
    runs::Runs,
    stopped::Stats,
    waiting::Waiting,
};

pub use crate::aggregate::{Moments, SumF, SumI};
pub use crate::bound::Bound;
pub use crate::counters::Counters;
pub use crate::idle::Idle;
pub use crate::scalar;
#[cfg(feature = "alloc")]
pub use crate::{column::Value, output::Tree, schema::Type};

/// Where matches go, in order.
pub trait Sink<M> {
    /// Takes the next match.
    fn accept(&mut self, matched: M);
}

#[cfg(feature = "alloc")]
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
