//! Generated Rust whose state is in arrays: whatever of the corpus, and of random programs, needs no memory that grows.

use portent_fuzz::compiled::Compiled;
use portent_fuzz::differential::{Verdict, check_seed_with};
use portent_fuzz::engine::generated::key;
use portent_fuzz::engine::{Cut, Engine, Generated};
use portent_fuzz::{case, generate};
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/fixed.rs"));

static FIXED: Generated = Generated { name: "rust in arrays", programs: fixed::PROGRAMS };

/// What the arrays of rules without limits are made for.
const EVENTS_MAX: usize = 100;

fn is_fixed(compiled: &Compiled) -> bool {
    compiled.rules.as_ref().is_some_and(|rules| FIXED.programs.iter().any(|(known, _)| *known == key(rules)))
}

#[test]
fn cases_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let (mut agree, mut others, mut differ) = (0, 0, Vec::new());
    for file in case::load(&folder).expect("the corpus can be read") {
        for case in file.cases.iter().filter(|case| case.events.is_some()) {
            let compiled = Compiled::new(&case.rules.text);
            let events = case.events.as_ref().map_or(0, |events| events.text.lines().count());
            if events > EVENTS_MAX || !is_fixed(&compiled) {
                others += 1;
                continue;
            }
            match run(case, &compiled) {
                Ok(()) => agree += 1,
                Err(error) => differ.push(format!("{}.md:{} {}: {error}", file.name, case.line, case.title)),
            }
        }
    }
    assert!(differ.is_empty(), "{agree} agree, {} differ:\n{}", differ.len(), differ.join("\n"));
    println!("{agree} cases agree, {others} need memory that grows");
    assert!(agree > others, "{agree} cases have their state in arrays, {others} not");
}

fn run(case: &case::Case, compiled: &Compiled) -> Result<(), String> {
    let (Some(rules), Some(schema)) = (&compiled.rules, compiled.schema()) else {
        return Err("the rules do not compile".to_owned());
    };
    let inputs = case::inputs(case, &schema)?;
    case::check_outcome(case, &FIXED.run(rules, &inputs, Cut::Whole)?, &schema)
}

/// Rules with their state in arrays are as long as all that they may hold, and are moved about on the stack.
const STACK_BYTES: usize = 64 << 20;

#[test]
fn random_programs_agree() {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(compare_random_programs);
    thread.expect("a thread").join().expect("they agree");
}

fn compare_random_programs() {
    let (mut agree, mut others, mut differing) = (0, 0, Vec::new());
    for seed in SEEDS {
        if !is_fixed(&Compiled::new(&generate::rules(seed))) {
            others += 1;
            continue;
        }
        match check_seed_with(seed, &[&FIXED]) {
            Verdict::Agree { .. } => agree += 1,
            Verdict::Refused(errors) => differing.push(format!("seed {seed}: {errors:?}")),
            Verdict::Differ(difference) => {
                differing.push(format!("seed {seed}: {:?}\n{}", difference.kind, difference.message));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    println!("{agree} programs agree, {others} need memory that grows");
    assert!(agree > others / 3, "{agree} programs have their state in arrays, {others} not");
}
