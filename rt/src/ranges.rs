//! Ranges of integers, which may overlap, and who wants each: one look at a value finds all that want it.
//!
//! ```text
//!  ends of ranges, ascending    |  3  |  5  |  8  |  12 |      between two of them: a list of those that want the values
//!  buckets of the values        |   0    |   1    |   2  |     where in the ends to look
//! ```

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::kernels::key;

/// Buckets for each end. PERF: so that there is seldom more than one end in a bucket.
const BUCKETS_PER_END: usize = 4;
/// Buckets at most. PERF: they stay in a near cache.
const BUCKETS_MAX: usize = 1 << 14;
/// Of values that nobody wants most are told by one bit; so many for each end, and at most.
const BITS_PER_END: usize = 32;
const BITS_MAX: usize = 1 << 16;

/// Ranges, and the numbers of those that want them.
#[derive(Debug)]
pub(crate) struct Ranges {
    /// Where the list changes, ascending; those that want a stretch are `wanting[lists[i]..lists[i + 1]]`.
    ends: Vec<i64>,
    lists: Vec<u32>,
    wanting: Vec<u32>,
    /// For each bucket of values the number of ends in those before it; one more at the end.
    buckets: Vec<u32>,
    shift: u32,
    /// For each smaller bucket whether anybody wants a value of it.
    wanted: Vec<u64>,
    wanted_shift: u32,
}

/// How far to shift values of a span for so many buckets at most.
fn shift(span: u64, buckets: usize) -> u32 {
    (u64::BITS - span.leading_zeros()).saturating_sub(buckets.ilog2())
}

impl Ranges {
    /// The least and the greatest value of each, and who wants it; at least one.
    pub(crate) fn new(ranges: &[(i64, i64, u32)]) -> Self {
        let ends: BTreeSet<i64> = ranges
            .iter()
            .flat_map(|(least, greatest, _)| [Some(*least), greatest.checked_add(1)])
            .flatten()
            .collect();
        let ends: Vec<i64> = ends.into_iter().collect();
        let mut stretches = alloc::vec![Vec::new(); ends.len()];
        for (least, greatest, who) in ranges {
            let first = ends.partition_point(|end| end < least);
            let to = ends.partition_point(|end| end <= greatest);
            stretches[first..to].iter_mut().for_each(|stretch| stretch.push(*who));
        }
        let mut lists = alloc::vec![0];
        let mut wanting = Vec::new();
        for stretch in stretches {
            wanting.extend(stretch);
            lists.push(wanting.len() as u32);
        }
        // The last end, which is not there if it would be behind all values.
        let last = ranges.iter().map(|(_, greatest, _)| greatest.saturating_add(1)).max().unwrap_or(ends[0]);
        let span = last.wrapping_sub(ends[0]) as u64;
        let buckets_max = |per_end: usize, max: usize| (ends.len() * per_end).next_power_of_two().min(max);
        let (shift, wanted_shift) = (
            shift(span, buckets_max(BUCKETS_PER_END, BUCKETS_MAX)),
            shift(span, buckets_max(BITS_PER_END, BITS_MAX)),
        );
        let count = (span >> shift) as usize + 1;
        let bucket = |end: &i64| (end.wrapping_sub(ends[0]) as u64 >> shift) as usize;
        let mut before = 0;
        let buckets = (0..=count).map(|at| {
            before += ends[before..].iter().take_while(|end| bucket(end) < at).count();
            before as u32
        });
        let buckets = buckets.collect();
        let mut wanted = alloc::vec![0; (span >> wanted_shift) as usize / 64 + 1];
        for (least, greatest, _) in ranges {
            let place = |value: i64| value.wrapping_sub(ends[0]) as u64 >> wanted_shift;
            (place(*least)..=place(*greatest)).for_each(|bit| wanted[bit as usize / 64] |= 1 << (bit % 64));
        }
        Self { ends, lists, wanting, buckets, shift, wanted, wanted_shift }
    }

    /// The stretch that a value is in, if it is not before all.
    #[inline]
    fn stretch(&self, value: i64) -> Option<usize> {
        if value < self.ends[0] {
            return None;
        }
        let bucket = (value.wrapping_sub(self.ends[0]) as u64 >> self.shift) as usize;
        let bucket = bucket.min(self.buckets.len() - 2);
        let (mut at, to) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        if to - at > 8 {
            at += self.ends[at..to].partition_point(|end| *end <= value);
        } else {
            while at < to && self.ends[at] <= value {
                at += 1;
            }
        }
        Some(at - 1)
    }

    /// Whether anybody wants a value, or one near it.
    #[inline]
    pub(crate) fn may_want(&self, value: i64) -> bool {
        self.near().holds(value)
    }

    /// What [`Ranges::may_want`] reads, for a loop.
    #[inline]
    pub(crate) fn near(&self) -> Near<'_> {
        Near { first: self.ends[0], shift: self.wanted_shift, wanted: &self.wanted }
    }

    /// All that want a value.
    pub(crate) fn wanting(&self, value: i64) -> &[u32] {
        let list = |at: usize| &self.wanting[self.lists[at] as usize..self.lists[at + 1] as usize];
        self.stretch(value).map_or(&[], list)
    }
}

/// The values that anybody wants, and some near them.
///
/// PERF: a loop over values keeps these three at hand; of [`Ranges`] it would read them for each value.
#[derive(Clone, Copy)]
pub(crate) struct Near<'a> {
    first: i64,
    shift: u32,
    wanted: &'a [u64],
}

impl Near<'_> {
    #[inline]
    pub(crate) fn holds(self, value: i64) -> bool {
        // What is before all is far behind them.
        let bit = value.wrapping_sub(self.first) as u64 >> self.shift;
        self.wanted.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
}

/// The place of a double among all, both zeros being one.
#[inline]
pub(crate) const fn place(value: f64) -> i64 {
    key(value + 0.0)
}
