//! A matcher takes events; this struct derives no `Event`.

use portent::{Event, Limits, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

struct Block {
    card: Symbol,
}

#[pattern("match a: Auth")]
fn one(a: &Auth) -> f64 {
    a.amount
}

fn push(block: &Block) {
    let mut found = Vec::new();
    let _ = one::matcher(Limits::default()).push(block, &mut found);
}

fn main() {}
