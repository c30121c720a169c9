//! Arrival to time order: the time of each event, which events are late, and the order of the others.

use super::expr::{Scope, eval};
use super::{Event, Input, InputEvent, Key, lateness};
use crate::hir::{Program, Source};
use portent_rt::Value;

/// The input in time order.
pub(super) struct Ordered {
    /// What rules see.
    pub(super) events: Vec<Event>,
    /// How many came too late.
    pub(super) late: u64,
    /// How many have no time.
    pub(super) untimed: u64,
}

/// Puts events in time order; ties keep the order of arrival.
///
/// The watermark is the greatest time seen less the greatest lateness of the declared types, or a higher one that the input says
/// itself. An event with a time before the watermark at its arrival is late.
pub(super) fn order(program: &Program, inputs: &[Input]) -> Ordered {
    let lateness = lateness(program);
    let (mut late, mut untimed) = (0, 0);
    let mut greatest: Option<i64> = None;
    let mut said = i64::MIN;
    let mut arrived: Vec<(i64, &InputEvent)> = Vec::new();
    for input in inputs {
        let event = match input {
            Input::Watermark(at) => {
                said = said.max(*at);
                continue;
            }
            Input::Event(event) => event,
        };
        let now = greatest.unwrap_or(0).max(said);
        let Some(time) = time_of(program, event, now) else {
            untimed += 1;
            continue;
        };
        let watermark = greatest.map_or(i64::MIN, |time| time.saturating_sub(lateness)).max(said);
        greatest = greatest.max(Some(time));
        if time < watermark {
            late += 1;
        } else {
            arrived.push((time, event));
        }
    }
    arrived.sort_by_key(|(time, _)| *time);
    let event = |(seq, (time, event)): (u64, (i64, &InputEvent))| Event {
        key: Key { time, deadline: false, seq, rule: None, made: 0 },
        ty: event.ty,
        values: event.values.clone(),
    };
    Ordered { events: (1..).zip(arrived).map(event).collect(), late, untimed }
}

/// The time of an event, if it has one; `now` for types without a `time`.
fn time_of(program: &Program, event: &InputEvent, now: i64) -> Option<i64> {
    let Source::Input { time, .. } = &program.ty(event.ty).source else {
        panic!("an input event is of a declared type")
    };
    match time {
        None => Some(now),
        Some(expr) => match eval(expr, &Scope::of_row(&event.values)) {
            Value::Timestamp(at) => Some(at),
            Value::Null => None,
            other => panic!("a time is a timestamp, not {other:?}"),
        },
    }
}
