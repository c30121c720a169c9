//! Timestamps from RFC 3339 text, and to it.
//!
//! Source of the calendar arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use super::{Word, Wrong};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

const HINT: &str = "a timestamp is written like 2013-01-01T10:00:00Z";
const NO_ZONE: &str = "it has no time zone: put Z after it for UTC, or an offset like +02:00";
const TOO_FINE: &str = "it is finer than a nanosecond";

/// The timestamp of `text[start..start + len]`, if it is of the form `2013-01-01T10:00:00Z`.
#[inline(always)]
pub(crate) fn fast(text: &[u8], start: usize, len: usize) -> Option<i64> {
    if len != 20 {
        return None;
    }
    let (date, time) = (Word::load(text, start)?.0, Word::load(text, start + 8)?.0);
    let seconds = text.get(start + 16..start + 20)?;
    if seconds[0] != b':' || seconds[3] != b'Z' {
        return None;
    }
    let date = digits(date, *b"0000-00-")?;
    let time = digits(time, *b"00T00:00")?;
    let seconds = digits(u64::from(seconds[1]) | u64::from(seconds[2]) << 8, [b'0', b'0', 0, 0, 0, 0, 0, 0])?;
    let (date, time) = (Word::pairs(date), Word::pairs(time));
    let pair = |pairs: u64, at: u32| (pairs >> (8 * at) & 0xff) as i64;
    let date = Date { year: pair(date, 0) * 100 + pair(date, 2), month: pair(date, 5), day: pair(time, 0) };
    let (hour, minute, second) = (pair(time, 3), pair(time, 6), pair(Word::pairs(seconds), 0));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = date.days()? * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    seconds.checked_mul(NANOS_PER_SECOND)
}

/// The values of the digits of `word`, where `form` has a `0`, if all else is as in `form`; zero elsewhere.
#[inline(always)]
const fn digits(word: u64, form: [u8; 8]) -> Option<u64> {
    let form = u64::from_le_bytes(form);
    let x = word ^ form;
    // 118 carries into the high bit from a digit value of 10 on; 127 from anything but equality on.
    let mut limits = [0u8; 8];
    let bytes = form.to_le_bytes();
    let mut at = 0;
    while at < 8 {
        limits[at] = if bytes[at] == b'0' { 118 } else { 127 };
        at += 1;
    }
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let over = ((x & !HIGHS) + u64::from_le_bytes(limits)) | x;
    if over & HIGHS == 0 { Some(x) } else { None }
}

/// A day of the proleptic Gregorian calendar.
#[derive(Clone, Copy)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// Days since the Unix epoch, if there is such a day.
    #[inline(always)]
    fn days(self) -> Option<i64> {
        let Self { year, month, day } = self;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        const LENGTHS: [i64; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let length = LENGTHS.get(month as usize)? + i64::from(leap && month == 2);
        if day < 1 || day > length {
            return None;
        }
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(era * 146_097 + day_of_era - 719_468)
    }

    /// The day that is `days` after the Unix epoch.
    fn of(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
        }
    }
}

/// The timestamp that `text` writes: a date, or a date and a time with a zone (RFC 3339, `T` or a space
/// between, up to nine digits of fraction). A leap second is the first second of the next minute.
pub(crate) fn parse(text: &[u8]) -> Result<i64, Wrong> {
    let mut scan = Scan(text);
    let year = scan.number(4)?;
    scan.one_of(b"-")?;
    let month = scan.number(2)?;
    scan.one_of(b"-")?;
    let date = Date { year, month, day: scan.number(2)? };
    let days = date.days().ok_or(Wrong::Hint("there is no such day"))?;
    let (mut seconds, mut nanos) = (days * SECONDS_PER_DAY, 0);
    if !scan.0.is_empty() {
        scan.one_of(b"Tt ")?;
        seconds += scan.time()?;
        nanos = scan.fraction()?;
        seconds -= scan.zone()?;
    }
    if !scan.0.is_empty() {
        return Err(Wrong::Hint(HINT));
    }
    let total = i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(nanos);
    i64::try_from(total).map_err(|_| Wrong::Range)
}

/// What is left of a text.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    /// A number of exactly `count` digits.
    fn number(&mut self, count: usize) -> Result<i64, Wrong> {
        let Some((digits, rest)) = self.0.split_at_checked(count) else { return Err(Wrong::Hint(HINT)) };
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(Wrong::Hint(HINT));
        }
        self.0 = rest;
        Ok(digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
    }

    fn one_of(&mut self, bytes: &[u8]) -> Result<u8, Wrong> {
        match self.0 {
            [first, rest @ ..] if bytes.contains(first) => {
                self.0 = rest;
                Ok(*first)
            }
            _ => Err(Wrong::Hint(HINT)),
        }
    }

    /// Hours, minutes and seconds, in seconds.
    fn time(&mut self) -> Result<i64, Wrong> {
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        self.one_of(b":")?;
        let second = self.number(2)?;
        match hour <= 23 && minute <= 59 && second <= 60 {
            true => Ok(hour * 3600 + minute * 60 + second),
            false => Err(Wrong::Hint("there is no such time of day")),
        }
    }

    /// An optional fraction, in nanoseconds.
    fn fraction(&mut self) -> Result<i64, Wrong> {
        if self.one_of(b".").is_err() {
            return Ok(0);
        }
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match count {
            0 => Err(Wrong::Hint(HINT)),
            1..=9 => Ok(self.number(count)? * 10i64.pow(9 - count as u32)),
            _ => Err(Wrong::Hint(TOO_FINE)),
        }
    }

    /// The offset from UTC, in seconds.
    fn zone(&mut self) -> Result<i64, Wrong> {
        if self.0.is_empty() {
            return Err(Wrong::Hint(NO_ZONE));
        }
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let hours = self.number(2)?;
        self.one_of(b":")?;
        let minutes = self.number(2)?;
        match hours <= 23 && minutes <= 59 {
            true => Ok(sign * (hours * 3600 + minutes * 60)),
            false => Err(Wrong::Hint("there is no such offset")),
        }
    }
}

/// Appends `nanos` in RFC 3339, UTC, with no more digits of fraction than it needs.
pub(crate) fn write(nanos: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (nanos.div_euclid(NANOS_PER_SECOND), nanos.rem_euclid(NANOS_PER_SECOND));
    let date = Date::of(seconds.div_euclid(SECONDS_PER_DAY));
    let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    let mut text = *b"0000-00-00T00:00:00";
    put(&mut text[0..4], date.year);
    put(&mut text[5..7], date.month);
    put(&mut text[8..10], date.day);
    put(&mut text[11..13], second_of_day / 3600);
    put(&mut text[14..16], second_of_day / 60 % 60);
    put(&mut text[17..19], second_of_day % 60);
    out.extend_from_slice(&text);
    if fraction != 0 {
        let mut digits = *b".000000000";
        put(&mut digits[1..], fraction);
        let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
        out.extend_from_slice(&digits[..digits.len() - zeros]);
    }
    out.push(b'Z');
}

/// Writes `number` into all of `digits`, with leading zeros.
fn put(digits: &mut [u8], mut number: i64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
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
    fn timestamps() {
        let second = |text: &str| parse(text.as_bytes()).map(|nanos| nanos / NANOS_PER_SECOND);
        assert_eq!(second("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(second("2013-01-01"), Ok(1_356_998_400));
        assert_eq!(second("2013-01-01 10:00:00+02:00"), Ok(1_356_998_400 + 8 * 3600));
        assert_eq!(second("2016-12-31t23:59:60z"), second("2017-01-01T00:00:00Z"));
        assert_eq!(parse(b"1970-01-01T00:00:00.5Z"), Ok(500_000_000));
        assert_eq!(parse(b"1969-12-31T23:59:59.999999999Z"), Ok(-1));
        assert_eq!(parse(b"2013-01-01T10:00:00"), Err(Wrong::Hint(NO_ZONE)));
        assert_eq!(parse(b"2013-01-01T10:00:00.1234567890Z"), Err(Wrong::Hint(TOO_FINE)));
        assert_eq!(parse(b"3000-01-01T00:00:00Z"), Err(Wrong::Range));
        for text in [
            "",
            "x",
            "2013-1-1",
            "2013-02-29",
            "2013-13-01",
            "2013-00-01",
            "2013-01-01T24:00:00Z",
            "2013-01-01T10:00Z",
            "2013-01-01T10:00:00ZZ",
            "2013-01-01T10:00:00.Z",
            "2013-01-01T10:00:00+2:00",
        ] {
            assert!(matches!(parse(text.as_bytes()), Err(Wrong::Hint(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(nanos in any::<i64>()) {
            prop_assert_eq!(parse(written(nanos).as_bytes()), Ok(nanos));
            let whole = nanos / NANOS_PER_SECOND * NANOS_PER_SECOND;
            prop_assert_eq!(fast(written(whole).as_bytes(), 0, 20), Some(whole));
        }

        #[test]
        fn fast_takes_only_timestamps(at in 0usize..20, byte in any::<u8>(), at2 in 0usize..20, digit in b'0'..=b'9') {
            let mut text = *b"2012-02-29T13:05:09Z";
            text[at] = byte;
            text[at2] = digit;
            if let Some(nanos) = fast(&text, 0, 20) {
                prop_assert_eq!(parse(&text), Ok(nanos));
            }
        }
    }
}
