//! Several inputs, each with a watermark of its own.

use portent_rt::SourceId;
use portent_rt::instance::Cause;
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

/// What a program is told, one thing after the other.
#[derive(Clone, Debug)]
enum Told {
    /// Events of a source, at these times.
    Events(usize, Vec<i64>),
    /// Whether a source is silent.
    Idle(usize, bool),
}

/// How far a source has come, written down as plainly as possible.
#[derive(Clone, Copy, Default)]
struct Come {
    greatest: Option<i64>,
    idle: bool,
}

/// What two sources have brought that is not late, and how late the others are.
#[derive(Default)]
struct Sides {
    come: [Come; 2],
    /// The watermark of each, and the greatest that both together have had.
    watermarks: [Option<i64>; 2],
    reached: Option<i64>,
    accepted: Vec<(i64, Event)>,
    late_by: Vec<i64>,
}

impl Sides {
    /// The watermark of both: the least of those that count, the greatest if none does, and never less than before.
    fn watermark(&mut self) -> Option<i64> {
        let counting: Vec<_> = (0..2).filter(|&side| !self.come[side].idle).collect();
        let now = match counting.as_slice() {
            [] => self.watermarks[0].max(self.watermarks[1]),
            counting => counting.iter().map(|&side| self.watermarks[side]).min().flatten(),
        };
        self.reached = self.reached.max(now);
        self.reached
    }

    fn tell(&mut self, told: &Told) {
        self.watermark();
        match told {
            &Told::Idle(side, idle) => self.set_idle(side, idle),
            Told::Events(side, times) => times.iter().for_each(|&at| {
                self.set_idle(*side, false);
                match self.watermarks[*side].filter(|&watermark| at < watermark) {
                    Some(watermark) => self.late_by.push(watermark - at),
                    None => {
                        self.come[*side].greatest = self.come[*side].greatest.max(Some(at));
                        let own = self.come[*side].greatest.map(|greatest| greatest - LATENESS);
                        self.watermarks[*side] = self.watermarks[*side].max(own);
                        self.accepted.push((at, Event { ty: *side, ..Event::new(at % 4, at) }));
                    }
                }
            }),
        }
        self.watermark();
    }

    fn set_idle(&mut self, side: usize, idle: bool) {
        if self.come[side].idle && !idle {
            self.watermarks[side] = self.watermarks[side].max(self.reached);
        }
        self.come[side].idle = idle;
    }
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    let events = (0..2usize, prop::collection::vec(-8..30i64, 0..40), 0..3i64);
    let events = prop_oneof![
        3 => events.prop_map(|(side, steps, slope)| Told::Events(side, {
            (0..).zip(steps).map(|(number, step)| number * slope + step).collect()
        })),
        2 => (0..2usize, prop::bool::weighted(0.7)).prop_map(|(side, idle)| Told::Idle(side, idle)),
    ];
    prop::collection::vec(events, 0..14).prop_map(|mut all| {
        // Later pieces are of later times, mostly.
        for (turn, told) in (0..).zip(&mut all) {
            if let Told::Events(_, times) = told {
                times.iter_mut().for_each(|at| *at += turn * 12);
            }
        }
        all
    })
}

proptest! {
    #[test]
    fn with_idle_sources_order_and_independence_of_cuts_remain(told in told(), cut in 1..20usize) {
        let mut sides = Sides::default();
        told.iter().for_each(|told| sides.tell(told));
        let mut ordered = sides.accepted;
        ordered.sort_by_key(|(at, event)| (*at, event.ty));

        for cut in [cut, usize::MAX] {
            let plan = standard();
            let (mut instance, mut matches) = instance(&plan);
            let ids = [instance.add_source(&[0]), instance.add_source(&[1])];
            let (mut late_by, mut watermark) = (Vec::new(), i64::MIN);
            for told in &told {
                match told {
                    &Told::Idle(side, idle) => instance.set_idle(ids[side], idle, &mut matches).unwrap(),
                    Told::Events(side, times) => for times in times.chunks(cut.min(times.len().max(1))) {
                        let of = |&at: &i64| Event { ty: *side, ..Event::new(at % 4, at) };
                        let events: Vec<_> = times.iter().map(of).collect();
                        instance.on_chunk(ids[*side], &chunk(&plan, &events), &mut matches).unwrap();
                        late_by.extend(instance.rejected().iter().map(|row| match row.cause {
                            Cause::Late { by } => by,
                            Cause::Untimed => panic!("all have a time"),
                        }));
                    }
                }
                prop_assert!(instance.watermark() >= watermark, "time does not go back");
                watermark = instance.watermark();
                prop_assert!(instance.next_due().is_none_or(|due| due > watermark), "what is due is done");
            }
            prop_assert_eq!(&late_by, &sides.late_by);
            instance.finish(&mut matches).unwrap();
            prop_assert_eq!(lines(&matches), model::emitted(&ordered));
        }
    }
}

#[test]
fn a_silent_source_is_waited_for_until_it_is_idle() {
    let plan = standard();
    let (mut instance, mut matches) = instance(&plan);
    let (a, b) = (instance.add_source(&[0]), instance.add_source(&[1]));
    let of = |ty: usize, at: i64| chunk(&plan, &[Event { ty, ..Event::new(1, at) }]);
    instance.on_chunk(b, &of(1, 100), &mut matches).unwrap();
    instance.set_idle(a, true, &mut matches).unwrap();
    assert_eq!((instance.watermark(), instance.waiting()), (100 - LATENESS, 1));
    assert_eq!(
        instance.next_due(),
        Some(101),
        "`a` may still bring an event at 100, which comes before that of `b`"
    );
    instance.on_source_watermark(b, 101, &mut matches).unwrap();
    assert_eq!((instance.waiting(), instance.next_due()), (0, None));
    instance.on_chunk(a, &of(0, 98), &mut matches).unwrap();
    assert_eq!(instance.rejected()[0].cause, Cause::Late { by: 3 });
    assert!(!instance.is_idle(a), "it counts again");
    instance.on_chunk(b, &of(1, 200), &mut matches).unwrap();
    assert_eq!((instance.source_watermark(a), instance.watermark()), (101, 101));
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
