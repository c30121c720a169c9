//! A workload's rules as machine code.
#![allow(dead_code, reason = "each benchmark uses a part of this")]

use portent::jit::{Engine, SourceId};
use portent::{Batch, Column, Matches, Type};
use portent_rt::column::Values;
use portent_rt::output::Shape;
use portent_workloads::{Events, Format, Found, Workload};

/// The compiled rules.
pub(crate) fn engine(workload: &Workload) -> Engine {
    Engine::compile(workload.rules).unwrap_or_else(|error| panic!("{}: {error}", workload.name))
}

/// The events in batches, as a reader brings them; columns that no rule reads are left out.
pub(crate) fn pieces(engine: &Engine, events: &Events) -> Vec<Batch> {
    events.pieces().map(|rows| batch(engine, events, rows)).collect()
}

fn batch(engine: &Engine, events: &Events, rows: std::ops::Range<usize>) -> Batch {
    let schema = &engine.inputs()[0];
    let integers = |column: &[i64], ty| Column::from_i64(ty, column[rows.clone()].to_vec());
    let columns = schema.fields.iter().filter(|field| field.used).fold(
        engine.columns(&schema.name),
        |columns, field| {
            let column = match field.name.as_str() {
                "key" => integers(&events.key, Type::I64),
                "kind" => integers(&events.kind, Type::I64),
                "number" => integers(&events.number, Type::I64),
                "at" => integers(&events.at, Type::Timestamp),
                "value" => Column::from_f64(events.value[rows.clone()].to_vec()),
                "text" => return columns.str("text", events.text[rows.clone()].iter().copied()),
                other => panic!("events have no column `{other}`"),
            };
            columns.column(&field.name, column)
        },
    );
    columns.build().expect("the columns fit the event")
}

/// Runs the compiled rules over all pieces, from an empty state to the end of time.
pub(crate) fn run(engine: &Engine, pieces: &[Batch], matches: &mut Matches) -> Found {
    let mut instance = engine.instance();
    let values = value_columns(engine);
    let mut found = Found::default();
    for piece in pieces {
        instance.on_batch(SourceId::default(), 0, piece, matches).expect("no limit is reached");
        add(matches, &values, &mut found);
    }
    instance.finish(matches).expect("no limit is reached");
    add(matches, &values, &mut found);
    found
}

/// Reads text and runs the compiled rules over it.
pub(crate) fn run_text(
    engine: &Engine,
    format: Format,
    bytes: &'static [u8],
    matches: &mut Matches,
) -> Found {
    let mut instance = engine.instance();
    let values = value_columns(engine);
    let mut found = Found::default();
    portent_workloads::flights::read(format, bytes, &engine.inputs()[0], |chunk| {
        instance.on_chunk(SourceId::default(), chunk, matches).expect("no limit is reached");
        add(matches, &values, &mut found);
    });
    instance.finish(matches).expect("no limit is reached");
    add(matches, &values, &mut found);
    found
}

/// For each output the column of its field `value`.
pub(crate) fn value_columns(engine: &Engine) -> Vec<usize> {
    let outputs = engine.outputs().iter();
    let column = |output: &portent::OutputSchema| {
        let field = output.fields.iter().find(|field| field.name == "value");
        match field.map(|field| &field.shape) {
            Some(Shape::Scalar(column)) => *column,
            _ => panic!("`{}` emits no number `value`", output.name),
        }
    };
    outputs.map(column).collect()
}

/// Adds matches up and forgets them.
pub(crate) fn add(matches: &mut Matches, values: &[usize], found: &mut Found) {
    for (output, column) in matches.outputs.iter().zip(values) {
        found.matches += output.ts.len() as u64;
        found.sum += match output.columns[*column].values() {
            Values::F64(values) => values.iter().sum(),
            Values::I64(values) => values.iter().map(|value| *value as f64).sum::<f64>(),
            other => panic!("`value` is a number, not {other:?}"),
        };
    }
    matches.clear();
}
