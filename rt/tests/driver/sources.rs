//! Several inputs, each with a watermark of its own.

use portent_rt::SourceId;
use proptest::prelude::*;

use crate::model;
use crate::program::{Event, LATENESS, chunk, instance, lines, standard};

/// The times that each of two sources brings: of type 0 and type 1.
fn times() -> impl Strategy<Value = [Vec<i64>; 2]> {
    let of_one = || prop::collection::vec(0..4i64, 0..120);
    (of_one(), of_one()).prop_map(|(a, b)| {
        [a, b].map(|steps| {
            let mut now = 0;
            let time = |step: i64| {
                now += step;
                now - step / 3 * (LATENESS + step)
            };
            steps.into_iter().map(time).collect()
        })
    })
}

proptest! {
    #[test]
    fn what_comes_out_does_not_depend_on_which_source_is_ahead(
        times in times(),
        turns in prop::collection::vec((0..2usize, 1..30usize), 0..20),
    ) {
        let plan = standard();
        let (mut instance, mut matches) = instance(&plan);
        let ids = [instance.add_source(&[0]), instance.add_source(&[1])];
        let of = |source: usize, at: i64| Event { ty: source, ..Event::new(at % 4, at) };
        let events = [0, 1].map(|source| times[source].iter().map(|&at| of(source, at)).collect::<Vec<_>>());
        let mut done = [0, 0];
        for (source, count) in turns.into_iter().chain([(0, usize::MAX), (1, usize::MAX)]) {
            let rest = &events[source][done[source]..];
            let piece = &rest[..rest.len().min(count)];
            done[source] += piece.len();
            instance.on_chunk(ids[source], &chunk(&plan, piece), &mut matches).unwrap();
            if count == usize::MAX {
                instance.finish_source(ids[source], &mut matches).unwrap();
            }
        }
        let accepted = events.map(|events| model::in_order(&events).0);
        let mut ordered = accepted.concat();
        ordered.sort_by_key(|(at, event)| (*at, event.ty));
        prop_assert_eq!(lines(&matches), model::emitted(&ordered));
        prop_assert_eq!(instance.stats().watermark, Some(i64::MAX));
    }
}

#[test]
fn a_source_that_is_silent_holds_time_back() {
    let plan = standard();
    let (mut instance, mut matches) = instance(&plan);
    let (a, b) = (instance.add_source(&[0]), instance.add_source(&[1]));
    assert_eq!((a, SourceId::default() == a), (a, true), "the first takes the place of the default");
    let events: Vec<Event> = (0..100).map(|at| Event::new(1, at)).collect();
    instance.on_chunk(a, &chunk(&plan, &events), &mut matches).unwrap();
    assert_eq!((matches.len(), instance.stats().waiting, instance.stats().watermark), (0, 100, None));
    instance.on_source_watermark(b, 50, &mut matches).unwrap();
    assert_eq!(instance.stats().waiting, 49, "those at 50 come before those of the second source at 50");
    instance.finish_source(b, &mut matches).unwrap();
    assert_eq!(instance.stats().waiting, LATENESS as usize, "only the first source holds time back now");
}
