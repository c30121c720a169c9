//! Values of keys that say nothing.

use portent::Event;

#[derive(Event)]
struct Unit {
    #[event(time = "minutes")]
    at: i64,
}

#[derive(Event)]
#[event(lateness = "5 seconds")]
struct Lateness {
    #[event(time)]
    at: i64,
}

#[derive(Event)]
struct Name {
    #[event(time, name = "at all")]
    at: i64,
}

#[derive(Event)]
struct NoText {
    #[event(time = 5)]
    at: i64,
}

fn main() {}
