//! Aggregates that keep values one by one: `collect`, percentiles and `distinct`.

use alloc::vec::Vec;
use core::marker::PhantomData;

use hashbrown::HashTable;

use super::fold::Fold;
use super::source::{Float, Int, IntAsFloat, Seen, Source};
use crate::column::{Column, Values};
use crate::plan::window::Function;

/// All values in order, nulls included.
#[derive(Debug)]
pub(crate) struct Collect<S> {
    pub(crate) source: PhantomData<S>,
}

fn own<S: Source>(item: S::Item<'_>) -> S::Own {
    let mut own = S::Own::default();
    S::keep(item, &mut own);
    own
}

impl<S: Source> Fold for Collect<S> {
    type Source = S;
    type State = Vec<Option<S::Own>>;
    type Gathered = ();

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
        let Values::List(list) = out.values_mut() else { unreachable!("lists are collected") };
        state.iter().for_each(|item| S::write(item.as_ref().map(S::item), &mut list.child));
        list.offsets.push(list.child.len() as u32);
        out.push_valid();
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

    fn push(&self, state: &mut Self::State, seen: Seen<S::Item<'_>>) {
        if let Seen::Value(item) = seen {
            state.push(own::<S>(item));
        }
    }
    fn combine(&self, state: &mut Self::State, later: &Self::State) {
        state.extend_from_slice(later);
    }
    fn lower(&self, function: Function, state: &mut Self::State, out: &mut Column) -> bool {
        let Some(last) = state.len().checked_sub(1) else {
            S::write(None, out);
            return false;
        };
        let Function::Percentile(fraction) = function else { unreachable!("percentiles") };
        let rank = fraction * last as f64;
        let (low, fraction) = (rank as usize, rank - libm::floor(rank));
        let order = |a: &S::Own, b: &S::Own| S::order(S::item(a), S::item(b));
        let (_, at, above) = state.select_nth_unstable_by(low, order);
        let next = above.iter().min_by(|a, b| order(a, b)).unwrap_or(at);
        let value = S::between(S::item(at), S::item(next), fraction);
        S::write(Some(S::item(&value)), out);
        false
    }
    fn held(&self, state: &Self::State) -> usize {
        state.capacity() * size_of::<S::Own>()
    }
}

/// An aggregate over doubles, of integers. Under [`Distinct`] they are told apart before they become doubles, of which one may
/// stand for several.
#[derive(Debug)]
pub(crate) struct Widened<F> {
    pub(crate) fold: F,
}

impl<F: Fold<Source = IntAsFloat>> Fold for Widened<F> {
    type Source = Int;
    type State = F::State;
    type Gathered = ();

    fn push(&self, state: &mut Self::State, seen: Seen<i64>) {
        self.fold.push(
            state,
            match seen {
                Seen::Not => Seen::Not,
                Seen::Null => Seen::Null,
                Seen::Value(value) => Seen::Value(value as f64),
            },
        );
    }
    fn combine(&self, state: &mut Self::State, later: &Self::State) {
        self.fold.combine(state, later);
    }
    fn lower(&self, function: Function, state: &mut Self::State, out: &mut Column) -> bool {
        self.fold.lower(function, state, out)
    }
    fn held(&self, state: &Self::State) -> usize {
        self.fold.held(state)
    }
}

/// An aggregate over values of which equal ones count once: the first of them.
#[derive(Debug)]
pub(crate) struct Distinct<F> {
    pub(crate) fold: F,
}

/// Values, in order of their first row.
#[derive(Clone, Debug)]
pub(crate) struct Set<T> {
    values: Vec<T>,
    /// Numbers of values; null is one of them if it was seen.
    table: HashTable<u32>,
    /// How many values came before the first null.
    null: Option<usize>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self { values: Vec::new(), table: HashTable::new(), null: None }
    }
}

impl<F: Fold> Fold for Distinct<F> {
    type Source = F::Source;
    type State = Set<<F::Source as Source>::Own>;
    type Gathered = ();

    fn push(&self, state: &mut Self::State, seen: Seen<<F::Source as Source>::Item<'_>>) {
        let item = match seen {
            Seen::Not => return,
            Seen::Null => {
                state.null.get_or_insert(state.values.len());
                return;
            }
            Seen::Value(item) => item,
        };
        let Set { values, table, .. } = state;
        let hash_of = |own: &_| F::Source::hash(F::Source::item(own));
        let same = |&at: &u32| F::Source::same(F::Source::item(&values[at as usize]), item);
        let hash = F::Source::hash(item);
        if table.find(hash, same).is_none() {
            table.insert_unique(hash, values.len() as u32, |&at| hash_of(&values[at as usize]));
            values.push(own::<F::Source>(item));
        }
    }
    fn combine(&self, state: &mut Self::State, later: &Self::State) {
        for (at, value) in later.values.iter().enumerate() {
            if later.null == Some(at) {
                self.push(state, Seen::Null);
            }
            self.push(state, Seen::Value(F::Source::item(value)));
        }
        if later.null == Some(later.values.len()) {
            self.push(state, Seen::Null);
        }
    }
    fn lower(&self, function: Function, state: &mut Self::State, out: &mut Column) -> bool {
        let mut inner = F::State::default();
        for (at, value) in state.values.iter().enumerate() {
            if state.null == Some(at) {
                self.fold.push(&mut inner, Seen::Null);
            }
            self.fold.push(&mut inner, Seen::Value(F::Source::item(value)));
        }
        if state.null == Some(state.values.len()) {
            self.fold.push(&mut inner, Seen::Null);
        }
        self.fold.lower(function, &mut inner, out)
    }
    fn held(&self, state: &Self::State) -> usize {
        state.values.capacity() * size_of::<<F::Source as Source>::Own>() + state.table.allocation_size()
    }
}
