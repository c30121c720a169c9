//! Event-time order: rows that arrive out of order wait here until the watermark has passed them.
//!
//! This is *impatience sort* (Chandramouli, Goldstein, Li: Impatience Is a Virtue, ICDE 2018): what waits is a few
//! sorted runs, and a row goes behind the first run that ends at or before it. Input in order is one run, and costs one
//! comparison a row; nearly ordered input is a few, the fewer if what arrives together was sorted before. What is released is
//! merged from the fronts of the runs.
//!
//! Only places of rows are sorted; the rows themselves lie in [`store`]. Watermarks are the business of
//! [`crate::instance`].

pub(crate) mod store;

use alloc::collections::binary_heap::BinaryHeap;
use alloc::collections::vec_deque::VecDeque;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// What rows are ordered by before their order of arrival: time, then the number of the source.
pub(crate) type Key = (i64, u32);

/// A row that waits, or was just released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// Its time.
    pub(crate) time: i64,
    /// Where it came from.
    pub(crate) source: u32,
    /// The segment of the store that it lies in.
    pub(crate) segment: u32,
    /// At which row.
    pub(crate) row: u32,
}

impl Held {
    const fn key(&self) -> Key {
        (self.time, self.source)
    }
}

/// The sorted runs.
///
/// Invariant: between calls no run is empty, and `tails` (the key of the last row of each run) descend strictly. So of two
/// rows with one key the one that arrived first is in the run with the lower number, or before the other in the same run.
#[derive(Debug, Default)]
pub(crate) struct Reorder {
    runs: Vec<VecDeque<Held>>,
    tails: Vec<Key>,
    /// The first row of each run; the run's number breaks ties in order of arrival.
    heads: BinaryHeap<Reverse<(Key, u32)>>,
    /// Empty runs, for their memory.
    spare: Vec<VecDeque<Held>>,
    len: usize,
}

impl Reorder {
    /// How many rows wait.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The least key that waits.
    pub(crate) fn first(&self) -> Option<Key> {
        self.heads.peek().map(|Reverse((key, _))| *key)
    }

    /// The greatest key that waits.
    pub(crate) fn last(&self) -> Option<Key> {
        self.tails.first().copied()
    }

    /// Adds a row behind all others of its key.
    pub(crate) fn insert(&mut self, held: Held) {
        let key = held.key();
        // PERF: input in order goes to run 0; the search is for the rest.
        let at = match self.tails.first() {
            Some(tail) if *tail <= key => 0,
            _ => self.tails.partition_point(|tail| *tail > key),
        };
        if at == self.runs.len() {
            self.runs.push(self.spare.pop().unwrap_or_default());
            self.tails.push(key);
            self.heads.push(Reverse((key, at as u32)));
        }
        self.runs[at].push_back(held);
        self.tails[at] = key;
        self.len += 1;
    }

    /// Moves rows whose key is at most `bound` to `out`, in order, until none is left or `out` has `max` rows.
    pub(crate) fn release(&mut self, bound: Key, max: usize, out: &mut Vec<Held>) {
        let before = out.len();
        while let Some(&Reverse((key, number))) = self.heads.peek() {
            if key > bound || out.len() >= max {
                break;
            }
            self.heads.pop();
            let other = self.heads.peek().map_or(((i64::MAX, u32::MAX), u32::MAX), |head| head.0);
            let run = &mut self.runs[number as usize];
            // PERF: a run is mostly ahead for long; the heap is not touched meanwhile.
            while let Some(held) = run.front() {
                if held.key() > bound || (held.key(), number) > other || out.len() >= max {
                    self.heads.push(Reverse((held.key(), number)));
                    break;
                }
                out.extend(run.pop_front());
            }
        }
        self.len -= out.len() - before;
        self.drop_empty();
    }

    /// All rows that wait, in the order in which they would be released.
    pub(crate) fn in_order(&self) -> Vec<Held> {
        let runs = self.runs.iter().zip(0u32..);
        let mut rows: Vec<(Key, u32, Held)> =
            runs.flat_map(|(run, number)| run.iter().map(move |held| (held.key(), number, *held))).collect();
        // Rows of one key and run keep their order.
        rows.sort_by_key(|(key, number, _)| (*key, *number));
        rows.into_iter().map(|(.., held)| held).collect()
    }

    /// Forgets empty runs. They are the last ones: a run that still has a row ends behind the bound, an empty one before it.
    fn drop_empty(&mut self) {
        while self.runs.last().is_some_and(VecDeque::is_empty) {
            self.spare.extend(self.runs.pop());
            self.tails.pop();
        }
        debug_assert!(self.runs.iter().all(|run| !run.is_empty()), "Reorder: only the last runs are empty");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Inserts `(time, source)`s, releasing up to `bounds[i]` after each piece, and collects what comes out.
    fn sorted(pieces: &[Vec<(i64, u32)>], max: usize) -> Vec<Held> {
        let mut reorder = Reorder::default();
        let (mut out, mut arrival, mut released) = (Vec::new(), 0, (i64::MIN, 0));
        for piece in pieces {
            for &(time, source) in piece {
                if (time, source) >= released {
                    reorder.insert(Held { time, source, segment: 0, row: arrival });
                }
                arrival += 1;
            }
            let bound = (reorder.last().map_or(0, |(time, _)| time) - 20, 1);
            released = released.max(bound);
            while reorder.first().is_some_and(|first| first <= released) {
                let before = out.len();
                reorder.release(released, before + max, &mut out);
            }
        }
        reorder.release((i64::MAX, u32::MAX), usize::MAX, &mut out);
        assert_eq!((reorder.len(), reorder.runs.len(), reorder.heads.len()), (0, 0, 0));
        out
    }

    proptest! {
        #[test]
        fn what_comes_out_is_a_stable_sort_of_what_went_in(
            pieces in prop::collection::vec(prop::collection::vec((0..60i64, 0..3u32), 0..40), 0..12),
            max in 1..9usize,
        ) {
            let out = sorted(&pieces, max);
            let mut model = out.clone();
            model.sort_by_key(|held| held.row);
            model.sort_by_key(Held::key);
            prop_assert_eq!(out, model);
        }
    }

    #[test]
    fn ordered_input_is_one_run() {
        let mut reorder = Reorder::default();
        (0..1000)
            .for_each(|row| reorder.insert(Held { time: i64::from(row / 2), source: 0, segment: 0, row }));
        assert_eq!((reorder.runs.len(), reorder.len()), (1, 1000));
        assert_eq!((reorder.first(), reorder.last()), (Some((0, 0)), Some((499, 0))));
    }
}
