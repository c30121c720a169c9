//! Aggregates of windows that move: a row enters, older ones leave, and a result is due for each row, at a cost that does
//! not grow with the window.
//!
//! | for | way | cost of a row |
//! | --- | --- | --- |
//! | counts, sums of integers, `any`, `all` | [`Subtracting`]: what leaves is subtracted, which is exact | constant |
//! | `min`, `max`, `arg_min`, `arg_max` | [`Monotonic`]: a queue of the values that may still come first | constant, amortised |
//! | sums and moments of doubles, `first`, `last` | [`Sliding`]: two stacks | constant, amortised |
//! | `collect`, percentiles, `distinct` | [`Refolding`]: the window anew | as large as the window |
//!
//! K. Tangwongsan, M. Hirzel, S. Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", DEBS
//! 2017, for the two stacks; D. Lemire, "Streaming Maximum-Minimum Filter Using No More than Three Comparisons per Element",
//! Nordic Journal of Computing 13 (2006), for the queue.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::aggregate::{Aggregate, Chosen, Output, Run};
use super::fold::{Extreme, Fold, Inverse};
use super::source::{Args, Reading, Seen, Source};

/// A window that slides, as two stacks: the older rows as the states of each suffix of them, the newer ones one by one and
/// as one state. A row enters and leaves in constant time, for it changes from the newer stack to the older at most once.
#[derive(Debug)]
struct Stacks<F: Fold> {
    /// The state of the oldest row to the last of the older ones is on top.
    older: Vec<F::State>,
    newer: VecDeque<Seen<<F::Source as Source>::Own>>,
    sum: F::State,
}

impl<F: Fold> Default for Stacks<F> {
    fn default() -> Self {
        Self { older: Vec::new(), newer: VecDeque::new(), sum: F::State::default() }
    }
}

fn borrowed<S: Source>(seen: &Seen<S::Own>) -> Seen<S::Item<'_>> {
    match seen {
        Seen::Not => Seen::Not,
        Seen::Null => Seen::Null,
        Seen::Value(own) => Seen::Value(S::item(own)),
    }
}

fn kept<S: Source>(seen: Seen<S::Item<'_>>) -> Seen<S::Own> {
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

impl<F: Fold> Stacks<F> {
    /// Takes the oldest row out.
    fn evict(&mut self, fold: &F) {
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
}

/// Cells of windows that slide, for aggregates whose states join in constant time.
#[derive(Debug)]
pub(super) struct Sliding<F: Fold> {
    fold: F,
    windows: Vec<Stacks<F>>,
}

/// What aggregates of sliding windows do not do.
macro_rules! sliding_only {
    () => {
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
    };
}

impl<F: Fold> Sliding<F> {
    /// No windows.
    pub(super) const fn new(fold: F) -> Self {
        Self { fold, windows: Vec::new() }
    }
}

impl<F: Fold> Aggregate for Sliding<F> {
    sliding_only!();

    fn reserve(&mut self, cells: usize) {
        if self.windows.len() < cells {
            self.windows.resize_with(cells, Stacks::default);
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
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for ((&row, &cell), &evict) in rows.iter().zip(cells).zip(evict) {
            let window = &mut self.windows[cell as usize];
            (0..evict).for_each(|_| window.evict(&self.fold));
            window.push(&self.fold, reading.row(row));
            faults += u64::from(window.lower(&self.fold, out));
        }
        faults
    }

    fn evict(&mut self, cell: u32, count: u32) {
        (0..count).for_each(|_| self.windows[cell as usize].evict(&self.fold));
    }

    fn clear(&mut self, cell: u32) {
        self.windows[cell as usize] = Stacks::default();
    }

    fn bytes(&self) -> usize {
        let of = |window: &Stacks<F>| {
            window.older.capacity() * size_of::<F::State>()
                + window.newer.capacity() * size_of::<Seen<<F::Source as Source>::Own>>()
        };
        self.windows.capacity() * size_of::<Stacks<F>>() + self.windows.iter().map(of).sum::<usize>()
    }
}

/// Cells of windows that slide, for aggregates whose states are as large as the window: it is folded anew for each row.
#[derive(Debug)]
pub(super) struct Refolding<F: Fold> {
    fold: F,
    windows: Vec<VecDeque<Seen<<F::Source as Source>::Own>>>,
}

impl<F: Fold> Refolding<F> {
    /// No windows.
    pub(super) const fn new(fold: F) -> Self {
        Self { fold, windows: Vec::new() }
    }
}

impl<F: Fold> Aggregate for Refolding<F> {
    sliding_only!();

    fn reserve(&mut self, cells: usize) {
        if self.windows.len() < cells {
            self.windows.resize_with(cells, VecDeque::new);
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
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for ((&row, &cell), &evict) in rows.iter().zip(cells).zip(evict) {
            let window = &mut self.windows[cell as usize];
            window.drain(..evict as usize);
            window.push_back(kept::<F::Source>(reading.row(row)));
            let mut state = F::State::default();
            window.iter().for_each(|seen| self.fold.push(&mut state, borrowed::<F::Source>(seen)));
            faults += u64::from(out.of(&self.fold, &mut state));
        }
        faults
    }

    fn evict(&mut self, cell: u32, count: u32) {
        self.windows[cell as usize].drain(..count as usize);
    }

    fn clear(&mut self, cell: u32) {
        self.windows[cell as usize] = VecDeque::new();
    }

    fn bytes(&self) -> usize {
        let item = size_of::<Seen<<F::Source as Source>::Own>>();
        let held: usize = self.windows.iter().map(|window| window.capacity() * item).sum();
        self.windows.capacity() * size_of::<VecDeque<()>>() + held
    }
}

/// Cells of windows that slide, for aggregates whose states can be taken from others again.
#[derive(Debug)]
pub(super) struct Subtracting<F: Inverse> {
    fold: F,
    windows: Vec<Ring<F>>,
}

/// The rows of a window, and the state of all.
#[derive(Debug)]
struct Ring<F: Inverse> {
    rows: VecDeque<Seen<<F::Source as Source>::Own>>,
    sum: F::State,
}

impl<F: Inverse> Default for Ring<F> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), sum: F::State::default() }
    }
}

impl<F: Inverse> Ring<F> {
    fn evict(&mut self, fold: &F, count: u32) {
        for seen in self.rows.drain(..count as usize) {
            fold.pull(&mut self.sum, borrowed::<F::Source>(&seen));
        }
    }
}

impl<F: Inverse> Subtracting<F> {
    /// No windows.
    pub(super) const fn new(fold: F) -> Self {
        Self { fold, windows: Vec::new() }
    }
}

impl<F: Inverse> Aggregate for Subtracting<F> {
    sliding_only!();

    fn reserve(&mut self, cells: usize) {
        if self.windows.len() < cells {
            self.windows.resize_with(cells, Ring::default);
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
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for ((&row, &cell), &evict) in rows.iter().zip(cells).zip(evict) {
            let window = &mut self.windows[cell as usize];
            window.evict(&self.fold, evict);
            let seen = reading.row(row);
            self.fold.push(&mut window.sum, seen);
            window.rows.push_back(kept::<F::Source>(seen));
            faults += u64::from(out.of(&self.fold, &mut window.sum));
        }
        faults
    }

    fn evict(&mut self, cell: u32, count: u32) {
        self.windows[cell as usize].evict(&self.fold, count);
    }

    fn clear(&mut self, cell: u32) {
        self.windows[cell as usize] = Ring::default();
    }

    fn bytes(&self) -> usize {
        let item = size_of::<Seen<<F::Source as Source>::Own>>();
        let held: usize = self.windows.iter().map(|window| window.rows.capacity() * item).sum();
        self.windows.capacity() * size_of::<Ring<F>>() + held
    }
}

/// Cells of windows that slide, for the least or greatest value.
#[derive(Debug)]
pub(super) struct Monotonic<S: Source> {
    fold: Extreme<S>,
    windows: Vec<Queue<S>>,
}

/// The values of a window that are better than all later ones, or as good, with the numbers of their rows. So the
/// first is the best.
#[derive(Debug)]
struct Queue<S: Source> {
    best: VecDeque<(u64, S::Own)>,
    /// How many rows have left the window, and how many have entered.
    left: u64,
    entered: u64,
}

impl<S: Source> Default for Queue<S> {
    fn default() -> Self {
        Self { best: VecDeque::new(), left: 0, entered: 0 }
    }
}

impl<S: Source> Queue<S> {
    fn evict(&mut self, count: u32) {
        self.left += u64::from(count);
        while self.best.front().is_some_and(|(row, _)| *row < self.left) {
            self.best.pop_front();
        }
    }

    fn push(&mut self, fold: &Extreme<S>, seen: Seen<S::Item<'_>>) {
        let number = self.entered;
        self.entered += 1;
        let Seen::Value(item) = seen else { return };
        while self.best.back().is_some_and(|(_, last)| fold.outdoes(item, S::item(last))) {
            self.best.pop_back();
        }
        let mut own = S::Own::default();
        S::keep(item, &mut own);
        self.best.push_back((number, own));
    }
}

impl<S: Source> Monotonic<S> {
    /// No windows.
    pub(super) const fn new(fold: Extreme<S>) -> Self {
        Self { fold, windows: Vec::new() }
    }
}

impl<S: Source> Aggregate for Monotonic<S> {
    sliding_only!();

    fn reserve(&mut self, cells: usize) {
        if self.windows.len() < cells {
            self.windows.resize_with(cells, Queue::default);
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
        let reading = Reading::<S>::new(args);
        for ((&row, &cell), &evict) in rows.iter().zip(cells).zip(evict) {
            let window = &mut self.windows[cell as usize];
            window.evict(evict);
            window.push(&self.fold, reading.row(row));
            S::write(window.best.front().map(|(_, own)| S::item(own)), out.column);
        }
        0
    }

    fn evict(&mut self, cell: u32, count: u32) {
        self.windows[cell as usize].evict(count);
    }

    fn clear(&mut self, cell: u32) {
        self.windows[cell as usize] = Queue::default();
    }

    fn bytes(&self) -> usize {
        let item = size_of::<(u64, S::Own)>();
        let held: usize = self.windows.iter().map(|window| window.best.capacity() * item).sum();
        self.windows.capacity() * size_of::<Queue<S>>() + held
    }
}
