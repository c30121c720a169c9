//! A parameter has the type of its variable.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[derive(Clone, Debug, Event)]
struct Block {
    card: Symbol,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Block within 10m")]
fn blocked(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn main() {}
