//! Rows of a block as bits, by the vector units.
//!
//! What a window folds shows when it ends, so within a block that ends before any window does it makes no difference in which order
//! operators look at rows. The kernels are those of machine code.

use crate::compiled::BLOCK;
use crate::kernels::condition::Number;
use crate::kernels::{Kernels, LANES, Stretch};
use core::ops::{BitAnd, BitOr, Not, RangeInclusive};

/// How many words of bits a block has.
const WORDS: usize = BLOCK / 64;

/// So few rows of a block are asked one by one.
const FEW: u32 = BLOCK as u32 / 32;

/// Some rows of columns, at most [`BLOCK`].
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
    /// So many rows.
    ///
    /// # Panics
    /// If there are more than a block has.
    #[inline]
    pub fn new(len: usize) -> Self {
        Self::numbered(len, 0)
    }

    /// So many rows, the first of which has a number, counted from the first that the query has seen.
    ///
    /// # Panics
    /// If there are more than a block has.
    #[inline]
    pub fn numbered(len: usize, first: usize) -> Self {
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

    /// Notes some rows in order; gives how many they are.
    pub(super) fn places(&self, rows: &Rows, places: &mut [u16; BLOCK]) -> usize {
        let mut count = 0;
        for (number, word) in rows.0.iter().enumerate().take(self.len.div_ceil(64)) {
            let (first, len) = (64 * number as u32, self.len - 64 * number);
            let mut rest = if len < 64 { word & ((1 << len) - 1) } else { *word };
            while rest != 0 {
                places[count % BLOCK] = (first + rest.trailing_zeros()) as u16;
                count += 1;
                rest &= rest - 1;
            }
        }
        count
    }

    /// Some rows of a column.
    pub(in crate::compiled) fn stretch<'a, T>(&self, rows: &'a Rows, values: &'a [T]) -> Stretch<'a, T> {
        Stretch { values, mask: &rows.0, from: 0, to: self.len, phase: self.first % LANES }
    }

    /// The number of the first row.
    pub(in crate::compiled) const fn first(&self) -> usize {
        self.first
    }

    /// The kernels.
    pub(in crate::compiled) const fn kernels(&self) -> &'static Kernels {
        self.kernels
    }
}

impl Rows {
    /// Those for which something else holds, too; or all, if they are so few that it is cheaper to ask each than a whole column.
    #[inline]
    pub fn narrowed(self, by: impl FnOnce() -> Self) -> Self {
        let count: u32 = self.0.iter().map(|word| word.count_ones()).sum();
        if count <= FEW { self } else { self & by() }
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

    #[test]
    fn few_rows_are_not_asked_further() {
        let values: [i64; BLOCK] = core::array::from_fn(|row| row as i64);
        let block = Block::new(BLOCK);
        let few = block.lt(&values, 20).narrowed(|| unreachable!("few"));
        assert_eq!(block.count(&few), 20);
        assert_eq!(block.count(&block.lt(&values, 200).narrowed(|| block.ge(&values, 150))), 50);
    }

    proptest! {
        #[test]
        fn rows_are_those_that_compare_so(
            values in prop::collection::vec(prop::sample::select(&[f64::NAN, f64::NEG_INFINITY, -0.0, 0.0, 1.0, 2.0][..]), 0..200),
            than in prop::sample::select(&[f64::NEG_INFINITY, -0.0, 1.0, f64::INFINITY][..]),
        ) {
            let block = Block::new(values.len());
            let count = |holds: fn(&f64, &f64) -> bool| values.iter().filter(|value| holds(value, &than)).count() as u64;
            prop_assert_eq!(block.count(&block.lt(&values, than)), count(|a, b| a < b));
            prop_assert_eq!(block.count(&block.le(&values, than)), count(|a, b| a <= b));
            prop_assert_eq!(block.count(&block.gt(&values, than)), count(|a, b| a > b));
            prop_assert_eq!(block.count(&block.ge(&values, than)), count(|a, b| a >= b));
            prop_assert_eq!(block.count(&block.eq(&values, than)), count(|a, b| a == b));
            prop_assert_eq!(block.count(&block.ne(&values, than)), count(|a, b| a != b));
            let truths: Vec<bool> = values.iter().map(|value| *value > 0.0).collect();
            let either = block.is(&truths) | !block.ge(&values, than) & block.all();
            let is_either = |value: f64| value > 0.0 || value.is_nan() || value < than;
            let places = (0..values.len()).filter(|row| is_either(values[*row])).map(|row| row as u16).collect::<Vec<_>>();
            prop_assert_eq!(block.count(&either), places.len() as u64);
            let mut noted = [0; BLOCK];
            let count = block.places(&either, &mut noted);
            prop_assert_eq!(&noted[..count], places);
        }
    }
}
