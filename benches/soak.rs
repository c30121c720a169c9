//! `cargo bench --bench soak -- --minutes 30`: a program at full speed for long, with a snapshot every ten seconds: is its memory flat?
//!
//! Two workers, keys of which some are never seen again, patterns, windows, disorder. A line every half minute: events a second, resident memory,
//! what the program accounts for, and the last snapshot.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portent::jit::{Engine, SourceId, WorkersOptions};
use portent::{Batch, Column, Matches, Type};

const RULES: &str = "
event E { key: i64, kind: i64, value: f64, at: timestamp } time at lateness 1s

pattern Rise
    partition by key
    match  a: E[kind == 0] -> b: E[kind == 1 and value > a.value]{2} -> c: E[kind == 2]
    within 5m
    emit   { key: c.key, before: a.value, rises: collect(b.value) }

pattern Alone
    partition by key
    match  a: E[kind == 3 and value > 900.0] -> !E[kind == 0]
    within 1m
    emit   { key: a.key }

query Totals
    from   E[kind != 2]
    window tumbling 1m
    group  by key % 1000
    emit   { k: key % 1000, n: count(), total: sum(value), middle: median(value) }

query Means
    from   E[kind == 1]
    window sliding 2m
    group  by key % 100
    emit   { k: key % 100, mean: avg(value) }
    having mean > 560.0
";

const ROWS: usize = 16 << 10;
/// Nanoseconds of the events' time from one to the next: 20,000 a second.
const STEP: i64 = 50_000;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// The next rows. Keys come from a range that moves on, so that all are given up some time.
fn batch(random: &mut Random, number: u64) -> Batch {
    let (mut keys, mut kinds, mut values, mut times) = (vec![], vec![], vec![], vec![]);
    for row in 0..ROWS as u64 {
        let at = (number * ROWS as u64 + row) as i64 * STEP;
        keys.push((at / 10_000_000_000) * 500 + random.below(50_000) as i64);
        kinds.push(random.below(4) as i64);
        values.push(random.below(1000) as f64);
        times.push(at - random.below(900_000_000) as i64);
    }
    let columns = vec![
        Column::from_i64(Type::I64, keys),
        Column::from_i64(Type::I64, kinds),
        Column::from_f64(values),
        Column::from_i64(Type::Timestamp, times),
    ];
    Batch { columns, len: ROWS }
}

/// Resident memory in bytes, where the system says it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn minutes() -> f64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--minutes");
    // Run as a test, it only has to run.
    arguments.nth(1).and_then(|minutes| minutes.parse().ok()).unwrap_or(0.02)
}

fn main() {
    let engine = Engine::compile(RULES).unwrap_or_else(|error| panic!("{error}"));
    let options = WorkersOptions { count: 2, ..WorkersOptions::default() };
    let mut workers = engine.workers(&options).expect("two threads");
    let mut matches = Matches::new(engine.outputs());
    let (start, length) = (Instant::now(), Duration::from_secs_f64(minutes() * 60.0));
    let (mut random, mut number, mut found) = (Random(7), 0, 0_u64);
    let (mut told, mut told_at, mut snapshot_at) = (Instant::now(), 0, Instant::now());
    let (mut pause, mut changed, mut taken) = (Duration::ZERO, 0, 0_u64);
    println!(
        "{:>8} {:>10} {:>12} {:>10} {:>10} {:>10} {:>10}",
        "minutes", "M events", "events/s", "resident", "accounted", "pause ms", "change MB"
    );
    while start.elapsed() < length {
        let rows = Arc::new(batch(&mut random, number));
        number += 1;
        workers.on_batch(SourceId::default(), 0, rows, &mut matches).expect("no limit is reached");
        if snapshot_at.elapsed() > Duration::from_secs(10) {
            snapshot_at = Instant::now();
            let snapshot =
                workers.snapshot(taken.is_multiple_of(10), &mut matches).expect("no limit is reached");
            (pause, changed) = (snapshot_at.elapsed(), snapshot.held_bytes());
            taken += 1;
        }
        found += matches.len() as u64;
        matches.clear();
        if told.elapsed() > Duration::from_secs(30) || start.elapsed() >= length {
            let rate = (number - told_at) as f64 * ROWS as f64 / told.elapsed().as_secs_f64();
            println!(
                "{:>8.1} {:>10.1} {rate:>12.0} {:>7.1} MB {:>7.1} MB {:>10.1} {:>10.1}",
                start.elapsed().as_secs_f64() / 60.0,
                number as f64 * ROWS as f64 / 1e6,
                resident() as f64 / 1e6,
                workers.bytes() as f64 / 1e6,
                pause.as_secs_f64() * 1e3,
                changed as f64 / 1e6,
            );
            (told, told_at) = (Instant::now(), number);
        }
    }
    assert!(found > 0, "the rules match something");
    println!("{found} matches, {taken} snapshots");
}
