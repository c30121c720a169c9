//! The device's rules on the host.

use portent_example_no_std::{Alarms, Watch, demonstration};
use portent_rt::compiled::{Bound, Symbol};

#[test]
fn a_short_day() {
    assert_eq!(demonstration(), Ok(Alarms { out_of_range: 1, surges: 1, stuck: 1 }));
}

/// 40 pumps, one reading each 20 ms, and room for 16 pumps in two seconds.
#[test]
fn limits_hold_on_a_long_day() {
    let mut watch = Watch::new();
    for number in 0..100_000_i64 {
        let pressure = 3.0 + (number / 40 % 5) as f64 * 0.3;
        watch.read(number % 40, pressure, Symbol::EMPTY, number * 20).expect("ten readings wait at most");
    }
    let alarms = watch.finish().expect("nothing is due");
    assert!(alarms.surges > 10_000 && alarms.stuck == 0 && alarms.out_of_range == 0, "{alarms:?}");
    assert!(watch.dropped() > 10_000, "{}", watch.dropped());
}

#[test]
fn more_deadlines_than_there_is_room_for_are_an_error() {
    let mut watch = Watch::new();
    let opening = Symbol::inline("opening").expect("a short text");
    let results: Vec<_> =
        (0..40).map(|ms| watch.read(ms % 8, 3.0, opening.clone(), 1_000 + ms * 20)).collect();
    let stopped = results.into_iter().find_map(Result::err).expect("there are more than 16 within a second");
    assert_eq!((stopped.rule, stopped.bound, stopped.limit), (Some("Stuck"), Bound::Records, 16));
}
