//! A matcher takes the events of its pattern.

use portent::{Event, Limits, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[derive(Clone, Debug, Event)]
struct Block {
    card: Symbol,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Auth within 10m")]
fn pair(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn push(block: &Block) {
    let mut found = Vec::new();
    let _ = pair::matcher(Limits::default()).push(block, &mut found);
}

fn main() {}
