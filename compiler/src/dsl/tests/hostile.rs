//! Input made to break the parser: it must answer in time, without panic or deep recursion.

use super::codes;
use crate::diag::Diagnostics;
use crate::dsl::{SOURCE_BYTES_MAX, parse, print};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Generous, as debug builds on a shared machine are slow; anything quadratic takes hours.
const TIME_MAX: Duration = Duration::from_secs(60);

fn in_time(source: &str) -> Vec<&'static str> {
    let start = Instant::now();
    let found = codes(source);
    assert!(start.elapsed() < TIME_MAX, "{:?} for {} bytes", start.elapsed(), source.len());
    found
}

#[test]
fn a_mebibyte_of_brackets() {
    for bracket in ["(", "[", "{", ")", "(]", "([{"] {
        let count = SOURCE_BYTES_MAX / bracket.len() - 100;
        assert!(!in_time(&bracket.repeat(count)).is_empty());
        assert!(!in_time(&format!("pattern P match A[{}", bracket.repeat(count))).is_empty());
    }
}

#[test]
fn much_of_anything() {
    for piece in [
        "a",
        "1",
        "1.",
        "\"",
        "'",
        "`",
        "/*",
        "/**/",
        "//\n",
        "///\n",
        "- ",
        "not ",
        "if ",
        "a or ",
        "a.",
        "->",
        "A -> ",
        "A | ",
        "!",
        "event ",
        "event A {",
        "pattern P match A ",
        "f(a, ",
        "@",
        "\\",
        "é",
        "\r",
        "x:i64,",
        "\u{FEFF}",
        "in (",
        "A{1}",
        "A+",
        "a,",
        "{a,}",
        "' `",
        "(if ",
        "/*\n*/ ",
        "a/**/.",
        ";",
        "\"\\",
    ] {
        let count = (SOURCE_BYTES_MAX / 8) / piece.len();
        in_time(&piece.repeat(count));
        for head in
            ["event A { ", "pattern P match A[a + ", "pattern P match A ", "query Q from A emit { a, "]
        {
            in_time(&(head.to_string() + &piece.repeat(count / 4)));
        }
    }
}

#[test]
fn long_chains_are_refused_or_flat() {
    for (piece, last) in [("a or ", "a"), ("a + ", "a"), ("not ", "a"), ("- ", "a"), ("a ?? ", "a")] {
        let source = |count: usize| format!("pattern P match A[{}{last}]", piece.repeat(count));
        assert_eq!(in_time(&source(255)), [""; 0], "{piece}");
        assert_eq!(in_time(&source(256)), ["P0603"], "{piece}");
        assert_eq!(in_time(&source(10_000)), ["P0603"], "{piece}");
    }
    assert_eq!(in_time(&format!("pattern P match A[a{}]", ".b".repeat(10_000))), ["P0603"]);
    assert_eq!(in_time(&format!("pattern P match A[a{}]", " as i64".repeat(10_000))), ["P0603"]);
    assert_eq!(in_time(&format!("pattern P match A[a in ({}1)]", "1, ".repeat(10_000))), [""; 0]);
    assert_eq!(in_time(&format!("pattern P match {}A", "A -> ".repeat(10_000))), [""; 0]);
}

#[test]
fn the_deepest_nesting_that_is_allowed() {
    // On a thread with a small stack, as later users may have.
    let deepest = || {
        for (open, close) in
            [("(", ")"), ("f(", ")"), ("a in (", ")"), ("-(", ")"), ("if ", " then a else a")]
        {
            let source = format!("pattern P match A[{}a{}]", open.repeat(62), close.repeat(62));
            assert_eq!(codes(&source), [""; 0], "{open}");
            let mut diagnostics = Diagnostics::new();
            let printed = print(&parse(&source, &mut diagnostics));
            assert_eq!(codes(&printed), [""; 0], "{printed}");
        }
        let source = format!("pattern P match {}A{}", "(".repeat(64), "){1}".repeat(64));
        assert_eq!(codes(&source), [""; 0]);
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(deepest).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn too_long_a_source() {
    assert_eq!(in_time(&" ".repeat(SOURCE_BYTES_MAX + 1)), ["P0601"]);
    assert_eq!(in_time(&" ".repeat(SOURCE_BYTES_MAX)), [""; 0]);
}

/// Texts of tokens that have a meaning somewhere.
fn token_soup() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "event",
        "pattern",
        "query",
        "match",
        "A",
        "a:",
        "->",
        "=>",
        "~>",
        "!",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "+",
        "*",
        "?",
        "|",
        "&",
        "1",
        "1.5",
        "5s",
        "\"x\"",
        "'y'",
        "@2013-01-01T10:00:00Z",
        "x",
        "not",
        "-",
        "and",
        "or",
        "==",
        "=",
        "is",
        "null",
        "in",
        "between",
        "as",
        "i64",
        "if",
        "then",
        "else",
        "emit",
        "where",
        "within",
        "from",
        "window",
        "group",
        "by",
        "having",
        "partition",
        "limit",
        "runs",
        "time",
        "lateness",
        "///",
        "//",
        "/*",
        "*/",
        "\n",
        "`",
        ";",
        ":",
        "for",
        "distinct",
        "filter",
        "count",
        "é",
        "timestamp",
        "\\",
    ]);
    prop::collection::vec(tokens, 0..40).prop_map(|tokens| tokens.join(" "))
}

/// What must hold of any text.
fn survives(source: &str) {
    let mut diagnostics = Diagnostics::new();
    let file = parse(source, &mut diagnostics);
    crate::diag::render(&diagnostics, "x", source, false);
    crate::diag::to_json(&diagnostics, source);
    for diagnostic in diagnostics.iter() {
        assert!(diagnostic.span.end as usize <= source.len() && diagnostic.span.start <= diagnostic.span.end);
        assert!(
            source.is_char_boundary(diagnostic.span.start as usize)
                && source.is_char_boundary(diagnostic.span.end as usize)
        );
    }
    if diagnostics.is_empty() {
        let printed = print(&file);
        assert_eq!(print(&super::parsed(&printed)), printed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(source in ".{0,200}") {
        survives(&source);
    }

    #[test]
    fn any_tokens_are_survived(source in token_soup()) {
        survives(&source);
        survives(&format!("pattern P match A[x] {source}"));
    }

    #[test]
    fn a_damaged_file_is_survived(at in 0..super::CARDS.len(), length in 0usize..30, insert in ".{0,3}") {
        let mut source = super::CARDS.to_string();
        source.replace_range(at..(at + length).min(super::CARDS.len()), &insert);
        survives(&source);
    }
}
