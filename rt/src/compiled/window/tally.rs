//! `distinct` in windows that move: how often each value is there.

use super::{Fold, Inverse, Key};
use core::hash::BuildHasher;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// An aggregate of values of which equal ones count once, where it makes no difference which of them does.
#[derive(Clone, Debug)]
pub struct Tally<F: Inverse<Item: Key>> {
    fold: F,
    counts: HashTable<(<F::Item as Key>::Same, u32)>,
}

impl<F: Inverse<Item: Key>> Default for Tally<F> {
    fn default() -> Self {
        Self { fold: F::default(), counts: HashTable::new() }
    }
}

impl<F: Inverse<Item: Key>> Tally<F> {
    /// The aggregate.
    pub const fn total(&mut self) -> &mut F {
        &mut self.fold
    }
}

/// The same in every table: what depends on the order in it could not be.
const HASHER: FixedState = FixedState::with_seed(0);

impl<F: Inverse<Item: Key>> Fold for Tally<F> {
    type Item = F::Item;

    fn push(&mut self, value: F::Item) {
        let same = value.same();
        let hash = HASHER.hash_one(&same);
        match self.counts.find_mut(hash, |(known, _)| *known == same) {
            Some((_, count)) => *count += 1,
            None => {
                self.counts.insert_unique(hash, (same, 1), |(known, _)| HASHER.hash_one(known));
                self.fold.push(value);
            }
        }
    }

    /// # Panics
    /// Moving windows are not joined.
    fn combine(&mut self, _: &Self) {
        unreachable!("Tally: moving windows are not joined")
    }
}

impl<F: Inverse<Item: Key>> Inverse for Tally<F> {
    fn pull(&mut self, value: F::Item) {
        let same = value.same();
        let entry = self.counts.find_entry(HASHER.hash_one(&same), |(known, _)| *known == same);
        let Ok(mut entry) = entry else { panic!("Tally: what leaves was there") };
        entry.get_mut().1 -= 1;
        if entry.get().1 == 0 {
            entry.remove();
            self.fold.pull(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CountOf, Distinct, Kept};
    use super::*;
    use alloc::collections::VecDeque;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_has_left_no_longer_counts(
            steps in prop::collection::vec((0..3_u32, prop::option::of(0..5_i64)), 0..60)
        ) {
            let mut moving = Tally::<CountOf<i64>>::default();
            let mut anew = Kept::<Distinct<CountOf<i64>>>::default();
            let mut inside = VecDeque::new();
            for (evict, value) in steps {
                for left in inside.drain(..inside.len().min(evict as usize)) {
                    anew.leave();
                    Option::into_iter(left).for_each(|left| moving.pull(left));
                }
                inside.push_back(value);
                anew.push(value);
                value.into_iter().for_each(|value| moving.push(value));
                prop_assert_eq!(moving.total().value(), anew.total().total().value());
            }
        }
    }
}
