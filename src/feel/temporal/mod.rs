//! Dates, times, date-times and durations of FEEL, years up to ±999,999,999.
//!
//! The calendar is the proleptic Gregorian one; nothing here reads a clock.

mod duration;
mod moment;
mod time;
mod zone;

pub use duration::Duration;
pub use moment::DateTime;
pub use time::Time;
pub use zone::{Region, Showing, Zone};

use std::fmt;

/// Greatest year, before and after the common era.
pub const MAX_YEAR: i32 = 999_999_999;
/// Nanoseconds of a second.
pub const SECOND: i128 = 1_000_000_000;
/// Nanoseconds of a day.
pub const DAY: i128 = 86_400 * SECOND;
const DAY_NANOS: u64 = 86_400 * 1_000_000_000;

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Date {
    /// The date, if there is one.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Date> {
        let y = i32::try_from(year)
            .ok()
            .filter(|y| y.unsigned_abs() <= MAX_YEAR as u32)?;
        let m = u8::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
        let d = u8::try_from(day)
            .ok()
            .filter(|d| (1..=days_in_month(year, m)).contains(d))?;
        Some(Date {
            year: y,
            month: m,
            day: d,
        })
    }

    /// Reads `[-]YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Date> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let mut parts = rest.split('-');
        let (y, m, d) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some()
            || !(plain(y) && plain(m) && plain(d))
            || m.len() != 2
            || d.len() != 2
        {
            return None;
        }
        if !(4..=9).contains(&y.len()) || (y.len() > 4 && y.starts_with('0')) {
            return None;
        }
        Date::new(
            sign * y.parse::<i64>().ok()?,
            m.parse().ok()?,
            d.parse().ok()?,
        )
    }

    /// Year.
    pub fn year(self) -> i64 {
        self.year.into()
    }
    /// Month, 1 to 12.
    pub fn month(self) -> i64 {
        self.month.into()
    }
    /// Day of the month.
    pub fn day(self) -> i64 {
        self.day.into()
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        // Years begin in March, so that the leap day is the last one.
        let (y, m) = (
            self.year() - i64::from(self.month <= 2),
            (self.month() + 9) % 12,
        );
        let (era, year_of_era) = (y.div_euclid(400), y.rem_euclid(400));
        let day_of_year = (153 * m + 2) / 5 + self.day() - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    /// The date so many days after 1970-01-01.
    pub fn from_days(days: i64) -> Option<Date> {
        let days = days.checked_add(719_468)?;
        let (era, doe) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        Date::new(
            yoe + era * 400 + i64::from(month <= 2),
            month,
            doy - (153 * mp + 2) / 5 + 1,
        )
    }

    /// So many months later; the day is cut to the length of the month.
    pub fn add_months(self, months: i64) -> Option<Date> {
        let total = (self.year() * 12 + self.month() - 1).checked_add(months)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u8 + 1);
        Date::new(
            year,
            month.into(),
            self.day.min(days_in_month(year, month)).into(),
        )
    }

    /// Monday is 1.
    pub fn weekday(self) -> i64 {
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// First of January is 1.
    pub fn day_of_year(self) -> i64 {
        self.days()
            - Date {
                year: self.year,
                month: 1,
                day: 1,
            }
            .days()
            + 1
    }

    /// ISO 8601 week.
    pub fn week(self) -> i64 {
        let thursday = self.days() - self.weekday() + 4;
        Date::from_days(thursday).map_or(1, |t| (t.day_of_year() - 1) / 7 + 1)
    }

    /// Midnight at the start of the day.
    pub fn midnight(self) -> DateTime {
        DateTime::new(self, Time::MIDNIGHT)
    }

    /// Whole months from here to there, towards zero.
    pub fn months_until(self, to: Date) -> i64 {
        let months = (to.year() - self.year()) * 12 + to.month() - self.month();
        match months.signum() {
            1 if to.day < self.day => months - 1,
            -1 if to.day > self.day => months + 1,
            _ => months,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{:02}-{:02}",
            self.year.unsigned_abs(),
            self.month,
            self.day
        )
    }
}

fn two_digits(s: &str) -> Option<u32> {
    if s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) {
        s.parse().ok()
    } else {
        None
    }
}

/// Digits behind a decimal point as nanoseconds, further digits dropped.
fn fraction(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{:0<9.9}", digits).parse().ok()
}

fn write_fraction(f: &mut fmt::Formatter<'_>, nanos: u64) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    #[test]
    fn calendar() {
        let d = |s: &str| Date::parse(s).unwrap();
        assert_eq!(d("1970-01-01").days(), 0);
        assert_eq!(d("2000-03-01").days(), 11_017);
        for text in [
            "-999999999-01-01",
            "999999999-12-31",
            "-0001-02-28",
            "2024-02-29",
            "0000-12-31",
        ] {
            assert_eq!(Date::from_days(d(text).days()).unwrap().to_string(), text);
        }
        assert_eq!(Date::parse("2023-02-29"), None);
        assert_eq!(Date::parse("02024-02-29"), None);
        assert_eq!(d("2024-01-31").add_months(1), Some(d("2024-02-29")));
        assert_eq!(
            (d("2019-09-17").weekday(), d("2019-09-17").day_of_year()),
            (2, 260)
        );
        assert_eq!((d("2003-12-29").week(), d("2005-01-01").week()), (1, 53));
    }

    #[test]
    fn times_and_zones() {
        let t = Time::parse("23:59:01.123456789+05:30").unwrap();
        assert_eq!(t.to_string(), "23:59:01.123456789+05:30");
        assert_eq!(Time::parse("24:00:00"), None);
        assert_eq!(t.plus(60 * SECOND).to_string(), "00:00:01.123456789+05:30");
        let utc = DateTime::parse("2020-01-01T00:00:00Z").unwrap();
        let paris = DateTime::parse("2020-01-01T01:00:00+01:00").unwrap();
        assert_eq!(utc.compare(paris), Some(Ordering::Equal));
        assert_eq!(
            utc.compare(DateTime::parse("2020-01-01T00:00:00").unwrap()),
            None
        );
    }

    #[test]
    fn durations() {
        for text in [
            "P1DT2H3M4.123456789S",
            "-P1Y2M",
            "PT0S",
            "P0M",
            "PT0.5S",
            "P400D",
        ] {
            assert_eq!(Duration::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Duration::parse("P14M").unwrap().to_string(), "P1Y2M");
        assert_eq!(Duration::parse("PT36H").unwrap().to_string(), "P1DT12H");
        for text in ["P", "PT", "P1Y1D", "P1S", "1D", "P1M1Y", "PT.5S"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
