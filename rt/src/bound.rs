//! What there may be only so much of.

use core::fmt;

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
    /// Events that wait for the watermark (`disorder_max`).
    Disorder,
}

impl Bound {
    pub(crate) const fn name(self) -> &'static str {
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
