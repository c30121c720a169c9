//! Which of many rules an event may concern: those whose guards want one of its fields in a range of its own each are looked up together.

use crate::ranges::{Ranges, place};

/// What rules want of a field.
#[derive(Debug)]
pub struct Index(Ranges);

impl Index {
    /// For each range its least and its greatest value, and the number of the rule that wants it; at least one. Of doubles, the values are the places
    /// that the compiler has given them.
    pub fn new(ranges: &[(i64, i64, u32)]) -> Self {
        Self(Ranges::new(ranges))
    }

    /// Whether any rule may want a value: what is told at a glance of nearly all that none wants.
    #[inline]
    pub fn may_wake(&self, value: impl Indexed) -> bool {
        value.place().is_some_and(|place| self.0.may_want(place))
    }

    /// Notes the rules that want a value.
    #[inline]
    pub fn wake<const N: usize>(&self, value: impl Indexed, woken: &mut Woken<N>) {
        if let Some(place) = value.place().filter(|place| self.0.may_want(*place)) {
            self.0.wanting(place).iter().for_each(|rule| woken.wake(*rule));
        }
    }
}

/// A value of a field that has an index.
pub trait Indexed {
    /// Its place among all of its type; null has none.
    fn place(self) -> Option<i64>;
}

impl Indexed for i64 {
    #[inline]
    fn place(self) -> Option<i64> {
        Some(self)
    }
}

impl Indexed for f64 {
    #[inline]
    fn place(self) -> Option<i64> {
        Some(place(self))
    }
}

impl<T: Indexed> Indexed for Option<T> {
    #[inline]
    fn place(self) -> Option<i64> {
        self.and_then(T::place)
    }
}

/// Rules that are to look at an event: a bit for each, in `N` words. They come in ascending order.
#[derive(Debug)]
pub struct Woken<const N: usize> {
    words: [u64; N],
    at: usize,
}

impl<const N: usize> Woken<N> {
    /// Those that look at every event.
    pub const fn new(always: [u64; N]) -> Self {
        Self { words: always, at: 0 }
    }

    #[inline]
    const fn wake(&mut self, rule: u32) {
        self.words[rule as usize / 64] |= 1 << (rule % 64);
    }
}

impl<const N: usize> Iterator for Woken<N> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while let Some(word) = self.words.get_mut(self.at) {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Some(64 * self.at as u32 + bit);
            }
            self.at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn those_that_want_a_value_are_woken_in_order() {
        let index = Index::new(&[(5, 5, 70), (3, 9, 2), (4, 6, 1)]);
        let woken = |value: Option<i64>| {
            let mut woken = Woken::new([1 << 3, 0]);
            index.wake(value, &mut woken);
            woken.collect::<Vec<_>>()
        };
        assert_eq!(woken(Some(5)), [1, 2, 3, 70]);
        assert_eq!(woken(Some(9)), [2, 3]);
        assert_eq!((woken(Some(10)), woken(None)), (Vec::from([3]), Vec::from([3])));
        assert!(index.may_wake(4_i64) && !index.may_wake(None::<i64>) && !index.may_wake(1000));
        let doubles = Index::new(&[(place(-0.0), place(1.5), 0)]);
        let wakes = |value: f64| {
            let mut woken = Woken::<1>::new([0]);
            doubles.wake(value, &mut woken);
            woken.count() == 1
        };
        assert!(wakes(-0.0) && wakes(0.0) && wakes(1.5) && !wakes(f64::NAN) && !wakes(-0.1));
    }
}
