//! Conditions on one column against constants, for whole columns: what guards are made of.

use core::ops::RangeInclusive;

use super::Kernels;
use super::texts::{Texts, Wanted};

/// Words of bits that are found out at a time, before they are joined with those that are there.
const BLOCK: usize = 64;

/// How the rows for which a condition holds change the bits that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Joint {
    /// They are all.
    Set,
    /// Those stay that were set.
    And,
    /// They are added.
    Or,
}

impl Joint {
    /// By number, in the order above.
    pub const ALL: [Self; 3] = [Self::Set, Self::And, Self::Or];
}

/// What a value has to be.
#[derive(Clone, Debug)]
pub enum Test<'a> {
    /// An integer of a range.
    I64(&'a [i64], RangeInclusive<i64>),
    /// A double of a range; never NaN.
    F64(&'a [f64], RangeInclusive<f64>),
    /// A byte that is not 0.
    Bool(&'a [u8]),
    /// One of some texts.
    Text(Texts<'a>, &'a Wanted),
}

/// Values that are compared with a constant, as ranges of what compares so.
pub trait Number: Copy {
    /// Those that are equal.
    fn only(self) -> RangeInclusive<Self>;
    /// Those that are less.
    fn below(self) -> RangeInclusive<Self>;
    /// Those that are not greater.
    fn up_to(self) -> RangeInclusive<Self>;
    /// Those that are greater.
    fn above(self) -> RangeInclusive<Self>;
    /// Those that are not less.
    fn from(self) -> RangeInclusive<Self>;
}

/// A range of no integer.
#[expect(clippy::reversed_empty_ranges, reason = "it is to be empty")]
const NO_INTEGER: RangeInclusive<i64> = 1..=0;

impl Number for i64 {
    fn only(self) -> RangeInclusive<Self> {
        self..=self
    }
    fn below(self) -> RangeInclusive<Self> {
        self.checked_sub(1).map_or(NO_INTEGER, |last| i64::MIN..=last)
    }
    fn up_to(self) -> RangeInclusive<Self> {
        i64::MIN..=self
    }
    fn above(self) -> RangeInclusive<Self> {
        self.checked_add(1).map_or(NO_INTEGER, |first| first..=i64::MAX)
    }
    fn from(self) -> RangeInclusive<Self> {
        self..=i64::MAX
    }
}

/// Of doubles that are numbers; nothing compares with NaN.
impl Number for f64 {
    fn only(self) -> RangeInclusive<Self> {
        self..=self
    }
    fn below(self) -> RangeInclusive<Self> {
        if self == f64::NEG_INFINITY { f64::INFINITY..=self } else { f64::NEG_INFINITY..=self.next_down() }
    }
    fn up_to(self) -> RangeInclusive<Self> {
        f64::NEG_INFINITY..=self
    }
    fn above(self) -> RangeInclusive<Self> {
        if self == f64::INFINITY { self..=f64::NEG_INFINITY } else { self.next_up()..=f64::INFINITY }
    }
    fn from(self) -> RangeInclusive<Self> {
        self..=f64::INFINITY
    }
}

/// A condition on a column: null where the value is null.
#[derive(Clone, Debug)]
pub struct Condition<'a> {
    /// What the values have to be.
    pub test: Test<'a>,
    /// Whether it is the opposite that has to be.
    pub not: bool,
    /// A bit for each value that is not null, if any may be null.
    pub validity: Option<&'a [u64]>,
}

impl Condition<'_> {
    fn len(&self) -> usize {
        match &self.test {
            Test::I64(values, _) => values.len(),
            Test::F64(values, _) => values.len(),
            Test::Bool(values) => values.len(),
            Test::Text(texts, _) => texts.len(),
        }
    }

    /// Joins the bits of the rows for which this holds (is true, not null) with `bits`. Behind the last row they are zero, if they were, or
    /// if they are set.
    ///
    /// # Panics
    /// If `bits` or the validity have fewer words than the rows need.
    pub fn join(&self, kernels: &Kernels, joint: Joint, bits: &mut [u64]) {
        let rows = self.len();
        let bits = &mut bits[..rows.div_ceil(64)];
        for (block, bits) in bits.chunks_mut(BLOCK).enumerate() {
            let first = block * BLOCK * 64;
            let to = rows.min(first + BLOCK * 64);
            // PERF: where nothing is left, values need not be read.
            if joint == Joint::And && bits.iter().all(|word| *word == 0) {
                continue;
            }
            let mut there = [0; BLOCK];
            let there = &mut there[..bits.len()];
            match &self.test {
                Test::I64(values, range) => kernels.within_i64(&values[first..to], range, there),
                Test::F64(values, range) => kernels.within_f64(&values[first..to], range, there),
                Test::Bool(values) => kernels.truths(&values[first..to], there),
                Test::Text(texts, wanted) => texts.rows(first..to).equal(kernels, wanted, there),
            }
            if self.not {
                there.iter_mut().for_each(|word| *word = !*word);
                let tail = (to - first) % 64;
                if let (Some(last), 1..) = (there.last_mut(), tail) {
                    *last &= (1 << tail) - 1;
                }
            }
            if let Some(validity) = self.validity {
                there.iter_mut().zip(&validity[block * BLOCK..][..bits.len()]).for_each(|(a, b)| *a &= b);
            }
            let both = bits.iter_mut().zip(there.iter());
            match joint {
                Joint::Set => both.for_each(|(bits, there)| *bits = *there),
                Joint::And => both.for_each(|(bits, there)| *bits &= there),
                Joint::Or => both.for_each(|(bits, there)| *bits |= there),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// Bit by bit, as it is defined.
    fn defined(of: &Condition<'_>, joint: Joint, bits: &[u64]) -> Vec<u64> {
        let mut out = bits.to_vec();
        for row in 0..of.len() {
            let (word, bit) = (row / 64, 1 << (row % 64));
            let is = match &of.test {
                Test::I64(values, range) => range.contains(&values[row]),
                Test::F64(values, range) => range.contains(&values[row]),
                Test::Bool(values) => values[row] != 0,
                Test::Text(texts, wanted) => wanted.has(texts.get(row)),
            };
            let holds = is != of.not && of.validity.is_none_or(|valid| valid[word] & bit != 0);
            let was = out[word] & bit != 0;
            let now = match joint {
                Joint::Set => holds,
                Joint::And => was && holds,
                Joint::Or => was || holds,
            };
            out[word] = if now { out[word] | bit } else { out[word] & !bit };
        }
        out
    }

    fn float() -> impl Strategy<Value = f64> {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, f64::MIN_POSITIVE];
        prop_oneof![proptest::sample::select(special.to_vec()), -4.0..4.0]
    }

    fn integer() -> impl Strategy<Value = i64> {
        prop_oneof![-4..4i64, Just(i64::MIN), Just(i64::MAX), any::<i64>()]
    }

    proptest! {
        #[test]
        fn every_set_finds_what_is_defined(
            ints in proptest::collection::vec(integer(), 0..9000),
            (a, b) in (integer(), integer()),
            (c, d) in (float(), float()),
            pattern in proptest::collection::vec(float(), 1..200),
            (not, nulls, joint) in (any::<bool>(), any::<bool>(), 0..3usize),
            (valid, before) in (any::<u64>(), any::<u64>()),
        ) {
            let rows = ints.len();
            let floats: Vec<f64> = pattern.iter().copied().cycle().take(rows).collect();
            let bools: Vec<u8> = ints.iter().map(|int| (int & 1) as u8).collect();
            let words = rows.div_ceil(64);
            let validity: Vec<u64> = (0..words as u32).map(|word| valid.rotate_left(word)).collect();
            let mut bits: Vec<u64> = (0..words as u32).map(|word| before.rotate_left(word)).collect();
            if !rows.is_multiple_of(64) {
                bits[words - 1] &= (1 << (rows % 64)) - 1;
            }
            for test in [Test::I64(&ints, a..=b), Test::F64(&floats, c..=d), Test::Bool(&bools)] {
                let of = Condition { test, not, validity: nulls.then_some(&validity[..]) };
                let wanted = defined(&of, Joint::ALL[joint], &bits);
                for kernels in Kernels::available() {
                    let mut found = bits.clone();
                    of.join(kernels, Joint::ALL[joint], &mut found);
                    prop_assert_eq!(&found, &wanted, "{}", kernels.name);
                }
            }
        }
    }
}
