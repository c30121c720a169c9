//! An enum of events holds structs that are events, and has no attributes.

use portent::Event;

#[derive(Event)]
struct Auth {
    #[event(time)]
    at: i64,
}

#[derive(Event)]
#[event(lateness = "5s")]
enum Attributes {
    Auth(Auth),
}

#[derive(Event)]
enum Fields {
    Auth { at: i64 },
}

#[derive(Event)]
enum Empty {}

fn main() {}
