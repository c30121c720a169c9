//! Single values: an unknown field, an unknown variable, a type that is not that of the value.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth")]
fn field(#[emit(a.amout)] amount: f64) -> f64 {
    amount
}

#[pattern("match a: Auth")]
fn variable(#[emit(count(b))] count: i64) -> i64 {
    count
}

#[pattern("match a: Auth{3}")]
fn ty(#[emit(count(a))] count: f64) -> f64 {
    count
}

#[pattern("match a: Auth{3}")]
fn missing(#[emit(max(a.amount))] most: i64) -> i64 {
    most
}

#[pattern("match a: Auth{3}")]
fn whole(#[emit(a)] all: Vec<Auth>) -> usize {
    all.len()
}

fn main() {}
