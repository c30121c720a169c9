//! The workloads: each a rule, seeded input, and the code that a good engineer would write for that one rule.
//!
//! One definition serves all benchmarks. Hand-written, generated and machine code get the same input and have to find the same: as many
//! matches as are written down here, and the same sum over what is emitted.
//!
//! # To add one
//!
//! 1. `rules/NAME.ptn` over [`Events`]: an `event E` with those of its columns that the rules read, and rules that emit a number `value`.
//! 2. A file here with `generated!(NAME { Rule } [columns])`, the code by hand, and `pub(crate) fn workloads() -> Vec<Workload>`.
//! 3. A line in [`all`].
//! 4. `cargo bench --bench table -- --only NAME` says how many matches there are to write down, after it has compared the engines.

#[macro_use]
mod generated;

mod any;
mod chain;
mod events;
mod filter;
pub mod flights;
mod found;
mod keyed;
mod many;
mod negation;
mod repetition;
mod strict;
mod strings;
mod waves;
mod windows;

include!(concat!(env!("OUT_DIR"), "/kinds.rs"));
include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// One rule of each kind: the text that the module `kinds` was made of.
pub const KINDS: &str = include_str!("../rules/kinds.ptn");

pub use events::{Events, Format, Input, SECOND};
pub use found::{Found, Out};

/// Runs code over input, from an empty state to the end of time.
pub type Run = fn(&Input) -> Found;

/// Runs code over single events, and calls the function before and after each.
pub type RunEach = fn(&Events, &mut dyn FnMut(Each));

/// Where a run of single events is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// The next event is made and not yet pushed.
    Before,
    /// It was pushed.
    After,
}

/// A workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name in the table: that of its family, and what tells it from the others.
    pub name: &'static str,
    /// The rules. Every match has a field `value`, a number, whose sum is compared.
    pub rules: &'static str,
    /// Events of a run in the table.
    pub events: usize,
    /// Events at which the interpreter, too, is done in a second or so; 0 where it is not tried.
    pub oracle_events: usize,
    /// How many matches these events have, as all engines have to find.
    pub matches: u64,
    /// So many events.
    pub make: fn(usize) -> Input,
    /// The code by hand.
    pub by_hand: Option<Run>,
    /// What Portent generates of the rules.
    pub generated: Option<Run>,
    /// The same, an event at a time.
    pub generated_each: Option<RunEach>,
    /// Cache lines at random places that an event has to touch, on average, of a state that no cache holds.
    pub random_lines: f64,
    /// The workload that its cost is shown as a multiple of.
    pub against: Option<&'static str>,
}

impl Workload {
    /// What most workloads have in common.
    const DEFAULT: Self = Self {
        name: "",
        rules: "",
        events: 2_000_000,
        oracle_events: 2_000,
        matches: 0,
        make: |_| Input::Columns(Events::default()),
        by_hand: None,
        generated: None,
        generated_each: None,
        random_lines: 0.0,
        against: None,
    };
}

/// All workloads.
pub fn all() -> Vec<Workload> {
    let families = [
        filter::workloads,
        keyed::workloads,
        repetition::workloads,
        chain::workloads,
        waves::workloads,
        strict::workloads,
        negation::workloads,
        any::workloads,
        many::workloads,
        windows::workloads,
        strings::workloads,
        flights::workloads,
    ];
    families.iter().flat_map(|workloads| workloads()).collect()
}

/// The workload of a name.
pub fn named(name: &str) -> Option<Workload> {
    all().into_iter().find(|workload| workload.name == name)
}
