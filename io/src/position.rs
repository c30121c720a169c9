//! Where a reader stands in its input, so that another one can go on from there; and rows as they stand in it.

use std::sync::Arc;

/// Where a reader stands, between two rows. A reader that is [resumed](crate::CsvReader::resume) there over the same bytes goes on
/// with the very next row, and says of it what the first one would have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes of the (decompressed) input before it.
    pub bytes: u64,
    /// The line on which the next row starts, from 1.
    pub line: u64,
    /// The header of CSV as it stands in the input, once it was read.
    pub header: Option<Arc<[u8]>>,
    /// Whether this is within a line that was over the limit and was reported: the rest of it is to be skipped.
    pub in_long_line: bool,
    /// How often a quote was never closed, in CSV: the reader puts up with it so many times.
    pub unclosed_quotes: u32,
}

impl Default for Position {
    /// The start of an input.
    fn default() -> Self {
        Self { bytes: 0, line: 1, header: None, in_long_line: false, unclosed_quotes: 0 }
    }
}

/// Rows as they stand in the input, without their line endings.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    /// The row with this number, from 0, if it is there.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    /// How many rows there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Forgets all rows, keeping the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
    }
}
