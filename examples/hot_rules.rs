//! Rules that are changed while the program runs.
//!
//! An operator writes rules, the program compiles them to machine code and swaps them in between two events. Nothing is built
//! anew and nothing is restarted; a rule takes well under a millisecond to compile. Rules with a mistake are refused, with the
//! same message that `portent check` gives, and those before them stay in force.
//!
//! **What is kept over a swap:** a rule that did not change, nor what it reads, goes on where it was: card 0815 has made two small
//! payments when `Large` is added, and the large one that follows is still found. A rule that was changed begins with the next event,
//! since what the old one had half found may be no part of what the new one means.
//!
//! Here rules come over the same queue as events, so that it is clear which event sees which rules. A program that watches a
//! file does the same when the file has changed: read it, compile it, swap.
//!
//! ```text
//! cargo run --example hot_rules
//! ```
//!
//! ```output
//! new: Probed
//! Probed card=4711 amount=620
//! refused, the rules before stay in force: `Payment` has no field `amont`
//! Probed card=0815 amount=700
//! kept: Probed; new: Large
//! Large card=0815 amount=2500
//! Probed card=0815 amount=2500
//! Probed card=0815 amount=2500
//! kept: Large; new: Probed
//! Large card=4711 amount=3100
//! ```

use portent::jit::{Carried, Engine, Instance};
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
    /// Rules that have seen nothing.
    fn new() -> Result<Self, Box<dyn Error>> {
        let engine = Engine::compile("")?;
        let (instance, matches) = (engine.instance(), Matches::new(engine.outputs()));
        Ok(Self { engine, instance, matches })
    }

    /// Puts other rules in force. If they have a mistake, everything stays as it is.
    fn replace(&mut self, rules: &str) -> Result<Carried, Box<dyn Error>> {
        let engine = Engine::compile_named("rules.ptn", rules)?;
        let carried = self.instance.replace(&engine)?;
        self.matches = Matches::new(engine.outputs());
        self.engine = engine;
        Ok(carried)
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
    let mut detector = Detector::new()?;
    for message in messages() {
        match message {
            Message::Rules(text) => match detector.replace(text) {
                Ok(carried) => writeln!(out, "{}", told(&carried))?,
                Err(error) => {
                    let text = error.to_string();
                    let why =
                        text.lines().find_map(|line| Some(line.split_once("Error: ")?.1)).unwrap_or(&text);
                    writeln!(out, "refused, the rules before stay in force: {why}")?;
                }
            },
            Message::Payment(at, card, amount) => detector.on_payment(at, card, amount, out)?,
        }
    }
    Ok(())
}

/// `kept: A, B; new: C`
fn told(carried: &Carried) -> String {
    let parts = [("kept", &carried.kept), ("new", &carried.fresh)];
    let told = parts.iter().filter(|(_, names)| !names.is_empty());
    told.map(|(what, names)| format!("{what}: {}", names.join(", "))).collect::<Vec<_>>().join("; ")
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

/// Two small payments, then a large one.
pattern Probed
    partition by card
    match  small: Payment[amount < 5.0]{2} -> big: Payment[amount > 500.0]
    within 10m
    emit   { card: big.card, amount: big.amount }
";

const THIRD: &str = "
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
        // One rule more. The two small payments of card 0815 are not forgotten.
        Rules(SECOND),
        Payment(80, "0815", 2500.0),
        Payment(90, "4711", 3.0),
        Payment(100, "4711", 4.0),
        // `Probed` is another rule from here on: the two small payments of card 4711 are none of its.
        Rules(THIRD),
        Payment(110, "4711", 300.0),
        Payment(120, "4711", 3100.0),
    ]
}
