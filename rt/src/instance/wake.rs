//! Which operators have something to do with a working batch: of a thousand rules whose guards are in indexes, a few.
//!
//! An operator is marked because it always looks, because a deadline of it is due, or because a guard that wakes it holds for a
//! row. Operators read only what stands before them, so marks come ahead of the operator at hand while a batch is done.

use alloc::vec::Vec;

use super::operator::Operator;
use crate::plan::{OperatorPlan, Plan};

/// What wakes each operator, and which are awake.
#[derive(Debug)]
pub(crate) struct Wakes {
    /// By guard: where in `operators` those are that it wakes; one more at the end.
    by: Vec<u32>,
    operators: Vec<u32>,
    /// A bit for each operator that looks at every batch.
    always: Vec<u64>,
    /// The operators that may have deadlines.
    timed: Vec<usize>,
    /// A bit for each operator that is to look at the batch at hand.
    awake: Vec<u64>,
    /// How many of the guards that hold for a row of the batch at hand were noted.
    noted: usize,
}

impl Wakes {
    /// Of a plan's operators.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut indexed = alloc::vec![false; plan.guards.len()];
        let ranges = plan.indexes.iter().flat_map(|index| &index.ranges);
        ranges.for_each(|range| indexed[range.guard as usize] = true);
        let mut always = alloc::vec![0; plan.operators.len().div_ceil(64)];
        let mut pairs = Vec::new();
        for (number, operator) in (0..).zip(&plan.operators) {
            match guards(operator).filter(|guards| guards.iter().all(|guard| indexed[*guard as usize])) {
                Some(guards) => pairs.extend(guards.into_iter().map(|guard| (guard, number))),
                None => always[number as usize / 64] |= 1 << (number % 64),
            }
        }
        pairs.sort_unstable();
        let by = 0..=plan.guards.len() as u32;
        let by = by.map(|guard| pairs.partition_point(|(of, _)| *of < guard) as u32).collect();
        let is_timed = |operator: &OperatorPlan| match operator {
            OperatorPlan::Rule(rule) => rule.timer.is_some(),
            OperatorPlan::Window(_) => true,
        };
        let timed = (0..).zip(&plan.operators).filter(|(_, operator)| is_timed(operator));
        Self {
            by,
            operators: pairs.into_iter().map(|(_, number)| number).collect(),
            timed: timed.map(|(number, _)| number).collect(),
            awake: always.clone(),
            always,
            noted: 0,
        }
    }

    /// Marks those that look at every batch and those that have a deadline before `now`.
    pub(crate) fn begin(&mut self, operators: &[Operator], now: i64) {
        self.noted = 0;
        self.awake.copy_from_slice(&self.always);
        for &number in &self.timed {
            if operators[number].next_deadline().is_some_and(|at| at < now) {
                self.awake[number / 64] |= 1 << (number % 64);
            }
        }
    }

    /// Marks those that guards wake; `holding` are the guards of indexes that hold for a row of the batch so far, to which more
    /// are added with each type.
    pub(crate) fn note(&mut self, holding: &[u32]) {
        for &guard in &holding[self.noted..] {
            let (from, to) = (self.by[guard as usize], self.by[guard as usize + 1]);
            for &number in &self.operators[from as usize..to as usize] {
                self.awake[number as usize / 64] |= 1 << (number % 64);
            }
        }
        self.noted = holding.len();
    }

    /// The next operator to look at the batch, from this one on.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        let first = *self.awake.get(from / 64)? & u64::MAX << (from % 64);
        let rest = self.awake[from / 64 + 1..].iter().copied();
        let mut words = (from / 64..).zip(core::iter::once(first).chain(rest));
        words.find(|(_, word)| *word != 0).map(|(at, word)| at * 64 + word.trailing_zeros() as usize)
    }

    /// The time that time has to pass for any operator to have something to do.
    pub(crate) fn next_deadline(&self, operators: &[Operator]) -> Option<i64> {
        self.timed.iter().filter_map(|&number| operators[number].next_deadline()).min()
    }
}

/// The guards of which one has to hold for a row, for an operator to have something to do with it; none if it takes all rows.
fn guards(operator: &OperatorPlan) -> Option<Vec<u32>> {
    let OperatorPlan::Rule(rule) = operator else { return None };
    let wants = rule.inputs.iter().map(|input| input.wants.as_deref()).collect::<Option<Vec<_>>>()?;
    Some(wants.concat())
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn awake(wakes: &Wakes) -> Vec<usize> {
        core::iter::successors(wakes.next(0), |last| wakes.next(last + 1)).collect()
    }

    #[test]
    fn marks_are_found_in_order_and_come_ahead() {
        // Guard 0 wakes operators 3 and 64, guard 1 none, guard 2 operator 130.
        let always = vec![1 << 5, 0, 0];
        let mut wakes = Wakes {
            by: vec![0, 2, 2, 3],
            operators: vec![3, 64, 130],
            awake: always.clone(),
            always,
            timed: vec![],
            noted: 0,
        };
        wakes.begin(&[], 0);
        assert_eq!(awake(&wakes), [5]);
        wakes.note(&[1, 0]);
        assert_eq!(awake(&wakes), [3, 5, 64]);
        wakes.note(&[1, 0, 2]);
        assert_eq!((wakes.next(65), wakes.next(131), wakes.next(192)), (Some(130), None, None));
        wakes.begin(&[], 0);
        assert_eq!(awake(&wakes), [5], "of a batch nothing is left");
    }
}
