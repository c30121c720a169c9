//! How input is cut changes nothing, and what comes out is what the model says.

use portent_rt::{Instance, Matches, SourceId};
use proptest::prelude::*;

use crate::model;
use crate::program::{Event, Line, chunk, instance, lines, standard};

fn event() -> impl Strategy<Value = Event> {
    let text = prop_oneof![
        Just(None),
        Just(Some(String::new())),
        "[ab]{1,2}".prop_map(Some),
        "a text that is long [ab]".prop_map(Some),
    ];
    let at = prop_oneof![30 => (0..6i64).prop_map(Some), 1 => Just(None)];
    (0..2usize, prop::option::weighted(0.9, 0..6i64), text, at).prop_map(|(ty, key, text, at)| Event {
        ty,
        key,
        text,
        at,
    })
}

/// Events whose time grows by `step` each, less what is drawn: `scatter` times as much.
pub(crate) fn events(len: usize) -> impl Strategy<Value = Vec<Event>> {
    (prop::collection::vec(event(), 0..len), 0..3i64, 0..3i64).prop_map(|(mut events, step, scatter)| {
        for (number, event) in (0..).zip(&mut events) {
            event.at = event.at.map(|at| number * step - at * scatter);
        }
        events
    })
}

/// Feeds events in pieces of the given lengths, over and over, telling the watermark between them.
fn run(events: &[Event], cuts: &[usize], redundant: bool) -> (Vec<Line>, Instance) {
    let plan = standard();
    let (mut instance, mut matches) = instance(&plan);
    let (mut lengths, mut rest) = (cuts.iter().cycle(), events);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(lengths.next().map_or(rest.len(), |cut| *cut)));
        instance.on_chunk(SourceId::default(), &chunk(&plan, piece), &mut matches).unwrap();
        if let (true, Some(watermark)) = (redundant, instance.stats().watermark) {
            instance.on_watermark(watermark, &mut matches).unwrap();
        }
        rest = after;
    }
    instance.finish(&mut matches).unwrap();
    (lines(&matches), instance)
}

proptest! {
    #[test]
    fn emits_what_the_model_says_however_it_is_cut(
        events in events(400),
        cuts in prop::collection::vec(1..150usize, 0..5),
        redundant: bool,
    ) {
        let (ordered, late, untimed) = model::in_order(&events);
        let (lines, instance) = run(&events, &cuts, redundant);
        prop_assert_eq!(lines, model::emitted(&ordered));
        let stats = instance.stats();
        let sum = |of: fn(&portent_rt::instance::InputStats) -> u64| stats.inputs.iter().map(of).sum::<u64>();
        prop_assert_eq!(sum(|input| input.events), events.len() as u64);
        prop_assert_eq!(sum(|input| input.late), late as u64);
        prop_assert_eq!(sum(|input| input.untimed), untimed as u64);
        prop_assert_eq!(stats.waiting, 0);
    }

    #[test]
    fn matches_are_in_order_over_calls(events in events(300), cut in 1..40usize) {
        let (lines, _) = run(&events, &[cut], false);
        prop_assert!(lines.is_sorted_by_key(|line| line.0));
    }

    #[test]
    fn a_batch_of_one_type_is_as_good_as_a_chunk(events in events(300), cut in 1..200usize) {
        let events: Vec<_> = events.into_iter().filter(|event| event.ty == 0).collect();
        let plan = standard();
        let (mut whole, mut matches) = instance(&plan);
        for piece in events.chunks(cut) {
            whole.on_batch(SourceId::default(), 0, &chunk(&plan, piece).batches[0], &mut matches).unwrap();
        }
        whole.finish(&mut matches).unwrap();
        prop_assert_eq!(lines(&matches), run(&events, &[], false).0);
    }
}

#[test]
fn what_is_rejected_is_named() {
    let plan = standard();
    let (mut instance, mut matches) = instance(&plan);
    let untimed = Event { at: None, ..Event::new(1, 0) };
    let other = Event { ty: 1, ..Event::new(1, 100) };
    let mut input = chunk(&plan, &[Event::new(1, 50), other, untimed, Event::new(1, 94), Event::new(1, 95)]);
    input.lines = vec![11, 12, 13, 14, 15];
    instance.on_chunk(SourceId::default(), &input, &mut matches).unwrap();
    use portent_rt::instance::{Cause, Rejected};
    let rejected = [
        Rejected { ty: 0, row: 1, arrival: 2, line: Some(13), cause: Cause::Untimed },
        Rejected { ty: 0, row: 2, arrival: 3, line: Some(14), cause: Cause::Late { by: 1 } },
    ];
    assert_eq!(instance.rejected(), rejected);
    assert_eq!(instance.stats().waiting, 1, "the one at 100");
    instance.on_chunk(SourceId::default(), &chunk(&plan, &[]), &mut matches).unwrap();
    assert!(instance.rejected().is_empty());
    assert_eq!(instance.next_deadline(), Some(105), "that of 60 has fired: the watermark is 95");
}

#[test]
fn deadlines_fire_when_time_has_passed_them() {
    let plan = standard();
    let (mut instance, mut matches) = instance(&plan);
    instance.on_chunk(SourceId::default(), &chunk(&plan, &[Event::new(1, 0)]), &mut matches).unwrap();
    instance.on_watermark(0, &mut matches).unwrap();
    assert_eq!(instance.next_deadline(), Some(10));
    let before = matches.len();
    instance.on_watermark(10, &mut matches).unwrap();
    assert_eq!(matches.len(), before);
    instance.on_watermark(11, &mut matches).unwrap();
    assert_eq!(&lines(&matches)[before..], [(10, 2, [1, 0]), (10, 3, [4, 1])]);
    assert_eq!(instance.next_deadline(), None);
}

#[test]
fn outputs_may_be_taken_at_any_time() {
    let plan = standard();
    let events: Vec<Event> = (0..500).map(|at| Event::new(at % 7, at)).collect();
    let (mut instance, mut matches) = instance(&plan);
    let mut all = Vec::new();
    for piece in events.chunks(37) {
        matches.clear();
        instance.on_chunk(SourceId::default(), &chunk(&plan, piece), &mut matches).unwrap();
        all.extend(lines(&matches));
    }
    matches = Matches::new(&plan.outputs);
    instance.finish(&mut matches).unwrap();
    all.extend(lines(&matches));
    assert_eq!(all, run(&events, &[], false).0);
}
