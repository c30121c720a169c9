//! Null is `None`. What the operators of the language do with it beyond `Option`'s own methods.

#[cfg(feature = "alloc")]
use alloc::string::String;
use core::cell::Cell;

/// A count of overflows, divisions by zero and failed conversions.
#[derive(Clone, Debug, Default)]
pub struct Faults(Cell<u64>);

impl Faults {
    /// None yet.
    pub const fn new() -> Self {
        Self(Cell::new(0))
    }

    /// A result; one that does not exist is null and a fault.
    #[inline]
    pub fn checked<T>(&self, result: Option<T>) -> Option<T> {
        if result.is_none() {
            self.0.set(self.0.get() + 1);
        }
        result
    }

    /// How many.
    pub const fn count(&self) -> u64 {
        self.0.get()
    }
}

/// `and` with three values: false wins over null.
#[inline]
pub const fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// `or` with three values: true wins over null.
#[inline]
pub const fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// The text that a function writes.
#[cfg(feature = "alloc")]
pub fn written(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
}

/// A double as a key: zeros of either sign are one, and so are all NaNs.
#[inline]
pub const fn float_key(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

/// What is read from aggregates.
pub mod acc {
    use super::Faults;
    use crate::aggregate::{Moments, SumF, SumI};

    /// The sum; null if there is no value and, as a fault, out of range.
    #[inline]
    pub fn sum_int(acc: &SumI, faults: &Faults) -> Option<i64> {
        if acc.count == 0 { None } else { faults.checked(acc.sum()) }
    }

    /// The mean of integers; null if there is none.
    #[inline]
    pub const fn mean_int(acc: &SumI) -> Option<f64> {
        if acc.count == 0 { None } else { Some(acc.mean()) }
    }

    /// The mean of durations, a duration; null if there is none.
    #[inline]
    pub const fn mean_duration(acc: &SumI) -> Option<i64> {
        if acc.count == 0 { None } else { Some(acc.mean_whole()) }
    }

    /// The sum of doubles; null if there is none.
    #[inline]
    pub const fn sum_float(acc: &SumF) -> Option<f64> {
        if acc.count == 0 { None } else { Some(acc.sum()) }
    }

    /// The mean of doubles; null if there is none.
    #[inline]
    pub const fn mean_float(acc: &SumF) -> Option<f64> {
        if acc.count == 0 { None } else { Some(acc.mean()) }
    }

    /// The mean; null if there is no value.
    #[inline]
    pub const fn mean(acc: &Moments) -> Option<f64> {
        if acc.count == 0 { None } else { Some(acc.mean) }
    }

    /// The sample standard deviation; null for fewer than two values.
    #[inline]
    pub fn stddev(acc: &Moments) -> Option<f64> {
        acc.stddev()
    }
}
