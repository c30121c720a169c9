//! A pattern rule over its whole input: what happens at each event, in the order of the documentation.

use super::emit::{completed_at, completed_by, make};
use super::expr::{Binding, Scope, holds};
use super::position::{Position, is_at_greedy_end, start};
use super::run::{Partition, Run, Waits, is_same_key, key_of};
use super::take::{Effect, Look, Taken, apply};
use super::{Event, Key, LimitError, Limited, RuleOutcome};
use crate::hir::{
    AfterMatch, Bound, Deadline, EmitValue, PatternRule, Policy, Program, RuleId, VarId, Within,
};

/// Everything that a pattern gives for what it reads, in order.
pub(super) fn run(program: &Program, id: RuleId, rule: &PatternRule, input: &[&Event]) -> RuleOutcome {
    let mut matcher =
        Matcher { program, id, rule, events: input, partitions: Vec::new(), outcome: RuleOutcome::default() };
    for (seq, event) in input.iter().enumerate() {
        matcher.complete_deadlines_before(Some(event.time()));
        if let Err(error) = matcher.event(seq) {
            matcher.outcome.error = Some((matcher.key_at(seq), error));
            return matcher.outcome;
        }
    }
    matcher.complete_deadlines_before(None);
    matcher.outcome
}

struct Matcher<'a> {
    program: &'a Program,
    id: RuleId,
    rule: &'a PatternRule,
    /// What the rule reads; an index is the sequence number of an event.
    events: &'a [&'a Event],
    partitions: Vec<Partition>,
    outcome: RuleOutcome,
}

impl Matcher<'_> {
    /// An event: runs whose time is up end, each live run looks at it, it may start a run.
    fn event(&mut self, seq: usize) -> Result<(), LimitError> {
        let Some(partition) = self.partition_of(seq)? else { return Ok(()) };
        let time = self.events[seq].time();
        if self.partitions[partition].is_idle(self.rule, time) {
            self.partitions[partition].end();
        }
        self.partitions[partition].last = Some(time);
        self.partitions[partition].events.push(seq);
        let count = self.partitions[partition].events.len();
        let (rule, event) = (self.rule, self.events[seq]);
        self.partitions[partition].runs.retain(|run| !run.is_over(rule, event, count));

        let mut may_start = true;
        while let Some(oldest) = self.partitions[partition].runs.iter().position(|run| run.looked < seq) {
            may_start &= self.look(partition, oldest, seq)?;
        }
        self.bury(partition);
        if may_start {
            self.start(partition, seq)?;
            self.bury(partition);
        }
        Ok(())
    }

    /// Runs that a skip has ended are gone. While others still look at the same event, they count for `limit runs`.
    fn bury(&mut self, partition: usize) {
        self.partitions[partition].runs.retain(|run| !matches!(run.waits, Waits::Nothing));
    }

    /// The partition of an event, a new one if need be; `None` if that would be one too many.
    ///
    /// What is bounded is how many partitions hold something. An event that finds its own holding nothing, and would have
    /// it hold something, needs room.
    fn partition_of(&mut self, seq: usize) -> Result<Option<usize>, LimitError> {
        let key = key_of(self.rule, self.events[seq]);
        let known = self.partitions.iter().position(|partition| is_same_key(&partition.key, &key));
        let bound = self.rule.limits.partitions;
        let held = |of: &Self| {
            (0..of.partitions.len()).filter(|partition| of.holds_at(*partition, seq)).count() as u64
        };
        let needs_room = !known.is_some_and(|partition| self.holds_at(partition, seq)) && self.opens(seq);
        if needs_room && held(self) >= bound.max {
            if bound.policy == Policy::Fail {
                return Err(self.exceeds(Limited::Partitions, bound));
            }
            self.outcome.dropped.events += 1;
            return Ok(None);
        }
        Ok(Some(known.unwrap_or_else(|| {
            self.partitions.push(Partition { key, ..Partition::default() });
            self.partitions.len() - 1
        })))
    }

    /// Whether a partition holds anything at the time of an event: a run, or an event that a leading negation speaks of.
    fn holds_at(&self, partition: usize, seq: usize) -> bool {
        let (state, event) = (&self.partitions[partition], self.events[seq]);
        let live = |run: &Run| !run.is_over(self.rule, event, state.events.len());
        if state.is_idle(self.rule, event.time()) {
            return false;
        }
        state.runs.iter().any(live) || !self.leading_absences_hold(partition, seq)
    }

    /// Whether an event may have its partition hold something: it is a first step, or a leading negation speaks of it.
    fn opens(&self, seq: usize) -> bool {
        let none = vec![Binding::default(); self.rule.variables.len()];
        let look = Look { first: true, ..self.look_of(&none, seq) };
        let spoken_of = self.rule.leading.iter().any(|(absence, _)| look.is(absence));
        spoken_of || matches!(look.at(&start(&self.rule.body)), Taken::Took { .. })
    }

    /// A run looks at an event, once. Returns whether the event may still start a run.
    fn look(&mut self, partition: usize, index: usize, seq: usize) -> Result<bool, LimitError> {
        let run = &mut self.partitions[partition].runs[index];
        run.looked = seq;
        let run = run.clone();
        let look = self.look_of(&run.bindings, seq);
        let position = match &run.waits {
            Waits::At(position) => position,
            Waits::Nothing => return Ok(true),
            Waits::Until(_) => {
                let trailing = self.rule.trailing.as_ref().expect("only a trailing negation waits");
                if trailing.absent.iter().any(|absence| look.is(absence)) {
                    self.partitions[partition].runs.remove(index);
                }
                return Ok(true);
            }
        };
        match look.at(position) {
            Taken::Passed(position) => {
                self.partitions[partition].runs[index].waits = Waits::At(position);
                Ok(true)
            }
            Taken::Broken => {
                // A greedy repetition at the end is over at the first event that does not continue it, if it has to follow
                // strictly.
                let ends = is_at_greedy_end(self.rule, position) && !look.violates(&self.rule.body, position);
                self.partitions[partition].runs.remove(index);
                if !ends {
                    return Ok(true);
                }
                let key = self.key_at(seq);
                Ok(self.complete(partition, &run, key) != Some(seq))
            }
            Taken::Took { next, fork, effects } => {
                let index = if fork { self.keep_copy(partition, index)? } else { index };
                self.took(partition, index, seq, next, &effects)
            }
        }
    }

    fn look_of<'a>(&'a self, bindings: &'a [Binding], seq: usize) -> Look<'a> {
        let (rule, events) = (self.rule, self.events);
        Look { rule, events, bindings, event: events[seq], first: false, fits: true }
    }

    /// A copy of a run that is about to take an event stays behind it, as it is. It counts as a run: at the bound the oldest
    /// gives way, or if that is the run itself, the copy. Returns where the run is then.
    fn keep_copy(&mut self, partition: usize, index: usize) -> Result<usize, LimitError> {
        let bound = self.rule.limits.runs;
        let full = self.partitions[partition].runs.len() as u64 >= bound.max;
        if full && bound.policy == Policy::Fail {
            return Err(self.exceeds(Limited::Runs, bound));
        }
        let runs = &mut self.partitions[partition].runs;
        let copy = runs[index].clone();
        if !full {
            runs.insert(index + 1, copy);
            return Ok(index);
        }
        self.outcome.dropped.runs += 1;
        if bound.policy == Policy::DropNew || index == 0 {
            return Ok(index);
        }
        runs.insert(index + 1, copy);
        runs.remove(0);
        Ok(index - 1)
    }

    /// A live run takes an event. Returns whether the event may still start a run.
    fn took(
        &mut self,
        partition: usize,
        index: usize,
        seq: usize,
        next: Option<Position>,
        effects: &[Effect],
    ) -> Result<bool, LimitError> {
        let mut run = self.partitions[partition].runs.remove(index);
        if !self.advance(&mut run, seq, next, effects)? {
            return Ok(true);
        }
        match run.waits {
            Waits::Nothing => {
                let key = self.key_at(seq);
                Ok(self.complete(partition, &run, key) != Some(seq))
            }
            Waits::At(_) | Waits::Until(_) => {
                self.partitions[partition].runs.insert(index, run);
                Ok(true)
            }
        }
    }

    /// An event starts a run if it is a first step and nothing that may not come before it did.
    fn start(&mut self, partition: usize, seq: usize) -> Result<(), LimitError> {
        let none = vec![Binding::default(); self.rule.variables.len()];
        let look = Look { first: true, ..self.look_of(&none, seq) };
        let Taken::Took { next, fork: _, effects } = look.at(&start(&self.rule.body)) else { return Ok(()) };
        if !self.leading_absences_hold(partition, seq) {
            return Ok(());
        }
        let mut run = Run {
            start: seq,
            start_time: self.events[seq].time(),
            start_count: self.partitions[partition].events.len(),
            last: seq,
            looked: seq,
            waits: Waits::Nothing,
            bindings: none,
        };
        if !self.advance(&mut run, seq, next, &effects)? {
            return Ok(());
        }
        if let Waits::Nothing = run.waits {
            // A match at once was never a live run, so no bound concerns it.
            let key = self.key_at(seq);
            self.complete(partition, &run, key);
        } else if self.make_room(partition)? {
            self.partitions[partition].runs.push(run);
        }
        Ok(())
    }

    /// Whether no event that a leading negation speaks of came within its time before `seq`. The event itself does not
    /// forbid itself.
    fn leading_absences_hold(&self, partition: usize, seq: usize) -> bool {
        let time = i128::from(self.events[seq].time());
        let before = || self.partitions[partition].events.iter().copied().filter(|other| *other < seq);
        self.rule.leading.iter().all(|(absence, duration)| {
            let mut near = before()
                .filter(|other| time - i128::from(self.events[*other].time()) <= i128::from(*duration));
            !near.any(|other| self.look_of(&[], other).is(absence))
        })
    }

    /// Makes room for a new run if there is none. Returns whether there is.
    fn make_room(&mut self, partition: usize) -> Result<bool, LimitError> {
        let bound = self.rule.limits.runs;
        let runs = &mut self.partitions[partition].runs;
        if (runs.len() as u64) < bound.max {
            return Ok(true);
        }
        if bound.policy == Policy::Fail {
            return Err(self.exceeds(Limited::Runs, bound));
        }
        self.outcome.dropped.runs += 1;
        if bound.policy == Policy::DropNew || runs.is_empty() {
            return Ok(false);
        }
        runs.remove(0);
        Ok(true)
    }

    /// Moves a run behind an event that it takes. Returns whether it lives on: not if a repetition became too long to keep.
    fn advance(
        &mut self,
        run: &mut Run,
        seq: usize,
        next: Option<Position>,
        effects: &[Effect],
    ) -> Result<bool, LimitError> {
        apply(effects, seq, &mut run.bindings);
        run.last = seq;
        run.waits = match (next, &self.rule.trailing) {
            (Some(position), _) => Waits::At(position),
            (None, None) => Waits::Nothing,
            (None, Some(trailing)) => Waits::Until(self.deadline(run, trailing.deadline)),
        };
        let bound = self.rule.limits.repetition;
        let length = |variable: VarId| run.bindings[variable.0 as usize].events.len() as u64;
        if kept(self.program, self.id).all(|variable| length(variable) <= bound.max) {
            return Ok(true);
        }
        if bound.policy == Policy::Fail {
            return Err(self.exceeds(Limited::Repetition, bound));
        }
        self.outcome.dropped.repetitions += 1;
        Ok(false)
    }

    /// When the trailing negation of a run that has taken its last step is fulfilled.
    fn deadline(&self, run: &Run, deadline: Deadline) -> i64 {
        match (deadline, self.rule.within) {
            (Deadline::After(duration), _) => Deadline::after(self.events[run.last].time(), duration),
            (Deadline::Within, Some(Within::Time(within))) => Deadline::after(run.start_time, within),
            (Deadline::Within, _) => panic!("a trailing negation until the end of within has one"),
        }
    }

    /// Completes the runs whose deadline is before a time (`None`: the end of time), in order of deadline.
    fn complete_deadlines_before(&mut self, time: Option<i64>) {
        loop {
            let mut due = Vec::new();
            for (partition, state) in self.partitions.iter().enumerate() {
                for (index, run) in state.runs.iter().enumerate() {
                    if let Some((deadline, tie)) = run.deadline(self.rule) {
                        due.push((deadline, tie, index, partition));
                    }
                }
            }
            due.retain(|(deadline, ..)| time.is_none_or(|time| *deadline < time));
            // Runs of one deadline and tie are of one partition: they began with, or took last, the same event.
            let Some(&(deadline, _, index, partition)) = due.iter().min() else { return };
            if self.partitions[partition].is_idle(self.rule, deadline) {
                self.partitions[partition].end();
                continue;
            }
            let run = self.partitions[partition].runs.remove(index);
            let key = completed_at(deadline, self.id, self.outcome.made.len() as u64);
            self.complete(partition, &run, key);
            self.bury(partition);
        }
    }

    /// The place of the next match, if the event `seq` completes it.
    fn key_at(&self, seq: usize) -> Key {
        completed_by(self.events[seq], self.id, self.outcome.made.len() as u64)
    }

    /// A run that is no longer live has all of its events: it is a match if `where` says so, and then others are skipped.
    /// Returns the event up to which no run may begin.
    fn complete(&mut self, partition: usize, run: &Run, key: Key) -> Option<usize> {
        let scope = Scope { row: &[], item: &[], events: self.events, bindings: &run.bindings };
        if !holds(self.rule.filter.as_ref(), &scope) {
            return None;
        }
        self.outcome.made.push(make(self.program, self.id, key, &scope));
        let bound = |variable: VarId| &run.bindings[variable.0 as usize].events;
        let before = |seq: Option<usize>| 0..seq.unwrap_or(0);
        let skipped = match self.rule.skip {
            AfterMatch::None => 0..0,
            AfterMatch::ToNext => run.start..run.start + 1,
            AfterMatch::PastLast => 0..run.last + 1,
            AfterMatch::ToFirst(variable) => before(bound(variable).first().copied()),
            AfterMatch::ToLast(variable) => before(bound(variable).last().copied()),
        };
        let others = self.partitions[partition].runs.iter_mut();
        others.filter(|other| skipped.contains(&other.start)).for_each(|other| other.waits = Waits::Nothing);
        (self.rule.skip == AfterMatch::PastLast).then_some(run.last)
    }

    fn exceeds(&self, what: Limited, bound: Bound) -> LimitError {
        LimitError { rule: self.id, what, limit: bound.max }
    }
}

/// The repeated variables of which a rule emits every event or a value of each, so that they have to be kept.
fn kept(program: &Program, rule: RuleId) -> impl Iterator<Item = VarId> {
    program.rule(rule).emit.iter().filter_map(|emit| match emit.value {
        EmitValue::List { variable, .. } | EmitValue::Records(variable) => Some(variable),
        EmitValue::Scalar(_) | EmitValue::Collected(..) | EmitValue::Record(_) => None,
    })
}
