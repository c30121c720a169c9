//! Three steps, each with a condition on the one before, by key.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, SECOND, Workload};

generated!(chain, Climb);

pub(crate) fn workloads() -> Vec<Workload> {
    vec![Workload {
        name: "chain A -> B -> C, 1 k keys",
        rules: chain::RULES,
        keys: 1_000,
        kinds: 6,
        by_hand: climbs,
        generated: chain::run,
        generated_each: chain::run_each,
    }]
}

struct Run {
    start: i64,
    first: f64,
    second: Option<f64>,
}

fn climbs(events: &Events) -> Found {
    let mut waiting: HashMap<i64, VecDeque<Run>, FixedState> = HashMap::default();
    let mut out: Vec<(i64, i64, f64, f64, f64)> = Vec::new();
    for row in 0..events.at.len() {
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
    Found { matches: out.len() as u64, sum: out.iter().map(|found| found.4).sum() }
}
