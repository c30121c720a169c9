//! Bytes to columns and matches to bytes.
//!
//! ```text
//!  file, pipe ──Source──> bytes ──CsvReader──────┐
//!             (gzip, zstd)      ──JsonLinesReader┴──> Chunk ──> (a compiled program)
//!                                        │                              │
//!                                     BadRow                         Matches
//!                                                                       │
//!                             bytes <──JsonLinesWriter, CsvWriter───────┘
//! ```
//!
//! Readers ([`Reader`]) append rows to a [`portent_rt::Chunk`], decoding only the fields that a rule reads:
//!
//! ```text
//!  Buffer ──scan──> cells (where each used value stands) ──decode──> columns, one after the other
//! ```
//!
//! A scanner knows the format and no types; the decoder (`decode`) knows types and asks the format's
//! dialect only about values that are not of the usual form. A bad row appends nothing, is reported with its
//! line and cause, and never stops the input.
//!
//! Between two rows a reader has a [`Position`], from which another one goes on: [`Source::open_at`], [`CsvReader::resume`],
//! [`JsonLinesReader::resume`]. Writers say how many bytes they have written ([`Writer::bytes`]).

mod bad;
mod buffer;
mod cell;
mod csv;
mod decode;
mod error;
mod json;
mod pending;
mod position;
mod reader;
mod source;
mod value;
mod write;

pub use bad::{BadRow, BadRowReason};
pub use csv::{CsvOptions, CsvReader};
pub use error::ReadError;
pub use json::{JsonLinesReader, JsonOptions};
pub use position::{Position, Texts};
pub use reader::{ROW_BYTES_MAX, ReadOutcome, Reader};
pub use source::{Compression, Source};
pub use write::{CsvWriter, JsonLinesWriter, Writer, json_string};
