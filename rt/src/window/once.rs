//! `distinct`: aggregates over values of which equal ones count once.

use alloc::vec::Vec;
use core::marker::PhantomData;

use hashbrown::HashTable;

use super::fold::{Fold, Inverse, persistent};
use super::keep::own;
use super::source::{Int, IntAsFloat, Seen, Source};
use crate::column::Column;
use crate::plan::window::Function;
use crate::snapshot::codec::{Corrupt, Persist, Reader};

type Own<F> = <<F as Fold>::Source as Source>::Own;
type Item<'a, F> = <<F as Fold>::Source as Source>::Item<'a>;

/// How many values, of a source that can tell them apart.
#[derive(Debug)]
pub(crate) struct CountOf<S> {
    pub(crate) source: PhantomData<S>,
}

impl<S: Source> Fold for CountOf<S> {
    type Source = S;
    type State = u64;
    type Gathered = ();
    persistent!();

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

impl<S: Source> Inverse for CountOf<S> {
    fn pull(&self, state: &mut u64, seen: Seen<S::Item<'_>>) {
        *state -= u64::from(matches!(seen, Seen::Value(_)));
    }
}

/// An aggregate over doubles, of integers. Under [`Distinct`] they are told apart before they become doubles, of which one may
/// stand for several.
#[derive(Debug)]
pub(crate) struct Widened<F> {
    pub(crate) fold: F,
}

fn widened(seen: Seen<i64>) -> Seen<f64> {
    match seen {
        Seen::Not => Seen::Not,
        Seen::Null => Seen::Null,
        Seen::Value(value) => Seen::Value(value as f64),
    }
}

impl<F: Fold<Source = IntAsFloat>> Fold for Widened<F> {
    type Source = Int;
    type State = F::State;
    type Gathered = ();

    fn save(&self, state: &Self::State, out: &mut Vec<u8>) {
        self.fold.save(state, out);
    }
    fn load(&self, from: &mut Reader<'_>) -> Result<Self::State, Corrupt> {
        self.fold.load(from)
    }

    fn push(&self, state: &mut Self::State, seen: Seen<i64>) {
        self.fold.push(state, widened(seen));
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

impl<F: Inverse<Source = IntAsFloat>> Inverse for Widened<F> {
    fn pull(&self, state: &mut Self::State, seen: Seen<i64>) {
        self.fold.pull(state, widened(seen));
    }
}

/// An aggregate of the first of equal values.
#[derive(Debug)]
pub(crate) struct Distinct<F> {
    pub(crate) fold: F,
}

/// Values in order of their first row, and their aggregate.
#[derive(Clone, Debug)]
pub(crate) struct Set<T, A> {
    values: Vec<T>,
    /// Numbers of values.
    table: HashTable<u32>,
    /// How many values came before the first null.
    null: Option<usize>,
    total: A,
}

impl<T, A: Default> Default for Set<T, A> {
    fn default() -> Self {
        Self { values: Vec::new(), table: HashTable::new(), null: None, total: A::default() }
    }
}

impl<F: Fold> Fold for Distinct<F> {
    type Source = F::Source;
    type State = Set<Own<F>, F::State>;
    type Gathered = ();

    fn save(&self, state: &Self::State, out: &mut Vec<u8>) {
        state.values.save(out);
        state.null.save(out);
        self.fold.save(&state.total, out);
    }
    fn load(&self, from: &mut Reader<'_>) -> Result<Self::State, Corrupt> {
        let values: Vec<Own<F>> = from.read()?;
        let hash_of = |own: &_| F::Source::hash(F::Source::item(own));
        let mut table = HashTable::with_capacity(values.len());
        for (value, at) in values.iter().zip(0..) {
            table.insert_unique(hash_of(value), at, |&at: &u32| hash_of(&values[at as usize]));
        }
        let (null, total) = (from.read()?, self.fold.load(from)?);
        Ok(Set { values, table, null, total })
    }

    fn push(&self, state: &mut Self::State, seen: Seen<Item<'_, F>>) {
        let Set { values, table, null, total } = state;
        match seen {
            Seen::Not => {}
            Seen::Null if null.is_some() => {}
            Seen::Null => {
                *null = Some(values.len());
                self.fold.push(total, seen);
            }
            Seen::Value(item) => {
                let hash_of = |own: &_| F::Source::hash(F::Source::item(own));
                let same = |&at: &u32| F::Source::same(F::Source::item(&values[at as usize]), item);
                let hash = F::Source::hash(item);
                if table.find(hash, same).is_none() {
                    table.insert_unique(hash, values.len() as u32, |&at| hash_of(&values[at as usize]));
                    values.push(own::<F::Source>(item));
                    self.fold.push(total, seen);
                }
            }
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
        self.fold.lower(function, &mut state.total, out)
    }
    fn held(&self, state: &Self::State) -> usize {
        state.values.capacity() * size_of::<Own<F>>()
            + state.table.allocation_size()
            + self.fold.held(&state.total)
    }
}

/// The same of a window that moves: how often each value is there. Only where it makes no difference which of equal values it is,
/// and in which order they came.
#[derive(Debug)]
pub(crate) struct Tally<F> {
    pub(crate) fold: F,
}

/// Values, how often each is there, and their aggregate.
#[derive(Clone, Debug)]
pub(crate) struct Tallied<T, A> {
    counts: HashTable<(T, u32)>,
    nulls: u32,
    total: A,
}

impl<T, A: Default> Default for Tallied<T, A> {
    fn default() -> Self {
        Self { counts: HashTable::new(), nulls: 0, total: A::default() }
    }
}

impl<F: Inverse> Tally<F> {
    fn add(&self, state: &mut Tallied<Own<F>, F::State>, item: Item<'_, F>, count: u32) {
        let hash = F::Source::hash(item);
        let same = |(own, _): &(Own<F>, u32)| F::Source::same(F::Source::item(own), item);
        match state.counts.find_mut(hash, same) {
            Some((_, known)) => *known += count,
            None => {
                let hash_of = |(own, _): &(Own<F>, u32)| F::Source::hash(F::Source::item(own));
                state.counts.insert_unique(hash, (own::<F::Source>(item), count), hash_of);
                self.fold.push(&mut state.total, Seen::Value(item));
            }
        }
    }

    fn add_nulls(&self, state: &mut Tallied<Own<F>, F::State>, count: u32) {
        if state.nulls == 0 && count > 0 {
            self.fold.push(&mut state.total, Seen::Null);
        }
        state.nulls += count;
    }
}

impl<F: Inverse> Fold for Tally<F> {
    type Source = F::Source;
    type State = Tallied<Own<F>, F::State>;
    type Gathered = ();

    fn save(&self, state: &Self::State, out: &mut Vec<u8>) {
        state.counts.len().save(out);
        state.counts.iter().for_each(|(own, count)| {
            own.save(out);
            count.save(out);
        });
        state.nulls.save(out);
        self.fold.save(&state.total, out);
    }
    fn load(&self, from: &mut Reader<'_>) -> Result<Self::State, Corrupt> {
        let hash_of = |(own, _): &(Own<F>, u32)| F::Source::hash(F::Source::item(own));
        let len = from.len()?;
        let mut counts = HashTable::with_capacity(len);
        for _ in 0..len {
            let entry: (Own<F>, u32) = from.read()?;
            counts.insert_unique(hash_of(&entry), entry, hash_of);
        }
        let (nulls, total) = (from.read()?, self.fold.load(from)?);
        Ok(Tallied { counts, nulls, total })
    }

    fn push(&self, state: &mut Self::State, seen: Seen<Item<'_, F>>) {
        match seen {
            Seen::Not => {}
            Seen::Null => self.add_nulls(state, 1),
            Seen::Value(item) => self.add(state, item, 1),
        }
    }
    fn combine(&self, state: &mut Self::State, later: &Self::State) {
        self.add_nulls(state, later.nulls);
        later.counts.iter().for_each(|(own, count)| self.add(state, F::Source::item(own), *count));
    }
    fn lower(&self, function: Function, state: &mut Self::State, out: &mut Column) -> bool {
        self.fold.lower(function, &mut state.total, out)
    }
    fn held(&self, state: &Self::State) -> usize {
        state.counts.allocation_size() + self.fold.held(&state.total)
    }
}

impl<F: Inverse> Inverse for Tally<F> {
    fn pull(&self, state: &mut Self::State, seen: Seen<Item<'_, F>>) {
        match seen {
            Seen::Not => {}
            Seen::Null => {
                state.nulls -= 1;
                if state.nulls == 0 {
                    self.fold.pull(&mut state.total, Seen::Null);
                }
            }
            Seen::Value(item) => {
                let same = |(own, _): &(Own<F>, u32)| F::Source::same(F::Source::item(own), item);
                let entry = state.counts.find_entry(F::Source::hash(item), same);
                let Ok(mut entry) = entry else { panic!("Tally: what leaves was there") };
                entry.get_mut().1 -= 1;
                if entry.get().1 == 0 {
                    entry.remove();
                    self.fold.pull(&mut state.total, Seen::Value(item));
                }
            }
        }
    }
}
