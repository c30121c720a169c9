//! Generated Rust: programs that were printed and compiled before, looked up by what was printed.

use super::{Cut, Engine, Prepared};
use crate::outcome::{Failed, Match, Outcome};
use portent_compiler::Rules;
use portent_compiler::oracle::{Input, Limited};
use portent_rt::compiled::{Bound, Counters, Dynamic, Limits, Program, Stopped};

/// Runs a program over its whole input.
pub type Run = fn(&[Input], Cut) -> Result<Outcome, String>;

/// The engine of generated Rust: it executes the programs that were compiled with it.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    /// As it is called in messages.
    pub name: &'static str,
    /// Every program, by its [`key`].
    pub programs: &'static [(i64, Run)],
}

/// What a program is found by: a hash of its LIR, which is all that is printed of it.
pub fn key(rules: &Rules) -> i64 {
    portent_rt::scalar::hash::bytes(format!("{:?}", rules.lir).as_bytes())
}

impl Engine for Generated {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self, rules: &Rules, inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
        self.prepare(rules)?(inputs, cut)
    }

    fn prepare<'a>(&'a self, rules: &'a Rules) -> Result<Box<Prepared<'a>>, String> {
        let key = key(rules);
        let known = self.programs.iter().find(|(known, _)| *known == key);
        let (_, run) = known.ok_or("the program was not compiled with the engine")?;
        Ok(Box::new(run))
    }
}

/// Runs a generated program over its whole input: events one by one, or, if calls are of several, as columns.
///
/// # Errors
/// If a bound stops it that is none of the language.
pub fn run<P: Program>(inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
    let mut program = P::start(Limits::default());
    let mut matches = Vec::new();
    let stopped = push_all(&mut program, inputs, cut, &mut matches).err();
    let stats = program.counted();
    let sum = |count: fn(&Counters) -> u64| stats.rules.iter().map(|rule| count(&rule.counters)).sum::<u64>();
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
        dropped_rows: sum(|counters| counters.rows_dropped),
        failed: stopped.map(failed).transpose()?,
    })
}

fn push_all<P: Program>(
    program: &mut P,
    inputs: &[Input],
    cut: Cut,
    matches: &mut Vec<P::Match>,
) -> Result<(), Stopped> {
    let (mut rest, mut sizes) = (inputs, cut.sizes());
    while let Some((first, others)) = rest.split_first() {
        let first = match first {
            Input::Watermark(at) => {
                program.raise(*at, matches)?;
                rest = others;
                continue;
            }
            Input::Event(event) => event,
        };
        let of_its_type = |input: &Input| matches!(input, Input::Event(event) if event.ty == first.ty);
        let count =
            rest.iter().take(sizes.next().unwrap_or(1)).take_while(|input| of_its_type(input)).count();
        let (call, behind) = rest.split_at(count);
        rest = behind;
        if call.len() == 1 {
            program.push_values(first.ty.0 as usize, &first.values, matches)?;
            continue;
        }
        let values = call.iter().filter_map(|input| match input {
            Input::Event(event) => Some(&event.values[..]),
            Input::Watermark(_) => None,
        });
        program.push_rows(first.ty.0 as usize, &values.collect::<Vec<_>>(), matches)?;
    }
    program.raise(i64::MAX, matches)
}

/// The bound of a rule that stopped the program; others are no bounds of the language.
fn failed(stopped: Stopped) -> Result<Failed, String> {
    let what = match stopped.bound {
        Bound::Runs => Limited::Runs,
        Bound::Partitions => Limited::Partitions,
        Bound::Repetition => Limited::Repetition,
        Bound::Rows => Limited::Rows,
        Bound::Records | Bound::Disorder => return Err(stopped.to_string()),
    };
    Ok(Failed::new(stopped.rule.unwrap_or_default(), what))
}
