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

/// A match's place: time, rank, rule, number.
type Place = (i64, i64, u32, i64);

/// The next match of a worker.
#[derive(Clone, Copy, Debug)]
struct Head {
    place: Place,
    worker: usize,
}

/// Merges matches.
#[derive(Debug)]
pub(super) struct Merge {
    /// The number of each rule's operator.
    operators: Vec<usize>,
    /// What a command is done with: for each worker how many matches count and how many are merged, and for each worker and rule how
    /// many rows the output had.
    ends: Vec<usize>,
    next: Vec<usize>,
    bases: Vec<u32>,
    heads: Vec<Head>,
}

impl Merge {
    /// For the rules of a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let operators = plan.operators.iter().enumerate();
        let rules = operators.filter(|(_, operator)| matches!(operator, OperatorPlan::Rule(_)));
        let operators = rules.map(|(number, _)| number).collect();
        Self { operators, ends: Vec::new(), next: Vec::new(), bases: Vec::new(), heads: Vec::new() }
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
        let (before, end) = (upto(stage - 1, stages), upto(stage, stages));
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
        self.bases.clear();
        for answer in answers {
            for (to, from) in out.outputs.iter_mut().zip(&answer.buffers.matches.outputs) {
                self.bases.push(to.ts.len() as u32);
                to.append(from);
            }
        }
        self.next.clear();
        self.next.resize(answers.len(), 0);
        self.heads.clear();
        for (worker, answer) in answers.iter().enumerate() {
            if self.ends[worker] > 0 {
                self.heads.push(Head { place: place(answer, 0), worker });
            }
        }
        let rules = out.outputs.len();
        // The number of workers is small: the least of their heads is found by a look at each.
        while let Some((at, least)) = self.heads.iter().enumerate().min_by_key(|(_, head)| head.place) {
            let worker = least.worker;
            let bound = self.heads.iter().filter(|head| head.worker != worker).map(|head| head.place).min();
            let (answer, bases) = (&answers[worker], &self.bases[worker * rules..][..rules]);
            // What a worker has before the others have anything is taken at once.
            loop {
                let MatchRef { rule, row } = answer.buffers.matches.order[self.next[worker]];
                out.order.push(MatchRef { rule, row: row + bases[rule as usize] });
                self.next[worker] += 1;
                if self.next[worker] == self.ends[worker] {
                    self.heads.swap_remove(at);
                    break;
                }
                let place = place(answer, self.next[worker]);
                if bound.is_some_and(|bound| bound < place) {
                    self.heads[at].place = place;
                    break;
                }
            }
        }
    }
}

/// The place of a match, by its number.
fn place(answer: &Answer, number: usize) -> Place {
    let (matches, seq) = (&answer.buffers.matches, answer.buffers.tags.seqs[number]);
    let MatchRef { rule, row } = matches.order[number];
    (matches.outputs[rule as usize].ts[row as usize], rank(seq), rule, seq)
}
