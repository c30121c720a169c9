//! `cargo bench --bench paced`: how long it takes from an event to the match that it completes, written as JSON lines, while events come at half of
//! the rate that the program can take.
//!
//! Events are due at regular times. The program takes all that are due at once, as a reader of a pipe does, and the latency of a match is from when
//! its event was due to when the match is written: waiting for those before it counts. What a pause of the machine costs all events that it
//! holds up is counted for each of them.

use std::time::{Duration, Instant};

use portent::jit::{Engine, SourceId};
use portent::{Batch, Column, Matches, Type};
use portent_io::{JsonLinesWriter, Writer};

const RULES: &str = "
event E { key: i64, kind: i64, value: f64, at: timestamp } time at
pattern Rise
    partition by key
    match  a: E[kind == 0] -> b: E[kind == 1 and value > a.value]
    within 30s
    emit   { key: b.key, before: a.value, after: b.value }
";

const KEYS: u64 = 10_000;
/// Events that are taken at once, at most.
const ROWS: usize = 4096;
const MARKS: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];

/// Events by number, without a table: what comes is the same in each run.
fn batch(from: u64, to: u64) -> Batch {
    let mix = |number: u64| {
        let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (number ^ number >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
    };
    let numbers = || from..to;
    Batch {
        columns: vec![
            Column::from_i64(Type::I64, numbers().map(|number| (mix(number) % KEYS) as i64).collect()),
            Column::from_i64(Type::I64, numbers().map(|number| (mix(number) >> 16 & 3) as i64).collect()),
            Column::from_f64(numbers().map(|number| (mix(number) >> 20 & 1023) as f64).collect()),
            Column::from_i64(Type::Timestamp, numbers().map(|number| number as i64 * 1_000_000).collect()),
        ],
        len: (to - from) as usize,
    }
}

/// The program and what it writes to.
struct Run {
    engine: Engine,
    instance: portent::jit::Instance,
    matches: Matches,
    writer: JsonLinesWriter,
    out: Vec<u8>,
}

impl Run {
    fn new() -> Self {
        let engine = Engine::compile(RULES).expect("rules without mistakes");
        let (instance, matches) = (engine.instance(), Matches::new(engine.outputs()));
        let writer = JsonLinesWriter::new(engine.outputs());
        Self { engine, instance, matches, writer, out: Vec::new() }
    }

    /// Takes events and writes their matches; the numbers of the events that completed them are appended.
    fn take(&mut self, from: u64, to: u64, completed: &mut Vec<u64>) {
        let batch = batch(from, to);
        self.instance
            .on_batch(SourceId::default(), 0, &batch, &mut self.matches)
            .expect("no limit is reached");
        let ts = self.matches.iter(self.engine.outputs()).map(|found| found.ts());
        completed.extend(ts.map(|ts| ts as u64 / 1_000_000));
        self.out.clear();
        self.writer.write(&self.matches, &mut self.out).expect("memory takes all");
        self.matches.clear();
    }
}

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let seconds = if measured { 10.0 } else { 0.05 };
    let (mut run, mut completed) = (Run::new(), Vec::new());
    let (start, mut taken) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs_f64(seconds / 5.0) {
        run.take(taken, taken + ROWS as u64, &mut completed);
        taken += ROWS as u64;
    }
    let full = taken as f64 / start.elapsed().as_secs_f64();
    let rate = full / 2.0;

    let (mut run, mut took) = (Run::new(), Vec::new());
    let (start, mut taken) = (Instant::now(), 0_u64);
    let due = |number: u64| Duration::from_secs_f64(number as f64 / rate);
    while start.elapsed() < Duration::from_secs_f64(seconds) {
        let to = (start.elapsed().as_secs_f64() * rate) as u64;
        if to == taken {
            std::hint::spin_loop();
            continue;
        }
        let to = to.min(taken + ROWS as u64);
        completed.clear();
        run.take(taken, to, &mut completed);
        let now = start.elapsed();
        took.extend(completed.iter().map(|&number| now.saturating_sub(due(number)).as_nanos() as u64));
        taken = to;
    }
    took.drain(..took.len() / 10);
    took.sort_unstable();
    println!(
        "{:.1} M events/s at most, with events made and matches written; at {:.1} M/s, {} matches, microseconds:\n",
        full / 1e6,
        rate / 1e6,
        took.len()
    );
    for (name, part) in MARKS {
        println!("{name:>8} {:>10.1}", took[((took.len() - 1) as f64 * part) as usize] as f64 / 1e3);
    }
    println!("{:>8} {:>10.1}", "max", took[took.len() - 1] as f64 / 1e3);
}
