//! Rule files: reading their text, and telling what the compiler has to say about it.

use crate::failure::Failure;
use crate::term;
use portent_compiler::Rules;
use portent_compiler::diag::{Diagnostics, Severity, render};
use std::io::{self, Read};
use std::path::Path;

/// The text of a rule file.
#[derive(Debug)]
pub(crate) struct RuleText {
    /// The file, for messages.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) text: String,
}

impl RuleText {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let (name, bytes) = if path == Path::new("-") {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            ("<stdin>".to_owned(), read.map(|_| bytes))
        } else if path.is_dir() {
            let message = format!("{} is a folder; name the rule files in it", path.display());
            return Err(Failure::Usage(message));
        } else {
            (path.display().to_string(), std::fs::read(path))
        };
        let bytes = bytes.map_err(|error| Failure::Io(format!("cannot read {name}: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|&&b| b == b'\n')
                .count();
            Failure::BadRules(format!("{name}: line {line} is not UTF-8 text"))
        })?;
        Ok(Self { name, text })
    }

    /// Shows diagnostics of the text on standard error.
    pub(crate) fn show(&self, diagnostics: &Diagnostics) {
        term::note(&render(diagnostics, &self.name, &self.text, term::error_colors()));
    }

    /// Understands the rules. Errors are shown; warnings are counted.
    pub(crate) fn compile(&self) -> Result<(Rules, usize), Failure> {
        let mut diagnostics = Diagnostics::new();
        let rules = portent_compiler::compile(&self.text, &mut diagnostics);
        match rules {
            Some(rules) => Ok((rules, diagnostics.len())),
            None => {
                self.show(&diagnostics);
                Err(Failure::Rules)
            }
        }
    }
}

/// Errors and warnings among diagnostics.
pub(crate) fn count(diagnostics: &Diagnostics) -> (usize, usize) {
    let errors = diagnostics.iter().filter(|one| one.severity() == Severity::Error).count();
    (errors + diagnostics.dropped(), diagnostics.len() - errors)
}

/// `1 rule`, `3 rules`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
