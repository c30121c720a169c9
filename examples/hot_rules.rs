//! Rules that are changed while the program runs.
//!
//! An operator writes rules, the program compiles them to machine code and swaps them in between two events. Nothing is built
//! anew and nothing is restarted; a rule takes well under a millisecond to compile. Rules with a mistake are refused, with the
//! same message that `portent check` gives, and those before them stay in force.
//!
//! **What is kept over a swap:** nothing of what the old rules have seen. Their runs that are half way (a card with two small
//! payments so far) end without a match, and the new rules begin with the next event; so do their clocks. A program that
//! cannot lose what is under way lets the old rules run on beside the new ones for as long as their longest `within`, and
//! drops them then.
//!
//! Here rules come over the same queue as events, so that it is clear which event sees which rules. A program that watches a
//! file does the same when the file has changed: read it, compile it, swap.
//!
//! ```text
//! cargo run --example hot_rules
//! ```
//!
//! ```output
//! rules: Probed
//! Probed card=4711 amount=620
//! refused, the rules before stay in force: `Payment` has no field `amont`
//! Probed card=0815 amount=700
//! rules: Large, Probed
//! Large card=0815 amount=2500
//! Probed card=4711 amount=300
//! Large card=4711 amount=3100
//! ```

use portent::jit::{Engine, Instance};
use portent::{Matches, Tree, Value};
use std::error::Error;
use std::io::Write;

/// What comes over the queue.
enum Message {
    /// New rules, as text.
    Rules(&'static str),
    /// A payment: seconds, card, amount.
    Payment(i64, &'static str, f64),
}

/// The rules in force.
struct Detector {
    engine: Engine,
    instance: Instance,
    matches: Matches,
}

impl Detector {
    /// Compiles rules. They begin with nothing: no events, no runs.
    fn new(rules: &str) -> Result<Self, Box<dyn Error>> {
        let engine = Engine::compile_named("rules.ptn", rules)?;
        let (instance, matches) = (engine.instance(), Matches::new(engine.outputs()));
        Ok(Self { engine, instance, matches })
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.engine.outputs().iter().map(|output| output.name.as_str()).collect();
        names.join(", ")
    }

    fn on_payment(
        &mut self,
        at: i64,
        card: &str,
        amount: f64,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        let event = [Value::Str(card.to_owned()), Value::F64(amount), Value::Timestamp(at * 1_000_000_000)];
        self.instance.push("Payment", &event, &mut self.matches)?;
        for found in self.matches.iter(self.engine.outputs()) {
            write!(out, "{}", found.schema.name)?;
            for (name, value) in found.fields() {
                write!(out, " {name}={}", shown(&value))?;
            }
            writeln!(out)?;
        }
        self.matches.clear();
        Ok(())
    }
}

fn shown(value: &Tree) -> String {
    match value {
        Tree::Value(Value::Str(text)) => text.clone(),
        Tree::Value(Value::F64(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// Takes what comes over the queue and writes what is found.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut detector: Option<Detector> = None;
    for message in messages() {
        match message {
            Message::Rules(text) => match Detector::new(text) {
                Ok(new) => {
                    writeln!(out, "rules: {}", new.names())?;
                    // The old rules are dropped with their runs and their machine code. They are not finished: that would
                    // say that no more events come, and have them report what has only not happened yet.
                    detector = Some(new);
                }
                Err(error) => {
                    let text = error.to_string();
                    let why =
                        text.lines().find_map(|line| Some(line.split_once("Error: ")?.1)).unwrap_or(&text);
                    writeln!(out, "refused, the rules before stay in force: {why}")?;
                }
            },
            Message::Payment(at, card, amount) => {
                if let Some(detector) = &mut detector {
                    detector.on_payment(at, card, amount, out)?;
                }
            }
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout().lock())
}

const FIRST: &str = "
event Payment { card: str, amount: f64, at: timestamp } time at

/// Two small payments, then a large one.
pattern Probed
    partition by card
    match  small: Payment[amount < 5.0]{2} -> big: Payment[amount > 500.0]
    within 10m
    emit   { card: big.card, amount: big.amount }
";

const MISTAKEN: &str = "
event Payment { card: str, amount: f64, at: timestamp } time at
query Large from Payment[amont > 2000.0] emit { card, amount }
";

const SECOND: &str = "
event Payment { card: str, amount: f64, at: timestamp } time at

query Large from Payment[amount > 2000.0] emit { card, amount }

/// As before, with a lower bar.
pattern Probed
    partition by card
    match  small: Payment[amount < 5.0]{2} -> big: Payment[amount > 200.0]
    within 10m
    emit   { card: big.card, amount: big.amount }
";

fn messages() -> Vec<Message> {
    use Message::{Payment, Rules};
    vec![
        Rules(FIRST),
        Payment(0, "4711", 1.0),
        Payment(10, "4711", 2.0),
        Payment(20, "4711", 620.0),
        Payment(30, "0815", 1.0),
        // A typing mistake: card 0815 goes on under the rules that are in force.
        Rules(MISTAKEN),
        Payment(40, "0815", 2.0),
        Payment(50, "0815", 700.0),
        Payment(60, "0815", 1.0),
        Payment(70, "0815", 1.0),
        // From here on the new rules: the two small payments of card 0815 are forgotten.
        Rules(SECOND),
        Payment(80, "0815", 2500.0),
        Payment(90, "4711", 3.0),
        Payment(100, "4711", 4.0),
        Payment(110, "4711", 300.0),
        Payment(120, "4711", 3100.0),
    ]
}
