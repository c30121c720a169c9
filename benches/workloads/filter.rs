//! A guard alone: a query that selects 1 %, 50 % or 99 % of the events.

use super::{Events, Found, Workload};

pub(crate) fn workloads() -> Vec<Workload> {
    let of = |name, below: &str, by_hand| Workload {
        name,
        rules: format!("query Low from E[value < {below} and kind == 0] emit {{ key, value }}"),
        keys: 1_000,
        kinds: 1,
        by_hand,
    };
    vec![
        of("filter 1 %", "1.0", |events| select(events, 1.0)),
        of("filter 50 %", "50.0", |events| select(events, 50.0)),
        of("filter 99 %", "99.0", |events| select(events, 99.0)),
    ]
}

fn select(events: &Events, below: f64) -> Found {
    let mut out: Vec<(i64, i64, f64)> = Vec::new();
    for row in 0..events.at.len() {
        if events.value[row] < below && events.kind[row] == 0 {
            out.push((events.at[row], events.key[row], events.value[row]));
        }
    }
    Found { matches: out.len() as u64, sum: out.iter().map(|found| found.2).sum() }
}
