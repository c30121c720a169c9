//! Each mistake is told, at its own place.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern(
    partition by kard
    match a: Auth[amount > limit] -> b: Auth
    within 10
)]
fn both(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

#[pattern(
    partition by kard
    match a: Auth[amount > limit] -> b: Auth
    within 10m
)]
fn names(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn main() {}
