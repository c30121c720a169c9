//! The states of aggregates: what a run keeps of the values seen so far, and what is read from it.
//!
//! Each state is 24 bytes that compiled code reads and writes in place (it inlines `push` and most reads); zeroed bytes
//! are the state of no value. These functions are the definition: the oracle and both backends give their bits.
//! Nulls are not known here; a caller skips them.

use crate::scalar::float;

/// Bytes of every state.
pub const STATE_BYTES: usize = 24;

/// The exact sum and the count of integers, timestamps or durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SumI {
    /// The low 64 bits of the sum in two's complement.
    pub low: u64,
    /// The high 64 bits.
    pub high: i64,
    /// How many values.
    pub count: u64,
}

#[cfg(feature = "alloc")]
crate::snapshot::codec::persist!(SumI { low, high, count });

/// The sum of doubles with Neumaier's compensation, and their count.
///
/// A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct SumF {
    /// The sum as doubles add up.
    pub sum: f64,
    /// What rounding has lost.
    pub compensation: f64,
    /// How many values.
    pub count: u64,
}

/// Count, mean and squared deviations of doubles, by Welford's recurrence.
///
/// B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", Technometrics 4 (1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Moments {
    /// How many values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The sum of the squares of their deviations from the mean.
    pub squares: f64,
}

impl SumI {
    /// A sum of so many values.
    #[inline]
    pub const fn of(total: i128, count: u64) -> Self {
        Self { low: total as u64, high: (total >> 64) as i64, count }
    }

    /// Adds a value.
    #[inline]
    pub const fn push(&mut self, value: i64) {
        let sum = self.total().wrapping_add(value as i128);
        self.low = sum as u64;
        self.high = (sum >> 64) as i64;
        self.count += 1;
    }

    /// The sum; 2^63 values cannot overflow it.
    #[inline]
    pub const fn total(&self) -> i128 {
        (self.high as i128) << 64 | self.low as i128
    }

    /// The sum. `None` if it is out of range, which is a fault; 0 if there is no value.
    #[inline]
    pub const fn sum(&self) -> Option<i64> {
        if self.high == (self.low as i64) >> 63 { Some(self.low as i64) } else { None }
    }

    /// The mean: the nearest double to the exact sum, divided by the count. NaN if there is no value.
    #[inline]
    pub const fn mean(&self) -> f64 {
        self.total() as f64 / self.count as f64
    }

    /// The mean in whole units (nanoseconds), to the nearest, ties to even. 0 if there is no value.
    pub const fn mean_whole(&self) -> i64 {
        if self.count == 0 {
            return 0;
        }
        let (total, count) = (self.total(), self.count as i128);
        let (floor, twice_rest) = (total.div_euclid(count), 2 * total.rem_euclid(count));
        let up = twice_rest > count || (twice_rest == count && floor & 1 == 1);
        (floor + up as i128) as i64
    }
}

impl SumF {
    /// Adds a value.
    #[inline]
    pub const fn push(&mut self, value: f64) {
        let sum = self.sum + value;
        let (larger, smaller) =
            if self.sum.abs() >= value.abs() { (self.sum, value) } else { (value, self.sum) };
        self.compensation += (larger - sum) + smaller;
        self.sum = sum;
        self.count += 1;
    }

    /// The compensated sum; the plain one where that is infinite or NaN, for then nothing was lost by rounding. 0.0 if
    /// there is no value.
    #[inline]
    pub const fn sum(&self) -> f64 {
        if self.sum.is_finite() { self.sum + self.compensation } else { self.sum }
    }

    /// The sum divided by the count. NaN if there is no value.
    #[inline]
    pub const fn mean(&self) -> f64 {
        self.sum() / self.count as f64
    }
}

impl Moments {
    /// Adds a value.
    #[inline]
    pub const fn push(&mut self, value: f64) {
        self.count += 1;
        let deviation = value - self.mean;
        self.mean += deviation / self.count as f64;
        self.squares += deviation * (value - self.mean);
    }

    /// The sample standard deviation (n - 1). `None` for fewer than two values.
    #[inline]
    pub fn stddev(&self) -> Option<f64> {
        (self.count >= 2).then(|| float::sqrt(self.squares / (self.count - 1) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of(values: &[i64]) -> SumI {
        let mut sum = SumI::default();
        values.iter().for_each(|value| sum.push(*value));
        sum
    }

    #[test]
    fn states_are_of_one_size() {
        assert_eq!([size_of::<SumI>(), size_of::<SumF>(), size_of::<Moments>()], [STATE_BYTES; 3]);
    }

    #[test]
    fn integer_sums_are_exact_past_the_range() {
        assert_eq!(sum_of(&[i64::MAX, i64::MAX]).sum(), None);
        assert_eq!(sum_of(&[i64::MAX, i64::MAX, i64::MIN, i64::MIN, 7]).sum(), Some(5));
        assert_eq!(sum_of(&[i64::MIN, -1]).total(), i128::from(i64::MIN) - 1);
        assert_eq!(sum_of(&[i64::MAX, i64::MAX]).mean_whole(), i64::MAX);
    }

    #[test]
    fn whole_means_round_to_even() {
        for (values, expected) in [
            (&[1, 2][..], 2),
            (&[2, 3], 2),
            (&[-1, -2], -2),
            (&[-2, -3], -2),
            (&[1, 1, 2], 1),
            (&[-1, -1, -2], -1),
        ] {
            assert_eq!(sum_of(values).mean_whole(), expected, "{values:?}");
        }
    }

    #[test]
    fn double_sums_are_compensated() {
        let mut sum = SumF::default();
        [1.0, 1e100, 1.0, -1e100].into_iter().for_each(|value| sum.push(value));
        assert_eq!(sum.sum(), 2.0);
        sum.push(f64::INFINITY);
        assert_eq!(sum.sum(), f64::INFINITY);
    }

    #[test]
    fn deviations() {
        let mut moments = Moments::default();
        assert_eq!(moments.stddev(), None);
        [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter().for_each(|value| moments.push(value));
        assert_eq!(moments.stddev(), Some((32.0f64 / 7.0).sqrt()));
    }
}
