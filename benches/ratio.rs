//! `cargo bench --bench ratio`: hand-written Rust, generated Rust and machine code, side by side in one run.
//!
//! Every workload runs several rounds, each engine in turn, over the same columns in memory; the best round counts, for
//! noise only ever adds time. What is emitted is compared before anything is timed.
//!
//! For a profiler, `--only WORKLOAD ENGINE` runs one workload in one engine (`hand`, `generated` or `jit`); without `--bench`
//! on few events: `valgrind --tool=callgrind --toggle-collect='*profiled*' target/release/deps/ratio-… --only 'filter 1 %' jit`.

mod jit;

use std::time::{Duration, Instant};

use portent::Matches;
use portent_workloads::{Found, all};

const EVENTS: usize = 2_000_000;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` runs this too: then the counts are checked on few events, and nothing is timed.
    let timed = std::env::args().any(|argument| argument == "--bench");
    let events = if timed { EVENTS } else { 200_000 };
    if let Some((workload, engine)) = only() {
        return run_only(&workload, &engine, events);
    }
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

/// What follows `--only`.
fn only() -> Option<(String, String)> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--only").skip(1);
    Some((arguments.next()?, arguments.next()?))
}

fn run_only(name: &str, engine: &str, events: usize) {
    let workload = all().into_iter().find(|workload| workload.name == name);
    let workload = workload.expect("--only: the name of a workload");
    let columns = workload.events(events);
    let compiled = jit::engine(&workload);
    let batch = jit::batch(&compiled, &columns);
    let mut matches = Matches::new(compiled.outputs());
    match engine {
        "hand" => profiled(|| (workload.by_hand)(&columns)),
        "generated" => profiled(|| (workload.generated)(&columns)),
        "jit" => profiled(|| jit::run(&compiled, &batch, &mut matches)),
        other => panic!("--only: the engine is hand, generated or jit, not {other}"),
    }
}

/// By this name a profiler tells the runs from what is made before them.
#[inline(never)]
fn profiled(mut run: impl FnMut() -> Found) {
    for _ in 0..ROUNDS {
        std::hint::black_box(run());
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
