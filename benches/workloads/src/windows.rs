//! Queries over windows: sums of all rows, by groups, and over a window that moves with each row.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::events::{Random, STEP_NS};
use super::{Events, Found, Input, Out, SECOND, Workload};

generated!(window_all { Totals } [value, at]);
generated!(window_filtered { Totals } [value, at]);
generated!(window_grouped { Totals } [key, value, at]);
generated!(window_sliding_sum { Moving } [number, at]);
generated!(window_sliding_max { Moving } [value, at]);

const HOUR: i64 = 3_600 * SECOND;
/// The length of windows that move: ten thousand rows.
const SLIDING: i64 = 10 * SECOND;

pub(crate) fn workloads() -> Vec<Workload> {
    let by_key = Workload {
        rules: window_grouped::RULES,
        by_hand: Some(|input| grouped(input.events())),
        generated: Some(window_grouped::run),
        events: 8_000_000,
        ..Workload::DEFAULT
    };
    let of_all =
        Workload { make: |count| Input::Columns(values(count)), events: 16_000_000, ..Workload::DEFAULT };
    let sliding = Workload { events: 2_000_000, ..Workload::DEFAULT };
    vec![
        Workload {
            name: "window: sum, min, max, avg",
            matches: 5,
            rules: window_all::RULES,
            by_hand: Some(|input| totals(input.events(), |_| true)),
            generated: Some(window_all::run),
            ..of_all
        },
        Workload {
            name: "window: the same, filtered",
            matches: 5,
            rules: window_filtered::RULES,
            by_hand: Some(|input| totals(input.events(), |value| value < 50.0)),
            generated: Some(window_filtered::run),
            ..of_all
        },
        Workload { name: "window: by 1 k keys", matches: 3_000, make: |count| keyed(count, 1_000), ..by_key },
        // The sums of a group lie in one line, and finding it needs another.
        Workload {
            name: "window: by 1 M keys",
            matches: 2_495_854,
            make: |count| keyed(count, 1_000_000),
            random_lines: 2.0,
            ..by_key
        },
        Workload {
            name: "window: sliding sum",
            matches: 2_000_000,
            rules: window_sliding_sum::RULES,
            make: |count| Input::Columns(numbers(count)),
            by_hand: Some(|input| moving_sum(input.events())),
            generated: Some(window_sliding_sum::run),
            ..sliding
        },
        Workload {
            name: "window: sliding max",
            matches: 2_000_000,
            rules: window_sliding_max::RULES,
            make: |count| Input::Columns(values(count)),
            by_hand: Some(|input| moving_max(input.events())),
            generated: Some(window_sliding_max::run),
            ..sliding
        },
    ]
}

fn values(count: usize) -> Events {
    let mut random = Random(4);
    let value = (0..count).map(|_| random.below(10_000) as f64 / 100.0).collect();
    Events { value, at: times(count), ..Events::default() }
}

fn numbers(count: usize) -> Events {
    let mut random = Random(5);
    let number = (0..count).map(|_| random.below(1_000) as i64).collect();
    Events { number, at: times(count), ..Events::default() }
}

fn keyed(count: usize, keys: u64) -> Input {
    let mut random = Random(6);
    let key = (0..count).map(|_| random.below(keys) as i64).collect();
    Input::Columns(Events { key, ..values(count) })
}

fn times(count: usize) -> Vec<i64> {
    (0..count).map(|index| index as i64 * STEP_NS).collect()
}

/// The rows of each hour, and its end. Times ascend, so the end of an hour is searched for instead of being looked for in each row.
fn hours(at: &[i64]) -> impl Iterator<Item = (std::ops::Range<usize>, i64)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let end = (at.get(from)?.div_euclid(HOUR) + 1) * HOUR;
        let rows = from..from + at[from..].partition_point(|time| *time < end);
        from = rows.end;
        Some((rows, end))
    })
}

/// Sums in several lanes, as the processor adds.
#[derive(Clone, Copy)]
struct Lanes {
    count: [u64; 8],
    sum: [f64; 8],
    low: [f64; 8],
    high: [f64; 8],
}

fn totals(events: &Events, wanted: impl Fn(f64) -> bool + Copy) -> Found {
    let mut out = Out::new(|found: &(i64, f64, f64, f64, f64)| found.1);
    for (rows, end) in hours(&events.at) {
        let mut lanes =
            Lanes { count: [0; 8], sum: [0.0; 8], low: [f64::INFINITY; 8], high: [f64::NEG_INFINITY; 8] };
        let (packs, rest) = events.value[rows].as_chunks::<8>();
        let mut add = |lane: usize, value: f64| {
            let wanted = wanted(value);
            lanes.count[lane] += u64::from(wanted);
            lanes.sum[lane] += if wanted { value } else { 0.0 };
            lanes.low[lane] = if wanted & (value < lanes.low[lane]) { value } else { lanes.low[lane] };
            lanes.high[lane] = if wanted & (value > lanes.high[lane]) { value } else { lanes.high[lane] };
        };
        for pack in packs {
            (0..8).for_each(|lane| add(lane, pack[lane]));
        }
        rest.iter().for_each(|value| add(0, *value));
        let count: u64 = lanes.count.iter().sum();
        if count > 0 {
            let sum: f64 = lanes.sum.iter().sum();
            let low = lanes.low.into_iter().fold(f64::INFINITY, f64::min);
            let high = lanes.high.into_iter().fold(f64::NEG_INFINITY, f64::max);
            out.push((end, sum, low, high, sum / count as f64));
        }
    }
    out.found()
}

/// What a group adds up.
struct Group {
    key: i64,
    sum: f64,
    count: u64,
}

fn grouped(events: &Events) -> Found {
    let mut out = Out::new(|found: &(i64, i64, f64, u64)| found.2);
    // Groups in the order of their first rows, as they are to be emitted; the table has their numbers.
    let mut numbers: HashMap<i64, u32, FixedState> = HashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for (rows, end) in hours(&events.at) {
        for (key, value) in events.key[rows.clone()].iter().zip(&events.value[rows]) {
            let number = *numbers.entry(*key).or_insert_with(|| {
                groups.push(Group { key: *key, sum: 0.0, count: 0 });
                groups.len() as u32 - 1
            });
            let group = &mut groups[number as usize];
            group.sum += value;
            group.count += 1;
        }
        groups.drain(..).for_each(|group| out.push((end, group.key, group.sum, group.count)));
        numbers.clear();
    }
    out.found()
}

fn moving_sum(events: &Events) -> Found {
    let mut out = Out::new(|found: &(i64, i64)| found.1 as f64);
    // Columns that were read are gone in a stream: the window has rows of its own.
    let (mut window, mut sum) = (VecDeque::new(), 0);
    for row in 0..events.len() {
        let (at, number) = (events.at[row], events.number[row]);
        window.push_back((at, number));
        sum += number;
        while let Some((_, left)) = window.pop_front_if(|front| front.0 <= at - SLIDING) {
            sum -= left;
        }
        out.push((at, sum));
    }
    out.found()
}

fn moving_max(events: &Events) -> Found {
    let mut out = Out::new(|found: &(i64, f64)| found.1);
    // Values that may yet be the greatest, with their times: they descend.
    let mut may: VecDeque<(i64, f64)> = VecDeque::new();
    for row in 0..events.len() {
        let (at, value) = (events.at[row], events.value[row]);
        while may.back().is_some_and(|last| last.1 <= value) {
            may.pop_back();
        }
        may.push_back((at, value));
        while may.front().is_some_and(|front| front.0 <= at - SLIDING) {
            may.pop_front();
        }
        out.push((at, may[0].1));
    }
    out.found()
}
