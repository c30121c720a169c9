//! `A -> B` within a time, by key, with a condition between the two: from keys that lie in a near cache to such that no cache holds.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Events, Found, Input, Out, SECOND, Workload};

generated!(keyed_1k { Rise } [key, kind, value, at]);
generated!(keyed_100k { Rise } [key, kind, value, at]);
generated!(keyed_1m { Rise } [key, kind, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    let of_1k = Workload {
        rules: keyed_1k::RULES,
        by_hand: Some(|input| rises(input.events(), 10)),
        generated: Some(keyed_1k::run),
        generated_each: Some(keyed_1k::run_each),
        ..Workload::DEFAULT
    };
    let of_100k = Workload {
        rules: keyed_100k::RULES,
        by_hand: Some(|input| rises(input.events(), 1_000)),
        generated: Some(keyed_100k::run),
        generated_each: Some(keyed_100k::run_each),
        ..Workload::DEFAULT
    };
    let of_1m = Workload {
        rules: keyed_1m::RULES,
        by_hand: Some(|input| rises(input.events(), 10_000)),
        generated: Some(keyed_1m::run),
        generated_each: Some(keyed_1m::run_each),
        events: 8_000_000,
        ..Workload::DEFAULT
    };
    vec![
        Workload {
            name: "keyed A -> B, 1 k keys",
            matches: 315_859,
            make: |count| uniform(count, 1_000),
            ..of_1k
        },
        // One event in two is of a kind that is looked up, and of a key that is not in a near cache.
        Workload {
            name: "keyed A -> B, 100 k keys",
            matches: 256_607,
            make: |count| uniform(count, 100_000),
            ..of_100k
        },
        Workload {
            name: "keyed A -> B, 1 M keys",
            matches: 682_522,
            make: |count| uniform(count, 1_000_000),
            random_lines: 0.5,
            ..of_1m
        },
        Workload {
            name: "keyed A -> B, 1 k Zipf keys",
            matches: 387_740,
            make: |count| zipf(count, 1_000),
            ..of_1k
        },
        Workload {
            name: "keyed A -> B, 100 k Zipf keys",
            matches: 393_355,
            make: |count| zipf(count, 100_000),
            ..of_100k
        },
        Workload {
            name: "keyed A -> B, 1 M Zipf keys",
            matches: 1_523_143,
            make: |count| zipf(count, 1_000_000),
            ..of_1m
        },
    ]
}

fn uniform(count: usize, keys: u64) -> Input {
    Input::Columns(Events::uniform(count, keys, 4))
}

fn zipf(count: usize, keys: u64) -> Input {
    Input::Columns(Events::zipf(count, keys, 4))
}

fn rises(events: &Events, within_s: i64) -> Found {
    let mut waiting: HashMap<i64, VecDeque<(i64, f64)>, FixedState> = HashMap::default();
    let mut out = Out::new(|found: &(i64, i64, f64, f64)| found.3);
    for row in 0..events.len() {
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
    out.found()
}
