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
//! With the feature `jit` (on by default) a program compiles them when it starts:
//!
//! ```
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
//! Whole columns go in faster, see `Columns` and `jit::Instance::push_columns`. The language is described in
//! `docs/reference.md`.

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
