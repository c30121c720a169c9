//! Warnings of style, and of what is never read.

use super::*;

#[track_caller]
fn warned(source: &str, expected: &[(Code, &str)]) {
    let (program, diagnostics) = run(source);
    assert!(program.is_some(), "{}", shown(&diagnostics, source));
    let found: Vec<(Code, &str)> =
        diagnostics.iter().map(|diagnostic| (diagnostic.code, &source[diagnostic.span.range()])).collect();
    assert_eq!(found, expected, "{}", shown(&diagnostics, source));
}

#[test]
fn style() {
    warned(
        "event my_event { aB: i64, x_2: i64 } pattern p match myVar: my_event emit { Out: myVar.aB, x: myVar.x_2 }",
        &[
            (Code::TypeStyle, "my_event"),
            (Code::NameStyle, "aB"),
            (Code::TypeStyle, "p"),
            (Code::NameStyle, "myVar"),
            (Code::NameStyle, "Out"),
        ],
    );
    warned(
        "event HTTPError { code: i64 } event _Odd { _x: i64 } pattern X5 match _a: HTTPError emit { one: _a.code }",
        &[],
    );
}

#[test]
fn unread() {
    warned(
        "event E { x: i64, y: i64, z: i64, t: timestamp } time t
         pattern P match a: E[x > 1] -> b: E{2} -> c: E -> d: E after match skip to first d emit { n: c.x }",
        &[(Code::UnusedField, "y"), (Code::UnusedVariable, "a"), (Code::UnusedVariable, "b")],
    );
    warned("event E { x: i64, y: i64 } pattern P match a: E", &[]);
    warned(
        "event E { x: i64, y: i64 } pattern P partition by x match a: E+ -> b: E emit { n: count(a), s: sum(a.y), b: b.x }",
        &[],
    );
    warned("event E { x: i64 } event F { y: i64 } query Q from E[x > 1] emit { one: 1 }", &[]);
    warned(
        "event E { x: i64, y: i64 } pattern P match a: E{2} emit { ys: collect(a.y) }",
        &[(Code::UnusedField, "x")],
    );
}
