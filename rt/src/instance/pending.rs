//! Events that wait for the watermark: their order and their columns.

use alloc::vec::Vec;

use super::ingest::{Ingest, Input};
use super::rows::Place;
use super::source::SourceId;
use super::work::Work;
use crate::batch::Batch;
use crate::column::Column;
use crate::plan::Plan;
use crate::reorder::store::Store;
use crate::reorder::{Held, Key, Reorder};
use crate::snapshot::codec::{Corrupt, Persist, Reader};

/// What waits.
#[derive(Debug)]
pub(crate) struct Pending {
    order: Reorder,
    store: Store,
    /// The rows that were released last; they lie in the store until [`Pending::recycle`].
    released: Vec<Held>,
    /// What `hold` works with: for each type its rows, and where they go.
    rows: Vec<Vec<u32>>,
    next: Vec<Place>,
    /// What `release` works with: for each type the places of its rows.
    places: Vec<Vec<Place>>,
}

impl Pending {
    /// Nothing waits.
    pub(crate) fn new(types: usize) -> Self {
        Self {
            order: Reorder::default(),
            store: Store::new(types),
            released: Vec::new(),
            rows: alloc::vec![Vec::new(); types],
            next: alloc::vec![Place { segment: 0, row: 0 }; types],
            places: alloc::vec![Vec::new(); types],
        }
    }

    /// How many events wait.
    pub(crate) const fn len(&self) -> usize {
        self.order.len()
    }

    /// Bytes held for what waits.
    pub(crate) fn bytes(&self) -> usize {
        self.store.bytes() + self.len() * size_of::<Held>()
    }

    /// The least key that waits.
    pub(crate) fn first(&self) -> Option<Key> {
        self.order.first()
    }

    /// The greatest key that waits.
    pub(crate) fn last(&self) -> Option<Key> {
        self.order.last()
    }

    /// Whether anything that waits has a key of at most `bound`.
    pub(crate) fn has(&self, bound: Key) -> bool {
        self.first().is_some_and(|first| first <= bound)
    }

    /// Copies in the listed arrivals of a stretch of input.
    pub(crate) fn hold(&mut self, plan: &Plan, input: Input<'_>, ingest: &Ingest, source: SourceId) {
        self.rows.iter_mut().for_each(Vec::clear);
        ingest.arrivals.iter().for_each(|arrival| self.rows[arrival.ty as usize].push(arrival.row));
        for (ty, rows) in self.rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            if let Some(batch) = input.batch(ty) {
                let (segment, row) = self.store.append(ty, &plan.inputs[ty].schema, batch, rows);
                self.next[ty] = Place { segment, row };
            }
        }
        for arrival in &ingest.arrivals {
            let place = &mut self.next[arrival.ty as usize];
            let Place { segment, row } = *place;
            self.order.insert(Held { time: arrival.time, source: source.0, segment, row });
            place.row += 1;
        }
    }

    /// Makes the first events whose key is at most `bound`, at most `max` of them, the working batch. Gives the time of the
    /// last, if there is any.
    pub(crate) fn release(&mut self, bound: Key, max: usize, seq: &mut i64, work: &mut Work) -> Option<i64> {
        self.order.release(bound, max, &mut self.released);
        for held in &self.released {
            let ty = self.store.segment(held.segment).ty as usize;
            let rows = work.rows_mut(ty);
            rows.times.push(held.time);
            rows.seqs.push(*seq);
            *seq += 1;
            self.places[ty].push(Place { segment: held.segment, row: held.row });
            self.store.leave(held.segment);
        }
        for (ty, places) in self.places.iter_mut().enumerate().filter(|(_, places)| !places.is_empty()) {
            work.rows_mut(ty).gather(&self.store, places);
            work.publish(ty);
            places.clear();
        }
        self.released.last().map(|held| held.time)
    }

    /// After the working batch is done with: lets go of the memory of what was released.
    pub(crate) fn recycle(&mut self) {
        for held in self.released.drain(..) {
            self.store.recycle(held.segment);
        }
    }
}

/// A row that waits, as a snapshot has it: its type, its time and the number of its source.
type Waiting = (u32, i64, u32);

impl Pending {
    /// Writes what waits, in order.
    pub(crate) fn save(&self, plan: &Plan, out: &mut Vec<u8>) {
        let held = self.order.in_order();
        let waiting: Vec<Waiting> =
            held.iter().map(|held| (self.store.segment(held.segment).ty, held.time, held.source)).collect();
        waiting.save(out);
        for (ty, input) in (0..).zip(&plan.inputs) {
            let rows = held.iter().filter(|held| self.store.segment(held.segment).ty == ty);
            let mut batch = Batch::new(&input.schema);
            for held in rows {
                let from = &self.store.segment(held.segment).batch;
                let columns = batch.columns.iter_mut().zip(&from.columns).zip(&input.schema.fields);
                for ((column, from), _) in columns.filter(|(_, field)| field.used) {
                    column.push_from(from, held.row as usize);
                }
                batch.len += 1;
            }
            batch.columns.iter().for_each(|column| column.save(out));
        }
    }

    /// For each of so many types of a snapshot, whether rows of it wait.
    pub(crate) fn waiting_types(mut from: Reader<'_>, types: usize) -> Result<Vec<bool>, Corrupt> {
        let mut waits = alloc::vec![false; types];
        for (ty, ..) in from.read::<Vec<Waiting>>()? {
            *waits.get_mut(ty as usize).ok_or(Corrupt)? = true;
        }
        Ok(waits)
    }

    /// Has rows wait that a snapshot has. `types` says for each type of the snapshot which it is now, `columns_of` how
    /// many fields it has there. Rows of types that there are no more are left out.
    pub(crate) fn load(
        &mut self,
        plan: &Plan,
        types: &[Option<usize>],
        columns_of: &[usize],
        from: &mut Reader<'_>,
    ) -> Result<(), Corrupt> {
        let waiting: Vec<Waiting> = from.read()?;
        let mut batches = Vec::new();
        for &fields in columns_of {
            let columns: Vec<Column> = (0..fields).map(|_| from.read()).collect::<Result<_, _>>()?;
            batches.push(columns);
        }
        let mut next = alloc::vec![0u32; types.len()];
        for (ty, time, source) in waiting {
            let at = next.get_mut(ty as usize).ok_or(Corrupt)?;
            let row = *at;
            *at += 1;
            let Some(now) = types[ty as usize] else { continue };
            let schema = &plan.inputs[now].schema;
            let columns = &batches[ty as usize];
            if columns.len() != schema.fields.len() {
                return Err(Corrupt);
            }
            for (column, field) in columns.iter().zip(&schema.fields).filter(|(_, field)| field.used) {
                let there = column.len() > row as usize && column.ty() == field.ty;
                if !there || column.is_null(row as usize) && !field.nullable {
                    return Err(Corrupt);
                }
            }
            let (segment, row) = self.store.append_row(now, schema, columns, row);
            self.order.insert(Held { time, source, segment, row });
        }
        Ok(())
    }
}
