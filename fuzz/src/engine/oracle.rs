//! The definition, interpreted.

use super::{Cut, Engine};
use crate::outcome::{Failed, Match, Outcome};
use portent_compiler::Rules;
use portent_compiler::oracle::{self, Input};

/// The oracle. It sees the whole input at once, so nothing is cut.
#[derive(Clone, Copy, Debug)]
pub struct Oracle;

impl Engine for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn run(&self, rules: &Rules, inputs: &[Input], _cut: Cut) -> Result<Outcome, String> {
        let program = &rules.hir;
        let name = |rule| program.rule(rule).name.clone();
        let outcome = oracle::run(program, inputs);
        let matched = |matched: oracle::OracleMatch| Match {
            rule: name(matched.rule),
            ts: matched.ts,
            fields: matched.fields,
        };
        Ok(Outcome {
            matches: outcome.matches.into_iter().map(matched).collect(),
            late: outcome.late,
            untimed: outcome.untimed,
            dropped_runs: outcome.dropped.runs,
            dropped_events: outcome.dropped.events,
            dropped_repetitions: outcome.dropped.repetitions,
            dropped_rows: outcome.dropped.rows,
            failed: outcome.error.map(|error| Failed::new(&name(error.rule), error.what)),
        })
    }
}
