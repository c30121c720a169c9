//! The operators of a plan, each with its state: rules and windows.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::rule::RuleRun;
use super::stats::WindowStats;
use crate::column::Column;
use crate::plan::{OperatorPlan, Plan, RulePlan};
use crate::window::WindowRun;

/// An operator and its state.
#[derive(Debug)]
pub(crate) enum Operator {
    /// A rule.
    Rule(Box<RuleRun>),
    /// A window of a query.
    Window(Box<WindowRun>),
}

impl Operator {
    /// The operators of a plan, which have seen nothing.
    pub(crate) fn all(plan: &Plan) -> Vec<Self> {
        let shapes = super::work::shapes(plan);
        let operator = |operator: &OperatorPlan| match operator {
            OperatorPlan::Rule(rule) => Self::Rule(Box::new(RuleRun::new(rule))),
            OperatorPlan::Window(window) => {
                Self::Window(Box::new(WindowRun::new(window, &shapes[window.ty as usize])))
            }
        };
        plan.operators.iter().map(operator).collect()
    }

    /// The numbers of the operators that are rules.
    pub(crate) fn rules(plan: &Plan) -> Vec<usize> {
        let operators = plan.operators.iter().enumerate();
        operators.filter(|(_, of)| matches!(of, OperatorPlan::Rule(_))).map(|(number, _)| number).collect()
    }

    /// How many rules stand before each operator: for that of a rule, its number.
    pub(crate) fn rules_before(plan: &Plan) -> Vec<usize> {
        let is_rule = |of: &OperatorPlan| usize::from(matches!(of, OperatorPlan::Rule(_)));
        let before =
            plan.operators.iter().scan(0, |count, of| Some(core::mem::replace(count, *count + is_rule(of))));
        before.collect()
    }

    /// The numbers of the operators whose partitions end when they are idle.
    pub(crate) fn idling(plan: &Plan) -> Vec<usize> {
        let operators = plan.operators.iter().enumerate();
        let idles = |of: &OperatorPlan| matches!(of, OperatorPlan::Rule(rule) if rule.idle_ns.is_some());
        operators.filter(|(_, of)| idles(of)).map(|(number, _)| number).collect()
    }

    /// The state of a rule, if it is one.
    pub(crate) fn rule(&self) -> Option<&RuleRun> {
        match self {
            Self::Rule(rule) => Some(rule),
            Self::Window(_) => None,
        }
    }

    /// What a window operator has counted, if it is one.
    pub(crate) fn window_stats((operator, plan): (&Self, &OperatorPlan)) -> Option<WindowStats> {
        match (operator, plan) {
            (Self::Window(window), OperatorPlan::Window(plan)) => Some(window.stats(plan)),
            _ => None,
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = match self {
            Self::Rule(rule) => rule.bytes(),
            Self::Window(window) => window.bytes(),
        };
        bytes as u64
    }

    /// Has it take no partitions or groups for which it would need more memory, or any again.
    pub(crate) fn bound(&mut self, is_full: bool) {
        match self {
            Self::Rule(rule) => rule.bound(is_full),
            Self::Window(window) => window.bound(is_full),
        }
    }

    /// The time that time has to pass for the operator to have something to do.
    pub(crate) fn next_deadline(&self) -> Option<i64> {
        match self {
            Self::Rule(rule) => rule.next_deadline(),
            // A window closes when time reaches its end.
            Self::Window(window) => window.next_end().map(|end| end.saturating_sub(1)),
        }
    }
}

/// The columns of the window operator that a rule reads, if it reads one.
pub(crate) fn columns<'a>(plan: &Plan, rule: &RulePlan, before: &'a [Operator]) -> &'a [Column] {
    let [input] = rule.inputs.as_slice() else { return &[] };
    let operator = (input.ty as usize).checked_sub(plan.inputs.len());
    match operator.map(|number| &before[number]) {
        Some(Operator::Window(window)) => window.columns(),
        _ => &[],
    }
}
