//! Bitmaps over rows: bit `i % 64` of word `i / 64` belongs to row `i`.

use alloc::vec::Vec;

/// A growable bitmap. Bits past `len` in the last word are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// An empty bitmap.
    pub const fn new() -> Self {
        Self { words: Vec::new(), len: 0 }
    }

    /// Rows.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit of row `index`; false past the end.
    pub fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Appends a row.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.words[self.len / 64] |= u64::from(bit) << (self.len % 64);
        self.len += 1;
    }

    /// Appends `count` rows of one value.
    pub fn extend(&mut self, bit: bool, count: usize) {
        let head = count.min(self.len.wrapping_neg() % 64);
        for _ in 0..head {
            self.push(bit);
        }
        let (whole, tail) = ((count - head) / 64, (count - head) % 64);
        self.words.resize(self.words.len() + whole, if bit { !0 } else { 0 });
        self.len += whole * 64;
        for _ in 0..tail {
            self.push(bit);
        }
    }

    /// Appends the rows of another.
    pub fn append(&mut self, from: &Self) {
        self.append_words(&from.words, from.len);
    }

    /// Appends the first `len` bits of these words.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn append_words(&mut self, words: &[u64], len: usize) {
        let (words, shift) = (&words[..len.div_ceil(64)], self.len % 64);
        if shift == 0 {
            self.words.extend_from_slice(words);
        } else {
            for &word in words {
                if let Some(last) = self.words.last_mut() {
                    *last |= word << shift;
                }
                self.words.push(word >> (64 - shift));
            }
        }
        self.len += len;
        self.words.truncate(self.len.div_ceil(64));
        if let (Some(last), 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }

    /// Forgets the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.words.truncate(len.div_ceil(64));
        if !len.is_multiple_of(64) {
            self.words[len / 64] &= (1 << (len % 64)) - 1;
        }
        self.len = len;
    }

    /// Sets every word to zero and the length to `len`, keeping the memory.
    pub fn reset(&mut self, len: usize) {
        self.words.clear();
        self.words.resize(len.div_ceil(64), 0);
        self.len = len;
    }

    /// Becomes a copy of the `len` bits of `from` from `start` on, keeping the memory.
    ///
    /// # Panics
    /// If `from` has fewer bits.
    pub fn copy_range(&mut self, from: &Self, start: usize, len: usize) {
        assert!(start + len <= from.len, "Bitmap::copy_range: past the end");
        let (first, shift) = (start / 64, start % 64);
        let word = |index: usize| from.words.get(index).copied().unwrap_or(0);
        self.words.clear();
        self.words.extend((first..first + len.div_ceil(64)).map(|index| match shift {
            0 => word(index),
            _ => word(index) >> shift | word(index + 1) << (64 - shift),
        }));
        if !len.is_multiple_of(64) {
            self.words[len / 64] &= (1 << (len % 64)) - 1;
        }
        self.len = len;
    }

    /// Becomes the first `len` bits of these words, keeping the memory.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn copy_words(&mut self, words: impl Iterator<Item = u64>, len: usize) {
        self.words.clear();
        self.words.extend(words.take(len.div_ceil(64)));
        assert_eq!(self.words.len(), len.div_ceil(64), "Bitmap::copy_words: as many words as bits need");
        if !len.is_multiple_of(64) {
            self.words[len / 64] &= (1 << (len % 64)) - 1;
        }
        self.len = len;
    }

    /// Whether every bit is set.
    pub fn all(&self) -> bool {
        self.count() == self.len
    }

    /// Forgets all rows, keeping the memory.
    pub fn clear(&mut self) {
        self.words.clear();
        self.len = 0;
    }

    /// The words, for kernels.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words, for kernels that fill them.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_range_has_the_same_bits() {
        let mut all = Bitmap::new();
        (0..300).for_each(|row: usize| all.push(row.is_multiple_of(3) || row > 250));
        let mut part = Bitmap::new();
        for (start, len) in [(0, 300), (0, 64), (1, 64), (63, 2), (64, 128), (70, 230), (299, 1), (300, 0)] {
            part.copy_range(&all, start, len);
            assert_eq!(part.len(), len);
            (0..len).for_each(|row| assert_eq!(part.get(row), all.get(start + row), "{start} {len} {row}"));
            assert_eq!(part.count(), (0..len).filter(|row| all.get(start + row)).count());
        }
    }

    #[test]
    fn words_are_appended_like_single_bits() {
        let words = [0x0123_4567_89ab_cdef, !0, 0, !0];
        for start in [0, 1, 63, 64, 100] {
            for len in [0, 1, 63, 64, 65, 129, 256] {
                let (mut bulk, mut single) = (Bitmap::new(), Bitmap::new());
                bulk.extend(true, start);
                single.extend(true, start);
                bulk.append_words(&words, len);
                (0..len).for_each(|row| single.push(words[row / 64] >> (row % 64) & 1 == 1));
                assert_eq!(bulk, single, "{start} {len}");
            }
        }
    }

    #[test]
    fn ranges_are_appended_and_truncated_like_single_bits() {
        for start in [0, 1, 63, 64, 65] {
            for count in [0, 1, 62, 63, 64, 65, 200] {
                let (mut bulk, mut single) = (Bitmap::new(), Bitmap::new());
                bulk.extend(false, start);
                bulk.extend(true, count);
                (0..start + count).for_each(|row| single.push(row >= start));
                assert_eq!(bulk, single, "{start} {count}");
                bulk.truncate(start + count / 2);
                bulk.extend(false, 70);
                assert_eq!((bulk.len(), bulk.count()), (start + count / 2 + 70, count / 2));
            }
        }
    }
}
