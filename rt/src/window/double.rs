//! Sums of doubles as the unevaluated sum of two doubles, about 100 bits: what sums and variances of windows are made of.
//!
//! A sum of n values is off by at most about n * 2^-104 of the sum of their magnitudes, in whatever order and grouping they
//! are added, so that the rounded result almost never shows it. T. J. Dekker, "A Floating-Point Technique for
//! Extending the Available Precision", Numer. Math. 18 (1971); the sum is `AccurateDWPlusDW` of M. Joldes, J.-M. Muller,
//! V. Popescu, "Tight and Rigorous Error Bounds for Basic Building Blocks of Double-Word Arithmetic", TOMS 44 (2017).

use core::ops::{Add, Mul, Sub};

/// `high + low`, where `high` is the nearest double to the sum. Infinities and NaN as in plain addition, with `low` zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Double {
    high: f64,
    low: f64,
}

#[cfg(feature = "alloc")]
crate::snapshot::codec::persist!(Double { high, low });

/// The sum and what rounding it has lost (Knuth).
#[inline]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The same, where `a` is not less than `b` in magnitude.
#[inline]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// The product and what rounding it has lost. Without a fused multiplication, which `core` does not have.
#[inline]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let split = |value: f64| {
        let scaled = value * 134_217_729.0;
        let high = scaled - (scaled - value);
        (high, value - high)
    };
    let product = a * b;
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    let lost = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
    (product, if lost.is_finite() { lost } else { 0.0 })
}

impl Double {
    #[inline]
    fn normal(high: f64, low: f64) -> Self {
        let low = if high.is_finite() { low } else { 0.0 };
        Self { high, low }
    }

    /// A double.
    #[inline]
    pub const fn new(value: f64) -> Self {
        Self { high: value, low: 0.0 }
    }

    /// The sum of two doubles.
    #[inline]
    pub fn of_sum(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, b);
        // What rounding an infinite sum has lost is no number.
        if a.is_finite() { Self::normal(high, low) } else { Self::new(a) }
    }

    /// The nearest double, and what that lacks.
    pub const fn parts(self) -> (f64, f64) {
        (self.high, self.low)
    }

    /// The square of a double.
    #[inline]
    pub fn square(value: f64) -> Self {
        let (high, low) = two_product(value, value);
        Self::normal(high, low)
    }

    /// Adds a double.
    #[inline]
    pub fn push(&mut self, value: f64) {
        let (sum, lost) = two_sum(self.high, value);
        let (high, low) = fast_two_sum(sum, lost + self.low);
        // PERF: whatever is infinite on the way shows in the end.
        *self = if high.is_finite() { Self { high, low } } else { Self::beyond(sum, lost + self.low) };
    }

    /// A sum that is infinite or NaN, or becomes so with what rounding has lost.
    #[cold]
    fn beyond(sum: f64, lost: f64) -> Self {
        if sum.is_finite() { Self::new(fast_two_sum(sum, lost).0) } else { Self::new(sum) }
    }

    /// The nearest double.
    #[inline]
    pub const fn value(self) -> f64 {
        self.high
    }
}

impl Add for Double {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let (high, lost) = two_sum(self.high, other.high);
        if !high.is_finite() {
            return Self::new(high);
        }
        let (low, rest) = two_sum(self.low, other.low);
        let (high, low) = fast_two_sum(high, lost + low);
        let (high, low) = fast_two_sum(high, rest + low);
        Self::normal(high, low)
    }
}

impl Sub for Double {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self + Self { high: -other.high, low: -other.low }
    }
}

impl Mul for Double {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        let (high, lost) = two_product(self.high, other.high);
        if !high.is_finite() {
            return Self::new(high);
        }
        let low = lost + (self.high * other.low + self.low * other.high);
        let (high, low) = fast_two_sum(high, low);
        Self::normal(high, low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_large_ones() {
        let mut sum = Double::default();
        [1e16, 1.0, 0.25, -1e16, 1e-10].into_iter().for_each(|value| sum.push(value));
        assert_eq!(sum.value(), 1.250_000_000_1);
        assert_eq!((Double::new(1e16) + Double::new(1.0) - Double::new(1e16)).value(), 1.0);
    }

    #[test]
    fn squares_are_exact() {
        let value = 94_906_267.0;
        let exact = 94_906_267_i128 * 94_906_267;
        let square = Double::square(value);
        assert_eq!(square.high as i128 + square.low as i128, exact);
        let product = square * Double::new(3.0) - Double::new(1.0);
        assert_eq!(product.high as i128 + product.low as i128, 3 * exact - 1);
    }

    #[test]
    fn infinities_are_those_of_plain_addition() {
        let mut sum = Double::new(1.0);
        sum.push(f64::INFINITY);
        sum.push(5.0);
        assert_eq!(sum.value(), f64::INFINITY);
        sum.push(f64::NEG_INFINITY);
        assert!(sum.value().is_nan());
    }
}
