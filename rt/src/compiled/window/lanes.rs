//! Aggregates of queries without groups: what takes blocks of columns, and events one by one.
//!
//! Sums of doubles are in sixteen lanes, by the number of the event ([`crate::kernels`] has the order): so they depend neither on how
//! columns are cut nor on whether events came in columns or one by one.

use super::Fold;
use super::totals::{Count, Max, Min, Ordered, Spread, Sum, SumInt};
use crate::aggregate::SumI;
use crate::compiled::Faults;
use crate::compiled::select::{Block, Rows};
use crate::kernels::sums::{NORMAL, Of, SumLanes};
use crate::window::double::Double;

impl Count {
    /// Takes rows of a block.
    #[inline]
    pub fn take(&mut self, block: &Block, rows: &Rows) {
        self.add(block.count(rows) as i64);
    }
}

impl SumInt {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[i64]) {
        let sum = block.kernels().sum_i64(&block.stretch(rows, values));
        self.combine(&Self::of(SumI::of(sum, block.count(rows))));
    }
}

/// What was added in lanes, and before.
#[derive(Clone, Debug, Default)]
struct Lanes {
    before: Double,
    lanes: SumLanes,
    /// The stretch of numbers at whose ends lanes are normalised.
    stretch: usize,
}

impl Lanes {
    /// The lanes, for rows from a number on.
    #[inline]
    fn at(&mut self, number: usize) -> &mut SumLanes {
        if self.stretch != number / NORMAL {
            self.lanes.normalise();
            self.stretch = number / NORMAL;
        }
        &mut self.lanes
    }

    /// For rows up to a number.
    #[inline]
    fn reach(&mut self, number: usize) {
        self.stretch = number / NORMAL;
    }

    fn total(&self) -> Double {
        self.before + self.lanes.total()
    }

    fn combine(&mut self, later: &Self) {
        *self = Self { before: self.total() + later.total(), ..Self::default() };
    }
}

/// The sum of doubles to about 100 bits, and their mean.
#[derive(Clone, Debug, Default)]
pub struct LaneSum {
    sum: Lanes,
    count: u64,
}

impl LaneSum {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[f64]) {
        let stretch = block.stretch(rows, values);
        self.sum.at(block.first()).add(block.kernels(), Of::Values, &stretch, block.first());
        self.sum.reach(block.first() + stretch.to);
        self.count += block.count(rows);
    }

    /// The sum; null if there is no value.
    pub fn sum(&self) -> Option<f64> {
        self.settled().sum()
    }

    /// The mean; null if there is no value.
    pub fn mean(&self) -> Option<f64> {
        self.settled().mean()
    }

    fn settled(&self) -> Sum {
        Sum::of(self.sum.total(), self.count)
    }
}

/// Items are values with the numbers of their events.
impl Fold for LaneSum {
    type Item = (usize, f64);

    #[inline]
    fn push(&mut self, (number, value): (usize, f64)) {
        self.sum.at(number).push(value, number);
        self.count += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.sum.combine(&later.sum);
        self.count += later.count;
    }
}

/// Variances and standard deviations of doubles, from sums of values and of squares to about 100 bits.
#[derive(Clone, Debug, Default)]
pub struct LaneSpread {
    sum: Lanes,
    squares: Lanes,
    count: u64,
}

impl LaneSpread {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[f64]) {
        let stretch = block.stretch(rows, values);
        for (lanes, what) in [(&mut self.sum, Of::Values), (&mut self.squares, Of::Squares)] {
            lanes.at(block.first()).add(block.kernels(), what, &stretch, block.first());
            lanes.reach(block.first() + stretch.to);
        }
        self.count += block.count(rows);
    }

    /// What reads variances and standard deviations.
    pub fn settled(&self) -> Spread {
        Spread::of(self.sum.total(), self.squares.total(), self.count)
    }
}

/// Items are values with the numbers of their events.
impl Fold for LaneSpread {
    type Item = (usize, f64);

    #[inline]
    fn push(&mut self, (number, value): (usize, f64)) {
        self.sum.at(number).push(value, number);
        self.squares.at(number).push_square(value, number);
        self.count += 1;
    }

    fn combine(&mut self, later: &Self) {
        self.sum.combine(&later.sum);
        self.squares.combine(&later.squares);
        self.count += later.count;
    }
}

/// The least and the greatest value.
#[derive(Clone, Debug, PartialEq)]
pub struct Extremes<T> {
    least: Min<T>,
    greatest: Max<T>,
}

impl<T> Default for Extremes<T> {
    fn default() -> Self {
        Self { least: Min::default(), greatest: Max::default() }
    }
}

impl<T: Ordered> Extremes<T> {
    /// The least value; null if there is no value.
    pub fn least(&self) -> Option<T> {
        self.least.value()
    }

    /// The greatest value; null if there is no value.
    pub fn greatest(&self) -> Option<T> {
        self.greatest.value()
    }

    fn meet(&mut self, ends: Option<(T, T)>) {
        if let Some((least, greatest)) = ends {
            self.least.push(least);
            self.greatest.push(greatest);
        }
    }
}

impl Extremes<i64> {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[i64]) {
        self.meet(block.kernels().extremes_i64(&block.stretch(rows, values)));
    }
}

/// What the extremes of values are, of which some may be there but none a number.
fn or_nan(ends: Option<(f64, f64)>, count: u64) -> Option<(f64, f64)> {
    ends.or_else(|| (count > 0).then_some((f64::NAN, f64::NAN)))
}

impl Extremes<f64> {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[f64]) {
        let ends = block.kernels().extremes_f64(&block.stretch(rows, values));
        self.meet(or_nan(ends, block.count(rows)));
    }
}

impl<T: Ordered> Fold for Extremes<T> {
    type Item = T;

    #[inline]
    fn push(&mut self, value: T) {
        self.least.push(value.clone());
        self.greatest.push(value);
    }

    fn combine(&mut self, later: &Self) {
        self.least.combine(&later.least);
        self.greatest.combine(&later.greatest);
    }
}

/// Sum, mean, least and greatest of doubles, in one pass.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    sum: LaneSum,
    ends: Extremes<f64>,
}

impl Summary {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[f64]) {
        let (stretch, count) = (block.stretch(rows, values), block.count(rows));
        let Self { sum, ends } = self;
        let lanes = sum.sum.at(block.first());
        let mut found = false;
        lanes.summarise(block.kernels(), &stretch, block.first(), |least, greatest| {
            ends.meet(Some((least, greatest)));
            found = true;
        });
        if !found {
            ends.meet(or_nan(None, count));
        }
        sum.sum.reach(block.first() + stretch.to);
        sum.count += count;
    }

    /// The sum; null if there is no value.
    pub fn sum(&self) -> Option<f64> {
        self.sum.sum()
    }

    /// The mean; null if there is no value.
    pub fn mean(&self) -> Option<f64> {
        self.sum.mean()
    }

    /// The least value; null if there is no value.
    pub fn least(&self) -> Option<f64> {
        self.ends.least()
    }

    /// The greatest value; null if there is no value.
    pub fn greatest(&self) -> Option<f64> {
        self.ends.greatest()
    }
}

/// Items are values with the numbers of their events.
impl Fold for Summary {
    type Item = (usize, f64);

    #[inline]
    fn push(&mut self, (number, value): (usize, f64)) {
        self.sum.push((number, value));
        self.ends.push(value);
    }

    fn combine(&mut self, later: &Self) {
        self.sum.combine(&later.sum);
        self.ends.combine(&later.ends);
    }
}

/// Sum, mean, least and greatest of integers or durations, in one pass.
#[derive(Clone, Debug, Default)]
pub struct SummaryInt {
    sum: SumInt,
    ends: Extremes<i64>,
}

impl SummaryInt {
    /// Takes rows of a column.
    pub fn take(&mut self, block: &Block, rows: &Rows, values: &[i64]) {
        let (sum, ends) = block.kernels().summary_i64(&block.stretch(rows, values));
        self.sum.combine(&SumInt::of(SumI::of(sum, block.count(rows))));
        self.ends.meet(ends);
    }

    /// The sum; null if there is no value and, as a fault, out of range.
    pub fn sum(&self, faults: &Faults) -> Option<i64> {
        self.sum.sum(faults)
    }

    /// The mean; null if there is no value.
    pub const fn mean(&self) -> Option<f64> {
        self.sum.mean()
    }

    /// The mean in whole nanoseconds, ties to even; null if there is no value.
    pub const fn mean_whole(&self) -> Option<i64> {
        self.sum.mean_whole()
    }

    /// The least value; null if there is no value.
    pub fn least(&self) -> Option<i64> {
        self.ends.least()
    }

    /// The greatest value; null if there is no value.
    pub fn greatest(&self) -> Option<i64> {
        self.ends.greatest()
    }
}

impl Fold for SummaryInt {
    type Item = i64;

    #[inline]
    fn push(&mut self, value: i64) {
        self.sum.push(value);
        self.ends.push(value);
    }

    fn combine(&mut self, later: &Self) {
        self.sum.combine(&later.sum);
        self.ends.combine(&later.ends);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = f64> {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, 1e300, -1e300, 1e16, 1e-200];
        prop_oneof![8 => -4.0..4.0, 1 => proptest::sample::select(special.to_vec())]
    }

    proptest! {
        /// However rows are cut, and whether they come one by one, what is kept is the same to the last bit.
        #[test]
        fn blocks_are_as_events_one_by_one(
            values in prop::collection::vec(number(), 0..400),
            repeat in 1..9_usize,
            than in -4.0..4.0_f64,
            first in 0..3000_usize,
            cuts in prop::collection::vec(1..900_usize, 1..6),
        ) {
            let all: alloc::vec::Vec<f64> = values.iter().copied().cycle().take(values.len() * repeat).collect();
            let (mut one, mut blocks) = ((Summary::default(), LaneSpread::default()), (Summary::default(), LaneSpread::default()));
            for (number, value) in (first..).zip(&all).filter(|(_, value)| **value < than) {
                one.0.push((number, *value));
                one.1.push((number, *value));
            }
            let (mut from, mut cuts) = (0, cuts.into_iter().cycle().enumerate());
            while from < all.len() {
                let (turn, cut) = cuts.next().unwrap();
                let to = all.len().min(from + cut);
                let values = &all[from..to];
                if turn % 3 == 1 {
                    for (number, value) in (first + from..).zip(values).filter(|(_, value)| **value < than) {
                        blocks.0.push((number, *value));
                        blocks.1.push((number, *value));
                    }
                } else {
                    let block = Block::numbered(values.len(), first + from);
                    let rows = block.lt(values, than);
                    blocks.0.take(&block, &rows, values);
                    blocks.1.take(&block, &rows, values);
                }
                from = to;
            }
            let bits = |value: Option<f64>| value.map(|value| if value.is_nan() { f64::NAN } else { value }.to_bits());
            let of = |all: &(Summary, LaneSpread)| {
                let parts = (all.0.sum.sum.total().parts(), all.1.squares.total().parts());
                let bits_of = |(a, b): (f64, f64)| (bits(Some(a)), bits(Some(b)));
                (bits_of(parts.0), bits_of(parts.1), bits(all.0.least()), bits(all.0.greatest()), bits(all.1.settled().variance()))
            };
            prop_assert_eq!(of(&one), of(&blocks));
        }
    }
}
