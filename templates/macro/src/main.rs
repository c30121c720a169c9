//! Reads `seconds card amount` from standard input, a payment in each line, and says which cards are being tested.

use portent::{Event, Kleene, Limits, Symbol, pattern};
use std::io::BufRead;

/// A payment by card.
#[derive(Clone, Debug, Event)]
#[event(lateness = "5s")]
struct Payment {
    card: Symbol,
    amount: f64,
    #[event(time = "s")]
    at: i64,
}

/// What is found.
#[derive(Debug, PartialEq)]
struct Alert {
    card: Symbol,
    probes: usize,
    amount: f64,
}

/// Three or more small payments, then a large one, with one card, within ten minutes.
#[pattern(
    "
    partition by card
    match  small: Payment[amount < 5.0]{3,} -> big: Payment[amount > 500.0]
    within 10m
    after match skip past last
"
)]
fn card_testing(small: Kleene<'_, Payment>, big: &Payment) -> Alert {
    Alert { card: big.card.clone(), probes: small.len(), amount: big.amount }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut matcher = card_testing::matcher(Limits::default());
    // Where matches go: a closure, or a `Vec`.
    let mut sink = |alert: Alert| println!("{}: {} probes, then {}", alert.card, alert.probes, alert.amount);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match payment(&line) {
            Some(payment) => {
                matcher.push(&payment, &mut sink)?;
            }
            None => eprintln!("not a payment: {line}"),
        }
    }
    matcher.finish(&mut sink)?;
    Ok(())
}

fn payment(line: &str) -> Option<Payment> {
    let mut words = line.split_whitespace();
    let at = words.next()?.parse().ok()?;
    let card = words.next()?.into();
    let amount = words.next()?.parse().ok()?;
    Some(Payment { card, amount, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_tested() {
        let mut matcher = card_testing::matcher(Limits::default());
        let mut alerts = Vec::new();
        for line in ["0 4711 1", "5 4711 1.5", "6 0815 2", "9 4711 2", "20 4711 900", "30 0815 900"] {
            matcher.push(&payment(line).expect("a payment"), &mut alerts).expect("no limit is reached");
        }
        matcher.finish(&mut alerts).expect("no limit is reached");
        assert_eq!(alerts, [Alert { card: "4711".into(), probes: 3, amount: 900.0 }]);
    }
}
