//! `cargo bench --bench windows`: what queries over windows cost, in three tables.
//!
//! 1. Moving windows: the cost of a row for windows of 10 to 1,000,000 rows, which must not grow with them.
//! 2. Without groups: how much of what the memory of this machine gives is read, beside a loop that does nothing else.
//! 3. By groups: rows in a second, by the number of groups, once these are there.
//!
//! `cargo bench --bench windows -- reading` prints one of them: `moving`, `reading` or `grouped`. All run as machine code over columns in memory, on one core; the best round counts, for noise only ever adds time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use portent::jit::Engine;
use portent::{Batch, Matches};
use portent_rt::kernels::Kernels;

const SECOND: i64 = 1_000_000_000;

/// A table's name, and what prints it: in full if it is to be timed.
type Table = (&'static str, fn(bool));

fn main() {
    // `cargo test --benches` runs this too: then on few rows, to see that it works.
    let timed = std::env::args().any(|argument| argument == "--bench");
    println!("kernels: {}\n", Kernels::best().name);
    let tables: [Table; 3] = [("moving", moving), ("reading", reading), ("grouped", grouped)];
    let named = |name: &str| std::env::args().any(|argument| argument == name);
    let some = tables.iter().any(|(name, _)| named(name));
    tables.iter().filter(|(name, _)| !some || named(name)).for_each(|(_, table)| table(timed));
}

/// Numbers that look random.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Rows a second apart, from second `first` on: keys below `keys`, values below 1,000, doubles and integers.
fn batch(engine: &Engine, first: i64, rows: usize, keys: u64) -> Batch {
    let mut state = 7;
    let mut numbers =
        |bound: u64| -> Vec<i64> { (0..rows).map(|_| (random(&mut state) % bound) as i64).collect() };
    let (key, n) = (numbers(keys), numbers(1000));
    let v: Vec<f64> = n.iter().map(|n| *n as f64 * 1.001).collect();
    let at = (first..first + rows as i64).map(|row| row * SECOND).collect();
    let columns = engine.columns("E").i64("key", key).i64("n", n).f64("v", v.clone()).f64("w", v);
    let columns = columns.timestamp("at", at);
    columns.build().expect("the columns fit the event")
}

fn engine(query: &str) -> Engine {
    let event = "event E { key: i64, n: i64, v: f64, w: f64, at: timestamp } time at";
    Engine::compile(&format!("{event}\n{query}")).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The shortest time that some runs of a query took for rows; `before` come first and are not timed.
fn best(engine: &Engine, before: Option<&Batch>, rows: &Batch, rounds: usize) -> Duration {
    let mut matches = Matches::new(engine.outputs());
    let round = || {
        let mut instance = engine.instance();
        if let Some(before) = before {
            instance.push_columns("E", before, &mut matches).expect("no limit is reached");
        }
        let start = Instant::now();
        instance.push_columns("E", rows, &mut matches).expect("no limit is reached");
        let took = start.elapsed();
        instance.finish(&mut matches).expect("no limit is reached");
        assert!(!matches.outputs[0].ts.is_empty(), "a query that gives rows");
        matches.clear();
        took
    };
    std::iter::repeat_with(round).take(rounds).min().expect("a round")
}

fn moving(timed: bool) {
    let lengths = if timed { [10, 10_000, 1_000_000] } else { [1, 10, 100] };
    println!("moving windows, nanoseconds for a row, with its result, by rows of the window\n");
    print!("{:<28}", "");
    lengths.iter().for_each(|length| print!(" {length:>10}"));
    println!(" {:>16}", "longest/shortest");
    for what in [
        "count()",
        "sum(n)",
        "sum(v)",
        "avg(v)",
        "min(v)",
        "max(n)",
        "first(v)",
        "variance(v)",
        "count(distinct n)",
        "approx_distinct(n)",
        "approx_percentile(v, 0.9)",
        // 1,000 different values, and as many as there are rows.
        "median(v)",
        "median(w)",
    ] {
        for window in ["sliding", "last"] {
            let costs = lengths.map(|length| moving_cost(window, length, what, timed));
            print!("{:<28}", format!("{window}: {what}"));
            costs.iter().for_each(|cost| print!(" {cost:>10.1}"));
            println!(" {:>16.2}", costs[2] / costs[0]);
        }
    }
    println!();
}

/// Nanoseconds for a row once the window is full.
fn moving_cost(window: &str, length: i64, what: &str, timed: bool) -> f64 {
    let unit = if window == "sliding" { "s" } else { "" };
    let engine = engine(&format!("query Q from E window {window} {length}{unit} emit {{ x: {what} }}"));
    let rows = if timed { 1 << 16 } else { 1 << 8 };
    let (mut state, mut best, mut at) = (1, f64::MAX, 0);
    let mut instance = engine.instance();
    let mut matches = Matches::new(engine.outputs());
    // The window fills, and then moves on by its length at least once; a stretch of it counts as a whole, since what is
    // done now and then is part of the cost.
    let stretch = (2 * length as usize).max(4 * rows).next_multiple_of(rows);
    for round in 0..4 {
        let mut took = Duration::ZERO;
        for _ in 0..stretch / rows {
            let n: Vec<i64> = (0..rows).map(|_| (random(&mut state) % 1000) as i64).collect();
            let v = n.iter().map(|n| *n as f64 * 1.001).collect();
            let w = (0..rows).map(|_| random(&mut state) as f64).collect();
            let times = (at..at + rows as i64).map(|row| row * SECOND).collect();
            at += rows as i64;
            let columns = engine.columns("E").i64("key", n.clone()).i64("n", n).f64("v", v).f64("w", w);
            let batch = columns.timestamp("at", times).build().expect("the columns fit the event");
            let start = Instant::now();
            instance.push_columns("E", &batch, &mut matches).expect("no limit is reached");
            took += start.elapsed();
            matches.clear();
        }
        if round > 0 {
            best = best.min(took.as_secs_f64() * 1e9 / stretch as f64);
        }
    }
    best
}

/// Bytes in a second that a loop reads which only adds up.
fn bandwidth(words: &[i64], rounds: usize) -> f64 {
    let mask = vec![u64::MAX; words.len().div_ceil(64)];
    let rows =
        portent_rt::kernels::Stretch { values: words, mask: &mask, from: 0, to: words.len(), phase: 0 };
    let round = |sum: &dyn Fn() -> i64| {
        let start = Instant::now();
        black_box(sum());
        start.elapsed()
    };
    let plain = || words.iter().fold(0, |sum: i64, word| sum.wrapping_add(*word));
    let kernel = || Kernels::best().sum_i64(&rows) as i64;
    let took = (0..rounds).map(|_| round(&plain).min(round(&kernel))).min().expect("a round");
    size_of_val(words) as f64 / took.as_secs_f64()
}

fn reading(timed: bool) {
    let rows = if timed { 1 << 24 } else { 1 << 12 };
    let rounds = if timed { 7 } else { 1 };
    let full = bandwidth(&vec![1; 4 * rows], rounds);
    println!("without groups, {rows} rows in windows of a day; this machine reads {:.1} GB/s\n", full / 1e9);
    println!("{:<52} {:>10} {:>8} {:>8}", "", "M rows/s", "GB/s", "of all");
    for (name, filter, emit, columns) in [
        ("count()", "", "x: count()", 1),
        ("sum(n)", "", "x: sum(n)", 2),
        ("sum(v)", "", "x: sum(v)", 2),
        ("min(v), max(v)", "", "x: min(v), y: max(v)", 2),
        ("sum, min, max, avg of v", "", "x: sum(v), y: min(v), z: max(v), w: avg(v)", 2),
        (
            "sum, min, max, avg of n where n > 500",
            "[n > 500]",
            "x: sum(n), y: min(n), z: max(n), w: avg(n)",
            2,
        ),
        (
            "sum, min, max, avg of v where v > 500",
            "[v > 500.0]",
            "x: sum(v), y: min(v), z: max(v), w: avg(v)",
            2,
        ),
        (
            "sum, min, max, avg of v where n > 500",
            "[n > 500]",
            "x: sum(v), y: min(v), z: max(v), w: avg(v)",
            3,
        ),
        ("variance(v)", "", "x: variance(v)", 2),
    ] {
        let engine = engine(&format!("query Q from E{filter} window tumbling 1d emit {{ {emit} }}"));
        let took = best(&engine, None, &batch(&engine, 0, rows, 1), rounds).as_secs_f64();
        let bytes = (rows * columns * 8) as f64 / took;
        println!(
            "{name:<52} {:>10.1} {:>8.1} {:>6.0} %",
            rows as f64 / took / 1e6,
            bytes / 1e9,
            100.0 * bytes / full
        );
    }
    println!();
}

fn grouped(timed: bool) {
    let rows = if timed { 1 << 23 } else { 1 << 12 };
    let rounds = if timed { 5 } else { 1 };
    println!("by groups that are there, {rows} rows in one window, M rows/s by the number of groups\n");
    let keys = if timed { [10, 1000, 30_000, 1_000_000] } else { [1, 10, 100, 1000] };
    print!("{:<32}", "");
    keys.iter().for_each(|keys| print!(" {keys:>10}"));
    println!();
    for emit in ["count()", "sum(n)", "sum(v)", "max(v)", "sum(n), count(), max(n)", "sum(v), avg(v), min(v)"]
    {
        print!("{emit:<32}");
        let named: Vec<String> =
            emit.split(", ").enumerate().map(|(at, of)| format!("x{at}: {of}")).collect();
        for keys in keys {
            let engine = engine(&format!(
                "query Q from E window tumbling 365d group by key emit {{ key, {} }}",
                named.join(", ")
            ));
            let batches = [0, rows as i64].map(|first| batch(&engine, first, rows, keys as u64));
            let took = best(&engine, Some(&batches[0]), &batches[1], rounds);
            print!(" {:>10.1}", rows as f64 / took.as_secs_f64() / 1e6);
        }
        println!();
    }
}
