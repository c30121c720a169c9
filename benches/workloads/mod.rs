//! The workloads: each a rule, seeded events in columns, and the code that a good engineer would write for that one rule.
//!
//! A workload's hand-written code and its compiled rule read the same columns and give the same matches, which the runner
//! checks by number and by a sum over what is emitted.

pub(crate) mod chain;
pub(crate) mod filter;
pub(crate) mod keyed;
pub(crate) mod repetition;

use portent::jit::Engine;
use portent::{Batch, Matches};

/// What a run of a workload found: enough to notice an engine that cheats.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) struct Found {
    /// Matches.
    pub(crate) matches: u64,
    /// The sum of an emitted number over all matches.
    pub(crate) sum: f64,
}

/// The columns that the hand-written code reads.
pub(crate) struct Events {
    pub(crate) key: Vec<i64>,
    pub(crate) kind: Vec<i64>,
    pub(crate) value: Vec<f64>,
    pub(crate) at: Vec<i64>,
}

/// A workload.
pub(crate) struct Workload {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// The rule, over `event E { key: i64, kind: i64, value: f64, at: timestamp } time at`; its match has a field `value`.
    pub(crate) rules: String,
    /// Distinct keys.
    pub(crate) keys: u64,
    /// Distinct kinds.
    pub(crate) kinds: u64,
    /// The hand-written code.
    pub(crate) by_hand: fn(&Events) -> Found,
}

/// What all workloads declare.
pub(crate) const EVENT: &str = "event E { key: i64, kind: i64, value: f64, at: timestamp } time at\n";
/// Nanoseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000_000;
/// Nanoseconds between two events.
const STEP_NS: i64 = 1_000_000;

/// All workloads.
pub(crate) fn all() -> Vec<Workload> {
    [filter::workloads(), keyed::workloads(), repetition::workloads(), chain::workloads()].concat_all()
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Workload>;
}

impl<const N: usize> ConcatAll for [Vec<Workload>; N] {
    fn concat_all(self) -> Vec<Workload> {
        self.into_iter().flatten().collect()
    }
}

/// A small generator of random numbers (splitmix64), so that events are the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

impl Workload {
    /// `count` events of this workload.
    pub(crate) fn events(&self, count: usize) -> Events {
        let mut random = Random(1);
        let (mut key, mut kind, mut value, mut at) = (vec![], vec![], vec![], vec![]);
        for index in 0..count {
            key.push(random.below(self.keys) as i64);
            kind.push(random.below(self.kinds) as i64);
            value.push(random.below(10_000) as f64 / 100.0);
            at.push(index as i64 * STEP_NS);
        }
        Events { key, kind, value, at }
    }

    /// The compiled rule.
    pub(crate) fn engine(&self) -> Engine {
        Engine::compile(&[EVENT, &self.rules].concat())
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// The same events as a batch for `engine`; columns that no rule reads are left out.
pub(crate) fn batch(engine: &Engine, events: &Events) -> Batch {
    let columns = engine.columns("E").i64("key", events.key.clone()).i64("kind", events.kind.clone());
    let columns = columns.f64("value", events.value.clone()).timestamp("at", events.at.clone());
    columns.build().expect("the columns fit the event")
}

/// Runs the compiled rule over a batch, from an empty state to the end of time.
pub(crate) fn by_engine(engine: &Engine, batch: &Batch, matches: &mut Matches) -> Found {
    let mut instance = engine.instance();
    let mut found = Found::default();
    let mut count = |matches: &mut Matches| {
        found.matches += matches.len() as u64;
        let column =
            engine.outputs()[0].fields.iter().position(|field| field.name == "value").expect("emits `value`");
        if let portent_rt::column::Values::F64(values) = matches.outputs[0].columns[column].values() {
            found.sum += values.iter().sum::<f64>();
        }
        matches.clear();
    };
    instance.push_columns("E", batch, matches).expect("no limit is reached");
    count(matches);
    instance.finish(matches).expect("no limit is reached");
    count(matches);
    found
}
