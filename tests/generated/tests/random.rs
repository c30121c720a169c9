//! Random programs as generated Rust: the oracle agrees with all of them.
//!
//! The seeds are those of the build script; `cargo run --release -p portent-fuzz -- generated --seeds 0..1000` runs others. They are
//! in a file of their own, not in the crate, so that the compiler works on both at once.

use portent_fuzz::differential::{Verdict, check_seed_with};
use portent_fuzz::engine::Generated;

include!(concat!(env!("OUT_DIR"), "/random.rs"));

static RANDOM: Generated = Generated { name: "rust", programs: random::PROGRAMS };

#[test]
fn random_programs_agree() {
    let (mut matching, mut refused, mut differing) = (0, 0, Vec::new());
    for seed in SEEDS {
        match check_seed_with(seed, &[&RANDOM]) {
            Verdict::Agree { matches } => matching += u64::from(matches > 0),
            Verdict::Refused(_) => refused += 1,
            Verdict::Differ(difference) => {
                differing.push(format!("seed {seed}: {:?}\n{}", difference.kind, difference.message));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    let programs = SEEDS.count() as u64;
    println!("{programs} programs, {matching} with matches, {refused} refused");
    assert!(refused * 10 < programs, "{refused} of {programs} programs do not compile");
    assert!(
        matching * 5 > programs,
        "only {matching} of {programs} programs match: the comparison says little"
    );
}
