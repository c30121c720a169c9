//! A repeated variable is no single event.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match small: Auth[amount < 5.0]{3,} -> big: Auth within 10m")]
fn testing(small: &Auth, big: &Auth) -> f64 {
    small.amount + big.amount
}

fn main() {}
