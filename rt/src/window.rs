//! Window operators: rows of one type in, a row for each window of each group (or for each row) out.
//!
//! ```text
//!  rows that guards choose        [`crate::select`]
//!    -> groups                    [`groups`]      as partitions of rules are
//!    -> windows, as cells         [`assign`]: [`panes`] [`sessions`] [`rings`]
//!    -> states, by cell           [`aggregate`] and [`sliding`], of [`fold`]s and [`keep`]ers over [`source`]s
//!    -> rows, in order            here
//! ```
//!
//! A batch is done in passes: which cell each row belongs to and which windows close; then one loop over the rows for each
//! aggregate; then the rows of closed windows. Without groups the rows of a slice are not even told apart: aggregates take
//! stretches of the columns, under a mask ([`crate::kernels`]). What comes out does not depend on where a batch ends.

mod aggregate;
mod assign;
mod cells;
pub mod double;
mod estimate;
mod fold;
mod groups;
mod keep;
mod make;
mod monotonic;
mod once;
pub(crate) mod panes;
pub(crate) mod ranked;
pub(crate) mod ranks;
pub(crate) mod registers;
pub(crate) mod rings;
mod saved;
pub(crate) mod sessions;
mod sliding;
pub(crate) mod source;
mod subtracting;
mod summary;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::mem::{swap, take};

use self::aggregate::{Chosen, Output, Run};
use self::cells::Cells;
use self::groups::Groups;
use self::make::Life;
use self::panes::Panes;
use self::rings::{Reach, Rings};
use self::sessions::Sessions;
use self::source::{Args, Values as Reading};
use crate::column::{Column, Values};
use crate::instance::rows::{FieldShape, TypeRows};
use crate::instance::share::Share;
use crate::instance::stats::WindowStats;
use crate::instance::work::Work;
use crate::kernels::{Kernels, key};
use crate::output::OutputColumn;
use crate::partition::Assigned;
use crate::plan::window::{AggregatePlan, Function, Window, WindowPlan, WindowValue};
use crate::schema::Type;
use crate::select::{choose, select};
use crate::state::{AT_DEADLINE, AT_END, Entry, NONE, Stop};

/// The last time at which a window closes: the end of input is behind it.
const END_MAX: i64 = i64::MAX - 1;

/// How many of the numbers of events there are in the number of a row that the end of time has made.
const FIRST_BITS: u32 = 45;

/// The sequence number of a row that the end of a window makes: before all events at that time; at the end of time as of a
/// deadline, behind them. `first` is that of the first event of the group in the window, and `hop` how many windows begin
/// earlier that end with time, too: by these come rows of one end.
const fn seq_of(end: i64, first: i64, hop: i64) -> i64 {
    // Numbers of matches are not those of events. A worker has then all that is read, and no other worker's rows are between.
    let first = if 0 <= first && first < AT_DEADLINE { first } else { 0 };
    if end < END_MAX {
        AT_END + first
    } else {
        let first = if first < 1 << FIRST_BITS { first } else { (1 << FIRST_BITS) - 1 };
        AT_DEADLINE + (hop << FIRST_BITS) + first
    }
}

/// The double so far of the way between those of two ranks, of which `a` is not the greater.
pub(crate) fn between_ranks(a: f64, b: f64, part: f64) -> f64 {
    // A rank that is hit is the value itself, also beside an infinity; and so is what lies between two equal infinities.
    if part == 0.0 || a == b { a } else { a + (b - a) * part }
}

/// Whether a double is greater, or less, than another: any number is rather than NaN, and `-0.0` is below `0.0`.
#[inline]
pub(crate) fn is_better(new: f64, old: f64, greatest: bool) -> bool {
    // PERF: nearly always one comparison says it.
    if new > old {
        return greatest;
    }
    if new < old {
        return !greatest;
    }
    let place = |value: f64| match value.is_nan() {
        true => i64::MIN,
        false if greatest => key(value),
        false => !key(value),
    };
    place(new) > place(old)
}

/// What happens to a row for which a window has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// It is dropped; so many older rows have left the window all the same.
    Drop(u32),
    Fail,
}

/// The windows of an operator.
#[derive(Debug)]
enum Shape {
    Panes(Panes),
    Sessions(Sessions),
    Rings(Rings),
    /// Each so many rows of a group, and whether a rest counts.
    Batch {
        count: u64,
        partial: bool,
    },
    Running,
}

/// An open window of a group, where groups have one: by rows, or since the start.
#[derive(Clone, Copy, Debug)]
struct Open {
    cell: u32,
    start: i64,
    last: i64,
    first: u64,
}

/// Rows that are made: what they are of.
#[derive(Debug, Default)]
struct Made {
    slots: Vec<u32>,
    cells: Vec<u32>,
    ts: Vec<i64>,
    seqs: Vec<i64>,
    starts: Vec<i64>,
    ends: Vec<i64>,
}

impl Made {
    fn push(&mut self, (slot, cell): (u32, u32), (ts, seq): (i64, i64), (start, end): (i64, i64)) {
        self.slots.push(slot);
        self.cells.push(cell);
        self.ts.push(ts);
        self.seqs.push(seq);
        self.starts.push(start);
        self.ends.push(end);
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.cells.clear();
        self.ts.clear();
        self.seqs.clear();
        self.starts.clear();
        self.ends.clear();
    }
}

/// A window operator and its state.
#[derive(Debug)]
pub(crate) struct WindowRun {
    shape: Shape,
    groups: Groups,
    cells: Cells,
    /// By aggregate of the plan: the states that it reads; and by states: the aggregate whose argument and filter they have.
    states_of: Vec<usize>,
    owners: Vec<usize>,
    kernels: &'static Kernels,
    /// Whether all rows of a slice go to one cell, so that they are not looked at one by one.
    whole: bool,
    /// How many rows of the type there were before this batch.
    seen: usize,
    /// By group, for [`Shape::Batch`] and [`Shape::Running`].
    open: Vec<Option<Open>>,
    /// The types of the argument and of the `by` of each aggregate.
    types: Vec<(Option<Type>, Option<Type>)>,
    /// Whether states keep rows one by one, so that `limit rows` applies to cells.
    keeps: bool,
    /// The rows of this batch.
    columns: Vec<Column>,
    ts: Vec<i64>,
    seqs: Vec<i64>,
    // What a batch is done with.
    made: Made,
    rows: Vec<u32>,
    words: Vec<u64>,
    taken: Vec<u32>,
    cell_of: Vec<u32>,
    evict: Vec<u32>,
    runs: Vec<Run>,
    spans: Vec<(u32, u32)>,
    firsts: Vec<i64>,
    starts: Vec<i64>,
    merged: Vec<u32>,
    selected: u64,
    emitted: u64,
    rows_dropped: u64,
    faults: u64,
}

impl WindowRun {
    /// An operator that has seen nothing, over an event type with these fields.
    pub(crate) fn new(plan: &WindowPlan, fields: &[FieldShape]) -> Self {
        let of = |field: usize| fields[field].ty;
        let types = plan.aggregates.iter().map(|plan| (plan.argument.map(of), plan.by.map(of)));
        let types: Vec<_> = types.collect();
        let moving = |reach| Shape::Rings(Rings::new(reach, plan.rows_max, plan.rows_policy));
        let shape = match plan.window {
            Window::Hopping { size, every, offset } => Shape::Panes(Panes::new(size, every, offset)),
            Window::Sliding { size } => moving(Reach::Time(size)),
            Window::Session { gap, max } => Shape::Sessions(Sessions::new(gap, max)),
            Window::Last(count) => moving(Reach::Rows(count)),
            Window::Batch { count, partial } => Shape::Batch { count, partial },
            Window::Running => Shape::Running,
        };
        let life = match shape {
            Shape::Rings(_) => Life::Slides,
            Shape::Running => Life::Runs,
            Shape::Panes(_) | Shape::Sessions(_) | Shape::Batch { .. } => Life::Closes,
        };
        let closes = life == Life::Closes;
        let summaries = in_summaries(&plan.aggregates, &types);
        let summary = |number: usize| closes && summaries[number];
        let (states_of, owners) = sharing(&plan.aggregates, closes, summary);
        let states = owners.iter().map(|&owner| match (&plan.aggregates[owner], types[owner]) {
            (_, (of, _)) if summary(owner) => make::make_summary(of),
            (plan, (of, by)) => make::make(plan, of, by, life),
        });
        let states = states.collect();
        let (keeps, whole) = (keeps_rows(plan), plan.keys.is_empty() && matches!(shape, Shape::Panes(_)));
        let column = |of: OutputColumn| match of.list {
            true => Column::list(of.ty),
            false => Column::new(of.ty, of.nullable),
        };
        Self {
            shape,
            groups: Groups::new(
                plan.keys.iter().map(|&key| of(key)).collect(),
                plan.groups_max,
                plan.groups_fail,
            ),
            cells: Cells::new(states),
            states_of,
            owners,
            kernels: Kernels::best(),
            whole: whole && !keeps,
            seen: 0,
            open: Vec::new(),
            types,
            keeps,
            columns: plan.columns.iter().map(|of| column(of.shape)).collect(),
            ts: Vec::new(),
            seqs: Vec::new(),
            made: Made::default(),
            rows: Vec::new(),
            words: Vec::new(),
            taken: Vec::new(),
            cell_of: Vec::new(),
            evict: Vec::new(),
            runs: Vec::new(),
            spans: Vec::new(),
            firsts: Vec::new(),
            starts: Vec::new(),
            merged: Vec::new(),
            selected: 0,
            emitted: 0,
            rows_dropped: 0,
            faults: 0,
        }
    }

    /// Has the operator look at the working batch. Windows that end at `now` or before close.
    pub(crate) fn evaluate(
        &mut self,
        plan: &WindowPlan,
        work: &Work,
        share: &mut Share,
        now: i64,
    ) -> Result<(), Stop> {
        self.columns.iter_mut().for_each(Column::clear);
        self.ts.clear();
        self.seqs.clear();
        let mut result = Ok(());
        if self.whole {
            self.take_batch(plan, work);
        } else {
            let mut rows = take(&mut self.rows);
            select(plan.ty, plan.wants.as_deref(), work, share, &mut self.words, &mut rows);
            if !rows.is_empty() {
                result = self.take_rows(plan, work, &rows);
            }
            self.rows = rows;
        }
        // What ended before the row at which it stops is made all the same.
        self.close(plan, result.map_or_else(|(_, time)| now.min(time), |()| now));
        self.emitted += self.ts.len() as u64;
        result.map_err(|(stop, _)| stop)
    }

    /// Makes the rows of this batch those of the operator's event type.
    ///
    /// PERF: times and columns lie here; sequence numbers change places with those of the rows before.
    pub(crate) fn publish(&mut self, rows: &mut TypeRows) {
        rows.times.clear();
        rows.seqs.clear();
        swap(&mut rows.seqs, &mut self.seqs);
        if !self.ts.is_empty() {
            // SAFETY: nothing changes them before the next batch, and the working batch, which these rows are part of, is
            // cleared before that.
            unsafe { rows.times.lie(&self.ts) };
            rows.borrow(self.columns.iter(), 0, self.ts.len());
        }
    }

    /// The columns of the rows of this batch.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// A time before which no window closes, if any is open.
    pub(crate) fn next_end(&self) -> Option<i64> {
        match &self.shape {
            Shape::Panes(panes) => panes.next_end(),
            Shape::Sessions(sessions) => sessions.next_end(),
            Shape::Batch { partial: true, .. } if self.open.iter().any(Option::is_some) => Some(END_MAX),
            Shape::Rings(_) | Shape::Batch { .. } | Shape::Running => None,
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let shape = match &self.shape {
            Shape::Panes(panes) => panes.bytes(),
            Shape::Sessions(sessions) => sessions.bytes(),
            Shape::Rings(rings) => rings.bytes(),
            Shape::Batch { .. } | Shape::Running => 0,
        };
        shape + self.cells.bytes() + self.groups.bytes() + self.open.capacity() * size_of::<Option<Open>>()
    }

    /// Takes no more groups than there is memory for already, if it `is_full`.
    pub(crate) fn bound(&mut self, is_full: bool) {
        self.groups.bound(is_full);
    }

    /// What was counted.
    pub(crate) fn stats(&self, plan: &WindowPlan) -> WindowStats {
        let moved = match &self.shape {
            Shape::Rings(rings) => rings.dropped,
            _ => 0,
        };
        WindowStats {
            name: plan.name.clone(),
            selected: self.selected,
            rows: self.emitted,
            groups: self.groups.live().into(),
            bytes: self.bytes() as u64,
            groups_dropped: self.groups.dropped(),
            dropped_for_memory: self.groups.dropped_for_memory(),
            rows_dropped: self.rows_dropped + moved,
            faults: self.faults,
        }
    }

    /// The chosen rows, all of one group, without a look at each.
    fn take_batch(&mut self, plan: &WindowPlan, work: &Work) {
        let batch = work.rows(plan.ty as usize);
        let mut words = take(&mut self.words);
        choose(plan.ty, plan.wants.as_deref(), work, &mut words);
        self.selected += self.kernels.count(&words);
        self.runs.clear();
        self.cut(batch, &words);
        self.cells.reserve();
        let chosen = Chosen { rows: &words, first: self.seen, kernels: self.kernels };
        let Self { cells, types, owners, runs, .. } = self;
        if !runs.is_empty() {
            for (&owner, states) in owners.iter().zip(&mut cells.aggregates) {
                states.reduce(runs, &chosen, &args(&plan.aggregates[owner], types[owner], work, batch));
            }
        }
        self.words = words;
        self.seen = self.seen.wrapping_add(batch.len());
    }

    /// The chosen rows, in pieces between which groups are swept. An error has the time of the row that is one too many.
    fn take_rows(&mut self, plan: &WindowPlan, work: &Work, rows: &[u32]) -> Result<(), (Stop, i64)> {
        let batch = work.rows(plan.ty as usize);
        self.groups.prepare(batch, &plan.keys, rows);
        let mut from = 0;
        loop {
            let assigned = self.groups.assign(from, rows);
            let entries = take(&mut self.groups.entries);
            let result = self.take_entries(plan, work, &entries.rows);
            // At a bound that is an error nothing is dropped, so all rows before it have been taken.
            let time = |row: Option<u32>| row.map_or(i64::MAX, |row| batch.times[row as usize]);
            let too_many = entries.rows.get(self.taken.len()).map(|entry| entry.row);
            let after = rows.get(from + entries.rows.len()).copied();
            self.groups.entries = entries;
            result.map_err(|stop| (stop, time(too_many)))?;
            match assigned {
                Assigned::All => return Ok(()),
                Assigned::Stopped(stop) => return Err((stop, time(after))),
                Assigned::Sweep(at) => {
                    let now = batch.times[rows[at] as usize];
                    self.close(plan, now);
                    self.sweep(now);
                    from = at;
                }
            }
        }
    }

    fn take_entries(&mut self, plan: &WindowPlan, work: &Work, entries: &[Entry]) -> Result<(), Stop> {
        self.selected += entries.len() as u64;
        self.taken.clear();
        self.cell_of.clear();
        self.evict.clear();
        let groups = self.groups.len();
        let batch = work.rows(plan.ty as usize);
        let result = match &mut self.shape {
            Shape::Panes(panes) => {
                panes.reserve(groups);
                self.assign_panes(plan, batch, entries)
            }
            Shape::Sessions(sessions) => {
                sessions.reserve(groups);
                self.assign_sessions(plan, batch, entries)
            }
            Shape::Rings(rings) => {
                rings.reserve(groups);
                self.assign_rings(batch, entries)
            }
            &mut Shape::Batch { count, .. } => {
                self.open.resize(groups.max(self.open.len()), None);
                self.assign_batches(plan, batch, entries, count)
            }
            Shape::Running => {
                self.open.resize(groups.max(self.open.len()), None);
                self.assign_running(plan, batch, entries)
            }
        };
        self.cells.reserve();
        self.add(plan, work);
        result
    }

    /// Has each aggregate take the rows that have a cell, and makes the rows that these give at once.
    fn add(&mut self, plan: &WindowPlan, work: &Work) {
        let batch = work.rows(plan.ty as usize);
        let Self { cells, types, taken, cell_of, evict, columns, owners, .. } = self;
        for (&owner, states) in owners.iter().zip(&mut cells.aggregates) {
            let of = &plan.aggregates[owner];
            let args = args(of, types[owner], work, batch);
            if let Shape::Panes(_) | Shape::Sessions(_) | Shape::Batch { .. } = self.shape {
                states.update(taken, cell_of, &args);
                continue;
            }
            let number = plan.columns.iter().position(|of| of.value == WindowValue::Aggregate(owner));
            let column = &mut columns[number.expect("plan: each aggregate has a column")];
            let mut out = Output { function: of.function, column };
            self.faults += match self.shape {
                Shape::Rings(_) => states.slide(taken, cell_of, evict, &args, &mut out),
                _ => states.scan(taken, cell_of, &args, &mut out),
            };
        }
        match &self.shape {
            Shape::Rings(_) => {
                for (slot, count) in take(&mut self.spans) {
                    self.cells.aggregates.iter_mut().for_each(|aggregate| aggregate.evict(slot, count));
                }
                self.make_moved(plan, batch);
            }
            Shape::Running => self.make(plan, false),
            Shape::Batch { .. } => {
                self.make(plan, true);
                self.give();
            }
            Shape::Panes(_) | Shape::Sessions(_) => {}
        }
        self.made.clear();
    }

    /// Appends the rows that were noted: keys, times and, if they have not been appended, aggregates.
    fn make(&mut self, plan: &WindowPlan, lower: bool) {
        let Made { slots, cells, ts, seqs, starts, ends } = &self.made;
        for (of, column) in plan.columns.iter().zip(&mut self.columns).filter(|(of, _)| of.used) {
            match of.value {
                WindowValue::Key(key) => self.groups.write(key, slots, column),
                WindowValue::Start => starts.iter().for_each(|&time| column.push_i64(time)),
                WindowValue::End => ends.iter().for_each(|&time| column.push_i64(time)),
                WindowValue::Aggregate(number) if lower => {
                    let mut out = Output { function: plan.aggregates[number].function, column };
                    self.faults += self.cells.aggregates[self.states_of[number]].lower(cells, &mut out);
                }
                WindowValue::Aggregate(_) => {}
            }
        }
        self.ts.extend_from_slice(ts);
        self.seqs.extend_from_slice(seqs);
    }

    /// Appends what each row that moving windows have taken gives beside its aggregates: keys and times.
    fn make_moved(&mut self, plan: &WindowPlan, batch: &TypeRows) {
        let Self { shape: Shape::Rings(rings), taken, .. } = self else { unreachable!("moving windows") };
        let first = self.ts.len();
        gather(&mut self.ts, &batch.times, taken);
        gather(&mut self.seqs, &batch.seqs, taken);
        let times = &self.ts[first..];
        for (of, column) in plan.columns.iter().zip(&mut self.columns).filter(|(of, _)| of.used) {
            match of.value {
                WindowValue::Key(key) => self.groups.write(key, &self.cell_of, column),
                WindowValue::Start => match rings.length() {
                    Some(length) => extend(column, times.iter().map(|time| time.saturating_sub(length))),
                    None => extend(column, self.starts.iter().copied()),
                },
                WindowValue::End => extend(column, times.iter().copied()),
                WindowValue::Aggregate(_) => {}
            }
        }
    }

    /// Gives back the cells of the rows that were made.
    fn give(&mut self) {
        for &cell in &self.made.cells {
            self.cells.give(cell);
        }
    }

    /// Closes the windows whose end is at `now` or before.
    fn close(&mut self, plan: &WindowPlan, now: i64) {
        match &mut self.shape {
            Shape::Panes(_) => while self.close_pane(plan, now) {},
            Shape::Sessions(sessions) => {
                for ended in sessions.close(now).drain(..) {
                    let sessions::Ended { end, start, seq, group, cell, .. } = ended;
                    self.made.push((group, cell), (end, seq_of(end, seq, 0)), (start, end));
                }
                self.make(plan, true);
                self.give();
                self.made.clear();
            }
            Shape::Batch { partial: true, .. } if now == i64::MAX => {
                let mut open: Vec<(Open, u32)> = (0..)
                    .zip(&mut self.open)
                    .filter_map(|(slot, open)| open.take().map(|open| (open, slot)))
                    .collect();
                open.sort_unstable_by_key(|(open, _)| open.first);
                for (Open { cell, start, last, first }, slot) in open {
                    let seq = seq_of(END_MAX, first as i64, 0);
                    self.made.push((slot, cell), (END_MAX, seq), (start, last));
                }
                self.make(plan, true);
                self.give();
                self.made.clear();
            }
            Shape::Rings(_) | Shape::Batch { .. } | Shape::Running => {}
        }
    }

    fn close_pane(&mut self, plan: &WindowPlan, now: i64) -> bool {
        let Shape::Panes(panes) = &mut self.shape else { unreachable!("windows in slices") };
        self.spans.clear();
        self.firsts.clear();
        let Some(span) = panes.close(now, &mut self.spans) else { return false };
        panes.firsts(&mut self.firsts);
        let tumbling = panes.is_tumbling();
        if !tumbling {
            self.join_slices();
        }
        for (&(slot, cell), &first) in self.spans.iter().zip(&self.firsts) {
            let seq = seq_of(span.end, first, span.hop);
            self.made.push((slot, cell), (span.end, seq), (span.start, span.end));
        }
        self.make(plan, true);
        if !tumbling {
            self.give();
        }
        self.made.clear();
        let Shape::Panes(panes) = &mut self.shape else { unreachable!("windows in slices") };
        panes.drop_closed(|cell| self.cells.give(cell));
        true
    }

    /// Joins the cells of `spans` that are of one group into new ones, in the order in which groups come first.
    fn join_slices(&mut self) {
        self.merged.resize(self.groups.len(), NONE);
        let (mut joined, mut pairs) = (Vec::new(), Vec::with_capacity(self.spans.len()));
        for at in 0..self.spans.len() {
            let (slot, cell) = self.spans[at];
            let into = &mut self.merged[slot as usize];
            if *into == NONE {
                *into = self.cells.take();
                self.firsts[joined.len()] = self.firsts[at];
                joined.push((slot, *into));
            }
            pairs.push((*into, cell));
        }
        self.firsts.truncate(joined.len());
        self.cells.reserve();
        self.cells.aggregates.iter_mut().for_each(|aggregate| aggregate.combine(&pairs));
        joined.iter().for_each(|&(slot, _)| self.merged[slot as usize] = NONE);
        self.spans = joined;
    }

    /// Gives up the groups that hold nothing at `now`.
    fn sweep(&mut self, now: i64) {
        let mut held = crate::bitmap::Bitmap::new();
        held.reset(self.groups.len());
        let mut mark = |slot: u32| held.words_mut()[slot as usize / 64] |= 1 << (slot % 64);
        let slots = 0..self.groups.len() as u32;
        match &mut self.shape {
            Shape::Panes(panes) => panes.mark(mark),
            Shape::Sessions(sessions) => slots.filter(|&slot| sessions.holds(slot)).for_each(mark),
            Shape::Rings(rings) => {
                for slot in slots {
                    if rings.holds(slot, now) {
                        mark(slot);
                    } else {
                        rings.vacate(slot);
                        self.cells.aggregates.iter_mut().for_each(|aggregate| aggregate.clear(slot));
                    }
                }
            }
            Shape::Batch { .. } | Shape::Running => {
                slots
                    .filter(|&slot| self.open.get(slot as usize).is_some_and(Option::is_some))
                    .for_each(mark);
            }
        }
        self.groups.sweep(|slot| held.get(slot as usize));
    }
}

/// Appends the values of rows, which ascend.
fn gather(to: &mut Vec<i64>, from: &[i64], rows: &[u32]) {
    match rows.len() == from.len() {
        true => to.extend_from_slice(from),
        false => to.extend(rows.iter().map(|&row| from[row as usize])),
    }
}

/// Appends times.
fn extend(column: &mut Column, times: impl Iterator<Item = i64>) {
    let Values::I64(values) = column.values_mut() else { unreachable!("a column of times") };
    values.extend(times);
    column.extend_valid([]);
}

/// What an aggregate is given of a batch.
fn args<'a>(
    of: &AggregatePlan,
    (value, by): (Option<Type>, Option<Type>),
    work: &'a Work,
    batch: &'a TypeRows,
) -> Args<'a> {
    let values = |field: Option<usize>, ty: Option<Type>| {
        // SAFETY: the types are those of the fields; the rows of the working batch stand while it is borrowed.
        field.zip(ty).map(|(field, ty)| unsafe { Reading::new(batch, field, ty) })
    };
    Args {
        value: values(of.argument, value),
        by: values(of.by, by),
        filter: of.filter.map(|guard| work.guard(guard).words()),
    }
}

/// Which aggregates are given by a summary, since there are several kinds of the same argument and filter.
fn in_summaries(aggregates: &[AggregatePlan], types: &[(Option<Type>, Option<Type>)]) -> Vec<bool> {
    let may = |number: usize| make::in_summary(&aggregates[number], types[number].0);
    let with = |a: usize, b: usize| {
        let (a, b) = (&aggregates[a], &aggregates[b]);
        make::share(a, b, true) && !make::share(a, b, false)
    };
    let all = 0..aggregates.len();
    all.clone()
        .map(|number| may(number) && all.clone().any(|other| may(other) && with(number, other)))
        .collect()
}

/// For each aggregate the number of its states, and for each states an aggregate; aggregates of windows that close have the
/// same where they can.
fn sharing(
    aggregates: &[AggregatePlan],
    closes: bool,
    summary: impl Fn(usize) -> bool,
) -> (Vec<usize>, Vec<usize>) {
    let (mut states_of, mut owners) = (Vec::new(), Vec::<usize>::new());
    for (number, of) in aggregates.iter().enumerate() {
        let same = |&owner: &usize| closes && make::share(&aggregates[owner], of, summary(number));
        states_of.push(owners.iter().position(same).unwrap_or_else(|| {
            owners.push(number);
            owners.len() - 1
        }));
    }
    (states_of, owners)
}

/// Whether an aggregate of closed windows keeps rows one by one.
pub(crate) fn keeps_rows(plan: &WindowPlan) -> bool {
    let large = |function| matches!(function, Function::Percentile(_) | Function::Collect);
    plan.aggregates.iter().any(|of| of.distinct || large(of.function))
}
