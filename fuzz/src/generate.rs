//! Random programs: rule files as text, and events for them.
//!
//! ```text
//! seed --[`schema`]--> event types --[`rule`], [`pattern`], [`query`], [`expr`]--> rule text --compile--> [`inputs`]
//! ```
//!
//! Programs are well typed by construction, nearly always: what is generated is text, so that the front end is part of what
//! is tested, and where the generator knows too little the front end refuses. Domains are small, so that guards hold, keys
//! meet and events tie; extreme values are rare but there.

mod choice;
mod expr;
mod inputs;
mod pattern;
mod query;
mod rule;
mod schema;

pub use inputs::inputs;

use choice::Choice;
use schema::EventType;

/// A rule file by its seed. The same seed gives the same text.
pub fn rules(seed: u64) -> String {
    let mut generator = Generator { choice: Choice::new(seed), types: Vec::new(), variables: 0, forks: 0 };
    generator.file()
}

/// What has been generated so far.
struct Generator {
    choice: Choice,
    /// The event types that rules can read: declared ones, then what rules emit.
    types: Vec<EventType>,
    /// The number of the next variable.
    variables: usize,
    /// How many `~>` the pattern at hand has.
    forks: usize,
}

impl Generator {
    fn file(&mut self) -> String {
        let mut declarations = self.events();
        let rules = self.choice.weighted(&[(1, 60), (2, 28), (3, 12)]);
        for number in 0..rules {
            let rule = self.rule(number);
            // Rules may be declared in any order.
            let at = if self.choice.chance(85) {
                declarations.len()
            } else {
                self.choice.below(declarations.len() + 1)
            };
            declarations.insert(at, rule);
        }
        declarations.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled::Compiled;

    #[test]
    fn nearly_all_programs_compile() {
        let mut refused = Vec::new();
        for seed in 0..1000 {
            let compiled = Compiled::new(&rules(seed));
            if compiled.rules.is_none() {
                refused.push((seed, compiled.error_lines()));
            }
        }
        assert!(refused.len() < 50, "{} of 1000: {refused:#?}", refused.len());
    }

    #[test]
    fn a_seed_is_a_program() {
        assert_eq!(rules(7), rules(7));
        assert_ne!(rules(7), rules(8));
    }
}
