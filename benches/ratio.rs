//! `cargo bench --bench ratio`: hand-written Rust, generated Rust and machine code, side by side in one run.
//!
//! Every workload runs several rounds, each engine in turn, over the same columns in memory; the best round counts, for
//! noise only ever adds time. What is emitted is compared before anything is timed.

mod jit;

use std::time::{Duration, Instant};

use portent::Matches;
use portent_workloads::{Found, all};

const EVENTS: usize = 2_000_000;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` runs this too: then the counts are checked on few events, and nothing is timed.
    let timed = std::env::args().any(|argument| argument == "--bench");
    let events = if timed { EVENTS } else { 20_000 };
    println!("{events} events, best of {ROUNDS} rounds, one core; M events/s\n");
    println!(
        "{:<28} {:>9} {:>9} {:>10} {:>9} {:>15} {:>14}",
        "workload", "matches", "by hand", "generated", "JIT", "generated/hand", "JIT/generated"
    );
    for workload in all() {
        let columns = workload.events(events);
        let engine = jit::engine(&workload);
        let batch = jit::batch(&engine, &columns);
        let mut matches = Matches::new(engine.outputs());
        let wanted = (workload.by_hand)(&columns);
        let found = [(workload.generated)(&columns), jit::run(&engine, &batch, &mut matches)];
        for (found, engine) in found.into_iter().zip(["generated", "JIT"]) {
            assert!(same(wanted, found), "{}: by hand {wanted:?}, {engine} {found:?}", workload.name);
        }
        if !timed {
            println!("{:<28} {:>9} same", workload.name, wanted.matches);
            continue;
        }
        let mut best = [Duration::MAX; 3];
        for _ in 0..ROUNDS {
            best[0] = best[0].min(time(|| (workload.by_hand)(&columns)));
            best[1] = best[1].min(time(|| (workload.generated)(&columns)));
            best[2] = best[2].min(time(|| jit::run(&engine, &batch, &mut matches)));
        }
        let [hand, generated, jit] = best.map(|took| events as f64 / took.as_secs_f64() / 1e6);
        println!(
            "{:<28} {:>9} {hand:>9.1} {generated:>10.1} {jit:>9.1} {:>15.2} {:>14.2}",
            workload.name,
            wanted.matches,
            generated / hand,
            jit / generated
        );
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
