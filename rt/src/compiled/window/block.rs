//! Blocks of columns that a query without groups folds at once: which rows count, by the vector units.
//!
//! ```text
//!  columns --> [`Block::lt`] … --> [`Rows`]: a bit for each --> [`super::Summary::take`] …
//! ```
//!
//! What a window folds shows when it ends, so within a block that ends before any window does it makes no difference in which order
//! operators look at rows. The kernels are those of machine code.

use crate::compiled::BLOCK;
use crate::kernels::condition::Number;
use crate::kernels::{Kernels, LANES, Stretch};
use core::ops::{BitAnd, BitOr, Not, RangeInclusive};

/// How many words of bits a block has.
const WORDS: usize = BLOCK / 64;

/// Some rows of columns, at most [`BLOCK`], which are of one slice.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    len: usize,
    first: usize,
    kernels: &'static Kernels,
}

/// Rows of a block: a bit for each. What lies behind the last is not said.
#[derive(Clone, Copy, Debug)]
pub struct Rows([u64; WORDS]);

/// What a column is compared with.
pub trait Compared: Number {
    /// Sets the bits of values in a range.
    fn within(kernels: &Kernels, values: &[Self], range: &RangeInclusive<Self>, bits: &mut [u64]);
}

impl Compared for i64 {
    fn within(kernels: &Kernels, values: &[i64], range: &RangeInclusive<i64>, bits: &mut [u64]) {
        kernels.within_i64(values, range, bits);
    }
}

impl Compared for f64 {
    fn within(kernels: &Kernels, values: &[f64], range: &RangeInclusive<f64>, bits: &mut [u64]) {
        kernels.within_f64(values, range, bits);
    }
}

impl Block {
    /// So many rows, the first of which has a number, counted from the first that the query has seen.
    ///
    /// # Panics
    /// If there are more than a block has.
    #[inline]
    pub fn new(len: usize, first: usize) -> Self {
        assert!(len <= BLOCK, "Block: at most as many rows as a block has");
        Self { len, first, kernels: Kernels::best() }
    }

    /// All rows.
    #[inline]
    pub const fn all(&self) -> Rows {
        Rows([u64::MAX; WORDS])
    }

    fn within<T: Compared>(&self, values: &[T], range: &RangeInclusive<T>) -> Rows {
        let mut rows = Rows([0; WORDS]);
        T::within(self.kernels, values, range, &mut rows.0[..values.len().div_ceil(64)]);
        rows
    }

    /// Rows whose value is true.
    pub fn is(&self, values: &[bool]) -> Rows {
        // SAFETY: a truth value is a byte, 0 or 1.
        let bytes = unsafe { core::slice::from_raw_parts(values.as_ptr().cast::<u8>(), values.len()) };
        let mut rows = Rows([0; WORDS]);
        self.kernels.truths(bytes, &mut rows.0[..values.len().div_ceil(64)]);
        rows
    }

    /// Rows whose value is less than a number.
    pub fn lt<T: Compared>(&self, values: &[T], than: T) -> Rows {
        self.within(values, &than.below())
    }

    /// Rows whose value is a number at most.
    pub fn le<T: Compared>(&self, values: &[T], than: T) -> Rows {
        self.within(values, &than.up_to())
    }

    /// Rows whose value is greater than a number.
    pub fn gt<T: Compared>(&self, values: &[T], than: T) -> Rows {
        self.within(values, &than.above())
    }

    /// Rows whose value is a number at least.
    pub fn ge<T: Compared>(&self, values: &[T], than: T) -> Rows {
        self.within(values, &than.from())
    }

    /// Rows whose value is a number.
    pub fn eq<T: Compared>(&self, values: &[T], than: T) -> Rows {
        self.within(values, &than.only())
    }

    /// Rows whose value is not a number.
    pub fn ne<T: Compared>(&self, values: &[T], than: T) -> Rows {
        !self.within(values, &than.only())
    }

    /// How many there are of some rows.
    #[inline]
    pub fn count(&self, rows: &Rows) -> u64 {
        let (whole, rest) = (self.len / 64, self.len % 64);
        let last = rows.0.get(whole).map_or(0, |word| word & ((1 << rest) - 1));
        self.kernels.count(&rows.0[..whole]) + u64::from(last.count_ones())
    }

    /// Some rows of a column.
    pub(super) fn stretch<'a, T>(&self, rows: &'a Rows, values: &'a [T]) -> Stretch<'a, T> {
        Stretch { values, mask: &rows.0, from: 0, to: self.len, phase: self.first % LANES }
    }

    /// The number of the first row.
    pub(super) const fn first(&self) -> usize {
        self.first
    }

    /// The kernels.
    pub(super) const fn kernels(&self) -> &'static Kernels {
        self.kernels
    }
}

impl BitAnd for Rows {
    type Output = Self;

    #[inline]
    fn bitand(self, other: Self) -> Self {
        Self(core::array::from_fn(|word| self.0[word] & other.0[word]))
    }
}

impl BitOr for Rows {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(core::array::from_fn(|word| self.0[word] | other.0[word]))
    }
}

impl Not for Rows {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_those_that_compare_so(
            values in prop::collection::vec(prop::sample::select(&[f64::NAN, f64::NEG_INFINITY, -0.0, 0.0, 1.0, 2.0][..]), 0..200),
            than in prop::sample::select(&[f64::NEG_INFINITY, -0.0, 1.0, f64::INFINITY][..]),
        ) {
            let block = Block::new(values.len(), 0);
            let count = |holds: fn(&f64, &f64) -> bool| values.iter().filter(|value| holds(value, &than)).count() as u64;
            prop_assert_eq!(block.count(&block.lt(&values, than)), count(|a, b| a < b));
            prop_assert_eq!(block.count(&block.le(&values, than)), count(|a, b| a <= b));
            prop_assert_eq!(block.count(&block.gt(&values, than)), count(|a, b| a > b));
            prop_assert_eq!(block.count(&block.ge(&values, than)), count(|a, b| a >= b));
            prop_assert_eq!(block.count(&block.eq(&values, than)), count(|a, b| a == b));
            prop_assert_eq!(block.count(&block.ne(&values, than)), count(|a, b| a != b));
            let truths: Vec<bool> = values.iter().map(|value| *value > 0.0).collect();
            let either = block.is(&truths) | !block.ge(&values, than) & block.all();
            prop_assert_eq!(block.count(&either), values.iter().filter(|value| **value > 0.0 || value.is_nan() || **value < than).count() as u64);
        }
    }
}
