//! A workload's rule as machine code.
#![allow(dead_code, reason = "each benchmark uses a part of this")]

use portent::jit::Engine;
use portent::{Batch, Matches};
use portent_workloads::{Events, Found, Workload};

/// The compiled rule.
pub(crate) fn engine(workload: &Workload) -> Engine {
    Engine::compile(workload.rules).unwrap_or_else(|error| panic!("{}: {error}", workload.name))
}

/// The same events as a batch for `engine`; columns that no rule reads are left out.
pub(crate) fn batch(engine: &Engine, events: &Events) -> Batch {
    let columns = engine.columns("E").i64("key", events.key.clone()).i64("kind", events.kind.clone());
    let columns = columns.f64("value", events.value.clone()).timestamp("at", events.at.clone());
    columns.build().expect("the columns fit the event")
}

/// Runs the compiled rule over a batch, from an empty state to the end of time.
pub(crate) fn run(engine: &Engine, batch: &Batch, matches: &mut Matches) -> Found {
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
