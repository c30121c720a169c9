//! `limit partitions` and `limit rows` of queries: which events have room, looked at one by one in order.

use super::window::{same_key, values};
use super::{Dropped, Event, LimitError, Limited};
use crate::hir::{Bound, Deadline, Policy, RuleId, Window, WindowRule};
use portent_rt::Value;

/// The events of a group.
#[derive(Default)]
pub(super) struct Group {
    key: Vec<Value>,
    /// Those that `limit partitions` let in, as indices of the input.
    pub(super) events: Vec<usize>,
    /// Of these, those that `limit rows` kept out of their windows.
    pub(super) unseen: Vec<usize>,
    /// What the window at hand holds: the one that moves; the batch; of sessions and slices the last one.
    held: Vec<usize>,
}

/// All events that a query sees, by group, in the order of their first ones.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) groups: Vec<Group>,
    pub(super) dropped: Dropped,
    /// The event at which the query stops, and why.
    pub(super) error: Option<(usize, LimitError)>,
}

/// Which events a query sees.
pub(super) fn seen(id: RuleId, rule: &WindowRule, input: &[&Event]) -> Seen {
    let mut seen = Seen::default();
    for (index, event) in input.iter().enumerate() {
        if let Err((what, bound)) = enter(&mut seen, rule, input, index, event) {
            seen.error = Some((index, LimitError { rule: id, what, limit: bound.max }));
            return seen;
        }
    }
    seen
}

/// An event comes to its group and its window, if there is room for it.
fn enter(
    seen: &mut Seen,
    rule: &WindowRule,
    input: &[&Event],
    index: usize,
    event: &Event,
) -> Result<(), (Limited, Bound)> {
    let key = values(&rule.keys, event);
    let same = |group: &Group| group.key.iter().zip(&key).all(|(known, value)| same_key(known, value));
    let known = seen.groups.iter().position(same);
    let now = event.time();
    let bound = rule.limits.partitions;
    // Fewer groups than there may be leave room anyway.
    if seen.groups.len() as u64 >= bound.max {
        let held = |group: &Group| holds(rule.window, group, input, now);
        let is_held = known.is_some_and(|known| held(&seen.groups[known]));
        if !is_held && seen.groups.iter().filter(|group| held(group)).count() as u64 >= bound.max {
            if bound.policy == Policy::Fail {
                return Err((Limited::Partitions, bound));
            }
            seen.dropped.events += 1;
            return Ok(());
        }
    }
    let number = known.unwrap_or_else(|| {
        seen.groups.push(Group { key, ..Group::default() });
        seen.groups.len() - 1
    });
    let group = &mut seen.groups[number];
    forget(rule.window, group, input, now);
    let bound = rule.limits.rows;
    if rule.keeps_rows() && group.held.len() as u64 >= bound.max {
        match bound.policy {
            Policy::Fail => return Err((Limited::Rows, bound)),
            Policy::DropNew => {
                seen.dropped.rows += 1;
                group.events.push(index);
                group.unseen.push(index);
                return Ok(());
            }
            Policy::DropOldest => {
                seen.dropped.rows += 1;
                group.held.remove(0);
            }
        }
    }
    group.events.push(index);
    group.held.push(index);
    Ok(())
}

/// What is no longer in the window at hand when an event comes at a time.
fn forget(window: Window, group: &mut Group, input: &[&Event], now: i64) {
    let time = |event: usize| i128::from(input[event].time());
    match window {
        Window::Running => {}
        Window::Sliding { size } => {
            group.held.retain(|event| time(*event) > i128::from(now) - i128::from(size));
        }
        Window::Last(rows) => {
            let rows = usize::try_from(rows).unwrap_or(usize::MAX);
            group.held.drain(..(group.held.len() + 1).saturating_sub(rows));
        }
        Window::Batch { rows, .. } => {
            if group.held.len() as u64 >= rows {
                group.held.clear();
            }
        }
        Window::Hopping { size, every, offset } => {
            let slice =
                |time: i128| (time - i128::from(offset)).div_euclid(super::window::slice_of(size, every));
            group.held.retain(|event| slice(time(*event)) == slice(now.into()));
        }
        Window::Session { .. } => {
            if !holds(window, group, input, now) {
                group.held.clear();
            }
        }
    }
}

/// Whether a group has anything in a window that has not ended at a time.
fn holds(window: Window, group: &Group, input: &[&Event], now: i64) -> bool {
    let time = |event: &usize| i128::from(input[*event].time());
    let Some(last) = group.events.last() else { return false };
    // What would end later than the last nanosecond but one is ended by the end of the input.
    let now = i128::from(now.min(Deadline::LAST - 1));
    match window {
        Window::Running | Window::Last(_) => true,
        Window::Batch { rows, .. } => !group.held.is_empty() && (group.held.len() as u64) < rows,
        Window::Sliding { size } => group.held.last().is_some_and(|last| time(last) > now - i128::from(size)),
        Window::Hopping { size, every, offset } => {
            let [size, every, offset] = [size, every, offset].map(i128::from);
            (time(last) - offset).div_euclid(every) * every + offset + size > now
        }
        Window::Session { gap, max } => {
            let first = group.held.first().map_or(0, time);
            let quiet = time(last) + i128::from(gap);
            max.map_or(quiet, |max| quiet.min(first + i128::from(max))) > now
        }
    }
}
