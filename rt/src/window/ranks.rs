//! Keys in order, from which any may be taken again, and one of a rank that moves little is at hand: what percentiles of
//! moving windows are read from. The keys are split where they were last read, so that what enters, what leaves and what is
//! read each cost time logarithmic in the number of different keys.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;

use crate::snapshot::codec::{Corrupt, Persist, Reader};

/// Keys, each as often as it was put in.
///
/// Invariant: the keys of `below` are at most `edge`, those of `above` are greater; `low` and `high` are the sums of their counts,
/// which are not 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ranks {
    below: BTreeMap<i64, u64>,
    above: BTreeMap<i64, u64>,
    /// None: nothing is below.
    edge: Option<i64>,
    low: u64,
    high: u64,
}

impl Ranks {
    /// How many there are, equal ones counted each.
    pub(crate) const fn len(&self) -> u64 {
        self.low + self.high
    }

    /// Puts a key in.
    #[inline]
    pub(crate) fn insert(&mut self, key: i64) {
        self.insert_all(key, 1);
    }

    fn insert_all(&mut self, key: i64, count: u64) {
        let (side, len) = self.side(key);
        *len += count;
        *side.entry(key).or_insert(0) += count;
    }

    /// Takes out a key that is in.
    #[inline]
    pub(crate) fn remove(&mut self, key: i64) {
        let (side, len) = self.side(key);
        *len -= 1;
        let Entry::Occupied(mut entry) = side.entry(key) else { panic!("Ranks: what leaves was put in") };
        *entry.get_mut() -= 1;
        if *entry.get() == 0 {
            entry.remove();
        }
    }

    /// Puts in all that others have.
    pub(crate) fn extend(&mut self, others: &Self) {
        for (&key, &count) in others.below.iter().chain(&others.above) {
            self.insert_all(key, count);
        }
    }

    /// The key of a rank, counted from 0, and the next one if there is one, else the same.
    ///
    /// # Panics
    /// If there are not more keys than the rank.
    pub(crate) fn pair(&mut self, rank: u64) -> (i64, i64) {
        self.split(rank);
        let mut from = self.above.iter();
        let (&key, &count) = from.next().expect("Ranks: a rank below their number");
        match from.next() {
            Some((&next, _)) if rank + 1 >= self.low + count => (key, next),
            _ => (key, key),
        }
    }

    /// Moves keys over the edge until the one of a rank is the first above it. One that is put in or taken out changes its rank by
    /// one at most, so that as many move.
    fn split(&mut self, rank: u64) {
        while self.low > rank
            && let Some((key, count)) = self.below.pop_last()
        {
            self.above.insert(key, count);
            (self.low, self.high) = (self.low - count, self.high + count);
            self.edge = key.checked_sub(1);
        }
        while let Some(first) = self.above.first_entry()
            && self.low + first.get() <= rank
        {
            let (key, count) = first.remove_entry();
            self.below.insert(key, count);
            (self.low, self.high) = (self.low + count, self.high - count);
            self.edge = Some(key);
        }
    }

    fn side(&mut self, key: i64) -> (&mut BTreeMap<i64, u64>, &mut u64) {
        match self.edge {
            Some(edge) if key <= edge => (&mut self.below, &mut self.low),
            _ => (&mut self.above, &mut self.high),
        }
    }

    /// About how many bytes are held.
    pub(crate) fn bytes(&self) -> usize {
        // Nodes are two thirds full on the whole.
        (self.below.len() + self.above.len()) * size_of::<(i64, u64)>() * 3 / 2
    }
}

impl Persist for Ranks {
    fn save(&self, out: &mut Vec<u8>) {
        (self.below.len() + self.above.len()).save(out);
        self.below.iter().chain(&self.above).for_each(|(key, count)| (*key, *count).save(out));
    }

    /// Where they are split is what was last read, and makes no difference.
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let mut ranks = Self::default();
        for _ in 0..from.len()? {
            let (key, count) = from.read()?;
            if count == 0 {
                return Err(Corrupt);
            }
            ranks.insert_all(key, count);
        }
        Ok(ranks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Few keys, so that there are equal ones, and the ends of their range.
    fn key() -> impl Strategy<Value = i64> {
        prop_oneof![4 => -4..4_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
    }

    proptest! {
        #[test]
        fn ranks_are_those_of_a_sorted_list(
            steps in prop::collection::vec((key(), 0..3_usize, 0.0..=1.0_f64), 1..120)
        ) {
            let (mut ranks, mut window) = (Ranks::default(), Vec::new());
            for (key, leave, share) in steps {
                ranks.insert(key);
                window.push(key);
                for gone in window.drain(..leave.min(window.len() - 1)) {
                    ranks.remove(gone);
                }
                let mut sorted = window.clone();
                sorted.sort_unstable();
                let rank = (share * (sorted.len() - 1) as f64) as usize;
                let next = sorted.get(rank + 1).unwrap_or(&sorted[rank]);
                prop_assert_eq!(ranks.pair(rank as u64), (sorted[rank], *next));
                prop_assert_eq!(ranks.len(), sorted.len() as u64);
            }
        }

        #[test]
        fn joined_ranks_are_those_of_both(
            a in prop::collection::vec(key(), 1..20), b in prop::collection::vec(key(), 0..20), split in 0..20_u64
        ) {
            let of = |keys: &[i64]| {
                let mut ranks = Ranks::default();
                keys.iter().for_each(|&key| ranks.insert(key));
                ranks
            };
            let mut joined = of(&a);
            joined.pair(split.min(a.len() as u64 - 1));
            joined.extend(&of(&b));
            let mut sorted = [a, b].concat();
            sorted.sort_unstable();
            for (rank, &key) in sorted.iter().enumerate() {
                prop_assert_eq!(joined.pair(rank as u64).0, key);
            }
        }
    }
}
