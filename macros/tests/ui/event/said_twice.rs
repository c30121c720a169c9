//! Two times of an event, and what is said twice of one field.

use portent::Event;

#[derive(Event)]
struct TwoTimes {
    #[event(time)]
    at: i64,
    #[event(time)]
    received: i64,
}

#[derive(Event)]
struct TimeTwice {
    #[event(time, time = "ms")]
    at: i64,
}

#[derive(Event)]
struct TimeAndTimestamp {
    #[event(time)]
    #[event(timestamp = "s")]
    at: i64,
}

#[derive(Event)]
struct NameTwice {
    #[event(time, name = "at", name = "when")]
    at: i64,
}

#[derive(Event)]
struct OneNameForTwo {
    #[event(time)]
    at: i64,
    #[event(name = "at")]
    when: i64,
}

#[derive(Event)]
#[event(lateness = "5s", lateness = "6s")]
struct LatenessTwice {
    #[event(time)]
    at: i64,
}

fn main() {}
