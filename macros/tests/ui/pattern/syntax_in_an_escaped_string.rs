//! A literal with escapes tells no columns; its line is shown all the same.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth[card = \"4711\"]")]
fn one(a: &Auth) -> f64 {
    a.amount
}

fn main() {}
