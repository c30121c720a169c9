//! The workloads: each a rule, seeded events in columns, and the code that a good engineer would write for that one rule.
//!
//! A workload's hand-written code and its compiled rule read the same columns and give the same matches, which the runner
//! checks by number and by a sum over what is emitted.

/// The module of the generated rules `$name.ptn`, the text of the file, and functions that run it.
macro_rules! generated {
    ($name:ident, $rule:ident) => {
        mod $name {
            #![allow(
                missing_docs,
                unreachable_pub,
                dead_code,
                clippy::module_inception,
                reason = "it is private here"
            )]
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
            use crate::{Events, Found};
            use $name::{E, EColumns, Match, Rules};

            pub(crate) const RULES: &str = include_str!(concat!("../rules/", stringify!($name), ".ptn"));

            pub(crate) fn run(events: &Events) -> Found {
                let Events { key, kind, value, at } = events;
                let mut rules = Rules::new(crate::Limits::default());
                let mut out: Vec<Match> = Vec::new();
                rules
                    .push_e_columns(EColumns { key, kind, value, at }, &mut out)
                    .expect("no limit is reached");
                rules.finish(&mut out).expect("no limit is reached");
                let sum = out.iter().map(|Match::$rule(found)| found.value).sum();
                Found { matches: out.len() as u64, sum }
            }

            pub(crate) fn run_each(events: &Events, each: &mut dyn FnMut(crate::Each)) {
                let mut rules = Rules::new(crate::Limits::default());
                let mut sink = crate::Latest(None);
                for row in 0..events.at.len() {
                    let event = E {
                        key: events.key[row],
                        kind: events.kind[row],
                        value: events.value[row],
                        at: events.at[row],
                    };
                    each(crate::Each::Before);
                    rules.push_e(event, &mut sink).expect("no limit is reached");
                    each(crate::Each::After);
                }
                std::hint::black_box(sink.0);
            }
        }
    };
}

mod chain;
mod filter;
mod keyed;
mod repetition;

include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

/// One rule of each kind: the text that the module `kinds` was made of.
pub const KINDS: &str = include_str!("../rules/kinds.ptn");

use portent_rt::compiled::{Limits, Sink};

/// What a run of a workload found: enough to notice an engine that cheats.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Found {
    /// Matches.
    pub matches: u64,
    /// The sum of an emitted number over all matches.
    pub sum: f64,
}

/// The columns that the hand-written code reads.
#[derive(Debug)]
pub struct Events {
    /// What rules partition by.
    pub key: Vec<i64>,
    /// Which step an event may be.
    pub kind: Vec<i64>,
    /// From 0 to 100.
    pub value: Vec<f64>,
    /// The time, ascending.
    pub at: Vec<i64>,
}

/// Where [`Workload::generated_each`] is.
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
    /// Its name in the table.
    pub name: &'static str,
    /// The rule, over `event E { key: i64, kind: i64, value: f64, at: timestamp } time at`; its match has a field `value`.
    pub rules: &'static str,
    /// Distinct keys.
    pub keys: u64,
    /// Distinct kinds.
    pub kinds: u64,
    /// The hand-written code.
    pub by_hand: fn(&Events) -> Found,
    /// What Portent generates of the rule.
    pub generated: fn(&Events) -> Found,
    /// The same, an event at a time: calls `each` before and after every push.
    pub generated_each: fn(&Events, &mut dyn FnMut(Each)),
}

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds between two events.
const STEP_NS: i64 = 1_000_000;

/// All workloads.
pub fn all() -> Vec<Workload> {
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
    pub fn events(&self, count: usize) -> Events {
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
}

/// A sink that keeps the last match.
struct Latest<M>(Option<M>);

impl<M> Sink<M> for Latest<M> {
    fn accept(&mut self, matched: M) {
        self.0 = Some(matched);
    }
}
