//! Rules on a device: a crate without the standard library and without an allocator, whose rules watch pumps.
//!
//! The rules are in `rules/pump.ptn`. The build script prints them as Rust with all state in arrays: `limit runs 4, partitions 16`
//! is room for 64 runs, and there is no more of anything. What a device does with a match is up to it; here it is counted.
//!
//! `cargo test -p portent-example-no-std` runs it on the host. `cargo run -p portent-example-no-std --features bare --profile bare`
//! runs a program without a runtime of its own, which links only because nothing asks for an allocator.

#![no_std]
#![forbid(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/pump.rs"));

use portent_rt::compiled::{Limits, Stopped, Symbol};
use pump::{Match, Reading, Rules};

/// How often each rule has matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// Readings out of range.
    pub out_of_range: u32,
    /// Surges of pressure.
    pub surges: u32,
    /// Valves that did not open.
    pub stuck: u32,
}

/// What watches the pumps: all of its state, in itself.
#[derive(Debug)]
pub struct Watch {
    rules: Rules,
    alarms: Alarms,
}

impl Watch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self { rules: Rules::new(Limits::default()), alarms: Alarms::default() }
    }

    /// Looks at a reading, `ms` milliseconds after the start.
    ///
    /// # Errors
    /// If more wait than there is room for.
    pub fn read(&mut self, pump: i64, pressure: f64, valve: Symbol, ms: i64) -> Result<(), Stopped> {
        let Self { rules, alarms } = self;
        let reading = Reading { pump, pressure, valve, at: ms * 1_000_000 };
        rules.push_reading(reading, &mut |matched| alarms.count(&matched)).map(|_| ())
    }

    /// Ends the day: what is due is due now.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn finish(&mut self) -> Result<Alarms, Stopped> {
        let Self { rules, alarms } = self;
        rules.finish(&mut |matched| alarms.count(&matched))?;
        Ok(*alarms)
    }

    /// How often the limits of the rules have kept something out.
    pub fn dropped(&self) -> u64 {
        let rules = self.rules.stats().rules;
        rules.iter().map(|rule| rule.counters.runs_dropped + rule.counters.partitions_dropped).sum()
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl Alarms {
    fn count(&mut self, matched: &Match) {
        let count = match matched {
            Match::OutOfRange(_) => &mut self.out_of_range,
            Match::Surge(_) => &mut self.surges,
            Match::Stuck(_) => &mut self.stuck,
        };
        *count += 1;
    }
}

/// A short day of two pumps: one surges, the valve of the other is stuck.
///
/// # Errors
/// None, for it is short enough.
pub fn demonstration() -> Result<Alarms, Stopped> {
    let (open, opening) = (Symbol::EMPTY, Symbol::inline("opening").unwrap_or_default());
    let mut watch = Watch::new();
    watch.read(1, 3.0, open.clone(), 0)?;
    watch.read(2, 4.0, opening, 100)?;
    watch.read(1, 3.4, open.clone(), 500)?;
    // This one is late by less than is allowed.
    watch.read(2, 4.1, open.clone(), 400)?;
    watch.read(1, 3.9, open.clone(), 1_000)?;
    watch.read(1, 9.4, open, 5_000)?;
    watch.finish()
}
