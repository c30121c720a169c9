//! Times as numbers of a unit: `@3` and `@3.5`, exact to the nanosecond whatever the unit.

use portent_rt::TimeUnit;
use portent_rt::scalar::parse;

/// What a number behind `@` counts.
pub type Unit = TimeUnit;

/// Reads `@3`, `@-3.25`, or an RFC 3339 time behind the `@`.
pub fn parse_time(text: &str, unit: Unit) -> Option<i64> {
    let text = text.strip_prefix('@')?;
    if text.contains('T') {
        return parse::timestamp(text);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let nanos = i128::from(unit.nanos());
    let mut total = whole.parse::<i128>().ok()?.checked_mul(nanos)?;
    let mut place = nanos;
    for digit in fraction.bytes() {
        if place % 10 != 0 {
            return None;
        }
        place /= 10;
        total += i128::from(digit - b'0') * place;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// Writes what [`parse_time`] reads.
pub fn print_time(at: i64, unit: Unit, out: &mut String) {
    let nanos = unit.nanos().unsigned_abs();
    let (whole, fraction) = (at.unsigned_abs() / nanos, at.unsigned_abs() % nanos);
    out.push_str(if at < 0 { "@-" } else { "@" });
    out.push_str(&whole.to_string());
    if fraction != 0 {
        let digits = nanos.ilog10() as usize;
        let text = format!("{fraction:0digits$}");
        out.push('.');
        out.push_str(text.trim_end_matches('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_reads_back() {
        for unit in [Unit::Seconds, Unit::Millis, Unit::Micros, Unit::Nanos] {
            for at in [0, 1, -1, 1_500_000_000, -2_000_000_000, i64::MAX, i64::MIN, 1_000_100] {
                let mut text = String::new();
                print_time(at, unit, &mut text);
                assert_eq!(parse_time(&text, unit), Some(at), "{text} {unit:?}");
            }
        }
        assert_eq!(parse_time("@1970-01-01T00:00:03Z", Unit::Millis), Some(3_000_000_000));
        for wrong in ["3", "@", "@x", "@1.5x", "@.5", "@99999999999999999999"] {
            assert_eq!(parse_time(wrong, Unit::Seconds), None, "{wrong}");
        }
    }
}
