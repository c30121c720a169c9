//! Aggregates that keep values one by one.

use super::totals::Ordered;
use super::{Fold, Inverse};
use crate::compiled::{Symbol, float_key};
use crate::window::{between_ranks, ranked};
use alloc::vec::Vec;
use core::fmt::Debug;
use core::hash::{BuildHasher, Hash};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// All values, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Collect<T>(Vec<T>);

impl<T> Default for Collect<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Collect<T> {
    /// The values.
    pub fn value(&self) -> Vec<T> {
        self.0.clone()
    }
}

impl<T: Clone> Fold for Collect<T> {
    type Item = T;

    #[inline]
    fn push(&mut self, value: T) {
        self.0.push(value);
    }

    fn combine(&mut self, later: &Self) {
        self.0.extend_from_slice(&later.0);
    }
}

/// Values between which there are others.
pub trait Middle: Ordered {
    /// The value so far of the way from one to another, which is not less.
    fn between(a: &Self, b: &Self, part: f64) -> Self;
    /// Its place in the order of all.
    fn place(&self) -> i64;
    /// The value at a place.
    fn at_place(place: i64) -> Self;
    /// Rounded to seven significant bits.
    fn rounded(&self) -> Self;
}

impl Middle for f64 {
    #[inline]
    fn place(&self) -> i64 {
        ranked::place(*self)
    }

    #[inline]
    fn at_place(place: i64) -> f64 {
        ranked::at_place(place)
    }

    #[inline]
    fn rounded(&self) -> f64 {
        ranked::rounded(*self)
    }

    fn between(a: &f64, b: &f64, part: f64) -> f64 {
        between_ranks(*a, *b, part)
    }
}

impl Middle for i64 {
    #[inline]
    fn place(&self) -> i64 {
        *self
    }

    #[inline]
    fn at_place(place: i64) -> i64 {
        place
    }

    #[inline]
    fn rounded(&self) -> i64 {
        ranked::rounded_int(*self)
    }

    /// To the nearest nanosecond, ties to even.
    fn between(a: &i64, b: &i64, part: f64) -> i64 {
        let step = (i128::from(*b) - i128::from(*a)) as f64 * part;
        (i128::from(*a) + libm::roundeven(step) as i128).min(i128::from(*b)) as i64
    }
}

/// Percentiles of all values.
#[derive(Clone, Debug, PartialEq)]
pub struct Percentiles<T>(Vec<T>);

impl<T> Default for Percentiles<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Middle> Percentiles<T> {
    /// The value at a share of the ranks, interpolated between the closest two; null if there is no value.
    pub fn at(&mut self, share: f64) -> Option<T> {
        let last = self.0.len().checked_sub(1)?;
        let rank = share * last as f64;
        let below = rank as usize;
        let part = rank - below as f64;
        let (_, low, above) = self.0.select_nth_unstable_by(below, T::order);
        let high = above.iter().min_by(|a, b| a.order(b)).unwrap_or(low);
        Some(T::between(low, high, part))
    }
}

impl<T: Clone> Fold for Percentiles<T> {
    type Item = T;

    #[inline]
    fn push(&mut self, value: T) {
        self.0.push(value);
    }

    fn combine(&mut self, later: &Self) {
        self.0.extend_from_slice(&later.0);
    }
}

/// An aggregate of integers as the nearest doubles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Widened<F>(F);

impl<F> Widened<F> {
    /// The aggregate of the doubles.
    pub const fn inner(&mut self) -> &mut F {
        &mut self.0
    }
}

impl<F: Fold<Item = f64>> Fold for Widened<F> {
    type Item = i64;

    fn push(&mut self, value: i64) {
        self.0.push(value as f64);
    }

    fn combine(&mut self, later: &Self) {
        self.0.combine(&later.0);
    }
}

impl<F: Inverse<Item = f64>> Inverse for Widened<F> {
    fn pull(&mut self, value: i64) {
        self.0.pull(value as f64);
    }
}

/// A value of which only the first of equal ones counts.
pub trait Key: Clone {
    /// What equal values have in common.
    type Same: Hash + Eq + Clone + Debug;

    /// It.
    fn same(&self) -> Self::Same;
}

macro_rules! key {
    ($($ty:ty),*) => {
        $(impl Key for $ty {
            type Same = $ty;

            fn same(&self) -> $ty {
                self.clone()
            }
        })*
    };
}

key!(bool, i64, Symbol);

impl Key for f64 {
    type Same = u64;

    fn same(&self) -> u64 {
        float_key(*self)
    }
}

impl<T: Key> Key for Option<T> {
    type Same = Option<T::Same>;

    fn same(&self) -> Option<T::Same> {
        self.as_ref().map(T::same)
    }
}

/// An aggregate of values of which equal ones count once.
#[derive(Clone, Debug)]
pub struct Distinct<F: Fold<Item: Key>> {
    fold: F,
    values: Vec<F::Item>,
    /// Numbers of values.
    table: HashTable<u32>,
}

impl<F: Fold<Item: Key>> Default for Distinct<F> {
    fn default() -> Self {
        Self { fold: F::default(), values: Vec::new(), table: HashTable::new() }
    }
}

impl<F: Fold<Item: Key>> Distinct<F> {
    /// The aggregate.
    pub const fn total(&mut self) -> &mut F {
        &mut self.fold
    }
}

impl<F: Fold<Item: Key>> Fold for Distinct<F> {
    type Item = F::Item;

    fn push(&mut self, value: F::Item) {
        let Self { fold, values, table } = self;
        let hasher = FixedState::with_seed(0);
        let same = value.same();
        let hash = hasher.hash_one(&same);
        if table.find(hash, |at| values[*at as usize].same() == same).is_none() {
            table.insert_unique(hash, values.len() as u32, |at| hasher.hash_one(values[*at as usize].same()));
            values.push(value.clone());
            fold.push(value);
        }
    }

    fn combine(&mut self, later: &Self) {
        later.values.iter().for_each(|value| self.push(value.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CountOf, Sum};
    use super::*;

    fn of<F: Fold>(values: impl IntoIterator<Item = F::Item>) -> F {
        let mut fold = F::default();
        values.into_iter().for_each(|value| fold.push(value));
        fold
    }

    #[test]
    fn percentiles_lie_between_ranks() {
        let mut all: Percentiles<f64> = of([40.0, 10.0, 30.0, 20.0]);
        assert_eq!(
            (all.at(0.0), all.at(0.25), all.at(0.5), all.at(1.0)),
            (Some(10.0), Some(17.5), Some(25.0), Some(40.0))
        );
        let mut same: Percentiles<f64> = of([f64::INFINITY; 2]);
        assert_eq!(same.at(0.3), Some(f64::INFINITY));
        assert_eq!(of::<Percentiles<i64>>([i64::MIN, i64::MAX]).at(0.5), Some(0));
        assert_eq!(of::<Percentiles<i64>>([]).at(0.5), None);
    }

    #[test]
    fn equal_values_count_once() {
        let mut zeros: Distinct<Collect<f64>> = of([-0.0, 0.0, f64::NAN, -f64::NAN, 1.0]);
        assert_eq!(zeros.total().value().len(), 3);
        assert!(zeros.total().value()[0].is_sign_negative());
        let mut first: Distinct<Sum> = of([1.0, 2.0]);
        first.combine(&of([2.0, 4.0]));
        assert_eq!(first.total().sum(), Some(7.0));
        assert_eq!(of::<Distinct<CountOf<Option<i64>>>>([None, Some(1), None]).total().value(), 2);
    }
}
