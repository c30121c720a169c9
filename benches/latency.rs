//! `cargo bench --bench latency`: how long generated Rust takes for one event, as a distribution.
//!
//! Each event is pushed alone, and the time from before the push to after it is read from the processor's clock; what reading
//! it twice in a row takes is measured too, and is part of every figure. The first events, which fill the state, do not count.

use std::time::Instant;

use portent_workloads::{Workload, all};

const EVENTS: usize = 2_000_000;
const WARM: usize = 200_000;
const MARKS: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];

fn main() {
    let timed = std::env::args().any(|argument| argument == "--bench");
    let events = if timed { EVENTS } else { 2 * WARM };
    println!(
        "nanoseconds for a push of one event, {} events after {WARM} of warm-up, one core\n",
        events - WARM
    );
    print!("{:<28}", "workload");
    MARKS.iter().for_each(|(name, _)| print!(" {name:>8}"));
    println!(" {:>9}", "max");
    show("(reading the clock)", empty(events));
    for workload in all().into_iter().filter(|workload| workload.name.starts_with("chain")) {
        for keys in [1_000, 10_000] {
            let workload = Workload { keys, ..workload };
            show(&format!("chain A -> B -> C, {} k keys", keys / 1_000), latencies(&workload, events));
        }
    }
}

fn empty(events: usize) -> Vec<u64> {
    (0..events).map(|_| Instant::now().elapsed().as_nanos() as u64).collect()
}

fn latencies(workload: &Workload, count: usize) -> Vec<u64> {
    let events = workload.events(count);
    let mut took = Vec::with_capacity(count);
    let mut start = Instant::now();
    // What makes the next event is not counted: the clock is read again behind it.
    (workload.generated_each)(&events, &mut |step| match step {
        portent_workloads::Each::Before => start = Instant::now(),
        portent_workloads::Each::After => took.push(start.elapsed().as_nanos() as u64),
    });
    took.drain(..WARM);
    took
}

fn show(name: &str, mut took: Vec<u64>) {
    took.sort_unstable();
    print!("{name:<28}");
    for (_, part) in MARKS {
        print!(" {:>8}", took[((took.len() - 1) as f64 * part) as usize]);
    }
    println!(" {:>9}", took[took.len() - 1]);
}
