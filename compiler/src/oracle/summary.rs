//! Aggregates of queries, each from the whole list of its events: the definitions of the documentation written out.

use super::Event;
use super::aggregate::aggregate;
use super::approx::{about_distinct, rounded};
use super::exact::Exact;
use super::expr::{Scope, eval, holds};
use super::window::same_key;
use crate::hir::{AggOp, Aggregate, Expr, WindowOp};
use crate::scalar::{self, Compare, Kind};
use portent_rt::Value;
use portent_rt::scalar::float;
use std::cmp::Ordering;

/// The aggregate of the events of a window, in order; there is at least one.
pub(super) fn summary(what: &Aggregate, events: &[&Event]) -> Value {
    let counts = |event: &&&Event| holds(what.filter.as_ref(), &Scope::of_row(&event.values));
    let events: Vec<&Event> = events.iter().filter(counts).copied().collect();
    let Some(value) = &what.value else { return Value::I64(events.len() as i64) };
    let of = |expr: &Expr| -> Vec<Value> {
        events.iter().map(|event| eval(expr, &Scope::of_row(&event.values))).collect()
    };
    let kind = value.ty().kind;
    let mut all = of(value);
    if what.distinct {
        all = distinct(all);
    }
    let extreme = |better| what.by.as_ref().map_or(Value::Null, |by| chosen(&all, &of(by), better));
    match what.op {
        WindowOp::Count => aggregate(AggOp::Count, kind, &all),
        WindowOp::First => aggregate(AggOp::First, kind, &all),
        WindowOp::Last => aggregate(AggOp::Last, kind, &all),
        WindowOp::Min => aggregate(AggOp::Min, kind, &all),
        WindowOp::Max => aggregate(AggOp::Max, kind, &all),
        WindowOp::ArgMax => extreme(Ordering::Greater),
        WindowOp::ArgMin => extreme(Ordering::Less),
        WindowOp::Collect => Value::List(all),
        WindowOp::Any => whether(&all, true),
        WindowOp::All => whether(&all, false),
        WindowOp::Sum | WindowOp::Avg => sum_or_mean(what.op, kind, &all),
        WindowOp::Percentile(share) => percentile(share, kind, all),
        WindowOp::ApproxPercentile(share) => percentile(share, kind, all.iter().map(rounded).collect()),
        WindowOp::ApproxDistinct => Value::I64(about_distinct(&all)),
        WindowOp::Variance => variance(&doubles(&all), 1),
        WindowOp::VarPop => variance(&doubles(&all), 0),
        WindowOp::Stddev => root(&variance(&doubles(&all), 1)),
        WindowOp::StddevPop => root(&variance(&doubles(&all), 0)),
    }
}

/// The first of values that are one as keys.
fn distinct(all: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in all {
        if !kept.iter().any(|known| same_key(known, &value)) {
            kept.push(value);
        }
    }
    kept
}

/// The value beside the first of the best `by`s that are not null.
fn chosen(values: &[Value], by: &[Value], better: Ordering) -> Value {
    let mut best: Option<usize> = None;
    for at in (0..by.len()).filter(|at| by[*at] != Value::Null) {
        if best.is_none_or(|best| preferred(&by[at], &by[best], better)) {
            best = Some(at);
        }
    }
    best.map_or(Value::Null, |best| values[best].clone())
}

/// Whether a value is strictly better than another; of doubles a number is better than NaN.
fn preferred(value: &Value, than: &Value, better: Ordering) -> bool {
    match (value, than) {
        (Value::F64(a), Value::F64(b)) if a.is_nan() || b.is_nan() => !a.is_nan() && b.is_nan(),
        _ => order(value, than) == better,
    }
}

/// The order of values of one kind; of doubles `-0.0` comes before `0.0`, and NaN last.
fn order(a: &Value, b: &Value) -> Ordering {
    if let (Value::F64(a), Value::F64(b)) = (a, b) {
        return a.is_nan().cmp(&b.is_nan()).then(if a.is_nan() { Ordering::Equal } else { a.total_cmp(b) });
    }
    let holds = |op| scalar::compare(op, a, b) == Value::Bool(true);
    match (holds(Compare::Lt), holds(Compare::Gt)) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// `winner` if any value is, else its opposite; null if there is none.
fn whether(all: &[Value], winner: bool) -> Value {
    if all.contains(&Value::Bool(winner)) {
        Value::Bool(winner)
    } else if all.contains(&Value::Bool(!winner)) {
        Value::Bool(!winner)
    } else {
        Value::Null
    }
}

fn sum_or_mean(op: WindowOp, kind: Kind, all: &[Value]) -> Value {
    let op = if op == WindowOp::Sum { AggOp::Sum } else { AggOp::Avg };
    if kind != Kind::F64 {
        return aggregate(op, kind, all);
    }
    let values = doubles(all);
    let sum = Exact::sum(&values).rounded();
    match op {
        _ if values.is_empty() => Value::Null,
        AggOp::Sum => Value::F64(sum),
        _ => Value::F64(sum / values.len() as f64),
    }
}

/// Of `n` values: what `n` times the sum of squares exceeds the square of the sum by, rounded once, over `n * (n - fewer)`.
fn variance(values: &[f64], fewer: usize) -> Value {
    let count = values.len();
    if count <= fewer {
        return Value::Null;
    }
    let excess = Exact::excess_of_squares(values).rounded();
    Value::F64(excess / (count as f64 * (count - fewer) as f64))
}

fn root(value: &Value) -> Value {
    match value {
        Value::F64(value) => Value::F64(float::sqrt(*value)),
        _ => Value::Null,
    }
}

/// Between the closest ranks: of `n` values in order, numbered from 0, that at `share * (n - 1)`.
fn percentile(share: f64, kind: Kind, mut all: Vec<Value>) -> Value {
    all.retain(|value| *value != Value::Null);
    all.sort_by(order);
    let Some(last) = all.len().checked_sub(1) else { return Value::Null };
    let place = share * last as f64;
    let below = place.floor();
    let part = place - below;
    let (low, high) = (&all[below as usize], &all[(below as usize + 1).min(last)]);
    if kind == Kind::Duration {
        let (Value::Duration(low), Value::Duration(high)) = (low, high) else { panic!("durations") };
        let between = (i128::from(*high) - i128::from(*low)) as f64 * part;
        return Value::Duration((i128::from(*low) + between.round_ties_even() as i128) as i64);
    }
    let both = doubles(&[low.clone(), high.clone()]);
    Value::F64(if part == 0.0 || both[0] == both[1] { both[0] } else { both[0] + (both[1] - both[0]) * part })
}

/// The numbers among values, as doubles.
fn doubles(all: &[Value]) -> Vec<f64> {
    let double = |value: &Value| match value {
        Value::Null => None,
        Value::F64(value) => Some(*value),
        Value::I64(value) => Some(*value as f64),
        other => panic!("a number, not {other:?}"),
    };
    all.iter().filter_map(double).collect()
}
