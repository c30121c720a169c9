//! Approximate aggregates, by the definitions of the documentation: registers as a map, rounding by division.

use crate::scalar::{self, Func};
use portent_rt::Value;
use std::collections::BTreeMap;

/// Registers of an approximate count: 2^14.
const REGISTERS: f64 = 16384.0;

/// About how many different values there are, nulls aside.
pub(super) fn about_distinct(values: &[Value]) -> i64 {
    let mut greatest: BTreeMap<u64, u32> = BTreeMap::new();
    for hash in values.iter().filter_map(hash_of) {
        let (register, rest) = (hash >> 50, hash & ((1 << 50) - 1));
        // One more than the zeros before the first one of 50 bits; 51 if there is none.
        let rank = 1 + (0..50).rev().take_while(|bit| rest >> bit & 1 == 0).count() as u32;
        let known = greatest.entry(register).or_insert(0);
        *known = rank.max(*known);
    }
    let with = |rank: u32| match rank {
        0 => REGISTERS - greatest.len() as f64,
        _ => greatest.values().filter(|known| **known == rank).count() as f64,
    };
    let mut sum = REGISTERS * tau(1.0 - with(51) / REGISTERS);
    for rank in (1..=50).rev() {
        sum = (sum + with(rank)) / 2.0;
    }
    sum += REGISTERS * sigma(with(0) / REGISTERS);
    (REGISTERS * REGISTERS / (2.0 * std::f64::consts::LN_2 * sum)).round() as i64
}

fn hash_of(value: &Value) -> Option<u64> {
    let func = match value {
        Value::Bool(_) => Func::HashBool,
        Value::I64(_) => Func::HashI,
        Value::F64(_) => Func::HashF,
        Value::Str(_) => Func::HashStr,
        Value::Timestamp(_) => Func::HashTimestamp,
        Value::Duration(_) => Func::HashDuration,
        Value::Null => return None,
        other => panic!("a value, not {other:?}"),
    };
    match scalar::call(func, std::slice::from_ref(value)) {
        Value::I64(hash) => Some(hash as u64),
        other => panic!("a hash, not {other:?}"),
    }
}

/// x + the sum of x^(2^k) 2^(k-1) over k from 1 on, until that adds nothing.
fn sigma(x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut sum, mut power) = (x, x);
    for k in 0.. {
        power *= power;
        let next = sum + power * 2.0_f64.powi(k);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// A third of 1 - x - the sum of (1 - x^(2^-k))^2 2^-k over k from 1 on, until that takes nothing.
fn tau(x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut sum, mut root) = (1.0 - x, x);
    for k in 1.. {
        root = root.sqrt();
        let next = sum - (1.0 - root) * (1.0 - root) * 2.0_f64.powi(-k);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum / 3.0
}

/// A value of an approximate percentile: rounded to seven significant bits.
pub(super) fn rounded(value: &Value) -> Value {
    match value {
        Value::F64(value) => Value::F64(seven_bits(*value)),
        Value::I64(value) => Value::F64(seven_bits(*value as f64)),
        Value::Duration(value) => Value::Duration(seven_bits(*value as f64) as i64),
        other => other.clone(),
    }
}

/// The nearest multiple of the greatest power of two that leaves at least 64 of it, or of 2^-1028 if that is greater.
fn seven_bits(value: f64) -> f64 {
    let magnitude = value.abs();
    if !magnitude.is_finite() {
        return value;
    }
    let mut unit = 2.0_f64.powi(-1022) / 64.0;
    while magnitude / unit >= 128.0 {
        unit *= 2.0;
    }
    ((magnitude / unit).round() * unit).copysign(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_seven_bits() {
        let of = [0.0, 1.0, 129.0, -131.0, 0.1, 5e-324, f64::MAX];
        let to = [0.0, 1.0, 130.0, -132.0, 0.099_609_375, 0.0, f64::INFINITY];
        assert_eq!(of.map(seven_bits), to);
    }

    #[test]
    fn counts_about_how_many() {
        let of = |count: i64| about_distinct(&(0..count).map(Value::I64).collect::<Vec<_>>());
        assert_eq!([0, 1, 7, 100].map(of), [0, 1, 7, 100]);
        let many = of(50_000);
        assert!((many - 50_000).abs() < 50_000 * 3 * 81 / 10_000, "{many}");
    }
}
