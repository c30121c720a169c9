//! `A -> B` within a time, by key, with a condition between the two.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, SECOND, Workload};

generated!(keyed_1k, Rise);
generated!(keyed_100k, Rise);

pub(crate) fn workloads() -> Vec<Workload> {
    vec![
        Workload {
            name: "keyed A -> B, 1 k keys",
            rules: keyed_1k::RULES,
            keys: 1_000,
            kinds: 4,
            by_hand: |events| rises(events, 10),
            generated: keyed_1k::run,
            generated_each: keyed_1k::run_each,
        },
        Workload {
            name: "keyed A -> B, 100 k keys",
            rules: keyed_100k::RULES,
            keys: 100_000,
            kinds: 4,
            by_hand: |events| rises(events, 1_000),
            generated: keyed_100k::run,
            generated_each: keyed_100k::run_each,
        },
    ]
}

fn rises(events: &Events, within_s: i64) -> Found {
    let mut waiting: HashMap<i64, VecDeque<(i64, f64)>, FixedState> = HashMap::default();
    let mut out: Vec<(i64, i64, f64, f64)> = Vec::new();
    for row in 0..events.at.len() {
        let (kind, value, at) = (events.kind[row], events.value[row], events.at[row]);
        if kind > 1 {
            continue;
        }
        let key = events.key[row];
        if kind == 1 {
            let Some(runs) = waiting.get_mut(&key) else { continue };
            while runs.front().is_some_and(|run| at - run.0 > within_s * SECOND) {
                runs.pop_front();
            }
            runs.retain(|run| {
                let rises = value > run.1;
                if rises {
                    out.push((at, key, run.1, value));
                }
                !rises
            });
        } else {
            let runs = waiting.entry(key).or_default();
            while runs.front().is_some_and(|run| at - run.0 > within_s * SECOND) {
                runs.pop_front();
            }
            runs.push_back((at, value));
        }
    }
    Found { matches: out.len() as u64, sum: out.iter().map(|found| found.3).sum() }
}
