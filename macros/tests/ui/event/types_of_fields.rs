//! Types that rules do not know.

use portent::Event;

#[derive(Event)]
struct Big {
    #[event(time)]
    at: i64,
    balance: u64,
}

#[derive(Event)]
struct Nested {
    #[event(time)]
    at: i64,
    tags: Vec<String>,
}

#[derive(Event)]
struct TimeInFloat {
    #[event(time = "s")]
    at: f64,
}

#[derive(Event)]
struct TimeMayBeMissing {
    #[event(time)]
    at: Option<i64>,
}

fn main() {}
