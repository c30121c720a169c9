//! Portent compiles rules over event streams to native code.
//!
//! Rules say what sequences of events to look for, in a small language:
//!
//! ```text
//! event Auth { card: str, amount: f64, country: str, approved: bool, at: timestamp(ms) } time at
//!
//! /// Approved in two countries within an hour.
//! pattern ImpossibleTravel
//!     partition by card
//!     match  a: Auth[approved] -> b: Auth[approved and country != a.country]
//!     within 1h
//!     emit   { card: a.card, from: a.country, to: b.country }
//! ```
//!
//! There are three ways to run them in a program. All have one meaning, and none interprets a rule for an event.
//!
//! | rules are | made native | see |
//! | --- | --- | --- |
//! | on a function, over structs of the program | when the crate is compiled | [`pattern`](macro@pattern), [`Event`](macro@Event) |
//! | in a file that the build script compiles | when the crate is compiled | [`include_rules!`] |
//! | text that is loaded | when the program starts, or later | `jit::Engine` |
//!
//! `docs/reference.md` in the repository describes the language and, in its last part, all three ways with their limits.
//!
//! # On a function
//!
//! ```
//! use portent::{Event, Limits, Symbol, pattern};
//!
//! #[derive(Clone, Debug, Event)]
//! struct Login {
//!     user: Symbol,
//!     ok: bool,
//!     #[event(time = "s")]
//!     at: i64,
//! }
//!
//! /// Three failures, then a success, within a minute.
//! #[pattern(
//!     "partition by user
//!      match  failed: Login[not ok]{3,} -> entered: Login[ok]
//!      within 1m
//!      after match skip past last"
//! )]
//! fn guessed(#[emit(count(failed))] failures: i64, entered: &Login) -> String {
//!     format!("{} got in after {failures} failures", entered.user)
//! }
//!
//! # fn main() -> Result<(), portent::compiled::Stopped> {
//! let mut matcher = guessed::matcher(Limits::default());
//! let mut alerts = Vec::new();
//! for (at, ok) in [(0, false), (5, false), (9, false), (12, true)] {
//!     matcher.push(&Login { user: "eve".into(), ok, at }, &mut alerts)?;
//! }
//! matcher.finish(&mut alerts)?;
//! assert_eq!(alerts, ["eve got in after 3 failures"]);
//! # Ok(())
//! # }
//! ```
//!
//! [The guide](portent_macros) says what events and parameters may be, and how a guard calls a function of the program.
//!
//! # In a file
//!
//! The build script, with `portent-compiler` among the build dependencies:
//!
//! ```text
//! portent_compiler::build::rules("rules/fraud.ptn");
//! ```
//!
//! and the program:
//!
//! ```text
//! portent::include_rules!("fraud");
//!
//! let mut rules = fraud::Rules::new(Limits::default());
//! rules.push_auth(auth, &mut |found: fraud::Match| println!("{found:?}"))?;
//! ```
//!
//! The module is Rust to be read: a struct for each event and each rule's matches, and small functions named after the rules. What they
//! call is in [`compiled`]. An event may be a struct of the program's own.
//!
//! # Loaded
//!
//! With the feature `jit` (on by default) a program compiles rules to machine code:
//!
#![cfg_attr(not(feature = "jit"), doc = "```text")]
#![cfg_attr(feature = "jit", doc = "```")]
//! use portent::jit::Engine;
//! use portent::{Matches, Value};
//!
//! let engine = Engine::compile(
//!     "event Tick { symbol: str, price: f64, at: timestamp(s) } time at
//!      pattern Rise
//!          partition by symbol
//!          match a: Tick -> b: Tick[price > 2.0 * a.price]
//!          within 10s
//!          emit { symbol: a.symbol, from: a.price, to: b.price }",
//! )?;
//! let mut instance = engine.instance();
//! let mut matches = Matches::new(engine.outputs());
//! let second = 1_000_000_000;
//! for (symbol, price, at) in [("IBM", 10.0, 1), ("IBM", 12.0, 2), ("IBM", 21.0, 3)] {
//!     let event = [Value::Str(symbol.into()), Value::F64(price), Value::Timestamp(at * second)];
//!     instance.push("Tick", &event, &mut matches)?;
//! }
//! instance.finish(&mut matches)?;
//! assert_eq!(matches.len(), 1);
//! let rise = matches.iter(engine.outputs()).next().unwrap();
//! assert_eq!(rise.ts(), 3 * second);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whole columns go in faster: see `Columns` and `jit::Instance::push_columns`.

pub use portent_macros::{Event, pattern};
pub use portent_rt::compiled;
pub use portent_rt::compiled::{Kleene, Limits, Symbol};
pub use portent_rt::output::{Match, Tree};
pub use portent_rt::{Batch, Chunk, Column, EventSchema, Matches, OutputSchema, Type, Value};

#[doc(hidden)]
pub use portent_macros::__pattern;

#[cfg(feature = "jit")]
mod columns;
#[cfg(feature = "jit")]
pub mod jit;

#[cfg(feature = "jit")]
pub use columns::{Columns, ColumnsError};

/// Brings in the rules that the build script has compiled: `include_rules!("fraud")` is the module `fraud` that
/// `portent_compiler::build::rules("rules/fraud.ptn")` has made.
///
/// It has a struct for each event type and for what each rule emits, `enum Match`, and `Rules` with `new`, `push_…`,
/// `watermark` and `finish`; see [`compiled`] for what these take and give.
#[macro_export]
macro_rules! include_rules {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}
