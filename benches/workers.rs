//! `cargo bench --bench workers`: what several workers do in the time of one instance.
//!
//! Each workload runs several rounds, the instance and the workers in turn, over the same columns in memory, in pieces as a reader would
//! bring them; the best round counts, for noise only ever adds time. That both find the same is checked before
//! anything is timed. `-- --count N` takes another number of workers than two, and `-- --only WORKLOAD` one workload.

mod jit;

use std::sync::Arc;
use std::time::{Duration, Instant};

use portent::jit::{Engine, SourceId, WorkersOptions};
use portent::{Batch, Matches};
use portent_workloads::{Input, Workload, all};

const EVENTS: usize = 4_000_000;
const ROUNDS: usize = 9;

fn main() {
    // `cargo test --benches` runs this too: then on few events, and nothing is timed.
    let timed = std::env::args().any(|argument| argument == "--bench");
    let (events, rounds) = if timed { (EVENTS, ROUNDS) } else { (200_000, 1) };
    let count = after("--count").and_then(|count| count.parse().ok()).unwrap_or(2);
    println!("{events} events, best of {rounds} rounds, {count} workers; M events/s\n");
    println!("{:<28} {:>9} {:>9} {:>9} {:>8}", "workload", "matches", "instance", "workers", "speed-up");
    let only = after("--only");
    for workload in workloads().iter().filter(|of| only.as_ref().is_none_or(|only| of.name.contains(only))) {
        let engine = jit::engine(workload);
        let pieces = pieces(&engine, &(workload.make)(events));
        let matches = (instance(&engine, &pieces), workers(&engine, &pieces, count));
        assert_eq!(matches.0, matches.1, "{}: both find the same", workload.name);
        let mut best = [Duration::MAX; 2];
        for _ in 0..rounds {
            best[0] = best[0].min(time(|| instance(&engine, &pieces)));
            best[1] = best[1].min(time(|| workers(&engine, &pieces, count)));
        }
        let [one, many] = best.map(|took| events as f64 / took.as_secs_f64() / 1e6);
        let (name, found) = (workload.name, matches.0);
        println!("{name:<28} {found:>9} {one:>9.1} {many:>9.1} {:>8.2}", many / one);
    }
}

/// What follows an argument.
fn after(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// Those that are over columns.
fn workloads() -> Vec<Workload> {
    all().into_iter().filter(|workload| matches!((workload.make)(1), Input::Columns(_))).collect()
}

fn pieces(engine: &Engine, input: &Input) -> Vec<Arc<Batch>> {
    jit::pieces(engine, input.events()).into_iter().map(Arc::new).collect()
}

fn instance(engine: &Engine, pieces: &[Arc<Batch>]) -> usize {
    let (mut instance, mut matches) = (engine.instance(), Matches::new(engine.outputs()));
    let mut found = 0;
    for piece in pieces {
        instance.on_batch(SourceId::default(), 0, piece, &mut matches).expect("no limit is reached");
        found += matches.len();
        matches.clear();
    }
    instance.finish(&mut matches).expect("no limit is reached");
    found + matches.len()
}

fn workers(engine: &Engine, pieces: &[Arc<Batch>], count: usize) -> usize {
    let options = WorkersOptions { count, ..WorkersOptions::default() };
    let mut workers = engine.workers(&options).expect("there are threads");
    let mut matches = Matches::new(engine.outputs());
    let mut found = 0;
    for piece in pieces {
        workers
            .on_batch(SourceId::default(), 0, Arc::clone(piece), &mut matches)
            .expect("no limit is reached");
        found += matches.len();
        matches.clear();
    }
    workers.finish(&mut matches).expect("no limit is reached");
    found + matches.len()
}

fn time(run: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    std::hint::black_box(run());
    start.elapsed()
}
