//! The matches of several workers as those of one instance.
//!
//! What each worker has matched for a command is in order. The order of all is by time, rank of the sequence number
//! ([`rank`]), rule, and then the number itself, in which the runtime notes what comes first among ends of windows and
//! deadlines of one time: the first event of the group, or the event that noted the deadline. Two matches of
//! different workers never have all four in common; those of one worker stay as they are.

use std::vec::Vec;

use super::thread::Answer;
use crate::instance::{EngineError, Tags};
use crate::output::{MatchRef, Matches};
use crate::plan::{OperatorPlan, Plan};
use crate::state::rank;

/// So many matches of one worker may be given together.
const STRETCH: usize = 16;

/// A match, and what its place is made of.
#[derive(Clone, Copy, Debug)]
struct Item {
    ts: i64,
    seq: i64,
    at: MatchRef,
}

impl Item {
    #[inline]
    fn is_before(&self, other: &Self) -> bool {
        if self.ts != other.ts {
            return self.ts < other.ts;
        }
        let rest = |of: &Self| (rank(of.seq), of.at.rule, of.seq);
        rest(self) < rest(other)
    }
}

/// Merges matches.
#[derive(Debug)]
pub(super) struct Merge {
    /// The number of each rule's operator.
    operators: Vec<usize>,
    /// What a command is done with: for each worker how many matches count; for each rule how many rows the output had.
    ends: Vec<usize>,
    bases: Vec<u32>,
    /// Memory of runs.
    spare: Vec<Vec<Item>>,
}

impl Merge {
    /// For the rules of a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let operators = plan.operators.iter().enumerate();
        let rules = operators.filter(|(_, operator)| matches!(operator, OperatorPlan::Rule(_)));
        let operators = rules.map(|(number, _)| number).collect();
        Self { operators, ends: Vec::new(), bases: Vec::new(), spare: Vec::new() }
    }

    /// Appends the matches of all workers for one command, up to the point at which one has stopped, if one has.
    pub(super) fn take(&mut self, answers: &mut [Answer], out: &mut Matches) -> Option<EngineError> {
        let stops = answers.iter().filter_map(|answer| answer.buffers.tags.stopped);
        let stop = stops.min();
        self.ends.clear();
        for answer in answers.iter_mut() {
            if let Some(stop) = stop {
                self.cut(answer, stop);
            }
            self.ends.push(answer.buffers.matches.order.len());
        }
        let mut with = (0..answers.len()).filter(|&worker| self.ends[worker] > 0);
        match (with.next(), with.next()) {
            (None, _) => {}
            (Some(only), None) if out.is_empty() => std::mem::swap(out, &mut answers[only].buffers.matches),
            _ => self.merge(answers, out),
        }
        let stopped = answers.iter().find(|answer| stop.is_some() && answer.buffers.tags.stopped == stop);
        stopped.and_then(|answer| answer.result.clone().err())
    }

    /// Leaves the matches that one instance, which stops at a stage and operator, would have: those of earlier batches, and in
    /// this one those of rules that come before.
    fn cut(&self, answer: &mut Answer, (stage, operator): (u64, usize)) {
        let Matches { outputs: _, order } = &mut answer.buffers.matches;
        let Tags { seqs, stages, stopped } = &mut answer.buffers.tags;
        if *stopped == Some((stage, operator)) {
            return;
        }
        let upto = |stage: u64, stages: &[(u64, usize)]| {
            stages.iter().rev().find(|(of, _)| *of <= stage).map_or(0, |(_, end)| *end)
        };
        // Those that have been taken in any order are gone.
        let end = upto(stage, stages).min(order.len());
        let before = upto(stage - 1, stages).min(end);
        order.truncate(end);
        seqs.truncate(end);
        let mut kept = before;
        for at in before..end {
            if self.operators[order[at].rule as usize] < operator {
                order[kept] = order[at];
                seqs[kept] = seqs[at];
                kept += 1;
            }
        }
        order.truncate(kept);
        seqs.truncate(kept);
    }

    fn merge(&mut self, answers: &[Answer], out: &mut Matches) {
        let mut runs: Vec<Vec<Item>> = Vec::new();
        for (worker, answer) in answers.iter().enumerate() {
            let matches = &answer.buffers.matches;
            self.bases.clear();
            for (to, from) in out.outputs.iter_mut().zip(&matches.outputs) {
                self.bases.push(to.ts.len() as u32);
                to.append(from);
            }
            if self.ends[worker] > 0 {
                let mut run = self.spare.pop().unwrap_or_default();
                let tagged = matches.order.iter().zip(&answer.buffers.tags.seqs);
                run.extend(tagged.map(|(&MatchRef { rule, row }, &seq)| Item {
                    ts: matches.outputs[rule as usize].ts[row as usize],
                    seq,
                    at: MatchRef { rule, row: row + self.bases[rule as usize] },
                }));
                runs.push(run);
            }
        }
        while runs.len() > 2 {
            let (one, other) = (runs.remove(0), runs.remove(0));
            let mut both = self.spare.pop().unwrap_or_default();
            both.reserve(one.len() + other.len());
            merge_two(&one, &other, |item| both.push(item));
            // Those that are merged come last, so that all are merged about as often.
            runs.push(both);
            self.recycle([one, other]);
        }
        out.order.reserve(runs.iter().map(Vec::len).sum());
        let none = Vec::new();
        let (one, other) = (&runs[0], runs.get(1).unwrap_or(&none));
        merge_two(one, other, |item| out.order.push(item.at));
        self.recycle(runs);
    }

    fn recycle(&mut self, runs: impl IntoIterator<Item = Vec<Item>>) {
        self.spare.extend(runs.into_iter().map(|mut run| {
            run.clear();
            run
        }));
    }
}

/// Gives the items of two runs, each in order, in order.
///
/// PERF: runs of what workers do in turn take turns in long stretches, which are given as they are. Otherwise which run is next
/// looks random to the processor, so it is a choice of values, not of ways.
fn merge_two(one: &[Item], other: &[Item], mut give: impl FnMut(Item)) {
    let (mut one, mut other) = (one, other);
    while let (Some(a), Some(b)) = (one.first(), other.first()) {
        if let Some((stretch, rest)) = one.split_at_checked(STRETCH)
            && stretch[STRETCH - 1].is_before(b)
        {
            stretch.iter().for_each(|item| give(*item));
            one = rest;
            continue;
        }
        if let Some((stretch, rest)) = other.split_at_checked(STRETCH)
            && stretch[STRETCH - 1].is_before(a)
        {
            stretch.iter().for_each(|item| give(*item));
            other = rest;
            continue;
        }
        for _ in 0..STRETCH {
            let (Some(a), Some(b)) = (one.first(), other.first()) else { break };
            let first = !b.is_before(a);
            give(if first { *a } else { *b });
            one = &one[usize::from(first)..];
            other = &other[usize::from(!first)..];
        }
    }
    one.iter().chain(other).for_each(|item| give(*item));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run() -> impl Strategy<Value = Vec<Item>> {
        let item = (0..40i64, -3..3i64, 0..2u32).prop_map(|(ts, seq, rule)| Item {
            ts,
            seq,
            at: MatchRef { rule, row: 0 },
        });
        prop::collection::vec(item, 0..100).prop_map(|mut run| {
            run.sort_by_key(|of| (of.ts, rank(of.seq), of.at.rule, of.seq));
            run
        })
    }

    proptest! {
        #[test]
        fn two_runs_are_one(one in run(), other in run(), later in 0..60i64) {
            let other: Vec<Item> = other.iter().map(|of| Item { ts: of.ts + later, ..*of }).collect();
            let mut merged = Vec::new();
            merge_two(&one, &other, |item| merged.push(item));
            let mut sorted = [one, other].concat();
            sorted.sort_by_key(|of| (of.ts, rank(of.seq), of.at.rule, of.seq));
            let place = |of: &Item| (of.ts, of.seq, of.at.rule);
            prop_assert!(merged.iter().map(place).eq(sorted.iter().map(place)));
        }
    }
}
