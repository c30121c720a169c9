//! How long one event takes that is pushed alone, as a distribution.
//!
//! The time from before the push to after it is read from the processor's clock; what reading it twice in a row takes is part of
//! every figure, and shown beside them. What makes the event is not counted, nor are the first events, which fill the state.

use std::time::Instant;

use portent::jit::Engine;
use portent::{Matches, Value};
use portent_workloads::{Each, Events, RunEach};

/// Events that are pushed, at most, and the part of them that does not count.
pub(crate) const EVENTS: usize = 1_000_000;
const WARM_UP: usize = 10;

/// What is told of a distribution: a name, and the part that took no longer.
pub(crate) const MARKS: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999), ("max", 1.0)];

/// Nanoseconds at each mark.
pub(crate) type Distribution = [u64; MARKS.len()];

/// What reading the clock takes.
pub(crate) fn clock(events: usize) -> Distribution {
    at_marks((0..events).map(|_| Instant::now().elapsed().as_nanos() as u64).collect())
}

/// Of generated Rust.
pub(crate) fn generated(each: RunEach, events: &Events) -> Distribution {
    let mut took = Vec::with_capacity(events.len());
    let mut start = Instant::now();
    each(events, &mut |step| match step {
        Each::Before => start = Instant::now(),
        Each::After => took.push(start.elapsed().as_nanos() as u64),
    });
    at_marks(took)
}

/// Of machine code: an event as values, its type by name.
pub(crate) fn machine_code(engine: &Engine, events: &Events) -> Distribution {
    let schema = &engine.inputs()[0];
    let mut instance = engine.instance();
    let mut matches = Matches::new(engine.outputs());
    let mut took = Vec::with_capacity(events.len());
    for row in 0..events.len() {
        let values: Vec<Value> = schema.fields.iter().map(|field| value(events, row, &field.name)).collect();
        let start = Instant::now();
        instance.push(&schema.name, &values, &mut matches).expect("the event fits");
        took.push(start.elapsed().as_nanos() as u64);
        matches.clear();
    }
    at_marks(took)
}

/// A field of a row.
pub(crate) fn value(events: &Events, row: usize, field: &str) -> Value {
    match field {
        "key" => Value::I64(events.key[row]),
        "kind" => Value::I64(events.kind[row]),
        "number" => Value::I64(events.number[row]),
        "value" => Value::F64(events.value[row]),
        "text" => Value::Str(events.text[row].to_owned()),
        "at" => Value::Timestamp(events.at[row]),
        other => panic!("events have no column `{other}`"),
    }
}

fn at_marks(mut took: Vec<u64>) -> Distribution {
    took.drain(..took.len() / WARM_UP);
    took.sort_unstable();
    MARKS.map(|(_, part)| took[((took.len() - 1) as f64 * part) as usize])
}
