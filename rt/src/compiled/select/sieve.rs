//! The rows of blocks that rules may want.

use super::{Block, Rows};
use crate::compiled::BLOCK;

/// How many blocks are taken whole behind one of which nearly all rows were wanted, or none.
const WHOLE: u8 = 15;

/// Finds the rows of blocks that rules may want; rules ask those again.
///
/// PERF: whether a row is wanted is anybody's guess, so nothing branches on it here, and of rows that are left nearly all branches
/// go one way. Where nearly all rows of a block are wanted, or none, they do so anyway: the blocks that follow are taken whole.
#[derive(Clone, Debug)]
pub struct Sieve {
    places: [u16; BLOCK],
    /// Blocks that are to be taken whole.
    whole: u8,
}

impl Default for Sieve {
    fn default() -> Self {
        Self { places: [0; BLOCK], whole: 0 }
    }
}

impl Sieve {
    /// The wanted rows of a block of so many, in order, found out by whole columns; or none if the block is to be taken whole.
    ///
    /// # Panics
    /// If there are more rows than a block has.
    #[inline]
    pub fn by_columns(&mut self, len: usize, wanted: impl FnOnce(&Block) -> Rows) -> Option<&[u16]> {
        if self.takes_whole() {
            return None;
        }
        let block = Block::new(len);
        let count = block.places(&wanted(&block), &mut self.places);
        Some(self.chosen(count, len))
    }

    /// The same, found out row by row.
    ///
    /// # Panics
    /// If more rows are wanted than a block has.
    #[inline]
    pub fn by_rows(&mut self, len: usize, mut wants: impl FnMut(usize) -> bool) -> Option<&[u16]> {
        if self.takes_whole() {
            return None;
        }
        let mut count = 0;
        for row in 0..len {
            self.places[count % BLOCK] = row as u16;
            count += usize::from(wants(row));
        }
        Some(self.chosen(count, len))
    }

    const fn takes_whole(&mut self) -> bool {
        let whole = self.whole > 0;
        self.whole = self.whole.saturating_sub(1);
        whole
    }

    /// The first of the places. Notes whether blocks that follow are worth asking.
    fn chosen(&mut self, count: usize, len: usize) -> &[u16] {
        if count == 0 || 8 * count > 7 * len {
            self.whole = WHOLE;
        }
        &self.places[..count]
    }
}

/// All rows of a block of so many, as a sieve gives some.
///
/// # Panics
/// If there are more rows than a block has.
#[inline]
pub fn all(len: usize) -> &'static [u16] {
    static ALL: [u16; BLOCK] = {
        let (mut all, mut row) = ([0; BLOCK], 0);
        while row < BLOCK {
            all[row] = row as u16;
            row += 1;
        }
        all
    };
    &ALL[..len]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_rows_are_found_in_order() {
        let mut sieve = Sieve::default();
        assert_eq!(sieve.by_rows(7, |row| row % 3 == 0).unwrap(), [0, 3, 6]);
        assert_eq!(sieve.by_columns(5, |block| block.ge(&[4, 8, 2, 9, 8], 8)).unwrap(), [1, 3, 4]);
        assert!(sieve.by_rows(0, |_| true).unwrap().is_empty());
        assert_eq!(all(3), [0, 1, 2]);
    }

    #[test]
    fn blocks_behind_a_full_or_an_empty_one_are_taken_whole_for_a_while() {
        let mut sieve = Sieve::default();
        assert_eq!(sieve.by_rows(BLOCK, |row| row % 16 != 0).unwrap().len(), BLOCK - BLOCK / 16);
        for _ in 0..2 {
            for _ in 0..WHOLE {
                assert_eq!(sieve.by_rows(3, |row| row == 0), None);
            }
            assert!(sieve.by_rows(3, |_| false).unwrap().is_empty());
        }
    }
}
