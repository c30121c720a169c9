//! A repetition with aggregates: three or more small values, then a large one, by key.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, Input, Out, SECOND, Workload};

generated!(repetition { Probe } [key, kind, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    vec![Workload {
        name: "repetition {3,}, 1 k keys",
        matches: 64_167,
        rules: repetition::RULES,
        make: |count| Input::Columns(Events::uniform(count, 1_000, 1)),
        by_hand: Some(|input| probes(input.events())),
        generated: Some(repetition::run),
        generated_each: Some(repetition::run_each),
        ..Workload::DEFAULT
    }]
}

struct Run {
    start: i64,
    count: u32,
    sum: f64,
}

fn probes(events: &Events) -> Found {
    let mut waiting: HashMap<i64, VecDeque<Run>, FixedState> = HashMap::default();
    let mut out = Out::new(|found: &(i64, i64, u32, f64, f64)| found.4);
    for row in 0..events.len() {
        let (value, at, key) = (events.value[row], events.at[row], events.key[row]);
        let known = events.kind[row] == 0;
        let (small, big) = (known && value < 10.0, known && value > 90.0);
        if !small && !big {
            continue;
        }
        let Some(runs) = (if small { Some(waiting.entry(key).or_default()) } else { waiting.get_mut(&key) })
        else {
            continue;
        };
        while runs.front().is_some_and(|run| at - run.start > 20 * SECOND) {
            runs.pop_front();
        }
        if small {
            for run in runs.iter_mut() {
                run.count += 1;
                run.sum += value;
            }
            runs.push_back(Run { start: at, count: 1, sum: value });
        } else {
            runs.retain(|run| {
                let done = run.count >= 3;
                if done {
                    out.push((at, key, run.count, run.sum / f64::from(run.count), value));
                }
                !done
            });
        }
    }
    out.found()
}
