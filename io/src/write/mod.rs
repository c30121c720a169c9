//! Matches to bytes: JSON lines and CSV.
//!
//! A writer knows what each rule emits from its construction, where names are escaped once; then it appends values from
//! the columns to one buffer that it keeps.

mod csv;
mod json;
mod text;

use std::io::{self, Write};

use portent_rt::Matches;

pub use csv::CsvWriter;
pub use json::JsonLinesWriter;

/// Bytes that are gathered before they go out.
const WRITTEN_BYTES: usize = 64 << 10;

/// What every output format offers.
pub trait Writer: Send {
    /// Writes all of `matches`, in order. The matches are of the rules that the writer was made for.
    ///
    /// # Errors
    /// If `out` fails; some of the matches may have been written then.
    fn write(&mut self, matches: &Matches, out: &mut dyn Write) -> io::Result<()>;
}
