//! Integers from text.

use super::{Word, Wrong};

/// The integer of `text[start..start + len]`, if it is a plain one of at most 16 digits. Looks at up to
/// eight bytes past it.
#[inline(always)]
pub(crate) fn fast(text: &[u8], start: usize, len: usize) -> Option<i64> {
    let negative = text.get(start) == Some(&b'-');
    let (start, len) = (start + usize::from(negative), len.wrapping_sub(usize::from(negative)));
    let value = match len {
        1..=8 => Word::load(text, start)?.digits(len)?,
        9..=16 => {
            let high = Word::load(text, start)?.digits(len - 8)?;
            high * 100_000_000 + Word::load(text, start + len - 8)?.digits(8)?
        }
        _ => return None,
    };
    Some(if negative { -(value as i64) } else { value as i64 })
}

/// The integer that `text` writes: digits after an optional sign.
pub(crate) fn parse(text: &[u8]) -> Result<i64, Wrong> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Wrong::Form);
    }
    let add = |value: i64, digit: &u8| {
        let digit = i64::from(digit - b'0');
        let value = value.checked_mul(10)?;
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    };
    digits.iter().try_fold(0, add).ok_or(Wrong::Range)
}

/// The integer that a JSON number stands for, if it is one: `5`, `5.0`, `1e3`, `-2.50e1`.
pub(crate) fn parse_exact(number: &[u8]) -> Result<i64, Wrong> {
    let exponent_at = number.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(number.len());
    let (mantissa, exponent) = number.split_at(exponent_at);
    let exponent = match exponent {
        [] => 0,
        [_, exponent @ ..] => match parse(exponent) {
            Ok(exponent) => exponent.clamp(-(1 << 40), 1 << 40),
            Err(Wrong::Range) if exponent.starts_with(b"-") => -(1 << 40),
            Err(Wrong::Range) => 1 << 40,
            Err(wrong) => return Err(wrong),
        },
    };
    let mut parts = mantissa.splitn(2, |&byte| byte == b'.');
    let (whole, fraction) = (parts.next().unwrap_or(b""), parts.next().unwrap_or(b""));
    let digits = [whole, fraction].concat();
    shift(&digits, exponent - fraction.len() as i64)
}

/// `digits` (with a sign) times ten to the `places`, if that is an integer.
fn shift(digits: &[u8], places: i64) -> Result<i64, Wrong> {
    let zeros = digits.iter().rev().take_while(|&&byte| byte == b'0').count();
    let significant = &digits[..digits.len() - zeros];
    let places = places + zeros as i64;
    if significant.is_empty() || significant == b"-" {
        return if zeros > 0 { Ok(0) } else { Err(Wrong::Form) };
    }
    match places {
        ..0 => Err(Wrong::Hint("it has a fraction")),
        0..=19 => parse(&[significant, &vec![b'0'; places as usize]].concat()),
        _ => Err(Wrong::Range),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers() {
        assert_eq!(parse(b"+5"), Ok(5));
        assert_eq!(parse(b"-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(parse(b"9223372036854775808"), Err(Wrong::Range));
        for text in ["", "-", "+", "5.0", "1e3", "0x1", " 1", "1_0", "--1"] {
            assert_eq!(parse(text.as_bytes()), Err(Wrong::Form), "{text}");
        }
    }

    #[test]
    fn json_numbers_that_are_integers() {
        for (text, value) in
            [("5.0", 5), ("1e3", 1000), ("-2.50e1", -25), ("0.0e5", 0), ("-0", 0), ("1200e-2", 12)]
        {
            assert_eq!(parse_exact(text.as_bytes()), Ok(value), "{text}");
        }
        assert_eq!(parse_exact(b"9223372036854775807.000"), Ok(i64::MAX));
        assert_eq!(parse_exact(b"0e99999999999999999999"), Ok(0));
        for text in ["1e19", "9223372036854775808", "1e99999999999999999999"] {
            assert_eq!(parse_exact(text.as_bytes()), Err(Wrong::Range), "{text}");
        }
        for text in ["5.5", "1e-1", "1e-99999999999999999999"] {
            assert!(matches!(parse_exact(text.as_bytes()), Err(Wrong::Hint(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn fast_agrees_with_slow(value in any::<i64>(), shift in 0u32..64, after in "[0-9,a]{0,9}") {
            let written = (value >> shift).to_string();
            let text = format!("{written}{after}                ");
            if let Some(fast) = fast(text.as_bytes(), 0, written.len()) {
                prop_assert_eq!(fast, value >> shift);
            } else {
                prop_assert!(written.len() > 16);
            }
        }

        #[test]
        fn fast_takes_only_integers(text in "[-+0-9a.e]{0,18}") {
            let padded = format!("{text}                ");
            if let Some(value) = fast(padded.as_bytes(), 0, text.len()) {
                prop_assert_eq!(parse(text.as_bytes()), Ok(value));
            }
        }
    }
}
