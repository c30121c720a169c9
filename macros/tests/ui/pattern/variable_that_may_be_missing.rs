//! A side of a choice, and an optional step, may not have come.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match (a: Auth[amount < 5.0] | b: Auth[amount > 500.0]) -> c: Auth? -> d: Auth within 10m")]
fn either(a: &Auth, b: Option<&Auth>, c: &Auth, d: &Auth) -> f64 {
    a.amount + b.map_or(0.0, |b| b.amount) + c.amount + d.amount
}

fn main() {}
