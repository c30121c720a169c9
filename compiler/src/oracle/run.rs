//! The state of a pattern rule: partitions and runs.

use super::Event;
use super::expr::Binding;
use super::position::{Position, is_at_greedy_end};
use crate::hir::{Deadline, FieldId, PatternRule, Within};
use crate::scalar::{self, Compare};
use portent_rt::Value;

/// The events and runs with one key.
#[derive(Default)]
pub(super) struct Partition {
    /// The key, one value for each component.
    pub(super) key: Vec<Value>,
    /// The events so far, since it last ended; indices of the rule's input. Their number is what `within N events` counts.
    pub(super) events: Vec<usize>,
    /// The time of the last event.
    pub(super) last: Option<i64>,
    /// The live runs, oldest first, copies right behind what they were copied from.
    pub(super) runs: Vec<Run>,
}

impl Partition {
    /// Whether nothing has happened in it for so long before a time that it has ended.
    pub(super) fn is_idle(&self, rule: &PatternRule, time: i64) -> bool {
        let since = |last: i64| i128::from(time) - i128::from(last);
        let idle = |(span, last): (i64, i64)| since(last) > i128::from(span);
        rule.limits.idle.zip(self.last).is_some_and(idle)
    }

    /// All that it holds is gone.
    pub(super) fn end(&mut self) {
        self.events.clear();
        self.runs.clear();
    }
}

/// One attempt.
#[derive(Clone)]
pub(super) struct Run {
    /// The first event; an index of the rule's input.
    pub(super) start: usize,
    /// When that was.
    pub(super) start_time: i64,
    /// The number of the first event among those of the partition, from 1.
    pub(super) start_count: usize,
    /// The last event that it took.
    pub(super) last: usize,
    /// The last event that it has looked at.
    pub(super) looked: usize,
    /// What it waits for.
    pub(super) waits: Waits,
    /// Its variables, by [`crate::hir::VarId`].
    pub(super) bindings: Vec<Binding>,
}

/// What a run waits for.
#[derive(Clone)]
pub(super) enum Waits {
    /// For another event.
    At(Position),
    /// For the end of a trailing negation: all steps are taken.
    Until(i64),
    /// For nothing: it is complete or a skip has ended it, and it is no longer live.
    Nothing,
}

impl Run {
    /// When the run completes without another event, and what orders runs that do so at the same time.
    pub(super) fn deadline(&self, rule: &PatternRule) -> Option<(i64, usize)> {
        match (&self.waits, rule.within) {
            (Waits::Until(deadline), _) => {
                let by_last = matches!(
                    rule.trailing.as_ref().map(|trailing| trailing.deadline),
                    Some(Deadline::After(_))
                );
                Some((*deadline, if by_last { self.last } else { self.start }))
            }
            (Waits::At(position), Some(Within::Time(within))) if is_at_greedy_end(rule, position) => {
                Some((Deadline::after(self.start_time, within), self.start))
            }
            _ => None,
        }
    }

    /// Whether `within` no longer allows the run another event: `event`, the `count`-th of the partition.
    pub(super) fn is_over(&self, rule: &PatternRule, event: &Event, count: usize) -> bool {
        match (&self.waits, rule.within) {
            (Waits::Until(_) | Waits::Nothing, _) | (_, None) => false,
            (Waits::At(_), Some(Within::Time(within))) => {
                i128::from(event.time()) - i128::from(self.start_time) > i128::from(within)
            }
            (Waits::At(_), Some(Within::Events(events))) => (count - self.start_count) as u64 + 1 > events,
        }
    }
}

/// The partition key of an event: the fields that stand for each component in its type.
pub(super) fn key_of(rule: &PatternRule, event: &Event) -> Vec<Value> {
    let ty = rule.types.iter().position(|ty| *ty == event.ty).expect("an event of the pattern's types");
    let value = |component: &Vec<FieldId>| event.values[component[ty].0 as usize].clone();
    rule.keys.iter().map(value).collect()
}

/// Whether two keys are one: nulls are alike, others as `==` says.
pub(super) fn is_same_key(left: &[Value], right: &[Value]) -> bool {
    left.iter().zip(right).all(|(left, right)| match (left, right) {
        (Value::Null, Value::Null) => true,
        _ => scalar::compare(Compare::Eq, left, right) == Value::Bool(true),
    })
}
