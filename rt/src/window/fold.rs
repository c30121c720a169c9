//! Aggregates as folds: a state that takes values one by one, that joins with the state of later rows, and that gives the
//! result (lift, combine, lower).
//!
//! K. Tangwongsan, M. Hirzel, S. Schneider, K.-L. Wu, "General Incremental Sliding-Window Aggregation", PVLDB 8 (2015).

use alloc::vec::Vec;
use core::fmt::Debug;
use core::marker::PhantomData;

use super::aggregate::{Chosen, Output};
use super::double::Double;
use super::source::{Doubles, Float, Int, Presence, Reading, Seen, Source, Truth};
use crate::aggregate::SumI;
use crate::column::Column;
use crate::kernels::sums::{Of, SumLanes};
use crate::kernels::{LANES, Stretch};
use crate::plan::window::Function;
use crate::scalar::float;
use crate::snapshot::codec::{Corrupt, Persist, Reader, persist};

/// An aggregate.
pub(crate) trait Fold: Debug + Send + Sync + 'static {
    /// What it reads.
    type Source: Source;
    /// What it keeps; the default is that of no rows.
    type State: Clone + Debug + Default + Send + Sync;
    /// What [`Fold::reduce`] gathers the rows of a cell in, over batches, where that is not the state.
    type Gathered: Debug + Default + Persist + Send + Sync;

    /// Takes the next row.
    fn push(&self, state: &mut Self::State, seen: Seen<<Self::Source as Source>::Item<'_>>);
    /// Joins with the state of later rows.
    fn combine(&self, state: &mut Self::State, later: &Self::State);
    /// Appends the result of one of the functions that have this state; whether it was out of range, and null for that.
    fn lower(&self, function: Function, state: &mut Self::State, out: &mut Column) -> bool;
    /// Takes rows of a batch, into the state or into what is gathered for it.
    fn reduce(&self, state: &mut Self::State, _: &mut Self::Gathered, block: &Block<'_, Self::Source>) {
        block.each(|seen| self.push(state, seen));
    }
    /// Writes a state to a snapshot.
    fn save(&self, state: &Self::State, out: &mut Vec<u8>);
    /// Reads a state.
    fn load(&self, from: &mut Reader<'_>) -> Result<Self::State, Corrupt>;
    /// Joins the state with what was gathered of later rows.
    fn settle(&self, _: &mut Self::State, _: Self::Gathered) {}
    /// Bytes beside the state.
    fn held(&self, _: &Self::State) -> usize {
        0
    }
}

/// The functions of a fold whose state is written and read as it is.
macro_rules! persistent {
    () => {
        fn save(&self, state: &Self::State, out: &mut alloc::vec::Vec<u8>) {
            $crate::snapshot::codec::Persist::save(state, out);
        }
        fn load(
            &self,
            from: &mut $crate::snapshot::codec::Reader<'_>,
        ) -> Result<Self::State, $crate::snapshot::codec::Corrupt> {
            from.read()
        }
    };
}
pub(super) use persistent;

/// A fold of which values can be taken out again, exactly.
pub(crate) trait Inverse: Fold + Sized {
    /// Undoes [`Fold::push`].
    fn pull(&self, state: &mut Self::State, seen: Seen<<Self::Source as Source>::Item<'_>>);
    /// Has `step` change the state for each of so many rows, one after the other, and appends what it gives behind each; how
    /// many results were out of range.
    #[inline]
    fn lower_each(
        &self,
        rows: usize,
        state: &mut Self::State,
        step: impl FnMut(usize, &mut Self::State),
        out: &mut Output<'_>,
    ) -> u64 {
        lower_one_by_one(self, rows, state, step, out)
    }
}

#[inline]
fn lower_one_by_one<F: Fold>(
    fold: &F,
    rows: usize,
    state: &mut F::State,
    mut step: impl FnMut(usize, &mut F::State),
    out: &mut Output<'_>,
) -> u64 {
    let lowered = (0..rows).map(|row| {
        step(row, state);
        u64::from(out.of(fold, state))
    });
    lowered.sum()
}

/// Rows of a batch that go to one cell.
#[derive(Debug)]
pub(crate) struct Block<'a, S: Source> {
    pub(crate) reading: &'a Reading<'a, S>,
    pub(crate) chosen: &'a Chosen<'a>,
    /// The chosen rows that are seen and have a value.
    pub(crate) mask: &'a [u64],
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl<'a, S: Source> Block<'a, S> {
    /// Calls `take` with each chosen row.
    fn each(&self, mut take: impl FnMut(Seen<S::Item<'a>>)) {
        for word in self.from / 64..self.to.div_ceil(64) {
            let mut rest = self.chosen.rows[word] & within(word, self.from, self.to);
            while rest != 0 {
                take(self.reading.row(word as u32 * 64 + rest.trailing_zeros()));
                rest &= rest - 1;
            }
        }
    }

    /// How many rows have bits.
    pub(crate) fn count(&self, bits: &[u64]) -> u64 {
        let (first, last) = (self.from / 64, self.to / 64);
        if first == last {
            return (bits.get(first).unwrap_or(&0) & within(first, self.from, self.to)).count_ones().into();
        }
        let ends = [first, last].map(|word| {
            let bits = bits.get(word).unwrap_or(&0) & within(word, self.from, self.to);
            u64::from(bits.count_ones())
        });
        ends[0] + ends[1] + self.chosen.kernels.count(&bits[first + 1..last])
    }

    /// These rows of a column.
    pub(crate) fn stretch<T>(&self, values: &'a [T]) -> Stretch<'a, T> {
        Stretch { values, mask: self.mask, from: self.from, to: self.to, phase: self.chosen.first % LANES }
    }
}

/// The bits of a word that are of the rows from `from` up to `to`.
const fn within(word: usize, from: usize, to: usize) -> u64 {
    let (start, mut bits) = (word * 64, u64::MAX);
    if from > start {
        bits &= if from - start < 64 { u64::MAX << (from - start) } else { 0 };
    }
    if to < start + 64 {
        bits &= if to > start { u64::MAX >> (start + 64 - to) } else { 0 };
    }
    bits
}

/// Rows (with nulls), or values (without).
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) nulls: bool,
}

impl Fold for Count {
    type Source = Presence;
    type State = u64;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut u64, seen: Seen<()>) {
        *state += match seen {
            Seen::Not => 0,
            Seen::Null => u64::from(self.nulls),
            Seen::Value(()) => 1,
        };
    }
    fn combine(&self, state: &mut u64, later: &u64) {
        *state += later;
    }
    fn lower(&self, _: Function, state: &mut u64, out: &mut Column) -> bool {
        out.push_i64(*state as i64);
        false
    }
    fn reduce(&self, state: &mut u64, (): &mut (), block: &Block<'_, Presence>) {
        // With an argument, nulls are not in the mask; without one there are none.
        *state += block.count(block.mask);
    }
}

impl Inverse for Count {
    #[inline]
    fn pull(&self, state: &mut u64, seen: Seen<()>) {
        let mut one = 0;
        self.push(&mut one, seen);
        *state -= one;
    }

    #[inline]
    fn lower_each(
        &self,
        rows: usize,
        state: &mut u64,
        mut step: impl FnMut(usize, &mut u64),
        out: &mut Output<'_>,
    ) -> u64 {
        out.column.extend_i64(rows, |row| {
            step(row, state);
            *state as i64
        });
        0
    }
}

/// Sum and mean of integers, exact.
#[derive(Debug)]
pub(crate) struct SumInt {
    /// Whether the mean is whole too: of durations, in nanoseconds.
    pub(crate) whole: bool,
}

impl SumInt {
    fn lower_any(&self, function: Function, state: &SumI, out: &mut Column) -> bool {
        match (state.count, function, self.whole) {
            (0, ..) => out.push_null(),
            (_, Function::Avg, false) => out.push_f64(state.mean()),
            (_, Function::Avg, true) => out.push_i64(state.mean_whole()),
            _ => match state.sum() {
                Some(sum) => out.push_i64(sum),
                None => {
                    out.push_null();
                    return true;
                }
            },
        }
        false
    }
}

impl Fold for SumInt {
    type Source = Int;
    type State = SumI;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut SumI, seen: Seen<i64>) {
        if let Seen::Value(value) = seen {
            state.push(value);
        }
    }
    fn combine(&self, state: &mut SumI, later: &SumI) {
        *state = SumI::of(state.total().wrapping_add(later.total()), state.count + later.count);
    }
    #[inline]
    fn lower(&self, function: Function, state: &mut SumI, out: &mut Column) -> bool {
        // PERF: what moving sums give with each row.
        match (function, state.sum()) {
            (Function::Sum, Some(sum)) if state.count > 0 => {
                out.push_i64(sum);
                false
            }
            _ => self.lower_any(function, state, out),
        }
    }
    fn reduce(&self, state: &mut SumI, (): &mut (), block: &Block<'_, Int>) {
        let sum = block.chosen.kernels.sum_i64(&block.stretch(block.reading.reader()));
        *state = SumI::of(state.total().wrapping_add(sum), state.count + block.count(block.mask));
    }
}

impl Inverse for SumInt {
    #[inline]
    fn pull(&self, state: &mut SumI, seen: Seen<i64>) {
        if let Seen::Value(value) = seen {
            *state = SumI::of(state.total().wrapping_sub(value.into()), state.count - 1);
        }
    }

    // PERF: the sum stays in registers, and values are appended without a look at the column for each.
    #[inline]
    fn lower_each(
        &self,
        rows: usize,
        state: &mut SumI,
        mut step: impl FnMut(usize, &mut SumI),
        out: &mut Output<'_>,
    ) -> u64 {
        if out.function != Function::Sum {
            return lower_one_by_one(self, rows, state, step, out);
        }
        let (mut sum, mut nulls, mut faults) = (*state, Vec::new(), 0);
        let first = out.column.len();
        out.column.extend_i64(rows, |row| {
            step(row, &mut sum);
            match sum.sum() {
                Some(value) if sum.count > 0 => value,
                value => {
                    nulls.push(first + row);
                    faults += u64::from(value.is_none());
                    0
                }
            }
        });
        out.column.set_null(nulls);
        *state = sum;
        faults
    }
}

/// A sum of doubles and how many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SumState {
    sum: Double,
    count: u64,
}

persist!(SumState { sum, count });
persist!(MomentState { sum, squares, count });

impl SumState {
    /// How many values.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Counts values that are gathered elsewhere.
    pub(crate) const fn note(&mut self, count: u64) {
        self.count += count;
    }
}

/// Sum and mean of doubles.
#[derive(Debug)]
pub(crate) struct SumFloat;

impl Fold for SumFloat {
    type Source = Float;
    type State = SumState;
    type Gathered = SumLanes;
    persistent!();

    #[inline]
    fn push(&self, state: &mut SumState, seen: Seen<f64>) {
        if let Seen::Value(value) = seen {
            state.sum.push(value);
            state.count += 1;
        }
    }
    fn combine(&self, state: &mut SumState, later: &SumState) {
        state.sum = state.sum + later.sum;
        state.count += later.count;
    }
    fn lower(&self, function: Function, state: &mut SumState, out: &mut Column) -> bool {
        match (state.count, function) {
            (0, _) => out.push_null(),
            (count, Function::Avg) => out.push_f64(state.sum.value() / count as f64),
            _ => out.push_f64(state.sum.value()),
        }
        false
    }
    fn reduce(&self, state: &mut SumState, lanes: &mut SumLanes, block: &Block<'_, Float>) {
        let rows = block.stretch(block.reading.reader());
        lanes.add(block.chosen.kernels, Of::Values, &rows, block.chosen.first);
        state.count += block.count(block.mask);
    }
    fn settle(&self, state: &mut SumState, lanes: SumLanes) {
        state.sum = state.sum + lanes.total();
    }
}

/// Sums of values and of their squares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MomentState {
    sum: Double,
    squares: Double,
    count: u64,
}

/// Variance and standard deviation: `(n * sum(x * x) - sum(x)^2) / (n * (n - 1))`, or `/ n^2`, in doubled precision, and
/// not less than zero.
#[derive(Debug)]
pub(crate) struct Moments<S> {
    pub(crate) source: PhantomData<S>,
}

impl<S: Doubles> Fold for Moments<S> {
    type Source = S;
    type State = MomentState;
    type Gathered = (SumLanes, SumLanes);
    persistent!();

    #[inline]
    fn push(&self, state: &mut MomentState, seen: Seen<f64>) {
        if let Seen::Value(value) = seen {
            state.sum.push(value);
            state.squares = state.squares + Double::square(value);
            state.count += 1;
        }
    }
    fn combine(&self, state: &mut MomentState, later: &MomentState) {
        state.sum = state.sum + later.sum;
        state.squares = state.squares + later.squares;
        state.count += later.count;
    }
    fn lower(&self, function: Function, state: &mut MomentState, out: &mut Column) -> bool {
        let population = matches!(function, Function::VariancePop | Function::StddevPop);
        if state.count < if population { 1 } else { 2 } {
            out.push_null();
            return false;
        }
        let count = state.count as f64;
        let spread = (Double::new(count) * state.squares - state.sum * state.sum).value();
        let spread = if spread < 0.0 { 0.0 } else { spread };
        let variance = spread / (count * if population { count } else { count - 1.0 });
        let root = matches!(function, Function::Stddev | Function::StddevPop);
        out.push_f64(if root { float::sqrt(variance) } else { variance });
        false
    }
    fn reduce(&self, state: &mut MomentState, lanes: &mut (SumLanes, SumLanes), block: &Block<'_, S>) {
        let Chosen { kernels, first, .. } = *block.chosen;
        S::doubles(kernels, block.reading.reader(), block.from, block.to, |values, start| {
            let (from, to) = (block.from.max(start) - start, block.to.min(start + values.len()) - start);
            let rows = Stretch { values, mask: &block.mask[start / 64..], from, to, phase: 0 };
            lanes.0.add(kernels, Of::Values, &rows, first + start);
            lanes.1.add(kernels, Of::Squares, &rows, first + start);
        });
        state.count += block.count(block.mask);
    }
    fn settle(&self, state: &mut MomentState, lanes: (SumLanes, SumLanes)) {
        state.sum = state.sum + lanes.0.total();
        state.squares = state.squares + lanes.1.total();
    }
}

/// Least and greatest values, and what goes with them. A number rather than NaN; the earliest of equals.
#[derive(Debug)]
pub(crate) struct Extreme<S> {
    pub(crate) greatest: bool,
    pub(crate) source: PhantomData<S>,
}

impl<S: Source> Extreme<S> {
    #[inline]
    fn better(&self, new: S::Item<'_>, old: S::Item<'_>) -> bool {
        S::is_better(new, old, self.greatest)
    }

    /// Whether an older value is of no use beside a later one.
    #[inline]
    pub(crate) fn outdoes(&self, new: S::Item<'_>, old: S::Item<'_>) -> bool {
        // Of values that nothing tells apart the latest stays the longest; the others are not kept.
        if S::ALIKE { !self.better(old, new) } else { self.better(new, old) }
    }
}

impl<S: Source> Fold for Extreme<S> {
    type Source = S;
    type State = Option<S::Own>;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut Option<S::Own>, seen: Seen<S::Item<'_>>) {
        let Seen::Value(value) = seen else { return };
        match state {
            None => S::keep(value, state.insert(S::Own::default())),
            Some(own) if self.better(value, S::item(own)) => S::keep(value, own),
            Some(_) => {}
        }
    }
    fn combine(&self, state: &mut Option<S::Own>, later: &Option<S::Own>) {
        if let Some(later) = later {
            self.push(state, Seen::Value(S::item(later)));
        }
    }
    fn lower(&self, _: Function, state: &mut Option<S::Own>, out: &mut Column) -> bool {
        S::write(state.as_ref().map(S::item), out);
        false
    }
    fn reduce(&self, state: &mut Option<S::Own>, (): &mut (), block: &Block<'_, S>) {
        match S::extremes(block) {
            Some((least, greatest)) => {
                self.push(state, Seen::Value(if self.greatest { greatest } else { least }));
            }
            None if block.count(block.mask) == 0 => {}
            None => block.each(|seen| self.push(state, seen)),
        }
    }
}

/// The value of the first or last row, nulls included.
#[derive(Debug)]
pub(crate) struct Edge<S> {
    pub(crate) last: bool,
    pub(crate) source: PhantomData<S>,
}

impl<S: Source> Fold for Edge<S> {
    type Source = S;
    type State = Seen<S::Own>;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut Seen<S::Own>, seen: Seen<S::Item<'_>>) {
        if !self.last && !matches!(state, Seen::Not) {
            return;
        }
        match (seen, &mut *state) {
            (Seen::Not, _) => {}
            (Seen::Null, _) => *state = Seen::Null,
            (Seen::Value(item), Seen::Value(own)) => S::keep(item, own),
            (Seen::Value(item), _) => {
                let mut own = S::Own::default();
                S::keep(item, &mut own);
                *state = Seen::Value(own);
            }
        }
    }
    fn combine(&self, state: &mut Seen<S::Own>, later: &Seen<S::Own>) {
        let later = match later {
            Seen::Not => Seen::Not,
            Seen::Null => Seen::Null,
            Seen::Value(own) => Seen::Value(S::item(own)),
        };
        self.push(state, later);
    }
    fn lower(&self, _: Function, state: &mut Seen<S::Own>, out: &mut Column) -> bool {
        match state {
            Seen::Value(own) => S::write(Some(S::item(own)), out),
            _ => S::write(None, out),
        }
        false
    }
}

/// Whether any value, or all, are true: how many are, of how many.
#[derive(Debug)]
pub(crate) struct Quantified;

impl Fold for Quantified {
    type Source = Truth;
    type State = (u64, u64);
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut (u64, u64), seen: Seen<bool>) {
        if let Seen::Value(value) = seen {
            state.0 += u64::from(value);
            state.1 += 1;
        }
    }
    fn combine(&self, state: &mut (u64, u64), later: &(u64, u64)) {
        *state = (state.0 + later.0, state.1 + later.1);
    }
    fn lower(&self, function: Function, &mut (count, of): &mut (u64, u64), out: &mut Column) -> bool {
        match (of, function) {
            (0, _) => out.push_null(),
            (_, Function::All) => out.push_bool(count == of),
            _ => out.push_bool(count > 0),
        }
        false
    }
}

impl Inverse for Quantified {
    fn pull(&self, state: &mut (u64, u64), seen: Seen<bool>) {
        if let Seen::Value(value) = seen {
            state.0 -= u64::from(value);
            state.1 -= 1;
        }
    }
}
