//! An event without a time.

use portent::Event;

#[derive(Event)]
struct Auth {
    amount: f64,
    at: i64,
}

fn main() {}
