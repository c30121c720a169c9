//! A variable that nothing reads: the compiler of rules warns, and so does rustc, as of something deprecated.

#![deny(deprecated)]

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Auth[amount > 5.0] within 10m")]
fn in_a_string(b: &Auth) -> f64 {
    b.amount
}

#[pattern(match a: Auth -> b: Auth[amount > 5.0] within 10m)]
fn bare(b: &Auth) -> f64 {
    b.amount
}

#[allow(deprecated)]
#[pattern(match a: Auth -> b: Auth[amount > 5.0] within 10m)]
fn allowed(b: &Auth) -> f64 {
    b.amount
}

fn main() {}
