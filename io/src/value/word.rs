//! Eight bytes of text at a time, in safe code: comparisons and digits without a loop over bytes.
//!
//! Source of the digit arithmetic: Johnny Lee's "fast numeric string to int", as in simdjson's
//! `parse_eight_digits_unrolled`.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Eight bytes, the first in the low bits.
#[derive(Clone, Copy)]
pub(crate) struct Word(pub(crate) u64);

impl Word {
    /// The eight bytes from `at`, if there are as many.
    #[inline(always)]
    pub(crate) fn load(text: &[u8], at: usize) -> Option<Self> {
        let bytes = text.get(at..at.checked_add(8)?)?;
        Some(Self(u64::from_le_bytes(bytes.try_into().expect("8 bytes"))))
    }

    /// The high bit of each byte that equals `byte`. Bytes after the first match may be wrong.
    #[inline(always)]
    pub(crate) const fn eq_first(self, byte: u8) -> u64 {
        let x = self.0 ^ (ONES * byte as u64);
        x.wrapping_sub(ONES) & !x & HIGHS
    }

    /// The high bit of each byte below `limit`, at most 128. Bytes after the first match may be wrong.
    #[inline(always)]
    pub(crate) const fn below_first(self, limit: u8) -> u64 {
        self.0.wrapping_sub(ONES * limit as u64) & !self.0 & HIGHS
    }

    /// The high bit of each byte that is not a decimal digit, exactly.
    #[inline(always)]
    pub(crate) const fn not_digits(self) -> u64 {
        let x = self.0 ^ (ONES * b'0' as u64);
        // Digits became 0 to 9; adding 118 to the low seven bits carries into the high bit from 10 on.
        (((x & !HIGHS) + ONES * 118) | x) & HIGHS
    }

    /// The number that the first `len` bytes write, 1 to 8 of them, if all are decimal digits.
    #[inline(always)]
    pub(crate) const fn digits(self, len: usize) -> Option<u64> {
        // The bytes that follow are shifted out, and zeros, as digits before the first, come in.
        let x = (self.0 ^ (ONES * b'0' as u64)) << (64 - 8 * len);
        if (((x & !HIGHS) + ONES * 118) | x) & HIGHS != 0 {
            return None;
        }
        let pairs = x.wrapping_mul(1 + (10 << 8)) >> 8 & 0x00ff_00ff_00ff_00ff;
        let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_ffff_0000_ffff;
        Some(fours.wrapping_mul(1 + (10_000 << 32)) >> 32)
    }

    /// With every byte a digit's value: in byte `i`, that digit and the next as a number of two digits.
    #[inline(always)]
    pub(crate) const fn pairs(digits: u64) -> u64 {
        digits.wrapping_mul(10).wrapping_add(digits >> 8)
    }
}

/// The sixteen bytes from `at`, if there are as many.
#[inline(always)]
pub(crate) fn load16(text: &[u8], at: usize) -> Option<&[u8; 16]> {
    text.get(at..at.checked_add(16)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_agree_with_bytes(bytes in prop::array::uniform8(prop_oneof![any::<u8>(), b'0'..=b'9']), len in 1usize..=8) {
            let word = Word::load(&bytes, 0).unwrap();
            let first = |mask: u64| mask.trailing_zeros() as usize / 8;
            prop_assert_eq!(first(word.eq_first(b'5')), bytes.iter().position(|&b| b == b'5').unwrap_or(8));
            prop_assert_eq!(first(word.below_first(0x20)), bytes.iter().position(|&b| b < 0x20).unwrap_or(8));
            for (index, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(word.not_digits() >> (8 * index + 7) & 1 == 1, !byte.is_ascii_digit());
            }
            let text = std::str::from_utf8(&bytes[..len]).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            prop_assert_eq!(word.digits(len), text.map(|text| text.parse().unwrap()));
        }
    }
}
