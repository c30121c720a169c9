//! Tests of resolution, through the parser: rule text in, HIR or diagnostics out.

mod aggregates;
mod clauses;
mod examples;
mod expressions;
mod generated;
mod lints;
mod names;
mod patterns;
mod variables;

use crate::diag::{Code, Diagnostics, Severity};
use crate::hir::{Expr, PatternRule, Program, RuleBody};
use crate::{dsl, resolve::resolve};

/// Events that most tests speak of.
const EVENTS: &str = "\
event A { v: i64, w: f64, s: str, t: timestamp(s), n: i64?, d: duration, k: str, f: bool } time t
event B { v: i64, w: f64, s: str, t: timestamp(ms), n: f64?, k: str } time t
event C { v: i64, t: timestamp, k: i64 } time t
";

fn run(source: &str) -> (Option<Program>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(source, &mut diagnostics);
    let program = resolve(&file, &mut diagnostics);
    (program, diagnostics)
}

fn shown(diagnostics: &Diagnostics, source: &str) -> String {
    crate::diag::render(diagnostics, "test.ptn", source, false)
}

/// The program of rules over [`EVENTS`], which must have no error.
#[track_caller]
fn program(rules: &str) -> Program {
    let source = format!("{EVENTS}{rules}");
    let (program, diagnostics) = run(&source);
    program.unwrap_or_else(|| panic!("{}", shown(&diagnostics, &source)))
}

/// The last rule of the text, a pattern.
#[track_caller]
fn pattern(rules: &str) -> PatternRule {
    match program(rules).rules.pop().expect("there is a rule").body {
        RuleBody::Pattern(pattern) => pattern,
        RuleBody::Select(_) | RuleBody::Window(_) => panic!("a pattern is expected"),
    }
}

/// The guard of a step `a: A[…]`.
#[track_caller]
fn guard(text: &str) -> Expr {
    let pattern = pattern(&format!("pattern P match a: A[{text}]"));
    let crate::hir::Element::Step(step) = &pattern.body.parts[0].element else {
        panic!("a step is expected")
    };
    step.guard.clone().expect("the step has a guard")
}

/// Rules over [`EVENTS`] have these mistakes and no others: each a code and the marked text.
#[track_caller]
fn errors(rules: &str, expected: &[(Code, &str)]) {
    check(rules, expected, Severity::Error);
}

/// As [`errors`], for warnings, in rules without errors; those of unread fields and variables aside.
#[track_caller]
fn warnings(rules: &str, expected: &[(Code, &str)]) {
    check(rules, expected, Severity::Warning);
}

#[track_caller]
fn check(rules: &str, expected: &[(Code, &str)], severity: Severity) {
    let source = format!("{EVENTS}{rules}");
    let (program, diagnostics) = run(&source);
    let found: Vec<(Code, &str)> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() == severity)
        .filter(|diagnostic| !matches!(diagnostic.code, Code::UnusedField | Code::UnusedVariable))
        .map(|diagnostic| (diagnostic.code, &source[diagnostic.span.range()]))
        .collect();
    assert_eq!(found, expected, "{}", shown(&diagnostics, &source));
    let wrong = severity == Severity::Error && !expected.is_empty();
    assert_eq!(program.is_none(), wrong, "{}", shown(&diagnostics, &source));
    for diagnostic in diagnostics.iter() {
        assert!(!diagnostic.message.ends_with('.'), "{}", diagnostic.message);
        let way_out = diagnostic.help.is_some() || diagnostic.code.as_str().starts_with("P01");
        assert!(way_out, "{} shows a way out", diagnostic.message);
    }
}
