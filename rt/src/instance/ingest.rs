//! Arrivals: the time of each, and which are late or have none.
//!
//! Input is taken in stretches of at most a working batch, so that the columns that a time is computed from are still in the
//! cache when guards read them. What is decided here is decided for each arrival on its own, in order; where a stretch
//! ends changes nothing.

use alloc::vec::Vec;

use super::rows::TypeRows;
use super::source::Source;
use super::times::Times;
use super::work::Work;
use crate::batch::{Batch, Chunk};
use crate::bitmap::Bitmap;
use crate::column::{Column, Values};
use crate::kernels::Kernels;
use crate::plan::{InputPlan, Plan};

/// What is handed in.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Rows of several types.
    Chunk(&'a Chunk),
    /// Rows of one.
    Batch(usize, &'a Batch),
}

impl<'a> Input<'a> {
    /// The rows of a type.
    pub(crate) fn batch(self, ty: usize) -> Option<&'a Batch> {
        match self {
            Input::Chunk(chunk) => Some(&chunk.batches[ty]),
            Input::Batch(only, batch) => (only == ty).then_some(batch),
        }
    }

    /// Rows of all types.
    pub(crate) fn len(self) -> usize {
        match self {
            Input::Chunk(chunk) => chunk.len(),
            Input::Batch(_, batch) => batch.len,
        }
    }

    /// The only type that has rows, if there is only one.
    fn only_type(self) -> Option<usize> {
        match self {
            Input::Batch(ty, _) => Some(ty),
            Input::Chunk(chunk) => {
                let mut types = chunk.batches.iter().enumerate().filter(|(_, batch)| batch.len > 0);
                let (first, _) = types.next()?;
                types.next().is_none().then_some(first)
            }
        }
    }

    fn arrivals(self) -> &'a [u32] {
        match self {
            Input::Chunk(chunk) => &chunk.arrivals,
            Input::Batch(..) => &[],
        }
    }

    /// Where an arrival stood in the input, if that is known.
    fn line(self, arrival: usize) -> Option<u64> {
        match self {
            Input::Chunk(chunk) => chunk.lines.get(arrival).copied(),
            Input::Batch(..) => None,
        }
    }

    /// Refuses what kernels could not read.
    ///
    /// # Panics
    /// If rows do not fit the plan's types, or arrivals do not fit the rows.
    pub(crate) fn check(self, plan: &Plan) {
        match self {
            Input::Chunk(chunk) => {
                assert_eq!(chunk.batches.len(), plan.inputs.len(), "a chunk has a batch for each input type");
                chunk.batches.iter().zip(&plan.inputs).for_each(|(batch, input)| check_batch(batch, input));
                let counted = self.only_type().is_some() && chunk.arrivals.is_empty();
                assert!(
                    counted || chunk.arrivals.len() == chunk.len(),
                    "a chunk says the type of each arrival"
                );
            }
            Input::Batch(ty, batch) => check_batch(batch, &plan.inputs[ty]),
        }
    }
}

fn check_batch(batch: &Batch, input: &InputPlan) {
    if batch.len == 0 {
        return;
    }
    let fields = &input.schema.fields;
    assert_eq!(
        batch.columns.len(),
        fields.len(),
        "a batch of `{}` has a column for each field",
        input.schema.name
    );
    for (column, field) in batch.columns.iter().zip(fields).filter(|(_, field)| field.used) {
        let name = (&input.schema.name, &field.name);
        assert_eq!(column.ty(), field.ty, "the type of column {name:?}");
        assert_eq!(column.len(), batch.len, "the length of column {name:?}");
        if let Some(bits) = column.validity() {
            assert_eq!(bits.len(), batch.len, "the length of the validity of column {name:?}");
            assert!(field.nullable || bits.all(), "null in column {name:?}, which has none");
        }
    }
}

/// Why an event was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is older than the watermark of its source.
    Late {
        /// How much older, in nanoseconds.
        by: i64,
    },
    /// Its time is null.
    Untimed,
}

/// An event that was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its type.
    pub ty: u32,
    /// Its row of the batch of its type.
    pub row: u32,
    /// Its number among the arrivals of the chunk, from 0.
    pub arrival: usize,
    /// Where it stood in the input, if the chunk says so.
    pub line: Option<u64>,
    /// Why.
    pub cause: Cause,
}

/// What is counted of an input type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputStats {
    /// Events that came, with those that were not let in.
    pub events: u64,
    /// Events older than the watermark.
    pub late: u64,
    /// Events whose time is null.
    pub untimed: u64,
}

/// An event that was let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Its time.
    pub(crate) time: i64,
    /// Its number in the stretch.
    number: u32,
    /// Its type.
    pub(crate) ty: u32,
    /// Its row of the batch of its type.
    pub(crate) row: u32,
}

/// The stretch of input at hand.
#[derive(Debug, Default)]
pub(crate) struct Ingest {
    /// For each type, the rows of the stretch: from, to.
    pub(crate) rows: Vec<(usize, usize)>,
    /// For each type, the time of each of these rows, and whether it has one.
    times: Vec<Times>,
    valid: Vec<Bitmap>,
    /// The type of the stretch, if all of it was let in, in order, and is not listed in `arrivals`.
    whole: Option<usize>,
    /// The events that were let in, in order of arrival.
    pub(crate) arrivals: Vec<Arrival>,
    /// Those of the last call that were not.
    pub(crate) rejected: Vec<Rejected>,
    /// What is counted, by type.
    pub(crate) stats: Vec<InputStats>,
    /// Whether the stretch is in time order and all of it was let in.
    pub(crate) ordered: bool,
    only: Option<usize>,
    at: usize,
    end: usize,
    kernels: &'static Kernels,
}

impl Ingest {
    /// Nothing at hand.
    pub(crate) fn new(types: usize) -> Self {
        Self {
            rows: alloc::vec![(0, 0); types],
            times: (0..types).map(|_| Times::default()).collect(),
            valid: alloc::vec![Bitmap::new(); types],
            stats: alloc::vec![InputStats::default(); types],
            ..Self::default()
        }
    }

    /// Begins with a new input.
    pub(crate) fn start(&mut self, input: Input<'_>) {
        self.rejected.clear();
        self.rows.fill((0, 0));
        self.only = input.only_type();
        (self.at, self.end) = (0, 0);
    }

    /// Moves on to the next at most `max` arrivals; false if there are none.
    pub(crate) fn next(&mut self, input: Input<'_>, max: usize) -> bool {
        self.at = self.end;
        self.end = input.len().min(self.at + max);
        self.rows.iter_mut().for_each(|(from, to)| *from = *to);
        match self.only {
            Some(ty) => self.rows[ty].1 = self.end,
            None => {
                for &ty in &input.arrivals()[self.at..self.end] {
                    self.rows[ty as usize].1 += 1;
                }
            }
        }
        self.at < self.end
    }

    /// Has the times of the stretch computed.
    pub(crate) fn read_times(&mut self, plan: &Plan, input: Input<'_>, work: &mut Work) {
        for (ty, of) in plan.inputs.iter().enumerate() {
            let (from, to) = self.rows[ty];
            let (Some(kernel), Some(batch)) = (of.time, input.batch(ty)) else { continue };
            if from == to {
                continue;
            }
            if let Some(times) = of.time_field.and_then(|field| plain_times(batch, field)) {
                self.times[ty].clear();
                // SAFETY: the input stands during the call, at the end of which they are forgotten.
                unsafe { self.times[ty].lie(&times[from..to]) };
                self.valid[ty].clear();
                self.valid[ty].extend(true, to - from);
            } else {
                work.rows_mut(ty).borrow(columns(batch), from, to - from);
                work.publish(ty);
                let times = self.times[ty].make(to - from);
                self.valid[ty].reset(to - from);
                work.evaluate_times(kernel, times, &mut self.valid[ty]);
                work.rows_mut(ty).clear();
                work.publish(ty);
            }
        }
    }

    /// Lets events in, one after the other.
    pub(crate) fn admit(&mut self, plan: &Plan, input: Input<'_>, source: &mut Source, clock: Option<i64>) {
        self.arrivals.clear();
        self.whole = None;
        for (ty, (from, to)) in self.rows.iter().enumerate() {
            assert!(from == to || source.carries(ty), "a source carries the types of its events");
            self.stats[ty].events += (to - from) as u64;
        }
        if self.admit_ordered(plan, source) {
            return;
        }
        self.ordered = true;
        let rejected = self.rejected.len();
        let mut next: i64 = i64::MIN;
        match self.only {
            Some(ty) => (self.at..self.end).for_each(|at| {
                let row = self.rows[ty].0 + at - self.at;
                self.admit_one(plan, input, source, clock, at, ty, row, &mut next);
            }),
            None => {
                self.rows.iter_mut().for_each(|(from, to)| *to = *from);
                for (at, &ty) in (self.at..self.end).zip(&input.arrivals()[self.at..self.end]) {
                    let row = self.rows[ty as usize].1;
                    self.rows[ty as usize].1 += 1;
                    self.admit_one(plan, input, source, clock, at, ty as usize, row, &mut next);
                }
            }
        }
        self.ordered &= self.rejected.len() == rejected;
    }

    /// PERF: a stretch of one type that is in order is let in as a whole.
    fn admit_ordered(&mut self, plan: &Plan, source: &mut Source) -> bool {
        let Some(ty) = self.only.filter(|&ty| plan.inputs[ty].time.is_some()) else { return false };
        let (Some(&first), Some(&last)) = (self.times[ty].first(), self.times[ty].last()) else {
            return false;
        };
        self.ordered =
            self.valid[ty].all() && !source.is_late(first) && self.kernels.is_ascending(&self.times[ty]);
        if self.ordered {
            source.see(last);
            self.whole = Some(ty);
        }
        self.ordered
    }

    #[expect(clippy::too_many_arguments, reason = "the loop of `admit`, which has two heads")]
    fn admit_one(
        &mut self,
        plan: &Plan,
        input: Input<'_>,
        source: &mut Source,
        clock: Option<i64>,
        arrival: usize,
        ty: usize,
        row: usize,
        greatest: &mut i64,
    ) {
        let index = row - self.rows[ty].0;
        let (time, cause) = match plan.inputs[ty].time {
            None => (source.arrival_time(clock), None),
            Some(_) if !self.valid[ty].get(index) => (0, Some(Cause::Untimed)),
            Some(_) => {
                let time = self.times[ty][index];
                (time, source.is_late(time).then(|| Cause::Late { by: source.late_by(time) }))
            }
        };
        if let Some(cause) = cause {
            let line = input.line(arrival);
            self.rejected.push(Rejected { ty: ty as u32, row: row as u32, arrival, line, cause });
            match cause {
                Cause::Late { .. } => self.stats[ty].late += 1,
                Cause::Untimed => self.stats[ty].untimed += 1,
            }
            return;
        }
        self.ordered &= *greatest <= time;
        *greatest = time;
        source.see(time);
        self.arrivals.push(Arrival {
            time,
            number: (arrival - self.at) as u32,
            ty: ty as u32,
            row: row as u32,
        });
    }

    /// The type and the times of a stretch that was let in as a whole, in order. Otherwise `arrivals` has its events.
    pub(crate) fn whole(&self) -> Option<(usize, &[i64])> {
        self.whole.map(|ty| (ty, &self.times[ty][..]))
    }

    /// The times of the rows of a type, to be moved to where rows are looked at.
    pub(crate) fn times_mut(&mut self, ty: usize) -> &mut Times {
        &mut self.times[ty]
    }

    /// Forgets the times, which may lie in an input.
    pub(crate) fn forget(&mut self) {
        self.times.iter_mut().for_each(Times::clear);
    }

    /// Numbers `count` more rows, from a number on.
    pub(crate) fn number(&self, first: i64, count: usize, rows: &mut TypeRows) {
        self.kernels.count_up(first, rows.more_seqs(count));
    }

    /// The time of the first event that was let in.
    pub(crate) fn first(&self) -> Option<i64> {
        match self.whole() {
            Some((_, times)) => times.first().copied(),
            None => self.arrivals.first().map(|arrival| arrival.time),
        }
    }

    /// Of a stretch in order: how many events are at or before `time`.
    pub(crate) fn upto(&self, time: i64) -> usize {
        match self.whole() {
            Some((_, times)) => times.partition_point(|at| *at <= time),
            None => self.arrivals.partition_point(|arrival| arrival.time <= time),
        }
    }

    /// Lists the events from number `count` on in `arrivals`, and no others, in order of time.
    pub(crate) fn keep_from(&mut self, count: usize) {
        let Some(ty) = self.whole.take() else {
            self.arrivals.drain(..count);
            if !self.ordered {
                self.arrivals.sort_unstable_by_key(|arrival| (arrival.time, arrival.number));
            }
            return;
        };
        let rows = (self.rows[ty].0 + count) as u32..;
        // If all were taken, the times are no longer here.
        let rest = self.times[ty].get(count..).unwrap_or_default();
        let kept = rest.iter().zip(rows);
        let kept = kept.zip(0..).map(|((&time, row), number)| Arrival { time, number, ty: ty as u32, row });
        self.arrivals.extend(kept);
    }
}

/// The columns of a batch.
pub(crate) fn columns(batch: &Batch) -> impl Iterator<Item = &Column> {
    batch.columns.iter()
}

/// The times of a batch in a field that holds them as they are, without nulls.
fn plain_times(batch: &Batch, field: usize) -> Option<&[i64]> {
    let column = &batch.columns[field];
    match column.values() {
        Values::I64(times) if !column.is_nullable() => Some(times),
        _ => None,
    }
}
