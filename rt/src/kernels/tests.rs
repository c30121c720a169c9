//! Every instruction set that this processor has against the scalar one, and that against what it is to compute.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::sums::{Of, SumLanes};
use super::{Kernels, Stretch};

/// Doubles of all kinds, those of which sums are not finite among them only if `wild`.
fn double(wild: bool) -> impl Strategy<Value = f64> {
    let special =
        [0.0, -0.0, 5e-324, -1e-310, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let tame = [0.0, -0.0, 5e-324, 1.0, -1.0, 1e16, -1e16, 3e-17];
    let few = if wild { special.to_vec() } else { tame.to_vec() };
    prop_oneof![4 => -1e9..1e9, 2 => -1.0..1.0, 1 => proptest::sample::select(few)]
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![4 => any::<i64>(), 3 => -1000..1000i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

/// Values of a batch, a mask, and the rows in question.
fn rows<T: core::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = (Vec<T>, Vec<u64>, usize, usize, usize)> {
    let values = prop_oneof![proptest::collection::vec(value, 0..300)];
    let word = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    (values, proptest::collection::vec(word, 5), any::<[u16; 2]>(), 0..5000usize).prop_map(
        |(values, mask, [a, b], first)| {
            let (a, b) = (usize::from(a) % (values.len() + 1), usize::from(b) % (values.len() + 1));
            (values, mask, a.min(b), a.max(b), first)
        },
    )
}

fn counted<T: Copy>(of: &Stretch<'_, T>) -> Vec<T> {
    (of.from..of.to)
        .filter(|row| of.mask[row / 64] >> (row % 64) & 1 == 1)
        .map(|row| of.values[row])
        .collect()
}

fn sets() -> impl Iterator<Item = (&'static Kernels, &'static Kernels)> {
    let scalar = Kernels::available().next().expect("the scalar ones");
    Kernels::available().map(move |set| (scalar, set))
}

/// Sums by lanes, one value after the other.
fn by_lanes(of: &Stretch<'_, f64>, first: usize) -> [f64; 16] {
    let mut lanes = [0.0; 16];
    for row in of.from..of.to {
        if of.mask[row / 64] >> (row % 64) & 1 == 1 {
            lanes[(first + row) % 16] += of.values[row];
        }
    }
    lanes
}

proptest! {
    #[test]
    fn integers((values, mask, from, to, first) in rows(integer())) {
        let of = Stretch { values: &values, mask: &mask, from, to, phase: first % 16 };
        let counted = counted(&of);
        let sum: i128 = counted.iter().copied().map(i128::from).sum();
        let extremes = counted.iter().min().copied().zip(counted.iter().max().copied());
        for (_, set) in sets() {
            prop_assert_eq!(set.sum_i64(&of), sum, "{}", set.name);
            prop_assert_eq!(set.extremes_i64(&of), extremes, "{}", set.name);
            prop_assert_eq!(set.summary_i64(&of), (sum, extremes), "{}", set.name);
            prop_assert_eq!(set.is_ascending(&values), values.is_sorted(), "{}", set.name);
            let mut copy = alloc::vec![7; values.len()];
            set.count_up(-3, &mut copy);
            prop_assert!(copy.iter().copied().eq((-3..).take(values.len())), "{}", set.name);
            let sorted = (0..values.len() as i64).collect::<Vec<_>>();
            prop_assert!(set.is_ascending(&sorted), "{}", set.name);
            let words: Vec<u64> = values.iter().map(|value| *value as u64).collect();
            let mut hashes = alloc::vec![0; words.len()];
            set.hash(&words, &mut hashes);
            prop_assert_eq!(&hashes, &words.iter().copied().map(super::hash).collect::<Vec<_>>(), "{}", set.name);
            for of in [2, 3, 255] {
                let mut shards = alloc::vec![0; words.len()];
                set.shards(&words, of, &mut shards);
                let wanted = hashes.iter().map(|hash| crate::shard::shard_of(*hash, of) as u8);
                prop_assert!(shards.iter().copied().eq(wanted), "{}", set.name);
                let mut bits = alloc::vec::Vec::new();
                set.equal(&shards, 1, &mut bits);
                let equal = |row: usize| bits[row / 64] >> (row % 64) & 1 == 1;
                prop_assert!((0..words.len()).all(|row| equal(row) == (shards[row] == 1)), "{}", set.name);
                prop_assert_eq!(bits.iter().map(|bits| bits.count_ones()).sum::<u32>() as usize,
                    shards.iter().filter(|shard| **shard == 1).count());
                let shard = crate::shard::Shard::new(of / 2, of);
                let mut bits = alloc::vec![!4; words.len().div_ceil(64)];
                set.keep_shard(&words, shard, &mut bits);
                let kept = |row: usize| bits[row / 64] >> (row % 64) & 1 == 1;
                let wanted = |row: usize| row % 64 != 2 && shard.has(hashes[row]);
                prop_assert!((0..words.len()).all(|row| kept(row) == wanted(row)), "{}", set.name);
            }
        }
    }

    #[test]
    fn extremes_of_doubles((values, mask, from, to, first) in rows(double(true))) {
        let of = Stretch { values: &values, mask: &mask, from, to, phase: first % 16 };
        let mut numbers = counted(&of);
        numbers.retain(|value| !value.is_nan());
        numbers.sort_by(f64::total_cmp);
        let ends = numbers.first().zip(numbers.last()).map(|(a, b)| (a.to_bits(), b.to_bits()));
        for (_, set) in sets() {
            let found = set.extremes_f64(&of).map(|(a, b)| (a.to_bits(), b.to_bits()));
            prop_assert_eq!(found, ends, "{}", set.name);
        }
    }

    #[test]
    fn conversions((values, mask, ..) in rows(integer())) {
        for (_, set) in sets() {
            let mut found = alloc::vec![0.0; values.len() + 20];
            set.convert(&values, &mut found);
            let more = core::iter::repeat_n(0.0, 20);
            let wanted: Vec<f64> = values.iter().map(|value| *value as f64).chain(more).collect();
            prop_assert_eq!(found, wanted, "{}", set.name);
            let bits: u32 = mask.iter().map(|word| word.count_ones()).sum();
            prop_assert_eq!(set.count(&mask), u64::from(bits), "{}", set.name);
        }
    }

    /// All sets give the same bits, in every lane, wherever the stretch is cut.
    #[test]
    fn sums_have_one_order((values, mask, from, to, first) in rows(double(false)), cut in any::<u16>()) {
        let of = Stretch { values: &values, mask: &mask, from, to, phase: 0 };
        let cut = from + usize::from(cut) % (to - from + 1);
        for (scalar, set) in sets() {
            for what in [Of::Values, Of::Squares] {
                let (mut whole, mut cut_in_two) = (SumLanes::default(), SumLanes::default());
                whole.add(scalar, what, &of, first);
                cut_in_two.add(set, what, &Stretch { to: cut, ..of }, first);
                cut_in_two.add(set, what, &Stretch { from: cut, ..of }, first);
                prop_assert_eq!(whole, cut_in_two, "{} {:?}", set.name, what);
            }
            let (mut alone, mut at_once, mut ends) = (SumLanes::default(), SumLanes::default(), None);
            alone.add(scalar, Of::Values, &of, first);
            at_once.summarise(set, &of, first, |least, greatest| {
                let (a, b) = ends.unwrap_or((least, greatest));
                ends = Some((if least.total_cmp(&a).is_lt() { least } else { a },
                    if greatest.total_cmp(&b).is_gt() { greatest } else { b }));
            });
            prop_assert_eq!(alone, at_once, "{}", set.name);
            let bits = |ends: Option<(f64, f64)>| ends.map(|(a, b)| (a.to_bits(), b.to_bits()));
            prop_assert_eq!(bits(ends), bits(set.extremes_f64(&of)), "{}", set.name);
        }
    }

    /// Close to exact: what is lost is far below the last bit of the sum of magnitudes.
    #[test]
    fn sums_are_doubled_precision((values, mask, from, to, first) in rows(-1e9..1e9f64)) {
        // Multiples of 2^-10 below 2^30 are summed exactly as integers.
        let values: Vec<f64> = values.iter().map(|value| (value * 1024.0).round() / 1024.0).collect();
        let of = Stretch { values: &values, mask: &mask, from, to, phase: 0 };
        let exact: i128 = counted(&of).iter().map(|value| (value * 1024.0) as i128).sum();
        let squares: i128 = counted(&of).iter().map(|value| ((value * 1024.0) as i128).pow(2)).sum();
        for (_, set) in sets() {
            let sum = |what| {
                let mut lanes = SumLanes::default();
                lanes.add(set, what, &of, first);
                lanes.total().value()
            };
            prop_assert_eq!(sum(Of::Values), exact as f64 / 1024.0);
            prop_assert_eq!(sum(Of::Squares), squares as f64 / 1_048_576.0);
        }
    }

    /// Infinities, NaN and overflow are those of plain addition in the lanes.
    #[test]
    fn what_is_not_finite_is_as_in_plain_addition((values, mask, from, to, first) in rows(double(true))) {
        let of = Stretch { values: &values, mask: &mask, from, to, phase: 0 };
        let plain: f64 = by_lanes(&of, first).iter().sum();
        for (_, set) in sets() {
            let mut lanes = SumLanes::default();
            lanes.add(set, Of::Values, &of, first);
            let found = lanes.total().value();
            if values.iter().all(|value| value.abs() != f64::MAX) && !plain.is_finite() {
                prop_assert!(found == plain || found.is_nan() && plain.is_nan(), "{}: {found} {plain}", set.name);
            }
        }
    }
}
