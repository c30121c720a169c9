//! Functions of the program: given what is not of the event, giving no `bool`, and called outside a guard.

use portent::{Event, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Auth -> b: Auth[above(a.amount)]")]
fn of_another_event(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

#[pattern("match a: Auth[doubled(amount)]")]
fn no_bool(a: &Auth) -> f64 {
    a.amount
}

#[pattern("match a: Auth -> b: Auth where above(b.amount)")]
fn outside_a_guard(a: &Auth, b: &Auth) -> f64 {
    a.amount + b.amount
}

fn above(amount: f64) -> bool {
    amount > 5.0
}

fn doubled(amount: f64) -> f64 {
    2.0 * amount
}

fn main() {}
