//! On a struct and on a module.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth")]
struct Found {
    card: Symbol,
}

#[pattern("match a: Auth")]
const FOUND: u32 = 1;

fn main() {}
