//! A workload in the interpreter that is the definition.

use portent::Value;
use portent_compiler::diag::{Diagnostics, render};
use portent_compiler::hir::{Program, TypeId};
use portent_compiler::oracle::{self, InputEvent};
use portent_rt::output::Tree;
use portent_workloads::{Events, Found, Input, Workload};

use crate::latency;

/// The rules with their input, ready to run.
pub(crate) fn prepare(workload: &Workload, input: &Input) -> Box<dyn FnMut() -> Found> {
    let mut diagnostics = Diagnostics::new();
    let rules = portent_compiler::compile(workload.rules, &mut diagnostics);
    let Some(rules) = rules else {
        panic!("{}", render(&diagnostics, workload.name, workload.rules, false));
    };
    let events = input.events();
    let inputs: Vec<_> = (0..events.len()).map(|row| event(&rules.hir, events, row)).collect();
    Box::new(move || {
        let outcome = oracle::run(&rules.hir, &inputs);
        assert!(outcome.error.is_none(), "no limit is reached");
        let values = outcome.matches.iter().map(|matched| {
            let (_, value) = matched.fields.iter().find(|(name, _)| name == "value").expect("emits `value`");
            match value {
                Tree::Value(Value::F64(value)) => *value,
                Tree::Value(Value::I64(value)) => *value as f64,
                other => panic!("`value` is a number, not {other:?}"),
            }
        });
        Found { matches: outcome.matches.len() as u64, sum: values.sum() }
    })
}

/// A row as an event of the first declared type.
fn event(program: &Program, events: &Events, row: usize) -> oracle::Input {
    let values =
        program.types[0].fields.iter().map(|field| latency::value(events, row, &field.name)).collect();
    oracle::Input::Event(InputEvent { ty: TypeId(0), values })
}
