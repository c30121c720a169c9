//! What operators and functions of rules compute, on primitive values; the one definition of it.
//!
//! The oracle, constant folding and both backends call or inline these, so all give the same bits on every platform:
//! elementary functions come from `libm`, not from the system. Nulls are not known here: a caller passes values that
//! are there, and `None` is a failure (overflow, division by zero, a text that is no number), which gives null.

pub mod float;
pub mod hash;
pub mod int;
pub mod like;
pub mod parse;
#[cfg(feature = "alloc")]
pub mod print;
pub mod text;
pub mod time;

/// Integers for property tests: the edges of the range, small ones, and pseudo-random ones of all magnitudes.
#[cfg(test)]
pub(crate) fn test_numbers(count: u64) -> impl Iterator<Item = i64> {
    let edges = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let random = (0..count).map(|index| {
        let bits = hash::int(index as i64);
        bits >> (hash::int(bits) as u64 % 40)
    });
    edges.into_iter().chain(random)
}
