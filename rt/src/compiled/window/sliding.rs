//! Aggregates of windows from which the oldest events leave, where a value cannot be taken out of them again.

use super::Fold;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// An aggregate of a moving window, whose parts join in constant time.
///
/// Two stacks: the older events as the aggregate of each suffix of them, the newer ones one by one and as one aggregate. An event
/// enters and leaves in constant time, for it changes from the newer stack to the older at most once. (K. Tangwongsan, M. Hirzel,
/// S. Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", DEBS 2017.)
#[derive(Clone, Debug)]
pub struct Sliding<F: Fold> {
    /// The aggregate of the oldest event to the last of the older ones is on top.
    older: Vec<F>,
    /// None: an event that does not count.
    newer: Vec<Option<F::Item>>,
    sum: F,
}

impl<F: Fold> Default for Sliding<F> {
    fn default() -> Self {
        Self { older: Vec::new(), newer: Vec::new(), sum: F::default() }
    }
}

impl<F: Fold> Sliding<F> {
    /// Takes an event with the value that counts, if any does.
    #[inline]
    pub fn push(&mut self, value: Option<F::Item>) {
        if let Some(value) = &value {
            self.sum.push(value.clone());
        }
        self.newer.push(value);
    }

    /// Has the oldest event leave.
    #[inline]
    pub fn leave(&mut self) {
        if self.older.is_empty() {
            self.turn();
        }
        self.older.pop();
    }

    /// Makes the newer events the older ones.
    fn turn(&mut self) {
        while let Some(value) = self.newer.pop() {
            let mut state = F::default();
            if let Some(value) = value {
                state.push(value);
            }
            if let Some(later) = self.older.last() {
                state.combine(later);
            }
            self.older.push(state);
        }
        self.sum = F::default();
    }

    /// The aggregate of the window.
    #[inline]
    pub fn total(&self) -> F {
        match self.older.last() {
            None => self.sum.clone(),
            Some(older) => {
                let mut total = older.clone();
                total.combine(&self.sum);
                total
            }
        }
    }
}

/// An aggregate of a moving window that is as large as the window: made anew of its values when it is asked for.
#[derive(Clone, Debug)]
pub struct Kept<F: Fold>(VecDeque<Option<F::Item>>);

impl<F: Fold> Default for Kept<F> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<F: Fold> Kept<F> {
    /// Takes an event with the value that counts, if any does.
    #[inline]
    pub fn push(&mut self, value: Option<F::Item>) {
        self.0.push_back(value);
    }

    /// Has the oldest event leave.
    #[inline]
    pub fn leave(&mut self) {
        self.0.pop_front();
    }

    /// The aggregate of the window.
    pub fn total(&self) -> F {
        let mut total = F::default();
        self.0.iter().flatten().for_each(|value| total.push(value.clone()));
        total
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Collect, SumInt};
    use super::*;
    use crate::compiled::Faults;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_is_what_is_in_it(steps in prop::collection::vec((0..4_u32, prop::option::of(-9..9_i64)), 0..80)) {
            let (mut sliding, mut kept) = (Sliding::<SumInt>::default(), Kept::<Collect<i64>>::default());
            let mut model: VecDeque<Option<i64>> = VecDeque::new();
            for (evict, value) in steps {
                let evict = evict.min(model.len() as u32);
                for _ in 0..evict {
                    sliding.leave();
                    kept.leave();
                    model.pop_front();
                }
                sliding.push(value);
                kept.push(value);
                model.push_back(value);
                let inside: Vec<i64> = model.iter().flatten().copied().collect();
                let sum = (!inside.is_empty()).then(|| inside.iter().sum());
                prop_assert_eq!(sliding.total().sum(&Faults::new()), sum);
                prop_assert_eq!(kept.total().value(), inside);
            }
        }
    }
}
