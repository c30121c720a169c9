//! Keys that a field or a struct does not have.

use portent::Event;

#[derive(Event)]
struct OfAField {
    #[event(time, unit = "ms")]
    at: i64,
}

#[derive(Event)]
#[event(late = "5s")]
struct OfTheStruct {
    #[event(time)]
    at: i64,
}

fn main() {}
