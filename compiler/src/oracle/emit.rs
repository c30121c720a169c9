//! What a match emits, and the rules that emit without a pattern.

use super::expr::{Scope, eval, holds};
use super::{Event, Key, Made, RuleOutcome};
use crate::hir::{Emit, EmitValue, Program, RuleId, SelectRule};
use portent_rt::Value;
use portent_rt::output::Tree;

/// The match of a rule with the variables (or the row) of `scope`.
pub(super) fn make(program: &Program, rule: RuleId, key: Key, scope: &Scope) -> Made {
    let output = program.ty(program.rule(rule).output);
    let emits = &program.rule(rule).emit;
    let fields: Vec<(String, Tree)> =
        emits.iter().map(|emit| (emit.name.clone(), tree(program, emit, scope))).collect();
    // Lists and whole events are written out, but are no fields of the event type.
    let value_of = |name: &str| match fields.iter().find(|(emitted, _)| emitted == name) {
        Some((_, Tree::Value(value))) => value.clone(),
        _ => panic!("each field of a rule's type is an emitted value"),
    };
    let values = output.fields.iter().map(|field| value_of(&field.name)).collect();
    Made { key, fields, values }
}

fn tree(program: &Program, emit: &Emit, scope: &Scope) -> Tree {
    match &emit.value {
        EmitValue::Scalar(expr) => Tree::Value(eval(expr, scope)),
        EmitValue::Collected(column, _) => Tree::Value(scope.row[column.0 as usize].clone()),
        EmitValue::List { variable, item } => {
            let value = |event: &Event| eval(item, &Scope { item: &event.values, ..*scope });
            Tree::Value(Value::List(scope.bound(*variable).map(value).collect()))
        }
        EmitValue::Record(variable) => match scope.current(*variable) {
            Some(event) => Tree::Record(record(program, event)),
            None => Tree::Value(Value::Null),
        },
        EmitValue::Records(variable) => {
            Tree::Records(scope.bound(*variable).map(|event| record(program, event)).collect())
        }
    }
}

fn record(program: &Program, event: &Event) -> Vec<(String, Tree)> {
    let names = program.ty(event.ty).fields.iter().map(|field| field.name.clone());
    names.zip(event.values.iter().cloned().map(Tree::Value)).collect()
}

/// A query without window: one row for each event for which guard and `having` hold.
pub(super) fn select(program: &Program, id: RuleId, select: &SelectRule, input: &[&Event]) -> RuleOutcome {
    let mut made = Vec::new();
    for event in input {
        let scope = Scope::of_row(&event.values);
        if holds(select.guard.as_ref(), &scope) && holds(select.having.as_ref(), &scope) {
            let key = completed_by(event, id, made.len() as u64);
            made.push(make(program, id, key, &scope));
        }
    }
    RuleOutcome { made, ..RuleOutcome::default() }
}

/// The place of the `made`-th match of a rule, which an event completed.
pub(super) fn completed_by(event: &Event, rule: RuleId, made: u64) -> Key {
    Key { rule: Some(rule), made, ..event.key }
}

/// The place of the `made`-th match of a rule, completed by a deadline.
pub(super) fn completed_at(deadline: i64, rule: RuleId, made: u64) -> Key {
    Key { time: deadline, deadline: true, seq: 0, rule: Some(rule), made }
}
