//! A field that the struct does not have, in a string and bare.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth[amout > 5.0]")]
fn in_a_string(a: &Auth) -> f64 {
    a.amount
}

#[pattern(match a: Auth -> b: Auth[amount > a.amout])]
fn bare(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn main() {}
