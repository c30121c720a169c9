//! Random programs through generated Rust, as many as the build script has made modules of.

use portent_fuzz::differential::{Verdict, check_with, trials_of_seed};
use portent_fuzz::generate;
use portent_generated::Generated;

#[test]
fn random_programs_agree() {
    let programs: u64 = env!("PORTENT_GENERATED_PROGRAMS").parse().expect("a number, from the build script");
    let check = |seed| {
        check_with(&[&Generated], &generate::rules(seed), |rules| trials_of_seed(seed, rules))
    };
    let mut matched = 0;
    let mut differing = Vec::new();
    for seed in 0..programs {
        match check(seed) {
            Verdict::Agree { matches } => matched += u64::from(matches > 0),
            Verdict::Refused(_) => {}
            Verdict::Differ(difference) => {
                differing.push(format!("seed {seed}: {:?}\n{}", difference.kind, difference.message));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    assert!(matched * 5 >= programs, "only {matched} of {programs} programs matched anything");
}
