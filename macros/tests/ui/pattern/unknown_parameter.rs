//! A parameter names a variable of the pattern.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Auth within 10m")]
fn pair(a: &Auth, c: &Auth) -> f64 {
    a.amount + c.amount
}

#[pattern("match Auth -> Auth within 10m")]
fn no_variables(a: &Auth) -> f64 {
    a.amount
}

fn main() {}
