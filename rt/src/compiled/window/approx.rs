//! Percentiles that are at hand at any time, and approximate aggregates. What they compute is that of [`crate::window`].

use super::{Fold, Inverse, Middle};
use crate::window::ranked::rank_at;
use crate::window::ranks::Ranks;
use crate::window::registers::{Counted, Registers};
use core::marker::PhantomData;

macro_rules! ranked {
    ($(#[$doc:meta])* $name:ident, $value:ident => $kept:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<T> {
            ranks: Ranks,
            values: PhantomData<T>,
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self { ranks: Ranks::default(), values: PhantomData }
            }
        }

        impl<T: Middle> $name<T> {
            /// The value at a share of the ranks, interpolated between the closest two; null if there is no value.
            pub fn at(&mut self, share: f64) -> Option<T> {
                if self.ranks.len() == 0 {
                    return None;
                }
                let (rank, part) = rank_at(share, self.ranks.len());
                let (low, high) = self.ranks.pair(rank);
                Some(T::between(&T::at_place(low), &T::at_place(high), part))
            }
        }

        impl<T: Middle> Fold for $name<T> {
            type Item = T;

            #[inline]
            fn push(&mut self, $value: T) {
                self.ranks.insert($kept.place());
            }

            fn combine(&mut self, later: &Self) {
                self.ranks.extend(&later.ranks);
            }
        }

        impl<T: Middle> Inverse for $name<T> {
            #[inline]
            fn pull(&mut self, $value: T) {
                self.ranks.remove($kept.place());
            }
        }
    };
}

ranked!(
    /// Percentiles of values that are kept in order, at hand at any time.
    Ranked,
    value => value
);
ranked!(
    /// Percentiles of values rounded to seven significant bits.
    ApproxPercentile,
    value => value.rounded()
);

/// About how many different values there are, of which it takes the hashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApproxDistinct(Registers);

impl ApproxDistinct {
    /// About how many.
    pub fn value(&self) -> i64 {
        self.0.estimate()
    }
}

impl Fold for ApproxDistinct {
    type Item = i64;

    #[inline]
    fn push(&mut self, hash: i64) {
        self.0.push(hash);
    }

    fn combine(&mut self, later: &Self) {
        self.0.join(&later.0);
    }
}

/// The same of windows that move.
#[derive(Clone, Debug, Default)]
pub struct MovingApproxDistinct(Counted);

impl MovingApproxDistinct {
    /// About how many.
    pub fn value(&mut self) -> i64 {
        self.0.estimate()
    }
}

impl Fold for MovingApproxDistinct {
    type Item = i64;

    #[inline]
    fn push(&mut self, hash: i64) {
        self.0.push(hash);
    }

    fn combine(&mut self, later: &Self) {
        self.0.join(&later.0);
    }
}

impl Inverse for MovingApproxDistinct {
    #[inline]
    fn pull(&mut self, hash: i64) {
        self.0.pull(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Percentiles;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranked_percentiles_are_those_of_all(values in prop::collection::vec(-9.0..9.0_f64, 1..30), share in 0.0..=1.0) {
            let (mut ranked, mut all) = (Ranked::default(), Percentiles::default());
            for value in values {
                ranked.push(value);
                all.push(value);
            }
            prop_assert_eq!(ranked.at(share), all.at(share));
        }
    }

    #[test]
    fn approximate_percentiles_are_near() {
        let mut approx = ApproxPercentile::<f64>::default();
        (0..100_000).for_each(|value| approx.push(f64::from(value) * 0.37));
        for share in [0.01, 0.5, 0.99] {
            let exact = share * 99_999.0 * 0.37;
            let error = approx.at(share).map(|value| (value / exact - 1.0).abs());
            assert!(error.is_some_and(|error| error <= 1.0 / 128.0), "{share}: {error:?}");
        }
    }
}
