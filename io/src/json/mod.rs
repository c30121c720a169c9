//! JSON lines to columns: one object a line.
//!
//! ```text
//!  window of text --scan--> cells of the used fields of each row   [`scan`], guided by [`shape`]
//!                 --decode-> one used column after the other       [`dialect`], [`crate::decode`]
//! ```
//!
//! The text of every value is checked to be JSON, used or not ([`syntax`]).

mod dialect;
mod reader;
mod scan;
mod shape;
mod string;
mod syntax;

pub use reader::{JsonLinesReader, JsonOptions};
