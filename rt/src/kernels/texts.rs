//! Conditions on a column of texts, for whole columns: equality by two words a text, anything else text by text.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::condition::Joint;
use super::{Kernels, PairRange, lowest};
use crate::prefetch::fetch;
use crate::string::RawStr;

/// Words of bits of texts that stay in the nearest cache while they are looked at twice.
const BLOCK: usize = 16;

/// The texts of a column.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a>(&'a [RawStr]);

impl<'a> Texts<'a> {
    /// Texts as a column holds them.
    ///
    /// # Safety
    /// As for [`RawStr::text`], of each.
    pub const unsafe fn new(views: &'a [RawStr]) -> Self {
        Self(views)
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// One of them.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub fn get(self, row: usize) -> &'a str {
        // SAFETY: the promise of `new`.
        unsafe { self.0[row].text() }
    }

    /// Those of some rows.
    pub(super) fn rows(self, rows: core::ops::Range<usize>) -> Self {
        Self(&self.0[rows])
    }

    /// Sets the bit of each text that is one of those wanted, and clears those of others and behind them.
    pub(super) fn equal(self, kernels: &Kernels, wanted: &Wanted, bits: &mut [u64]) {
        for (number, bits) in bits.chunks_mut(BLOCK).enumerate() {
            let first = number * BLOCK * 64;
            let texts = self.rows(first..self.len().min(first + BLOCK * 64));
            kernels.within_pairs(texts.words(), &wanted.short, bits);
            if !wanted.long.is_empty() {
                texts.add_long(kernels, wanted, bits);
            }
        }
    }

    /// Sets the bit of each text, of a block at most, that is one of the long ones wanted.
    fn add_long(self, kernels: &Kernels, wanted: &Wanted, bits: &mut [u64]) {
        let mut candidates = [0; BLOCK];
        let candidates = &mut candidates[..bits.len()];
        kernels.within_pairs(self.words(), &wanted.heads, candidates);
        // PERF: their bytes are anywhere, so all of them are asked for before the first is looked at.
        each_bit(candidates, |row| fetch(self.0[row].tail as *const u8));
        each_bit(candidates, |row| {
            let is_wanted = wanted.long.iter().any(|long| **long == *self.get(row));
            bits[row / 64] |= u64::from(is_wanted) << (row % 64);
        });
    }

    /// The views as words.
    const fn words(self) -> &'a [i64] {
        // SAFETY: a view is two words, of which any bits are integers.
        unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast::<i64>(), 2 * self.0.len()) }
    }

    /// Joins the bits of the rows for which `fits` holds, or does not hold if `not`, with `bits`; of null it does neither. Rows whose bits cannot change
    /// are not looked at.
    ///
    /// # Panics
    /// If `bits` or the validity have fewer words than the rows need.
    pub fn join(
        self,
        validity: Option<&[u64]>,
        not: bool,
        joint: Joint,
        bits: &mut [u64],
        fits: impl Fn(&str) -> bool,
    ) {
        let rows = self.len();
        for (number, bits) in bits[..rows.div_ceil(64)].iter_mut().enumerate() {
            let there = lowest(rows - number * 64) & validity.map_or(u64::MAX, |valid| valid[number]);
            let mut left = match joint {
                Joint::Set => there,
                Joint::And => there & *bits,
                Joint::Or => there & !*bits,
            };
            let mut found = 0;
            while left != 0 {
                let row = left.trailing_zeros() as usize;
                found |= u64::from(fits(self.get(number * 64 + row)) != not) << row;
                left &= left - 1;
            }
            match joint {
                Joint::Set | Joint::And => *bits = found,
                Joint::Or => *bits |= found,
            }
        }
    }
}

/// Calls `visit` with the number of each bit that is set.
#[inline]
fn each_bit(words: &[u64], mut visit: impl FnMut(usize)) {
    for (number, word) in words.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            visit(number * 64 + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

/// Some texts, to be one of which is asked of a column.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The views of the short ones.
    short: Vec<PairRange>,
    /// The long ones, and what their views are, of which the address may be any.
    long: Vec<Box<str>>,
    heads: Vec<PairRange>,
}

impl Wanted {
    /// These.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut wanted = Self { short: Vec::new(), long: Vec::new(), heads: Vec::new() };
        for text in texts {
            let bytes = text.as_bytes();
            if let Some(RawStr { head, tail }) = RawStr::inline(bytes) {
                let view = [head as i64, tail as i64];
                wanted.short.push(PairRange { least: view, greatest: view });
            } else {
                let head = RawStr::long(bytes, 0).head as i64;
                wanted.heads.push(PairRange { least: [head, i64::MIN], greatest: [head, i64::MAX] });
                wanted.long.push(text.into());
            }
        }
        wanted
    }

    #[cfg(test)]
    pub(super) fn has(&self, text: &str) -> bool {
        let is_short = |view: &PairRange| {
            RawStr::inline(text.as_bytes())
                .is_some_and(|raw| view.least == [raw.head as i64, raw.tail as i64])
        };
        self.short.iter().any(is_short) || self.long.iter().any(|long| **long == *text)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::super::condition::{Condition, Test};
    use super::*;
    use crate::column::StrValues;

    /// Few texts, of which many begin alike or are equally long.
    fn text() -> impl Strategy<Value = String> {
        let texts = [
            "",
            "a",
            "b",
            "abcdefghijkl",
            "abcdefghijkm",
            "abcdefghijklm",
            "abcdefghijklx",
            "abcdefghijklmn",
            "zbcdefghijklm",
        ];
        proptest::sample::select(texts.to_vec()).prop_map(Into::into)
    }

    proptest! {
        #[test]
        fn texts_are_found_as_defined(
            texts in proptest::collection::vec(text(), 0..300),
            wanted in proptest::collection::vec(text(), 0..7),
            (not, nulls, joint) in (any::<bool>(), any::<bool>(), 0..3usize),
            (valid, before) in (any::<u64>(), any::<u64>()),
        ) {
            let (rows, words, joint) = (texts.len(), texts.len().div_ceil(64), Joint::ALL[joint]);
            let mut column = StrValues::default();
            texts.iter().for_each(|text| column.push(text));
            let any = Wanted::new(wanted.iter().map(String::as_str));
            // SAFETY: the views are those of a column, which stands.
            let all = unsafe { Texts::new(column.views()) };
            let validity: Vec<u64> = (0..words as u32).map(|word| valid.rotate_left(word)).collect();
            let validity = nulls.then_some(&validity[..]);
            let mut bits: Vec<u64> = (0..words as u32).map(|word| before.rotate_left(word)).collect();
            if !rows.is_multiple_of(64) {
                bits[words - 1] &= lowest(rows % 64);
            }
            let mut expected = bits.clone();
            for (row, text) in texts.iter().enumerate() {
                let (word, bit) = (row / 64, 1 << (row % 64));
                let holds = wanted.contains(text) != not && validity.is_none_or(|valid| valid[word] & bit != 0);
                let was = bits[word] & bit != 0;
                let now = match joint {
                    Joint::Set => holds,
                    Joint::And => was && holds,
                    Joint::Or => was || holds,
                };
                expected[word] = if now { expected[word] | bit } else { expected[word] & !bit };
            }
            for kernels in Kernels::available() {
                let mut found = bits.clone();
                Condition { test: Test::Text(all, &any), not, validity }.join(kernels, joint, &mut found);
                prop_assert_eq!(&found, &expected, "{}", kernels.name);
            }
            all.join(validity, not, joint, &mut bits, |text| wanted.iter().any(|wanted| wanted == text));
            prop_assert_eq!(bits, expected);
        }
    }
}
