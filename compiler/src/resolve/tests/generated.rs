//! Whatever is written, resolution neither panics nor gives a result together with an error.

use super::*;
use proptest::prelude::*;

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_string)
}

fn expr() -> impl Strategy<Value = String> {
    const LEAVES: &[&str] = &[
        "v",
        "w",
        "s",
        "t",
        "n",
        "d",
        "f",
        "zz",
        "a.v",
        "b.n",
        "c.t",
        "e.s",
        "a",
        "b",
        "1",
        "0",
        "2.5",
        "\"x\"",
        "null",
        "true",
        "5s",
        "@2013-01-01T10:00:00Z",
        "last(a).v",
        "first(b).w",
        "count(c)",
        "window.start",
    ];
    const BINARY: &[&str] = &["+", "-", "*", "/", "%", "==", "<", "and", "or", "??"];
    const CALLS: &[&str] = &[
        "abs", "max", "min", "sum", "collect", "coalesce", "nullif", "concat", "hash", "avg", "count",
        "first",
    ];
    const TYPES: &[&str] = &["i64", "f64", "str", "bool", "timestamp", "duration"];
    word(LEAVES).prop_recursive(4, 24, 3, |inner| {
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), word(BINARY), inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (word(CALLS), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(f, args)| format!("{f}({})", args.join(", "))),
            (inner.clone(), word(TYPES)).prop_map(|(a, ty)| format!("(({a}) as {ty})")),
            inner.clone().prop_map(|a| format!("(not ({a}))")),
            inner.clone().prop_map(|a| format!("(({a}) is null)")),
            three.clone().prop_map(|(a, b, c)| format!("(({a}) in (({b}), ({c})))")),
            three.clone().prop_map(|(a, b, c)| format!("(({a}) between ({b}) and ({c}))")),
            three.prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
        ]
    })
}

fn rule_pattern() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &["", "a: ", "b: ", "c: ", "e: "];
    const TYPES: &[&str] = &["A", "B", "C", "P", "Q", "Zz"];
    const ARROWS: &[&str] = &["->", "=>", "~>", "-> !A ->", "-> !B[v > a.v] =>", "|", "&"];
    const QUANTIFIERS: &[&str] = &["", "+", "*", "?", "{2}", "{1}", "{2,3}+", "++", "{0}"];
    let step = (word(NAMES), word(TYPES), prop::option::weighted(0.3, expr()));
    let step = step.prop_map(|(name, ty, guard)| match guard {
        Some(guard) => format!("{name}{ty}[{guard}]"),
        None => format!("{name}{ty}"),
    });
    step.prop_recursive(3, 10, 2, |inner| {
        (inner.clone(), word(ARROWS), inner, word(QUANTIFIERS))
            .prop_map(|(a, arrow, b, quantifier)| format!("({a} {arrow} {b}){quantifier}"))
    })
}

proptest! {
    #[test]
    fn queries(guard in expr(), value in expr(), having in expr()) {
        consistent(&format!("query Q from A[{guard}] emit {{ x: {value} }} having {having}"));
    }

    #[test]
    fn patterns(
        pattern in rule_pattern(),
        end in word(&["", "-> !B", "-> !B for 5s", "-> !B within 5s", "within 5s", "within 3 events"]),
        condition in expr(),
        value in expr(),
        partition in word(&["", "partition by k", "partition by s, v", "partition by A.v = B.v"]),
    ) {
        consistent(&format!("pattern P {partition} match {pattern} {end} emit {{ x: {value}, y: {condition} }} query Q from P emit {{ x }}"));
    }
}

fn consistent(rules: &str) {
    let (program, diagnostics) = run(&format!("{EVENTS}{rules}"));
    assert_eq!(program.is_none(), diagnostics.has_errors(), "{rules}");
}
