//! Skip till any match, as the literature measures it: chains over n + 6 uniform types of events within 100 events, every match read out.
//!
//! The number of matches of an event hardly grows with n, for a type becomes rarer with each step, but that of partial matches does. With a
//! repetition both grow like 2 to the power of the Bs of a window, so there the events are few.
//!
//! By hand nothing is done until a last step comes: what lies in the window then is searched backwards.

use std::collections::VecDeque;

use super::{Events, Found, Input, Out, Workload};

generated!(any_3 { Any } [kind, value, at]);
generated!(any_6 { Any } [kind, value, at]);
generated!(any_9 { Any } [kind, value, at]);
generated!(any_6_never { Any } [kind, value, at]);
generated!(any_9_never { Any } [kind, value, at]);
generated!(any_repeated { Any } [kind, value, at]);
generated!(any_either { Any } [kind, value, at]);

const WINDOW: usize = 100;

pub(crate) fn workloads() -> Vec<Workload> {
    macro_rules! of {
        ($name:literal, $module:ident, $types:literal, $matches:literal, $by_hand:expr) => {
            Workload {
                name: $name,
                rules: $module::RULES,
                events: 500_000,
                oracle_events: 1_000,
                matches: $matches,
                make: |count| Input::Columns(Events::uniform(count, 1, $types)),
                by_hand: Some(|input| ($by_hand)(input.events())),
                generated: Some($module::run),
                generated_each: Some($module::run_each),
                ..Workload::DEFAULT
            }
        };
    }
    vec![
        of!("any A ~> B ~> C", any_3, 9, 3_278_126, |events| chains::<3>(events, [0, 1, 2])),
        of!("any of 6 steps", any_6, 12, 11_513_697, |events| chains::<6>(events, [0, 1, 2, 3, 4, 5])),
        of!("any of 9 steps", any_9, 15, 2_083_655, |events| {
            chains::<9>(events, [0, 1, 2, 3, 4, 5, 6, 7, 8])
        }),
        of!("any of 6 steps, the last never", any_6_never, 12, 0, |events| {
            chains::<6>(events, [0, 1, 2, 3, 4, 12])
        }),
        of!("any of 9 steps, the last never", any_9_never, 15, 0, |events| {
            chains::<9>(events, [0, 1, 2, 3, 4, 5, 6, 7, 15])
        }),
        of!("any A ~> (B | C) ~> D", any_either, 10, 4_828_682, either),
        Workload {
            events: 5_000,
            oracle_events: 100,
            matches: 10_846_406,
            ..of!("any A ~> B+ ~> C", any_repeated, 9, 0, repeated)
        },
    ]
}

/// The events of one step that may still be in the window: row and value.
type Step = VecDeque<(usize, f64)>;

/// Adds an event, and drops those that have left the window.
fn push(step: &mut Step, row: usize, value: f64) {
    while step.front().is_some_and(|(old, _)| row - old >= WINDOW) {
        step.pop_front();
    }
    step.push_back((row, value));
}

/// Those of the window that ends at `last` which come before `before`, latest first.
fn earlier(step: &Step, before: usize, last: usize) -> impl Iterator<Item = (usize, f64)> {
    let in_window = move |(row, _): &(usize, f64)| last - row < WINDOW;
    step.iter().rev().copied().skip_while(move |(row, _)| *row >= before).take_while(in_window)
}

fn chains<const STEPS: usize>(events: &Events, kinds: [i64; STEPS]) -> Found {
    let mut steps: [Step; STEPS] = std::array::from_fn(|_| Step::new());
    let mut out = Out::new(|found: &(i64, [f64; STEPS])| found.1[STEPS - 1]);
    for row in 0..events.len() {
        let (kind, value) = (events.kind[row], events.value[row]);
        let Some(step) = kinds.iter().position(|wanted| *wanted == kind) else { continue };
        if step < STEPS - 1 {
            push(&mut steps[step], row, value);
            continue;
        }
        let mut chosen = [0.0; STEPS];
        chosen[step] = value;
        search(&steps[..step], row, row, &mut chosen, &mut |chosen| out.push((events.at[row], *chosen)));
    }
    out.found()
}

/// Every choice of one event of each step, in order, before the row `before`.
fn search<const STEPS: usize>(
    steps: &[Step],
    before: usize,
    last: usize,
    chosen: &mut [f64; STEPS],
    found: &mut impl FnMut(&[f64; STEPS]),
) {
    let Some((step, rest)) = steps.split_last() else { return found(chosen) };
    for (row, value) in earlier(step, before, last) {
        chosen[rest.len()] = value;
        search(rest, row, last, chosen, found);
    }
}

fn either(events: &Events) -> Found {
    let (mut a, mut middle) = (Step::new(), VecDeque::<(usize, bool, f64)>::new());
    let mut out = Out::new(|found: &(i64, f64, Option<f64>, Option<f64>, f64)| found.4);
    for row in 0..events.len() {
        let value = events.value[row];
        match events.kind[row] {
            0 => push(&mut a, row, value),
            kind @ 1..=2 => {
                while middle.front().is_some_and(|(old, ..)| row - old >= WINDOW) {
                    middle.pop_front();
                }
                middle.push_back((row, kind == 1, value));
            }
            3 => {
                let in_window = |(old, ..): &&(usize, bool, f64)| row - old < WINDOW;
                for (place, is_b, between) in middle.iter().rev().take_while(in_window) {
                    let (b, c) = if *is_b { (Some(*between), None) } else { (None, Some(*between)) };
                    for (_, first) in earlier(&a, *place, row) {
                        out.push((events.at[row], first, b, c, value));
                    }
                }
            }
            _ => {}
        }
    }
    out.found()
}

fn repeated(events: &Events) -> Found {
    let (mut a, mut b) = (Step::new(), Step::new());
    let mut out = Out::new(|found: &(i64, f64, i64, f64, f64)| found.4);
    for row in 0..events.len() {
        let value = events.value[row];
        match events.kind[row] {
            0 => push(&mut a, row, value),
            1 => push(&mut b, row, value),
            2 => {
                subsets(&a, &b, row, row, (0, 0.0), &mut |first, count, total| {
                    out.push((events.at[row], first, count, total, value));
                });
            }
            _ => {}
        }
    }
    out.found()
}

/// Every choice of one or more Bs before the row `before`, and of an A before them all.
fn subsets(
    a: &Step,
    b: &Step,
    before: usize,
    last: usize,
    (count, total): (i64, f64),
    found: &mut impl FnMut(f64, i64, f64),
) {
    for (row, value) in earlier(b, before, last) {
        let (count, total) = (count + 1, total + value);
        for (_, first) in earlier(a, row, last) {
            found(first, count, total);
        }
        subsets(a, b, row, last, (count, total), found);
    }
}
