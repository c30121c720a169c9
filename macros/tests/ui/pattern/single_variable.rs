//! A variable that is bound once is no list of events, nor an owned event.

use portent::{Event, Kleene, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Auth within 10m")]
fn pair(a: Kleene<'_, Auth>, b: Auth) -> f64 {
    a[0].amount + b.amount
}

fn main() {}
