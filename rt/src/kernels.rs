//! Reductions of a stretch of a column under a mask: what windows without groups are made of; and [`condition`]s on columns.
//!
//! ```text
//!  values, bits of the rows that count   ->   [`Kernels`]   ->   sums, squares, extremes, counts
//!                                             scalar | AVX2 | AVX-512 | NEON, chosen once
//! ```
//!
//! Every algorithm is written once (`reduce`), over packs of sixteen lanes, and is expanded for each instruction set over
//! the few operations that it has to give. The scalar set is the specification; the others give its bits.
//!
//! # Order of summation
//!
//! Row number `n` of an event type, counted from the first that an operator saw, belongs to lane `n % 16`. Each lane
//! adds its values in order as the unevaluated sum of two doubles; the low one takes what rounding the high one has lost
//! (T. Ogita, S. M. Rump, S. Oishi, "Accurate Sum and Dot Product", SISC 26 (2005)), and behind every row whose number is
//! one less than a multiple of 1,024 the two are normalised. In the end lane `i` takes lane `i + 8`, then
//! `i + 4`, `i + 2` and `i + 1`. So a sum depends neither on the width of registers nor on where a batch ends.
//!
//! A sum of n values is off by at most about n * 2^-100 of the sum of their magnitudes.

#[macro_use]
mod reduce;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod condition;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
pub mod sums;
#[cfg(test)]
mod tests;
pub mod texts;

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::shard::Shard;

/// Lanes of a pack.
pub const LANES: usize = 16;

/// The rows of a column that are reduced.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a, T> {
    /// The values of a batch.
    pub values: &'a [T],
    /// A bit for each: whether it counts.
    pub mask: &'a [u64],
    /// The first row.
    pub from: usize,
    /// Behind the last row.
    pub to: usize,
    /// The lane of row 0 of the batch.
    pub phase: usize,
}

/// Sums in sixteen lanes: see [`sums::SumLanes`].
pub type Lanes = [f64; LANES];

/// The kernels of an instruction set.
///
/// Invariant: the processor has what its functions are compiled for.
#[derive(Debug)]
pub struct Kernels {
    /// Its name.
    pub name: &'static str,
    count: unsafe fn(&[u64]) -> u64,
    sum_i64: unsafe fn(&Stretch<'_, i64>) -> i128,
    extremes_i64: unsafe fn(&Stretch<'_, i64>) -> (i64, i64),
    extremes_f64: unsafe fn(&Stretch<'_, f64>) -> (i64, i64),
    sum_f64: unsafe fn(&Stretch<'_, f64>, &mut Lanes, &mut Lanes),
    squares_f64: unsafe fn(&Stretch<'_, f64>, &mut Lanes, &mut Lanes),
    summary_i64: unsafe fn(&Stretch<'_, i64>) -> (i128, i64, i64),
    summary_f64: unsafe fn(&Stretch<'_, f64>, &mut Lanes, &mut Lanes) -> (i64, i64),
    convert: unsafe fn(&[i64], &mut [f64]),
    within_i64: unsafe fn(&[i64], i64, i64, &mut [u64]),
    within_f64: unsafe fn(&[f64], f64, f64, &mut [u64]),
    within_pairs: unsafe fn(&[i64], [i64; 2], [i64; 2], &mut [u64]),
    truths: unsafe fn(&[u8], &mut [u64]),
    is_ascending: unsafe fn(&[i64]) -> bool,
    count_up: unsafe fn(i64, &mut [i64]),
    hash: unsafe fn(&[u64], &mut [u64]),
    keep_stretch: unsafe fn(&[u64], u64, u64, &mut [u64]),
    shards: unsafe fn(&[u64], u32, &mut [u8]),
    equal: unsafe fn(&[u8], u8) -> u64,
}

impl Default for &'static Kernels {
    fn default() -> Self {
        Kernels::best()
    }
}

impl<'a, T> Stretch<'a, T> {
    fn check(&self) {
        assert!(
            self.from <= self.to && self.to <= self.values.len() && self.to <= self.mask.len() * 64,
            "Stretch: rows of the batch"
        );
    }

    /// The sixteen bits from a row on, and zeros behind the mask.
    #[inline]
    fn bits(&self, row: usize) -> u16 {
        let (word, shift) = (row / 64, row % 64);
        let low = self.mask[word] >> shift;
        if shift <= 48 {
            return low as u16;
        }
        (low | self.mask.get(word + 1).map_or(0, |next| next << (64 - shift))) as u16
    }

    /// The same rows of other values.
    pub fn of<'b, U>(&self, values: &'b [U]) -> Stretch<'b, U>
    where
        'a: 'b,
    {
        Stretch { values, mask: self.mask, from: self.from, to: self.to, phase: self.phase }
    }
}

/// Whether the processor has an instruction set.
type IsThere = fn() -> bool;

impl Kernels {
    /// Those of the best instruction set that the processor has.
    pub fn best() -> &'static Self {
        #[cfg(feature = "std")]
        return {
            static BEST: std::sync::LazyLock<&'static Kernels> = std::sync::LazyLock::new(Kernels::last);
            *BEST
        };
        #[cfg(not(feature = "std"))]
        Self::last()
    }

    fn last() -> &'static Self {
        Self::available().last().expect("the scalar ones are always there")
    }

    /// Those that the processor has, better ones later.
    pub fn available() -> impl Iterator<Item = &'static Self> {
        let sets: [(IsThere, &'static Self); _] = [
            (|| true, &scalar::KERNELS),
            #[cfg(target_arch = "aarch64")]
            (|| true, &neon::KERNELS),
            #[cfg(target_arch = "x86_64")]
            (avx2::is_available, &avx2::KERNELS),
            #[cfg(target_arch = "x86_64")]
            (avx512::is_available, &avx512::KERNELS),
        ];
        sets.into_iter().filter(|(there, _)| there()).map(|(_, set)| set)
    }

    /// How many bits are set.
    pub fn count(&self, words: &[u64]) -> u64 {
        // SAFETY: the invariant.
        unsafe { (self.count)(words) }
    }

    /// The exact sum.
    ///
    /// # Panics
    /// This and the other reductions: if the rows are not those of the values and of the mask.
    pub fn sum_i64(&self, of: &Stretch<'_, i64>) -> i128 {
        of.check();
        // SAFETY: the invariant.
        unsafe { (self.sum_i64)(of) }
    }

    /// The least and the greatest value; none if there is no value.
    pub fn extremes_i64(&self, of: &Stretch<'_, i64>) -> Option<(i64, i64)> {
        of.check();
        // SAFETY: the invariant.
        let (least, greatest) = unsafe { (self.extremes_i64)(of) };
        (least <= greatest).then_some((least, greatest))
    }

    /// The least and the greatest number, `-0.0` below `0.0`; none if there is no number.
    pub fn extremes_f64(&self, of: &Stretch<'_, f64>) -> Option<(f64, f64)> {
        of.check();
        // SAFETY: the invariant.
        let (least, greatest) = unsafe { (self.extremes_f64)(of) };
        (least <= greatest).then(|| (from_key(least), from_key(greatest)))
    }

    /// Adds values to the sums of their lanes: the plain sums, and what rounding has lost.
    fn sum_f64(&self, of: &Stretch<'_, f64>, high: &mut Lanes, low: &mut Lanes) {
        of.check();
        // SAFETY: the invariant.
        unsafe { (self.sum_f64)(of, high, low) }
    }

    /// The same of the squares of values.
    fn squares_f64(&self, of: &Stretch<'_, f64>, high: &mut Lanes, low: &mut Lanes) {
        of.check();
        // SAFETY: the invariant.
        unsafe { (self.squares_f64)(of, high, low) }
    }

    /// The sum and the extremes in one pass.
    pub fn summary_i64(&self, of: &Stretch<'_, i64>) -> (i128, Option<(i64, i64)>) {
        of.check();
        // SAFETY: the invariant.
        let (sum, least, greatest) = unsafe { (self.summary_i64)(of) };
        (sum, (least <= greatest).then_some((least, greatest)))
    }

    /// [`Kernels::sum_f64`] and [`Kernels::extremes_f64`] in one pass.
    fn summary_f64(&self, of: &Stretch<'_, f64>, high: &mut Lanes, low: &mut Lanes) -> Option<(f64, f64)> {
        of.check();
        // SAFETY: the invariant.
        let (least, greatest) = unsafe { (self.summary_f64)(of, high, low) };
        (least <= greatest).then(|| (from_key(least), from_key(greatest)))
    }

    /// Sets the bit of each value that is at least the first and at most the last of a range, and clears those of others and
    /// behind them.
    ///
    /// # Panics
    /// If there are not as many words as the values need.
    pub fn within_i64(&self, values: &[i64], range: &RangeInclusive<i64>, bits: &mut [u64]) {
        assert_eq!(bits.len(), values.len().div_ceil(64), "Kernels: a bit for each value");
        // SAFETY: the invariant.
        unsafe { (self.within_i64)(values, *range.start(), *range.end(), bits) }
    }

    /// The same of doubles, none of which is NaN if it is in a range.
    ///
    /// # Panics
    /// As [`Kernels::within_i64`].
    pub fn within_f64(&self, values: &[f64], range: &RangeInclusive<f64>, bits: &mut [u64]) {
        assert_eq!(bits.len(), values.len().div_ceil(64), "Kernels: a bit for each value");
        // SAFETY: the invariant.
        unsafe { (self.within_f64)(values, *range.start(), *range.end(), bits) }
    }

    /// Sets the bit of each pair of values, the first of which is at least the first of `least` and at most the first of `greatest`, and the second
    /// likewise; clears those of others and behind them.
    ///
    /// # Panics
    /// If there are not as many words as the pairs need.
    pub fn within_pairs(&self, values: &[i64], least: [i64; 2], greatest: [i64; 2], bits: &mut [u64]) {
        assert_eq!(bits.len(), values.len().div_ceil(128), "Kernels: a bit for each pair");
        // SAFETY: the invariant.
        unsafe { (self.within_pairs)(values, least, greatest, bits) }
    }

    /// Sets the bit of each byte that is not 0, and clears those of others and behind them.
    ///
    /// # Panics
    /// As [`Kernels::within_i64`].
    pub fn truths(&self, bytes: &[u8], bits: &mut [u64]) {
        assert_eq!(bits.len(), bytes.len().div_ceil(64), "Kernels: a bit for each value");
        // SAFETY: the invariant.
        unsafe { (self.truths)(bytes, bits) }
    }

    /// Whether no value is less than the one before it. What lies behind them is fetched into a larger cache meanwhile.
    pub fn is_ascending(&self, values: &[i64]) -> bool {
        // SAFETY: the invariant.
        unsafe { (self.is_ascending)(values) }
    }

    /// Fills with a number and those that follow it.
    pub fn count_up(&self, first: i64, to: &mut [i64]) {
        // SAFETY: the invariant.
        unsafe { (self.count_up)(first, to) }
    }

    /// Hashes of words, as many as both have: [`hash`] of each.
    pub fn hash(&self, words: &[u64], hashes: &mut [u64]) {
        // SAFETY: the invariant.
        unsafe { (self.hash)(words, hashes) }
    }

    /// Of the words whose bits are set leaves those whose [`hash`] is of a shard. There are as many bits as words, filled up to 64.
    ///
    /// # Panics
    /// If there are more words than bits.
    pub fn keep_shard(&self, words: &[u64], shard: Shard, bits: &mut [u64]) {
        assert!(words.len() <= bits.len() * 64, "a bit for each word");
        if !shard.is_all() {
            let (first, more) = shard.stretch();
            // SAFETY: the invariant.
            unsafe { (self.keep_stretch)(words, first, more, bits) }
        }
    }

    /// For words, as many as both have, the number of the shard of their [`hash`], of so many; at most 255.
    pub fn shards(&self, words: &[u64], of: u32, shards: &mut [u8]) {
        // SAFETY: the invariant.
        unsafe { (self.shards)(words, of, shards) }
    }

    /// Appends a bit for each byte, whether it is `value`, filled up with zeros to 64.
    pub fn equal(&self, bytes: &[u8], value: u8, bits: &mut Vec<u64>) {
        // SAFETY: the invariant.
        bits.extend(bytes.chunks(64).map(|bytes| unsafe { (self.equal)(bytes, value) }));
    }

    /// Integers as the nearest doubles, as many as both have.
    pub fn convert(&self, from: &[i64], to: &mut [f64]) {
        // SAFETY: the invariant.
        unsafe { (self.convert)(from, to) }
    }
}

/// A hash of a word, of which every bit depends on every bit of the word: two rounds of shift and multiplication, as vector
/// units do them. It never changes: [`crate::shard`] is made of it.
#[inline]
pub const fn hash(word: u64) -> u64 {
    const ODD: u64 = 0xd6e8_feb8_6659_fd93;
    let word = (word ^ word >> 32).wrapping_mul(ODD);
    let word = (word ^ word >> 32).wrapping_mul(ODD);
    word ^ word >> 32
}

/// The lowest bits of bytes, side by side.
#[inline]
const fn lowest_bits(bytes: &[u8; 64]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    let (mut bits, mut number) = (0, 0);
    while number < 8 {
        let byte = u64::from_le_bytes(eights[number]).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= byte << (8 * number);
        number += 1;
    }
    bits
}

/// A bit for each pair of bits: whether both are set.
#[inline]
const fn pairs(bits: u16) -> u8 {
    let both = bits & bits >> 1 & 0x5555;
    let both = (both | both >> 1) & 0x3333;
    let both = (both | both >> 2) & 0x0f0f;
    (both | both >> 4) as u8
}

/// A word of so many bits, at most 64.
#[inline]
const fn lowest(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}

/// The place of a double in their total order, in which `-0.0` is below `0.0`.
#[inline]
pub const fn key(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The number with this [`key`].
#[inline]
pub const fn from_key(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}
