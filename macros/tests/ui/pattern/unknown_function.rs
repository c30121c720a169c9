//! A guard calls a function that is neither of the language nor in scope.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth[risky(amount)]")]
fn in_a_string(a: &Auth) -> f64 {
    a.amount
}

#[pattern(match a: Auth[risky(amount)])]
fn bare(a: &Auth) -> f64 {
    a.amount
}

fn main() {}
