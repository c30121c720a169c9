//! A guard alone: a query that selects 1 %, 50 % or 99 % of the events.

use super::{Each, Events, Found, Workload};

generated!(filter_1, Low);
generated!(filter_50, Low);
generated!(filter_99, Low);

pub(crate) fn workloads() -> Vec<Workload> {
    type Generated = (fn(&Events) -> Found, fn(&Events, &mut dyn FnMut(Each)));
    let of = |name, rules, by_hand, (generated, generated_each): Generated| Workload {
        name,
        rules,
        keys: 1_000,
        kinds: 1,
        by_hand,
        generated,
        generated_each,
    };
    vec![
        of("filter 1 %", filter_1::RULES, |events| select(events, 1.0), (filter_1::run, filter_1::run_each)),
        of(
            "filter 50 %",
            filter_50::RULES,
            |events| select(events, 50.0),
            (filter_50::run, filter_50::run_each),
        ),
        of(
            "filter 99 %",
            filter_99::RULES,
            |events| select(events, 99.0),
            (filter_99::run, filter_99::run_each),
        ),
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
