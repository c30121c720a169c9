//! Which operators have nothing to do with a working batch: of a thousand rules whose guards are in indexes, nearly all.

use alloc::vec::Vec;

use super::operator::Operator;
use super::work::Work;
use crate::plan::{OperatorPlan, Plan};

/// What wakes each operator.
#[derive(Debug)]
pub(crate) struct Wakes {
    /// By operator: where in `guards` those are that wake it; none if other things do.
    by: Vec<Option<(u32, u32)>>,
    guards: Vec<u32>,
    /// The operators that may have deadlines.
    timed: Vec<usize>,
    /// Whether an operator may.
    is_timed: Vec<bool>,
}

impl Wakes {
    /// Of a plan's operators.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut indexed = alloc::vec![false; plan.guards.len()];
        let ranges = plan.indexes.iter().flat_map(|index| &index.ranges);
        ranges.for_each(|range| indexed[range.guard as usize] = true);
        let mut guards = Vec::new();
        let mut wakes = |operator: &OperatorPlan| {
            let OperatorPlan::Rule(rule) = operator else { return None };
            let wants = rule.inputs.iter().map(|input| input.wants.as_deref()).collect::<Option<Vec<_>>>()?;
            let wants = wants.concat();
            if !wants.iter().all(|guard| indexed[*guard as usize]) {
                return None;
            }
            let from = guards.len() as u32;
            guards.extend(wants);
            Some((from, guards.len() as u32))
        };
        let by = plan.operators.iter().map(&mut wakes).collect();
        let is_timed = |operator: &OperatorPlan| match operator {
            OperatorPlan::Rule(rule) => rule.timer.is_some(),
            OperatorPlan::Window(_) => true,
        };
        let is_timed: Vec<bool> = plan.operators.iter().map(is_timed).collect();
        let timed = (0..is_timed.len()).filter(|&number| is_timed[number]).collect();
        Self { by, guards, timed, is_timed }
    }

    /// Whether an operator has no rows in the working batch and no deadline before `now`.
    pub(crate) fn sleeps(&self, number: usize, operators: &[Operator], work: &Work, now: i64) -> bool {
        let Some((from, to)) = self.by[number] else { return false };
        self.guards[from as usize..to as usize].iter().all(|guard| work.is_quiet(*guard))
            && !(self.is_timed[number] && operators[number].next_deadline().is_some_and(|at| at < now))
    }

    /// The time that time has to pass for any operator to have something to do.
    pub(crate) fn next_deadline(&self, operators: &[Operator]) -> Option<i64> {
        self.timed.iter().filter_map(|&number| operators[number].next_deadline()).min()
    }
}
