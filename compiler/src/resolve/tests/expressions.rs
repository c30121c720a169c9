//! Expressions: types, nulls, functions.

use super::*;
use crate::hir::ExprKind;
use crate::scalar::{Kind, Type};

#[track_caller]
fn ty(expr: &str, kind: Kind, nullable: bool) {
    let program = program(&format!("query Q from A emit {{ x: {expr} }}"));
    assert_eq!(program.types[3].fields[0].ty, Type { kind, nullable }, "{expr}");
}

#[track_caller]
fn wrong(expr: &str, expected: &[(Code, &str)]) {
    errors(&format!("query Q from A emit {{ x: {expr} }}"), expected);
}

#[test]
fn arithmetic() {
    ty("v + 1", Kind::I64, true);
    ty("v + w", Kind::F64, false);
    ty("w * 2", Kind::F64, false);
    ty("v / 2", Kind::I64, true);
    ty("t - t", Kind::Duration, true);
    ty("t + d", Kind::Timestamp, true);
    ty("d + t", Kind::Timestamp, true);
    ty("t - 5s", Kind::Timestamp, true);
    ty("2 * d", Kind::Duration, true);
    ty("1.5 * d", Kind::Duration, true);
    ty("d / 2.0", Kind::Duration, true);
    ty("d / 1s", Kind::F64, true);
    ty("d % 1m", Kind::Duration, true);
    ty("-w", Kind::F64, false);
    ty("-d", Kind::Duration, true);
    wrong("t + t", &[(Code::TypeMismatch, "+")]);
    wrong("d - t", &[(Code::TypeMismatch, "-")]);
    wrong("t * 2", &[(Code::TypeMismatch, "*")]);
    wrong("s + s", &[(Code::TypeMismatch, "+")]);
    wrong("d + 5", &[(Code::TypeMismatch, "+")]);
    wrong("2 / d", &[(Code::TypeMismatch, "/")]);
    wrong("f + 1", &[(Code::TypeMismatch, "+")]);
    wrong("-s", &[(Code::TypeMismatch, "-s")]);
    wrong("v + null", &[(Code::UntypedNull, "null")]);
}

#[test]
fn swapped_operands_keep_their_meaning() {
    let program = program("query Q from A emit { x: 1.5 * d }");
    let crate::hir::EmitValue::Scalar(expr) = &program.rules[0].emit[0].value else { panic!("a value") };
    let ExprKind::Binary(crate::scalar::Binary::ScaleDuration, left, right) = expr.kind() else {
        panic!("{expr:?}")
    };
    assert_eq!((left.ty().kind, right.ty().kind), (Kind::Duration, Kind::F64));
}

#[test]
fn comparisons() {
    ty("v > w", Kind::Bool, false);
    ty("n == 3", Kind::Bool, true);
    ty("s < \"x\" and t > @2013-01-01T10:00:00Z", Kind::Bool, false);
    ty("f == (v > 1)", Kind::Bool, false);
    wrong("v == null", &[(Code::CompareNull, "v == null")]);
    wrong("v in (1, null)", &[(Code::CompareNull, "null")]);
    wrong("v between null and 3", &[(Code::CompareNull, "v between null and 3")]);
    wrong("s == 5", &[(Code::TypeMismatch, "==")]);
    wrong("t > \"2013-01-01\"", &[(Code::TypeMismatch, ">")]);
    wrong("d > 5", &[(Code::TypeMismatch, ">")]);
    wrong("v in (1, \"x\", 2.5)", &[(Code::TypeMismatch, "\"x\"")]);
    wrong("s between \"a\" and 3", &[(Code::TypeMismatch, "3")]);
    wrong("not v", &[(Code::NotABool, "v")]);
    wrong("v and s", &[(Code::NotABool, "v"), (Code::NotABool, "s")]);
}

#[test]
fn help_for_timestamps() {
    for (text, literal) in [
        ("2013-01-05", "@2013-01-05T00:00:00Z"),
        ("2013-01-05 10:30", "@2013-01-05T10:30:00Z"),
        ("2013-01-05T10:30:01", "@2013-01-05T10:30:01Z"),
        ("yesterday", "@2026-01-01T00:00:00Z"),
    ] {
        let source = format!("{EVENTS}query Q from A[t > \"{text}\"] emit {{ v }}");
        let (_, diagnostics) = run(&source);
        let help = diagnostics.iter().find_map(|diagnostic| diagnostic.help.clone());
        assert_eq!(help, Some(format!("write a timestamp literal: `{literal}`")));
    }
}

#[test]
fn nulls() {
    ty("n ?? 0", Kind::I64, false);
    ty("n ?? 0.5", Kind::F64, false);
    ty("coalesce(null, n, n)", Kind::I64, true);
    ty("null ?? v", Kind::I64, false);
    ty("if f then v else null", Kind::I64, true);
    ty("if f then 1 else 2.5", Kind::F64, false);
    ty("nullif(v, 0)", Kind::I64, true);
    ty("n is null", Kind::Bool, false);
    ty("null as str", Kind::Str, true);
    ty("f and null", Kind::Bool, true);
    wrong("null ?? null", &[(Code::UntypedNull, "null ?? null")]);
    wrong("if v then null else null", &[(Code::NotABool, "v")]);
    wrong("n ?? \"x\"", &[(Code::BranchTypes, "\"x\"")]);
    wrong("if f then v else s", &[(Code::BranchTypes, "s")]);
    wrong("null is null", &[(Code::UntypedNull, "null")]);
}

#[test]
fn casts() {
    ty("v as f64", Kind::F64, false);
    ty("w as i64", Kind::I64, true);
    ty("s as timestamp", Kind::Timestamp, true);
    ty("v as timestamp", Kind::Timestamp, false);
    ty("t as i64", Kind::I64, false);
    ty("d as str", Kind::Str, false);
    ty("v as i64", Kind::I64, false);
    ty("f as i64", Kind::I64, false);
    wrong("w as timestamp", &[(Code::BadCast, "w as timestamp")]);
    wrong("t as duration", &[(Code::BadCast, "t as duration")]);
    wrong("f as f64", &[(Code::BadCast, "f as f64")]);
    wrong("s as duration", &[(Code::BadCast, "s as duration")]);
}

#[test]
fn functions() {
    ty("abs(v)", Kind::I64, true);
    ty("abs(w)", Kind::F64, false);
    ty("sqrt(v)", Kind::F64, false);
    ty("max(v, w, 3)", Kind::F64, false);
    ty("min(t, t)", Kind::Timestamp, false);
    ty("concat(s, k, \"x\", s, k)", Kind::Str, false);
    ty("round(w, 2)", Kind::F64, false);
    ty("substr(s, 2)", Kind::Str, false);
    ty("length(s) + hour(t)", Kind::I64, true);
    ty("date_trunc(\"hour\", t)", Kind::Timestamp, true);
    ty("hash(f)", Kind::I64, false);
    wrong("absolute(v)", &[(Code::UnknownFunction, "absolute")]);
    wrong("abs()", &[(Code::ArgumentCount, "abs")]);
    wrong("abs(s)", &[(Code::ArgumentType, "s")]);
    wrong("pow(w, s)", &[(Code::ArgumentType, "s")]);
    wrong("min(v, s)", &[(Code::ArgumentType, "min(v, s)")]);
    wrong("min(v, s, s)", &[(Code::BranchTypes, "s")]);
    wrong("max(f, f, f)", &[(Code::ArgumentType, "f")]);
    wrong("concat(s, v, s)", &[(Code::ArgumentType, "v")]);
    wrong("date_trunc(\"hours\", t)", &[(Code::ArgumentType, "\"hours\"")]);
    wrong("date_trunc(s, v)", &[(Code::ArgumentType, "s")]);
    wrong("date_trunc(\"day\", v)", &[(Code::ArgumentType, "v")]);
    wrong("coalesce()", &[(Code::ArgumentCount, "coalesce")]);
    wrong("nullif(v)", &[(Code::ArgumentCount, "nullif")]);
    wrong("upper(null)", &[(Code::UntypedNull, "null")]);
}

#[test]
fn text_patterns() {
    ty("s like \"a%\"", Kind::Bool, false);
    ty("s not matches \"^a+$\"", Kind::Bool, false);
    wrong("s matches \"[a-\"", &[(Code::BadTextPattern, "\"[a-\"")]);
    wrong("s matches \"(a)\\\\1\"", &[(Code::BadTextPattern, "\"(a)\\\\1\"")]);
    wrong("s matches \"(\\\\w{100}){100}\"", &[(Code::BadTextPattern, "\"(\\\\w{100}){100}\"")]);
    wrong("s like \"a\\\\\"", &[(Code::BadTextPattern, "\"a\\\\\"")]);
    wrong("s like k", &[(Code::BadTextPattern, "k")]);
    wrong("v like \"1%\"", &[(Code::TypeMismatch, "v")]);
}

#[test]
fn rewritten_forms() {
    assert!(matches!(guard("v in (1, 2, 3)").kind(), ExprKind::Or(all) if all.len() == 3));
    assert!(matches!(guard("v not in (1, 2)").kind(), ExprKind::Not(_)));
    assert!(matches!(guard("v between 1 and 2.5").kind(), ExprKind::And(all) if all.len() == 2));
    assert!(
        matches!(guard("w > 5").kind(), ExprKind::Compare(_, _, five) if five.constant() == Some(&crate::scalar::Value::F64(5.0)))
    );
    assert!(matches!(guard("v > 1 and w > 1.0 and f").kind(), ExprKind::And(all) if all.len() == 3));
}

#[test]
fn conditions_that_never_change() {
    warnings("pattern P match a: A[1 > 2]", &[(Code::NeverTrue, "1 > 2")]);
    warnings("pattern P match a: A[v is null]", &[(Code::NeverTrue, "v is null")]);
    warnings("pattern P match a: A[true]", &[(Code::AlwaysTrue, "true")]);
    warnings("pattern P match a: A[null]", &[(Code::NeverTrue, "null")]);
    warnings("pattern P match a: A[v between 5 and 3]", &[(Code::NeverTrue, "v between 5 and 3")]);
    warnings(
        "pattern P match a: A[v / 0 > 1 or w % 0 > 1.0 or d / 0s > 1.0]",
        &[(Code::DivisionByZero, "0"), (Code::DivisionByZero, "0"), (Code::DivisionByZero, "0s")],
    );
    warnings("pattern P match a: A[(w ?? 1.0) > 2.0]", &[(Code::NeverNull, "w")]);
}

#[test]
fn hostile_sizes_are_refused() {
    let mut expr = "v".to_string();
    for _ in 0..30 {
        expr = format!("nullif({expr}, 1)");
    }
    let source = format!("{EVENTS}query Q from A emit {{ x: {expr} }}");
    let (program, diagnostics) = run(&source);
    assert!(program.is_none());
    assert!(
        diagnostics.iter().all(|diagnostic| diagnostic.severity() == Severity::Warning
            || diagnostic.code == Code::ExpressionTooLong)
    );
    let many = vec!["n"; 20_000].join(", ");
    ty(&format!("coalesce({many}, 0)"), Kind::I64, false);
    ty(&format!("max({many})"), Kind::I64, true);
}
