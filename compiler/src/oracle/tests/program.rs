//! Order of input and output, and rules that read rules.

use super::build::*;
use crate::hir::{Deadline, Emit, EmitValue, Program, RuleBody, SelectRule, Source, TypeId};
use crate::oracle::{Input, InputEvent, run};
use crate::scalar::{Compare, Kind, Type};
use crate::span::Span;
use portent_rt::Value;

fn with_lateness(mut program: Program, seconds: i64) -> Program {
    for ty in &mut program.types {
        if let Source::Input { lateness, .. } = &mut ty.source {
            *lateness = seconds * SECOND;
        }
    }
    program
}

#[test]
fn events_come_into_time_order_or_are_late() {
    let rule = || pattern("AB", [next(step(0, A)), strict(step(1, B))]).program();
    let ordered = run(&with_lateness(rule(), 5), &read("B2@6 A1@5 C3@10 A4@5 A5@4"));
    assert_eq!(
        (show(&ordered.matches).as_str(), ordered.late),
        ("(4,2)@6", 1),
        "A4 is just in time and behind A1, A5 is late"
    );
    let said = run(&with_lateness(rule(), 5), &read("B2@6 !6 A1@5 B3@6"));
    assert_eq!((show(&said.matches).as_str(), said.late), ("", 1));
}

#[test]
fn events_without_a_time() {
    let mut program = pattern("AB", [next(step(0, A)), next(step(1, B))]).program();
    let null = crate::hir::Expr::constant_of(Value::Null, Kind::Timestamp);
    program.types[2].source = Source::Input { time: Some(null), lateness: 0 };
    program.types[1].source = Source::Input { time: None, lateness: 0 };
    let outcome = run(&program, &read("C0@1 A1@7 B2@3"));
    assert_eq!((show(&outcome.matches).as_str(), outcome.untimed), ("(1,2)@7", 1), "B2 arrives at 7");
}

/// A query that passes on what is above 1, as a field `v`.
fn add_select(program: &mut Program, from: TypeId) {
    let guard = Some(compare(Compare::Gt, v(), int(1)));
    let emit = vec![Emit { name: "v".into(), value: EmitValue::Scalar(v()), span: Span::default() }];
    let field = crate::hir::Field {
        name: "v".into(),
        ty: Type::nullable(Kind::I64),
        unit: Default::default(),
        doc: String::new(),
        span: Span::default(),
    };
    add(program, RuleBody::Select(SelectRule { from, guard, having: None }), emit, vec![field]);
}

#[test]
fn what_an_event_completes_is_in_order_of_rules() {
    // R0: every A; R1: A -> B; R2: R0 above 1; R3: R0 => A.
    let mut program = pattern("A", [next(step(0, A))]).types(&[A]).program();
    let r0 = TypeId(3);
    pattern("AB", [next(step(0, A)), next(step(1, B))]).types(&[A, B]).add_to(&mut program);
    add_select(&mut program, r0);
    pattern("DA", [next(step(0, r0)), strict(step(1, A))]).types(&[A, r0]).add_to(&mut program);
    let outcome = run(&program, &read("A1@0 A2@0 B3@0"));
    let rules: Vec<u32> = outcome.matches.iter().map(|of| of.rule.0).collect();
    // A1 gives R0; A2 gives R0, R2 (through R0) and R3 (behind the R0 of A1); B3 gives R1 twice.
    assert_eq!(rules, [0, 0, 2, 3, 1, 1]);
}

#[test]
fn deadlines_come_behind_the_events_of_their_time() {
    // R0: A and no B for 5 s; R1: R0 -> B.
    let mut program =
        pattern("A", [next(step(0, A))]).types(&[A, B]).trailing(B, Deadline::After(5 * SECOND)).program();
    let r0 = TypeId(3);
    pattern("DB", [next(step(0, r0)), next(step(1, B))]).types(&[B, r0]).add_to(&mut program);
    pattern("A", [next(step(0, A))]).types(&[A]).add_to(&mut program);
    let outcome = run(&program, &read("A1@0 A2@5 B3@5 A4@6"));
    let order: Vec<(u32, i64)> = outcome.matches.iter().map(|of| (of.rule.0, of.ts / SECOND)).collect();
    assert_eq!(
        order,
        [(2, 0), (2, 5), (2, 6), (0, 11)],
        "B3 at the deadline forbids A1, and is before R0 of A4"
    );
    let outcome = run(&program, &read("A1@0 A2@5 B3@6 B4@7"));
    let order: Vec<(u32, i64)> = outcome.matches.iter().map(|of| (of.rule.0, of.ts / SECOND)).collect();
    assert_eq!(order, [(2, 0), (2, 5), (0, 5), (1, 6)]);
}

#[test]
fn a_failure_ends_everything_behind_it() {
    use crate::hir::{Bound, Policy};
    // R0: A -> B with one run at most; R1: every A.
    let mut program = pattern("AB", [next(step(0, A)), next(step(1, B))])
        .change(|rule| rule.limits.runs = Bound { max: 1, policy: Policy::Fail })
        .program();
    pattern("A", [next(step(0, A))]).types(&[A]).add_to(&mut program);
    let outcome = run(&program, &read("A1 B2 A3 A4 B5 A6"));
    let order: Vec<(u32, i64)> = outcome.matches.iter().map(|of| (of.rule.0, of.ts / SECOND)).collect();
    assert_eq!(order, [(1, 0), (0, 1), (1, 2)], "A4 is one run too many");
    assert!(outcome.error.is_some());
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let rule = pattern("A", [next(step(0, A))]).within(5).trailing(B, Deadline::Within);
    let event =
        |at| Input::Event(InputEvent { ty: A, values: vec![Value::Null, Value::Null, Value::Timestamp(at)] });
    let program = with_lateness(rule.program(), 10);
    let outcome = run(&program, &[event(i64::MIN), event(i64::MAX)]);
    let ts: Vec<i64> = outcome.matches.iter().map(|of| of.ts).collect();
    assert_eq!(ts, [i64::MIN + 5 * SECOND, i64::MAX - 1], "no deadline is later than the last time but one");
}
