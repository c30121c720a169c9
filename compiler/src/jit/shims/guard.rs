//! Conditions on whole columns, by the vector units that the processor has.

use portent_rt::kernels::Kernels;
use portent_rt::kernels::condition::{Condition, Joint, Test};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// How a condition is joined with the bits that are there, as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::jit) struct How {
    pub(in crate::jit) joint: Joint,
    /// Whether the opposite has to hold.
    pub(in crate::jit) not: bool,
}

impl How {
    /// As a number.
    pub(in crate::jit) const fn word(self) -> i64 {
        (self.joint as i64) << 1 | self.not as i64
    }

    const fn of_word(word: u64) -> Self {
        Self { joint: Joint::ALL[(word >> 1) as usize], not: word & 1 == 1 }
    }
}

/// A column of values, as compiled code passes it.
struct Rows<T> {
    values: *const T,
    /// Null if no value is.
    validity: *const u64,
    bits: *mut u64,
    len: usize,
}

impl<T> Rows<T> {
    fn join<'a>(self, how: u64, test: impl FnOnce(&'a [T]) -> Test<'a>)
    where
        T: 'a,
    {
        let (how, words) = (How::of_word(how), self.len.div_ceil(64));
        // SAFETY: compiled code passes what the driver gave it: a column of `len` values, which nobody changes meanwhile, a bit for
        // each if they may be null, and a bitmap with a bit for each, which is its own.
        let (values, validity, bits) = unsafe {
            (
                from_raw_parts(self.values, self.len),
                (!self.validity.is_null()).then(|| from_raw_parts(self.validity, words)),
                from_raw_parts_mut(self.bits, words),
            )
        };
        let condition = Condition { test: test(values), not: how.not, validity };
        condition.join(Kernels::best(), how.joint, bits);
    }
}

/// Joins with bits which integers are in a range.
pub(in crate::jit) extern "C" fn within_int(
    values: *const i64,
    validity: *const u64,
    bits: *mut u64,
    len: usize,
    how: u64,
    least: i64,
    greatest: i64,
) {
    Rows { values, validity, bits, len }.join(how, |values| Test::I64(values, least..=greatest));
}

/// Joins with bits which doubles are in a range.
pub(in crate::jit) extern "C" fn within_float(
    values: *const f64,
    validity: *const u64,
    bits: *mut u64,
    len: usize,
    how: u64,
    least: f64,
    greatest: f64,
) {
    Rows { values, validity, bits, len }.join(how, |values| Test::F64(values, least..=greatest));
}

/// Joins with bits which bools are true.
pub(in crate::jit) extern "C" fn truths(
    values: *const u8,
    validity: *const u64,
    bits: *mut u64,
    len: usize,
    how: u64,
) {
    Rows { values, validity, bits, len }.join(how, Test::Bool);
}
