//! What rules mean, executed: an interpreter of the HIR that follows the prose of the reference sentence by sentence.
//!
//! ```text
//!  inputs -> events in time order [`order`] -> for each rule, in evaluation order:
//!      the events of its types -> partitions, runs [`pattern`] (one event, one run: [`take`]) -> matches [`emit`]
//!                                                          \-> which are events of the rules after it
//! ```
//!
//! It is slow and obvious, and what every backend is held to. It shares nothing with lowering and runtime but the HIR, the scalar
//! functions and the types of output. The whole history is in memory, so rules are evaluated one after the other over
//! complete inputs: everything that makes an order carries a `Key`, and keys sort as the documentation says.

mod aggregate;
mod approx;
mod emit;
mod exact;
mod expr;
mod order;
mod pattern;
mod position;
mod run;
mod summary;
mod take;
#[cfg(test)]
mod tests;
mod window;

use crate::hir::{Program, RuleBody, RuleId, Source, TypeId};
use portent_rt::Value;
use portent_rt::output::Tree;

/// An event as it arrives.
#[derive(Clone, Debug, PartialEq)]
pub struct InputEvent {
    /// Its type, a declared one.
    pub ty: TypeId,
    /// One value for each field.
    pub values: Vec<Value>,
}

/// What a program is given, in order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// An event.
    Event(InputEvent),
    /// Nothing older than this will come, in nanoseconds since the epoch.
    Watermark(i64),
}

/// A match.
#[derive(Clone, Debug, PartialEq)]
pub struct OracleMatch {
    /// The rule.
    pub rule: RuleId,
    /// When it completed, in nanoseconds since the epoch.
    pub ts: i64,
    /// What was emitted, by name and in order.
    pub fields: Vec<(String, Tree)>,
}

/// Everything that a program gives for its input, up to the end of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The matches, in the documented order. If there is an error, those before it.
    pub matches: Vec<OracleMatch>,
    /// Events older than the watermark, seen by no rule.
    pub late: u64,
    /// Events whose time is null, seen by no rule.
    pub untimed: u64,
    /// What was not held because of a bound.
    pub dropped: Dropped,
    /// The bound that stopped the program.
    pub error: Option<LimitError>,
}

/// What was not held because of a bound, of all rules together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Runs that ended early or did not start because of `limits.runs`.
    pub runs: u64,
    /// Events that a rule did not see because their partition would have been one too many.
    pub events: u64,
    /// Runs that ended because a repetition became too long to keep.
    pub repetitions: u64,
}

/// A bound whose policy is to fail was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitError {
    /// The rule whose bound it was.
    pub rule: RuleId,
    /// What there were too many of.
    pub what: Limited,
    /// How many there may be.
    pub limit: u64,
}

/// What a bound is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Live runs of a partition.
    Runs,
    /// Partitions.
    Partitions,
    /// Kept events of a repetition.
    Repetition,
}

/// The place of an event or match in the order of everything: compared field by field.
///
/// A match has the time and place of what completed it, and comes behind it: a declared event has no rule, which is less than
/// any. Among the matches that come of one declared event, directly or through other rules, the order is that of rules.
/// Matches completed by a deadline come behind all events of that time, and have no completing event. Rows of a window that
/// ends come before all events of that time: events begin at number 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    time: i64,
    deadline: bool,
    seq: u64,
    rule: Option<RuleId>,
    made: u64,
}

/// An event in its place: a declared one, or a match of an earlier rule.
#[derive(Clone, Debug)]
struct Event {
    key: Key,
    ty: TypeId,
    values: Vec<Value>,
}

impl Event {
    fn time(&self) -> i64 {
        self.key.time
    }
}

/// A match in its place.
struct Made {
    key: Key,
    fields: Vec<(String, Tree)>,
    /// What the rules that read it see: one value for each field of the rule's event type.
    values: Vec<Value>,
}

/// Everything that one rule gives.
#[derive(Default)]
struct RuleOutcome {
    made: Vec<Made>,
    dropped: Dropped,
    /// Where the rule stopped, and why.
    error: Option<(Key, LimitError)>,
}

/// Runs a program over its whole input, then to the end of time.
///
/// # Panics
/// If an input event is not of a declared type, or has values that are not of its fields' types.
pub fn run(program: &Program, inputs: &[Input]) -> Outcome {
    let order::Ordered { mut events, late, untimed } = order::order(program, inputs);
    let mut matches: Vec<(Key, OracleMatch)> = Vec::new();
    let mut dropped = Dropped::default();
    let mut error: Option<(Key, LimitError)> = None;
    for (id, rule) in (0..).map(RuleId).zip(&program.rules) {
        let reads = |ty: TypeId| match &rule.body {
            RuleBody::Pattern(pattern) => pattern.types.contains(&ty),
            RuleBody::Select(select) => select.from == ty,
            RuleBody::Window(window) => window.from == ty,
        };
        let mut input: Vec<&Event> = events.iter().filter(|event| reads(event.ty)).collect();
        input.sort_by_key(|event| event.key);
        let outcome = match &rule.body {
            RuleBody::Pattern(pattern) => pattern::run(program, id, pattern, &input),
            RuleBody::Select(select) => emit::select(program, id, select, &input),
            RuleBody::Window(window) => window::run(program, id, window, &input),
        };
        for made in outcome.made {
            matches.push((made.key, OracleMatch { rule: id, ts: made.key.time, fields: made.fields }));
            events.push(Event { key: made.key, ty: rule.output, values: made.values });
        }
        dropped.runs += outcome.dropped.runs;
        dropped.events += outcome.dropped.events;
        dropped.repetitions += outcome.dropped.repetitions;
        error = error.into_iter().chain(outcome.error).min_by_key(|(key, _)| *key);
    }
    matches.sort_by_key(|(key, _)| *key);
    if let Some((end, _)) = error {
        matches.retain(|(key, _)| *key < end);
    }
    let matches = matches.into_iter().map(|(_, matched)| matched).collect();
    Outcome { matches, late, untimed, dropped, error: error.map(|(_, error)| error) }
}

/// How far the most disordered declared type may lag, in nanoseconds.
fn lateness(program: &Program) -> i64 {
    let of = |source: &Source| match source {
        Source::Input { lateness, .. } => Some(*lateness),
        Source::Rule(_) => None,
    };
    program.types.iter().filter_map(|ty| of(&ty.source)).max().unwrap_or(0)
}
