//! Functions of numbers and times, and reads of aggregates: the definitions of `portent_rt` behind the C calling convention.

use portent_rt::aggregate::SumI;
use portent_rt::scalar::time::Unit;
use portent_rt::scalar::{float, hash, time};

macro_rules! same {
    ($($name:ident = $definition:path: ($($parameter:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        #[doc = concat!("`", stringify!($definition), "`")]
        pub(in crate::jit) extern "C" fn $name($($parameter: $ty),*) -> $result {
            $definition($($parameter),*)
        }
    )*};
}

same! {
    rem = float::rem: (a: f64, b: f64) -> f64;
    round = float::round: (a: f64) -> f64;
    round_to = float::round_to: (a: f64, digits: i64) -> f64;
    exp = float::exp: (a: f64) -> f64;
    ln = float::ln: (a: f64) -> f64;
    log10 = float::log10: (a: f64) -> f64;
    pow = float::pow: (a: f64, b: f64) -> f64;
    sin = float::sin: (a: f64) -> f64;
    cos = float::cos: (a: f64) -> f64;
    atan2 = float::atan2: (y: f64, x: f64) -> f64;
    year = time::year: (at: i64) -> i64;
    month = time::month: (at: i64) -> i64;
    day = time::day: (at: i64) -> i64;
    hour = time::hour: (at: i64) -> i64;
    minute = time::minute: (at: i64) -> i64;
    second = time::second: (at: i64) -> i64;
    day_of_week = time::day_of_week: (at: i64) -> i64;
    hash_int = hash::int: (value: i64) -> i64;
    hash_float = hash::float: (value: f64) -> i64;
}

/// `time::truncate`; false if there is no such time. `unit` is an index of [`Unit::ALL`].
pub(in crate::jit) extern "C" fn date_trunc(unit: u64, at: i64, out: &mut i64) -> bool {
    let start = time::truncate(Unit::ALL[unit as usize], at);
    *out = start.unwrap_or(0);
    start.is_some()
}

/// `hash::bool`
pub(in crate::jit) extern "C" fn hash_bool(value: u64) -> i64 {
    hash::bool(value != 0)
}

/// `SumI::mean`
pub(in crate::jit) extern "C" fn mean_int(sum: &SumI) -> f64 {
    sum.mean()
}

/// `SumI::mean_whole`
pub(in crate::jit) extern "C" fn mean_whole(sum: &SumI) -> i64 {
    sum.mean_whole()
}

/// Times that are a column without nulls: copies them and sets a bit for each.
pub(in crate::jit) extern "C" fn copy_times(
    times: *mut i64,
    valid: *mut u64,
    values: *const i64,
    len: usize,
) {
    let (words, rest) = (len / 64, len % 64);
    // SAFETY: compiled code passes what the driver gave it: a column of `len` values, which a kernel only reads, and room for
    // as many times and for a bit for each, in whole words.
    unsafe {
        times.copy_from_nonoverlapping(values, len);
        (0..words).for_each(|word| valid.add(word).write(!0));
        if rest > 0 {
            valid.add(words).write((1 << rest) - 1);
        }
    }
}
