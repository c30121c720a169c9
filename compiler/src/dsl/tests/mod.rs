//! Tests of the front end as a whole: text to tree, tree to text, and what is said of mistakes.

mod declarations;
mod errors;
mod expressions;
mod generated;
mod hostile;
mod layout;
mod trees;

use crate::ast;
use crate::diag::{Diagnostics, render};
use crate::dsl::parse;

/// Parses a text that has no mistakes.
fn parsed(source: &str) -> ast::File {
    let mut diagnostics = Diagnostics::new();
    let file = parse(source, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, "test.ptn", source, false));
    file
}

/// The codes of a text's mistakes, in the order of their places.
fn codes(source: &str) -> Vec<&'static str> {
    let mut diagnostics = Diagnostics::new();
    parse(source, &mut diagnostics);
    diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

/// The only mistake of a text as `code message; help`.
fn mistake(source: &str) -> String {
    let mut diagnostics = Diagnostics::new();
    parse(source, &mut diagnostics);
    let all: Vec<String> = diagnostics
        .iter()
        .map(|one| format!("{} {}; {}", one.code, one.message, one.help.as_deref().unwrap_or("")))
        .collect();
    all.join("\n")
}

/// Compares what texts give with what they should, and shows all differences.
fn compare(cases: &[(&str, &str)], found: impl Fn(&str) -> String) {
    let differences: Vec<String> = cases
        .iter()
        .map(|(source, expected)| (source, expected, found(source)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(source, expected, found)| format!("{source}\n  expected {expected}\n  found    {found}\n"))
        .collect();
    assert!(differences.is_empty(), "{}", differences.concat());
}

/// The tree without spans and comments, to be compared.
fn shape(file: &ast::File) -> String {
    let file = ast::File { comments: ast::Comments::default(), ..file.clone() };
    let text = format!("{file:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find("Span { start") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[rest.find('}').map_or(rest.len(), |end| end + 1)..];
    }
    out + rest
}

/// The rule file of the language's documentation.
const CARDS: &str = r#"/// A card authorisation.
event Auth {
    card:     str,
    amount:   f64,
    country:  str,
    approved: bool,
    at:       timestamp(ms),
} time at lateness 5s

/// Three or more small approvals, then a large one, on one card, within ten minutes.
pattern CardTesting
    partition by card
    match  small: Auth[approved and amount < 5.0]{3,} -> big: Auth[approved and amount > 500.0]
    within 10m
    emit   { card: big.card, probes: count(small), since: first(small).at, amount: big.amount }

/// Approved in two countries within an hour.
pattern ImpossibleTravel
    partition by card
    match  a: Auth[approved] -> b: Auth[approved and country != a.country]
    within 1h
    emit   { card: a.card, from: a.country, to: b.country, gap: b.at - a.at }

/// A decline that is not followed by an approval within 30 s.
pattern Abandoned
    partition by card
    match  d: Auth[not approved] -> !Auth[approved]
    within 30s
    emit   { card: d.card, at: d.at }

/// Spend by country, every five minutes.
query Spend
    from   Auth[approved]
    window tumbling 5m
    group  by country
    emit   { country, total: sum(amount), n: count(), dearest: max(amount), from: window.start }
    having n > 100

/// Rules compose: what a rule emits is an event type of the rule's name.
pattern SpendJump
    partition by country
    match  x: Spend => y: Spend[total > 3.0 * x.total]
    emit   { country: y.country, before: x.total, after: y.total }
"#;
