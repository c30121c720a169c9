//! Bounds: how many partitions, how much disorder, and what a kernel refuses.

use std::collections::HashMap;
use std::sync::Arc;

use portent_rt::instance::{Bound, EngineError};
use portent_rt::plan::Plan;
use portent_rt::{Instance, Matches, Options, SourceId, Type};
use proptest::prelude::*;

use crate::kernels::{self, WAIT};
use crate::program::{Event, Line, chunk, instance, key, lines, plan, rule};

/// Visits by key, with at most `max` partitions.
fn visits(max: u32, fail: bool) -> Arc<Plan> {
    let mut visits = rule(&[0], kernels::visits);
    visits.keys = vec![key(Type::I64, kernels::KEY, 1)];
    visits.sweep = Some(kernels::visits_sweep);
    visits.partitions_max = max;
    visits.partitions_fail = fail;
    plan(vec![], vec![visits])
}

fn run(plan: &Arc<Plan>, events: &[Event], cut: usize) -> (Vec<Line>, Instance) {
    let (mut instance, mut matches) = instance(plan);
    for piece in events.chunks(cut) {
        instance.on_chunk(SourceId::default(), &chunk(plan, piece), &mut matches).unwrap();
    }
    instance.finish(&mut matches).unwrap();
    (lines(&matches), instance)
}

/// What `visits` means, and how many rows find no room.
fn model(events: &[Event], max: usize) -> (Vec<Line>, u64) {
    let mut partitions: HashMap<Option<i64>, (i64, i64)> = HashMap::new();
    let (mut lines, mut dropped) = (Vec::new(), 0);
    for event in events {
        let at = event.at.unwrap();
        partitions.retain(|_, (last, _)| *last + WAIT >= at);
        if !partitions.contains_key(&event.key) && partitions.len() >= max {
            dropped += 1;
            continue;
        }
        let (last, count) = partitions.entry(event.key).or_insert((at, 0));
        (*last, *count) = (at, *count + 1);
        lines.push((at, 0, [*count, 0]));
    }
    (lines, dropped)
}

proptest! {
    #[test]
    fn partitions_are_given_up_exactly_where_the_limit_needs_it(
        keys in prop::collection::vec((prop::option::weighted(0.9, 0..8i64), 0..4i64), 0..300),
        max in 1..6usize,
        cut in 1..120usize,
    ) {
        let mut now = 0;
        let events: Vec<Event> = keys.into_iter().map(|(key, step)| {
            now += step;
            Event { key, ..Event::new(0, now) }
        }).collect();
        let (lines, instance) = run(&visits(max as u32, false), &events, cut);
        let (model, dropped) = model(&events, max);
        prop_assert_eq!(lines, model);
        prop_assert_eq!(instance.stats().rules[0].counters.partitions_dropped, dropped);
        prop_assert!(instance.stats().rules[0].partitions <= max as u64);
    }
}

#[test]
fn partitions_that_time_has_ended_are_reused() {
    let events: Vec<Event> = (0..100_000).map(|at| Event::new(at, at)).collect();
    let (lines, instance) = run(&visits(1 << 20, false), &events, 5000);
    assert_eq!(lines.len(), events.len());
    let stats = &instance.stats().rules[0];
    assert!(stats.partitions <= 1024, "{} partitions, of which {WAIT} are of use", stats.partitions);
}

#[test]
fn one_partition_too_many_can_be_an_error() {
    let plan = visits(2, true);
    let (mut instance, mut matches) = instance(&plan);
    let events =
        [Event::new(1, 0), Event::new(2, 1), Event::new(3, 20), Event::new(4, 21), Event::new(5, 22)];
    let error = instance.on_chunk(SourceId::default(), &chunk(&plan, &events), &mut matches).err();
    assert_eq!(error, None, "all within lateness of the last");
    let error = instance.finish(&mut matches).unwrap_err();
    assert_eq!(error, EngineError { rule: Some("R0".into()), bound: Bound::Partitions, limit: 2 });
    assert_eq!(error.to_string(), "rule `R0`: the limit of 2 partitions is reached");
    assert_eq!(lines(&matches).len(), 4, "what was matched before is there");
    assert_eq!(instance.finish(&mut matches), Err(error));
}

#[test]
fn a_kernel_that_stops_is_an_error() {
    let plan = plan(vec![], vec![rule(&[0], kernels::stops)]);
    let (mut instance, mut matches) = instance(&plan);
    let events: Vec<Event> = (0..5).map(|at| Event::new(1, at)).collect();
    instance.on_chunk(SourceId::default(), &chunk(&plan, &events), &mut matches).unwrap();
    let error = instance.finish(&mut matches).unwrap_err();
    assert_eq!((error.bound, error.limit, matches.len()), (Bound::Runs, 7, 2));
}

#[test]
fn what_waits_is_bounded() {
    let plan = visits(1, false);
    let options = Options { disorder_max: 5, batch_rows: 64, ..Options::default() };
    let (mut instance, mut matches) = (Instance::new(plan.clone(), options), Matches::new(&plan.outputs));
    let few: Vec<Event> = (0..1000).map(|at| Event::new(1, at)).collect();
    instance.on_chunk(SourceId::default(), &chunk(&plan, &few), &mut matches).unwrap();
    let one = [Event::new(1, 999)];
    let error = instance.on_chunk(SourceId::default(), &chunk(&plan, &one), &mut matches).unwrap_err();
    assert_eq!((error.bound, error.limit, error.rule), (Bound::Disorder, 5, None));
}

#[test]
fn runs_are_swept_but_their_partitions_stay() {
    let mut keyed = rule(&[0], kernels::runs);
    keyed.keys = vec![key(Type::I64, kernels::KEY, 1)];
    keyed.sweep = Some(kernels::runs_sweep);
    let mut single = keyed.clone();
    single.keys.clear();
    let plan = plan(vec![], vec![keyed, single]);
    let events: Vec<Event> = (0..20_000).map(|at| Event::new(at % 10, at)).collect();
    let (_, instance) = run(&plan, &events, 777);
    let stats = instance.stats();
    assert!(stats.rules.iter().all(|rule| rule.runs < 5000));
    assert_eq!((stats.rules[0].partitions, stats.rules[1].partitions), (10, 1));
}
