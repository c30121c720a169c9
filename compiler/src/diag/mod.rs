//! What the compiler tells the user about a rule text: collected diagnostics with codes, places and ways out.
//!
//! Not for exceeded run-time bounds (typed errors of the runtime) and not for our own bugs (panics).

mod code;
mod codes;
mod render;
mod suggest;

pub use code::{Severity, errors_page};
pub use codes::Code;
pub use render::{render, to_json};
pub use suggest::did_you_mean;

use crate::span::Span;

/// One mistake or doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind; gives the severity and the long explanation.
    pub code: Code,
    /// The place that the user has to look at first.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Texts at places; if there is none at `span`, the message's place is shown bare.
    pub labels: Vec<(Span, String)>,
    /// The way out.
    pub help: Option<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic of `code` at `span`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, span, message: message.into(), labels: Vec::new(), help: None, notes: Vec::new() }
    }

    /// Adds a text at a place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push((span, text.into()));
        self
    }

    /// Sets the way out.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Adds a note.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Collects diagnostics. Keeps the first [`Diagnostics::KEPT_MAX`] errors, so that hostile input cannot fill the memory.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    dropped: usize,
}

impl Diagnostics {
    /// How many diagnostics are kept; more are counted only.
    pub const KEPT_MAX: usize = 200;

    /// An empty collector.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds a diagnostic; one of the same code at the same place as an earlier one is dropped.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity() == Severity::Error {
            self.errors += 1;
        }
        let same = |kept: &Diagnostic| kept.code == diagnostic.code && kept.span == diagnostic.span;
        if self.list.len() >= Self::KEPT_MAX {
            self.dropped += 1;
        } else if !self.list.iter().any(same) {
            self.list.push(diagnostic);
        }
    }

    /// Whether there is an error among them; warnings are none.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How many were counted but not kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// The kept diagnostics in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code.as_str()));
        sorted.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_without_repeats_and_bounded() {
        let mut all = Diagnostics::new();
        for start in (0..500).rev() {
            all.push(Diagnostic::new(Code::UnexpectedToken, Span::new(start, start + 1), "unexpected"));
            all.push(Diagnostic::new(Code::UnexpectedToken, Span::new(start, start + 1), "again"));
        }
        assert!(all.has_errors());
        assert_eq!(all.len(), Diagnostics::KEPT_MAX);
        assert!(all.dropped() > 0);
        assert!(all.iter().zip(all.iter().skip(1)).all(|(a, b)| a.span < b.span));
    }

    #[test]
    fn warnings_are_no_errors() {
        let mut all = Diagnostics::new();
        all.push(Diagnostic::new(Code::UnusedField, Span::new(0, 1), "never read"));
        assert!(!all.has_errors());
        assert!(!all.is_empty());
    }
}
