//! Rule text compiled for the engines, with what the front end says of it. A shell over the compiler, which keeps the text.

use crate::text::{Schema, normalized};
use portent_compiler::diag::{Diagnostic, Diagnostics, Severity};
use portent_compiler::{Rules, compile, span::Span};

/// Rules and what was said of them.
#[derive(Debug)]
pub struct Compiled {
    /// The text.
    pub source: String,
    /// `None` if there are errors.
    pub rules: Option<Rules>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Compiled {
    /// Compiles a text.
    pub fn new(source: &str) -> Compiled {
        let mut diagnostics = Diagnostics::new();
        let rules = compile(source, &mut diagnostics);
        Compiled { source: source.to_owned(), rules, diagnostics }
    }

    /// What lines of its events look like, if it compiles.
    pub fn schema(&self) -> Option<Schema> {
        self.rules.as_ref().map(|rules| Schema::new(&rules.hir))
    }

    /// Every diagnostic as `CODE line:column message`, in order.
    pub fn diagnostic_lines(&self) -> Vec<String> {
        self.diagnostics.iter().map(|diagnostic| self.diagnostic_line(diagnostic)).collect()
    }

    /// Errors alone, as [`Compiled::diagnostic_lines`].
    pub fn error_lines(&self) -> Vec<String> {
        let errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
        errors.map(|diagnostic| self.diagnostic_line(diagnostic)).collect()
    }

    fn diagnostic_line(&self, diagnostic: &Diagnostic) -> String {
        let (line, column) = place(&self.source, diagnostic.span);
        normalized(&format!("{} {line}:{column} {}", diagnostic.code, diagnostic.message))
    }
}

/// Line and column of the start of a span, in characters and from 1.
fn place(source: &str, span: Span) -> (usize, usize) {
    let before = source.get(..span.start as usize).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (1 + before.matches('\n').count(), 1 + before[line_start..].chars().count())
}
