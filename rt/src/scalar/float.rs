//! Arithmetic, comparison and functions of doubles. `+ - * /` are those of the language.

use core::cmp::Ordering;

/// `==`: also true of two NaNs.
#[inline]
pub const fn eq(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// IEEE `fmod`: exact, with the sign of `a`.
#[inline]
pub fn rem(a: f64, b: f64) -> f64 {
    libm::fmod(a, b)
}

/// The lesser; a number rather than NaN, and `-0.0` rather than `0.0`, so that order and grouping do not matter.
#[inline]
pub const fn min(a: f64, b: f64) -> f64 {
    if a < b || b.is_nan() {
        a
    } else if b < a || a.is_nan() {
        b
    } else {
        // Equal: the same bits, or two zeros, of which the one with a sign wins.
        f64::from_bits(a.to_bits() | b.to_bits())
    }
}

/// The greater; a number rather than NaN, and `0.0` rather than `-0.0`.
#[inline]
pub const fn max(a: f64, b: f64) -> f64 {
    if a > b || b.is_nan() {
        a
    } else if b > a || a.is_nan() {
        b
    } else {
        f64::from_bits(a.to_bits() & b.to_bits())
    }
}

/// The absolute value.
#[inline]
pub const fn abs(a: f64) -> f64 {
    a.abs()
}

/// -1.0 or 1.0; zeros and NaN are themselves.
#[inline]
pub const fn sign(a: f64) -> f64 {
    if a > 0.0 {
        1.0
    } else if a < 0.0 {
        -1.0
    } else {
        a
    }
}

/// To the nearest integer, halves away from zero.
#[inline]
pub fn round(a: f64) -> f64 {
    libm::round(a)
}

/// To so many decimal digits, halves away from zero; negative digits round to tens, hundreds and so on. The decimal is
/// that of the scaled double: `round(1.005, 2)` is 1.0, for 1.005 is a little less than it looks.
#[inline]
pub fn round_to(a: f64, digits: i64) -> f64 {
    let scale = libm::pow(10.0, digits.unsigned_abs().min(400) as f64);
    let rounded = match digits.cmp(&0) {
        Ordering::Less => libm::round(a / scale) * scale,
        Ordering::Equal => libm::round(a),
        Ordering::Greater => libm::round(a * scale) / scale,
    };
    match (rounded.is_finite(), digits < 0) {
        (true, _) => rounded,
        // The scale is beyond all doubles: every number is nearer to zero than to it.
        (false, true) if a.is_finite() => 0.0,
        // More digits than the number has.
        (false, _) => a,
    }
}

/// Towards negative infinity.
#[inline]
pub fn floor(a: f64) -> f64 {
    libm::floor(a)
}

/// Towards positive infinity.
#[inline]
pub fn ceil(a: f64) -> f64 {
    libm::ceil(a)
}

/// The square root; NaN of negative numbers.
#[inline]
pub fn sqrt(a: f64) -> f64 {
    libm::sqrt(a)
}

/// e to the power of `a`.
#[inline]
pub fn exp(a: f64) -> f64 {
    libm::exp(a)
}

/// The natural logarithm.
#[inline]
pub fn ln(a: f64) -> f64 {
    libm::log(a)
}

/// The decimal logarithm.
#[inline]
pub fn log10(a: f64) -> f64 {
    libm::log10(a)
}

/// `a` to the power of `b`.
#[inline]
pub fn pow(a: f64, b: f64) -> f64 {
    libm::pow(a, b)
}

/// The sine of radians.
#[inline]
pub fn sin(a: f64) -> f64 {
    libm::sin(a)
}

/// The cosine of radians.
#[inline]
pub fn cos(a: f64) -> f64 {
    libm::cos(a)
}

/// The angle of the point (`x`, `y`), in radians.
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Towards zero. `None` for NaN and out of range.
#[inline]
pub const fn to_int(a: f64) -> Option<i64> {
    // 2^63, which is no i64; its negation is.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if a >= -LIMIT && a < LIMIT { Some(a as i64) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_nan_and_one_zero() {
        assert!(eq(f64::NAN, -f64::NAN) && eq(0.0, -0.0) && !eq(0.0, f64::NAN));
    }

    #[test]
    fn extremes_do_not_depend_on_order() {
        for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
            assert!(min(a, b).is_sign_negative() && max(a, b).is_sign_positive());
        }
        for (a, b) in [(1.0, f64::NAN), (f64::NAN, 1.0)] {
            assert_eq!((min(a, b), max(a, b)), (1.0, 1.0));
        }
        assert_eq!((min(1.0, -2.0), max(1.0, -2.0)), (-2.0, 1.0));
        assert!(min(f64::NAN, f64::NAN).is_nan());
    }

    #[test]
    fn rounding() {
        assert_eq!((round(2.5), round(-2.5), round(0.49)), (3.0, -3.0, 0.0));
        assert_eq!(round_to(2.346, 2), 2.35);
        assert_eq!(round_to(1250.0, -2), 1300.0);
        assert_eq!(round_to(1e300, 20), 1e300);
        assert_eq!(round_to(1.5, 1000), 1.5);
        assert_eq!(round_to(1.5, -1000), 0.0);
        assert_eq!(round_to(f64::INFINITY, -2), f64::INFINITY);
        assert!(round_to(f64::NAN, -1000).is_nan());
    }

    #[test]
    fn conversion_to_int_knows_its_range() {
        assert_eq!(to_int(-9_223_372_036_854_775_808.0), Some(i64::MIN));
        assert_eq!(to_int(9_223_372_036_854_775_808.0), None);
        assert_eq!(to_int(f64::NAN), None);
        assert_eq!(to_int(-1.9), Some(-1));
    }
}
