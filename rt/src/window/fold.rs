//! Aggregates as folds: a state that takes values one by one, that joins with the state of later rows, and that gives the
//! result (lift, combine, lower).
//!
//! K. Tangwongsan, M. Hirzel, S. Schneider, K.-L. Wu, "General Incremental Sliding-Window Aggregation", PVLDB 8 (2015).

use core::cmp::Ordering;
use core::fmt::Debug;
use core::marker::PhantomData;

use super::double::Double;
use super::source::{Presence, Seen, Source};
use crate::aggregate::SumI;
use crate::column::Column;
use crate::scalar::float;

/// An aggregate.
pub(crate) trait Fold: Debug + Send + Sync + 'static {
    /// What it reads.
    type Source: Source;
    /// What it keeps; the default is that of no rows.
    type State: Clone + Debug + Default + Send + Sync;

    /// Takes the next row.
    fn push(&self, state: &mut Self::State, seen: Seen<<Self::Source as Source>::Item<'_>>);
    /// Joins with the state of later rows.
    fn combine(&self, state: &mut Self::State, later: &Self::State);
    /// Appends the result; whether it was out of range, and null for that.
    fn lower(&self, state: &mut Self::State, out: &mut Column) -> bool;
    /// Bytes beside the state.
    fn held(&self, _: &Self::State) -> usize {
        0
    }
}

/// Rows (with nulls), or values (without).
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) nulls: bool,
}

impl Fold for Count {
    type Source = Presence;
    type State = u64;

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
    fn lower(&self, state: &mut u64, out: &mut Column) -> bool {
        out.push_i64(*state as i64);
        false
    }
}

/// What is made of a sum of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntResult {
    Sum,
    /// The mean as a double.
    Mean,
    /// The mean in whole nanoseconds.
    MeanWhole,
}

/// Sum and mean of integers, exact.
#[derive(Debug)]
pub(crate) struct SumInt {
    pub(crate) result: IntResult,
}

impl Fold for SumInt {
    type Source = super::source::Int;
    type State = SumI;

    #[inline]
    fn push(&self, state: &mut SumI, seen: Seen<i64>) {
        if let Seen::Value(value) = seen {
            state.push(value);
        }
    }
    fn combine(&self, state: &mut SumI, later: &SumI) {
        let total = state.total().wrapping_add(later.total());
        let (low, high) = (total as u64, (total >> 64) as i64);
        *state = SumI { low, high, count: state.count + later.count };
    }
    fn lower(&self, state: &mut SumI, out: &mut Column) -> bool {
        if state.count == 0 {
            out.push_null();
            return false;
        }
        match self.result {
            IntResult::Sum => match state.sum() {
                Some(sum) => out.push_i64(sum),
                None => {
                    out.push_null();
                    return true;
                }
            },
            IntResult::Mean => out.push_f64(state.mean()),
            IntResult::MeanWhole => out.push_i64(state.mean_whole()),
        }
        false
    }
}

/// A sum of doubles and how many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SumState {
    sum: Double,
    count: u64,
}

/// Sum and mean of doubles.
#[derive(Debug)]
pub(crate) struct SumFloat {
    pub(crate) mean: bool,
}

impl Fold for SumFloat {
    type Source = super::source::Float;
    type State = SumState;

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
    fn lower(&self, state: &mut SumState, out: &mut Column) -> bool {
        match (state.count, self.mean) {
            (0, _) => out.push_null(),
            (count, true) => out.push_f64(state.sum.value() / count as f64),
            (_, false) => out.push_f64(state.sum.value()),
        }
        false
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
    pub(crate) population: bool,
    pub(crate) root: bool,
    pub(crate) source: PhantomData<S>,
}

impl<S: for<'a> Source<Item<'a> = f64>> Fold for Moments<S> {
    type Source = S;
    type State = MomentState;

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
    fn lower(&self, state: &mut MomentState, out: &mut Column) -> bool {
        if state.count < if self.population { 1 } else { 2 } {
            out.push_null();
            return false;
        }
        let count = state.count as f64;
        let spread = (Double::new(count) * state.squares - state.sum * state.sum).value();
        let spread = if spread < 0.0 { 0.0 } else { spread };
        let variance = spread / (count * if self.population { count } else { count - 1.0 });
        out.push_f64(if self.root { float::sqrt(variance) } else { variance });
        false
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
        match (S::is_nan(new), S::is_nan(old)) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => {
                S::order(new, old) == if self.greatest { Ordering::Greater } else { Ordering::Less }
            }
        }
    }
}

impl<S: Source> Fold for Extreme<S> {
    type Source = S;
    type State = Option<S::Own>;

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
    fn lower(&self, state: &mut Option<S::Own>, out: &mut Column) -> bool {
        S::write(state.as_ref().map(S::item), out);
        false
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
    fn lower(&self, state: &mut Seen<S::Own>, out: &mut Column) -> bool {
        match state {
            Seen::Value(own) => S::write(Some(S::item(own)), out),
            _ => S::write(None, out),
        }
        false
    }
}

/// Whether any value, or all, are true: how many are, of how many.
#[derive(Debug)]
pub(crate) struct Quantified {
    pub(crate) all: bool,
}

impl Fold for Quantified {
    type Source = super::source::Truth;
    type State = (u64, u64);

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
    fn lower(&self, &mut (count, of): &mut (u64, u64), out: &mut Column) -> bool {
        match (of, self.all) {
            (0, _) => out.push_null(),
            (_, true) => out.push_bool(count == of),
            (_, false) => out.push_bool(count > 0),
        }
        false
    }
}
