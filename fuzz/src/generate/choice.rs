//! Random choices, in the words of the generator.

use fastrand::Rng;

/// A source of choices.
pub(super) struct Choice {
    rng: Rng,
}

impl Choice {
    /// The choices of a seed.
    pub(super) fn new(seed: u64) -> Choice {
        Choice { rng: Rng::with_seed(seed) }
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    /// A number from 0, less than `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.rng.usize(0..bound)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.rng.i64(low..=high)
    }

    /// One of several.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// One of several, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(T, u32)]) -> T {
        let total: u32 = of.iter().map(|(_, weight)| weight).sum();
        let mut at = self.rng.u32(0..total);
        for (value, weight) in of {
            match at.checked_sub(*weight) {
                None => return *value,
                Some(rest) => at = rest,
            }
        }
        unreachable!("the weights add up to the total")
    }
}
