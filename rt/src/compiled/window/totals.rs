//! Aggregates whose size does not depend on the window.

use super::{Fold, Inverse};
use crate::aggregate::SumI;
use crate::compiled::{Faults, Symbol};
use crate::scalar::float;
use crate::window::double::Double;
use crate::window::is_better;
use core::cmp::Ordering;
use core::marker::PhantomData;

/// How many events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(i64);

impl Count {
    /// How many.
    #[inline]
    pub const fn value(&self) -> i64 {
        self.0
    }

    /// Adds so many.
    pub(super) const fn add(&mut self, count: i64) {
        self.0 += count;
    }
}

impl Fold for Count {
    type Item = ();

    #[inline]
    fn push(&mut self, (): ()) {
        self.0 += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.0 += later.0;
    }
}

impl Inverse for Count {
    #[inline]
    fn pull(&mut self, (): ()) {
        self.0 -= 1;
    }
}

/// How many values: what [`super::Distinct`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountOf<T>(i64, PhantomData<T>);

impl<T> Default for CountOf<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

impl<T> CountOf<T> {
    /// How many.
    pub const fn value(&self) -> i64 {
        self.0
    }
}

impl<T: Clone> Fold for CountOf<T> {
    type Item = T;

    fn push(&mut self, _: T) {
        self.0 += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.0 += later.0;
    }
}

impl<T: Clone> Inverse for CountOf<T> {
    fn pull(&mut self, _: T) {
        self.0 -= 1;
    }
}

/// The exact sum of integers or durations, and their mean.
///
/// PERF: the count comes first, away from the upper half of the sum: written as one, these two could not be read again at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SumInt {
    count: u64,
    low: u64,
    high: i64,
}

impl SumInt {
    #[inline]
    pub(super) const fn of(sum: SumI) -> Self {
        Self { count: sum.count, low: sum.low, high: sum.high }
    }

    #[inline]
    const fn whole(&self) -> SumI {
        SumI { low: self.low, high: self.high, count: self.count }
    }

    /// Changes the sum by so much, and the count.
    #[inline]
    const fn change(&mut self, by: i128, count: u64) {
        let total = self.whole().total().wrapping_add(by);
        self.low = total as u64;
        self.high = (total >> 64) as i64;
        self.count = self.count.wrapping_add(count);
    }

    /// The sum; null if there is no value and, as a fault, out of range.
    #[inline]
    pub fn sum(&self, faults: &Faults) -> Option<i64> {
        if self.count == 0 { None } else { faults.checked(self.whole().sum()) }
    }

    /// The mean; null if there is no value.
    #[inline]
    pub const fn mean(&self) -> Option<f64> {
        if self.count == 0 { None } else { Some(self.whole().mean()) }
    }

    /// The mean in whole nanoseconds, ties to even; null if there is no value.
    pub const fn mean_whole(&self) -> Option<i64> {
        if self.count == 0 { None } else { Some(self.whole().mean_whole()) }
    }
}

impl Fold for SumInt {
    type Item = i64;

    #[inline]
    fn push(&mut self, value: i64) {
        self.change(value.into(), 1);
    }

    #[inline]
    fn combine(&mut self, later: &Self) {
        self.change(later.whole().total(), later.count);
    }
}

impl Inverse for SumInt {
    #[inline]
    fn pull(&mut self, value: i64) {
        self.change(-i128::from(value), u64::MAX);
    }
}

/// The sum of doubles to about 100 bits, and their mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    sum: Double,
    count: u64,
}

impl Sum {
    pub(super) const fn of(sum: Double, count: u64) -> Self {
        Self { sum, count }
    }

    /// The sum; null if there is no value.
    #[inline]
    pub fn sum(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.value())
    }

    /// The mean; null if there is no value.
    #[inline]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.value() / self.count as f64)
    }
}

impl Fold for Sum {
    type Item = f64;

    #[inline]
    fn push(&mut self, value: f64) {
        self.sum.push(value);
        self.count += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.sum = self.sum + later.sum;
        self.count += later.count;
    }
}

/// Variances and standard deviations of doubles, from sums of values and of squares to about 100 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    sum: Double,
    squares: Double,
    count: u64,
}

impl Spread {
    pub(super) const fn of(sum: Double, squares: Double, count: u64) -> Self {
        Self { sum, squares, count }
    }

    /// What `n` times the sum of squares exceeds the square of the sum by, over `n * (n - fewer)`.
    fn over(&self, fewer: u64) -> Option<f64> {
        if self.count <= fewer {
            return None;
        }
        let count = self.count as f64;
        let excess = (Double::new(count) * self.squares - self.sum * self.sum).value();
        let excess = if excess < 0.0 { 0.0 } else { excess };
        Some(excess / (count * (self.count - fewer) as f64))
    }

    /// The variance of a sample; null for fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        self.over(1)
    }

    /// The variance of a population; null if there is no value.
    pub fn var_pop(&self) -> Option<f64> {
        self.over(0)
    }

    /// The standard deviation of a sample; null for fewer than two values.
    pub fn stddev(&self) -> Option<f64> {
        self.variance().map(float::sqrt)
    }

    /// The standard deviation of a population; null if there is no value.
    pub fn stddev_pop(&self) -> Option<f64> {
        self.var_pop().map(float::sqrt)
    }
}

impl Fold for Spread {
    type Item = f64;

    #[inline]
    fn push(&mut self, value: f64) {
        self.sum.push(value);
        self.squares = self.squares + Double::square(value);
        self.count += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.sum = self.sum + later.sum;
        self.squares = self.squares + later.squares;
        self.count += later.count;
    }
}

/// Values that have a least and a greatest one.
pub trait Ordered: Clone {
    /// The order: of doubles `-0.0` before `0.0`, and NaN last.
    fn order(&self, other: &Self) -> Ordering;

    /// Whether it is chosen over another, as the greater or the lesser; NaN only if there is no number.
    #[inline]
    fn is_better(&self, than: &Self, better: Ordering) -> bool {
        self.order(than) == better
    }
}

macro_rules! ordered {
    ($($ty:ty),*) => {
        $(impl Ordered for $ty {
            #[inline]
            fn order(&self, other: &Self) -> Ordering {
                self.cmp(other)
            }
        })*
    };
}

ordered!(bool, i64, Symbol);

impl Ordered for f64 {
    #[inline]
    fn order(&self, other: &Self) -> Ordering {
        match (self.is_nan(), other.is_nan()) {
            (true, true) => Ordering::Equal,
            (false, false) => self.total_cmp(other),
            (a, b) => a.cmp(&b),
        }
    }

    #[inline]
    fn is_better(&self, than: &Self, better: Ordering) -> bool {
        is_better(*self, *than, better == Ordering::Greater)
    }
}

macro_rules! extreme {
    ($(#[$doc:meta])* $name:ident, $(#[$arg_doc:meta])* $arg:ident, $better:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<T>(Option<T>);

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(None)
            }
        }

        impl<T: Clone> $name<T> {
            /// It; null if there is no value.
            #[inline]
            pub fn value(&self) -> Option<T> {
                self.0.clone()
            }
        }

        impl<T: Ordered> Fold for $name<T> {
            type Item = T;

            #[inline]
            fn push(&mut self, value: T) {
                if self.0.as_ref().is_none_or(|best| value.is_better(best, $better)) {
                    self.0 = Some(value);
                }
            }

            fn combine(&mut self, later: &Self) {
                if let Some(later) = &later.0 {
                    self.push(later.clone());
                }
            }
        }

        $(#[$arg_doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $arg<T, B>(Option<(T, B)>);

        impl<T, B> Default for $arg<T, B> {
            fn default() -> Self {
                Self(None)
            }
        }

        impl<T: Clone, B> $arg<T, B> {
            /// It; null if there is none.
            pub fn value(&self) -> Option<T> {
                self.0.as_ref().map(|(value, _)| value.clone())
            }
        }

        impl<T: Clone, B: Ordered> Fold for $arg<T, B> {
            type Item = (T, B);

            #[inline]
            fn push(&mut self, item: (T, B)) {
                if self.0.as_ref().is_none_or(|(_, best)| item.1.is_better(best, $better)) {
                    self.0 = Some(item);
                }
            }

            fn combine(&mut self, later: &Self) {
                if let Some(later) = &later.0 {
                    self.push(later.clone());
                }
            }
        }
    };
}

extreme!(
    /// The least value.
    Min,
    /// The value beside the first of the least ones.
    ArgMin,
    Ordering::Less
);
extreme!(
    /// The greatest value.
    Max,
    /// The value beside the first of the greatest ones.
    ArgMax,
    Ordering::Greater
);

macro_rules! edge {
    ($(#[$doc:meta])* $name:ident, $slot:ident, $value:ident => $push:expr, $later:ident => $combine:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<T>(Option<T>);

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(None)
            }
        }

        impl<T: Clone> $name<T> {
            /// It; null if there is none.
            pub fn value(&self) -> Option<T> {
                self.0.clone()
            }
        }

        impl<T: Clone> Fold for $name<T> {
            type Item = T;

            #[inline]
            fn push(&mut self, $value: T) {
                let $slot = &mut self.0;
                $push
            }

            fn combine(&mut self, later: &Self) {
                let ($slot, $later) = (&mut self.0, &later.0);
                $combine
            }
        }
    };
}

edge!(
    /// The value of the first event.
    First,
    first,
    value => if first.is_none() { *first = Some(value) },
    later => if first.is_none() { first.clone_from(later) }
);
edge!(
    /// The value of the last event.
    Last,
    last,
    value => *last = Some(value),
    later => if later.is_some() { last.clone_from(later) }
);

/// How many truth values are true, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truths {
    yes: u64,
    all: u64,
}

impl Truths {
    /// Whether some value is true; null if there is none.
    pub fn any(&self) -> Option<bool> {
        (self.all > 0).then_some(self.yes > 0)
    }

    /// Whether every value is true; null if there is none.
    pub fn all(&self) -> Option<bool> {
        (self.all > 0).then_some(self.yes == self.all)
    }
}

impl Fold for Truths {
    type Item = bool;

    #[inline]
    fn push(&mut self, value: bool) {
        self.yes += u64::from(value);
        self.all += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.yes += later.yes;
        self.all += later.all;
    }
}

impl Inverse for Truths {
    #[inline]
    fn pull(&mut self, value: bool) {
        self.yes -= u64::from(value);
        self.all -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<F: Fold>(values: impl IntoIterator<Item = F::Item>) -> F {
        let mut fold = F::default();
        values.into_iter().for_each(|value| fold.push(value));
        fold
    }

    #[test]
    fn joined_is_as_taken_one_by_one() {
        fn check<F: Fold + PartialEq + core::fmt::Debug>(values: &[F::Item]) {
            for at in 0..=values.len() {
                let mut joined: F = of(values[..at].iter().cloned());
                joined.combine(&of(values[at..].iter().cloned()));
                assert_eq!(joined, of(values.iter().cloned()));
            }
        }
        check::<Count>(&[(), (), ()]);
        check::<SumInt>(&[i64::MAX, i64::MAX, i64::MIN, -3]);
        check::<Sum>(&[0.5, 1e10, -0.25]);
        check::<Spread>(&[0.5, 3.0, -0.25]);
        check::<Min<f64>>(&[f64::NAN, 2.0, -0.0, 0.0]);
        check::<Max<Symbol>>(&["b", "c", "a"].map(Symbol::new));
        check::<ArgMax<i64, f64>>(&[(1, 2.0), (2, f64::NAN), (3, 2.0)]);
        check::<First<Option<i64>>>(&[None, Some(1)]);
        check::<Last<Option<i64>>>(&[Some(1), None]);
        check::<Truths>(&[true, false]);
    }

    #[test]
    fn numbers_are_chosen_over_nan() {
        assert_eq!(
            of::<Min<f64>>([f64::NAN, 2.0, -0.0, 0.0]).value().map(f64::to_bits),
            Some((-0.0_f64).to_bits())
        );
        assert!(of::<Max<f64>>([f64::NAN]).value().is_some_and(f64::is_nan));
        assert_eq!(of::<ArgMin<i64, f64>>([(1, f64::NAN), (2, 5.0), (3, 5.0)]).value(), Some(2));
    }

    #[test]
    fn sums_out_of_range_are_faults() {
        let faults = Faults::new();
        assert_eq!(of::<SumInt>([i64::MAX, 1]).sum(&faults), None);
        assert_eq!((of::<SumInt>([i64::MAX, 1, -1]).sum(&faults), faults.count()), (Some(i64::MAX), 1));
        assert_eq!(SumInt::default().mean(), None);
    }
}
