//! The examples of the explanations: the wrong one has the mistake, the right one has none.

use super::{run, shown};
use crate::diag::{Code, Severity};

/// Codes whose wrong example only stands for something too long, or is refused by `lower`.
const STANDS_FOR_ANOTHER: [Code; 2] = [Code::SourceTooLong, Code::PatternTooComplex];

fn with_events(example: &str) -> String {
    format!("{}\n{example}", Code::EXAMPLE_EVENTS)
}

/// What the language has and this version refuses.
fn refused(code: Code) -> bool {
    code.as_str().starts_with("P09")
}

#[test]
fn wrong_examples_are_wrong_for_the_reason_given() {
    // Those of the syntax are tested where it is.
    let resolved = |code: &&Code| !STANDS_FOR_ANOTHER.contains(code) && !code.as_str().starts_with("P01");
    for code in Code::all().iter().filter(resolved) {
        let source = with_events(code.examples().0);
        let (program, diagnostics) = run(&source);
        let found: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert!(found.contains(code), "{code}: {found:?}\n{}", shown(&diagnostics, &source));
        assert_eq!(program.is_none(), code.severity() == Severity::Error, "{code}: {found:?}");
        let other = |other: Code| other.severity() == Severity::Error && other != *code && !refused(other);
        assert!(!found.iter().any(|code| other(*code)), "{code} alone:\n{}", shown(&diagnostics, &source));
    }
}

#[test]
fn right_examples_are_right() {
    for code in Code::all().iter().filter(|code| !STANDS_FOR_ANOTHER.contains(code)) {
        let source = with_events(code.examples().1);
        let (_, diagnostics) = run(&source);
        let wrong = diagnostics.iter().any(|other| {
            other.code == *code || (other.severity() == Severity::Error && !refused(other.code))
        });
        assert!(!wrong, "{code}:\n{}", shown(&diagnostics, &source));
    }
}
