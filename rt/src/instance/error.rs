//! Why an instance stops: a bound that a rule, or the program's owner, wants to be an error.

use alloc::string::String;
use core::fmt;

pub use crate::bound::Bound;
use crate::state::Stop;

/// A bound was reached and the program stops. What was matched before is not lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineError {
    /// The rule, if it was one's.
    pub rule: Option<String>,
    /// Of what.
    pub bound: Bound,
    /// The bound.
    pub limit: u64,
}

impl Bound {
    /// The bound that a kernel or a table ran into.
    pub(crate) const fn of(stop: Stop) -> Self {
        match stop {
            Stop::Runs => Self::Runs,
            Stop::Repetition => Self::Repetition,
            Stop::Partitions => Self::Partitions,
            Stop::Memory => Self::Records,
            Stop::Rows => Self::Rows,
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, bound, limit } = self;
        if let Some(rule) = rule {
            write!(f, "rule `{rule}`: ")?;
        }
        write!(f, "the limit of {limit} {} is reached", bound.name())
    }
}

impl core::error::Error for EngineError {}
