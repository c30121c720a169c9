//! The third engine: every case of the corpus as Rust that the build script has generated, in one crate without `unsafe`.

#![forbid(unsafe_code)]

use portent_compiler::Rules;
use portent_compiler::oracle::{Input, Limited};
use portent_fuzz::engine::{Cut, Engine};
use portent_fuzz::outcome::{Failed, Match, Outcome};
use portent_rt::compiled::{Bound, Dynamic, Limits, Program, Stopped};

#[allow(
    clippy::bool_comparison,
    clippy::cmp_owned,
    clippy::comparison_to_empty,
    clippy::eq_op,
    clippy::nonminimal_bool,
    clippy::type_complexity,
    clippy::unnecessary_literal_unwrap,
    reason = "some cases are rules that nobody would write"
)]
mod cases {
    include!(concat!(env!("OUT_DIR"), "/cases.rs"));
}

/// Runs a program over its whole input.
type Run = fn(&[Input]) -> Result<Outcome, String>;

/// Generated Rust, for the programs of the corpus.
#[derive(Clone, Copy, Debug)]
pub struct Generated;

impl Engine for Generated {
    fn name(&self) -> &'static str {
        "rust"
    }

    /// Events go in one at a time, so there is nothing to cut.
    fn run(&self, rules: &Rules, inputs: &[Input], _: Cut) -> Result<Outcome, String> {
        let key = portent_rt::scalar::hash::bytes(format!("{:?}", rules.lir).as_bytes());
        let known = cases::PROGRAMS.iter().find(|(known, _)| *known == key);
        let (_, run) = known.ok_or("the program is not of the corpus")?;
        run(inputs)
    }
}

fn run<P: Program>(inputs: &[Input]) -> Result<Outcome, String> {
    let mut program = P::start(Limits::default());
    let mut matches = Vec::new();
    let stopped = push_all(&mut program, inputs, &mut matches).err();
    let stats = program.counted();
    let sum = |count: fn(&portent_rt::compiled::Counters) -> u64| {
        stats.rules.iter().map(|rule| count(&rule.counters)).sum()
    };
    Ok(Outcome {
        matches: matches
            .iter()
            .map(|matched| Match {
                rule: matched.rule().to_owned(),
                ts: matched.ts(),
                fields: matched.fields(),
            })
            .collect(),
        late: stats.late,
        untimed: stats.untimed,
        dropped_runs: sum(|counters| counters.runs_dropped),
        dropped_events: sum(|counters| counters.partitions_dropped),
        dropped_repetitions: sum(|counters| counters.lists_dropped),
        failed: stopped.map(failed).transpose()?,
    })
}

fn push_all<P: Program>(
    program: &mut P,
    inputs: &[Input],
    matches: &mut Vec<P::Match>,
) -> Result<(), Stopped> {
    for input in inputs {
        match input {
            Input::Event(event) => {
                program.push_values(event.ty.0 as usize, &event.values, matches)?;
            }
            Input::Watermark(at) => program.raise(*at, matches)?,
        }
    }
    program.raise(i64::MAX, matches)
}

/// The bound of a rule that stopped the program; others are no bounds of the language.
fn failed(stopped: Stopped) -> Result<Failed, String> {
    let what = match stopped.bound {
        Bound::Runs => Limited::Runs,
        Bound::Partitions => Limited::Partitions,
        Bound::Repetition => Limited::Repetition,
        Bound::Records | Bound::Disorder | Bound::Rows => return Err(stopped.to_string()),
    };
    Ok(Failed::new(stopped.rule.unwrap_or_default(), what))
}
