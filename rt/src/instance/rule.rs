//! One rule over the working batch: select rows, find their partitions, call the kernels.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use super::emit;
use super::project;
use super::share::Share;
use super::work::Work;
use crate::column::Column;
use crate::idle::Idle;
use crate::output::{OutputBatch, OutputSchema};
use crate::partition::key::{self, KeyColumn, KeyRows};
use crate::partition::saved::Key;
use crate::partition::{Assigned, Entries, Partitions, open};
use crate::plan::{RulePlan, Step};
use crate::prefetch::fetch;
use crate::select::Selection;
use crate::snapshot::Sink;
use crate::snapshot::codec::{Corrupt, Persist, Reader};
use crate::state::queue::DeadlineEntry;
use crate::state::saved::{self, Records, Saved};
use crate::state::{Arena, Context, Counters, KernelFn, NODE_BYTES, NONE, RuleState, Stop};

/// Fewer runs than this are not swept for their memory.
const SWEEP_RUNS_MIN: u32 = 4096;

/// Partitions and runs of more bytes are fetched before kernels need them.
const CACHE_BYTES: usize = 1 << 20;
/// How many entries ahead the slot is fetched whose first run is then looked up.
const FETCH_AHEAD: usize = 32;

/// A rule and its state.
#[derive(Debug)]
pub(crate) struct RuleRun {
    /// What its kernels work on.
    pub(crate) state: RuleState,
    partitions: Partitions,
    selection: Selection,
    columns: Vec<KeyColumn>,
    entries: Entries,
    /// How many live runs make a sweep worth it.
    sweep_runs_at: u32,
    /// `limit partition idle`.
    idle: Option<Idle>,
    /// Rows that its step kernel was given.
    pub(crate) selected: u64,
    /// Matches so far.
    pub(crate) matches: u64,
}

impl RuleRun {
    /// A rule that has seen nothing.
    pub(crate) fn new(plan: &RulePlan) -> Self {
        let mut state =
            RuleState::new(plan.run_bytes, plan.slot_bytes, plan.match_bytes, plan.runs_max, plan.list_max);
        let partitions = Partitions::new(plan, &mut state.slots);
        Self {
            state,
            partitions,
            selection: Selection::default(),
            columns: Vec::new(),
            entries: Entries::default(),
            sweep_runs_at: SWEEP_RUNS_MIN,
            idle: plan.idle_ns.map(Idle::new),
            selected: 0,
            matches: 0,
        }
    }

    /// Has the rule look at the working batch; deadlines before `now` are then due.
    pub(crate) fn evaluate(
        &mut self,
        plan: &RulePlan,
        work: &mut Work,
        share: &mut Share,
        now: i64,
    ) -> Result<(), Stop> {
        self.selection.fill(plan, work, share);
        let step = match plan.step {
            Step::Kernel(step) => step,
            Step::Project(_) => {
                self.selected += self.selection.rows().len() as u64;
                return Ok(());
            }
        };
        if !self.selection.is_empty() {
            self.rows(plan, work, step)?;
        }
        self.timer(plan, work, now)?;
        self.end_idle(plan, work, now)?;
        match plan.sweep {
            Some(sweep) if self.state.runs.live >= self.sweep_runs_at => self.sweep_runs(sweep, work, now),
            _ => Ok(()),
        }
    }

    /// When the next deadline is.
    pub(crate) fn next_deadline(&self) -> Option<i64> {
        self.state.deadlines.first().map(|entry| entry.time)
    }

    /// Moves what the rule has matched in the working batch to the end of `out`; `seqs` gets the sequence number of each.
    pub(crate) fn take_matches(
        &mut self,
        plan: &RulePlan,
        schema: &OutputSchema,
        (work, lists): (&Work, &[Column]),
        out: &mut OutputBatch,
        seqs: &mut Vec<i64>,
    ) {
        match &plan.step {
            Step::Kernel(_) => emit::take_matches(plan, schema, &mut self.state, lists, out, seqs),
            Step::Project(fields) => {
                let rows = work.rows(plan.inputs[0].ty as usize);
                project::project(fields, rows, self.selection.rows(), out, seqs);
            }
        }
        self.matches += seqs.len() as u64;
    }

    /// Rows that `limit partitions` has kept out.
    pub(crate) const fn partitions_dropped(&self) -> u64 {
        self.partitions.dropped()
    }

    /// Rows of new partitions that were dropped since there was no memory.
    pub(crate) const fn dropped_for_memory(&self) -> u64 {
        self.partitions.dropped_for_memory()
    }

    /// Takes no more partitions than there is memory for already, if it `is_full`.
    pub(crate) fn bound(&mut self, is_full: bool) {
        let RuleState { slots, runs, .. } = &self.state;
        // One without runs has no memory for any.
        let runs = if runs.capacity == 0 { u32::MAX } else { runs.spare() };
        let max = slots.live + slots.spare().min(runs);
        self.partitions.bound(is_full.then_some(max));
    }

    /// Bytes held for this rule.
    pub(crate) fn bytes(&self) -> usize {
        let state = &self.state;
        let arenas = [&state.runs, &state.slots, &state.nodes, &state.matches];
        arenas.into_iter().map(|arena| arena.bytes()).sum::<usize>()
            + state.deadlines.bytes()
            + state.heap.capacity()
            + state.match_text.capacity()
            + self.partitions.bytes()
            + self.selection.bytes()
            + self.entries.rows.capacity() * 8
    }

    /// The selected rows, in pieces between which partitions are swept.
    fn rows(&mut self, plan: &RulePlan, work: &mut Work, step: KernelFn) -> Result<(), Stop> {
        // SAFETY: the columns are read by `prepare` and `assign` below, while the rows of the working batch stand.
        unsafe { key::collect(plan, |ty| work.rows(ty), &mut self.columns) };
        self.partitions.prepare(&rows(&self.selection, &self.columns, plan));
        let (mut from, len) = (0, self.selection.rows().len());
        loop {
            let upto = self.upto_idle(plan, work, from)?;
            let assigned = self.assign(plan, work, from..upto);
            self.step(step, work)?;
            match assigned {
                Assigned::All if upto == len => return Ok(()),
                Assigned::All => from = upto,
                Assigned::Stopped(stop) => return Err(stop),
                Assigned::Sweep(at) => {
                    // Everything before this row has been done, and deadlines before its time are due.
                    let now = self.selection.time(plan, work, at);
                    self.timer(plan, work, now)?;
                    self.sweep_partitions(plan, work, now)?;
                    from = at;
                }
            }
        }
    }

    /// Up to which row idle partitions need not be looked for; before row `from` they are, if it is time.
    fn upto_idle(&mut self, plan: &RulePlan, work: &mut Work, from: usize) -> Result<usize, Stop> {
        let len = self.selection.rows().len();
        if self.idle.is_none() || from == len {
            return Ok(len);
        }
        let now = self.selection.time(plan, work, from);
        if self.idle_is_due(now) {
            // Deadlines before this row are due before their partitions end.
            self.timer(plan, work, now)?;
            self.end_idle(plan, work, now)?;
        }
        // PERF: rows are in order of time, and most batches are within one step.
        if !self.idle_is_due(self.selection.time(plan, work, len - 1)) {
            return Ok(len);
        }
        let later = (from..len).find(|&at| self.idle_is_due(self.selection.time(plan, work, at)));
        Ok(later.unwrap_or(len))
    }

    fn assign(&mut self, plan: &RulePlan, work: &Work, range: Range<usize>) -> Assigned {
        let (selection, entries) = (&self.selection, &mut self.entries);
        let opens = |at: usize| match &plan.inputs[selection.input(at)].opens {
            None => true,
            Some(guards) => guards.iter().any(|&guard| work.guard(guard).get(selection.rows()[at] as usize)),
        };
        entries.clear();
        let rows = rows(selection, &self.columns, plan);
        self.partitions.assign(range, &rows, opens, &mut self.state.slots, entries)
    }

    fn step(&mut self, step: KernelFn, work: &mut Work) -> Result<(), Stop> {
        if self.entries.rows.is_empty() {
            return Ok(());
        }
        if self.state.slots.bytes() + self.state.runs.bytes() > CACHE_BYTES {
            self.fetch_partitions();
        }
        let done = self.call(step, work, 0);
        self.selected += self.entries.rows.len() as u64;
        done
    }

    /// Has the slots of the entries and the first run of each fetched.
    ///
    /// PERF: with a million partitions they are in no cache, and a kernel waits for one after the other.
    fn fetch_partitions(&self) {
        let (slots, runs) = (&self.state.slots, &self.state.runs);
        let address =
            |of: &Arena, index: u32| of.base.wrapping_add(index as usize * of.stride as usize).cast_const();
        let ahead = self.entries.rows.iter().skip(FETCH_AHEAD).map(Some).chain(core::iter::repeat(None));
        for (entry, ahead) in self.entries.rows.iter().zip(ahead) {
            if let Some(ahead) = ahead {
                fetch(address(slots, ahead.slot));
            }
            let head = slots.word(entry.slot, 0);
            if head != NONE {
                fetch(address(runs, head));
            }
        }
    }

    /// Fires the deadlines before `now`.
    fn timer(&mut self, plan: &RulePlan, work: &mut Work, now: i64) -> Result<(), Stop> {
        match plan.timer {
            Some(timer) if self.next_deadline().is_some_and(|first| first < now) => {
                self.call(timer, work, now)
            }
            _ => Ok(()),
        }
    }

    /// Whether idle partitions are to be looked for before what comes at `now`.
    fn idle_is_due(&self, now: i64) -> bool {
        self.idle.as_ref().is_some_and(|idle| idle.next() <= now)
    }

    /// Gives back the memory of partitions that were idle for too long, if it is time to look for them. Deadlines before `now` have
    /// fired, and all rows before it are done. At the end of the input nothing needs the memory.
    pub(crate) fn end_idle(&mut self, plan: &RulePlan, work: &mut Work, now: i64) -> Result<(), Stop> {
        let due = self.idle.as_mut().filter(|_| now < i64::MAX).and_then(|idle| idle.due(now));
        if let (Some(as_of), Some(sweep)) = (due, plan.sweep) {
            self.call(sweep, work, as_of)?;
            self.partitions.free(&mut self.state.slots);
        }
        Ok(())
    }

    /// Ends what time has ended, and gives up the partitions that are left without a run.
    fn sweep_partitions(&mut self, plan: &RulePlan, work: &mut Work, now: i64) -> Result<(), Stop> {
        if let Some(sweep) = plan.sweep {
            self.call(sweep, work, now)?;
        }
        self.partitions.give_up(&mut self.state.slots);
        Ok(())
    }

    /// Ends the runs that time has ended. Their partitions stay: when these are given up must not depend on where a batch
    /// ends, for `limit partitions` does depend on it.
    fn sweep_runs(&mut self, sweep: KernelFn, work: &mut Work, now: i64) -> Result<(), Stop> {
        self.call(sweep, work, now)?;
        self.partitions.keep_all(&mut self.state.slots);
        self.sweep_runs_at = self.state.runs.live.saturating_mul(2).max(SWEEP_RUNS_MIN);
        Ok(())
    }

    fn call(&mut self, kernel: KernelFn, work: &mut Work, now: i64) -> Result<(), Stop> {
        let inputs = &self.entries.inputs;
        let mut context = Context {
            state: &raw mut self.state,
            entries: self.entries.rows.as_ptr(),
            inputs: if inputs.is_empty() { core::ptr::null() } else { inputs.as_ptr() },
            len: self.entries.rows.len() as u64,
            first: self.selected as i64,
            now,
            ..work.context()
        };
        // SAFETY: the plan's promise: a rule's kernel reads the rows and guards of the types that the rule reads, which are
        // published and stand, its entries, whose rows are of these types and whose slots are in use, and its own state,
        // which was made with the plan's sizes and is not referred to by anybody else during the call.
        unsafe { kernel(&raw mut context) };
        Stop::from_code(self.state.stop).map_or(Ok(()), Err)
    }
}

/// What is read of a snapshot for a rule, and what of it.
pub(crate) struct Part<'p, 'b> {
    /// The regions of the snapshot.
    pub(crate) regions: &'p dyn Fn(&str) -> Option<&'b [u8]>,
    /// The rule's name there.
    pub(crate) name: &'p str,
    /// Which partitions are taken over.
    pub(crate) keep: &'p dyn Fn(Key<'_>) -> bool,
    /// Whether this is the only part, so that all is as it was.
    pub(crate) whole: bool,
    /// Whether what was counted is taken over.
    pub(crate) counts: bool,
}

impl RuleRun {
    /// Writes the state as regions whose names begin with this one.
    pub(crate) fn save(&self, plan: &RulePlan, name: &str, sink: &mut dyn Sink) {
        let (mut out, state) = (Vec::new(), &self.state);
        (plan.run_bytes, plan.slot_bytes).save(&mut out);
        state.counters.save(&mut out);
        (self.selected, self.matches).save(&mut out);
        (state.deadlines.head, state.deadlines.len).save(&mut out);
        self.idle.as_ref().map(Idle::next).save(&mut out);
        self.partitions.save(name, &mut out, sink);
        sink.region(name, &out);
        let memory = [
            ("runs", state.runs.as_bytes()),
            ("slots", state.slots.as_bytes()),
            ("nodes", state.nodes.as_bytes()),
            ("texts", state.heap.memory()),
            ("deadlines", state.deadlines.as_bytes()),
        ];
        for (region, bytes) in memory.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            sink.region(&format!("{name}/{region}"), bytes);
        }
    }

    /// Takes over partitions of a snapshot. Their deadlines are added to `deadlines`; [`RuleRun::settle`] follows.
    pub(crate) fn absorb(
        &mut self,
        plan: &RulePlan,
        part: &Part<'_, '_>,
        deadlines: &mut Vec<DeadlineEntry>,
    ) -> Result<(), Corrupt> {
        let region = |name: &str| (part.regions)(&format!("{}/{name}", part.name)).unwrap_or_default();
        let mut from = Reader::new((part.regions)(part.name).ok_or(Corrupt)?);
        if from.read::<(usize, usize)>()? != (plan.run_bytes, plan.slot_bytes) {
            return Err(Corrupt);
        }
        let counters: Counters = from.read()?;
        let (selected, matches): (u64, u64) = from.read()?;
        let ring = from.read()?;
        let looked: Option<i64> = from.read()?;
        let keys = self.partitions.load(&mut from, part.counts)?;
        from.end()?;
        if let (Some(idle), Some(next)) = (&mut self.idle, looked) {
            idle.go_on(next);
        }
        if part.counts {
            self.selected += selected;
            self.matches += matches;
            self.state.counters.add(&counters);
        }
        let saved = Saved {
            runs: Records::new(region("runs"), plan.run_bytes)?,
            slots: Records::new(region("slots"), plan.slot_bytes)?,
            nodes: Records::new(region("nodes"), NODE_BYTES)?,
            heap: region("texts"),
        };
        let mut slots = alloc::vec![NONE; saved.slots.len()];
        let Self { state, partitions, .. } = self;
        let mut taken = Vec::new();
        partitions.saved_keys(keys, (region("keys"), region("key-texts")), |key, slot| {
            if (part.keep)(key) {
                taken.push((key, slot));
            }
            Ok(())
        })?;
        for (key, slot) in taken {
            let into = match partitions.is_keyed() {
                true => open(&mut state.slots).ok_or(Corrupt)?,
                false => 0,
            };
            saved.copy(slot, into, state, &plan.run_shape)?;
            partitions.insert(key, into)?;
            *slots.get_mut(slot as usize).ok_or(Corrupt)? = into;
        }
        // A deadline of a slot that was not in use is void.
        let slot_of = |slot: u64| slots.get(slot as usize).copied().filter(|slot| *slot != NONE);
        let kept = saved::deadlines(region("deadlines"), ring)?
            .filter_map(|entry| Some(DeadlineEntry { slot: slot_of(entry.slot)?.into(), ..entry }));
        deadlines.extend(kept);
        if !part.whole {
            self.partitions.settle(self.state.slots.live);
        }
        Ok(())
    }

    /// Makes the deadlines of all that was taken over those of the rule.
    pub(crate) fn settle(&mut self, mut deadlines: Vec<DeadlineEntry>) {
        deadlines.sort_by_key(|entry| (entry.time, entry.row));
        deadlines.into_iter().for_each(|entry| self.state.deadlines.push(entry));
        self.sweep_runs_at = self.state.runs.live.saturating_mul(2).max(SWEEP_RUNS_MIN);
    }
}

fn rows<'a>(selection: &'a Selection, columns: &'a [KeyColumn], plan: &RulePlan) -> KeyRows<'a> {
    KeyRows { rows: selection.rows(), inputs: selection.inputs(), columns, components: plan.keys.len() }
}
