//! Literals: from their text to their value, and back to the shortest text that means the same.
//!
//! Not for values in the input of rules: those are read by the io crate.

/// A number token's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Number {
    /// `1_000`; up to 2^63, as a minus sign may stand before it.
    Int(u64),
    /// `1.5`
    Float(f64),
    /// `1h30m`, in nanoseconds.
    Duration(i64),
}

/// What is wrong with a literal: a message, and the way out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LiteralError {
    /// Not a number.
    Number(String, String),
    /// Not a duration.
    Duration(String, String),
}

/// Units of duration literals, from the largest, in nanoseconds.
pub(crate) const UNITS: &[(&str, i64)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The value of a number token.
pub(crate) fn number(text: &str) -> Result<Number, LiteralError> {
    let is_int = text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if is_int {
        return int(text).map(Number::Int);
    }
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let rest = &text[digits_end..];
    if text.starts_with('0') && rest.starts_with(['x', 'X', 'b', 'B', 'o', 'O']) {
        return Err(LiteralError::Number(
            "integers are decimal".into(),
            "write it with the digits 0 to 9".into(),
        ));
    }
    let is_exponent = rest.starts_with(['e', 'E'])
        && rest[1..].starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
    if rest.starts_with('.') || is_exponent { float(text) } else { duration(text).map(Number::Duration) }
}

fn int(text: &str) -> Result<u64, LiteralError> {
    let bad = |message: &str| {
        Err(LiteralError::Number(
            message.to_string(),
            "an integer lies between -9_223_372_036_854_775_808 and 9_223_372_036_854_775_807".into(),
        ))
    };
    if text.ends_with('_') || text.contains("__") {
        return bad("`_` stands between digits only");
    }
    match text.replace('_', "").parse::<u64>() {
        Ok(value) if value <= 1 << 63 => Ok(value),
        _ => bad("the integer does not fit 64 bits"),
    }
}

fn float(text: &str) -> Result<Number, LiteralError> {
    let bad = |message: String, help: &str| Err(LiteralError::Number(message, help.to_string()));
    let misplaced = |index: usize| {
        let digit = |at: Option<u8>| at.is_some_and(|b| b.is_ascii_digit());
        !digit(index.checked_sub(1).map(|at| text.as_bytes()[at]))
            || !digit(text.as_bytes().get(index + 1).copied())
    };
    if text.match_indices('_').any(|(index, _)| misplaced(index)) {
        return bad("`_` stands between digits only".into(), "leave it out");
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Number::Float(value)),
        Ok(_) => bad(format!("`{text}` is too large"), "the largest float is about 1.8e308"),
        Err(_) => {
            let unit_start = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
            if UNITS.iter().any(|(unit, _)| *unit == &text[unit_start..]) {
                let help = "use a smaller unit: `1500ms` or `1s500ms` instead of `1.5s`";
                return Err(LiteralError::Duration(
                    "durations are whole numbers of a unit".into(),
                    help.into(),
                ));
            }
            bad(format!("`{text}` is not a number"), "write a float as `1.5` or `1.5e-3`")
        }
    }
}

/// A sum such as `1h30m`, in nanoseconds.
fn duration(text: &str) -> Result<i64, LiteralError> {
    let bad = |message: String, help: String| Err(LiteralError::Duration(message, help));
    let mut rest = text;
    let mut sum = 0i64;
    let mut last_unit = i64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(rest.len());
        let (count, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return bad(unknown_unit(unit), unit_help(count, unit));
        };
        if *nanos >= last_unit {
            return bad("the units of a duration go from large to small".into(), "as in `1h30m`".into());
        }
        let value = i64::try_from(int(count)?).ok();
        match value.and_then(|count| count.checked_mul(*nanos)).and_then(|part| sum.checked_add(part)) {
            Some(total) => sum = total,
            None => {
                return bad(
                    "the duration is too long".into(),
                    "the longest is about 292 years, `106751d`".into(),
                );
            }
        }
        last_unit = *nanos;
        rest = next;
    }
    Ok(sum)
}

fn unknown_unit(unit: &str) -> String {
    match unit {
        "" => "a part of the duration has no unit".to_string(),
        unit => format!("there is no unit `{unit}`"),
    }
}

fn unit_help(count: &str, unit: &str) -> String {
    match (unit_meant(unit), unit.to_lowercase().as_str()) {
        (Some(meant), _) => format!("write `{count}{meant}`"),
        (None, "w" | "week" | "weeks") => "the units are `ns us ms s m h d`; a week is `7d`".to_string(),
        _ => "the units are `ns us ms s m h d`".to_string(),
    }
}

/// The unit that a word stands for.
pub(crate) fn unit_meant(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "day" | "days" => Some("d"),
        "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => Some("ms"),
        "usec" | "usecs" | "micro" | "micros" | "microsecond" | "microseconds" => Some("us"),
        "nsec" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => Some("ns"),
        lower => UNITS.iter().find(|(name, _)| *name == lower).map(|(name, _)| *name),
    }
}

/// The text of a duration: of the units, the largest that fit, as in `1h30m`.
pub fn duration_text(nanos: i64) -> String {
    let mut text = String::from(if nanos < 0 { "-" } else { "" });
    let mut rest = nanos.unsigned_abs();
    if rest == 0 {
        return "0s".to_string();
    }
    for (unit, size) in UNITS {
        let size = size.unsigned_abs();
        if rest >= size {
            text += &format!("{}{unit}", rest / size);
            rest %= size;
        }
    }
    text
}

/// The text of a float, which reads as a float and has the same bits.
pub(crate) fn float_text(value: f64) -> String {
    // `{:?}` is the shortest text that reads back the same, and always has a point or an exponent.
    format!("{value:?}")
}

/// The value of a text token, or the place of a bad escape within it, with the way out.
pub(crate) fn string(token: &str) -> Result<String, (std::ops::Range<usize>, String)> {
    let inner = &token[1..token.len() - 1];
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        let escape = chars.next().map_or('\\', |(_, escape)| escape);
        let known = match escape {
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '0' => Some('\0'),
            '"' => Some('"'),
            '\\' => Some('\\'),
            'u' => match unicode(&inner[at + 2..]) {
                Some((c, length)) => {
                    // The length is in ASCII characters, so bytes and characters agree.
                    chars.nth(length - 1);
                    Some(c)
                }
                None => {
                    let help = "write `\\u{…}` with one to six hexadecimal digits of a Unicode scalar value";
                    return Err((at + 1..at + 3, help.to_string()));
                }
            },
            _ => None,
        };
        match known {
            Some(c) => value.push(c),
            None => {
                let range = at + 1..at + 2 + escape.len_utf8();
                return Err((range, format!("for a backslash itself write two: `\\\\{escape}`")));
            }
        }
    }
    Ok(value)
}

/// `{1F600}` at the beginning of `text`: the character, and how long it was written.
fn unicode(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix('{')?;
    let end = digits.find('}')?;
    let digits = &digits[..end];
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((c, end + 2))
}

/// The token of a text.
pub(crate) fn string_text(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0' => text.push_str("\\0"),
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c if c.is_control() || c == '\u{FEFF}' => text += &format!("\\u{{{:x}}}", c as u32),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("0"), Ok(Number::Int(0)));
        assert_eq!(number("1_000"), Ok(Number::Int(1000)));
        assert_eq!(number("9223372036854775808"), Ok(Number::Int(1 << 63)));
        assert_eq!(number("1.5"), Ok(Number::Float(1.5)));
        assert_eq!(number("1_0.5e+3"), Ok(Number::Float(10_500.0)));
        assert_eq!(number("1e-3"), Ok(Number::Float(0.001)));
        assert_eq!(number("2E5"), Ok(Number::Float(2e5)));
        for bad in ["9223372036854775809", "1__0", "1_", "1e999", "1.2.3", "1.5x", "1_.5"] {
            assert!(matches!(number(bad), Err(LiteralError::Number(..))), "{bad}");
        }
    }

    #[test]
    fn durations() {
        let of = |text: &str| match number(text) {
            Ok(Number::Duration(nanos)) => Some(nanos),
            _ => None,
        };
        assert_eq!(of("250ms"), Some(250_000_000));
        assert_eq!(of("1h30m"), Some(5_400_000_000_000));
        assert_eq!(of("7d"), Some(604_800_000_000_000));
        assert_eq!(of("3us7ns"), Some(3_007));
        for bad in ["5min", "5S", "1.5s", "30m1h", "1h1h", "1h5", "300000d", "5x"] {
            assert!(matches!(number(bad), Err(LiteralError::Duration(..))), "{bad}: {:?}", number(bad));
        }
        for other_base in ["0x1f", "0XFF", "0b101", "0o17"] {
            assert!(matches!(number(other_base), Err(LiteralError::Number(..))), "{other_base}");
        }
        for nanos in [0, 1, 90_000_000_000, 5_400_000_000_001, i64::MAX] {
            assert_eq!(of(&duration_text(nanos)), Some(nanos));
        }
        let help = number("10minutes").err();
        assert_eq!(
            help,
            Some(LiteralError::Duration("there is no unit `minutes`".into(), "write `10m`".into()))
        );
    }

    #[test]
    fn strings() {
        assert_eq!(string(r#""a\n\"\\\u{e9}é\0""#), Ok("a\n\"\\éé\0".to_string()));
        assert_eq!(string(r#""\d""#).err().map(|(range, _)| range), Some(1..3));
        assert_eq!(string(r#""é\é""#).err().map(|(range, _)| range), Some(3..6));
        for bad in [r#""\u""#, r#""\u{}""#, r#""\u{d800}""#, r#""\u{1234567}""#, r#""\u{12""#, r#""\u{é}""#]
        {
            assert!(string(bad).is_err(), "{bad}");
        }
        for text in ["", "é\u{1}\u{7f}\u{85}\u{FEFF}", "a\"b\\c\r\n\t\0"] {
            assert_eq!(string(&string_text(text)).as_deref(), Ok(text));
        }
    }

    #[test]
    fn floats_keep_their_bits() {
        for value in [0.0, 1.0, 1e300, 5e-324, 0.1, 1e16, 123456789.123] {
            match number(&float_text(value)) {
                Ok(Number::Float(read)) => assert_eq!(read.to_bits(), value.to_bits()),
                other => panic!("{value}: {other:?}"),
            }
        }
    }
}
