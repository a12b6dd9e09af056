//! Dates, times, date-times and durations of FEEL, years up to ±999,999,999.
//!
//! The calendar is the proleptic Gregorian one; nothing here reads a clock.

mod duration;

pub use duration::Duration;

use std::cmp::Ordering;
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

/// Where a time of day is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Nowhere in particular.
    Local,
    /// At this many seconds east of Greenwich.
    Offset(i32),
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    nanos: u64,
    zone: Zone,
}

/// A date with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The date.
    pub date: Date,
    /// The time.
    pub time: Time,
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
        DateTime {
            date: self,
            time: Time {
                nanos: 0,
                zone: Zone::Local,
            },
        }
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

impl Zone {
    /// Reads `Z` or `±HH:MM[:SS]`.
    pub fn parse(text: &str) -> Option<Zone> {
        if text == "Z" {
            return Some(Zone::Offset(0));
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let mut parts = text.get(1..)?.split(':').map(two_digits);
        let (h, m, s) = (
            parts.next()??,
            parts.next()??,
            parts.next().unwrap_or(Some(0))?,
        );
        if parts.next().is_some() || m > 59 || s > 59 {
            return None;
        }
        Zone::from_seconds(sign * (i64::from(h) * 3600 + i64::from(m) * 60 + i64::from(s)))
    }

    /// The zone so many seconds east of Greenwich, up to 14 hours either way.
    pub fn from_seconds(seconds: i64) -> Option<Zone> {
        (seconds.abs() <= 14 * 3600).then_some(Zone::Offset(seconds as i32))
    }

    /// Seconds east of Greenwich.
    pub fn offset(self) -> Option<i32> {
        match self {
            Zone::Local => None,
            Zone::Offset(seconds) => Some(seconds),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Local => Ok(()),
            Zone::Offset(0) => f.write_str("Z"),
            Zone::Offset(s) => {
                let (sign, a) = (if *s < 0 { '-' } else { '+' }, s.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", a / 3600, a / 60 % 60)?;
                if a % 60 != 0 {
                    write!(f, ":{:02}", a % 60)
                } else {
                    Ok(())
                }
            }
        }
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

impl Time {
    /// The time, if there is one.
    pub fn new(hour: i64, minute: i64, second: i64, nanos: u64, zone: Zone) -> Option<Time> {
        let valid =
            (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
        if !valid || nanos >= SECOND as u64 {
            return None;
        }
        let seconds = (hour * 3600 + minute * 60 + second) as u64;
        Some(Time {
            nanos: seconds * SECOND as u64 + nanos,
            zone,
        })
    }

    /// Reads `HH:MM:SS[.fraction][zone]`.
    pub fn parse(text: &str) -> Option<Time> {
        let (clock, zone) = match text.find(['Z', '+', '-', '@']) {
            Some(at) => (text.get(..at)?, Zone::parse(text.get(at..)?)?),
            None => (text, Zone::Local),
        };
        let (clock, nanos) = match clock.split_once('.') {
            Some((clock, digits)) => (clock, fraction(digits)?),
            None => (clock, 0),
        };
        let mut parts = clock.split(':').map(two_digits);
        let (h, m, s) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        Time::new(h.into(), m.into(), s.into(), nanos, zone)
    }

    /// Hour, 0 to 23.
    pub fn hour(self) -> i64 {
        (self.nanos / 3_600_000_000_000) as i64
    }
    /// Minute.
    pub fn minute(self) -> i64 {
        (self.nanos / 60_000_000_000 % 60) as i64
    }
    /// Whole second.
    pub fn second(self) -> i64 {
        (self.nanos / 1_000_000_000 % 60) as i64
    }
    /// Nanoseconds since midnight.
    pub fn nanos(self) -> i128 {
        self.nanos.into()
    }
    /// Zone.
    pub fn zone(self) -> Zone {
        self.zone
    }
    /// The same reading of the clock elsewhere.
    pub fn at(self, zone: Zone) -> Time {
        Time { zone, ..self }
    }

    /// Nanoseconds since midnight in Greenwich, for times that both have a zone or none.
    fn against(self, other: Time) -> Option<(i128, i128)> {
        match (self.zone.offset(), other.zone.offset()) {
            (None, None) => Some((self.nanos(), other.nanos())),
            (Some(a), Some(b)) => {
                let utc = |t: Time, o: i32| t.nanos() - i128::from(o) * SECOND;
                Some((utc(self, a), utc(other, b)))
            }
            _ => None,
        }
    }

    /// Order, where there is one.
    pub fn compare(self, other: Time) -> Option<Ordering> {
        self.against(other).map(|(a, b)| a.cmp(&b))
    }

    /// `self - other` in nanoseconds.
    pub fn since(self, other: Time) -> Option<i128> {
        self.against(other).map(|(a, b)| a - b)
    }

    /// Later by `nanos`, around the clock.
    pub fn plus(self, nanos: i128) -> Time {
        Time {
            nanos: (self.nanos() + nanos % DAY).rem_euclid(DAY) as u64 % DAY_NANOS,
            ..self
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02}:{:02}:{:02}",
            self.hour(),
            self.minute(),
            self.second()
        )?;
        write_fraction(f, self.nanos % SECOND as u64)?;
        self.zone.fmt(f)
    }
}

impl DateTime {
    /// Reads a date, `T` and a time; `24:00:00` is midnight at the end of the day.
    pub fn parse(text: &str) -> Option<DateTime> {
        let (date, time) = text.split_once('T')?;
        let date = Date::parse(date)?;
        match time.strip_prefix("24:00:00") {
            Some(zone) => Some(DateTime {
                date: Date::from_days(date.days() + 1)?,
                time: Time::parse(&format!("00:00:00{zone}"))?,
            }),
            None => Some(DateTime {
                date,
                time: Time::parse(time)?,
            }),
        }
    }

    /// The same reading of the clock in Greenwich.
    pub fn utc(self) -> DateTime {
        DateTime {
            date: self.date,
            time: self.time.at(Zone::Offset(0)),
        }
    }

    /// Nanoseconds since 1970 by its own clock.
    fn local_nanos(self) -> i128 {
        i128::from(self.date.days()) * DAY + self.time.nanos()
    }

    /// Nanoseconds since 1970 in Greenwich; by its own clock without a zone.
    pub fn instant(self) -> i128 {
        self.local_nanos() - i128::from(self.time.zone.offset().unwrap_or(0)) * SECOND
    }

    /// The date-time of so many nanoseconds since 1970 in Greenwich, as shown in `zone`.
    pub fn from_instant(nanos: i128, zone: Zone) -> Option<DateTime> {
        let local = nanos + i128::from(zone.offset().unwrap_or(0)) * SECOND;
        let date = Date::from_days(i64::try_from(local.div_euclid(DAY)).ok()?)?;
        Some(DateTime {
            date,
            time: Time {
                nanos: local.rem_euclid(DAY) as u64,
                zone,
            },
        })
    }

    /// The instant, where a clock of this machine can show it; without a zone in Greenwich.
    pub fn to_utc(self) -> Option<chrono::DateTime<chrono::Utc>> {
        let instant = self.instant();
        let seconds = i64::try_from(instant.div_euclid(SECOND)).ok()?;
        chrono::DateTime::from_timestamp(seconds, instant.rem_euclid(SECOND) as u32)
    }

    /// An instant, shown in Greenwich.
    pub fn from_utc(at: chrono::DateTime<chrono::Utc>) -> Option<DateTime> {
        let nanos = i128::from(at.timestamp()) * SECOND + i128::from(at.timestamp_subsec_nanos());
        DateTime::from_instant(nanos, Zone::Offset(0))
    }

    /// Later by `nanos`.
    pub fn plus(self, nanos: i128) -> Option<DateTime> {
        DateTime::from_instant(self.instant().checked_add(nanos)?, self.time.zone)
    }

    /// Later by months.
    pub fn add_months(self, months: i64) -> Option<DateTime> {
        Some(DateTime {
            date: self.date.add_months(months)?,
            time: self.time,
        })
    }

    fn comparable(self, other: DateTime) -> bool {
        self.time.zone.offset().is_some() == other.time.zone.offset().is_some()
    }

    /// Order, where there is one.
    pub fn compare(self, other: DateTime) -> Option<Ordering> {
        self.comparable(other)
            .then(|| self.instant().cmp(&other.instant()))
    }

    /// `self - other` in nanoseconds.
    pub fn since(self, other: DateTime) -> Option<i128> {
        self.comparable(other)
            .then(|| self.instant() - other.instant())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
