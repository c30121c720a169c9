//! A comparison of a text with a number, in a string and bare, and a guard that is no condition.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth[card > 5.0]")]
fn in_a_string(a: &Auth) -> f64 {
    a.amount
}

#[pattern(match a: Auth[card > 5.0])]
fn bare(a: &Auth) -> f64 {
    a.amount
}

#[pattern(match a: Auth[amount + 1.0])]
fn no_condition(a: &Auth) -> f64 {
    a.amount
}

fn main() {}
