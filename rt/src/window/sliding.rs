//! Aggregates of windows that move: a row enters, older ones leave, and a result is due for each row, at a cost that does
//! not grow with the window.
//!
//! What they have in common is [`Moving`]; each way is a [`Window`].
//!
//! | for | way | cost of a row |
//! | --- | --- | --- |
//! | counts, sums of integers, `any`, `all` | [`Subtracting`]: what leaves is subtracted, which is exact | constant |
//! | `min`, `max`, `arg_min`, `arg_max` | [`Monotonic`]: a queue of the values that may still come first | constant, amortised |
//! | sums and moments of doubles, `first`, `last` | [`Sliding`]: two stacks | constant, amortised |
//! | percentiles | [`Subtracting`], of [`super::ranks`] | logarithmic |
//! | `approx_distinct`, `approx_percentile` | [`Subtracting`], of [`super::registers`] and of few ranks | constant |
//! | `distinct` in counts, sums of integers, percentiles of integers and durations | [`Subtracting`], of how often each value is there | constant, or logarithmic |
//! | `collect` | [`Listing`]: the rows, written out | as large as what it gives |
//! | `distinct` in what else there is: sums and percentiles of doubles, moments, `collect`, extremes of doubles | [`Refolding`]: the window anew | as large as the window |
//!
//! K. Tangwongsan, M. Hirzel, S. Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", DEBS
//! 2017, for the two stacks; D. Lemire, "Streaming Maximum-Minimum Filter Using No More than Three Comparisons per Element",
//! Nordic Journal of Computing 13 (2006), for the queue.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::aggregate::{Aggregate, Chosen, Output, Run};
use super::fold::Fold;
use super::keep::{Collect, list};
use super::monotonic::Queue;
use super::source::{Args, Reading, Seen, Source};
use super::subtracting::Ring;
use crate::snapshot::codec::{Corrupt, Persist, Reader};

/// The rows of one window that moves, as far as an aggregate needs them. The default has none.
pub(super) trait Window: core::fmt::Debug + Default + Send + Sync + 'static {
    /// What is computed.
    type Fold: Fold;

    /// Takes the oldest rows out.
    fn evict(&mut self, fold: &Self::Fold, count: u32);
    /// Takes the next row in.
    fn push(&mut self, fold: &Self::Fold, seen: Seen<<<Self::Fold as Fold>::Source as Source>::Item<'_>>);
    /// Appends the result; whether it was out of range.
    fn lower(&mut self, fold: &Self::Fold, out: &mut Output<'_>) -> bool;
    /// For each row, one after the other, has so many old ones leave, takes it in and appends the result; how many were out of range.
    #[inline]
    fn slide_each<'a>(
        &mut self,
        fold: &Self::Fold,
        rows: &[u32],
        evict: &[u32],
        row_at: impl Fn(u32) -> Seen<<<Self::Fold as Fold>::Source as Source>::Item<'a>>,
        out: &mut Output<'_>,
    ) -> u64 {
        let mut faults = 0;
        for (&row, &evict) in rows.iter().zip(evict) {
            self.evict(fold, evict);
            self.push(fold, row_at(row));
            faults += u64::from(self.lower(fold, out));
        }
        faults
    }
    /// The same in any order.
    #[inline]
    fn slide<'a>(
        &mut self,
        fold: &Self::Fold,
        rows: &[u32],
        evict: &[u32],
        row_at: impl Fn(u32) -> Seen<<<Self::Fold as Fold>::Source as Source>::Item<'a>>,
        out: &mut Output<'_>,
    ) -> u64 {
        self.slide_each(fold, rows, evict, row_at, out)
    }
    /// Bytes beside the window itself.
    fn held(&self) -> usize;
    /// Writes it to a snapshot.
    fn save(&self, fold: &Self::Fold, out: &mut Vec<u8>);
    /// Reads it.
    fn load(fold: &Self::Fold, from: &mut Reader<'_>) -> Result<Self, Corrupt>;
}

/// Rows of one window that are not worth more than to be taken one after the other.
pub(super) const FEW: usize = 8;

/// Cells of windows that move.
#[derive(Debug)]
pub(super) struct Moving<W: Window> {
    fold: W::Fold,
    windows: Vec<W>,
}

/// For aggregates whose states join in constant time.
pub(super) type Sliding<F> = Moving<Stacks<F>>;
/// For aggregates whose states are as large as the window: it is folded anew for each row.
pub(super) type Refolding<F> = Moving<Rows<F>>;
/// For lists of all rows.
pub(super) type Listing<S> = Moving<List<S>>;
/// For aggregates whose states can be taken from others again.
pub(super) type Subtracting<F> = Moving<Ring<F>>;
/// For the least or greatest value.
pub(super) type Monotonic<S> = Moving<Queue<S>>;

impl<W: Window> Moving<W> {
    /// No windows.
    pub(super) const fn new(fold: W::Fold) -> Self {
        Self { fold, windows: Vec::new() }
    }

    /// Moves windows on, row by row.
    #[inline]
    fn slide_each<'a>(
        &mut self,
        rows: &[u32],
        cells: &[u32],
        evict: &[u32],
        out: &mut Output<'_>,
        row_at: impl Fn(u32) -> Seen<<<W::Fold as Fold>::Source as Source>::Item<'a>>,
    ) -> u64 {
        let (mut faults, mut from) = (0, 0);
        for of_one in cells.chunk_by(|a, b| a == b) {
            let to = from + of_one.len();
            let window = &mut self.windows[of_one[0] as usize];
            faults += window.slide(&self.fold, &rows[from..to], &evict[from..to], &row_at, out);
            from = to;
        }
        faults
    }
}

impl<W: Window> Aggregate for Moving<W> {
    fn update(&mut self, _: &[u32], _: &[u32], _: &Args<'_>) {
        unreachable!("sliding windows give a row for each row")
    }
    fn reduce(&mut self, _: &[Run], _: &Chosen<'_>, _: &Args<'_>) {
        unreachable!("sliding windows give a row for each row")
    }
    fn scan(&mut self, _: &[u32], _: &[u32], _: &Args<'_>, _: &mut Output<'_>) -> u64 {
        unreachable!("sliding windows lose rows")
    }
    fn combine(&mut self, _: &[(u32, u32)]) {
        unreachable!("sliding windows are not joined")
    }
    fn lower(&mut self, _: &[u32], _: &mut Output<'_>) -> u64 {
        unreachable!("sliding windows do not close")
    }

    fn reserve(&mut self, cells: usize) {
        if self.windows.len() < cells {
            self.windows.resize_with(cells, W::default);
        }
    }

    fn slide(
        &mut self,
        rows: &[u32],
        cells: &[u32],
        evict: &[u32],
        args: &Args<'_>,
        out: &mut Output<'_>,
    ) -> u64 {
        let reading = Reading::<<W::Fold as Fold>::Source>::new(args);
        match reading.is_plain() {
            true => self.slide_each(rows, cells, evict, out, |row| Seen::Value(reading.value(row))),
            false => self.slide_each(rows, cells, evict, out, |row| reading.row(row)),
        }
    }

    fn evict(&mut self, cell: u32, count: u32) {
        self.windows[cell as usize].evict(&self.fold, count);
    }

    fn clear(&mut self, cell: u32) {
        self.windows[cell as usize] = W::default();
    }

    fn save(&self, cell: u32, out: &mut Vec<u8>) {
        self.windows[cell as usize].save(&self.fold, out);
    }

    fn load(&mut self, cell: u32, from: &mut Reader<'_>) -> Result<(), Corrupt> {
        self.windows[cell as usize] = W::load(&self.fold, from)?;
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.windows.capacity() * size_of::<W>() + self.windows.iter().map(W::held).sum::<usize>()
    }
}

pub(super) fn borrowed<S: Source>(seen: &Seen<S::Own>) -> Seen<S::Item<'_>> {
    match seen {
        Seen::Not => Seen::Not,
        Seen::Null => Seen::Null,
        Seen::Value(own) => Seen::Value(S::item(own)),
    }
}

pub(super) fn kept<S: Source>(seen: Seen<S::Item<'_>>) -> Seen<S::Own> {
    match seen {
        Seen::Not => Seen::Not,
        Seen::Null => Seen::Null,
        Seen::Value(item) => {
            let mut own = S::Own::default();
            S::keep(item, &mut own);
            Seen::Value(own)
        }
    }
}

/// A value that is kept, of what a fold reads.
pub(super) type Kept<F> = Seen<<<F as Fold>::Source as Source>::Own>;

/// Two stacks: the older rows as the states of each suffix of them, the newer ones one by one and as one state. A row enters
/// and leaves in constant time, for it changes from the newer stack to the older at most once.
#[derive(Debug)]
pub(super) struct Stacks<F: Fold> {
    /// The state of the oldest row to the last of the older ones is on top.
    older: Vec<F::State>,
    newer: VecDeque<Kept<F>>,
    sum: F::State,
}

impl<F: Fold> Default for Stacks<F> {
    fn default() -> Self {
        Self { older: Vec::new(), newer: VecDeque::new(), sum: F::State::default() }
    }
}

impl<F: Fold> Stacks<F> {
    fn evict_one(&mut self, fold: &F) {
        if self.older.is_empty() {
            while let Some(seen) = self.newer.pop_back() {
                let mut state = F::State::default();
                fold.push(&mut state, borrowed::<F::Source>(&seen));
                if let Some(later) = self.older.last() {
                    fold.combine(&mut state, later);
                }
                self.older.push(state);
            }
            self.sum = F::State::default();
        }
        self.older.pop();
    }
}

impl<F: Fold> Window for Stacks<F> {
    type Fold = F;

    fn evict(&mut self, fold: &F, count: u32) {
        (0..count).for_each(|_| self.evict_one(fold));
    }

    #[inline]
    fn push(&mut self, fold: &F, seen: Seen<<F::Source as Source>::Item<'_>>) {
        fold.push(&mut self.sum, seen);
        self.newer.push_back(kept::<F::Source>(seen));
    }

    fn lower(&mut self, fold: &F, out: &mut Output<'_>) -> bool {
        match self.older.last() {
            None => out.of(fold, &mut self.sum),
            Some(older) => {
                let mut state = older.clone();
                fold.combine(&mut state, &self.sum);
                out.of(fold, &mut state)
            }
        }
    }

    fn held(&self) -> usize {
        self.older.capacity() * size_of::<F::State>() + self.newer.capacity() * size_of::<Kept<F>>()
    }

    fn save(&self, fold: &F, out: &mut Vec<u8>) {
        self.older.len().save(out);
        self.older.iter().for_each(|state| fold.save(state, out));
        self.newer.save(out);
        fold.save(&self.sum, out);
    }

    fn load(fold: &F, from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let older = (0..from.len()?).map(|_| fold.load(from)).collect::<Result<_, _>>()?;
        Ok(Self { older, newer: from.read()?, sum: fold.load(from)? })
    }
}

/// The rows, and no state.
#[derive(Debug)]
pub(super) struct Rows<F: Fold> {
    rows: VecDeque<Kept<F>>,
}

impl<F: Fold> Default for Rows<F> {
    fn default() -> Self {
        Self { rows: VecDeque::new() }
    }
}

impl<F: Fold> Window for Rows<F> {
    type Fold = F;

    fn evict(&mut self, _: &F, count: u32) {
        self.rows.drain(..count as usize);
    }

    fn push(&mut self, _: &F, seen: Seen<<F::Source as Source>::Item<'_>>) {
        self.rows.push_back(kept::<F::Source>(seen));
    }

    fn lower(&mut self, fold: &F, out: &mut Output<'_>) -> bool {
        let mut state = F::State::default();
        self.rows.iter().for_each(|seen| fold.push(&mut state, borrowed::<F::Source>(seen)));
        out.of(fold, &mut state)
    }

    fn held(&self) -> usize {
        self.rows.capacity() * size_of::<Kept<F>>()
    }

    fn save(&self, _: &F, out: &mut Vec<u8>) {
        self.rows.save(out);
    }

    fn load(_: &F, from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self { rows: from.read()? })
    }
}

/// The rows, which are what is given.
#[derive(Debug)]
pub(super) struct List<S: Source> {
    rows: VecDeque<Seen<S::Own>>,
}

impl<S: Source> Default for List<S> {
    fn default() -> Self {
        Self { rows: VecDeque::new() }
    }
}

impl<S: Source> Window for List<S> {
    type Fold = Collect<S>;

    fn evict(&mut self, _: &Collect<S>, count: u32) {
        self.rows.drain(..count as usize);
    }

    fn push(&mut self, _: &Collect<S>, seen: Seen<S::Item<'_>>) {
        self.rows.push_back(kept::<S>(seen));
    }

    fn lower(&mut self, _: &Collect<S>, out: &mut Output<'_>) -> bool {
        let seen = self.rows.iter().filter_map(|seen| match seen {
            Seen::Not => None,
            Seen::Null => Some(None),
            Seen::Value(own) => Some(Some(S::item(own))),
        });
        list::<S>(seen, out.column);
        false
    }

    fn held(&self) -> usize {
        self.rows.capacity() * size_of::<Seen<S::Own>>()
    }

    fn save(&self, _: &Collect<S>, out: &mut Vec<u8>) {
        self.rows.save(out);
    }

    fn load(_: &Collect<S>, from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self { rows: from.read()? })
    }
}
