//! Moving windows from whose state that of a row can be taken out again, exactly.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::aggregate::Output;
use super::fold::Inverse;
use super::sliding::{FEW, Kept, Window, borrowed, kept};
use super::source::{Seen, Source};
use crate::snapshot::codec::{Corrupt, Persist, Reader};

/// The rows, and the state of all.
#[derive(Debug)]
pub(super) struct Ring<F: Inverse> {
    rows: VecDeque<Kept<F>>,
    sum: F::State,
}

impl<F: Inverse> Default for Ring<F> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), sum: F::State::default() }
    }
}

impl<F: Inverse> Window for Ring<F> {
    type Fold = F;

    #[inline]
    fn evict(&mut self, fold: &F, count: u32) {
        // PERF: it is mostly one, for which a `drain` does much.
        for _ in 0..count {
            let Some(seen) = self.rows.pop_front() else { break };
            fold.pull(&mut self.sum, borrowed::<F::Source>(&seen));
        }
    }

    #[inline]
    fn push(&mut self, fold: &F, seen: Seen<<F::Source as Source>::Item<'_>>) {
        fold.push(&mut self.sum, seen);
        self.rows.push_back(kept::<F::Source>(seen));
    }

    #[inline]
    fn lower(&mut self, fold: &F, out: &mut Output<'_>) -> bool {
        out.of(fold, &mut self.sum)
    }

    // PERF: all enter first, so that what leaves is found by one walk over what is there; and the state is at hand meanwhile.
    #[inline]
    fn slide<'a>(
        &mut self,
        fold: &F,
        rows: &[u32],
        evict: &[u32],
        row_at: impl Fn(u32) -> Seen<<F::Source as Source>::Item<'a>>,
        out: &mut Output<'_>,
    ) -> u64 {
        if rows.len() < FEW {
            return self.slide_each(fold, rows, evict, row_at, out);
        }
        self.rows.extend(rows.iter().map(|&row| kept::<F::Source>(row_at(row))));
        let (mut oldest, evict) = (self.rows.iter(), &evict[..rows.len()]);
        let step = |at: usize, sum: &mut F::State| {
            for seen in oldest.by_ref().take(evict[at] as usize) {
                fold.pull(sum, borrowed::<F::Source>(seen));
            }
            fold.push(sum, row_at(rows[at]));
        };
        let faults = fold.lower_each(rows.len(), &mut self.sum, step, out);
        let left: usize = evict.iter().map(|&evict| evict as usize).sum();
        self.rows.drain(..left);
        faults
    }

    fn held(&self) -> usize {
        self.rows.capacity() * size_of::<Kept<F>>()
    }

    fn save(&self, fold: &F, out: &mut Vec<u8>) {
        self.rows.save(out);
        fold.save(&self.sum, out);
    }

    fn load(fold: &F, from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self { rows: from.read()?, sum: fold.load(from)? })
    }
}
