//! Timestamp literals: RFC 3339 date and time behind an `@`, to and from nanoseconds since the Unix epoch.

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// The value of `@2013-01-01T10:00:00.5+02:00`, or what is wrong with it.
pub(crate) fn parse(token: &str) -> Result<i64, &'static str> {
    let text = token.strip_prefix('@').unwrap_or(token);
    let mut reader = Reader { rest: text.as_bytes() };
    let year = reader.digits(4).ok_or("a date begins with a year of four digits")?;
    let month =
        reader.after(b'-', 2).filter(|month| (1..=12).contains(month)).ok_or("a month is 01 to 12")?;
    let day = reader
        .after(b'-', 2)
        .filter(|day| (1..=days_in_month(year, month)).contains(day))
        .ok_or("the month has no such day")?;
    if !reader.eat(b'T') && !reader.eat(b't') {
        return Err("a `T` and the time of day follow the date");
    }
    let hour = reader.digits(2).filter(|hour| *hour < 24).ok_or("an hour is 00 to 23")?;
    let minute = reader.after(b':', 2).filter(|minute| *minute < 60).ok_or("a minute is 00 to 59")?;
    let second = reader.after(b':', 2).filter(|second| *second < 60).ok_or("a second is 00 to 59")?;
    let fraction = reader.fraction()?;
    let offset_minutes = reader.offset()?;
    if !reader.rest.is_empty() {
        return Err("nothing may follow the offset");
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        - offset_minutes * 60;
    i64::try_from(i128::from(seconds) * NANOS_PER_SECOND + i128::from(fraction))
        .map_err(|_| "it lies outside of the years 1677 to 2262")
}

/// The literal of a timestamp, in UTC.
pub(crate) fn text(nanos: i64) -> String {
    let seconds = nanos.div_euclid(1_000_000_000);
    let fraction = nanos.rem_euclid(1_000_000_000);
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let mut text = format!(
        "@{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60
    );
    if fraction != 0 {
        text += format!(".{fraction:09}").trim_end_matches('0');
    }
    text + "Z"
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.rest.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        self.rest = &self.rest[count..];
        Some(digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
    }

    fn after(&mut self, separator: u8, count: usize) -> Option<i64> {
        if self.eat(separator) { self.digits(count) } else { None }
    }

    /// `.5` as nanoseconds; 0 if there is none.
    fn fraction(&mut self) -> Result<i64, &'static str> {
        if !self.eat(b'.') {
            return Ok(0);
        }
        let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 || count > 9 {
            return Err("a fraction of a second has one to nine digits");
        }
        let value = self.digits(count).unwrap_or(0);
        Ok(value * 10i64.pow(9 - count as u32))
    }

    /// `Z` or `+02:00` as minutes.
    fn offset(&mut self) -> Result<i64, &'static str> {
        if self.eat(b'Z') || self.eat(b'z') {
            return Ok(0);
        }
        let sign = if self.eat(b'+') {
            1
        } else if self.eat(b'-') {
            -1
        } else {
            return Err("an offset, `Z` or `+02:00`, ends it");
        };
        let hours = self.digits(2).filter(|hours| *hours < 24);
        let minutes = self.after(b':', 2).filter(|minutes| *minutes < 60);
        match (hours, minutes) {
            (Some(hours), Some(minutes)) => Ok(sign * (hours * 60 + minutes)),
            _ => Err("an offset is `Z` or `+02:00`"),
        }
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level
/// date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The reverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        assert_eq!(parse("@1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(parse("@2013-01-01T10:00:00Z"), Ok(1_357_034_400_000_000_000));
        assert_eq!(parse("@2013-01-01T12:00:00+02:00"), Ok(1_357_034_400_000_000_000));
        assert_eq!(parse("@1969-12-31T23:59:59.999999999Z"), Ok(-1));
        assert_eq!(parse("@2000-02-29t00:00:00.5z"), Ok(951_782_400_500_000_000));
    }

    #[test]
    fn rejected() {
        for bad in [
            "@",
            "@2013",
            "@2013-01-01",
            "@2013-13-01T00:00:00Z",
            "@2013-02-29T00:00:00Z",
            "@2013-01-01T24:00:00Z",
            "@2013-01-01T00:00:60Z",
            "@2013-01-01T00:00:00",
            "@2013-01-01T00:00:00.Z",
            "@2013-01-01T00:00:00+2:00",
            "@2263-01-01T00:00:00Z",
            "@0001-01-01T00:00:00Z",
            "@2013-01-01T00:00:00ZZ",
            "@2013-01-01T00:00:00.1234567890Z",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_reads_back() {
        for nanos in [0, -1, 1, i64::MIN, i64::MAX, 951_782_400_500_000_000, 1_357_034_400_000_000_000] {
            assert_eq!(parse(&text(nanos)), Ok(nanos), "{}", text(nanos));
        }
        assert_eq!(text(1_357_034_400_000_000_000), "@2013-01-01T10:00:00Z");
    }
}
