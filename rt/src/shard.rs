//! Shards: which of several workers has a partition.
//!
//! A *shard* is a share of all partition keys: those whose hash lies in one of N equal stretches of the 64-bit numbers. The
//! hash is part of what is promised: a snapshot that N workers took is restored on M by it, perhaps by a later
//! version, so it never changes.
//!
//! ```text
//! word, a number or truth value    mix(word)             f64: every NaN as one, -0.0 as 0.0; bool: 0 or 1
//! text                             XXH64(its UTF-8, seed 0)
//! null                             0x9e37_79b9_7f4a_7c15
//! several components               h = that of the first; for each further one c: h = mix(h * 31 + c), wrapping
//! shard of N                       floor(h * N / 2^64)
//!
//! mix(x)                           twice x = (x ^ x >> 32) * 0xd6e8_feb8_6659_fd93, then x ^ x >> 32
//! ```

use xxhash_rust::xxh64::xxh64;

pub use crate::kernels::hash as mix;

/// What null counts as.
pub const NULL_HASH: u64 = 0x9e37_79b9_7f4a_7c15;

/// One of the equal shares of all keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Default for Shard {
    fn default() -> Self {
        Self::ALL
    }
}

impl Shard {
    /// All keys.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// Share number `index` of so many.
    ///
    /// # Panics
    /// If `index` is not below `of`.
    pub const fn new(index: u32, of: u32) -> Self {
        assert!(index < of, "Shard: its number is below their count");
        Self { index, of }
    }

    /// Its number, from 0.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether there is no other.
    pub const fn is_all(self) -> bool {
        self.of == 1
    }

    /// Whether a key with this hash is one of the share.
    pub const fn has(self, hash: u64) -> bool {
        shard_of(hash, self.of) == self.index
    }

    /// Whether what is not divided, and has this number, is of the share.
    pub const fn has_whole(self, number: u32) -> bool {
        number % self.of == self.index
    }

    /// The hashes of its keys: the first, and how many follow it. There is another shard.
    pub(crate) fn stretch(self) -> (u64, u64) {
        let first = |index: u32| (((index as u128) << 64).div_ceil(self.of as u128)) as u64;
        let start = first(self.index);
        // Behind the last one the numbers begin again at 0.
        let end = if self.index + 1 == self.of { 0 } else { first(self.index + 1) };
        (start, end.wrapping_sub(start).wrapping_sub(1))
    }
}

/// The number of the shard, of so many, that has keys with this hash.
pub const fn shard_of(hash: u64, of: u32) -> u32 {
    ((hash as u128 * of as u128) >> 64) as u32
}

/// The hash of a text.
pub fn text_hash(bytes: &[u8]) -> u64 {
    xxh64(bytes, 0)
}

/// The hash of a key of several components: that of those before, with that of one more.
#[inline]
pub const fn with_component(hash: u64, component: u64) -> u64 {
    mix(hash.wrapping_mul(31).wrapping_add(component))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that must never change: snapshots rely on them.
    #[test]
    fn the_hash_stays_as_it_is() {
        assert_eq!(mix(0), 0);
        assert_eq!(mix(1), 0x4179_b061_e0c0_e0d0);
        assert_eq!(mix(u64::MAX), 0x448e_29ce_d410_3459);
        assert_eq!(text_hash(b""), 0xef46_db37_51d8_e999);
        assert_eq!(text_hash(b"a"), 0xd24e_c4f1_a98c_6e5b);
    }

    #[test]
    fn shards_are_equal_shares_of_all_hashes() {
        for of in [1, 2, 3, 7, 8, 1000] {
            let mut counts = std::vec![0_u32; of as usize];
            (0..100_000_u64).for_each(|key| counts[shard_of(mix(key), of) as usize] += 1);
            let fair = 100_000 / of;
            assert!(counts.iter().all(|count| count.abs_diff(fair) < 10 + fair / 2), "{of}: {counts:?}");
        }
        assert_eq!((shard_of(0, 3), shard_of(u64::MAX, 3)), (0, 2));
    }

    #[test]
    fn a_shard_is_a_stretch_of_hashes() {
        for of in [2, 3, 5, 8, 1 << 20] {
            let shards = [0, 1, of / 2, of - 1].map(|index| Shard::new(index, of));
            for shard in shards {
                let (first, more) = shard.stretch();
                let last = first + more;
                assert!(shard.has(first) && shard.has(last), "{shard:?}");
                assert!(!shard.has(first.wrapping_sub(1)) && !shard.has(last.wrapping_add(1)), "{shard:?}");
            }
        }
    }
}
