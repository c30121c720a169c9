//! What cannot be an event.

use portent::Event;

#[derive(Event)]
struct Tuple(i64);

#[derive(Event)]
struct Generic<T> {
    #[event(time)]
    at: i64,
    value: T,
}

#[derive(Event)]
struct TwoLifetimes<'a, 'b> {
    #[event(time)]
    at: i64,
    from: &'a str,
    to: &'b str,
}

#[derive(Event)]
union Either {
    at: i64,
    amount: f64,
}

fn main() {}
