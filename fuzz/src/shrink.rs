//! Makes a failing program small: fewer events, fewer rules, less of each rule, as long as it fails in the same way.

mod expr;
mod mutant;
mod rows;

use crate::compiled::Compiled;
use crate::differential::{Kind, Manner, Verdict, check, check_seed, trials_of_seed};
use crate::engine::{Cut, Engine, Oracle};
use crate::generate;
use crate::text::{Schema, print_input, print_match, print_stats};
use portent_compiler::Rules;
use portent_compiler::ast::File;
use portent_compiler::diag::Diagnostics;
use portent_compiler::dsl;
use portent_compiler::oracle::Input;
use rows::Row;

/// How often a program is run at most while it is shrunk.
const ATTEMPTS_MAX: usize = 6000;

/// A failing program.
#[derive(Clone, Debug)]
pub struct Failing {
    /// The rules.
    pub source: String,
    /// The inputs, as lines.
    pub events: Vec<String>,
    /// How it was run.
    pub manner: Manner,
    /// How it fails.
    pub kind: Kind,
    /// The difference, for people.
    pub message: String,
}

impl Failing {
    /// As a case of the corpus, with what the oracle gives as the expectation.
    pub fn to_case(&self, title: &str) -> String {
        let Failing { source, events, manner, kind, message } = self;
        let events = events.join("\n");
        let mut case = format!(
            "## {title}\n{kind:?}, {manner:?}\n```ptn\n{}\n```\n```events\n{events}\n```\n",
            source.trim_end()
        );
        let compiled = std::panic::catch_unwind(|| Compiled::new(source)).ok();
        let outcome = compiled.and_then(|compiled| {
            let (rules, schema) = (compiled.rules.as_ref()?, compiled.schema()?);
            let inputs = self.events.iter().map(|line| crate::text::parse_input(line, &schema).ok());
            let inputs: Vec<Input> = inputs.collect::<Option<_>>()?;
            let run = std::panic::AssertUnwindSafe(|| Oracle.run(rules, &inputs, Cut::Whole).ok());
            Some((std::panic::catch_unwind(run).ok()??, schema.unit()))
        });
        if let Some((outcome, unit)) = outcome {
            let lines = outcome.matches.iter().map(|matched| print_match(matched, unit) + "\n");
            case += &format!("```matches\n{}```\n", lines.collect::<String>());
            let stats = print_stats(&outcome);
            if !stats.is_empty() {
                case += &format!("```stats\n{stats}\n```\n");
            }
        }
        case + "\n<!--\n" + message.trim_end() + "\n-->\n"
    }
}

/// The smallest program that was found to fail like `source` with `inputs`; `None` if it does not fail.
pub fn shrink(
    source: &str,
    inputs: impl FnOnce(&portent_compiler::Rules) -> Vec<Input>,
    manner: Manner,
) -> Option<Failing> {
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(source, &mut diagnostics);
    let compiled = std::panic::catch_unwind(|| Compiled::new(source));
    let rows = match compiled.as_ref().ok().and_then(|compiled| compiled.rules.as_ref()) {
        Some(rules) => rows::from_inputs(&inputs(rules), &rules.hir),
        None => Vec::new(),
    };
    let mut shrinker =
        Shrinker { file, rows, manner, kind: Kind::Compiler, message: String::new(), attempts: 0 };
    let (kind, message) = shrinker.failure(&shrinker.file, &shrinker.rows, manner)?;
    (shrinker.kind, shrinker.message) = (kind, message);
    shrinker.simpler_manner();
    while shrinker.attempts < ATTEMPTS_MAX
        && (shrinker.fewer_rows() | shrinker.smaller_file() | shrinker.simpler_rows())
    {}
    Some(shrinker.finish())
}

/// The program of a seed that fails, made small.
pub fn shrink_seed(seed: u64) -> Option<Failing> {
    let source = generate::rules(seed);
    let Verdict::Differ(difference) = check_seed(seed) else { return None };
    let mut manner = Manner { cut: Cut::Whole, watermarks: false };
    if let Some(rules) =
        std::panic::catch_unwind(|| Compiled::new(&source)).ok().and_then(|compiled| compiled.rules)
    {
        manner = trials_of_seed(seed, &rules)[difference.trial].1;
    }
    shrink(&source, |rules| trials_of_seed(seed, rules).swap_remove(difference.trial).0, manner)
}

struct Shrinker {
    file: File,
    rows: Vec<Row>,
    manner: Manner,
    kind: Kind,
    message: String,
    attempts: usize,
}

impl Shrinker {
    fn failure(&self, file: &File, rows: &[Row], manner: Manner) -> Option<(Kind, String)> {
        let trials = |rules: &Rules| vec![(rows::to_inputs(rows, &rules.hir), manner)];
        match check(&dsl::print(file), trials) {
            Verdict::Differ(difference) => Some((difference.kind, difference.message)),
            Verdict::Agree { .. } | Verdict::Refused(_) => None,
        }
    }

    /// Keeps a smaller program if it fails in the same way.
    fn keep(&mut self, file: Option<File>, rows: Option<Vec<Row>>, manner: Manner) -> bool {
        self.attempts += 1;
        let failure =
            self.failure(file.as_ref().unwrap_or(&self.file), rows.as_ref().unwrap_or(&self.rows), manner);
        let Some((_, message)) = failure.filter(|(kind, _)| *kind == self.kind) else { return false };
        self.message = message;
        self.file = file.unwrap_or_else(|| std::mem::take(&mut self.file));
        self.rows = rows.unwrap_or_else(|| std::mem::take(&mut self.rows));
        self.manner = manner;
        true
    }

    fn simpler_manner(&mut self) {
        for cut in [Cut::Whole, Cut::Every(1), Cut::Every(2)] {
            if self.keep(None, None, Manner { cut, watermarks: false }) {
                return;
            }
        }
        let manner = Manner { watermarks: false, ..self.manner };
        self.keep(None, None, manner);
    }

    /// Leaves out stretches of rows, long ones first.
    fn fewer_rows(&mut self) -> bool {
        let mut smaller = false;
        let mut length = self.rows.len().next_power_of_two();
        while length > 0 && self.attempts < ATTEMPTS_MAX {
            let mut at = 0;
            while at < self.rows.len() {
                let mut rows = self.rows.clone();
                rows.drain(at..(at + length).min(rows.len()));
                if self.keep(None, Some(rows), self.manner) {
                    smaller = true;
                } else {
                    at += length;
                }
            }
            length /= 2;
        }
        smaller
    }

    /// Takes the first mutant that still fails, as long as there is one.
    fn smaller_file(&mut self) -> bool {
        let (mut smaller, mut number) = (false, 0);
        while let Some(file) = mutant::mutant(&self.file, number) {
            if self.attempts >= ATTEMPTS_MAX {
                break;
            }
            // After a success the mutants are others, but those before were tried and are much the same.
            match file != self.file && self.keep(Some(file), None, self.manner) {
                true => smaller = true,
                false => number += 1,
            }
        }
        smaller
    }

    fn simpler_rows(&mut self) -> bool {
        let mut smaller = false;
        for index in 0..self.rows.len() {
            for row in rows::simpler(&self.rows[index]) {
                let mut rows = self.rows.clone();
                rows[index] = row;
                smaller |= self.attempts < ATTEMPTS_MAX && self.keep(None, Some(rows), self.manner);
            }
        }
        smaller
    }

    fn finish(self) -> Failing {
        let source = dsl::print(&self.file);
        let compiled = std::panic::catch_unwind(|| Compiled::new(&source)).ok();
        let rules = compiled.and_then(|compiled| compiled.rules);
        let events = rules.map(|rules| {
            let schema = Schema::new(&rules.hir);
            rows::to_inputs(&self.rows, &rules.hir).iter().map(|input| print_input(input, &schema)).collect()
        });
        Failing {
            source,
            events: events.unwrap_or_default(),
            manner: self.manner,
            kind: self.kind,
            message: self.message,
        }
    }
}
