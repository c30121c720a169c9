//! Text as values: the casts from `str`, and what the readers of input use. `None` is text that is no such value.
//! White space around it is not part of a value.

use super::time::{self, Date, SECOND};

/// `true` or `false`.
pub fn bool(text: &str) -> Option<bool> {
    text.parse().ok()
}

/// A decimal with an optional sign.
pub fn int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A decimal with an optional sign, fraction and exponent, to the nearest double; or `inf`, `infinity`, `nan` in upper
/// or lower case.
pub fn float(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// RFC 3339: `2026-01-01T10:00:00.5Z`, or with an offset such as `+01:00`. A blank for the `T` and lower case are
/// accepted, as the standard allows; digits behind nanoseconds are cut off; second 60 is the one after 59.
pub fn timestamp(text: &str) -> Option<i64> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let year = cursor.number(4)?;
    cursor.expect(b"-")?;
    let month = cursor.number(2)?;
    cursor.expect(b"-")?;
    let day = cursor.number(2)?;
    cursor.expect(b"Tt ")?;
    let hour = cursor.number(2)?;
    cursor.expect(b":")?;
    let minute = cursor.number(2)?;
    cursor.expect(b":")?;
    let second = cursor.number(2)?;
    let nanosecond = if cursor.expect(b".").is_some() { cursor.fraction()? } else { 0 };
    let offset = cursor.offset()?;
    let end = cursor.rest.is_empty();
    let local = time::from_civil(Date { year, month, day }, hour, minute, second, nanosecond)?;
    if end { local.checked_sub(offset * SECOND) } else { None }
}

/// A duration literal of the rule language, with an optional sign: `1h30m`, `-250ms`. Units are `d h m s ms us ns`, each
/// behind a whole number; their order does not matter.
pub fn duration(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut cursor = Cursor { rest: text.as_bytes() };
    let mut total: i128 = 0;
    loop {
        let count = cursor.take_while(|byte| byte.is_ascii_digit());
        let unit = cursor.take_while(|byte| byte.is_ascii_lowercase());
        let count: i64 = core::str::from_utf8(count).ok()?.parse().ok()?;
        let nanos: i64 = match unit {
            b"d" => 86_400 * SECOND,
            b"h" => 3_600 * SECOND,
            b"m" => 60 * SECOND,
            b"s" => SECOND,
            b"ms" => 1_000_000,
            b"us" => 1_000,
            b"ns" => 1,
            _ => return None,
        };
        total = total.checked_add(i128::from(count) * i128::from(nanos))?;
        if cursor.rest.is_empty() {
            return i64::try_from(if negative { -total } else { total }).ok();
        }
    }
}

/// What is left of a text.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Takes one of the given bytes.
    fn expect(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        bytes.contains(&first).then(|| {
            self.rest = rest;
            first
        })
    }

    fn take_while(&mut self, wanted: impl Fn(&u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !wanted(byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (taken, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        taken
            .iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
    }

    /// The digits behind the point, one or more, as nanoseconds.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let padded = digits.iter().copied().chain(core::iter::repeat(b'0')).take(9);
        (!digits.is_empty()).then(|| padded.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0')))
    }

    /// `Z` or `±HH:MM`, as seconds.
    fn offset(&mut self) -> Option<i64> {
        match self.expect(b"Zz+-")? {
            b'Z' | b'z' => Some(0),
            sign => {
                let hours = self.number(2)?;
                self.expect(b":")?;
                let minutes = self.number(2)?;
                let seconds = hours * 3_600 + minutes * 60;
                (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::{print, test_numbers};
    use alloc::string::String;

    #[test]
    fn what_is_printed_reads_back() {
        for number in test_numbers(20_000) {
            let mut text = String::new();
            print::timestamp(number, &mut text);
            assert_eq!(timestamp(&text), Some(number), "{text}");
            let theirs: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(theirs.as_nanosecond(), i128::from(number), "{text}");
            text.clear();
            print::duration(number, &mut text);
            assert_eq!(duration(&text), Some(number), "{text}");
        }
    }

    #[test]
    fn rfc_3339() {
        let expected = timestamp("2026-01-01T10:00:00.5Z");
        assert_eq!(expected, Some(1_767_261_600_500_000_000));
        for same in [
            "2026-01-01t10:00:00.500z",
            "2026-01-01 11:00:00.5+01:00",
            "2026-01-01T09:30:00.50000000099-00:30",
        ] {
            assert_eq!(timestamp(same), expected, "{same}");
        }
        assert_eq!(timestamp("2016-12-31T23:59:60Z"), timestamp("2017-01-01T00:00:00Z"));
        for wrong in [
            "",
            "2026-01-01",
            "2026-01-01T10:00:00",
            "2026-01-01T10:00:00.Z",
            "2026-02-30T10:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T10:00:00Zx",
            "2026-1-01T10:00:00Z",
            "2026-01-01T10:00:00+0100",
            "9999-01-01T00:00:00Z",
            "+026-01-01T10:00:00Z",
            " 2026-01-01T10:00:00Z",
        ] {
            assert_eq!(timestamp(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1h30m"), Some(5_400 * SECOND));
        assert_eq!(duration("-1ms1ns"), Some(-1_000_001));
        for wrong in ["", "-", "5", "s", "1x", "1h ", "1.5s", "+1s", "106752d", "99999999999999999999s"] {
            assert_eq!(duration(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!((int("+7"), int("-7"), int(" 7"), int("7.0")), (Some(7), Some(-7), None, None));
        assert_eq!((float("1e3"), float("-inf"), float("")), (Some(1000.0), Some(f64::NEG_INFINITY), None));
    }
}
