//! A partition of a rule, and how many of them there may be.

use super::RunList;
pub use crate::room::Admit as Room;

/// A partition: its runs, and what else the rule keeps for it.
#[derive(Clone, Debug, Default)]
pub struct Partition<C> {
    /// Its runs.
    pub runs: RunList,
    /// What else is kept.
    pub cells: C,
    /// Whether it has been given up.
    pub(super) vacant: bool,
}

impl<C> Partition<C> {
    /// Gives the partition up, at the end of the sweep. It has no run.
    pub const fn vacate(&mut self) {
        self.vacant = true;
    }
}

/// `limit partitions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionLimit {
    /// How many there may be.
    pub max: u32,
    /// Whether one more is an error. Otherwise its events are not seen.
    pub fails: bool,
}
