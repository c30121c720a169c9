//! A guard alone: a query that selects 1 %, 50 % or 99 % of the events.

use super::{Events, Found, Input, Out, Workload};

generated!(filter_1 { Low } [key, kind, value, at]);
generated!(filter_50 { Low } [key, kind, value, at]);
generated!(filter_99 { Low } [key, kind, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    const OF: Workload =
        Workload { make: |count| Input::Columns(Events::uniform(count, 1_000, 1)), ..Workload::DEFAULT };
    vec![
        Workload {
            name: "filter 1 %",
            matches: 19_961,
            rules: filter_1::RULES,
            by_hand: Some(|input| select(input.events(), 1.0)),
            generated: Some(filter_1::run),
            ..OF
        },
        Workload {
            name: "filter 50 %",
            matches: 1_001_471,
            rules: filter_50::RULES,
            by_hand: Some(|input| select(input.events(), 50.0)),
            generated: Some(filter_50::run),
            ..OF
        },
        Workload {
            name: "filter 99 %",
            matches: 1_980_046,
            rules: filter_99::RULES,
            by_hand: Some(|input| select(input.events(), 99.0)),
            generated: Some(filter_99::run),
            ..OF
        },
    ]
}

fn select(events: &Events, below: f64) -> Found {
    let mut out = Out::new(|found: &(i64, i64, f64)| found.2);
    for row in 0..events.len() {
        if events.value[row] < below && events.kind[row] == 0 {
            out.push((events.at[row], events.key[row], events.value[row]));
        }
    }
    out.found()
}
