//! An event type is a struct in scope that derives `Event`.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Payment -> b: Auth within 10m")]
fn pair(b: &Auth) -> f64 {
    b.amount
}

fn main() {}
