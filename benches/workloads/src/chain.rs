//! Three steps, each with a condition on the one before, by key.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, Input, Out, SECOND, Workload};

generated!(chain { Climb } [key, kind, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    let of = Workload {
        rules: chain::RULES,
        by_hand: Some(|input| climbs(input.events())),
        generated: Some(chain::run),
        generated_each: Some(chain::run_each),
        ..Workload::DEFAULT
    };
    vec![Workload {
        name: "chain A -> B -> C, 1 k keys",
        matches: 137_375,
        make: |count| Input::Columns(Events::uniform(count, 1_000, 6)),
        ..of
    }]
}

struct Run {
    start: i64,
    first: f64,
    second: Option<f64>,
}

fn climbs(events: &Events) -> Found {
    let mut waiting: HashMap<i64, VecDeque<Run>, FixedState> = HashMap::default();
    let mut out = Out::new(|found: &(i64, i64, f64, f64, f64)| found.4);
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
        while runs.front().is_some_and(|run| at - run.start > 30 * SECOND) {
            runs.pop_front();
        }
        match kind {
            0 => runs.push_back(Run { start: at, first: value, second: None }),
            1 => {
                for run in runs.iter_mut().filter(|run| run.second.is_none() && value > run.first) {
                    run.second = Some(value);
                }
            }
            _ => runs.retain(|run| {
                let second = run.second.filter(|second| value > *second);
                if let Some(second) = second {
                    out.push((at, key, run.first, second, value));
                }
                second.is_none()
            }),
        }
    }
    out.found()
}
