//! Sums of doubles without any rounding.

/// Bits of a digit.
const DIGIT: u32 = 32;
/// Digits of the greatest sum: doubles reach from 2^-1074 to 2^1024, and products of two from 2^-2148 to 2^2048.
const DIGITS: usize = (2148 + 2048) / DIGIT as usize + 4;
/// The weight of the lowest bit is 2^-LOWEST.
const LOWEST: i32 = 2148;

/// A sum of doubles and of products of two, as a fixed-point number of all bits that there can be.
pub(super) struct Exact {
    /// Least first, each with a sign of its own.
    digits: [i128; DIGITS],
    /// The sum of what is not finite.
    special: f64,
}

impl Exact {
    /// Zero.
    pub(super) fn new() -> Self {
        Self { digits: [0; DIGITS], special: 0.0 }
    }

    /// The sum of doubles.
    pub(super) fn sum(values: &[f64]) -> Self {
        let mut sum = Self::new();
        values.iter().for_each(|value| sum.add(*value));
        sum
    }

    /// What so many times the sum of the squares of doubles exceeds the square of their sum by: `n*(n-1)` times their variance.
    pub(super) fn excess_of_squares(values: &[f64]) -> Self {
        let mut excess = Self::new();
        for a in values {
            for b in values {
                excess.add_product(*a, *a, false);
                excess.add_product(*a, *b, true);
            }
        }
        excess
    }

    /// Adds a product, or takes it away.
    fn add_product(&mut self, a: f64, b: f64, less: bool) {
        if !a.is_finite() || !b.is_finite() {
            self.special = f64::NAN;
            return;
        }
        let (left, left_exponent, left_negative) = parts(a);
        let (right, right_exponent, right_negative) = parts(b);
        let bits = u128::from(left) * u128::from(right);
        self.add_bits(bits, left_exponent + right_exponent, (left_negative != right_negative) != less);
    }

    fn add(&mut self, value: f64) {
        if value.is_finite() {
            let (mantissa, exponent, negative) = parts(value);
            self.add_bits(u128::from(mantissa), exponent, negative);
        } else {
            self.special += value;
        }
    }

    /// Adds `bits * 2^exponent`.
    fn add_bits(&mut self, bits: u128, exponent: i32, negative: bool) {
        let place = (exponent + LOWEST) as u32;
        let mut rest = bits;
        let mut digit = (place / DIGIT) as usize;
        let mut shift = place % DIGIT;
        while rest != 0 {
            let taken = rest & ((1 << (DIGIT - shift)) - 1);
            let part = (taken << shift) as i128;
            self.digits[digit] += if negative { -part } else { part };
            rest >>= DIGIT - shift;
            (digit, shift) = (digit + 1, 0);
        }
    }

    /// The nearest double, ties to even; what plain addition gives where it is not finite.
    pub(super) fn rounded(&self) -> f64 {
        if !self.special.is_finite() {
            return self.special;
        }
        let (digits, negative) = self.normal();
        let Some(top) = digits.iter().rposition(|digit| *digit != 0) else { return 0.0 };
        let highest = top as i32 * DIGIT as i32 + (31 - digits[top].leading_zeros() as i32);
        // The lowest bit that a double of this size holds.
        let lowest = (highest - 52).max(LOWEST - 1074);
        let bit = |place: i32| place >= 0 && digits[place as usize / 32] >> (place % 32) & 1 == 1;
        let mut mantissa =
            (lowest..=highest).rev().fold(0_u64, |bits, place| bits << 1 | u64::from(bit(place)));
        let above_half = bit(lowest - 1) && ((0..lowest - 1).any(bit) || mantissa & 1 == 1);
        mantissa += u64::from(above_half);
        let size = scaled(mantissa as f64, lowest - LOWEST);
        if negative { -size } else { size }
    }

    /// The digits of the absolute value, and its sign.
    fn normal(&self) -> ([u32; DIGITS], bool) {
        let carried = |sign: i128| {
            let mut carry = 0;
            let digits = self.digits.map(|digit| {
                let sum = sign * digit + carry;
                carry = sum >> DIGIT;
                sum as u32
            });
            (digits, carry < 0)
        };
        match carried(1) {
            (digits, false) => (digits, false),
            (_, true) => (carried(-1).0, true),
        }
    }
}

/// A finite double as `mantissa * 2^exponent`, and whether it is negative.
fn parts(value: f64) -> (u64, i32, bool) {
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let negative = value.is_sign_negative();
    match exponent {
        0 => (fraction, -1074, negative),
        _ => (fraction | 1 << 52, exponent - 1075, negative),
    }
}

/// `value * 2^exponent`, where only the end of the range rounds.
fn scaled(value: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    value * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_rounded_once() {
        let sum = |values: &[f64]| Exact::sum(values).rounded();
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e308, 1e308, -1e308]), 1e308);
        assert_eq!(sum(&[1e308, 1e308]), f64::INFINITY);
        assert_eq!(sum(&[5e-324, 5e-324, -1.5e-323]), -5e-324);
        assert_eq!(sum(&[-1.5, 0.25]), -1.25);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        // Halfway between 2^53 and the next double: to the even one, unless anything lies beyond.
        assert_eq!(sum(&[9007199254740992.0, 1.0]), 9007199254740992.0);
        assert_eq!(sum(&[9007199254740992.0, 1.0, 5e-324]), 9007199254740994.0);
    }

    #[test]
    fn sums_that_are_one_double_are_that() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(random);
            if value.is_finite() {
                assert_eq!(Exact::sum(&[value]).rounded().to_bits(), (value + 0.0).to_bits());
            }
        }
    }

    #[test]
    fn the_excess_of_squares_does_not_cancel() {
        let excess = |values: &[f64]| Exact::excess_of_squares(values).rounded();
        assert_eq!(excess(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), 8.0 * 32.0);
        assert_eq!(excess(&[1e15, 1e15 + 1.0]), 1.0);
        assert_eq!(excess(&[0.1; 7]), 0.0);
        assert!(excess(&[f64::INFINITY, 1.0]).is_nan());
    }
}
