//! Dates of timestamps: UTC, the proleptic Gregorian calendar, over the whole range of nanoseconds in an `i64`
//! (1677-09-21 to 2262-04-11).
//!
//! The conversions are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// From 0000-03-01 to the epoch.
const EPOCH_DAYS: i64 = 719_468;
/// Days in 400 years.
const ERA_DAYS: i64 = 146_097;

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

/// What [`truncate`] cuts down to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Unit {
    /// A thousandth of a second.
    Millisecond,
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, which begins on Monday.
    Week,
    /// A month.
    Month,
    /// Three months, the first being January to March.
    Quarter,
    /// A year.
    Year,
}

impl Unit {
    /// All units, the shortest first.
    pub const ALL: [Unit; 9] = [
        Unit::Millisecond,
        Unit::Second,
        Unit::Minute,
        Unit::Hour,
        Unit::Day,
        Unit::Week,
        Unit::Month,
        Unit::Quarter,
        Unit::Year,
    ];

    /// The name in rule text.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Millisecond => "millisecond",
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        }
    }

    /// The unit of a name, upper or lower case.
    pub fn from_name(name: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.name().eq_ignore_ascii_case(name))
    }
}

impl Date {
    /// The date of a number of days since the epoch.
    pub const fn from_days(days: i64) -> Self {
        let days = days + EPOCH_DAYS;
        let era = days.div_euclid(ERA_DAYS);
        let of_era = days.rem_euclid(ERA_DAYS);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months are counted from March, so that the leap day is the last of the year.
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        Self { year, month, day }
    }

    /// The number of days since the epoch.
    pub const fn to_days(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let march_month = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let of_year = (153 * march_month + 2) / 5 + self.day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        era * ERA_DAYS + of_era - EPOCH_DAYS
    }

    /// Whether there is such a day.
    pub const fn is_valid(self) -> bool {
        if self.month < 1 || self.month > 12 || self.day < 1 {
            return false;
        }
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.day <= days
    }
}

/// The date of a timestamp.
#[inline]
pub const fn date(at: i64) -> Date {
    Date::from_days(at.div_euclid(DAY))
}

/// The year.
pub const fn year(at: i64) -> i64 {
    date(at).year
}

/// The month, 1 to 12.
pub const fn month(at: i64) -> i64 {
    date(at).month
}

/// The day of the month, 1 to 31.
pub const fn day(at: i64) -> i64 {
    date(at).day
}

/// The hour, 0 to 23.
#[inline]
pub const fn hour(at: i64) -> i64 {
    at.rem_euclid(DAY) / HOUR
}

/// The minute, 0 to 59.
#[inline]
pub const fn minute(at: i64) -> i64 {
    at.rem_euclid(HOUR) / MINUTE
}

/// The whole second, 0 to 59.
#[inline]
pub const fn second(at: i64) -> i64 {
    at.rem_euclid(MINUTE) / SECOND
}

/// The nanosecond within the second.
#[inline]
pub const fn nanosecond(at: i64) -> i64 {
    at.rem_euclid(SECOND)
}

/// The day of the week, as in ISO 8601: Monday is 1, Sunday is 7.
#[inline]
pub const fn day_of_week(at: i64) -> i64 {
    // The epoch was a Thursday.
    (at.div_euclid(DAY) + 3).rem_euclid(7) + 1
}

/// The start of the unit that a timestamp lies in. `None` if that is before the first timestamp.
pub const fn truncate(unit: Unit, at: i64) -> Option<i64> {
    let length = match unit {
        Unit::Millisecond => SECOND / 1_000,
        Unit::Second => SECOND,
        Unit::Minute => MINUTE,
        Unit::Hour => HOUR,
        Unit::Day => DAY,
        Unit::Week => return from_days(at.div_euclid(DAY) - (day_of_week(at) - 1)),
        Unit::Month => return from_days(Date { day: 1, ..date(at) }.to_days()),
        Unit::Quarter => {
            let date = date(at);
            return from_days(Date { month: (date.month - 1) / 3 * 3 + 1, day: 1, ..date }.to_days());
        }
        Unit::Year => return from_days(Date { month: 1, day: 1, ..date(at) }.to_days()),
    };
    at.checked_sub(at.rem_euclid(length))
}

/// The timestamp of the start of a day.
const fn from_days(days: i64) -> Option<i64> {
    days.checked_mul(DAY)
}

/// The timestamp of a date and a time of day, if both exist and it is in range. Second 60 is the one after 59.
pub fn from_civil(date: Date, hour: i64, minute: i64, second: i64, nanosecond: i64) -> Option<i64> {
    let time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    if !time || !date.is_valid() {
        return None;
    }
    let seconds = date.to_days() * 86_400 + hour * 3_600 + minute * 60 + second;
    // The nanoseconds of the earliest timestamps reach below their seconds.
    i64::try_from(i128::from(seconds) * i128::from(SECOND) + i128::from(nanosecond)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::test_numbers;
    use jiff::{Timestamp, ToSpan, tz::TimeZone};

    #[test]
    fn fields_agree_with_jiff() {
        for at in test_numbers(20_000) {
            let zoned = Timestamp::from_nanosecond(i128::from(at)).unwrap().to_zoned(TimeZone::UTC);
            let ours = [
                year(at),
                month(at),
                day(at),
                hour(at),
                minute(at),
                second(at),
                nanosecond(at),
                day_of_week(at),
            ];
            let theirs = [
                i64::from(zoned.year()),
                i64::from(zoned.month()),
                i64::from(zoned.day()),
                i64::from(zoned.hour()),
                i64::from(zoned.minute()),
                i64::from(zoned.second()),
                i64::from(zoned.subsec_nanosecond()),
                i64::from(zoned.weekday().to_monday_one_offset()),
            ];
            assert_eq!(ours, theirs, "{at}");
            let back = from_civil(date(at), hour(at), minute(at), second(at), nanosecond(at));
            assert_eq!(back, Some(at));
        }
    }

    #[test]
    fn truncation_agrees_with_jiff() {
        for at in test_numbers(5_000) {
            let zoned = Timestamp::from_nanosecond(i128::from(at)).unwrap().to_zoned(TimeZone::UTC);
            let midnight = zoned.start_of_day().unwrap();
            let back = i64::from(zoned.weekday().to_monday_zero_offset());
            let expected = [
                (Unit::Day, midnight.clone()),
                (Unit::Week, &midnight - back.days()),
                (Unit::Month, midnight.first_of_month().unwrap()),
                (Unit::Year, midnight.first_of_year().unwrap()),
                (Unit::Hour, zoned.with().minute(0).second(0).subsec_nanosecond(0).build().unwrap()),
            ];
            for (unit, start) in expected {
                let nanos = i64::try_from(start.timestamp().as_nanosecond()).ok();
                assert_eq!(truncate(unit, at), nanos, "{unit:?} of {at}");
            }
        }
    }

    #[test]
    fn quarters_begin_in_january_april_july_october() {
        let at = |month| from_civil(Date { year: 2024, month, day: 15 }, 1, 2, 3, 4).unwrap();
        for month_in in 1..=12 {
            let start = truncate(Unit::Quarter, at(month_in)).unwrap();
            assert_eq!((day(start), month(start)), (1, [1, 4, 7, 10][(month_in as usize - 1) / 3]));
        }
    }

    #[test]
    fn the_ends_of_time() {
        assert_eq!((year(i64::MIN), year(i64::MAX)), (1677, 2262));
        assert_eq!(truncate(Unit::Year, i64::MIN), None);
        assert_eq!(truncate(Unit::Second, i64::MIN), None);
        assert_eq!(from_civil(Date { year: 2262, month: 4, day: 12 }, 0, 0, 0, 0), None);
        assert_eq!(from_civil(Date { year: 2023, month: 2, day: 29 }, 0, 0, 0, 0), None);
    }
}
