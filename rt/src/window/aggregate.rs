//! The states of one aggregate in all windows, and what is done to them a batch at a time: one dynamic call for a batch, one
//! loop without another for its rows.
//!
//! States are numbered: a *cell* is a number under which every aggregate of an operator has a state.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::marker::PhantomData;

use super::fold::{Count, Edge, Extreme, Fold, IntResult, Moments, Quantified, SumFloat, SumInt};
use super::keep::{Collect, Distinct, Percentile};
use super::source::{Args, Float, Int, IntAsFloat, Pair, Reading, Seen, Source, Text, Truth};
use crate::column::Column;
use crate::plan::window::{AggregatePlan, Function};
use crate::schema::Type;

/// One aggregate of an operator.
pub(crate) trait Aggregate: Debug + Send + Sync {
    /// Makes room for so many cells.
    fn reserve(&mut self, cells: usize);
    /// Adds rows, each to its cell.
    fn update(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>);
    /// Adds rows, each to its cell, and appends what the cell then gives; how many results were out of range.
    fn scan(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>, out: &mut Column) -> u64;
    /// Moves the windows of cells on: for each row so many old ones leave, it enters, and the result is appended.
    fn slide(&mut self, rows: &[u32], cells: &[u32], evict: &[u32], args: &Args<'_>, out: &mut Column)
    -> u64;
    /// Takes so many old rows out of the window of a cell.
    fn evict(&mut self, cell: u32, count: u32);
    /// Joins cells with cells of later rows.
    fn combine(&mut self, pairs: &[(u32, u32)]);
    /// Appends what cells give.
    fn lower(&mut self, cells: &[u32], out: &mut Column) -> u64;
    /// Makes a cell that of no rows, without memory.
    fn clear(&mut self, cell: u32);
    /// Bytes held.
    fn bytes(&self) -> usize;
}

/// Cells of windows that grow until they close.
#[derive(Debug)]
struct Cells<F: Fold> {
    fold: F,
    states: Vec<F::State>,
}

impl<F: Fold> Aggregate for Cells<F> {
    fn reserve(&mut self, cells: usize) {
        if self.states.len() < cells {
            self.states.resize_with(cells, F::State::default);
        }
    }

    fn update(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>) {
        let reading = Reading::<F::Source>::new(args);
        if reading.is_plain() {
            for (&row, &cell) in rows.iter().zip(cells) {
                self.fold.push(&mut self.states[cell as usize], Seen::Value(reading.value(row)));
            }
        } else {
            for (&row, &cell) in rows.iter().zip(cells) {
                self.fold.push(&mut self.states[cell as usize], reading.row(row));
            }
        }
    }

    fn scan(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>, out: &mut Column) -> u64 {
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for (&row, &cell) in rows.iter().zip(cells) {
            let state = &mut self.states[cell as usize];
            self.fold.push(state, reading.row(row));
            faults += u64::from(self.fold.lower(state, out));
        }
        faults
    }

    fn slide(&mut self, _: &[u32], _: &[u32], _: &[u32], _: &Args<'_>, _: &mut Column) -> u64 {
        unreachable!("windows that only grow do not slide")
    }

    fn evict(&mut self, _: u32, _: u32) {
        unreachable!("windows that only grow lose no rows")
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) {
        for &(into, from) in pairs {
            let [into, from] = self
                .states
                .get_disjoint_mut([into as usize, from as usize])
                .expect("a cell is joined with another");
            self.fold.combine(into, from);
        }
    }

    fn lower(&mut self, cells: &[u32], out: &mut Column) -> u64 {
        let lowered = cells.iter().map(|&cell| self.fold.lower(&mut self.states[cell as usize], out));
        lowered.map(u64::from).sum()
    }

    fn clear(&mut self, cell: u32) {
        self.states[cell as usize] = F::State::default();
    }

    fn bytes(&self) -> usize {
        let held: usize = self.states.iter().map(|state| self.fold.held(state)).sum();
        self.states.capacity() * size_of::<F::State>() + held
    }
}

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

    fn lower(&mut self, fold: &F, out: &mut Column) -> bool {
        match self.older.last() {
            None => fold.lower(&mut self.sum, out),
            Some(older) => {
                let mut state = older.clone();
                fold.combine(&mut state, &self.sum);
                fold.lower(&mut state, out)
            }
        }
    }
}

/// Cells of windows that slide, for aggregates whose states join in constant time.
#[derive(Debug)]
struct Sliding<F: Fold> {
    fold: F,
    windows: Vec<Stacks<F>>,
}

/// What aggregates of sliding windows do not do.
macro_rules! sliding_only {
    () => {
        fn update(&mut self, _: &[u32], _: &[u32], _: &Args<'_>) {
            unreachable!("sliding windows give a row for each row")
        }
        fn scan(&mut self, _: &[u32], _: &[u32], _: &Args<'_>, _: &mut Column) -> u64 {
            unreachable!("sliding windows lose rows")
        }
        fn combine(&mut self, _: &[(u32, u32)]) {
            unreachable!("sliding windows are not joined")
        }
        fn lower(&mut self, _: &[u32], _: &mut Column) -> u64 {
            unreachable!("sliding windows do not close")
        }
    };
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
        out: &mut Column,
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
struct Refolding<F: Fold> {
    fold: F,
    windows: Vec<VecDeque<Seen<<F::Source as Source>::Own>>>,
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
        out: &mut Column,
    ) -> u64 {
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for ((&row, &cell), &evict) in rows.iter().zip(cells).zip(evict) {
            let window = &mut self.windows[cell as usize];
            window.drain(..evict as usize);
            window.push_back(kept::<F::Source>(reading.row(row)));
            let mut state = F::State::default();
            window.iter().for_each(|seen| self.fold.push(&mut state, borrowed::<F::Source>(seen)));
            faults += u64::from(self.fold.lower(&mut state, out));
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

/// What an aggregate is made for.
#[derive(Clone, Copy, Debug)]
struct Maker {
    /// Whether windows slide.
    slides: bool,
    distinct: bool,
}

impl Maker {
    /// An aggregate whose states join in constant time.
    fn small<F: Fold>(self, fold: F) -> Box<dyn Aggregate> {
        match (self.distinct, self.slides) {
            (true, _) => self.large(Distinct { fold }),
            (false, true) => Box::new(Sliding { fold, windows: Vec::new() }),
            (false, false) => Box::new(Cells { fold, states: Vec::new() }),
        }
    }

    /// An aggregate whose states are as large as the window.
    fn large<F: Fold>(self, fold: F) -> Box<dyn Aggregate> {
        match self.slides {
            true => Box::new(Refolding { fold, windows: Vec::new() }),
            false => Box::new(Cells { fold, states: Vec::new() }),
        }
    }

    /// An aggregate that keeps values.
    fn keeping<F: Fold>(self, fold: F) -> Box<dyn Aggregate> {
        match self.distinct {
            true => self.large(Distinct { fold }),
            false => self.large(fold),
        }
    }

    /// An aggregate that takes values of any type.
    fn any<S: Source>(self, function: Function, by: Option<Type>) -> Option<Box<dyn Aggregate>> {
        let source = PhantomData;
        Some(match function {
            Function::Count => self.large(Distinct { fold: CountOf::<S> { source } }),
            Function::Min => self.small(Extreme::<S> { greatest: false, source }),
            Function::Max => self.small(Extreme::<S> { greatest: true, source }),
            Function::First => self.small(Edge::<S> { last: false, source }),
            Function::Last => self.small(Edge::<S> { last: true, source }),
            Function::Collect => self.keeping(Collect::<S> { source }),
            Function::ArgMax | Function::ArgMin => {
                let greatest = function == Function::ArgMax;
                match by? {
                    Type::Bool => self.small(Extreme::<Pair<S, Truth>> { greatest, source: PhantomData }),
                    Type::F64 => self.small(Extreme::<Pair<S, Float>> { greatest, source: PhantomData }),
                    Type::Str => self.small(Extreme::<Pair<S, Text>> { greatest, source: PhantomData }),
                    Type::I64 | Type::Timestamp | Type::Duration => {
                        self.small(Extreme::<Pair<S, Int>> { greatest, source: PhantomData })
                    }
                }
            }
            _ => return None,
        })
    }

    fn moments<S: for<'a> Source<Item<'a> = f64>>(self, function: Function) -> Box<dyn Aggregate> {
        let population = matches!(function, Function::VariancePop | Function::StddevPop);
        let root = matches!(function, Function::Stddev | Function::StddevPop);
        self.small(Moments::<S> { population, root, source: PhantomData })
    }
}

/// How many values, of a source that can tell them apart.
#[derive(Debug)]
struct CountOf<S> {
    source: PhantomData<S>,
}

impl<S: Source> Fold for CountOf<S> {
    type Source = S;
    type State = u64;

    fn push(&self, state: &mut u64, seen: Seen<S::Item<'_>>) {
        *state += u64::from(matches!(seen, Seen::Value(_)));
    }
    fn combine(&self, state: &mut u64, later: &u64) {
        *state += later;
    }
    fn lower(&self, state: &mut u64, out: &mut Column) -> bool {
        out.push_i64(*state as i64);
        false
    }
}

/// The aggregate of a plan over an argument and a `by` of these types.
///
/// # Panics
/// If the function does not take such an argument.
pub(crate) fn make(
    plan: &AggregatePlan,
    of: Option<Type>,
    by: Option<Type>,
    slides: bool,
) -> Box<dyn Aggregate> {
    let maker = Maker { slides, distinct: plan.distinct };
    numeric(plan, of, maker)
        .or_else(|| match of? {
            Type::Bool => maker.any::<Truth>(plan.function, by),
            Type::F64 => maker.any::<Float>(plan.function, by),
            Type::Str => maker.any::<Text>(plan.function, by),
            Type::I64 | Type::Timestamp | Type::Duration => maker.any::<Int>(plan.function, by),
        })
        .expect("plan: an aggregate is of values that it takes")
}

fn numeric(plan: &AggregatePlan, of: Option<Type>, maker: Maker) -> Option<Box<dyn Aggregate>> {
    Some(match (plan.function, of) {
        (Function::Count, None) => Maker { distinct: false, ..maker }.small(Count { nulls: true }),
        (Function::Count, Some(_)) if !plan.distinct => maker.small(Count { nulls: false }),
        (Function::Sum, Some(Type::I64 | Type::Duration)) => maker.small(SumInt { result: IntResult::Sum }),
        (Function::Avg, Some(Type::I64)) => maker.small(SumInt { result: IntResult::Mean }),
        (Function::Avg, Some(Type::Duration)) => maker.small(SumInt { result: IntResult::MeanWhole }),
        (Function::Sum, Some(Type::F64)) => maker.small(SumFloat { mean: false }),
        (Function::Avg, Some(Type::F64)) => maker.small(SumFloat { mean: true }),
        (Function::Variance | Function::Stddev | Function::VariancePop | Function::StddevPop, Some(of)) => {
            match of {
                Type::F64 => maker.moments::<Float>(plan.function),
                Type::I64 => maker.moments::<IntAsFloat>(plan.function),
                _ => return None,
            }
        }
        (Function::Percentile(fraction), Some(of)) => match of {
            Type::F64 => maker.keeping(Percentile::<Float> { fraction, source: PhantomData }),
            Type::I64 => maker.keeping(Percentile::<IntAsFloat> { fraction, source: PhantomData }),
            Type::Duration => maker.keeping(Percentile::<Int> { fraction, source: PhantomData }),
            _ => return None,
        },
        (Function::Any, Some(Type::Bool)) => maker.small(Quantified { all: false }),
        (Function::All, Some(Type::Bool)) => maker.small(Quantified { all: true }),
        _ => return None,
    })
}
