//! Sums of doubles and of their squares in sixteen lanes, over any number of stretches: the order of summation of
//! [`super`].

use super::{Kernels, LANES, Lanes, Stretch};
use crate::window::double::{Double, two_sum};

/// Behind the row with this number, and each so many later, sums are normalised.
pub const NORMAL: usize = 64 * LANES;

/// What is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Values.
    Values,
    /// Squares of values.
    Squares,
}

/// The sum of each lane: what plain addition gives, and what its rounding has lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SumLanes {
    high: Lanes,
    low: Lanes,
}

crate::snapshot::codec::persist!(SumLanes { high, low });

impl SumLanes {
    /// Adds the values of a stretch; row 0 of its batch has number `first` (of which only the remainder by 1,024 matters).
    /// Its `phase` is not looked at.
    pub fn add(&mut self, kernels: &Kernels, what: Of, rows: &Stretch<'_, f64>, first: usize) {
        self.each(rows, first, |piece, high, low| match what {
            Of::Values => kernels.sum_f64(piece, high, low),
            Of::Squares => kernels.squares_f64(piece, high, low),
        });
    }

    /// Adds values as [`SumLanes::add`] does, and calls `meet` with the extremes of pieces that have numbers.
    pub fn summarise(
        &mut self,
        kernels: &Kernels,
        rows: &Stretch<'_, f64>,
        first: usize,
        mut meet: impl FnMut(f64, f64),
    ) {
        self.each(rows, first, |piece, high, low| {
            if let Some((least, greatest)) = kernels.summary_f64(piece, high, low) {
                meet(least, greatest);
            }
        });
    }

    /// Adds the value of one row, by its number, as [`SumLanes::add`] does but for normalising.
    #[inline]
    pub fn push(&mut self, value: f64, number: usize) {
        let lane = number % LANES;
        let (sum, lost) = two_sum(self.high[lane], value);
        self.high[lane] = sum;
        self.low[lane] += lost;
    }

    /// Adds the square of the value of one row, by its number, as [`SumLanes::add`] does but for normalising.
    pub fn push_square(&mut self, value: f64, number: usize) {
        let lane = number % LANES;
        let square = value * value;
        let (sum, lost) = two_sum(self.high[lane], square);
        self.high[lane] = sum;
        self.low[lane] += lost + libm::fma(value, value, -square);
    }

    /// Takes a stretch in pieces that end where sums are normalised.
    fn each(
        &mut self,
        rows: &Stretch<'_, f64>,
        first: usize,
        mut take: impl FnMut(&Stretch<'_, f64>, &mut Lanes, &mut Lanes),
    ) {
        let (mut from, phase) = (rows.from, first % NORMAL);
        while from < rows.to {
            let to = rows.to.min(from + NORMAL - (phase + from) % NORMAL);
            let piece = Stretch { from, to, phase: phase % LANES, ..*rows };
            take(&piece, &mut self.high, &mut self.low);
            if (phase + to).is_multiple_of(NORMAL) {
                self.normalise();
            }
            from = to;
        }
    }

    /// Normalises the sums of all lanes, which changes nothing if nothing has been added since it was done last.
    pub fn normalise(&mut self) {
        for (high, low) in self.high.iter_mut().zip(&mut self.low) {
            (*high, *low) = Double::of_sum(*high, *low).parts();
        }
    }

    /// The sum of all lanes. Infinities and NaN as in plain addition.
    pub fn total(&self) -> Double {
        let mut lanes: [Double; LANES] =
            core::array::from_fn(|lane| Double::of_sum(self.high[lane], self.low[lane]));
        for half in [8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] = lanes[lane] + lanes[lane + half];
            }
        }
        lanes[0]
    }
}
