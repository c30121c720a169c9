//! What `program::standard` means, written down as plainly as possible: whole streams, one after the other.

use std::collections::HashMap;

use crate::kernels::WAIT;
use crate::program::{Event, LATENESS, Line};

/// An event of a stream: time, number, type, values.
type Item = (i64, i64, usize, [i64; 2]);

const DEADLINE: i64 = i64::MAX;

/// What is let in, in order of time, and how many events are late and untimed.
pub(crate) fn in_order(events: &[Event]) -> (Vec<(i64, Event)>, usize, usize) {
    let (mut greatest, mut late, mut untimed, mut accepted) = (None, 0, 0, Vec::new());
    for event in events {
        match event.at {
            None => untimed += 1,
            Some(at) if greatest.is_some_and(|greatest| at < greatest - LATENESS) => late += 1,
            Some(at) => {
                greatest = Some(greatest.map_or(at, |greatest: i64| greatest.max(at)));
                accepted.push((at, event.clone()));
            }
        }
    }
    accepted.sort_by_key(|(at, _)| *at);
    (accepted, late, untimed)
}

/// What the program emits, in order, for events in order of time.
pub(crate) fn emitted(events: &[(i64, Event)]) -> Vec<Line> {
    let numbered: Vec<(i64, i64, &Event)> =
        (1..).zip(events).map(|(seq, (at, event))| (*at, seq, event)).collect();
    let each = each(&numbered);
    let count = count(&numbered, |event| event.key, |_| true);
    let quiet = quiet(&numbered);
    let opens = |event: &Event| event.ty == 1 && event.key.is_some_and(|key| key % 2 != 0);
    let opened = count_opened(&numbered, opens);

    let of_b = numbered.iter().filter(|(_, _, event)| event.ty == 1);
    let mut chained: Vec<Item> =
        of_b.map(|(at, seq, event)| (*at, *seq, 1, [event.key.unwrap_or(-1), 0])).collect();
    chained.extend(each.iter().filter(|item| item.3[0] % 2 != 0).map(|item| (item.0, item.1, 2, item.3)));
    chained.extend(quiet.iter().map(|item| (item.0, item.1, 4, item.3)));
    chained.sort_by_key(|item| (item.0, item.1, item.2));
    let chain: Vec<Item> =
        chained.into_iter().map(|(at, seq, ty, [x, _])| (at, seq, ty, [ty as i64, x])).collect();

    let streams = [each, count, quiet, chain, opened];
    let mut all: Vec<(i64, i64, u32, [i64; 2])> = Vec::new();
    for (rule, stream) in (0..).zip(&streams) {
        all.extend(stream.iter().map(|(at, seq, _, values)| (*at, *seq, rule, *values)));
    }
    all.sort_by_key(|(at, seq, rule, _)| (*at, *seq, *rule));
    all.into_iter().map(|(at, _, rule, values)| (at, rule, values)).collect()
}

fn each(events: &[(i64, i64, &Event)]) -> Vec<Item> {
    let wanted =
        events.iter().filter(|(_, _, event)| event.ty == 0 && event.key.is_some_and(|key| key % 3 != 0));
    let length = |event: &Event| event.text.as_ref().map_or(-1, |text| text.len() as i64);
    wanted.map(|(at, seq, event)| (*at, *seq, 0, [event.key.unwrap_or(-1), length(event)])).collect()
}

fn count<K: std::hash::Hash + Eq>(
    events: &[(i64, i64, &Event)],
    key: impl Fn(&Event) -> K,
    opens: impl Fn(&Event) -> bool,
) -> Vec<Item> {
    let mut counts: HashMap<K, i64> = HashMap::new();
    let mut items = Vec::new();
    for (at, seq, event) in events {
        if !counts.contains_key(&key(event)) && !opens(event) {
            continue;
        }
        let count = counts.entry(key(event)).or_default();
        *count += 1;
        items.push((*at, *seq, 0, [event.ty as i64, *count]));
    }
    items
}

fn count_opened(events: &[(i64, i64, &Event)], opens: impl Fn(&Event) -> bool) -> Vec<Item> {
    count(events, |event| (event.key, event.text.clone()), opens)
}

fn quiet(events: &[(i64, i64, &Event)]) -> Vec<Item> {
    let of_a: Vec<_> = events.iter().filter(|(_, _, event)| event.ty == 0).collect();
    let by_then = |of: &Event, deadline: i64| {
        of_a.iter().filter(|(at, _, event)| *at <= deadline && event.text == of.text).count() as i64
    };
    of_a.iter().map(|(at, _, event)| (at + WAIT, DEADLINE, 0, [by_then(event, at + WAIT), 0])).collect()
}
