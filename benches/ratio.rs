//! `cargo bench --bench ratio`: machine code against hand-written Rust, side by side in one run.
//!
//! Every workload runs several rounds, each engine in turn, over the same columns in memory; the best round counts, for
//! noise only ever adds time. What is emitted is compared before anything is timed.

mod workloads;

use std::time::{Duration, Instant};

use portent::Matches;
use workloads::{Found, by_engine};

const EVENTS: usize = 2_000_000;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` runs this too: then the counts are checked on few events, and nothing is timed.
    let timed = std::env::args().any(|argument| argument == "--bench");
    let events = if timed { EVENTS } else { 20_000 };
    println!("{events} events, best of {ROUNDS} rounds, one core\n");
    println!("{:<30} {:>10} {:>14} {:>14} {:>7}", "workload", "matches", "by hand M/s", "JIT M/s", "ratio");
    for workload in workloads::all() {
        let columns = workload.events(events);
        let engine = workload.engine();
        let batch = workloads::batch(&engine, &columns);
        let mut matches = Matches::new(engine.outputs());
        let wanted = (workload.by_hand)(&columns);
        let found = by_engine(&engine, &batch, &mut matches);
        assert!(same(wanted, found), "{}: by hand {wanted:?}, JIT {found:?}", workload.name);
        if !timed {
            println!("{:<30} {:>10} same", workload.name, found.matches);
            continue;
        }
        let (mut hand, mut jit) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            hand = hand.min(time(|| (workload.by_hand)(&columns)));
            jit = jit.min(time(|| by_engine(&engine, &batch, &mut matches)));
        }
        let rate = |took: Duration| events as f64 / took.as_secs_f64() / 1e6;
        let (hand, jit) = (rate(hand), rate(jit));
        println!("{:<30} {:>10} {hand:>14.1} {jit:>14.1} {:>7.2}", workload.name, found.matches, jit / hand);
    }
}

/// Sums of doubles in another order differ in their last bits.
fn same(a: Found, b: Found) -> bool {
    a.matches == b.matches && (a.sum - b.sum).abs() <= 1e-9 * a.sum.abs()
}

fn time(run: impl FnOnce() -> Found) -> Duration {
    let start = Instant::now();
    std::hint::black_box(run());
    start.elapsed()
}
