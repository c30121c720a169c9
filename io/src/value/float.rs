//! Doubles from text, and to it.

use super::{Wrong, int};

/// The double of `text[start..start + len]`, if it is a finite number.
#[inline(always)]
pub(crate) fn fast(text: &[u8], start: usize, len: usize) -> Option<f64> {
    // PERF: most columns of doubles hold many short whole numbers; those are exact as integers. Zero may
    // be negative, and goes the long way.
    if len <= 8
        && let Some(value) = int::fast(text, start, len)
        && value != 0
    {
        return Some(value as f64);
    }
    let value = fast_float2::parse::<f64, _>(text.get(start..start.checked_add(len)?)?).ok()?;
    value.is_finite().then_some(value)
}

/// The double that `text` writes: a decimal number, `inf`, `infinity` or `nan` in any case.
pub(crate) fn parse(text: &[u8]) -> Result<f64, Wrong> {
    let value: f64 = fast_float2::parse(text).map_err(|_| Wrong::Form)?;
    match value.is_infinite() && text.iter().any(u8::is_ascii_digit) {
        true => Err(Wrong::Range),
        false => Ok(value),
    }
}

/// Appends the shortest text that reads back as `value`, which is finite.
pub(crate) fn write(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn doubles() {
        for (text, value) in
            [("1.5", 1.5), ("-0.0", -0.0), ("1e3", 1000.0), ("inf", f64::INFINITY), ("5", 5.0)]
        {
            assert_eq!(parse(text.as_bytes()).unwrap().to_bits(), value.to_bits(), "{text}");
        }
        assert!(parse(b"NaN").unwrap().is_nan());
        assert!(fast(b"-0        ", 0, 2).unwrap().is_sign_negative());
        assert_eq!(fast(b"inf        ", 0, 3), None);
        assert_eq!(parse(b"1e999"), Err(Wrong::Range));
        assert_eq!(parse(b"x"), Err(Wrong::Form));
        assert_eq!(parse(b""), Err(Wrong::Form));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                let mut text = Vec::new();
                write(value, &mut text);
                prop_assert_eq!(parse(&text).unwrap().to_bits(), bits);
                prop_assert_eq!(fast(&text, 0, text.len()).unwrap().to_bits(), bits);
            }
        }
    }
}
