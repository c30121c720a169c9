//! Input: columns of events or text, made of seeded random numbers.

use std::ops::Range;

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds between two events, unless a workload says otherwise.
pub(crate) const STEP_NS: i64 = 1_000_000;
/// Rows that are handed over at once: as many as `portent run` reads.
const PIECE_ROWS: usize = 16 << 10;

/// What a workload reads.
#[derive(Clone, Debug)]
pub enum Input {
    /// Columns in memory.
    Columns(Events),
    /// Rows as they are in a file.
    Text {
        /// How they are written.
        format: Format,
        /// The file.
        bytes: &'static [u8],
        /// How many there are.
        rows: usize,
    },
}

/// How events are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CSV with a header.
    Csv,
    /// JSON lines.
    JsonLines,
}

impl Input {
    /// The columns.
    ///
    /// # Panics
    /// If it is text: a workload's code knows what its input is.
    pub fn events(&self) -> &Events {
        match self {
            Self::Columns(events) => events,
            Self::Text { .. } => panic!("a workload over columns"),
        }
    }

    /// The text.
    ///
    /// # Panics
    /// If it is columns.
    pub fn text(&self) -> &'static [u8] {
        match self {
            Self::Text { bytes, .. } => bytes,
            Self::Columns(_) => panic!("a workload over text"),
        }
    }

    /// How many events there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::Columns(events) => events.len(),
            Self::Text { rows, .. } => *rows,
        }
    }
}

/// Columns of equal length. Those that a workload's rules do not read may be empty.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// What rules partition by.
    pub key: Vec<i64>,
    /// Which step an event may be.
    pub kind: Vec<i64>,
    /// A number, mostly from 0 to 100.
    pub value: Vec<f64>,
    /// Another one.
    pub number: Vec<i64>,
    /// A text.
    pub text: Vec<&'static str>,
    /// The time, ascending.
    pub at: Vec<i64>,
}

impl Events {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// The rows in pieces as a reader hands them over.
    pub fn pieces(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let rows = self.len();
        (0..rows).step_by(PIECE_ROWS).map(move |from| from..(from + PIECE_ROWS).min(rows))
    }

    /// Events a millisecond apart: keys from 0 to `keys`, kinds from 0 to `kinds`, values of two decimals from 0 to 100, all uniform.
    pub(crate) fn uniform(count: usize, keys: u64, kinds: u64) -> Self {
        let mut random = Random(1);
        let mut events = Self::default();
        for index in 0..count {
            events.key.push(random.below(keys) as i64);
            events.kind.push(random.below(kinds) as i64);
            events.value.push(random.below(10_000) as f64 / 100.0);
            events.at.push(index as i64 * STEP_NS);
        }
        events
    }

    /// The same with keys by Zipf's law: the k-th most frequent is drawn in proportion to 1/k.
    pub(crate) fn zipf(count: usize, keys: u64, kinds: u64) -> Self {
        let zipf = Zipf::new(keys);
        let mut random = Random(2);
        let key = std::iter::repeat_with(|| zipf.draw(&mut random)).take(count).collect();
        Self { key, ..Self::uniform(count, keys, kinds) }
    }
}

/// A small generator of random numbers (splitmix64), so that events are the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// From 0 to 1, without 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Keys by Zipf's law, drawn from the sums of their parts.
struct Zipf {
    sums: Vec<f64>,
}

impl Zipf {
    fn new(keys: u64) -> Self {
        let mut sum = 0.0;
        let mut add = |rank: u64| {
            sum += 1.0 / rank as f64;
            sum
        };
        Self { sums: (1..=keys).map(&mut add).collect() }
    }

    /// A key from 0 to their number. Frequent ones do not lie side by side.
    fn draw(&self, random: &mut Random) -> i64 {
        let keys = self.sums.len();
        let at = random.unit() * self.sums[keys - 1];
        let rank = self.sums.partition_point(|sum| *sum <= at).min(keys - 1);
        // The multiplier is a prime that divides no number of keys that is used, so that no two ranks share a key.
        ((rank as u64 * 982_451_653) % keys as u64) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_draws_the_first_in_proportion() {
        let zipf = Zipf::new(1_000);
        let mut random = Random(7);
        let mut counts = vec![0_u32; 1_000];
        (0..100_000).for_each(|_| counts[zipf.draw(&mut random) as usize] += 1);
        let most = counts.iter().max().copied().unwrap_or(0);
        // 1 / (1 + 1/2 + … + 1/1000) = 0.1336.
        assert!((13_000..13_800).contains(&most), "{most}");
        counts.sort_unstable_by(|a, b| b.cmp(a));
        assert!((6_300..7_100).contains(&counts[1]), "half of it: {}", counts[1]);
    }
}
