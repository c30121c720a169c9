//! A mistake in the grammar: the message shows the line of the string and marks the place.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern(
    "partition by card
     match a: Auth[amount < 5.0] -> -> b: Auth
     within 10m"
)]
fn twice(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn main() {}
