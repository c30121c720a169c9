//! Looks at 64 bytes of CSV text at a time: which are delimiters, line feeds, quotes.
//!
//! The scalar way is the specification; the others are compared with it.

use super::scan::{BLOCK, Index, Scan};

/// Which bytes of a block are of interest: bit `i` is byte `i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    /// Delimiters and line feeds.
    pub(super) separators: u64,
    pub(super) line_feeds: u64,
    pub(super) quotes: u64,
}

impl Bits {
    /// Only those of the first `count` bytes.
    #[inline(always)]
    pub(super) const fn first(self, count: usize) -> Self {
        let mask = if count < BLOCK { (1 << count) - 1 } else { !0 };
        let Self { separators, line_feeds, quotes } = self;
        Self { separators: separators & mask, line_feeds: line_feeds & mask, quotes: quotes & mask }
    }
}

/// A way to look at a block.
pub(super) trait Classify: Copy {
    fn classify(self, block: &[u8; BLOCK], delimiter: u8) -> Bits;
}

/// In 64-bit words: eight bytes at a time on any machine.
#[derive(Clone, Copy)]
pub(super) struct Scalar;

impl Classify for Scalar {
    #[inline(always)]
    fn classify(self, block: &[u8; BLOCK], delimiter: u8) -> Bits {
        let line_feeds = equal(block, b'\n');
        Bits { separators: equal(block, delimiter) | line_feeds, line_feeds, quotes: equal(block, b'"') }
    }
}

/// The bytes of `block` that equal `byte`, as bits.
#[inline(always)]
fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    const LOWS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        let x = u64::from_le_bytes(*word) ^ u64::from_le_bytes([byte; 8]);
        // The high bit of each byte that is zero, then those eight bits side by side.
        let zero = !(((x & LOWS) + LOWS) | x | LOWS);
        bits << 8 | (zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Indexes the text with the widest instructions of this machine.
pub(super) fn run(scan: Scan, text: &[u8], len: usize, index: &mut Index) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let bits = has!("bmi1") && has!("bmi2") && has!("popcnt");
        if bits && has!("avx512f") && has!("avx512bw") {
            // SAFETY: the features that the function is compiled for were just detected.
            return unsafe { x86::run_avx512(scan, text, len, index) };
        }
        if bits && has!("avx2") {
            // SAFETY: the features that the function is compiled for were just detected.
            return unsafe { x86::run_avx2(scan, text, len, index) };
        }
    }
    scan.blocks(Scalar, text, len, index);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{BLOCK, Bits, Classify, Index, Scan};

    #[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2,popcnt")]
    pub(super) fn run_avx512(scan: Scan, text: &[u8], len: usize, index: &mut Index) {
        scan.blocks(Avx512(()), text, len, index);
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub(super) fn run_avx2(scan: Scan, text: &[u8], len: usize, index: &mut Index) {
        scan.blocks(Avx2(()), text, len, index);
    }

    /// Invariant: made only where AVX-512BW was detected.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(pub(super) ());

    impl Classify for Avx512 {
        #[inline(always)]
        fn classify(self, block: &[u8; BLOCK], delimiter: u8) -> Bits {
            // SAFETY: the type's invariant.
            unsafe { classify_avx512(block, delimiter) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn classify_avx512(block: &[u8; BLOCK], delimiter: u8) -> Bits {
        // SAFETY: an unaligned load of the 64 bytes that the reference is of.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
        let line_feeds = equal(b'\n');
        Bits { separators: equal(delimiter) | line_feeds, line_feeds, quotes: equal(b'"') }
    }

    /// Invariant: made only where AVX2 was detected.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(pub(super) ());

    impl Classify for Avx2 {
        #[inline(always)]
        fn classify(self, block: &[u8; BLOCK], delimiter: u8) -> Bits {
            // SAFETY: the type's invariant.
            unsafe { classify_avx2(block, delimiter) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn classify_avx2(block: &[u8; BLOCK], delimiter: u8) -> Bits {
        // SAFETY: unaligned loads of the first and the last 32 of the 64 bytes that the reference is of.
        let (low, high) = unsafe {
            (_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast()))
        };
        let equal = |byte: u8| {
            let wanted = _mm256_set1_epi8(byte as i8);
            let bits = |bytes| _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, wanted)) as u32;
            u64::from(bits(low)) | u64::from(bits(high)) << 32
        };
        let line_feeds = equal(b'\n');
        Bits { separators: equal(delimiter) | line_feeds, line_feeds, quotes: equal(b'"') }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()]
    }

    proptest! {
        #[test]
        fn scalar_is_the_definition(block in prop::collection::vec(byte(), BLOCK)) {
            let block: &[u8; BLOCK] = block.as_slice().try_into().unwrap();
            let bits = Scalar.classify(block, b',');
            for (at, &byte) in block.iter().enumerate() {
                prop_assert_eq!(bits.separators >> at & 1 == 1, byte == b',' || byte == b'\n');
                prop_assert_eq!(bits.line_feeds >> at & 1 == 1, byte == b'\n');
                prop_assert_eq!(bits.quotes >> at & 1 == 1, byte == b'"');
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[test]
        fn vectors_agree_with_scalar(block in prop::collection::vec(byte(), BLOCK), delimiter in byte()) {
            let block: &[u8; BLOCK] = block.as_slice().try_into().unwrap();
            let expected = Scalar.classify(block, delimiter);
            if std::arch::is_x86_feature_detected!("avx2") {
                prop_assert_eq!(x86::Avx2(()).classify(block, delimiter), expected);
            }
            if std::arch::is_x86_feature_detected!("avx512bw") {
                prop_assert_eq!(x86::Avx512(()).classify(block, delimiter), expected);
            }
        }
    }
}
