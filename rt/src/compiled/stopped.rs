//! Bounds that are errors, and what a program has counted.

use super::{Clock, Faults};
use crate::bound::Bound;
use crate::counters::Counters;
use core::fmt;

/// Bounds of a program that no rule sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events that may wait for the watermark; one more is an error.
    pub disorder_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { disorder_max: 1 << 24 }
    }
}

/// A bound was reached and the program stops: every later call gives this error. What was matched before is not lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The rule, if it was one's.
    pub rule: Option<&'static str>,
    /// Of what.
    pub bound: Bound,
    /// The bound.
    pub limit: u64,
}

impl Stopped {
    /// The bound of a rule.
    #[cold]
    pub const fn rule(rule: &'static str, bound: Bound, limit: u64) -> Self {
        Self { rule: Some(rule), bound, limit }
    }

    pub(super) const fn disorder(limit: usize) -> Self {
        Self { rule: None, bound: Bound::Disorder, limit: limit as u64 }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(rule) = self.rule {
            write!(f, "rule `{rule}`: ")?;
        }
        write!(f, "the limit of {} {} is reached", self.limit, self.bound)
    }
}

impl core::error::Error for Stopped {}

/// What a program has counted since its start; `R` is a list of [`RuleStats`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<R> {
    /// Events pushed.
    pub events: u64,
    /// Of these, events that were older than the watermark.
    pub late: u64,
    /// Of these, events without a time.
    pub untimed: u64,
    /// Faults outside rules: in the times of events.
    pub faults: u64,
    /// How far time has come; none before the first event.
    pub watermark: Option<i64>,
    /// By rule, in evaluation order.
    pub rules: R,
}

/// What a program has counted since its start.
#[cfg(feature = "alloc")]
pub type Stats = Counted<alloc::vec::Vec<RuleStats>>;

/// What a rule has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleStats {
    /// Its name.
    pub name: &'static str,
    /// What limits have dropped, and faults.
    pub counters: Counters,
    /// Runs in memory. Runs that have expired count until an event of their partition finds them.
    pub runs: usize,
    /// Partitions in memory, in the same sense.
    pub partitions: usize,
}

impl<R> Counted<R> {
    /// What a clock and rules have counted.
    pub fn new(clock: &Clock, faults: &Faults, rules: R) -> Self {
        let watermark = Some(clock.watermark()).filter(|watermark| *watermark > i64::MIN);
        let (events, late, untimed) = (clock.events, clock.late, clock.untimed);
        Self { events, late, untimed, faults: faults.count(), watermark, rules }
    }
}

#[cfg(feature = "alloc")]
impl<const N: usize> From<Counted<[RuleStats; N]>> for Stats {
    fn from(of: Counted<[RuleStats; N]>) -> Self {
        let Counted { events, late, untimed, faults, watermark, rules } = of;
        Self { events, late, untimed, faults, watermark, rules: rules.into() }
    }
}
