//! Queries that aggregate: every event is kept, and each window is computed from nothing.

use super::emit::{completed_at, completed_by, make};
use super::expr::{Scope, eval, holds};
use super::room::{Group, seen};
use super::summary::summary;
use super::{Event, Key, Made, RuleOutcome};
use crate::hir::{Deadline, Expr, Program, RuleId, Window, WindowRule};
use crate::scalar::{self, Compare};
use portent_rt::Value;

/// A row that is to be: of which events, between which bounds, and its place but for its number.
struct Row {
    key: Key,
    /// The event that it comes at, as an index of the input; events that come as the input ends have one place, too.
    at: Option<usize>,
    /// Indices of the input, in order; at least one.
    events: Vec<usize>,
    /// `window.start` and `window.end`.
    bounds: Option<(i128, i128)>,
}

/// Everything that a query gives.
pub(super) fn run(program: &Program, id: RuleId, rule: &WindowRule, input: &[&Event]) -> RuleOutcome {
    let passes = |event: &&&Event| holds(rule.guard.as_ref(), &Scope::of_row(&event.values));
    let input: Vec<&Event> = input.iter().filter(passes).copied().collect();
    let seen = seen(id, rule, &input);
    let mut rows: Vec<Row> =
        seen.groups.iter().flat_map(|group| rows_of_group(id, rule, &input, group)).collect();
    // Rows of one place come in the order of the events that they come at, or of their windows, and those of one window in that
    // of their first events.
    rows.sort_by_key(|row| (row.key, row.at, row.bounds.map(|(start, _)| start), row.events[0]));
    let mut made: Vec<Made> = Vec::new();
    for row in rows {
        let values = columns(rule, &input, &row);
        let scope = Scope::of_row(&values);
        if holds(rule.having.as_ref(), &scope) {
            let key = Key { made: made.len() as u64, ..row.key };
            made.push(make(program, id, key, &scope));
        }
    }
    // Behind the rows of other events of its place: several matches of another rule may have one.
    let after = made.len() as u64;
    let error = seen.error.map(|(event, error)| (completed_by(input[event], id, after), error));
    RuleOutcome { made, dropped: seen.dropped, error }
}

/// Whether two values are one as keys: as `==` says, and null is one, too.
pub(super) fn same_key(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        _ => scalar::compare(Compare::Eq, a, b) == Value::Bool(true),
    }
}

/// Of values that are one as keys, the one that stands for them.
fn as_key(value: Value) -> Value {
    match value {
        Value::F64(value) if value.is_nan() => Value::F64(f64::NAN),
        Value::F64(0.0) => Value::F64(0.0),
        value => value,
    }
}

pub(super) fn values(exprs: &[Expr], event: &Event) -> Vec<Value> {
    exprs.iter().map(|expr| eval(expr, &Scope::of_row(&event.values))).collect()
}

fn rows_of_group(id: RuleId, rule: &WindowRule, input: &[&Event], of: &Group) -> Vec<Row> {
    let group: &[usize] =
        &of.events.iter().copied().filter(|event| !of.unseen.contains(event)).collect::<Vec<_>>();
    let rows_max = usize::try_from(rule.limits.rows.max).unwrap_or(usize::MAX);
    let per_event = |events: &dyn Fn(usize) -> Vec<usize>, bounds: &dyn Fn(i64) -> Option<(i128, i128)>| {
        let row = |at: usize| {
            let event = input[group[at]];
            let (key, bounds) = (completed_by(event, id, 0), bounds(event.time()));
            Row { key, at: Some(group[at]), events: events(at), bounds }
        };
        (0..group.len()).map(row).collect()
    };
    // At the bound on rows the oldest have left.
    let last =
        |events: &[usize], rows: usize| events[events.len().saturating_sub(rows.min(rows_max))..].to_vec();
    let none = |_| None;
    match rule.window {
        Window::Running => per_event(&|at| group[..=at].to_vec(), &none),
        Window::Last(rows) => {
            let rows = usize::try_from(rows).unwrap_or(usize::MAX);
            per_event(&|at| last(&group[..=at], rows), &none)
        }
        Window::Sliding { size } => {
            let start = |end: i64| i128::from(end) - i128::from(size);
            let within = |at: usize| {
                let after = start(input[group[at]].time());
                let events = group[..=at].iter().copied();
                let inside: Vec<usize> =
                    events.filter(|event| i128::from(input[*event].time()) > after).collect();
                last(&inside, usize::MAX)
            };
            per_event(&within, &|time| Some((start(time), i128::from(time))))
        }
        Window::Hopping { size, every, offset } => hopping(id, [size, every, offset], input, group),
        Window::Session { gap, max } => sessions(id, gap, max, input, of),
        Window::Batch { rows, partial } => batches(id, rows, partial, input, group),
    }
}

/// The length of the slices that hopping windows are made of, which `limit rows` is on.
pub(super) fn slice_of(size: i64, every: i64) -> i128 {
    let (mut a, mut b) = (i128::from(size), i128::from(every));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// For each window that holds an event, a row when it ends.
fn hopping(id: RuleId, [size, every, offset]: [i64; 3], input: &[&Event], group: &[usize]) -> Vec<Row> {
    let [size, every, offset] = [size, every, offset].map(i128::from);
    let time = |event: &usize| i128::from(input[*event].time());
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return Vec::new() };
    // The first window that ends behind the first event, and the last one that begins at or before the last.
    let mut number = (time(first) - offset - size).div_euclid(every) + 1;
    let mut rows = Vec::new();
    while number * every + offset <= time(last) {
        let (start, end) = (number * every + offset, number * every + offset + size);
        let holds = |event: &&usize| start <= time(event) && time(event) < end;
        let events: Vec<usize> = group.iter().filter(holds).copied().collect();
        // Past windows without an event to the one before that which holds the next one.
        let next = group.iter().map(time).find(|time| *time >= start);
        number = match next {
            Some(next) if events.is_empty() => (number + 1).max((next - offset - size).div_euclid(every)),
            _ => number + 1,
        };
        if !events.is_empty() {
            rows.push(Row { key: closed_at(end, id), at: None, events, bounds: Some((start, end)) });
        }
    }
    rows
}

/// Events that had no room are of their session all the same.
fn sessions(id: RuleId, gap: i64, max: Option<i64>, input: &[&Event], group: &Group) -> Vec<Row> {
    let time = |event: usize| i128::from(input[event].time());
    let end = |events: &[usize]| {
        let (first, last) = (time(events[0]), time(events[events.len() - 1]));
        let quiet = last + i128::from(gap);
        max.map_or(quiet, |max| quiet.min(first + i128::from(max)))
    };
    let mut sessions: Vec<Vec<usize>> = Vec::new();
    for &event in &group.events {
        match sessions.last_mut() {
            Some(session) if time(event) < end(session) => session.push(event),
            _ => sessions.push(vec![event]),
        }
    }
    let row = |events: Vec<usize>| {
        let (start, end) = (time(events[0]), end(&events));
        let events = events.into_iter().filter(|event| !group.unseen.contains(event)).collect();
        Row { key: closed_at(end, id), at: None, events, bounds: Some((start, end)) }
    };
    sessions.into_iter().map(row).collect()
}

fn batches(id: RuleId, rows: u64, partial: bool, input: &[&Event], group: &[usize]) -> Vec<Row> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let batch = |events: &[usize]| {
        if events.len() == rows {
            let at = events[rows - 1];
            let key = completed_by(input[at], id, 0);
            return Some(Row { key, at: Some(at), events: events.to_vec(), bounds: None });
        }
        let key = completed_at(Deadline::LAST, id, 0);
        partial.then(|| Row { key, at: None, events: events.to_vec(), bounds: None })
    };
    group.chunks(rows).filter_map(batch).collect()
}

/// The place of what a window gives that ends at a time: before all events of that time. If that is later than any deadline,
/// the end of the input ends the window.
fn closed_at(end: i128, id: RuleId) -> Key {
    match i64::try_from(end) {
        Ok(time) if time < Deadline::LAST => Key { time, deadline: false, seq: 0, rule: Some(id), made: 0 },
        _ => completed_at(Deadline::LAST, id, 0),
    }
}

/// The columns of a row: keys, bounds, aggregates.
fn columns(rule: &WindowRule, input: &[&Event], row: &Row) -> Vec<Value> {
    let events: Vec<&Event> = row.events.iter().map(|event| input[*event]).collect();
    let mut columns: Vec<Value> = values(&rule.keys, events[0]).into_iter().map(as_key).collect();
    if let Some((start, end)) = row.bounds {
        let time = |time: i128| Value::Timestamp(time.clamp(i64::MIN.into(), Deadline::LAST.into()) as i64);
        columns.extend([time(start), time(end)]);
    }
    columns.extend(rule.aggregates.iter().map(|aggregate| summary(aggregate, &events)));
    columns
}
