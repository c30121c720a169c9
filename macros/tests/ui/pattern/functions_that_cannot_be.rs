//! Functions that no matcher can call.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth")]
async fn asynchronous(a: &Auth) -> f64 {
    a.amount
}

#[pattern("match a: Auth")]
fn generic<T>(a: &Auth) -> Option<(f64, T)> {
    (a.amount > 0.0).then(|| unreachable!())
}

#[pattern("match a: Auth")]
fn destructured(Auth { amount, .. }: &Auth) -> f64 {
    *amount
}

fn main() {}
