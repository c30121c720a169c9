//! Durations from text, and to it: `1h30m`, `250ms`, `-1d`.

use super::Wrong;

/// Units, largest first, in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const HINT: &str = "a duration is written like 1h30m, in whole d h m s ms us ns";

/// The nanoseconds that `text` writes: whole numbers, each with a unit, summed, after an optional `-`.
pub(crate) fn parse(text: &[u8]) -> Result<i64, Wrong> {
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if rest.is_empty() {
        return Err(Wrong::Hint(HINT));
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at(run(rest, u8::is_ascii_digit));
        let (unit, after) = after.split_at(run(after, u8::is_ascii_alphabetic));
        let nanos = UNITS.iter().find(|(name, _)| name.as_bytes() == unit).ok_or(Wrong::Hint(HINT))?.1;
        let count = super::int::parse(digits).map_err(|wrong| match wrong {
            Wrong::Range => Wrong::Range,
            _ => Wrong::Hint(HINT),
        })?;
        // No overflow: each term is below 2^63 * 2^47, and a text has fewer terms than 2^17 or is out of range.
        sum += i128::from(count) * i128::from(nanos);
        if sum > 1 << 64 {
            return Err(Wrong::Range);
        }
        rest = after;
    }
    i64::try_from(if negative { -sum } else { sum }).map_err(|_| Wrong::Range)
}

fn run(text: &[u8], of: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|&byte| of(byte)).count()
}

/// Appends `nanos` as text that reads back: units largest first, zero as `0s`.
pub(crate) fn write(nanos: i64, out: &mut Vec<u8>) {
    if nanos == 0 {
        return out.extend_from_slice(b"0s");
    }
    if nanos < 0 {
        out.push(b'-');
    }
    let mut rest = nanos.unsigned_abs();
    for (name, unit) in UNITS {
        if rest >= unit {
            out.extend_from_slice(itoa::Buffer::new().format(rest / unit).as_bytes());
            out.extend_from_slice(name.as_bytes());
            rest %= unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(nanos: i64) -> String {
        let mut out = Vec::new();
        write(nanos, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn durations() {
        assert_eq!(parse(b"1h30m"), Ok(5_400_000_000_000));
        assert_eq!(parse(b"-250ms"), Ok(-250_000_000));
        assert_eq!(written(5_400_000_000_000), "1h30m");
        assert_eq!(written(0), "0s");
        assert_eq!(written(-1_001), "-1us1ns");
        for text in ["", "-", "h", "1", "1.5h", "1w", "1h-1m", "+1h", "1 h", "1h30"] {
            assert_eq!(parse(text.as_bytes()), Err(Wrong::Hint(HINT)), "{text}");
        }
        for text in ["200000d", "99999999999999999999s", "9223372036854775807d9223372036854775807d"] {
            assert_eq!(parse(text.as_bytes()), Err(Wrong::Range), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(nanos in any::<i64>(), shift in 0u32..64) {
            let nanos = nanos >> shift;
            prop_assert_eq!(parse(written(nanos).as_bytes()), Ok(nanos));
        }
    }
}
