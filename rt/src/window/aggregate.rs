//! The states of one aggregate in all windows, and what is done to them a batch at a time: one dynamic call for a batch, one
//! loop without another for its rows.
//!
//! States are numbered: a *cell* is a number under which every aggregate of an operator has a state.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::marker::PhantomData;

use super::fold::{Block, Count, Edge, Extreme, Fold, Inverse, Moments, Quantified, SumFloat, SumInt};
use super::keep::{Collect, Distinct, Percentile, Widened};
use super::sliding::{Monotonic, Refolding, Sliding, Subtracting};
use super::source::{Args, Float, Int, IntAsFloat, Pair, Reading, Seen, Source, Text, Truth};
use super::summary::{SummaryFloat, SummaryInt};
use crate::column::Column;
use crate::kernels::Kernels;
use crate::plan::window::{AggregatePlan, Function};
use crate::prefetch::fetch;
use crate::schema::Type;
use crate::state::NONE;

/// One aggregate of an operator.
pub(crate) trait Aggregate: Debug + Send + Sync {
    /// Makes room for so many cells.
    fn reserve(&mut self, cells: usize);
    /// Adds rows, each to its cell.
    fn update(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>);
    /// Adds the chosen rows of each run to its cell.
    fn reduce(&mut self, runs: &[Run], chosen: &Chosen<'_>, args: &Args<'_>);
    /// Adds rows, each to its cell, and appends what the cell then gives; how many results were out of range.
    fn scan(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>, out: &mut Output<'_>) -> u64;
    /// Moves the windows of cells on: for each row so many old ones leave, it enters, and the result is appended.
    fn slide(
        &mut self,
        rows: &[u32],
        cells: &[u32],
        evict: &[u32],
        args: &Args<'_>,
        out: &mut Output<'_>,
    ) -> u64;
    /// Takes so many old rows out of the window of a cell.
    fn evict(&mut self, cell: u32, count: u32);
    /// Joins cells with cells of later rows.
    fn combine(&mut self, pairs: &[(u32, u32)]);
    /// Appends what cells give.
    fn lower(&mut self, cells: &[u32], out: &mut Output<'_>) -> u64;
    /// Makes a cell that of no rows, without memory.
    fn clear(&mut self, cell: u32);
    /// Bytes held.
    fn bytes(&self) -> usize;
}

/// A stretch of the batch of which the chosen rows belong to one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) cell: u32,
}

/// Which rows of a batch are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen<'a> {
    /// A bit for each row.
    pub(crate) rows: &'a [u64],
    /// The number of row 0, counted from the first that the operator saw.
    pub(crate) first: usize,
    pub(crate) kernels: &'static Kernels,
}

/// Where results go, and which of the functions that share a state is meant.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) function: Function,
    pub(crate) column: &'a mut Column,
}

impl Output<'_> {
    /// Appends what a state gives; whether that was out of range.
    #[inline]
    pub(crate) fn of<F: Fold>(&mut self, fold: &F, state: &mut F::State) -> bool {
        fold.lower(self.function, state, self.column)
    }
}

/// From so many bytes of states on, those of rows to come are fetched ahead.
const FAR: usize = 1 << 18;
/// How many rows ahead.
const AHEAD: usize = 16;

/// Cells of windows that grow until they close.
#[derive(Debug)]
struct Cells<F: Fold> {
    fold: F,
    states: Vec<F::State>,
    /// What the rows of one cell are gathered in, and the cell; [`NONE`] if nothing is.
    gathered: F::Gathered,
    gathers: u32,
    /// The rows that count, of those chosen.
    mask: Vec<u64>,
}

impl<F: Fold> Cells<F> {
    fn new(fold: F) -> Self {
        Self { fold, states: Vec::new(), gathered: F::Gathered::default(), gathers: NONE, mask: Vec::new() }
    }

    /// Joins what was gathered with its state.
    fn settle(&mut self) {
        if self.gathers != NONE {
            let gathered = core::mem::take(&mut self.gathered);
            self.fold.settle(&mut self.states[self.gathers as usize], gathered);
            self.gathers = NONE;
        }
    }

    /// Has the states of rows to come fetched, if they are likely to be far.
    #[inline]
    fn fetch(&self, cells: &[u32], at: usize) {
        if let Some(&cell) = cells.get(at + AHEAD) {
            fetch(self.states.as_ptr().wrapping_add(cell as usize).cast());
        }
    }
}

impl<F: Fold> Aggregate for Cells<F> {
    fn reserve(&mut self, cells: usize) {
        if self.states.len() < cells {
            self.states.resize_with(cells, F::State::default);
        }
    }

    fn update(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>) {
        let reading = Reading::<F::Source>::new(args);
        let far = self.states.len() * size_of::<F::State>() >= FAR;
        if reading.is_plain() {
            for (at, (&row, &cell)) in rows.iter().zip(cells).enumerate() {
                if far {
                    self.fetch(cells, at);
                }
                self.fold.push(&mut self.states[cell as usize], Seen::Value(reading.value(row)));
            }
        } else {
            for (at, (&row, &cell)) in rows.iter().zip(cells).enumerate() {
                if far {
                    self.fetch(cells, at);
                }
                self.fold.push(&mut self.states[cell as usize], reading.row(row));
            }
        }
    }

    fn reduce(&mut self, runs: &[Run], chosen: &Chosen<'_>, args: &Args<'_>) {
        let reading = Reading::<F::Source>::new(args);
        let mut mask = core::mem::take(&mut self.mask);
        reading.mask(chosen.rows, &mut mask);
        for &Run { from, to, cell } in runs {
            if cell != self.gathers {
                self.settle();
                self.gathers = cell;
            }
            let (from, to) = (from as usize, to as usize);
            let block = Block { reading: &reading, chosen, mask: &mask, from, to };
            self.fold.reduce(&mut self.states[cell as usize], &mut self.gathered, &block);
        }
        self.mask = mask;
    }

    fn scan(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>, out: &mut Output<'_>) -> u64 {
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for (&row, &cell) in rows.iter().zip(cells) {
            let state = &mut self.states[cell as usize];
            self.fold.push(state, reading.row(row));
            faults += u64::from(out.of(&self.fold, state));
        }
        faults
    }

    fn slide(&mut self, _: &[u32], _: &[u32], _: &[u32], _: &Args<'_>, _: &mut Output<'_>) -> u64 {
        unreachable!("windows that only grow do not slide")
    }

    fn evict(&mut self, _: u32, _: u32) {
        unreachable!("windows that only grow lose no rows")
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) {
        self.settle();
        for &(into, from) in pairs {
            let [into, from] = self
                .states
                .get_disjoint_mut([into as usize, from as usize])
                .expect("a cell is joined with another");
            self.fold.combine(into, from);
        }
    }

    fn lower(&mut self, cells: &[u32], out: &mut Output<'_>) -> u64 {
        self.settle();
        let lowered = cells.iter().map(|&cell| out.of(&self.fold, &mut self.states[cell as usize]));
        lowered.map(u64::from).sum()
    }

    fn clear(&mut self, cell: u32) {
        if cell == self.gathers {
            self.settle();
        }
        self.states[cell as usize] = F::State::default();
    }

    fn bytes(&self) -> usize {
        let held: usize = self.states.iter().map(|state| self.fold.held(state)).sum();
        self.states.capacity() * size_of::<F::State>() + self.mask.capacity() * 8 + held
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
            (false, true) => Box::new(Sliding::new(fold)),
            (false, false) => Box::new(Cells::new(fold)),
        }
    }

    /// An aggregate whose states are as large as the window.
    fn large<F: Fold>(self, fold: F) -> Box<dyn Aggregate> {
        match self.slides {
            true => Box::new(Refolding::new(fold)),
            false => Box::new(Cells::new(fold)),
        }
    }

    /// An aggregate of which states are taken from another again.
    fn inverted<F: Inverse>(self, fold: F) -> Box<dyn Aggregate> {
        match self {
            Self { distinct: false, slides: true } => Box::new(Subtracting::new(fold)),
            _ => self.small(fold),
        }
    }

    /// The least or greatest value.
    fn extreme<S: Source>(self, greatest: bool) -> Box<dyn Aggregate> {
        let fold = Extreme::<S> { greatest, source: PhantomData };
        match self {
            Self { distinct: false, slides: true } => Box::new(Monotonic::new(fold)),
            _ => self.small(fold),
        }
    }

    /// An aggregate over doubles, of distinct integers.
    fn widened<F: Fold<Source = IntAsFloat>>(self, fold: F) -> Box<dyn Aggregate> {
        self.large(Distinct { fold: Widened { fold } })
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
            Function::Min => self.extreme::<S>(false),
            Function::Max => self.extreme::<S>(true),
            Function::First => self.small(Edge::<S> { last: false, source }),
            Function::Last => self.small(Edge::<S> { last: true, source }),
            Function::Collect => self.keeping(Collect::<S> { source }),
            Function::ArgMax | Function::ArgMin => {
                let greatest = function == Function::ArgMax;
                match by? {
                    Type::Bool => self.extreme::<Pair<S, Truth>>(greatest),
                    Type::F64 => self.extreme::<Pair<S, Float>>(greatest),
                    Type::Str => self.extreme::<Pair<S, Text>>(greatest),
                    Type::I64 | Type::Timestamp | Type::Duration => self.extreme::<Pair<S, Int>>(greatest),
                }
            }
            _ => return None,
        })
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
    type Gathered = ();

    fn push(&self, state: &mut u64, seen: Seen<S::Item<'_>>) {
        *state += u64::from(matches!(seen, Seen::Value(_)));
    }
    fn combine(&self, state: &mut u64, later: &u64) {
        *state += later;
    }
    fn lower(&self, _: Function, state: &mut u64, out: &mut Column) -> bool {
        out.push_i64(*state as i64);
        false
    }
}

/// Whether an aggregate of values of a type is one of those that a summary gives: of it and its like, if there are others.
pub(crate) fn in_summary(plan: &AggregatePlan, of: Option<Type>) -> bool {
    let function = matches!(plan.function, Function::Sum | Function::Avg | Function::Min | Function::Max);
    function && !plan.distinct && matches!(of, Some(Type::F64 | Type::I64 | Type::Duration))
}

/// Sum, mean, least and greatest value at once, of values of a type.
pub(crate) fn make_summary(of: Option<Type>) -> Box<dyn Aggregate> {
    match of {
        Some(Type::F64) => Box::new(Cells::new(SummaryFloat)),
        Some(of @ (Type::I64 | Type::Duration)) => {
            Box::new(Cells::new(SummaryInt(SumInt { whole: of == Type::Duration })))
        }
        _ => unreachable!("summaries are of numbers"),
    }
}

/// Whether two aggregates may have the same states, from which each reads what it gives; also those that one summary gives,
/// if that is asked for.
pub(crate) fn share(a: &AggregatePlan, b: &AggregatePlan, summary: bool) -> bool {
    let of = |plan: &AggregatePlan| match plan.function {
        Function::Min | Function::Max if summary => Function::Sum,
        Function::Avg => Function::Sum,
        Function::Stddev | Function::VariancePop | Function::StddevPop => Function::Variance,
        Function::Percentile(_) => Function::Percentile(0.5),
        Function::All => Function::Any,
        other => other,
    };
    of(a) == of(b) && AggregatePlan { function: b.function, ..a.clone() } == *b
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
        (Function::Count, None) => Maker { distinct: false, ..maker }.inverted(Count { nulls: true }),
        (Function::Count, Some(_)) if !plan.distinct => maker.inverted(Count { nulls: false }),
        (Function::Sum | Function::Avg, Some(of)) => match of {
            Type::I64 => maker.inverted(SumInt { whole: false }),
            Type::Duration => maker.inverted(SumInt { whole: true }),
            Type::F64 => maker.small(SumFloat),
            _ => return None,
        },
        (Function::Variance | Function::Stddev | Function::VariancePop | Function::StddevPop, Some(of)) => {
            match of {
                Type::F64 => maker.small(Moments::<Float> { source: PhantomData }),
                Type::I64 if maker.distinct => maker.widened(Moments::<IntAsFloat> { source: PhantomData }),
                Type::I64 => maker.small(Moments::<IntAsFloat> { source: PhantomData }),
                _ => return None,
            }
        }
        (Function::Percentile(_), Some(of)) => match of {
            Type::F64 => maker.keeping(Percentile::<Float> { source: PhantomData }),
            Type::I64 if maker.distinct => maker.widened(Percentile::<IntAsFloat> { source: PhantomData }),
            Type::I64 => maker.keeping(Percentile::<IntAsFloat> { source: PhantomData }),
            Type::Duration => maker.keeping(Percentile::<Int> { source: PhantomData }),
            _ => return None,
        },
        (Function::Any | Function::All, Some(Type::Bool)) => maker.inverted(Quantified),
        _ => return None,
    })
}
