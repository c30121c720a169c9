//! Variables: what is bound where, once or several times, surely or not.

use super::*;

/// Name, repeated, optional.
#[track_caller]
fn variables(rules: &str, expected: &[(&str, bool, bool)]) {
    let rule = pattern(rules);
    let found: Vec<_> = rule
        .variables
        .iter()
        .map(|variable| (variable.name.as_str(), variable.repeated, variable.optional))
        .collect();
    assert_eq!(found, expected);
}

/// Whether the field emitted as `x` may be null.
#[track_caller]
fn nullable(rules: &str, expected: bool) {
    let program = program(rules);
    let field = program.types[3].fields.iter().find(|field| field.name == "x").expect("x is emitted");
    assert_eq!(field.ty.nullable, expected, "{rules}");
}

#[test]
fn repeated_and_optional() {
    variables(
        "pattern P match a: A -> (b: B | c: C) -> d: A{2} -> e: B? -> f: A",
        &[
            ("a", false, false),
            ("b", false, true),
            ("c", false, true),
            ("d", true, false),
            ("e", false, true),
            ("f", false, false),
        ],
    );
    variables(
        "pattern P match (a: A -> b: B?)+ -> c: C* -> (d: A -> e: A{1})? -> f: A",
        &[
            ("a", true, false),
            ("b", true, true),
            ("c", true, true),
            ("d", false, true),
            ("e", false, true),
            ("f", false, false),
        ],
    );
}

#[test]
fn null_where_a_variable_may_be_unbound() {
    nullable("pattern P match a: A -> b: B emit { x: b.v }", false);
    nullable("pattern P match a: A -> b: B? -> c: C emit { x: b.v }", true);
    nullable("pattern P match a: A -> (b: B | c: C) emit { x: c.v }", true);
    nullable("pattern P match a: A -> (b: B | c: C) emit { x: b.v ?? c.v ?? a.v }", false);
    nullable("pattern P match a: A+ -> b: B emit { x: last(a).v }", false);
    nullable("pattern P match a: A* -> b: B emit { x: last(a).v }", true);
    nullable("pattern P match a: A* -> b: B emit { x: count(a) }", false);
    nullable("pattern P match a: A+ -> b: B emit { x: sum(a.w) }", false);
    nullable("pattern P match a: A+ -> b: B emit { x: sum(a.v) }", true);
    nullable("pattern P match a: A+ -> b: B emit { x: max(a.n) }", true);
}

#[test]
fn within_its_side_or_group_a_variable_is_certain() {
    // `??` warns where its left operand is never null.
    warnings("pattern P match a: A -> ((b: B -> c: C[v > b.v ?? 0]) | d: A)", &[(Code::NeverNull, "b.v")]);
    warnings(
        "pattern P match a: A -> (b: B -> c: C[v > b.v ?? 0])? -> d: A[v > b.v ?? 0]",
        &[(Code::NeverNull, "b.v")],
    );
    warnings("pattern P match (a: A -> b: B[v > a.v ?? 0]){3}", &[(Code::NeverNull, "a.v")]);
    warnings("pattern P match (a: A -> b: B[v > last(a).v ?? 0]){3}", &[(Code::NeverNull, "last(a).v")]);
    warnings("pattern P match a: A[v > last(a).v ?? 0]{3}", &[]);
    warnings("pattern P match (a: A[v > last(b).v ?? 0] -> b: B){3}", &[]);
}

#[test]
fn what_is_not_bound_yet() {
    errors("pattern P match a: A[v > b.v] -> b: B", &[(Code::NotYetBound, "b.v")]);
    errors("pattern P match a: A[v > count(b)] -> b: B{2}", &[(Code::NotYetBound, "b")]);
    errors("pattern P match a: A[a.v > 1]", &[(Code::NotYetBound, "a.v")]);
    errors("pattern P match a: A[a.v > 1]{2}", &[(Code::NotYetBound, "a.v")]);
    errors("pattern P match (a: A | b: B[v > a.v])", &[(Code::NotYetBound, "a.v")]);
    errors("pattern P match (a: A{2} & b: B[v > count(a)])", &[(Code::NotYetBound, "a")]);
    errors("pattern P match (a: A[v > b.v] -> b: B){2}", &[(Code::NotYetBound, "b.v")]);
    errors("pattern P match !A[v > b.v] for 5s -> b: B -> c: C", &[(Code::NotYetBound, "b.v")]);
    errors("pattern P match a: A -> !C[v > a.v + b.v] -> b: B", &[(Code::NotYetBound, "b.v")]);
    errors("pattern P match a: A -> !C[v > a.v] -> b: B -> !C[v > b.v] within 5s", &[]);
}

#[test]
fn repeated_ones_are_not_single() {
    errors("pattern P match a: A{2} -> b: B[v > a.v]", &[(Code::RepeatedVariable, "a.v")]);
    errors("pattern P match (a: A -> b: B[v > a.v]){2}", &[]);
    errors("pattern P match (a: A{2} -> b: B[v > a.v]){2}", &[(Code::RepeatedVariable, "a.v")]);
    errors("pattern P match (a: A -> b: B{2} -> c: C[v > a.v]){2}", &[]);
    errors("pattern P match (a: A -> (b: B -> c: C[v > a.v + b.v])+){2}", &[]);
    errors("pattern P match (a: A -> b: B){2} where a.v > 1", &[(Code::RepeatedVariable, "a.v")]);
    errors("pattern P match (a: A -> !C[v > a.v] -> b: B){2}", &[]);
}

#[test]
fn unknown_ones() {
    errors("pattern P match a: A -> b: B[v > aa.v]", &[(Code::UnknownVariable, "aa")]);
    errors("pattern P match a: A -> b: B[v > A.v]", &[(Code::UnknownVariable, "A")]);
    errors(
        "pattern P match a: A -> a: B[v > a.x]",
        &[(Code::DuplicateVariable, "a"), (Code::UnknownField, "x")],
    );
    errors(
        "pattern P match a: A -> b: B where c.v > 1 emit { v: b.v, w }",
        &[(Code::UnknownVariable, "c"), (Code::UnknownVariable, "w")],
    );
    errors("pattern P match a: A -> b: B after match skip to last c", &[(Code::UnknownVariable, "c")]);
}

#[test]
fn events_are_no_values() {
    errors("pattern P match a: A -> b: B[a > 1]", &[(Code::EventAsValue, "a")]);
    errors("pattern P match a: A -> b: B where a", &[(Code::EventAsValue, "a")]);
    errors("pattern P match a: A -> b: B emit { x: a.v.w }", &[(Code::UnknownField, "w")]);
}
