//! Patterns over the program's own structs: [`macro@Event`] makes a struct an event, [`macro@pattern`] makes a function the
//! end of a pattern. Both come with the crate `portent`.
//!
//! ```
//! use portent::{Event, Kleene, Limits, Symbol, pattern};
//!
//! /// A card authorisation.
//! #[derive(Clone, Debug, Event)]
//! #[event(lateness = "5s")]
//! struct Auth {
//!     card: Symbol,
//!     amount: f64,
//!     #[event(time = "ms")]
//!     at: i64,
//! }
//!
//! /// What the pattern finds.
//! #[derive(Debug, PartialEq)]
//! struct Alert {
//!     card: Symbol,
//!     probes: usize,
//! }
//!
//! /// Three or more small amounts, then a large one, on one card, within ten minutes.
//! #[pattern("
//!     partition by card
//!     match  small: Auth[amount < 5.0]{3,} -> big: Auth[amount > 500.0]
//!     within 10m
//! ")]
//! fn card_testing(small: Kleene<'_, Auth>, big: &Auth) -> Alert {
//!     Alert { card: big.card.clone(), probes: small.len() }
//! }
//!
//! # fn main() -> Result<(), portent::compiled::Stopped> {
//! let mut matcher = card_testing::matcher(Limits::default());
//! let mut alerts = Vec::new();
//! for (second, amount) in [(0, 1.0), (1, 2.0), (2, 1.5), (3, 900.0)] {
//!     matcher.push(&Auth { card: "4711".into(), amount, at: second * 1_000 }, &mut alerts)?;
//! }
//! matcher.finish(&mut alerts)?;
//! assert_eq!(alerts, [Alert { card: "4711".into(), probes: 3 }]);
//! # Ok(())
//! # }
//! ```
//!
//! # Events
//!
//! A field is a `bool`, an integer of up to 64 bits (not `u64`), a float, a text (`Symbol`, `String`, `&str`), a
//! `Duration`, a `SystemTime`, or an `Option` of one, which may be null. Of text, a `Symbol` is the one that costs nothing:
//! rules keep text as symbols, which neither allocates nor copies more than 24 bytes.
//!
//! | attribute | on | means |
//! | --- | --- | --- |
//! | `#[event(time)]` | a field, `i64` or `SystemTime` | when it happened; `i64` in nanoseconds since 1970 |
//! | `#[event(time = "ms")]` | a field, `i64` | so, in `s`, `ms`, `us` or `ns` |
//! | `#[event(timestamp = "ms")]` | a field, `i64` or `Option<i64>` | a point in time, but not the event's |
//! | `#[event(name = "from")]` | a field | what rules call it |
//! | `#[event(lateness = "5s")]` | the struct | how far an event may lag behind the latest |
//!
//! An enum of events, `enum Card { Auth(Auth), Block(Block) }`, can be derived too: a matcher that takes each of its types
//! takes it in `push`.
//!
//! # Patterns
//!
//! The text is the body of a rule: `partition by`, `match`, `where`, `within`, `after match skip`, `limit`. Event types are
//! the structs of these names in scope, in this crate (`use` brings them in as a struct and as a macro of the same name).
//! Written as a string, a mistake is shown with its line and column in the message and marked there, for rustc shows a macro
//! nothing smaller than a whole literal; written bare, `#[pattern(match a: Auth -> …)]`, rustc itself points at it.
//!
//! An event type that is not in scope, or does not derive `Event`, is reported as a macro that rustc cannot find. Warnings
//! about a pattern, such as of a variable that nothing reads, come as the use of something deprecated, the way in which
//! macros can warn; `#[allow(deprecated)]` on the function silences them.
//!
//! A parameter is a variable of the pattern, with all fields of its event:
//!
//! | variable | parameter |
//! | --- | --- |
//! | bound once | `a: &Auth` |
//! | repeated | `b: Kleene<'_, Auth>`, which is `&[Auth]` |
//! | possibly missing (a side of a pattern with a bar, `?`) | `c: Option<&Auth>` |
//!
//! What no parameter asks for is not kept. A parameter may ask for a single value instead of whole events, in the language of
//! rules, and only this value is kept: `#[emit(max(small.amount))] peak: Option<f64>`. Numbers come as `i64` and `f64`, times
//! and durations as `i64` nanoseconds, text as `Symbol`, and what may be null as an `Option`.
//!
//! The function's result is the match. One that returns an `Option` drops the match with `None`.
//!
//! # Functions in guards
//!
//! A guard may call a function of the program, by a name that is none of the language's: `a: Auth[risky(country, amount)]`. Its
//! arguments are fields of the event whose guard it is (text as `&str` or what the struct has, by reference; other values
//! themselves), or the step's own variable for the whole event, and its result is `bool`. It is called once for each event that
//! is pushed, whether or not the rest of the guard holds, and so has to be pure.
//!
//! # The matcher
//!
//! `card_testing::matcher(limits)` makes a `card_testing::Matcher` with `push(&event, &mut sink)`, `watermark(time, &mut sink)`,
//! `finish(&mut sink)` and `stats()`, and with a method for each event type of the pattern, as `push_auth(&auth, &mut sink)`;
//! `push` takes any of them, and an enum of them. A sink is a `Vec` or a closure. The module and its methods are as visible as the function.

mod event;
mod expand;
mod hosts;
mod params;
mod pattern;
mod schema;
mod source;

use proc_macro::TokenStream;

/// Makes a struct an event that patterns know, or an enum one of several. See [the guide](crate).
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    finished(syn::parse(input).and_then(|input| event::derive(&input)))
}

/// Makes a function the end of a pattern: beside it stands a module of its name with `matcher(limits)`. See
/// [the guide](crate).
#[proc_macro_attribute]
pub fn pattern(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item: proc_macro2::TokenStream = item.into();
    match pattern::ask(attribute.into(), item.clone()) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// The second half of `#[pattern]`, when the event types have said what they are. Not for use by hand.
#[doc(hidden)]
#[proc_macro]
pub fn __pattern(input: TokenStream) -> TokenStream {
    finished(syn::parse(input).and_then(|input| expand::expand(&input)))
}

fn finished(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
