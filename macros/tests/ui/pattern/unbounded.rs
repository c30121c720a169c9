//! What the language refuses for its meaning is refused here.

use portent::{Event, Kleene, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Auth++")]
fn endless(a: &Auth, b: Kleene<'_, Auth>) -> f64 {
    a.amount + b.len() as f64
}

fn main() {}
