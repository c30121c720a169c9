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

/// Appends `text` as a JSON string, quotes and all.
pub fn json_string(text: &str, out: &mut Vec<u8>) {
    text::string(text, out);
}

/// Writes gathered bytes out, and counts them.
fn write_out(text: &mut Vec<u8>, written: &mut u64, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text)?;
    *written += text.len() as u64;
    text.clear();
    Ok(())
}

/// What every output format offers.
pub trait Writer: Send {
    /// Writes all of `matches`, in order. The matches are of the rules that the writer was made for.
    ///
    /// # Errors
    /// If `out` fails; some of the matches may have been written then.
    fn write(&mut self, matches: &Matches, out: &mut dyn Write) -> io::Result<()>;

    /// Bytes that have been written so far, those before [`Writer::resume`] included.
    fn bytes(&self) -> u64;

    /// Goes on behind what an earlier writer has written, so many bytes.
    fn resume(&mut self, bytes: u64);
}
