//! A program and its inputs through the oracle and every other engine, and in what they differ.

use crate::compiled::Compiled;
use crate::engine::{self, Cut, Engine, Oracle, Prepared, with_redundant_watermarks};
use crate::outcome::Outcome;
use crate::text::{print_match, print_stats};
use crate::{generate, text};
use portent_compiler::Rules;
use portent_compiler::oracle::Input;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What came of a program.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The front end does not take it: why.
    Refused(Vec<String>),
    /// All agree.
    Agree {
        /// How many matches there are.
        matches: usize,
    },
    /// They do not.
    Differ(Difference),
}

/// A difference, or a failure of one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it showed; what is shrunk has to show it there again.
    pub kind: Kind,
    /// With which of the inputs.
    pub trial: usize,
    /// What it is, for people.
    pub message: String,
}

/// Where a difference showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The compiler panics.
    Compiler,
    /// An engine panics.
    Panic(&'static str),
    /// An engine gives up.
    GivesUp(&'static str),
    /// An engine's outcome is not that of the oracle.
    Outcome(&'static str),
}

/// How the compared engines are run.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How the input is cut into calls.
    pub cut: Cut,
    /// Whether watermarks are added that say nothing new.
    pub watermarks: bool,
}

impl Manner {
    /// That of a seed.
    pub fn of_seed(seed: u64) -> Manner {
        let cut = match seed % 4 {
            0 => Cut::Whole,
            1 => Cut::Every(1),
            _ => Cut::Random(seed),
        };
        Manner { cut, watermarks: seed.is_multiple_of(5) }
    }
}

/// How many inputs the program of a seed is run with: compiling it is most of the time.
const INPUTS: u64 = 3;

/// The program of a seed, checked with several inputs.
pub fn check_seed(seed: u64) -> Verdict {
    check_seed_with(seed, &engine::compared_for(seed))
}

/// The program of a seed, checked with several inputs through these engines.
pub fn check_seed_with(seed: u64, engines: &[&dyn Engine]) -> Verdict {
    check_with(&generate::rules(seed), engines, |rules| trials_of_seed(seed, rules))
}

/// An input, and how it is given.
pub type Trial = (Vec<Input>, Manner);

/// The inputs of a seed, for its rules.
pub fn trials_of_seed(seed: u64, rules: &Rules) -> Vec<Trial> {
    let trial = |number| {
        let seed = seed.wrapping_add(number << 48);
        (generate::inputs(seed, rules), Manner::of_seed(seed.wrapping_add(number)))
    };
    (0..INPUTS).map(trial).collect()
}

/// A program, checked with the inputs that are made for it.
pub fn check(source: &str, trials: impl FnOnce(&Rules) -> Vec<Trial>) -> Verdict {
    check_with(source, &engine::compared(), trials)
}

/// A program, checked through these engines with the inputs that are made for it.
pub fn check_with(
    source: &str,
    engines: &[&dyn Engine],
    trials: impl FnOnce(&Rules) -> Vec<Trial>,
) -> Verdict {
    let compiled = match guarded(|| Compiled::new(source)) {
        Ok(compiled) => compiled,
        Err(message) => return differ(Kind::Compiler, 0, message),
    };
    let Some(rules) = &compiled.rules else { return Verdict::Refused(compiled.error_lines()) };
    let trials = trials(rules);
    let mut expected = Vec::with_capacity(trials.len());
    for (number, (inputs, _)) in trials.iter().enumerate() {
        match settled(&Oracle, number, || Oracle.run(rules, inputs, Cut::Whole)) {
            Ok(outcome) => expected.push(outcome),
            Err(difference) => return Verdict::Differ(difference),
        }
    }
    for &engine in engines {
        let result = settled(engine, 0, || engine.prepare(rules))
            .and_then(|prepared| compare(engine, rules, &*prepared, &trials, &expected));
        if let Err(difference) = result {
            return Verdict::Differ(difference);
        }
    }
    Verdict::Agree { matches: expected.iter().map(|outcome| outcome.matches.len()).sum() }
}

fn compare(
    engine: &dyn Engine,
    rules: &Rules,
    prepared: &Prepared<'_>,
    trials: &[Trial],
    expected: &[Outcome],
) -> Result<(), Difference> {
    for (number, ((inputs, manner), expected)) in trials.iter().zip(expected).enumerate() {
        let with_more = manner.watermarks.then(|| with_redundant_watermarks(rules, inputs));
        let given = with_more.as_ref().unwrap_or(inputs);
        let found = settled(engine, number, || prepared(given, manner.cut))?;
        if !expected.is_same(&found) {
            let message = shown(rules, expected, &found);
            return Err(Difference { kind: Kind::Outcome(engine.name()), trial: number, message });
        }
    }
    Ok(())
}

fn differ(kind: Kind, trial: usize, message: String) -> Verdict {
    Verdict::Differ(Difference { kind, trial, message })
}

/// What an engine does, with a panic or an error of it as a difference.
fn settled<T>(
    engine: &dyn Engine,
    trial: usize,
    act: impl FnOnce() -> Result<T, String>,
) -> Result<T, Difference> {
    let difference = |kind: Kind, message| Difference { kind, trial, message };
    match guarded(act) {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(message)) => Err(difference(Kind::GivesUp(engine.name()), message)),
        Err(message) => Err(difference(Kind::Panic(engine.name()), message)),
    }
}

/// The result of a function, or the message with which it panics.
fn guarded<T>(function: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(function)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without a message")
            .to_owned()
    })
}

/// Two outcomes, from the first line in which they differ on.
fn shown(rules: &Rules, expected: &Outcome, found: &Outcome) -> String {
    let unit = text::Schema::new(&rules.hir).unit();
    let lines = |outcome: &Outcome| {
        let mut lines: Vec<String> =
            outcome.matches.iter().map(|matched| print_match(matched, unit)).collect();
        lines.push(format!("({} matches; {})", lines.len(), print_stats(outcome)));
        lines
    };
    let (expected, found) = (lines(expected), lines(found));
    let same = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let from = |lines: &[String]| {
        lines.iter().skip(same).take(4).map(|line| format!("  {line}\n")).collect::<String>()
    };
    format!("after {same} equal lines, expected:\n{}found:\n{}", from(&expected), from(&found))
}
