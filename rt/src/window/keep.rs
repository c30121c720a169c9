//! Aggregates that keep values one by one: `collect`, and percentiles of windows that close.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::fold::{Fold, persistent};
use super::ranked::rank_at;
use super::source::{Float, Int, IntAsFloat, Seen, Source};
use crate::column::{Column, Values};
use crate::plan::window::Function;

/// All values in order, nulls included.
#[derive(Debug)]
pub(crate) struct Collect<S> {
    pub(crate) source: PhantomData<S>,
}

pub(super) fn own<S: Source>(item: S::Item<'_>) -> S::Own {
    let mut own = S::Own::default();
    S::keep(item, &mut own);
    own
}

/// Appends a list.
pub(super) fn list<'a, S: Source>(items: impl Iterator<Item = Option<S::Item<'a>>>, out: &mut Column) {
    let Values::List(list) = out.values_mut() else { unreachable!("lists are collected") };
    items.for_each(|item| S::write(item, &mut list.child));
    list.offsets.push(list.child.len() as u32);
    out.push_valid();
}

impl<S: Source> Fold for Collect<S> {
    type Source = S;
    type State = Vec<Option<S::Own>>;
    type Gathered = ();
    persistent!();

    fn push(&self, state: &mut Self::State, seen: Seen<S::Item<'_>>) {
        match seen {
            Seen::Not => {}
            Seen::Null => state.push(None),
            Seen::Value(item) => state.push(Some(own::<S>(item))),
        }
    }
    fn combine(&self, state: &mut Self::State, later: &Self::State) {
        state.extend_from_slice(later);
    }
    fn lower(&self, _: Function, state: &mut Self::State, out: &mut Column) -> bool {
        list::<S>(state.iter().map(|item| item.as_ref().map(S::item)), out);
        false
    }
    fn held(&self, state: &Self::State) -> usize {
        state.capacity() * size_of::<Option<S::Own>>()
    }
}

/// A value between two, of which `a` is not the greater.
pub(crate) trait Between: Source {
    fn between(a: Self::Item<'_>, b: Self::Item<'_>, fraction: f64) -> Self::Own;
}

impl Between for Float {
    fn between(a: f64, b: f64, fraction: f64) -> f64 {
        super::between_ranks(a, b, fraction)
    }
}

impl Between for IntAsFloat {
    fn between(a: f64, b: f64, fraction: f64) -> f64 {
        super::between_ranks(a, b, fraction)
    }
}

impl Between for Int {
    /// Of durations: to the nearest nanosecond, ties to even.
    fn between(a: i64, b: i64, fraction: f64) -> i64 {
        let step = (i128::from(b) - i128::from(a)) as f64 * fraction;
        (i128::from(a) + libm::roundeven(step) as i128).min(b.into()) as i64
    }
}

/// The value at a fraction of the ranks, interpolated between the closest two.
#[derive(Debug)]
pub(crate) struct Percentile<S> {
    pub(crate) source: PhantomData<S>,
}

impl<S: Between> Fold for Percentile<S> {
    type Source = S;
    type State = Vec<S::Own>;
    type Gathered = ();
    persistent!();

    fn push(&self, state: &mut Self::State, seen: Seen<S::Item<'_>>) {
        if let Seen::Value(item) = seen {
            state.push(own::<S>(item));
        }
    }
    fn combine(&self, state: &mut Self::State, later: &Self::State) {
        state.extend_from_slice(later);
    }
    fn lower(&self, function: Function, state: &mut Self::State, out: &mut Column) -> bool {
        if state.is_empty() {
            S::write(None, out);
            return false;
        }
        let Function::Percentile(fraction) = function else { unreachable!("percentiles") };
        let (rank, fraction) = rank_at(fraction, state.len() as u64);
        let order = |a: &S::Own, b: &S::Own| S::order(S::item(a), S::item(b));
        let (_, at, above) = state.select_nth_unstable_by(rank as usize, order);
        let next = above.iter().min_by(|a, b| order(a, b)).unwrap_or(at);
        let value = S::between(S::item(at), S::item(next), fraction);
        S::write(Some(S::item(&value)), out);
        false
    }
    fn held(&self, state: &Self::State) -> usize {
        state.capacity() * size_of::<S::Own>()
    }
}
