//! A program and its inputs through the oracle and every other engine, and in what they differ.

use crate::compiled::Compiled;
use crate::engine::{self, Cut, Engine, Oracle, with_redundant_watermarks};
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

/// The program and inputs of a seed, checked.
pub fn check_seed(seed: u64) -> Verdict {
    let source = generate::rules(seed);
    check(&source, |rules| generate::inputs(seed, rules), Manner::of_seed(seed))
}

/// A program and its inputs, checked.
pub fn check(source: &str, inputs: impl FnOnce(&Rules) -> Vec<Input>, manner: Manner) -> Verdict {
    let compiled = match guarded(|| Compiled::new(source)) {
        Ok(compiled) => compiled,
        Err(message) => return differ(Kind::Compiler, message),
    };
    let Some(rules) = &compiled.rules else { return Verdict::Refused(compiled.error_lines()) };
    let inputs = inputs(rules);
    let expected = match run(&Oracle, rules, &inputs, Cut::Whole) {
        Ok(outcome) => outcome,
        Err(difference) => return Verdict::Differ(difference),
    };
    let given = if manner.watermarks { with_redundant_watermarks(rules, &inputs) } else { inputs };
    for engine in engine::compared() {
        match run(engine, rules, &given, manner.cut) {
            Err(difference) => return Verdict::Differ(difference),
            Ok(found) if !expected.is_same(&found) => {
                return differ(Kind::Outcome(engine.name()), shown(rules, &expected, &found));
            }
            Ok(_) => {}
        }
    }
    Verdict::Agree { matches: expected.matches.len() }
}

fn differ(kind: Kind, message: String) -> Verdict {
    Verdict::Differ(Difference { kind, message })
}

fn run(engine: &dyn Engine, rules: &Rules, inputs: &[Input], cut: Cut) -> Result<Outcome, Difference> {
    match guarded(|| engine.run(rules, inputs, cut)) {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(message)) => Err(Difference { kind: Kind::GivesUp(engine.name()), message }),
        Err(message) => Err(Difference { kind: Kind::Panic(engine.name()), message }),
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
