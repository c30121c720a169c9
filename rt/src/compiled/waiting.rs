//! Events that wait for the watermark, and leave in time order; ties in order of arrival.
//!
//! Impatience sort, as [`crate::reorder`], over events themselves: sorted runs, of which input in order makes one.

use super::Stopped;
use alloc::collections::VecDeque;
use alloc::collections::binary_heap::{BinaryHeap, PeekMut};
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Events that wait.
///
/// Invariant: `tails` (the time of the last event of each run) descend strictly, so of two events at one time the one
/// that came first is in the run with the lower number, or before the other in the same run. `heads` has the time of the
/// first event of each run that is not empty.
#[derive(Clone, Debug)]
pub struct Waiting<E> {
    runs: Vec<VecDeque<(i64, E)>>,
    tails: Vec<i64>,
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    spare: Vec<VecDeque<(i64, E)>>,
    len: usize,
    max: usize,
}

impl<E> Waiting<E> {
    /// Nothing waits; at most `max` events may.
    pub const fn new(max: usize) -> Self {
        Self { runs: Vec::new(), tails: Vec::new(), heads: BinaryHeap::new(), spare: Vec::new(), len: 0, max }
    }

    /// Adds an event behind all others at its time.
    ///
    /// # Errors
    /// If there are too many.
    pub fn insert(&mut self, time: i64, event: E) -> Result<(), Stopped> {
        if self.len == self.max {
            return Err(Stopped::disorder(self.max));
        }
        // PERF: input in order goes to run 0; the search is for the rest.
        let at = match self.tails.first() {
            Some(tail) if *tail <= time => 0,
            _ => self.tails.partition_point(|tail| *tail > time),
        };
        if at == self.runs.len() {
            self.runs.push(self.spare.pop().unwrap_or_default());
            self.tails.push(time);
            self.heads.push(Reverse((time, at)));
        }
        self.runs[at].push_back((time, event));
        self.tails[at] = time;
        self.len += 1;
        Ok(())
    }

    /// Takes the first event away, if its time is `upto` or before.
    pub fn pop(&mut self, upto: i64) -> Option<(i64, E)> {
        let mut head = self.heads.peek_mut().filter(|head| head.0.0 <= upto)?;
        let number = head.0.1;
        let event = self.runs[number].pop_front();
        self.len -= 1;
        if let Some((next, _)) = self.runs[number].front() {
            *head = Reverse((*next, number));
        } else {
            PeekMut::pop(head);
            self.drop_empty();
        }
        event
    }

    /// Forgets empty runs. They are the last ones: what a later run has is before the end of an earlier one, and left first.
    fn drop_empty(&mut self) {
        while self.runs.last().is_some_and(VecDeque::is_empty) {
            self.spare.extend(self.runs.pop());
            self.tails.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn events_leave_as_a_stable_sort(times in prop::collection::vec(0..60i64, 0..200)) {
            let mut waiting = Waiting::new(1000);
            let (mut out, mut greatest) = (Vec::new(), 0);
            let mut model = Vec::new();
            for (number, &time) in times.iter().enumerate() {
                if time >= greatest - 20 {
                    waiting.insert(time, number).unwrap();
                    model.push((time, number));
                }
                greatest = greatest.max(time);
                while let Some(event) = waiting.pop(greatest - 20) {
                    out.push(event);
                }
            }
            while let Some(event) = waiting.pop(i64::MAX) {
                out.push(event);
            }
            model.sort_by_key(|(time, _)| *time);
            prop_assert_eq!(out, model);
            prop_assert!(waiting.runs.is_empty() && waiting.heads.is_empty());
        }
    }

    #[test]
    fn a_bound_is_an_error() {
        let mut waiting = Waiting::new(1);
        waiting.insert(1, ()).unwrap();
        assert_eq!(waiting.insert(1, ()), Err(Stopped::disorder(1)));
    }
}
