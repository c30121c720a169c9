//! Integer arithmetic: of `i64`, and of timestamps and durations, which are nanoseconds in an `i64`.

/// `a + b`, unless it overflows.
#[inline]
pub const fn add(a: i64, b: i64) -> Option<i64> {
    a.checked_add(b)
}

/// `a - b`, unless it overflows.
#[inline]
pub const fn sub(a: i64, b: i64) -> Option<i64> {
    a.checked_sub(b)
}

/// `a * b`, unless it overflows.
#[inline]
pub const fn mul(a: i64, b: i64) -> Option<i64> {
    a.checked_mul(b)
}

/// `a / b` towards zero, unless `b` is zero or it overflows.
#[inline]
pub const fn div(a: i64, b: i64) -> Option<i64> {
    a.checked_div(b)
}

/// The remainder of [`div`], with the sign of `a`; `i64::MIN % -1` is 0. `None` if `b` is zero.
#[inline]
pub const fn rem(a: i64, b: i64) -> Option<i64> {
    match b {
        0 => None,
        _ => Some(a.wrapping_rem(b)),
    }
}

/// `-a`, unless it overflows.
#[inline]
pub const fn neg(a: i64) -> Option<i64> {
    a.checked_neg()
}

/// The absolute value, unless it overflows.
#[inline]
pub const fn abs(a: i64) -> Option<i64> {
    a.checked_abs()
}

/// -1, 0 or 1.
#[inline]
pub const fn sign(a: i64) -> i64 {
    a.signum()
}

/// The nearest double, ties to even.
#[inline]
pub const fn to_float(a: i64) -> f64 {
    a as f64
}

/// duration × number: the product of the nearest double, rounded to the nearest nanosecond, ties to even. `None` for
/// NaN and out of range.
#[inline]
pub fn scale_duration(duration: i64, factor: f64) -> Option<i64> {
    super::float::to_int(libm::roundeven(duration as f64 * factor))
}

/// duration ÷ number, as [`scale_duration`].
#[inline]
pub fn divide_duration(duration: i64, divisor: f64) -> Option<i64> {
    super::float::to_int(libm::roundeven(duration as f64 / divisor))
}

/// duration ÷ duration: the quotient of the nearest doubles. `None` by zero.
#[inline]
pub const fn ratio(a: i64, b: i64) -> Option<f64> {
    match b {
        0 => None,
        _ => Some(a as f64 / b as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_the_range_fail_or_are_exact() {
        assert_eq!(add(i64::MAX, 1), None);
        assert_eq!(div(i64::MIN, -1), None);
        assert_eq!(rem(i64::MIN, -1), Some(0));
        assert_eq!(rem(-7, 2), Some(-1));
        assert_eq!(rem(1, 0), None);
        assert_eq!(abs(i64::MIN), None);
    }

    #[test]
    fn scaled_durations_round_ties_to_even() {
        assert_eq!(scale_duration(5, 0.5), Some(2));
        assert_eq!(scale_duration(7, 0.5), Some(4));
        assert_eq!(divide_duration(-5, 2.0), Some(-2));
        assert_eq!(divide_duration(1, 0.0), None);
        assert_eq!(scale_duration(i64::MAX, 1.0), None, "the nearest double is out of range");
        assert_eq!(scale_duration(1, f64::NAN), None);
        assert_eq!(ratio(1, 0), None);
    }
}
