//! What is found is what the function returns, not an `emit`.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth emit { card: a.card }")]
fn one(a: &Auth) -> Symbol {
    a.card.clone()
}

fn main() {}
