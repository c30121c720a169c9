//! Aggregates in patterns.

use super::*;
use crate::hir::{EmitValue, ExprKind};
use crate::scalar::Kind;

/// The kind of what `P` emits as `x`, for `a: A+ -> b: B`.
#[track_caller]
fn kind(value: &str, expected: Kind) {
    let program = program(&format!("pattern P match a: A+ -> b: B emit {{ x: {value} }}"));
    assert_eq!(program.types[3].fields[0].ty.kind, expected, "{value}");
}

#[test]
fn kinds_of_results() {
    kind("count(a)", Kind::I64);
    kind("count(a.n)", Kind::I64);
    kind("sum(a.v)", Kind::I64);
    kind("sum(a.w)", Kind::F64);
    kind("sum(a.d)", Kind::Duration);
    kind("avg(a.v)", Kind::F64);
    kind("avg(a.d)", Kind::Duration);
    kind("stddev(a.v * a.w)", Kind::F64);
    kind("min(a.s)", Kind::Str);
    kind("max(a.t)", Kind::Timestamp);
    kind("first(a).s", Kind::Str);
    kind("last(a).v + first(a).v", Kind::I64);
    kind("min(b.v, 3)", Kind::I64);
    kind("max(last(a).w, b.v)", Kind::F64);
    kind("sum(if a.v > 3 then 1.0 else 0)", Kind::F64);
}

#[test]
fn lists() {
    let program = program("pattern P match a: A+ -> b: B emit { x: collect(a.v + 1), a, y: a, b }");
    let emit = &program.rules[0].emit;
    assert!(
        matches!(&emit[0].value, EmitValue::List { item, .. } if matches!(item.kind(), ExprKind::Binary(..)))
    );
    assert!(matches!(emit[1].value, EmitValue::Records(_)));
    assert!(matches!(emit[2].value, EmitValue::Records(_)));
    assert!(matches!(emit[3].value, EmitValue::Record(_)));
    assert_eq!(program.types[3].fields.len(), 0);
}

#[track_caller]
fn refused(value: &str, expected: &[(Code, &str)]) {
    errors(&format!("pattern P match a: A+ -> b: B -> c: B+ -> d: B emit {{ x: {value} }}"), expected);
}

#[test]
fn what_is_refused() {
    refused("sum(b.v)", &[(Code::SingleVariable, "sum(b.v)")]);
    refused("count(b)", &[(Code::SingleVariable, "count(b)")]);
    refused("first(b).v", &[(Code::SingleVariable, "first(b).v")]);
    refused("sum(a.v * c.v)", &[(Code::AggregateVariables, "sum(a.v * c.v)")]);
    refused("sum(a.v * b.v)", &[(Code::AggregateVariables, "sum(a.v * b.v)")]);
    refused("sum(1)", &[(Code::AggregateVariables, "sum(1)")]);
    refused("sum(x.v)", &[(Code::UnknownVariable, "x")]);
    refused("sum(a.x)", &[(Code::UnknownField, "x")]);
    refused("sum(a)", &[(Code::ArgumentType, "sum(a)")]);
    refused("sum(a.s)", &[(Code::ArgumentType, "sum(a.s)")]);
    refused("first(a)", &[(Code::EventAsValue, "first(a)")]);
    refused("first(a.v)", &[(Code::AggregateVariables, "first(a.v)")]);
    refused("max(sum(a.v))", &[(Code::NestedAggregate, "sum(a.v)")]);
    refused("sum(last(a).v)", &[(Code::NestedAggregate, "last(a).v")]);
    refused("count()", &[(Code::ArgumentCount, "count()")]);
    refused("collect(a.v) == 1", &[(Code::CollectHere, "collect(a.v)")]);
    refused("collect(a)", &[(Code::ArgumentType, "collect(a)")]);
    refused("median(a.v)", &[(Code::AggregateHere, "median(a.v)")]);
    refused("count(distinct a.v)", &[(Code::NotExecuted, "count(distinct a.v)")]);
    refused("abs(distinct b.v)", &[(Code::NotAnAggregate, "abs(distinct b.v)")]);
    refused("sum(b.v) filter (where b.v > 1)", &[(Code::NotExecuted, "sum(b.v) filter (where b.v > 1)")]);
}

#[test]
fn in_guards() {
    errors("pattern P match a: A[sum(v) > 1]+ -> b: B", &[(Code::AggregateVariables, "sum(v)")]);
    errors("pattern P match a: A[v > avg(a.v) ?? 0.0]+ -> b: B[v > count(a) and w > max(a.w)]", &[]);
    errors("event D { x: i64, t: timestamp } time (max(t))", &[(Code::AggregateHere, "max(t)")]);
}
