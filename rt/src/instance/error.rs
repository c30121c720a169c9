//! Why an instance stops: a bound that a rule, or the program's owner, wants to be an error.

use alloc::string::String;
use core::fmt;

use crate::state::Stop;

/// What was to be held more of than there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Runs of a partition (`limit runs … fail`).
    Runs,
    /// Events of a repetition (`limit repetition … fail`).
    Repetition,
    /// Partitions of a rule (`limit partitions … fail`).
    Partitions,
    /// Rows of a window (`limit rows … fail`).
    Rows,
    /// Records of a rule's state.
    Records,
    /// Events that wait for the watermark ([`super::Options::disorder_max`]).
    Disorder,
}

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

    const fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs of a partition",
            Self::Repetition => "events of a repetition",
            Self::Partitions => "partitions",
            Self::Rows => "rows of a window",
            Self::Records => "records of state",
            Self::Disorder => "events waiting for the watermark",
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
