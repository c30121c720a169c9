//! Card fraud, found by three patterns over the program's own structs.
//!
//! A card issuer sees authorisations and blocks, a few seconds out of order, and wants to know at once of
//!
//! - *card testing*: three or more small payments, then a large one, within ten minutes. Who steals a card tries it first;
//! - *impossible travel*: the same card in two countries within an hour;
//! - *use after a block*: a payment that came through although the card was blocked within the day before.
//!
//! Each pattern is a function: its parameters are what the pattern has found, its body makes the alert. What no parameter asks
//! for is not kept; `travel` and `after_block` ask for single values, so their runs hold no events at all.
//!
//! ```text
//! cargo run --example card_fraud
//! ```
//!
//! ```output
//! card 4711: 3 probes of 4.50 in all, then 890.00
//! card 0815: in CH, then in BR, 1500 s later
//! card 4711: 12.00 spent 120 s after it was blocked
//! ```

use portent::{Event, Kleene, Limits, Symbol, pattern};
use std::io::Write;

/// A payment with a card.
#[derive(Clone, Debug, Event)]
#[event(lateness = "10s")]
struct Auth {
    card: Symbol,
    amount: f64,
    country: Symbol,
    approved: bool,
    #[event(time = "s")]
    at: i64,
}

/// The holder has had a card blocked.
#[derive(Clone, Debug, Event)]
#[event(lateness = "10s")]
struct Block {
    card: Symbol,
    #[event(time = "s")]
    at: i64,
}

/// What arrives.
enum Message {
    Auth(Auth),
    Block(Block),
}

#[pattern(
    "partition by card
     match  small: Auth[approved and amount < 5.0]{3,} -> big: Auth[approved and amount > 500.0]
     within 10m
     after match skip past last"
)]
fn testing(small: Kleene<'_, Auth>, big: &Auth) -> String {
    let total: f64 = small.iter().map(|auth| auth.amount).sum();
    format!("card {}: {} probes of {total:.2} in all, then {:.2}", big.card, small.len(), big.amount)
}

// Without quotes, rustc points at the very word of a rule that it does not like.
#[pattern(
    partition by card
    match  a: Auth[approved] -> b: Auth[approved and country != a.country]
    within 1h
    after match skip past last
)]
fn travel(
    #[emit(b.card)] card: Symbol,
    #[emit(a.country)] from: Symbol,
    #[emit(b.country)] to: Symbol,
    #[emit(a.at)] left: i64,
    #[emit(b.at)] came: i64,
) -> String {
    format!("card {card}: in {from}, then in {to}, {} s later", (came - left) / 1_000_000_000)
}

/// A function that returns an `Option` has the last word: small change is let pass.
#[pattern(
    partition by card
    match  block: Block ~> auth: Auth[approved]
    within 1d
)]
fn after_block(
    #[emit(auth.card)] card: Symbol,
    #[emit(auth.amount)] amount: f64,
    #[emit(block.at)] blocked: i64,
    #[emit(auth.at)] spent: i64,
) -> Option<String> {
    let seconds = (spent - blocked) / 1_000_000_000;
    (amount >= 1.0).then(|| format!("card {card}: {amount:.2} spent {seconds} s after it was blocked"))
}

/// Feeds the messages to the matchers and writes what they find.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let mut testing = testing::matcher(Limits::default());
    let mut travel = travel::matcher(Limits::default());
    let mut after_block = after_block::matcher(Limits::default());
    // Where alerts go: a `Vec`, or a closure.
    let mut alerts: Vec<String> = Vec::new();
    for message in messages() {
        match &message {
            Message::Auth(auth) => {
                testing.push(auth, &mut alerts)?;
                travel.push(auth, &mut alerts)?;
                after_block.push_auth(auth, &mut alerts)?;
            }
            Message::Block(block) => {
                after_block.push_block(block, &mut alerts)?;
            }
        }
        for alert in alerts.drain(..) {
            writeln!(out, "{alert}")?;
        }
    }
    testing.finish(&mut alerts)?;
    travel.finish(&mut alerts)?;
    after_block.finish(&mut alerts)?;
    for alert in alerts {
        writeln!(out, "{alert}")?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    run(&mut std::io::stdout().lock())
}

/// An afternoon of two cards.
fn messages() -> Vec<Message> {
    let auth = |card: &str, amount, country: &str, at| {
        Message::Auth(Auth { card: card.into(), amount, country: country.into(), approved: true, at })
    };
    vec![
        auth("0815", 40.0, "CH", 0),
        auth("4711", 1.0, "CH", 60),
        // Two seconds late: within the lateness, so it takes its place in time.
        auth("4711", 2.0, "CH", 75),
        auth("4711", 1.5, "CH", 73),
        auth("4711", 890.0, "CH", 130),
        auth("0815", 25.0, "BR", 1500),
        Message::Block(Block { card: "4711".into(), at: 1600 }),
        auth("4711", 0.5, "CH", 1650),
        auth("4711", 12.0, "CH", 1720),
    ]
}
