//! Values as text, in the form in which output is written and rules cast to `str`. The counterpart of
//! [`super::parse`]: what is printed here is read there.

use alloc::string::String;
use core::fmt::Write;

use super::time::{self, SECOND};
use crate::column::Value;

/// The units of a printed duration, in nanoseconds, the longest first.
const UNITS: [(u64, &str); 7] = [
    (86_400 * SECOND as u64, "d"),
    (3_600 * SECOND as u64, "h"),
    (60 * SECOND as u64, "m"),
    (SECOND as u64, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// `true` or `false`.
pub fn bool(value: bool, out: &mut String) {
    out.push_str(if value { "true" } else { "false" });
}

/// A decimal.
pub fn int(value: i64, out: &mut String) {
    append(out, format_args!("{value}"));
}

/// The shortest decimal that reads as the same double, always with a point or an exponent: `100.0`, `1e300`, `NaN`,
/// `-inf`.
pub fn float(value: f64, out: &mut String) {
    append(out, format_args!("{value:?}"));
}

/// RFC 3339 in UTC, with the shortest fraction: `2026-01-01T10:00:00.5Z`.
pub fn timestamp(at: i64, out: &mut String) {
    let date = time::date(at);
    let (hour, minute, second) = (time::hour(at), time::minute(at), time::second(at));
    append(
        out,
        format_args!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}", date.year, date.month, date.day),
    );
    let (mut fraction, mut digits) = (time::nanosecond(at), 9);
    if fraction != 0 {
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        append(out, format_args!(".{fraction:0digits$}"));
    }
    out.push('Z');
}

/// As a literal of the rule language, the longest units first: `1h30m`, `250ms`, `0s`; negative ones `-1h30m`.
pub fn duration(value: i64, out: &mut String) {
    if value == 0 {
        return out.push_str("0s");
    }
    if value < 0 {
        out.push('-');
    }
    let mut rest = value.unsigned_abs();
    for (unit, name) in UNITS {
        if rest >= unit {
            append(out, format_args!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
}

/// Any value: text as it is, nothing for null, and lists as `[a, b]`.
pub fn value(value: &Value, out: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(value) => bool(*value, out),
        Value::I64(value) => int(*value, out),
        Value::F64(value) => float(*value, out),
        Value::Str(value) => out.push_str(value),
        Value::Timestamp(value) => timestamp(*value, out),
        Value::Duration(value) => duration(*value, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                self::value(item, out);
            }
            out.push(']');
        }
    }
}

fn append(out: &mut String, arguments: core::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing to a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(print: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        print(&mut out);
        out
    }

    #[test]
    fn timestamps_have_the_shortest_fraction() {
        let print = |at| text(|out| timestamp(at, out));
        assert_eq!(print(0), "1970-01-01T00:00:00Z");
        assert_eq!(print(1_767_261_600_500_000_000), "2026-01-01T10:00:00.5Z");
        assert_eq!(print(1), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(print(-1), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(print(i64::MIN), "1677-09-21T00:12:43.145224192Z");
    }

    #[test]
    fn durations_are_literals() {
        let print = |value| text(|out| duration(value, out));
        assert_eq!(print(5_400 * SECOND), "1h30m");
        assert_eq!(print(-250_000_000), "-250ms");
        assert_eq!(print(0), "0s");
        assert_eq!(print(86_400 * SECOND + 1), "1d1ns");
        assert_eq!(print(i64::MIN), "-106751d23h47m16s854ms775us808ns");
    }

    #[test]
    fn doubles_are_the_shortest_that_read_back() {
        let print = |value| text(|out| float(value, out));
        for (value, expected) in
            [(100.0, "100.0"), (0.1, "0.1"), (-0.0, "-0.0"), (1e300, "1e300"), (1e-7, "1e-7")]
        {
            assert_eq!(print(value), expected);
        }
        assert_eq!((print(f64::NAN), print(f64::NEG_INFINITY)), ("NaN".into(), "-inf".into()));
    }
}
