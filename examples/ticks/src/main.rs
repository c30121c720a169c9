//! Spoofing and V shapes on an order book: rules in a file, compiled to Rust by the build script, over the program's own struct.
//!
//! `rules/book.ptn` says what to look for. `build.rs` makes a module of it and maps the rules' `Order` onto the struct below, which
//! has a field that no rule declares, integers of its own width, and times in microseconds. `push_order` then takes an `&Order`;
//! each rule's matches are a struct of the rule's name, and `enum Match` is any of them.
//!
//! ```text
//! cargo run -p portent-example-ticks
//! ```
//!
//! ```output
//! 1.400 s  Mallory offered 5000 to buy, sold 200, and took the offer back 300 ms later
//! 2.900 s  XYZ fell from 101.2 to 100.7 and is at 101.4 after 5 trades
//! 19 messages, 6 trades
//! ```

use portent::Symbol;
use portent::compiled::Limits;
use std::io::Write;

// The module `book`: what the build script has made of `rules/book.ptn`.
portent::include_rules!("book");

use book::{Match, Rules};

/// A message of an order book, as the exchange's feed has it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The number of the message, of which the rules know nothing.
    pub sequence: u64,
    /// What is traded.
    pub book: Symbol,
    /// By whom.
    pub trader: Symbol,
    /// The order that the message is about.
    pub id: u32,
    /// `add`, `fill` or `cancel`.
    pub kind: &'static str,
    /// `buy` or `sell`.
    pub side: &'static str,
    /// How many.
    pub size: u32,
    /// For how much each.
    pub price: f32,
    /// Microseconds.
    pub at: i64,
}

/// Feeds the messages to the rules and writes what they find.
pub fn run(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let mut rules = Rules::new(Limits::default());
    let (mut lines, mut trades, mut messages) = (Vec::new(), 0, 0);
    // Where matches go: a closure, or a `Vec`.
    let mut sink = |found: Match| match found {
        Match::Spoof(spoof) => lines.push(spoofed(&spoof)),
        Match::VShape(shape) => lines.push(format!(
            "{}  {} fell from {:.1} to {:.1} and is at {:.1} after {} trades",
            seconds(shape.ts),
            shape.book,
            shape.from,
            shape.low,
            shape.to,
            shape.falls + 2
        )),
        Match::Trade(_) => trades += 1,
    };
    for order in feed() {
        messages += 1;
        rules.push_order(&order, &mut sink)?;
    }
    rules.finish(&mut sink)?;
    for line in lines {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{messages} messages, {trades} trades")?;
    Ok(())
}

fn spoofed(spoof: &book::Spoof) -> String {
    let (offered, done) = if spoof.side == "buy" { ("buy", "sold") } else { ("sell", "bought") };
    format!(
        "{}  {} offered {} to {offered}, {done} {}, and took the offer back {} ms later",
        seconds(spoof.ts),
        spoof.trader,
        spoof.offered,
        spoof.filled,
        (spoof.ts - spoof.filled_at) / 1_000_000
    )
}

fn seconds(nanos: i64) -> String {
    format!("{}.{:03} s", nanos / 1_000_000_000, nanos / 1_000_000 % 1_000)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    run(&mut std::io::stdout().lock())
}

/// Three seconds of one book.
fn feed() -> impl Iterator<Item = Order> {
    include_str!("../feed.txt").lines().enumerate().map(|(index, line)| {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        let [at, kind, trader, id, side, size, price] = words[..] else {
            panic!("seven words in a line: {line}")
        };
        Order {
            sequence: index as u64 + 1,
            book: "XYZ".into(),
            trader: trader.into(),
            id: id.parse().expect("the number of an order"),
            kind,
            side,
            size: size.parse().expect("a size"),
            price: price.parse().expect("a price"),
            at: at.parse::<i64>().expect("milliseconds") * 1_000,
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_output_is_what_the_documentation_says() {
        let mut out = Vec::new();
        super::run(&mut out).expect("no limit is reached");
        let said = include_str!("main.rs").lines().skip_while(|line| *line != "//! ```output").skip(1);
        let said =
            said.take_while(|line| *line != "//! ```").map(|line| format!("{}\n", &line["//! ".len()..]));
        assert_eq!(String::from_utf8(out).expect("text"), said.collect::<String>());
    }
}
