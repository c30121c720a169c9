//! Text that is no pattern, or more than one.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("")]
fn nothing(a: &Auth) -> f64 {
    a.amount
}

#[pattern("match a: Auth pattern Second match b: Auth")]
fn two(a: &Auth) -> f64 {
    a.amount
}

fn main() {}
