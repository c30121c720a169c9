//! A running program: events in, matches out.
//!
//! ```text
//!  arrivals -> times, lateness    [`ingest`], [`source`]
//!    -> wait for the watermark    [`pending`]        (not if they come in order)
//!    -> working batch             [`work`], [`rows`]
//!    -> rules, one by one         [`rule`]
//!    -> matches in order          [`emit`]
//! ```
//!
//! An instance knows no threads, files or clocks. What it emits depends on the events, the order in which each source
//! brings them and the watermarks that it is told, not on how they are cut into calls.
//!
//! # Order over calls
//!
//! Matches come in the order of their keys (time, number of the completing event with deadlines last, rule), over all calls.
//! Within a working batch they are sorted. Let `now` be the time up to which a batch fires deadlines: the time of its last
//! event, or, if it is the last of a call, the watermark, which is at or after it. All deadlines before `now` have then
//! fired, and no event of the batch is after `now`, so no match of it has a later time. What comes later is a deadline
//! at `now` or later, an event that waited and is not before the last one of the batch, or one that was let in later and is
//! not before the watermark; events among these have higher numbers, and deadlines at `now` are behind all events at `now`.

pub(crate) mod check;
mod emit;
mod error;
pub(crate) mod front;
mod index;
mod ingest;
mod operator;
mod pending;
mod project;
pub(crate) mod rows;
pub(crate) mod rule;
pub(crate) mod share;
pub(crate) mod snapshot;
mod source;
pub(crate) mod stats;
mod time;
mod times;
mod wake;
pub(crate) mod work;

use alloc::sync::Arc;
use alloc::vec::Vec;

pub use self::error::{Bound, EngineError};
pub use self::ingest::{Cause, InputStats, Rejected};
pub use self::snapshot::{Carried, Changes, ReplaceError, RestoreError};
pub use self::source::SourceId;
pub use self::stats::{RuleStats, Stats, WindowStats};

use self::emit::Merge;
use self::front::{Front, Part};
pub(crate) use self::ingest::Input;
use self::ingest::{Ingest, columns};
use self::operator::Operator;
use self::pending::Pending;
use self::rule::RuleRun;
use self::share::Share;
use self::source::{END, Sources};
use self::wake::Wakes;
use self::work::Work;
use crate::batch::{Batch, Chunk};
use crate::column::Column;
use crate::output::Matches;
use crate::plan::{OperatorPlan, Plan, RulePlan};
use crate::reorder::Key;
use crate::shard::Shard;
use crate::state::Stop;

/// Of inputs with fewer rows than such a part of a working batch each worker finds out everything for itself.
#[cfg(feature = "std")]
const PARTS_OF_BATCH: usize = 8;

/// How an instance runs. None of it changes what is matched, but `memory_max` where it drops something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Rows of a working batch, rounded up to a multiple of 64.
    pub batch_rows: usize,
    /// Events that may wait for the watermark; one more is an error.
    pub disorder_max: usize,
    /// Bytes that are better not exceeded: a rule or window whose `limit partitions` drops takes no new partitions where all would hold more
    /// if it, and those that hold less, held three times as much, which is what it comes to at most when memory
    /// grows. It is looked at after each working batch. What is dropped is counted. Other
    /// memory may grow on: [`Instance::bytes`] says how much is held.
    pub memory_max: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { batch_rows: 4096, disorder_max: 1 << 24, memory_max: None }
    }
}

/// A running program.
#[derive(Debug)]
pub struct Instance {
    plan: Arc<Plan>,
    options: Options,
    sources: Sources,
    ingest: Ingest,
    pending: Pending,
    work: Work,
    operators: Vec<Operator>,
    /// The number of each rule's operator.
    operator_of: Vec<usize>,
    /// How many operators before each are rules: for that of a rule, its number.
    rule_of: Vec<usize>,
    /// The operators whose idle partitions end.
    idling: Vec<usize>,
    wakes: Wakes,
    merge: Merge,
    /// The number of the next event. The first is 1.
    seq: i64,
    clock: Option<i64>,
    failed: Option<EngineError>,
    /// What `bound_memory` works with: the bytes and the number of each operator.
    sizes: Vec<(u64, usize)>,
    shard: Shard,
    /// By operator.
    shares: Vec<Share>,
    /// Of one of several workers.
    tags: Option<Tags>,
}

/// What tells where the matches of a worker belong among those of others.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    /// The sequence number of each match, in order.
    pub(crate) seqs: Vec<i64>,
    /// For each working batch its stage, and how many matches there were behind it.
    pub(crate) stages: Vec<(u64, usize)>,
    /// The stage and the operator at which the program has stopped.
    pub(crate) stopped: Option<(u64, usize)>,
}

impl Tags {
    /// Forgets all, keeping the memory.
    #[cfg(feature = "std")]
    pub(crate) fn clear(&mut self) {
        self.seqs.clear();
        self.stages.clear();
        self.stopped = None;
    }
}

impl Instance {
    /// A program that has seen nothing, with one source of all types.
    ///
    /// # Panics
    /// If the plan contradicts itself.
    pub fn new(plan: Arc<Plan>, options: Options) -> Self {
        Self::of_shard(plan, options, Shard::ALL)
    }

    /// The part of a program that one of several workers has; each is given all events.
    ///
    /// # Panics
    /// If the plan contradicts itself.
    pub(crate) fn of_shard(plan: Arc<Plan>, mut options: Options, shard: Shard) -> Self {
        check::check(&plan);
        let front = Front::new(&plan, shard);
        let shares = Share::all(&plan, shard, &front);
        options.batch_rows = options.batch_rows.max(1).next_multiple_of(64);
        Self {
            options,
            sources: Sources::new(plan.inputs.iter().map(|input| input.lateness).collect()),
            ingest: Ingest::new(plan.inputs.len()),
            pending: Pending::new(plan.inputs.len()),
            work: Work::new(&plan, &shares, shard, front),
            operators: Operator::all(&plan),
            rule_of: Operator::rules_before(&plan),
            idling: Operator::idling(&plan),
            operator_of: Operator::rules(&plan),
            wakes: Wakes::new(&plan),
            merge: Merge::default(),
            seq: 1,
            clock: None,
            failed: None,
            sizes: Vec::new(),
            tags: (!shard.is_all()).then(Tags::default),
            shard,
            shares,
            plan,
        }
    }

    /// What this worker finds out about its stretch of an input, for all workers; none if that is not worth it.
    ///
    /// # Panics
    /// As [`Instance::on_chunk`].
    #[cfg(feature = "std")]
    pub(crate) fn part(&mut self, input: Input<'_>) -> Option<Part> {
        if !self.work.front_mut().is_of_use() || input.len() * PARTS_OF_BATCH < self.options.batch_rows {
            return None;
        }
        input.check(&self.plan);
        let mut part = Part::default();
        for ty in 0..self.plan.inputs.len() {
            let Some(batch) = input.batch(ty).filter(|batch| batch.len > 0) else { continue };
            let (from, to) = self.work.front_mut().stretch(batch.len);
            if from < to {
                self.work.rows_mut(ty).borrow(columns(batch), from, to - from);
                self.work.publish(ty);
                self.work.find_out(&self.plan, ty as u32, &mut part);
            }
        }
        Some(part)
    }

    /// Takes in what all workers have found out about the input that comes next.
    #[cfg(feature = "std")]
    pub(crate) fn put_together<'a>(&mut self, parts: impl Iterator<Item = &'a Part> + Clone) {
        self.work.front_mut().put_together(parts);
    }

    /// What was noted of the matches since these tags were last cleared, if this is one of several workers.
    #[cfg(feature = "std")]
    pub(crate) const fn tags_mut(&mut self) -> Option<&mut Tags> {
        self.tags.as_mut()
    }

    /// The program.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Adds an input with a watermark of its own, which brings events of these types. The first one takes the place of the
    /// source that is there at the start. A source that has brought no event holds time back until it is finished or
    /// [idle](Self::set_idle). One that is added later begins at the time that the others have reached.
    ///
    /// # Panics
    /// If there is no such type.
    pub fn add_source(&mut self, types: &[usize]) -> SourceId {
        self.sources.add(types)
    }

    /// Sets the time of arrival of events to come, for types without a time of their own. Without it their time is the
    /// greatest that their source has brought, at first 0. In no case is it before the watermark of the source.
    pub const fn set_clock(&mut self, now: Option<i64>) {
        self.clock = now;
    }

    /// Takes rows of any types in the order in which they arrived from a source, and appends to `matches` what they complete.
    ///
    /// # Errors
    /// If a bound is reached that is to be an error. The instance is then of no further use: every call gives that error.
    ///
    /// # Panics
    /// If the columns are not those of the plan's types, or `matches` was not made for its outputs.
    pub fn on_chunk(
        &mut self,
        source: SourceId,
        chunk: &Chunk,
        matches: &mut Matches,
    ) -> Result<(), EngineError> {
        self.on_input(source, Input::Chunk(chunk), matches)
    }

    /// Takes rows of type number `ty` from a source. They are not copied if they are in order and not held back.
    ///
    /// # Errors
    /// As [`Instance::on_chunk`].
    ///
    /// # Panics
    /// As [`Instance::on_chunk`].
    pub fn on_batch(
        &mut self,
        source: SourceId,
        ty: usize,
        batch: &Batch,
        matches: &mut Matches,
    ) -> Result<(), EngineError> {
        self.on_input(source, Input::Batch(ty, batch), matches)
    }

    /// Notes that no source will bring an event before `time`.
    ///
    /// # Errors
    /// As [`Instance::on_chunk`].
    pub fn on_watermark(&mut self, time: i64, matches: &mut Matches) -> Result<(), EngineError> {
        self.sources.raise_all(time);
        self.advance(matches)
    }

    /// Notes that a source will bring no event before `time`; others may.
    ///
    /// # Errors
    /// As [`Instance::on_chunk`].
    pub fn on_source_watermark(
        &mut self,
        source: SourceId,
        time: i64,
        matches: &mut Matches,
    ) -> Result<(), EngineError> {
        self.sources.raise(source, time);
        self.advance(matches)
    }

    /// How far a source has come: no event before this time is let in from it any more. The least time before its first
    /// event.
    pub fn source_watermark(&self, source: SourceId) -> i64 {
        self.sources.watermark_of(source)
    }

    /// Notes that a source has ended. If all have, time is at its end.
    ///
    /// # Errors
    /// As [`Instance::on_chunk`].
    pub fn finish_source(&mut self, source: SourceId, matches: &mut Matches) -> Result<(), EngineError> {
        self.on_source_watermark(source, END, matches)
    }

    /// Notes that all sources have ended: what waits is done, and all deadlines are due.
    ///
    /// # Errors
    /// As [`Instance::on_chunk`].
    pub fn finish(&mut self, matches: &mut Matches) -> Result<(), EngineError> {
        self.on_watermark(END, matches)
    }

    /// When the next deadline is, if there is any: it fires with the first event or watermark that is after it.
    pub fn next_deadline(&self) -> Option<i64> {
        self.wakes.next_deadline(&self.operators)
    }

    /// The events of the last call that were not let in, and why: the place for whoever keeps late events.
    pub fn rejected(&self) -> &[Rejected] {
        &self.ingest.rejected
    }

    fn on_input(
        &mut self,
        source: SourceId,
        input: Input<'_>,
        matches: &mut Matches,
    ) -> Result<(), EngineError> {
        self.fail()?;
        input.check(&self.plan);
        if input.len() > 0 {
            self.sources.set_idle(source, false);
        }
        let result = self.take_all(source, input, matches);
        self.work.front_mut().forget();
        self.ingest.forget();
        result
    }

    fn take_all(
        &mut self,
        source: SourceId,
        input: Input<'_>,
        matches: &mut Matches,
    ) -> Result<(), EngineError> {
        self.ingest.start(input);
        while self.ingest.next(input, self.options.batch_rows) {
            self.ingest.read_times(&self.plan, input, &mut self.work);
            self.ingest.admit(&self.plan, input, self.sources.get_mut(source), self.clock);
            self.take(source, input, matches)?;
        }
        self.advance(matches)
    }

    /// Does what may be done of a stretch of input, and has the rest wait.
    fn take(&mut self, source: SourceId, input: Input<'_>, matches: &mut Matches) -> Result<(), EngineError> {
        let bound = self.sources.bound();
        let now = bound.0;
        let direct = self.direct(source, bound);
        if direct == 0 {
            self.ingest.keep_from(0);
            self.pending.hold(&self.plan, input, &self.ingest, source);
            self.release(bound, Some(now), matches)?;
            return self.check_disorder();
        }
        self.release(bound, None, matches)?;
        self.borrow(input, direct);
        self.ingest.keep_from(direct);
        self.pending.hold(&self.plan, input, &self.ingest, source);
        self.evaluate(now, matches)?;
        self.check_disorder()
    }

    /// How many events of the stretch can be done where they lie: they are in order, come after all that wait, and are not
    /// held back themselves.
    fn direct(&self, source: SourceId, bound: Key) -> usize {
        let Some(first) = self.ingest.first().filter(|_| self.ingest.ordered) else { return 0 };
        let first: Key = (first, source.0);
        if first > bound || self.pending.last().is_some_and(|last| last > first) {
            return 0;
        }
        match source.0 <= bound.1 {
            true => self.ingest.upto(bound.0),
            false => bound.0.checked_sub(1).map_or(0, |before| self.ingest.upto(before)),
        }
    }

    /// Makes the first `count` events of the stretch the working batch, where they lie.
    fn borrow(&mut self, input: Input<'_>, count: usize) {
        let Self { ingest, work, .. } = self;
        if let Some(ty) = ingest.whole().map(|(ty, _)| ty) {
            let rows = work.rows_mut(ty);
            // SAFETY: the input stands during the call, and working batches are cleared before it ends.
            unsafe { rows.times.take(ingest.times_mut(ty), count) };
            ingest.number(self.seq, count, rows);
        } else {
            for (arrival, seq) in ingest.arrivals[..count].iter().zip(self.seq..) {
                let rows = work.rows_mut(arrival.ty as usize);
                rows.times.push(arrival.time);
                rows.seqs.push(seq);
            }
        }
        self.seq += count as i64;
        for ty in 0..self.plan.inputs.len() {
            let len = work.rows(ty).times.len();
            if let (Some(batch), 1..) = (input.batch(ty), len) {
                work.rows_mut(ty).borrow(columns(batch), ingest.rows[ty].0, len);
                work.lies_at(ty, ingest.rows[ty].0);
                work.publish(ty);
            }
        }
    }

    fn check_disorder(&mut self) -> Result<(), EngineError> {
        if self.pending.len() > self.options.disorder_max {
            let limit = self.options.disorder_max as u64;
            self.failed = Some(EngineError { rule: None, bound: Bound::Disorder, limit });
            self.note_stop(usize::MAX);
        }
        self.fail()
    }

    /// Does what the watermark has passed, and fires the deadlines before it.
    fn advance(&mut self, matches: &mut Matches) -> Result<(), EngineError> {
        self.fail()?;
        let bound = self.sources.bound();
        let now = bound.0;
        self.release(bound, Some(now), matches)?;
        match self.next_deadline() {
            Some(first) if first < now => self.evaluate(now, matches),
            _ => self.end_idle(now),
        }
    }

    /// Gives back the memory of partitions that were idle for too long. All before `now` has been done.
    fn end_idle(&mut self, now: i64) -> Result<(), EngineError> {
        let Self { plan, work, operators, idling, .. } = self;
        for &number in idling.iter() {
            let (Operator::Rule(rule), OperatorPlan::Rule(of)) =
                (&mut operators[number], &plan.operators[number])
            else {
                continue;
            };
            if let Err(stop) = rule.end_idle(of, work, now) {
                self.failed = Some(self.error(number, stop));
                self.note_stop(number);
                break;
            }
        }
        self.fail()
    }

    /// Does what waits, up to a key. With the last of it deadlines before `now` are due, if that is said.
    fn release(&mut self, bound: Key, now: Option<i64>, matches: &mut Matches) -> Result<(), EngineError> {
        while self.pending.has(bound) {
            let last = self.pending.release(bound, self.options.batch_rows, &mut self.seq, &mut self.work);
            let now = now.filter(|_| !self.pending.has(bound)).or(last).unwrap_or(bound.0);
            let result = self.evaluate(now, matches);
            self.pending.recycle();
            result?;
        }
        Ok(())
    }

    /// Has all rules look at the working batch, and appends what they emit.
    fn evaluate(&mut self, now: i64, matches: &mut Matches) -> Result<(), EngineError> {
        let Self { plan, work, operators, operator_of, rule_of, wakes, merge, shares, tags, .. } = self;
        let inputs = plan.inputs.len();
        work.begin();
        (0..inputs).for_each(|ty| work.evaluate(plan, ty));
        wakes.begin(operators, now);
        let (mut stopped, mut from) = (None, 0);
        loop {
            wakes.note(work.holding());
            let Some(number) = wakes.next(from) else { break };
            from = number + 1;
            // What a window has made before it stopped is still emitted by the rules that make matches of its rows.
            let is_left_out = |(window, _): (usize, _)| !reads_only(&plan.operators[number], inputs + window);
            if stopped.is_some_and(is_left_out) || !shares[number].is_due(work) {
                continue;
            }
            let (before, rest) = operators.split_at_mut(number);
            let share = &mut shares[number];
            let result = match (&mut rest[0], &plan.operators[number]) {
                (Operator::Rule(rule), OperatorPlan::Rule(of)) => {
                    let result = rule.evaluate(of, work, share, now);
                    let lists = operator::columns(plan, of, before);
                    emit(plan, (rule_of[number], number), (of, rule), lists, work, merge, matches);
                    result
                }
                (Operator::Window(window), OperatorPlan::Window(of)) => {
                    let ty = inputs + number;
                    let result = window.evaluate(of, work, share, now);
                    window.publish(work.rows_mut(ty));
                    work.publish(ty);
                    work.evaluate(plan, ty);
                    result
                }
                _ => unreachable!("operators are those of the plan"),
            };
            if let Err(stop) = result {
                stopped = stopped.or(Some((number, stop)));
                if matches!(plan.operators[number], OperatorPlan::Rule(_)) {
                    break;
                }
            }
        }
        let seqs = |rule: usize| &work.rows(inputs + operator_of[rule]).seqs[..];
        merge.finish(matches, seqs, tags.as_mut().map(|tags| &mut tags.seqs));
        if let Some(tags) = tags {
            tags.stages.push((work.stage(), matches.order.len()));
        }
        work.clear();
        self.bound_memory();
        if let Some((number, stop)) = stopped {
            self.failed = Some(self.error(number, stop));
            self.note_stop(number);
        }
        self.fail()
    }

    /// Has operators that may drop new partitions do so, if there is no memory for more.
    fn bound_memory(&mut self) {
        let Some(max) = self.options.memory_max else { return };
        let mut left = max.saturating_sub(self.bytes());
        let mut sizes = core::mem::take(&mut self.sizes);
        sizes.clear();
        sizes.extend(self.operators.iter().map(Operator::bytes).zip(0..));
        // Those that hold least go on longest.
        sizes.sort_unstable();
        for &(bytes, number) in &sizes {
            // What grows comes to hold twice as much, or, with the table of its keys, up to three times.
            let is_full = bytes * 2 > left;
            self.operators[number].bound(is_full);
            left -= if is_full { 0 } else { bytes * 2 };
        }
        self.sizes = sizes;
    }

    fn note_stop(&mut self, operator: usize) {
        if let Some(tags) = &mut self.tags {
            tags.stopped = Some((self.work.stage(), operator));
        }
    }

    fn fail(&self) -> Result<(), EngineError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn error(&self, operator: usize, stop: Stop) -> EngineError {
        let (name, limit) = match &self.plan.operators[operator] {
            OperatorPlan::Rule(rule) => {
                let limit = match stop {
                    Stop::Runs => rule.runs_max,
                    Stop::Repetition => rule.list_max,
                    Stop::Partitions => rule.partitions_max,
                    Stop::Memory | Stop::Rows => u32::MAX,
                };
                (&self.plan.outputs[self.rule_of[operator]].name, limit)
            }
            OperatorPlan::Window(window) => {
                let limit = match stop {
                    Stop::Partitions => window.groups_max,
                    Stop::Rows => window.rows_max,
                    _ => u32::MAX,
                };
                (&window.name, limit)
            }
        };
        EngineError { rule: Some(name.clone()), bound: Bound::of(stop), limit: limit.into() }
    }
}

/// Whether an operator is a rule over the rows of one type alone.
fn reads_only(operator: &OperatorPlan, ty: usize) -> bool {
    matches!(operator, OperatorPlan::Rule(rule) if matches!(&rule.inputs[..], [only] if only.ty as usize == ty))
}

/// Appends what a rule has matched to its output, and makes it the rows of the rule's event type if others read that.
fn emit(
    plan: &Plan,
    (number, operator): (usize, usize),
    (of, rule): (&RulePlan, &mut RuleRun),
    lists: &[Column],
    work: &mut Work,
    merge: &mut Merge,
    matches: &mut Matches,
) {
    let (out, ty) = (&mut matches.outputs[number], plan.inputs.len() + operator);
    let first = out.ts.len();
    let mut seqs = core::mem::take(&mut work.rows_mut(ty).seqs);
    rule.take_matches(of, &plan.outputs[number], (work, lists), out, &mut seqs);
    let rows = work.rows_mut(ty);
    rows.seqs = seqs;
    let count = out.ts.len() - first;
    if count == 0 {
        return;
    }
    // PERF: of a thousand rules that are read by nobody, these are lines of memory in no cache.
    if work.is_read(ty) {
        let rows = work.rows_mut(ty);
        // SAFETY: as the columns, they stand until the working batch is cleared: a rule emits once for each.
        unsafe { rows.times.lie(&out.ts[first..]) };
        rows.borrow(of.event_columns.iter().map(|&column| &out.columns[column]), first, count);
        work.publish(ty);
        work.evaluate(plan, ty);
    }
    merge.add(number, first);
}
