//! The formatter's layout, and where comments go.

use super::{CARDS, parsed, shape};
use crate::dsl::print;
use proptest::prelude::*;

/// Prints a text, and checks what holds of every printing.
fn formatted(source: &str) -> String {
    let file = parsed(source);
    let printed = print(&file);
    let again = parsed(&printed);
    assert_eq!(shape(&again), shape(&file), "{printed}");
    assert_eq!(print(&again), printed);
    printed
}

#[test]
fn the_documented_file_is_canonical() {
    assert_eq!(formatted(CARDS), CARDS);
}

#[test]
fn every_clause() {
    let source =
        "pattern P partition by A.x=B.y,z match a:A[not(x>1)]{3}->(b:B|c:C) where a.x==b.x within 90m \
                  after match skip to first a limit runs 10 drop new,partitions 5,  partition  idle 90m emit{} \
                  query Q from A window hopping 1h every 5m group by x,y having n>1 emit partial{x}"
            .replace("emit partial", "emit");
    let expected = "\
pattern P
    partition by A.x = B.y, z
    match  a: A[not x > 1]{3} -> (b: B | c: C)
    where  a.x == b.x
    within 1h30m
    after match skip to first a
    limit  runs 10 drop new, partitions 5, partition idle 1h30m
    emit   {}

query Q
    from   A
    window hopping 1h every 5m
    group  by x, y
    emit   { x }
    having n > 1
";
    assert_eq!(formatted(&source), expected);
}

#[test]
fn parentheses_are_minimal() {
    for (source, expected) in [
        ("((a) or (b and (c)))", "a or b and c"),
        ("(a or b) and c", "(a or b) and c"),
        ("a - (b - c) - (d * e)", "a - (b - c) - d * e"),
        ("(a == b) == (c == d)", "(a == b) == (c == d)"),
        ("not (not (a == b))", "not not a == b"),
        ("(not a) == b", "(not a) == b"),
        ("-(5) + -(-5) + -(-x)", "-(5) + -(-5) + --x"),
        (
            "(if a then b else c) + (if a then b else (c + 1))",
            "(if a then b else c) + (if a then b else c + 1)",
        ),
        ("(a + b) as f64 + (-a as f64)", "(a + b) as f64 + -a as f64"),
        ("(a ?? b) between (c + 1) and (d or e)", "a ?? b between c + 1 and (d or e)"),
        ("(first(b)).f + (5).f + (a + b).f", "first(b).f + (5).f + (a + b).f"),
        ("x in ((1), (2 or 3))", "x in (1, 2 or 3)"),
        ("(x is null) is not null", "(x is null) is not null"),
        ("1.0e0 + 1_000 + 60s + @2013-01-01T12:00:00.50+02:00", "1.0 + 1000 + 1m + @2013-01-01T10:00:00.5Z"),
        ("`x` + `where`.`event`", "x + `where`.`event`"),
    ] {
        let printed = formatted(&format!("pattern P match A[{source}]"));
        assert_eq!(printed, format!("pattern P\n    match  A[{expected}]\n"), "{source}");
    }
}

#[test]
fn long_lines_are_broken() {
    let condition = "a.some_rather_long_name == b.some_rather_long_name";
    let source = format!(
        "pattern P match a: A[some_rather_long_name > 5.0]{{3,}} -> !C[{condition}] -> b: B[some_rather_long_name > 6.0] \
         where {condition} and ({condition} or {condition}) and {condition} \
         emit {{ first_name: a.some_rather_long_name, second_name: b.some_rather_long_name, n: count(a) }}"
    );
    let expected = format!(
        "\
pattern P
    match  a: A[some_rather_long_name > 5.0]{{3,}}
           -> !C[{condition}]
           -> b: B[some_rather_long_name > 6.0]
    where  {condition}
           and ({condition} or {condition})
           and {condition}
    emit   {{
        first_name: a.some_rather_long_name,
        second_name: b.some_rather_long_name,
        n: count(a),
    }}
"
    );
    assert_eq!(formatted(&source), expected);
}

#[test]
fn comments_stay_where_they_belong() {
    let source = "\
// The file.

// Of the event.
/// Doc.
event A { // Of x.
    x: i64, // Behind x.
    /* Of y. */ y /* In y. */ : str,
    // At the end.
} /* Before time. */ time x // Behind the event.
pattern P // Behind the name.
    // Of match.
    match A[x > /* five */ 5] // Behind match.
    emit { a: x, // Behind a.
        // Of b.
        b: y
        // At the end.
    }
// At the file's end.

/* The
   last. */
";
    let expected = "\
// The file.

// Of the event.
/* Before time. */
/// Doc.
event A {
    // Of x.
    x: i64, // Behind x.
    /* Of y. */
    /* In y. */
    y: str,
    // At the end.
} time x // Behind the event.

pattern P
    // Behind the name.
    // Of match.
    /* five */
    match  A[x > 5] // Behind match.
    emit   {
        a: x, // Behind a.
        // Of b.
        b: y,
        // At the end.
    }

// At the file's end.
/* The
   last. */
";
    assert_eq!(formatted(source), expected);
}

/// Offsets in `source` between tokens, where a comment may stand.
fn gaps(source: &str) -> Vec<usize> {
    let at_line_start = |at: usize| source[..at].ends_with('\n') || source[..at].ends_with("    ");
    let blank = |at: &usize| source[..*at].ends_with([' ', '\n']);
    let in_doc =
        |at: usize| source[..at].lines().next_back().is_some_and(|line| line.trim_start().starts_with("///"));
    (0..=source.len()).filter(|at| blank(at) && (at_line_start(*at) || !in_doc(*at))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_comment_is_lost(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..8),
    ) {
        let gaps = gaps(CARDS);
        let mut places: Vec<(usize, bool)> = places.iter().map(|(index, line)| (*index.get(&gaps), *line)).collect();
        places.sort();
        let mut source = CARDS.to_string();
        for (number, (at, line)) in places.iter().enumerate().rev() {
            let comment = if *line { format!("// c{number}\n") } else { format!("/* c{number} */ ") };
            source.insert_str(*at, &comment);
        }
        let printed = formatted(&source);
        for number in 0..places.len() {
            prop_assert_eq!(printed.matches(&format!(" c{number}")).count(), 1, "{}", printed);
        }
    }
}
