//! Negation, by key: between two steps, and behind the last, where a match is what did not happen in time.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, Input, Out, SECOND, Workload};

generated!(negation_inside { Between } [key, kind, value, at]);
generated!(negation_trailing { Silence } [key, kind, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    let of = Workload {
        oracle_events: 20_000,
        make: |count| Input::Columns(Events::uniform(count, 1_000, 4)),
        ..Workload::DEFAULT
    };
    vec![
        Workload {
            name: "negation A -> !C -> B, 1 k keys",
            rules: negation_inside::RULES,
            matches: 199_820,
            by_hand: Some(|input| between(input.events())),
            generated: Some(negation_inside::run),
            generated_each: Some(negation_inside::run_each),
            ..of
        },
        Workload {
            name: "negation A -> !B within, 1 k keys",
            rules: negation_trailing::RULES,
            matches: 302_775,
            by_hand: Some(|input| silences(input.events())),
            generated: Some(negation_trailing::run),
            generated_each: Some(negation_trailing::run_each),
            ..of
        },
    ]
}

fn between(events: &Events) -> Found {
    let mut waiting: HashMap<i64, VecDeque<(i64, f64)>, FixedState> = HashMap::default();
    let mut out = Out::new(|found: &(i64, i64, f64, f64)| found.3);
    for row in 0..events.len() {
        let (kind, value, at) = (events.kind[row], events.value[row], events.at[row]);
        if kind > 2 {
            continue;
        }
        let key = events.key[row];
        let Some(runs) =
            (if kind == 0 { Some(waiting.entry(key).or_default()) } else { waiting.get_mut(&key) })
        else {
            continue;
        };
        while runs.front().is_some_and(|run| at - run.0 > 10 * SECOND) {
            runs.pop_front();
        }
        match kind {
            0 => runs.push_back((at, value)),
            1 => runs.retain(|run| {
                let rises = value > run.1;
                if rises {
                    out.push((at, key, run.1, value));
                }
                !rises
            }),
            _ => runs.retain(|run| value <= run.1),
        }
    }
    out.found()
}

/// One queue of deadlines for all keys, for they come in order; of a key it is enough to know its last B.
fn silences(events: &Events) -> Found {
    const WITHIN: i64 = 2 * SECOND;
    let mut last: HashMap<i64, usize, FixedState> = HashMap::default();
    let mut due: VecDeque<(usize, i64, f64)> = VecDeque::new();
    let mut out = Out::new(|found: &(i64, i64, f64)| found.2);
    for row in 0..events.len() {
        while let Some((start, key, value)) = due.front().copied() {
            if events.at[row] - events.at[start] <= WITHIN {
                break;
            }
            due.pop_front();
            if last.get(&key).is_none_or(|last| *last < start) {
                out.push((events.at[start] + WITHIN, key, value));
            }
        }
        match events.kind[row] {
            0 => due.push_back((row, events.key[row], events.value[row])),
            1 => _ = last.insert(events.key[row], row),
            _ => {}
        }
    }
    for (start, key, value) in due {
        if last.get(&key).is_none_or(|last| *last < start) {
            out.push((events.at[start] + WITHIN, key, value));
        }
    }
    out.found()
}
