//! The algorithms, over sixteen lanes: a macro that an instruction set expands beside its operations.
//!
//! The operations are functions of these names on `F`, sixteen doubles, and `I`, sixteen integers:
//!
//! | function | gives |
//! | --- | --- |
//! | `load`, `store`, `load_int`, `store_int` | lanes from an array and back |
//! | `keep(F, bits)` | zero in the lanes without a bit |
//! | `choose(I, bits, I)` | the first in lanes with a bit, else the second |
//! | `add`, `sub`, `mul` | as on doubles |
//! | `lost(F, F)` | `x * x - p`, rounded once |
//! | `int(i64)` | the integer in each lane |
//! | `plus`, `least`, `greatest` | sum (wrapping), minimum and maximum of integers |
//! | `low`, `high` | the lower half of an integer, without sign, and the upper one, with it |
//! | `key(F)` | an integer that is ordered as the doubles are, `-0.0` below `0.0` |
//! | `numbers(F)` | the bits of lanes that are not NaN |
//! | `float(I)` | the nearest doubles |
//!
//! A macro and not a trait, so that every function has the features of its set: then these are ordinary, safe functions that
//! are inlined, and the compiler checks that none is called where its instructions may be missing.

/// Expands to the kernels of an instruction set, whose functions get the given attribute.
macro_rules! reductions {
    ($(#[$attribute:meta])?) => {
        use super::{Lanes, LANES, Stretch};
        use crate::prefetch::fetch_ahead;

        /// Calls `take` with each pack of rows and the bits of those that count; packs without any are left out. A pack that
        /// does not begin at lane 0 or is not whole is filled up with `Default` rows, which do not count.
        $(#[$attribute])?
        #[inline]
        fn each<T: Copy + Default>(of: &Stretch<'_, T>, mut take: impl FnMut(&[T; LANES], u16)) {
            let mut row = of.from;
            let lane = (of.phase + row) % LANES;
            if lane != 0 {
                let count = (LANES - lane).min(of.to - row);
                part(of, row, count, lane, &mut take);
                row += count;
            }
            let (packs, rest) = of.values[row..of.to].as_chunks();
            for pack in packs {
                // PERF: a batch is a stretch of longer columns, of which the next is fetched while this one is computed with.
                fetch_ahead(pack);
                let bits = of.bits(row);
                if bits != 0 {
                    take(pack, bits);
                }
                row += LANES;
            }
            if !rest.is_empty() {
                part(of, row, rest.len(), 0, &mut take);
            }
        }

        /// Calls `take` with a pack of fewer rows, the first of which is at `lane`.
        $(#[$attribute])?
        fn part<T: Copy + Default>(
            of: &Stretch<'_, T>,
            row: usize,
            count: usize,
            lane: usize,
            take: &mut impl FnMut(&[T; LANES], u16),
        ) {
            let mut pack = [T::default(); LANES];
            pack[lane..][..count].copy_from_slice(&of.values[row..][..count]);
            let bits = (u32::from(of.bits(row)) & ((1 << count) - 1)) << lane;
            if bits != 0 {
                take(&pack, bits as u16);
            }
        }

        /// The doubles of a pack, zero where they do not count.
        $(#[$attribute])?
        #[inline]
        fn counted(pack: &Lanes, bits: u16) -> F {
            let values = load(pack);
            if bits == u16::MAX { values } else { keep(values, bits) }
        }

        $(#[$attribute])?
        fn count(words: &[u64]) -> u64 {
            words.iter().map(|word| u64::from(word.count_ones())).sum()
        }

        $(#[$attribute])?
        fn sum_i64(of: &Stretch<'_, i64>) -> i128 {
            // Halves of fewer than 2^31 rows cannot overflow.
            let mut total = 0;
            for from in (of.from..of.to).step_by(1 << 30) {
                let mut sums = (int(0), int(0));
                each(&Stretch { from, to: of.to.min(from + (1 << 30)), ..*of }, |pack, bits| {
                    let mut values = load_int(pack);
                    if bits != u16::MAX {
                        values = choose(values, bits, int(0));
                    }
                    sums = (plus(sums.0, low(values)), plus(sums.1, high(values)));
                });
                let sum = |lanes: I| store_int(lanes).into_iter().map(i128::from).sum::<i128>();
                total += sum(sums.0) + (sum(sums.1) << 32);
            }
            total
        }

        $(#[$attribute])?
        fn extremes_i64(of: &Stretch<'_, i64>) -> (i64, i64) {
            let mut found = (int(i64::MAX), int(i64::MIN));
            each(of, |pack, bits| {
                let values = load_int(pack);
                found = match bits {
                    u16::MAX => (least(found.0, values), greatest(found.1, values)),
                    _ => (
                        least(found.0, choose(values, bits, found.0)),
                        greatest(found.1, choose(values, bits, found.1)),
                    ),
                };
            });
            ends(found)
        }

        $(#[$attribute])?
        fn extremes_f64(of: &Stretch<'_, f64>) -> (i64, i64) {
            let mut found = (int(i64::MAX), int(i64::MIN));
            each(of, |pack, bits| {
                let values = load(pack);
                let (keys, bits) = (key(values), bits & numbers(values));
                found = match bits {
                    u16::MAX => (least(found.0, keys), greatest(found.1, keys)),
                    _ => (
                        least(found.0, choose(keys, bits, found.0)),
                        greatest(found.1, choose(keys, bits, found.1)),
                    ),
                };
            });
            ends(found)
        }

        $(#[$attribute])?
        fn summary_i64(of: &Stretch<'_, i64>) -> (i128, i64, i64) {
            let (mut total, mut found) = (0, (int(i64::MAX), int(i64::MIN)));
            for from in (of.from..of.to).step_by(1 << 30) {
                let mut sums = (int(0), int(0));
                each(&Stretch { from, to: of.to.min(from + (1 << 30)), ..*of }, |pack, bits| {
                    let values = load_int(pack);
                    let (addend, less, greater) = match bits {
                        u16::MAX => (values, values, values),
                        _ => (
                            choose(values, bits, int(0)),
                            choose(values, bits, found.0),
                            choose(values, bits, found.1),
                        ),
                    };
                    sums = (plus(sums.0, low(addend)), plus(sums.1, high(addend)));
                    found = (least(found.0, less), greatest(found.1, greater));
                });
                let sum = |lanes: I| store_int(lanes).into_iter().map(i128::from).sum::<i128>();
                total += sum(sums.0) + (sum(sums.1) << 32);
            }
            let (least, greatest) = ends(found);
            (total, least, greatest)
        }

        $(#[$attribute])?
        fn summary_f64(of: &Stretch<'_, f64>, high: &mut Lanes, low: &mut Lanes) -> (i64, i64) {
            let mut found = (int(i64::MAX), int(i64::MIN));
            let mut sums = (load(high), load(low));
            each(of, |pack, bits| {
                let values = load(pack);
                let (sum, lost) = two_sum(sums.0, counted(pack, bits));
                sums = (sum, add(sums.1, lost));
                let (keys, bits) = (key(values), bits & numbers(values));
                found = match bits {
                    u16::MAX => (least(found.0, keys), greatest(found.1, keys)),
                    _ => (
                        least(found.0, choose(keys, bits, found.0)),
                        greatest(found.1, choose(keys, bits, found.1)),
                    ),
                };
            });
            (*high, *low) = (store(sums.0), store(sums.1));
            ends(found)
        }

        $(#[$attribute])?
        fn is_ascending(values: &[i64]) -> bool {
            // Without branches in a stretch, for the vector units.
            (0..values.len()).step_by(256).all(|from| {
                let stretch = &values[from..values.len().min(from + 257)];
                fetch_ahead(stretch);
                falls(stretch) == 0
            })
        }

        /// How often a value is less than the one before it.
        $(#[$attribute])?
        #[inline]
        fn falls(values: &[i64]) -> u64 {
            values.iter().zip(&values[1..]).map(|(a, b)| u64::from(b < a)).sum()
        }

        $(#[$attribute])?
        fn count_up(first: i64, to: &mut [i64]) {
            to.iter_mut().zip(first..).for_each(|(to, number)| *to = number);
        }

        $(#[$attribute])?
        fn hash(words: &[u64], hashes: &mut [u64]) {
            words.iter().zip(hashes).for_each(|(word, hash)| *hash = super::hash(*word));
        }

        /// Of the set bits leaves those of words whose hash is `first` or one of the `more` behind it.
        $(#[$attribute])?
        fn keep_stretch(words: &[u64], first: u64, more: u64, bits: &mut [u64]) {
            for (bits, words) in bits.iter_mut().zip(words.chunks(64)) {
                let mut there = [0_u8; 64];
                if let Ok(words) = <&[u64; 64]>::try_from(words) {
                    for (there, word) in there.iter_mut().zip(words) {
                        *there = u8::from(super::hash(*word).wrapping_sub(first) <= more);
                    }
                } else {
                    for (there, word) in there.iter_mut().zip(words) {
                        *there = u8::from(super::hash(*word).wrapping_sub(first) <= more);
                    }
                }
                *bits &= super::lowest_bits(&there);
            }
        }

        $(#[$attribute])?
        fn shards(words: &[u64], of: u32, shards: &mut [u8]) {
            for (shard, word) in shards.iter_mut().zip(words) {
                // What the upper and the lower half of the hash give, which together are the product's upper half.
                let (hash, of) = (super::hash(*word), u64::from(of));
                *shard = (((hash >> 32) * of + ((hash & 0xffff_ffff) * of >> 32)) >> 32) as u8;
            }
        }

        /// At most 64 bytes.
        $(#[$attribute])?
        fn equal(bytes: &[u8], value: u8) -> u64 {
            let mut there = [0_u8; 64];
            there.iter_mut().zip(bytes).for_each(|(there, byte)| *there = u8::from(*byte == value));
            super::lowest_bits(&there)
        }

        $(#[$attribute])?
        fn ends(found: (I, I)) -> (i64, i64) {
            let (least, greatest) = (store_int(found.0), store_int(found.1));
            (least.into_iter().fold(i64::MAX, i64::min), greatest.into_iter().fold(i64::MIN, i64::max))
        }

        /// The sum and what rounding it has lost (Knuth).
        $(#[$attribute])?
        #[inline]
        fn two_sum(a: F, b: F) -> (F, F) {
            let sum = add(a, b);
            let part = sub(sum, a);
            (sum, add(sub(a, sub(sum, part)), sub(b, part)))
        }

        $(#[$attribute])?
        fn sum_f64(of: &Stretch<'_, f64>, high: &mut Lanes, low: &mut Lanes) {
            let mut sums = (load(high), load(low));
            each(of, |pack, bits| {
                let (sum, lost) = two_sum(sums.0, counted(pack, bits));
                sums = (sum, add(sums.1, lost));
            });
            (*high, *low) = (store(sums.0), store(sums.1));
        }

        $(#[$attribute])?
        fn squares_f64(of: &Stretch<'_, f64>, high: &mut Lanes, low: &mut Lanes) {
            let mut sums = (load(high), load(low));
            each(of, |pack, bits| {
                let values = counted(pack, bits);
                let square = mul(values, values);
                let (sum, rounded) = two_sum(sums.0, square);
                sums = (sum, add(sums.1, add(rounded, lost(values, square))));
            });
            (*high, *low) = (store(sums.0), store(sums.1));
        }

        $(#[$attribute])?
        fn within_i64(values: &[i64], least: i64, greatest: i64, bits: &mut [u64]) {
            let (first, last) = (int(least), int(greatest));
            for (word, values) in bits.iter_mut().zip(values.chunks(64)) {
                let (packs, rest) = values.as_chunks();
                *word = 0;
                for (number, pack) in packs.iter().enumerate() {
                    fetch_ahead(pack);
                    *word |= u64::from(between(load_int(pack), first, last)) << (number * LANES);
                }
                for (bit, value) in (packs.len() * LANES..).zip(rest) {
                    *word |= u64::from((least..=greatest).contains(value)) << bit;
                }
            }
        }

        $(#[$attribute])?
        fn within_pairs(values: &[i64], least: [i64; 2], greatest: [i64; 2], bits: &mut [u64]) {
            let alternately = |ends: [i64; 2]| core::array::from_fn(|lane| ends[lane % 2]);
            let (first, last) = (load_int(&alternately(least)), load_int(&alternately(greatest)));
            for (word, values) in bits.iter_mut().zip(values.chunks(128)) {
                let (packs, rest) = values.as_chunks();
                *word = 0;
                for (number, pack) in packs.iter().enumerate() {
                    fetch_ahead(pack);
                    let both = super::pairs(between(load_int(pack), first, last));
                    *word |= u64::from(both) << (number * LANES / 2);
                }
                for (bit, pair) in (packs.len() * LANES / 2..).zip(rest.as_chunks::<2>().0) {
                    let within = |at: usize| (least[at]..=greatest[at]).contains(&pair[at]);
                    *word |= u64::from(within(0) && within(1)) << bit;
                }
            }
        }

        $(#[$attribute])?
        fn within_f64(values: &[f64], least: f64, greatest: f64, bits: &mut [u64]) {
            let (first, last) = (load(&[least; LANES]), load(&[greatest; LANES]));
            for (word, values) in bits.iter_mut().zip(values.chunks(64)) {
                let (packs, rest) = values.as_chunks();
                *word = 0;
                for (number, pack) in packs.iter().enumerate() {
                    fetch_ahead(pack);
                    *word |= u64::from(between_floats(load(pack), first, last)) << (number * LANES);
                }
                for (bit, value) in (packs.len() * LANES..).zip(rest) {
                    *word |= u64::from((least..=greatest).contains(value)) << bit;
                }
            }
        }

        $(#[$attribute])?
        fn truths(bytes: &[u8], bits: &mut [u64]) {
            for (word, bytes) in bits.iter_mut().zip(bytes.chunks(64)) {
                *word = !equal(bytes, 0) & super::lowest(bytes.len());
            }
        }

        $(#[$attribute])?
        fn convert(from: &[i64], to: &mut [f64]) {
            let count = from.len().min(to.len());
            let ((packs, rest), (into, last)) = (from[..count].as_chunks(), to[..count].as_chunks_mut());
            packs.iter().zip(into).for_each(|(pack, into)| *into = store(float(load_int(pack))));
            rest.iter().zip(last).for_each(|(from, to)| *to = *from as f64);
        }
    };
}

/// The table of the kernels that `reductions!` made.
macro_rules! kernels {
    ($name:literal) => {
        super::Kernels {
            name: $name,
            count,
            sum_i64,
            extremes_i64,
            extremes_f64,
            sum_f64,
            squares_f64,
            within_i64,
            within_f64,
            within_pairs,
            truths,
            summary_i64,
            summary_f64,
            convert,
            is_ascending,
            count_up,
            hash,
            keep_stretch,
            shards,
            equal,
        }
    };
}
