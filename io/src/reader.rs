//! What every input format offers: rows appended to a chunk, bad rows reported.

use portent_rt::Chunk;

use crate::bad::BadRow;
use crate::error::ReadError;
use crate::position::{Position, Texts};

/// The longest row that readers take unless told otherwise: 16 MiB.
pub const ROW_BYTES_MAX: usize = 16 << 20;

/// What one call of [`Reader::read`] came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReadOutcome {
    /// Rows appended to the chunk.
    pub rows: usize,
    /// Rows that were bad, each reported.
    pub bad: usize,
    /// Whether the input has ended: nothing will come any more.
    pub end: bool,
}

/// A source of events in some format.
pub trait Reader: Send {
    /// Appends rows to `chunk` and reports the bad rows met on the way to `bad`, in the order of the input: together up to
    /// `rows_max`, or somewhat more bad ones.
    ///
    /// Waits until there is a row (good or bad), or the end. A reader that is told that its input is live
    /// returns with what one read of the device gave; another goes on to `rows_max` or the end.
    ///
    /// Of each event type only the columns of used fields are appended to; `chunk.lines` gets the line on
    /// which each row starts, and `chunk.arrivals` its type where there is more than one.
    ///
    /// # Errors
    /// If the device fails, or the input cannot be of the format at all. Rows appended before stay.
    fn read(
        &mut self,
        chunk: &mut Chunk,
        rows_max: usize,
        bad: &mut dyn FnMut(BadRow<'_>),
    ) -> Result<ReadOutcome, ReadError>;

    /// Where the reader stands: after the rows that it has appended and the bad rows that it has reported.
    fn position(&self) -> Position;

    /// Has the text of each row kept that [`Reader::read`] appends.
    fn keep_texts(&mut self);

    /// The texts of the rows that were appended since this was last called, in their order; none unless they are kept. What
    /// is given is used for those to come.
    fn swap_texts(&mut self, texts: &mut Texts);
}
