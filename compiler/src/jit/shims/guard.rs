//! Conditions on whole columns, by the vector units that the processor has.

use crate::jit::search::Search;
use portent_rt::kernels::Kernels;
use portent_rt::kernels::condition::{Condition, Joint, Test};
use portent_rt::kernels::texts::Texts;
use portent_rt::scalar::like::like;
use portent_rt::string::RawStr;
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

/// The same as slices.
struct Slices<'a, T> {
    values: &'a [T],
    validity: Option<&'a [u64]>,
    bits: &'a mut [u64],
}

impl<T> Rows<T> {
    const fn slices<'a>(self) -> Slices<'a, T> {
        let words = self.len.div_ceil(64);
        // SAFETY: compiled code passes what the driver gave it: a column of `len` values, which nobody changes meanwhile, a bit for
        // each if they may be null, and a bitmap with a bit for each, which is its own.
        unsafe {
            Slices {
                values: from_raw_parts(self.values, self.len),
                validity: if self.validity.is_null() {
                    None
                } else {
                    Some(from_raw_parts(self.validity, words))
                },
                bits: from_raw_parts_mut(self.bits, words),
            }
        }
    }

    fn join<'a>(self, how: u64, test: impl FnOnce(&'a [T]) -> Test<'a>)
    where
        T: 'a,
    {
        let (how, Slices { values, validity, bits }) = (How::of_word(how), self.slices());
        let condition = Condition { test: test(values), not: how.not, validity };
        condition.join(Kernels::best(), how.joint, bits);
    }
}

/// The texts of a column that compiled code passed.
const fn texts(views: &[RawStr]) -> Texts<'_> {
    // SAFETY: the driver gives compiled code columns of UTF-8 whose long texts point to bytes that live as long as the batch.
    unsafe { Texts::new(views) }
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

/// Joins with bits which texts are a constant of the program.
pub(in crate::jit) extern "C" fn is_text(
    values: *const RawStr,
    validity: *const u64,
    bits: *mut u64,
    len: usize,
    how: u64,
    bytes: *const u8,
    bytes_len: usize,
) {
    // SAFETY: compiled code passes a text of its `Pool`, which lives as long as the code.
    let wanted = unsafe { core::str::from_utf8_unchecked(from_raw_parts(bytes, bytes_len)) };
    Rows { values, validity, bits, len }.join(how, |values| Test::Text(texts(values), wanted));
}

/// Joins with bits in which texts something of the program is found.
pub(in crate::jit) extern "C" fn fit_texts(
    values: *const RawStr,
    validity: *const u64,
    bits: *mut u64,
    len: usize,
    how: u64,
    search: &Search,
) {
    let (how, Slices { values, validity, bits }) =
        (How::of_word(how), Rows { values, validity, bits, len }.slices());
    let texts = texts(values);
    // PERF: what is looked for is chosen once, not for each text.
    macro_rules! join {
        ($fits:expr) => {
            texts.join(validity, how.not, how.joint, bits, $fits)
        };
    }
    match search {
        Search::Starts(part) => join!(|text| text.starts_with(part)),
        Search::Ends(part) => join!(|text| text.ends_with(part)),
        Search::Contains(finder) => join!(|text| finder.find(text.as_bytes()).is_some()),
        Search::Like(pattern) => join!(|text| like(text, pattern)),
        Search::Matches(regex) => join!(|text| regex.is_match(text)),
    }
}
