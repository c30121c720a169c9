//! A pattern with nothing to complain of compiles where every warning is an error.

#![deny(warnings, missing_docs, unreachable_pub)]

use portent::{Event, Kleene, Limits, Symbol, pattern};

#[derive(Clone, Debug, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    #[event(time = "ms")]
    at: i64,
}

/// Small amounts, then a large one.
#[pattern(
    "partition by card
     match small: Auth[amount < 5.0]{3,} -> big: Auth[amount > 500.0]
     within 10m"
)]
fn testing(small: Kleene<'_, Auth>, big: &Auth) -> f64 {
    small.iter().map(|auth| auth.amount).sum::<f64>() + big.amount
}

fn main() {
    let mut matcher = testing::matcher(Limits::default());
    let mut found = Vec::new();
    for (amount, at) in [(1.0, 0), (2.0, 1), (3.0, 2), (900.0, 3)] {
        matcher.push(&Auth { card: "4711".into(), amount, at }, &mut found).expect("no limit is reached");
    }
    matcher.finish(&mut found).expect("no limit is reached");
    assert_eq!(found, [906.0]);
}
