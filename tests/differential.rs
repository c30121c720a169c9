//! Random programs: the oracle and every other engine agree on all of them.
//!
//! The seeds are fixed, so a failure is repeatable: `cargo run --release -p portent-fuzz -- one --seed N` shrinks it to a case for the
//! corpus, and `… run --seconds 600` looks for more. `PORTENT_FUZZ_PROGRAMS` sets how many programs are run here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use portent_fuzz::differential::{Verdict, check_seed};

/// How many programs, if the environment does not say.
const PROGRAMS: u64 = 50_000;
/// The first seed.
const FIRST_SEED: u64 = 1;

#[test]
fn random_programs_mean_the_same_to_every_engine() {
    let programs =
        std::env::var("PORTENT_FUZZ_PROGRAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(PROGRAMS);
    let (next, matched, refused) = (AtomicU64::new(FIRST_SEED), AtomicU64::new(0), AtomicU64::new(0));
    assert!(!portent_fuzz::engine::compared().is_empty(), "there is nothing to compare the oracle with");
    let start = Instant::now();
    let work = || {
        let mut differing = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= FIRST_SEED + programs || differing.len() >= 5 {
                return differing;
            }
            match check_seed(seed) {
                Verdict::Agree { matches } => {
                    matched.fetch_add(u64::from(matches > 0), Ordering::Relaxed);
                }
                Verdict::Refused(_) => {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                Verdict::Differ(difference) => {
                    differing.push(format!("seed {seed}: {:?}\n{}", difference.kind, difference.message));
                }
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let differing: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    let (matched, refused) = (matched.into_inner(), refused.into_inner());
    println!("{programs} programs, {matched} with matches, {refused} refused, in {:.0?}", start.elapsed());
    assert!(
        matched * 5 > programs,
        "only {matched} of {programs} programs matched anything: the comparison says little"
    );
    assert!(refused * 20 < programs, "{refused} of {programs} programs do not compile");
}
