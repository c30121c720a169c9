//! A step is an event type, with or without a variable before it.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a -> b: Auth within 10m")]
fn pair(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn main() {}
