//! Finds the delimiters and line ends of CSV text that are not inside quotes.
//!
//! The text is taken in blocks of 64 bytes, of which [`super::simd`] gives the bytes of interest as bits. In
//! a block without quotes each of these bits is structural. With quotes, a byte is inside them if the number
//! of quotes before it is odd (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019), as long as
//! every quote that opens stands at the start of a field or right after one that closes. Where that is not
//! so, a quote is just text, and the block is walked byte by byte.

use super::simd::{self, Bits, Classify};

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

/// Where fields and rows of a text begin and end.
#[derive(Default)]
pub(super) struct Index {
    /// Where each field starts, and after the last complete one where the next would. Only the first
    /// `count` are meant.
    bounds: Vec<u32>,
    count: usize,
    /// For each complete row, the number of the first field after it.
    pub(super) row_ends: Vec<u32>,
    /// Line feeds inside quotes.
    pub(super) quoted_line_feeds: Vec<u32>,
    /// Whether there are quotes at all.
    pub(super) has_quotes: bool,
    /// Whether the text ended inside quotes.
    pub(super) ends_quoted: bool,
}

impl Index {
    pub(super) fn bounds(&self) -> &[u32] {
        &self.bounds[..self.count]
    }

    fn clear(&mut self) {
        if self.bounds.is_empty() {
            self.bounds.resize(1 << 14, 0);
        }
        self.bounds[0] = 0;
        self.count = 1;
        self.row_ends.clear();
        self.quoted_line_feeds.clear();
        self.has_quotes = false;
    }

    /// Adds the fields and rows that end in the block at `base`.
    #[inline(always)]
    fn add(&mut self, base: usize, separators: u64, line_feeds: u64) {
        if self.bounds.len() < self.count + 2 * BLOCK {
            self.bounds.resize(self.bounds.len() * 2, 0);
        }
        let total = separators.count_ones() as usize;
        let (next, mut rest) = (base as u32 + 1, separators);
        let into = &mut self.bounds[self.count..self.count + BLOCK + 8];
        let mut done = 0;
        // PERF: eight at a time whether there are as many or not; a loop with the exact count mispredicts
        // its end in every block. Those too many are written over by the next block.
        while done < total {
            for slot in &mut into[done..done + 8] {
                *slot = next + rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
            }
            done += 8;
        }
        let mut ends = line_feeds;
        while ends != 0 {
            let before = (ends & ends.wrapping_neg()) - 1;
            self.row_ends.push(self.count as u32 + (separators & before).count_ones());
            ends &= ends - 1;
        }
        self.count += total;
    }
}

/// What a scan looks for.
#[derive(Clone, Copy)]
pub(super) struct Scan {
    pub(super) delimiter: u8,
    /// The scan ends at the first block after this many bytes if there is a complete row.
    pub(super) enough: usize,
}

impl Scan {
    /// Indexes `text[..len]`, which begins at the start of a row.
    pub(super) fn run(self, text: &[u8], len: usize, index: &mut Index) {
        simd::run(self, text, len, index);
    }

    /// The scan, for one way to look at a block. Inlined into a function for each instruction set.
    #[inline(always)]
    pub(super) fn blocks<C: Classify>(self, classify: C, text: &[u8], len: usize, index: &mut Index) {
        index.clear();
        let mut quotes = Quotes { inside: 0, field_start: 1, after_close: 0 };
        let mut base = 0;
        while base < len && (base < self.enough || index.row_ends.is_empty()) {
            let Some(block) = text.get(base..base + BLOCK) else { unreachable!("a window is padded") };
            let block: &[u8; BLOCK] = block.try_into().expect("64 bytes");
            let bits = classify.classify(block, self.delimiter).first(len - base);
            if bits.quotes | quotes.inside == 0 {
                index.add(base, bits.separators, bits.line_feeds);
                quotes.field_start = bits.separators >> 63;
                quotes.after_close = 0;
            } else {
                index.has_quotes = true;
                let (structural, quoted) = quotes.split(bits);
                index.add(base, structural & bits.separators, structural & bits.line_feeds);
                push_positions(base, quoted & bits.line_feeds, &mut index.quoted_line_feeds);
            }
            base += BLOCK;
        }
        index.ends_quoted = quotes.inside != 0;
    }
}

fn push_positions(base: usize, mut bits: u64, into: &mut Vec<u32>) {
    while bits != 0 {
        into.push(base as u32 + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

/// What a block must know of the one before it.
struct Quotes {
    /// All ones inside quotes, else zero.
    inside: u64,
    /// 1 if the byte before ends a field.
    field_start: u64,
    /// 1 if the byte before is a quote that closes.
    after_close: u64,
}

impl Quotes {
    /// Which bytes of the block are outside quotes, and which inside.
    fn split(&mut self, bits: Bits) -> (u64, u64) {
        let inside = prefix_xor(bits.quotes) ^ self.inside;
        let (opens, closes) = (bits.quotes & inside, bits.quotes & !inside);
        let separators = bits.separators & !inside;
        let may_open = separators << 1 | self.field_start | closes << 1 | self.after_close;
        if opens & !may_open != 0 {
            return self.walk(bits);
        }
        self.inside = 0u64.wrapping_sub(inside >> 63);
        self.field_start = separators >> 63;
        self.after_close = closes >> 63;
        (!inside, inside)
    }

    /// The same, byte by byte: a quote inside an unquoted field, or after text that follows a closing quote,
    /// is text.
    #[cold]
    fn walk(&mut self, bits: Bits) -> (u64, u64) {
        let mut inside_bits = 0;
        for at in 0..BLOCK {
            let is = |bits: u64| bits >> at & 1 == 1;
            let inside = self.inside != 0;
            if is(bits.quotes) && (inside || self.field_start | self.after_close != 0) {
                self.inside = !self.inside;
                self.after_close = u64::from(inside);
            } else {
                self.after_close = 0;
            }
            self.field_start = u64::from(!inside && is(bits.separators));
            inside_bits |= u64::from(self.inside != 0) << at;
        }
        (!inside_bits, inside_bits)
    }
}

/// Bit `i` of the result: whether an odd number of bits up to and with `i` is set.
const fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: one byte after the other.
    fn rows(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), Vec::new());
        let (mut inside, mut may_open) = (false, true);
        for &byte in text {
            match byte {
                b'"' if inside => (inside, may_open) = (false, true),
                b'"' if may_open => inside = true,
                b',' | b'\n' if !inside => {
                    row.push(std::mem::take(&mut field));
                    if byte == b'\n' {
                        rows.push(std::mem::take(&mut row));
                    }
                    may_open = true;
                    continue;
                }
                _ => may_open = false,
            }
            field.push(byte);
        }
        rows
    }

    fn indexed(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let padded = [text, &[b'"'; 64]].concat();
        let mut index = Index::default();
        Scan { delimiter: b',', enough: usize::MAX }.run(&padded, text.len(), &mut index);
        let mut first = 0;
        let mut rows = Vec::new();
        for &end in &index.row_ends {
            let end = end as usize;
            let row = index.bounds()[first..=end].windows(2);
            rows.push(row.map(|pair| text[pair[0] as usize..pair[1] as usize - 1].to_vec()).collect());
            first = end;
        }
        rows
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_index_is_what_the_definition_says(text in "[\",\n\r a]{0,400}") {
            prop_assert_eq!(indexed(text.as_bytes()), rows(text.as_bytes()));
        }

        #[test]
        fn also_where_quotes_are_rare(text in "([a-z]{0,9},|[a-z\"]{0,9}\n|\"[a-z,\n]{0,9}(\"\")?\",){0,60}") {
            prop_assert_eq!(indexed(text.as_bytes()), rows(text.as_bytes()));
        }
    }
}
