//! Conditions on a column of texts, for whole columns: equality by two words a text, anything else text by text.

use super::condition::Joint;
use super::{Kernels, lowest};
use crate::string::RawStr;

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

    /// Sets the bit of each text that is `wanted`, and clears those of others and behind them.
    pub(super) fn equal(self, kernels: &Kernels, wanted: &str, bits: &mut [u64]) {
        // SAFETY: a view is two words, of which any bits are integers.
        let words = unsafe { core::slice::from_raw_parts(self.0.as_ptr().cast::<i64>(), 2 * self.0.len()) };
        let bytes = wanted.as_bytes();
        if let Some(RawStr { head, tail }) = RawStr::inline(bytes) {
            let view = [head as i64, tail as i64];
            return kernels.within_pairs(words, view, view, bits);
        }
        // Of a long one, length and prefix are looked for; the address may be any.
        let head = RawStr::long(bytes, 0).head as i64;
        kernels.within_pairs(words, [head, i64::MIN], [head, i64::MAX], bits);
        self.join(None, false, Joint::And, bits, |text| text == wanted);
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

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

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
            wanted in text(),
            (not, nulls, joint) in (any::<bool>(), any::<bool>(), 0..3usize),
            (valid, before) in (any::<u64>(), any::<u64>()),
        ) {
            let (rows, words, joint) = (texts.len(), texts.len().div_ceil(64), Joint::ALL[joint]);
            let mut column = StrValues::default();
            texts.iter().for_each(|text| column.push(text));
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
                let holds = (*text == wanted) != not && validity.is_none_or(|valid| valid[word] & bit != 0);
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
                Condition { test: Test::Text(all, &wanted), not, validity }.join(kernels, joint, &mut found);
                prop_assert_eq!(&found, &expected, "{}", kernels.name);
            }
            all.join(validity, not, joint, &mut bits, |text| text == wanted);
            prop_assert_eq!(bits, expected);
        }
    }
}
