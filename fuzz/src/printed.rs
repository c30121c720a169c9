//! Many programs printed as Rust, to be compiled together: a module for each, and the table that [`Generated`] finds them in.
//!
//! [`Generated`]: crate::engine::Generated

use crate::engine::generated::key;
use portent_compiler::Rules;
use portent_compiler::emit::{Capacity, EmitOptions, obstacles, rust};
use portent_compiler::lir;
use std::fmt::Write;

/// Programs that have been printed.
#[derive(Debug, Default)]
pub struct Printed {
    keys: Vec<i64>,
    table: String,
    /// Whether state is in arrays.
    fixed: Option<Capacity>,
}

/// What rules that state no limits are limited to, where state is in arrays: more than the inputs of tests can reach.
const RUNS_MAX: u64 = 100;
const PARTITIONS_MAX: u64 = 20;

impl Printed {
    /// Nothing yet, of programs whose state is in arrays.
    pub fn fixed() -> Self {
        Self { fixed: Some(Capacity { disorder: 100, deadlines: 100 }), ..Self::default() }
    }

    /// Prints a program as a module; `None` if the same program was printed before, or needs memory where there is none.
    ///
    /// # Panics
    /// If the program cannot be printed, which is a bug of the compiler.
    pub fn module(&mut self, name: &str, source: &str, rules: &Rules) -> Option<String> {
        let key = key(rules);
        if self.keys.contains(&key) {
            return None;
        }
        let options = EmitOptions {
            runtime: "::portent_rt::compiled".to_owned(),
            module: Some(name.to_owned()),
            source: source.to_owned(),
            dynamic: true,
            fixed: self.fixed,
            ..EmitOptions::default()
        };
        let mut program = rules.lir.clone();
        if self.fixed.is_some() {
            limit(&mut program);
            if !obstacles(&program).is_empty() {
                return None;
            }
        }
        let text = rust(&program, &options);
        self.keys.push(key);
        let run = "::portent_fuzz::engine::generated::run";
        writeln!(self.table, "        ({key}, {run}::<{name}::Rules>),").expect("a String takes everything");
        Some(text)
    }

    /// How many programs there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A module `name` of all of them, with their table as the static `PROGRAMS`. `modules` is their text, or what includes it.
    pub fn whole(&self, name: &str, modules: &str) -> String {
        format!(
            "{ALLOWED}\nmod {name} {{\n    {modules}\n\n    \
             /// Every program by its key.\n    \
             pub(crate) static PROGRAMS: &[(i64, ::portent_fuzz::engine::generated::Run)] = &[\n{}    ];\n}}\n",
            self.table
        )
    }
}

fn limit(program: &mut lir::Program) {
    for rule in &mut program.rules {
        let limits = &mut rule.limits;
        limits.runs.max = limits.runs.max.min(RUNS_MAX);
        limits.partitions.max = limits.partitions.max.min(PARTITIONS_MAX);
    }
}

/// What a person would mind in rules, and cannot be helped where nobody wrote them.
const ALLOWED: &str = "#[allow(
    clippy::bool_comparison,
    clippy::cmp_owned,
    clippy::comparison_to_empty,
    clippy::eq_op,
    clippy::nonminimal_bool,
    clippy::type_complexity,
    clippy::unnecessary_literal_unwrap,
    reason = \"some of the programs are rules that nobody would write\"
)]";
