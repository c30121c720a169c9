//! Clauses of patterns and queries: partition, limit, emit, where, having.

use super::*;
use crate::hir::ExprKind;
use crate::hir::{EmitValue, FieldId, Policy, TypeId, VarId};

#[test]
fn partitions() {
    let rule = pattern("pattern P partition by k, s match a: A -> !B for 5s emit { k }");
    assert_eq!(rule.types, [TypeId(0), TypeId(1)]);
    assert_eq!(rule.keys, [[FieldId(6), FieldId(5)], [FieldId(2), FieldId(2)]]);
    let rule = pattern("pattern P partition by C.v = A.v = B.v match a: A -> b: B -> c: C");
    assert_eq!(rule.keys, [[FieldId(0), FieldId(0), FieldId(0)]]);
}

#[test]
fn partitions_that_do_not_fit() {
    errors("pattern P partition by s match a: A -> !C -> b: B", &[(Code::PartitionField, "s")]);
    errors(
        "pattern P partition by k match a: A -> c: C emit { k, x: j }",
        &[(Code::PartitionField, "k"), (Code::UnknownVariable, "j")],
    );
    errors("pattern P partition by n match a: A -> b: B", &[(Code::PartitionField, "n")]);
    errors("pattern P partition by A.v = B.v match a: A -> c: C", &[(Code::PartitionField, "B.v")]);
    errors(
        "pattern P partition by A.v = B.v match a: A -> b: B -> c: C",
        &[(Code::PartitionField, "A.v = B.v")],
    );
    errors("pattern P partition by A.v = A.n = B.v match a: A -> b: B", &[(Code::PartitionField, "A.n")]);
    errors("pattern P partition by A.v = B.w match a: A -> b: B", &[(Code::PartitionField, "B.w")]);
    errors(
        "pattern P partition by A.x = Z.w match a: A -> b: B",
        &[(Code::UnknownField, "x"), (Code::UnknownEvent, "Z")],
    );
}

#[test]
fn the_key_is_a_bare_name_behind_the_pattern() {
    let program =
        program("pattern P partition by s match (a: A | b: B) -> c: B where s != \"\" emit { s, again: s }");
    for emit in &program.rules[0].emit {
        assert!(
            matches!(&emit.value, EmitValue::Scalar(expr) if matches!(expr.kind(), ExprKind::Var(VarId(2), FieldId(2))))
        );
    }
    errors("pattern P partition by s match a: A{3} emit { s }", &[(Code::UnknownVariable, "s")]);
    errors("pattern P match a: A -> b: A[s == a.s] emit { s }", &[(Code::UnknownVariable, "s")]);
}

#[test]
fn emitted_names() {
    errors(
        "pattern P match a: A -> b: B emit { a.v, v: b.v, type: a.s, ts: b.t, b, b: b.w }",
        &[
            (Code::DuplicateOutput, "v"),
            (Code::ReservedOutput, "type"),
            (Code::ReservedOutput, "ts"),
            (Code::DuplicateOutput, "b"),
        ],
    );
    errors("pattern P match ts: A", &[(Code::ReservedOutput, "ts")]);
    errors("pattern P match A -> B", &[(Code::NothingToEmit, "A -> B")]);
    errors("pattern P match a: A emit { x: null, y: null as f64 }", &[(Code::UntypedNull, "null")]);
}

#[test]
fn limits() {
    let rule = pattern("pattern P match a: A limit runs 5 drop new, partitions 7 fail, repetition 9");
    assert_eq!((rule.limits.runs.max, rule.limits.runs.policy), (5, Policy::DropNew));
    assert_eq!((rule.limits.partitions.max, rule.limits.partitions.policy), (7, Policy::Fail));
    assert_eq!((rule.limits.repetition.max, rule.limits.repetition.policy), (9, Policy::DropNew));
    errors(
        "pattern P match a: A limit runs 0, runs 2, partitions 3 drop oldest",
        &[(Code::BadLimit, "0"), (Code::BadLimit, "runs 2"), (Code::BadLimit, "drop oldest")],
    );
}

#[test]
fn plain_queries() {
    let program = program("query Q from A[f] emit { v, twice: v * 2, s } having twice > 5 and w > 1.0");
    let RuleBody::Select(select) = &program.rules[0].body else { panic!("a query") };
    assert_eq!(select.from, TypeId(0));
    assert!(select.guard.is_some() && select.having.is_some());
    let names: Vec<&str> = program.types[3].fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["v", "twice", "s"]);
    errors(
        "query Q from A[v] emit { x: a.v, y: z } having x > 1 and q",
        &[
            (Code::NotABool, "v"),
            (Code::UnknownVariable, "a"),
            (Code::UnknownField, "z"),
            (Code::UnknownField, "q"),
        ],
    );
}

#[test]
fn queries_that_aggregate() {
    let program = program(
        "query Q from A[f] window tumbling 5m group by s, v % 2 emit { s, odd: v % 2 == 1, n: count(), t: window.start, all: collect(v) } having n > 5 and count() > 1 and sum(v) > 3",
    );
    let RuleBody::Window(window) = &program.rules[0].body else { panic!("a window") };
    assert_eq!((window.keys.len(), window.aggregates.len()), (2, 3), "count() is one aggregate");
    let names: Vec<&str> = program.types[3].fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["s", "odd", "n", "t"], "a list is no field");
}

#[test]
fn mistakes_in_queries_that_aggregate() {
    errors(
        "query Q from A window tumbling 5m group by kk emit { v, n: count(x), m: max(count()) }",
        &[(Code::UnknownField, "kk"), (Code::UnknownField, "x"), (Code::NestedAggregate, "count()")],
    );
    errors(
        "query Q from A window last 3 group by s emit { v, t: window.end, c: sum(f) }",
        &[(Code::UngroupedField, "v"), (Code::WindowHere, "window.end"), (Code::ArgumentType, "f")],
    );
    errors(
        "query Q from A[max(v) > 1] emit { t: window.start }",
        &[(Code::AggregateHere, "max(v)"), (Code::WindowHere, "window.start")],
    );
}
