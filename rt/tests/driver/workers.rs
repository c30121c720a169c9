//! Several workers emit what one instance does, hold no more than they should, and end whatever happens.

use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};

use portent_rt::instance::{Bound, Cause};
use portent_rt::plan::{GuardPlan, Placement, Plan};
use portent_rt::state::Context;
use portent_rt::workers::{Done, Given, IN_FLIGHT, Workers, WorkersError, WorkersOptions};
use portent_rt::{Chunk, Matches, Options, SourceId, Type};
use proptest::prelude::*;

use crate::kernels;
use crate::metamorphic::events;
use crate::program::{Event, Line, chunk, instance, key, lines, placed, rule};

/// 2 `each` A; 3 `count` A whose key is no multiple of 3, and B, by key, opened by A and B whose key is no multiple of 2; 4 `quiet` A by text; 5 `count` by key and text; 6 `each` A, whole.
fn spread() -> Arc<Plan> {
    let guards = vec![
        GuardPlan { ty: 0, kernel: kernels::no_multiple::<0, 0, { kernels::KEY }, 3> },
        GuardPlan { ty: 1, kernel: kernels::no_multiple::<1, 1, { kernels::KEY }, 2> },
    ];
    let each = rule(&[0], kernels::each::<0>);
    let mut count = rule(&[0, 1], kernels::count);
    count.keys = vec![key(Type::I64, kernels::KEY, 2)];
    count.inputs[0].wants = Some(vec![0]);
    count.inputs[1].opens = Some(vec![1]);
    let mut quiet = rule(&[0], kernels::quiet::<0>);
    quiet.keys = vec![key(Type::Str, kernels::TEXT, 1)];
    quiet.timer = Some(kernels::quiet_timer);
    let mut both = rule(&[0, 1], kernels::count);
    both.keys = vec![key(Type::I64, kernels::KEY, 2), key(Type::Str, kernels::TEXT, 2)];
    let places = vec![
        Placement::InTurn,
        Placement::ByKey(count.keys.clone()),
        Placement::ByKey(quiet.keys.clone()),
        Placement::ByKey(both.keys.clone()),
        Placement::Whole(1),
    ];
    placed(guards, vec![each.clone(), count, quiet, both, each], places)
}

fn workers(plan: &Arc<Plan>, count: usize) -> (Workers, Matches) {
    let instance = Options { batch_rows: 64, ..Options::default() };
    let options = WorkersOptions { count, instance, gives_back: true, ..WorkersOptions::default() };
    (Workers::start(plan.clone(), &options).unwrap(), Matches::new(&plan.outputs))
}

/// What `count` workers emit, and the error that stops them.
fn run(plan: &Arc<Plan>, events: &[Event], cut: usize, count: usize) -> (Vec<Line>, Option<WorkersError>) {
    let (mut workers, mut matches) = workers(plan, count);
    let give = |piece| workers.on_chunk(SourceId::default(), chunk(plan, piece), &mut matches);
    let mut result = events.chunks(cut).try_for_each(give);
    result = result.and_then(|()| workers.finish(&mut matches));
    (lines(&matches), result.err())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_number_of_workers_emits_what_one_instance_does(events in events(400), cut in 1..150usize) {
        let plan = spread();
        let (mut one, mut matches) = instance(&plan);
        for piece in events.chunks(cut) {
            one.on_chunk(SourceId::default(), &chunk(&plan, piece), &mut matches).unwrap();
        }
        one.finish(&mut matches).unwrap();
        for count in [1, 2, 3, 5] {
            prop_assert_eq!(run(&plan, &events, cut, count), (lines(&matches), None), "{} workers", count);
        }
    }

    #[test]
    fn a_bound_stops_all_at_the_same_match(at in 0..300usize, cut in 1..150usize) {
        // The rule that stops does so at the third row of a call; the others have other places in the order.
        let each = rule(&[0], kernels::each::<0>);
        let stops = rule(&[1], kernels::stops_of_b);
        let places = vec![Placement::InTurn, Placement::Whole(1), Placement::InTurn];
        let plan = placed(vec![], vec![each.clone(), stops, each], places);
        let mut events: Vec<Event> = (0..400).map(|at| Event::new(at, at)).collect();
        events[at..at + 3].iter_mut().for_each(|event| event.ty = 1);
        let one = run(&plan, &events, cut, 1);
        for count in [2, 3] {
            prop_assert_eq!(run(&plan, &events, cut, count), one.clone(), "{} workers", count);
        }
    }
}

#[test]
fn a_bound_is_an_error_for_good() {
    let stops = rule(&[1], kernels::stops_of_b);
    let plan = placed(vec![], vec![stops], vec![Placement::Whole(1)]);
    let (mut workers, mut matches) = workers(&plan, 2);
    let events: Vec<Event> = (0..5).map(|at| Event { ty: 1, ..Event::new(1, at) }).collect();
    workers.on_chunk(SourceId::default(), chunk(&plan, &events), &mut matches).unwrap();
    let error = workers.finish(&mut matches).unwrap_err();
    assert!(matches!(&error, WorkersError::Stopped(error) if error.bound == Bound::Runs), "{error}");
    assert_eq!(matches.len(), 2);
    assert_eq!(workers.on_watermark(9, &mut matches), Err(error));
    assert_eq!(workers.stats(&mut matches).unwrap().rules[0].matches, 2);
}

#[test]
fn what_was_given_comes_back_with_what_was_not_let_in() {
    let plan = spread();
    for count in [1, 3] {
        let (mut workers, mut matches) = workers(&plan, count);
        let late = [Event::new(1, 50), Event::new(2, 100), Event::new(3, 94)];
        workers.on_chunk(SourceId::default(), chunk(&plan, &late), &mut matches).unwrap();
        workers.drain(&mut matches).unwrap();
        let Some(Done { input: Given::Chunk(chunk), rejected, .. }) = workers.take_done() else {
            panic!("the chunk comes back")
        };
        assert_eq!((chunk.len(), rejected.len(), rejected[0].row), (3, 1, 2));
        assert_eq!(rejected[0].cause, Cause::Late { by: 1 });
        assert!(workers.take_done().is_none());
        assert_eq!(workers.source_watermark(SourceId::default()), 95);
        assert_eq!(workers.next_deadline(), None, "that of 50 has fired, and the one at 100 waits");
        let stats = workers.stats(&mut matches).unwrap();
        assert_eq!((stats.inputs[0].events, stats.inputs[0].late), (3, 1));
        assert_eq!(stats.rules.iter().map(|rule| rule.selected).collect::<Vec<_>>(), [1, 1, 1, 1, 1]);
    }
}

#[test]
fn all_that_was_given_comes_back_however_late_it_is_asked_for() {
    let plan = spread();
    for count in [1, 3] {
        let (mut workers, mut matches) = workers(&plan, count);
        for at in 0..20 {
            workers.on_chunk(SourceId::default(), chunk(&plan, &[Event::new(1, at)]), &mut matches).unwrap();
        }
        workers.drain(&mut matches).unwrap();
        assert_eq!(std::iter::from_fn(|| workers.take_done()).count(), 20, "{count} workers");
    }
}

#[test]
fn sources_have_watermarks_of_their_own() {
    let plan = spread();
    let (mut workers, mut matches) = workers(&plan, 2);
    let a = workers.add_source(&[0], &mut matches).unwrap();
    let b = workers.add_source(&[1], &mut matches).unwrap();
    workers.on_chunk(a, chunk(&plan, &[Event::new(1, 50)]), &mut matches).unwrap();
    workers.drain(&mut matches).unwrap();
    assert_eq!((workers.source_watermark(a), workers.source_watermark(b)), (45, i64::MIN));
    assert!(matches.is_empty(), "the other source holds time back");
    workers.finish_source(b, &mut matches).unwrap();
    workers.finish_source(a, &mut matches).unwrap();
    workers.drain(&mut matches).unwrap();
    assert_eq!(matches.len(), 5);
}

#[test]
fn a_panic_in_a_worker_is_an_error() {
    let plan = spread();
    let (mut workers, mut matches) = workers(&plan, 3);
    // A chunk without a batch for each type is refused by a panic.
    workers.on_chunk(SourceId::default(), Chunk::default(), &mut matches).unwrap();
    let error = workers.drain(&mut matches).unwrap_err();
    let WorkersError::Panicked { message, .. } = &error else { panic!("{error}") };
    assert!(message.contains("a batch for each input type"), "{message}");
    assert_eq!(workers.finish(&mut matches), Err(error.clone()));
    assert_eq!(workers.stats(&mut matches), Err(error));
}

#[test]
fn more_workers_than_cores_may_be_bound_to_them() {
    let plan = spread();
    let options = WorkersOptions { count: 5, pin: true, ..WorkersOptions::default() };
    let (mut workers, mut matches) =
        (Workers::start(plan.clone(), &options).unwrap(), Matches::new(&plan.outputs));
    assert_eq!(workers.count(), 5);
    workers.on_chunk(SourceId::default(), chunk(&plan, &[Event::new(1, 0)]), &mut matches).unwrap();
    workers.finish(&mut matches).unwrap();
    assert_eq!(matches.len(), 5);
}

/// What the kernel `gated` waits for.
static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// A step kernel that does not return before the gate is open.
unsafe extern "C" fn gated(_: *mut Context) {
    let mut open = GATE.0.lock().unwrap();
    while !*open {
        open = GATE.1.wait(open).unwrap();
    }
}

#[test]
fn a_slow_worker_holds_the_caller_back() {
    let plan = placed(vec![], vec![rule(&[0], gated)], vec![Placement::Whole(1)]);
    let (mut workers, mut matches) = workers(&plan, 2);
    let mut give = |at: i64| {
        // The first of the two is before the watermark.
        let events = [Event::new(1, at), Event::new(1, at + 100)];
        workers.on_chunk(SourceId::default(), chunk(&plan, &events), &mut matches).unwrap();
        workers.in_flight()
    };
    for number in 0..IN_FLIGHT {
        assert_eq!(give(200 * number as i64), number + 1, "none is done");
    }
    let (full, told) = channel();
    let opener = std::thread::spawn(move || {
        told.recv().unwrap();
        *GATE.0.lock().unwrap() = true;
        GATE.1.notify_all();
    });
    full.send(()).unwrap();
    give(10_000);
    assert!(*GATE.0.lock().unwrap(), "one more waits until the first is done");
    opener.join().unwrap();
    // What is under way when they are dropped is done with.
    drop(workers);
}
