//! The value of an expression, by its definition in the HIR.

use super::Event;
use super::aggregate::aggregate;
use crate::hir::{Expr, ExprKind, FieldId, VarId};
use crate::scalar;
use portent_rt::Value;
use regex::Regex;
use std::cell::RefCell;
use std::collections::HashMap;

/// The events that a variable is bound to.
#[derive(Clone, Debug, Default)]
pub(super) struct Binding {
    /// All of them, in order; indices of the rule's input.
    pub(super) events: Vec<usize>,
    /// The one of the iteration at hand; of a variable outside repetitions, the only one.
    pub(super) current: Option<usize>,
}

/// What an expression may speak of.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The fields of the event at hand.
    pub(super) row: &'a [Value],
    /// The fields of the event that an aggregate looks at.
    pub(super) item: &'a [Value],
    /// The events that a rule reads.
    pub(super) events: &'a [&'a Event],
    /// The variables of a run.
    pub(super) bindings: &'a [Binding],
}

impl<'a> Scope<'a> {
    /// One event alone.
    pub(super) fn of_row(row: &'a [Value]) -> Self {
        Self { row, item: &[], events: &[], bindings: &[] }
    }

    /// The events of a variable, in order of binding.
    pub(super) fn bound(&self, variable: VarId) -> impl Iterator<Item = &'a Event> + use<'a> {
        let events = self.events;
        self.bindings[variable.0 as usize].events.iter().map(move |seq| events[*seq])
    }

    /// The event that a variable that is bound once has, in this iteration.
    pub(super) fn current(&self, variable: VarId) -> Option<&'a Event> {
        self.bindings[variable.0 as usize].current.map(|seq| self.events[seq])
    }
}

/// Whether a condition holds: only when true, not when null. No condition always holds.
pub(super) fn holds(condition: Option<&Expr>, scope: &Scope) -> bool {
    condition.is_none_or(|condition| eval(condition, scope) == Value::Bool(true))
}

/// The value of an expression.
pub(super) fn eval(expr: &Expr, scope: &Scope) -> Value {
    let of = |expr: &Expr| eval(expr, scope);
    match expr.kind() {
        ExprKind::Const(value) => value.clone(),
        ExprKind::Field(field) => value_of(scope.row, *field),
        ExprKind::Item(field) => value_of(scope.item, *field),
        ExprKind::Var(variable, field) => {
            scope.current(*variable).map_or(Value::Null, |event| value_of(&event.values, *field))
        }
        ExprKind::Aggregate { op, variable, item: Some(item) } => {
            let value = |event: &'_ Event| eval(item, &Scope { item: &event.values, ..*scope });
            aggregate(*op, item.ty().kind, &scope.bound(*variable).map(value).collect::<Vec<_>>())
        }
        ExprKind::Aggregate { op: _, variable, item: None } => {
            Value::I64(scope.bound(*variable).count() as i64)
        }
        ExprKind::Unary(op, a) => scalar::unary(*op, &of(a)),
        ExprKind::Binary(op, a, b) => scalar::binary(*op, &of(a), &of(b), expr.ty().kind),
        ExprKind::Compare(op, a, b) => scalar::compare(*op, &of(a), &of(b)),
        ExprKind::And(all) => junction(all.iter().map(of), false),
        ExprKind::Or(all) => junction(all.iter().map(of), true),
        ExprKind::Not(a) => match of(a) {
            Value::Bool(value) => Value::Bool(!value),
            _ => Value::Null,
        },
        ExprKind::IsNull(a) => Value::Bool(of(a) == Value::Null),
        ExprKind::Coalesce(a, b) => match of(a) {
            Value::Null => of(b),
            value => value,
        },
        ExprKind::If(condition, then, otherwise) => match of(condition) {
            Value::Bool(true) => of(then),
            _ => of(otherwise),
        },
        ExprKind::Cast(cast, a) => scalar::cast(*cast, &of(a), expr.ty().kind),
        ExprKind::Call(func, arguments) => scalar::call(*func, &arguments.iter().map(of).collect::<Vec<_>>()),
        ExprKind::Like(text, pattern) => test(of(text), |text| portent_rt::scalar::like::like(text, pattern)),
        ExprKind::Matches(text, regex) => test(of(text), |text| found(regex, text)),
    }
}

fn value_of(row: &[Value], field: FieldId) -> Value {
    row[field.0 as usize].clone()
}

/// `winner` if any is, else null if any is, else its opposite.
fn junction(values: impl Iterator<Item = Value>, winner: bool) -> Value {
    let values: Vec<_> = values.collect();
    if values.contains(&Value::Bool(winner)) {
        Value::Bool(winner)
    } else if values.contains(&Value::Null) {
        Value::Null
    } else {
        Value::Bool(!winner)
    }
}

/// A test of text; null of null.
fn test(text: Value, test: impl FnOnce(&str) -> bool) -> Value {
    match text {
        Value::Str(text) => Value::Bool(test(&text)),
        _ => Value::Null,
    }
}

/// Whether a regular expression is found in a text. Each is compiled once: even here that is too slow for every event.
fn found(regex: &str, text: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        let new = || Regex::new(regex).expect("resolution has compiled it");
        compiled.entry(regex.to_owned()).or_insert_with(new).is_match(text)
    })
}
