//! Aggregates, each from its whole list of values: the definitions of [`AggOp`] written out.

use crate::hir::AggOp;
use crate::scalar::{self, Compare, Kind};
use portent_rt::Value;
use portent_rt::scalar::float;
use std::cmp::Ordering;

/// The aggregate of values of a kind, in order, nulls among them.
pub(super) fn aggregate(op: AggOp, kind: Kind, all: &[Value]) -> Value {
    let values: Vec<&Value> = all.iter().filter(|value| **value != Value::Null).collect();
    match op {
        AggOp::Count => Value::I64(values.len() as i64),
        AggOp::First => all.first().cloned().unwrap_or(Value::Null),
        AggOp::Last => all.last().cloned().unwrap_or(Value::Null),
        AggOp::Stddev => stddev(&doubles(&values)),
        _ if values.is_empty() => Value::Null,
        AggOp::Sum if kind == Kind::F64 => Value::F64(compensated_sum(&doubles(&values))),
        AggOp::Sum => i64::try_from(exact_sum(&values)).map_or(Value::Null, |sum| integer(sum, kind)),
        AggOp::Avg => average(kind, &values),
        AggOp::Min => extreme(&values, Compare::Lt, float::min),
        AggOp::Max => extreme(&values, Compare::Gt, float::max),
    }
}

fn average(kind: Kind, values: &[&Value]) -> Value {
    let count = values.len();
    match kind {
        Kind::F64 => Value::F64(compensated_sum(&doubles(values)) / count as f64),
        // A mean lies between the least and the greatest value, so it fits.
        Kind::Duration => Value::Duration(nearest_quotient(exact_sum(values), count as i128) as i64),
        _ => Value::F64(exact_sum(values) as f64 / count as f64),
    }
}

/// The nearest integer, of two the even one. The count is positive.
fn nearest_quotient(sum: i128, count: i128) -> i128 {
    let below = sum.div_euclid(count);
    match (2 * sum.rem_euclid(count)).cmp(&count) {
        Ordering::Less => below,
        Ordering::Greater => below + 1,
        Ordering::Equal => below + below.rem_euclid(2),
    }
}

/// Integers cannot leave 128 bits: that would take 2^64 of them.
fn exact_sum(values: &[&Value]) -> i128 {
    values
        .iter()
        .map(|value| match value {
            Value::I64(value) | Value::Duration(value) => i128::from(*value),
            other => panic!("a sum of integers or durations, not of {other:?}"),
        })
        .sum()
}

/// A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
fn compensated_sum(values: &[f64]) -> f64 {
    let (mut sum, mut compensation) = (0.0_f64, 0.0);
    for &value in values {
        let next = sum + value;
        compensation += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    if sum.is_finite() { sum + compensation } else { sum }
}

/// B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962.
fn stddev(values: &[f64]) -> Value {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let distance = value - mean;
        mean += distance / count;
        squares += distance * (value - mean);
    }
    if count < 2.0 { Value::Null } else { Value::F64(float::sqrt(squares / (count - 1.0))) }
}

fn extreme(values: &[&Value], better: Compare, of_doubles: fn(f64, f64) -> f64) -> Value {
    let pick = |a: Value, b: &Value| match (&a, b) {
        (Value::F64(a), Value::F64(b)) => Value::F64(of_doubles(*a, *b)),
        _ if scalar::compare(better, b, &a) == Value::Bool(true) => b.clone(),
        _ => a,
    };
    values[1..].iter().fold(values[0].clone(), |best, value| pick(best, value))
}

fn integer(value: i64, kind: Kind) -> Value {
    if kind == Kind::Duration { Value::Duration(value) } else { Value::I64(value) }
}

fn doubles(values: &[&Value]) -> Vec<f64> {
    values
        .iter()
        .map(|value| match value {
            Value::F64(value) => *value,
            Value::I64(value) => *value as f64,
            other => panic!("a number, not {other:?}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_or_compensated() {
        let sum = |kind, values: &[Value]| aggregate(AggOp::Sum, kind, values);
        let max = Value::I64(i64::MAX);
        assert_eq!(sum(Kind::I64, &[max.clone(), max.clone()]), Value::Null);
        assert_eq!(sum(Kind::I64, &[max.clone(), Value::I64(1), Value::I64(-1)]), max);
        let doubles = [1.0, 1e100, 1.0, -1e100].map(Value::F64);
        assert_eq!(sum(Kind::F64, &doubles), Value::F64(2.0));
        assert_eq!(sum(Kind::F64, &[Value::F64(f64::INFINITY), Value::F64(1.0)]), Value::F64(f64::INFINITY));
        assert_eq!(sum(Kind::F64, &[Value::Null]), Value::Null);
    }

    #[test]
    fn means_and_deviations() {
        let numbers = [2, 4, 4, 4, 5, 5, 7, 9].map(Value::I64);
        assert_eq!(aggregate(AggOp::Avg, Kind::I64, &numbers), Value::F64(5.0));
        assert_eq!(aggregate(AggOp::Stddev, Kind::I64, &numbers), Value::F64((32.0_f64 / 7.0).sqrt()));
        assert_eq!(aggregate(AggOp::Stddev, Kind::I64, &numbers[..1]), Value::Null);
        let durations = [-1, -2].map(Value::Duration);
        assert_eq!(aggregate(AggOp::Avg, Kind::Duration, &durations), Value::Duration(-2));
    }

    #[test]
    fn nulls_are_skipped_but_not_by_first_and_last() {
        let values = [Value::Null, Value::I64(3), Value::I64(1)];
        let of = |op| aggregate(op, Kind::I64, &values);
        assert_eq!(
            (of(AggOp::Count), of(AggOp::Min), of(AggOp::Max)),
            (Value::I64(2), Value::I64(1), Value::I64(3))
        );
        assert_eq!((of(AggOp::First), of(AggOp::Last)), (Value::Null, Value::I64(1)));
    }
}
