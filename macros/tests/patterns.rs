//! Patterns over structs of the program, matched.

use portent::compiled::Stopped;
use portent::{Event, Kleene, Limits, Symbol, pattern};
use std::time::Duration;

const MS: i64 = 1_000_000;

#[derive(Clone, Debug, PartialEq, Event)]
struct Auth {
    card: Symbol,
    amount: f64,
    country: Option<String>,
    #[event(name = "from")]
    terminal: u32,
    #[event(time = "ms")]
    at: i64,
}

#[derive(Clone, Debug, PartialEq, Event)]
struct Block {
    card: Symbol,
    lasts: Duration,
    #[event(time = "ms")]
    at: i64,
}

#[derive(Event)]
enum Card {
    Auth(Auth),
    Block(Block),
}

fn auth(amount: f64, at: i64) -> Auth {
    Auth { card: "4711".into(), amount, country: Some("CH".into()), terminal: 7, at }
}

/// Small amounts, then a large one.
#[pattern(
    "partition by card
     match small: Auth[amount < 5.0]{2,} -> big: Auth[amount > 500.0]
     within 10m"
)]
fn card_testing(small: Kleene<'_, Auth>, big: &Auth) -> (Vec<f64>, Auth) {
    (small.iter().map(|auth| auth.amount).collect(), big.clone())
}

#[test]
fn variables_are_the_events_as_they_were_pushed() -> Result<(), Stopped> {
    let mut matcher = card_testing::matcher(Limits::default());
    let mut found = Vec::new();
    for (amount, at) in [(1.0, 0), (2.0, 1), (50.0, 2), (900.0, 3)] {
        matcher.push_auth(&auth(amount, at), &mut found)?;
    }
    matcher.finish(&mut found)?;
    assert_eq!(found, [(vec![1.0, 2.0], auth(900.0, 3))]);
    assert_eq!(matcher.stats().rules.len(), 1);
    Ok(())
}

fn risky(country: Option<&str>, amount: f64) -> bool {
    country == Some("XX") && amount > 10.0
}

/// Bare tokens, a function in the guard, single values, and a result that may be dropped.
#[pattern(
    partition by card
    match a: Auth[from == 7 and risky(country, amount)]+ -> b: Block[lasts >= 1m]
    within 10m
)]
fn blocked(
    #[emit(max(a.amount))] peak: f64,
    #[emit(count(a))] count: i64,
    b: &Block,
) -> Option<(f64, i64, Block)> {
    (peak < 1_000.0).then(|| (peak, count, b.clone()))
}

#[test]
fn guards_call_functions_of_the_program() -> Result<(), Stopped> {
    let run = |peak: f64| {
        let mut matcher = blocked::matcher(Limits::default());
        let mut found = Vec::new();
        let abroad = |amount, at| Card::Auth(Auth { country: Some("XX".into()), ..auth(amount, at) });
        let block = Block { card: "4711".into(), lasts: Duration::from_secs(60), at: 9 };
        let home = Card::Auth(auth(600.0, 1));
        for event in [abroad(11.0, 0), home, abroad(5.0, 2), abroad(peak, 3), Card::Block(block.clone())] {
            matcher.push(&event, &mut found)?;
        }
        matcher.finish(&mut found)?;
        Ok((found, block))
    };
    let (found, block) = run(20.0)?;
    // A match from each of the two that the guard lets through: nothing is skipped after a match.
    assert_eq!(found, [(20.0, 2, block.clone()), (20.0, 1, block)]);
    assert_eq!(run(2_000.0)?.0, []);
    Ok(())
}

#[pattern("match (a: Auth | b: Block) -> c: Auth[amount > 5.0] within 1s")]
fn either(a: Option<&Auth>, b: Option<&Block>, c: &Auth) -> (bool, bool, i64) {
    (a.is_some(), b.is_some(), c.at)
}

#[test]
fn sides_that_did_not_come_are_none() -> Result<(), Stopped> {
    let mut matcher = either::matcher(Limits::default());
    let mut found = Vec::new();
    matcher.push(&Block { card: "1".into(), lasts: Duration::ZERO, at: 1 }, &mut found)?;
    matcher.push(&auth(6.0, 2), &mut found)?;
    matcher.finish(&mut found)?;
    assert_eq!(found, [(false, true, 2)]);
    Ok(())
}

#[derive(Event)]
#[event(lateness = "2ms")]
struct Line<'a> {
    text: &'a str,
    #[event(time = "ms")]
    at: i64,
}

#[pattern("match a: Line[text like \"GET%\"] -> !Line[text == \"OK\"] for 3ms")]
fn unanswered(a: &Line<'_>) -> String {
    a.text.to_owned()
}

#[test]
fn borrowed_events_wait_for_late_ones_and_deadlines() -> Result<(), Stopped> {
    let mut matcher = unanswered::matcher(Limits::default());
    let mut found = Vec::new();
    matcher.push(&Line { text: "GET /b", at: 11 }, &mut found)?;
    matcher.push_line(&Line { text: "OK", at: 12 }, &mut found)?;
    matcher.push(&Line { text: "GET /a", at: 13 }, &mut found)?;
    matcher.push(&Line { text: "GET /late", at: 1 }, &mut found)?;
    matcher.watermark(20 * MS, &mut |text: String| found.push(text))?;
    assert_eq!(found, ["GET /a"]);
    Ok(())
}
