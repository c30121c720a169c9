//! Cells: where in a block of text the values of the used fields stand. What scanners make and decoders take.

/// A piece of text: one value of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Where it starts in the block.
    pub(crate) start: u32,
    /// Its length; the top bit is [`Cell::ESCAPED`].
    len: u32,
}

/// Blocks and rows are shorter than this, so that positions and lengths fit in 31 bits.
pub(crate) const BLOCK_BYTES_MAX: usize = 1 << 30;

impl Cell {
    /// A JSON key that is not there. (A value that is there has at least one byte.)
    pub(crate) const MISSING: Cell = Cell { start: 0, len: 0 };

    const ESCAPED: u32 = 1 << 31;

    /// The text between two positions.
    #[inline(always)]
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }

    /// A JSON string with escapes in it.
    #[inline(always)]
    pub(crate) const fn escaped(self, escaped: bool) -> Self {
        Self { start: self.start, len: self.len | if escaped { Self::ESCAPED } else { 0 } }
    }

    /// Whether it is a JSON string with escapes in it.
    #[inline(always)]
    pub(crate) const fn is_escaped(self) -> bool {
        self.len & Self::ESCAPED != 0
    }

    /// Its length.
    #[inline(always)]
    pub(crate) const fn len(self) -> usize {
        (self.len & !Self::ESCAPED) as usize
    }

    /// Its text in `block`.
    #[inline(always)]
    pub(crate) fn of(self, block: &[u8]) -> &[u8] {
        &block[self.start as usize..self.start as usize + self.len()]
    }
}
