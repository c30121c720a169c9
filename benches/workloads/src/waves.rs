//! Chains of six and nine steps, each with a condition on the one before, by key.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, Input, Out, SECOND, Workload};

generated!(chain_6 { Wave } [key, kind, value, at]);
generated!(chain_9 { Wave } [key, kind, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    vec![
        Workload {
            name: "chain of 6 steps, 1 k keys",
            rules: chain_6::RULES,
            oracle_events: 60_000,
            matches: 121_869,
            make: |count| Input::Columns(Events::uniform(count, 1_000, 9)),
            by_hand: Some(|input| waves::<6>(input.events(), 90)),
            generated: Some(chain_6::run),
            generated_each: Some(chain_6::run_each),
            ..Workload::DEFAULT
        },
        Workload {
            name: "chain of 9 steps, 1 k keys",
            rules: chain_9::RULES,
            oracle_events: 60_000,
            matches: 80_166,
            make: |count| Input::Columns(Events::uniform(count, 1_000, 12)),
            by_hand: Some(|input| waves::<9>(input.events(), 180)),
            generated: Some(chain_9::run),
            generated_each: Some(chain_9::run_each),
            ..Workload::DEFAULT
        },
    ]
}

struct Run {
    start: i64,
    first: f64,
    last: f64,
    next: i64,
}

fn waves<const STEPS: i64>(events: &Events, within_s: i64) -> Found {
    let mut waiting: HashMap<i64, VecDeque<Run>, FixedState> = HashMap::default();
    let mut out = Out::new(|found: &(i64, i64, f64, f64)| found.3);
    for row in 0..events.len() {
        let (kind, value, at) = (events.kind[row], events.value[row], events.at[row]);
        if kind >= STEPS {
            continue;
        }
        let key = events.key[row];
        let Some(runs) =
            (if kind == 0 { Some(waiting.entry(key).or_default()) } else { waiting.get_mut(&key) })
        else {
            continue;
        };
        while runs.front().is_some_and(|run| at - run.start > within_s * SECOND) {
            runs.pop_front();
        }
        if kind == 0 {
            runs.push_back(Run { start: at, first: value, last: value, next: 1 });
            continue;
        }
        let up = kind % 2 == 1;
        let takes = |run: &Run| run.next == kind && if up { value > run.last } else { value < run.last };
        if kind == STEPS - 1 {
            runs.retain(|run| {
                let complete = takes(run);
                if complete {
                    out.push((at, key, run.first, value));
                }
                !complete
            });
        } else {
            for run in runs.iter_mut().filter(|run| takes(run)) {
                run.last = value;
                run.next += 1;
            }
        }
    }
    out.found()
}
