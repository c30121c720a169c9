//! Sum, mean, least and greatest value of one argument in one state: half the memory to go to, and one pass, where a query
//! asks for several of them.

use super::fold::{Block, Fold, SumFloat, SumInt, SumState, persistent};
use super::source::{Float, Int, Seen};
use crate::aggregate::SumI;
use crate::column::Column;
use crate::kernels::sums::SumLanes;
use crate::kernels::{from_key, key};
use crate::plan::window::Function;
use crate::snapshot::codec::persist;

/// What [`SummaryFloat`] keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloatState {
    sum: SumState,
    /// The keys of the least and the greatest number; the first is above the second if there is none.
    least: i64,
    greatest: i64,
}

persist!(FloatState { sum, least, greatest });
persist!(IntState { sum, least, greatest });

impl Default for FloatState {
    fn default() -> Self {
        Self { sum: SumState::default(), least: i64::MAX, greatest: i64::MIN }
    }
}

impl FloatState {
    #[inline]
    fn meet(&mut self, least: i64, greatest: i64) {
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
    }
}

/// Of doubles.
#[derive(Debug)]
pub(crate) struct SummaryFloat;

impl Fold for SummaryFloat {
    type Source = Float;
    type State = FloatState;
    type Gathered = SumLanes;
    persistent!();

    #[inline]
    fn push(&self, state: &mut FloatState, seen: Seen<f64>) {
        SumFloat.push(&mut state.sum, seen);
        if let Seen::Value(value) = seen
            && !value.is_nan()
        {
            state.meet(key(value), key(value));
        }
    }
    fn combine(&self, state: &mut FloatState, later: &FloatState) {
        SumFloat.combine(&mut state.sum, &later.sum);
        state.meet(later.least, later.greatest);
    }
    fn lower(&self, function: Function, state: &mut FloatState, out: &mut Column) -> bool {
        let end = match function {
            Function::Min => state.least,
            Function::Max => state.greatest,
            _ => return SumFloat.lower(function, &mut state.sum, out),
        };
        match state.sum.count() {
            0 => out.push_null(),
            _ if state.least > state.greatest => out.push_f64(f64::NAN),
            _ => out.push_f64(from_key(end)),
        }
        false
    }
    fn reduce(&self, state: &mut FloatState, lanes: &mut SumLanes, block: &Block<'_, Float>) {
        let rows = block.stretch(block.reading.reader());
        lanes.summarise(block.chosen.kernels, &rows, block.chosen.first, |least, greatest| {
            state.meet(key(least), key(greatest));
        });
        state.sum.note(block.count(block.mask));
    }
    fn settle(&self, state: &mut FloatState, lanes: SumLanes) {
        SumFloat.settle(&mut state.sum, lanes);
    }
}

/// What [`SummaryInt`] keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IntState {
    sum: SumI,
    least: i64,
    greatest: i64,
}

impl Default for IntState {
    fn default() -> Self {
        Self { sum: SumI::default(), least: i64::MAX, greatest: i64::MIN }
    }
}

impl IntState {
    #[inline]
    fn meet(&mut self, least: i64, greatest: i64) {
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
    }
}

/// Of integers or durations.
#[derive(Debug)]
pub(crate) struct SummaryInt(pub(crate) SumInt);

impl Fold for SummaryInt {
    type Source = Int;
    type State = IntState;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut IntState, seen: Seen<i64>) {
        if let Seen::Value(value) = seen {
            state.sum.push(value);
            state.meet(value, value);
        }
    }
    fn combine(&self, state: &mut IntState, later: &IntState) {
        self.0.combine(&mut state.sum, &later.sum);
        state.meet(later.least, later.greatest);
    }
    fn lower(&self, function: Function, state: &mut IntState, out: &mut Column) -> bool {
        match (function, state.sum.count) {
            (Function::Min | Function::Max, 0) => out.push_null(),
            (Function::Min, _) => out.push_i64(state.least),
            (Function::Max, _) => out.push_i64(state.greatest),
            _ => return self.0.lower(function, &mut state.sum, out),
        }
        false
    }
    fn reduce(&self, state: &mut IntState, (): &mut (), block: &Block<'_, Int>) {
        let (sum, ends) = block.chosen.kernels.summary_i64(&block.stretch(block.reading.reader()));
        let count = state.sum.count + block.count(block.mask);
        state.sum = SumI::of(state.sum.total().wrapping_add(sum), count);
        if let Some((least, greatest)) = ends {
            state.meet(least, greatest);
        }
    }
}
