//! Percentiles that are at hand at any time: of windows that move or give a row for each row, and approximate ones.
//!
//! An approximate percentile is that of the values rounded to seven significant bits, of which there are few: 64 for each power of two.
//! Neither order nor parts make a difference, and whatever lies between two values of one sign is off by at most 2^-7 of
//! it. Ch. Masson, J. E. Rim, H. K. Lee, "DDSketch", PVLDB 12 (2019), with the bins of G. Tene's HdrHistogram, which are the first bits of a
//! number.

use core::marker::PhantomData;

use super::fold::{Fold, Inverse, persistent};
use super::keep::Between;
use super::ranks::Ranks;
use super::source::{Float, Int, IntAsFloat, Seen};
use crate::column::Column;
use crate::kernels::{from_key, key};
use crate::plan::window::Function;

/// Bits of a double behind its first seven.
const ROUNDED: u32 = 46;

/// The nearest double of seven significant bits (not finer than 2^-1028); of two the one further from zero.
pub(crate) fn rounded(value: f64) -> f64 {
    const SIGN: u64 = 1 << 63;
    let bits = value.to_bits();
    match value.is_nan() {
        true => value,
        false => f64::from_bits(bits & SIGN | ((bits & !SIGN) + (1 << (ROUNDED - 1))) >> ROUNDED << ROUNDED),
    }
}

/// The nearest integer whose double is one of seven significant bits.
pub(crate) fn rounded_int(value: i64) -> i64 {
    rounded(value as f64) as i64
}

/// The place of a double in the order of `min`; all NaNs are one, and the last.
#[inline]
pub(crate) fn place(value: f64) -> i64 {
    if value.is_nan() { i64::MAX } else { key(value) }
}

/// The double at a place.
#[inline]
pub(crate) fn at_place(place: i64) -> f64 {
    if place == i64::MAX { f64::NAN } else { from_key(place) }
}

/// Where the rank at a share of them is: the lower one, and how far the way to the next it is.
pub(crate) fn rank_at(share: f64, count: u64) -> (u64, f64) {
    let rank = share * (count - 1) as f64;
    (rank as u64, rank - libm::floor(rank))
}

/// Values that have a place in order.
pub(crate) trait Ranking: Between {
    fn place(item: Self::Item<'_>) -> i64;
    fn at_place(place: i64) -> Self::Own;
    fn rounded(item: Self::Item<'_>) -> Self::Own;
}

macro_rules! doubles {
    ($($source:ty),*) => {
        $(impl Ranking for $source {
            #[inline]
            fn place(item: f64) -> i64 {
                place(item)
            }
            #[inline]
            fn at_place(place: i64) -> f64 {
                at_place(place)
            }
            #[inline]
            fn rounded(item: f64) -> f64 {
                rounded(item)
            }
        })*
    };
}

doubles!(Float, IntAsFloat);

impl Ranking for Int {
    #[inline]
    fn place(item: i64) -> i64 {
        item
    }
    #[inline]
    fn at_place(place: i64) -> i64 {
        place
    }
    #[inline]
    fn rounded(item: i64) -> i64 {
        rounded_int(item)
    }
}

/// The value at a share of the ranks, interpolated between the closest two.
#[derive(Debug)]
pub(crate) struct Ranked<S> {
    /// Whether values are rounded.
    pub(crate) rounds: bool,
    pub(crate) source: PhantomData<S>,
}

impl<S: Ranking> Ranked<S> {
    #[inline]
    fn place(&self, item: S::Item<'_>) -> i64 {
        match self.rounds {
            true => S::place(S::item(&S::rounded(item))),
            false => S::place(item),
        }
    }
}

impl<S: Ranking> Fold for Ranked<S> {
    type Source = S;
    type State = Ranks;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut Ranks, seen: Seen<S::Item<'_>>) {
        if let Seen::Value(item) = seen {
            state.insert(self.place(item));
        }
    }
    fn combine(&self, state: &mut Ranks, later: &Ranks) {
        state.extend(later);
    }
    fn lower(&self, function: Function, state: &mut Ranks, out: &mut Column) -> bool {
        let (Function::Percentile(share) | Function::ApproxPercentile(share)) = function else {
            unreachable!("percentiles")
        };
        if state.len() == 0 {
            S::write(None, out);
            return false;
        }
        let (rank, part) = rank_at(share, state.len());
        let (low, high) = state.pair(rank);
        let value = S::between(S::item(&S::at_place(low)), S::item(&S::at_place(high)), part);
        S::write(Some(S::item(&value)), out);
        false
    }
    fn held(&self, state: &Ranks) -> usize {
        state.bytes()
    }
}

impl<S: Ranking> Inverse for Ranked<S> {
    #[inline]
    fn pull(&self, state: &mut Ranks, seen: Seen<S::Item<'_>>) {
        if let Seen::Value(item) = seen {
            state.remove(self.place(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn seven_bits_are_kept() {
        let of = [0.0, -0.0, 100.0, 127.5, 129.0, -131.0, 5e-324, f64::INFINITY, f64::MAX];
        let to = [0.0, -0.0, 100.0, 128.0, 130.0, -132.0, 0.0, f64::INFINITY, f64::INFINITY];
        assert_eq!(of.map(|value| rounded(value).to_bits()), to.map(f64::to_bits));
        assert!(rounded(f64::NAN).is_nan() && at_place(place(-f64::NAN)).is_nan());
        assert_eq!([3, 129, -131, i64::MAX, i64::MIN].map(rounded_int), [3, 130, -132, i64::MAX, i64::MIN]);
    }

    proptest! {
        #[test]
        fn rounding_is_off_by_one_in_128(value in prop::num::f64::NORMAL) {
            let near = rounded(value);
            prop_assume!(near.is_finite());
            prop_assert!((near - value).abs() <= value.abs() / 128.0);
            prop_assert_eq!(rounded(near).to_bits(), near.to_bits());
        }

        #[test]
        fn rounding_keeps_the_order(a: f64, b: f64) {
            prop_assume!(a <= b);
            prop_assert!(place(rounded(a)) <= place(rounded(b)) || a == b);
        }
    }
}
