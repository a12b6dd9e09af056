//! Days and times as points in time, for targets that keep them so.

use super::digits::{fraction, number};
use super::{Cell, Moment};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use std::borrow::Cow;
use std::fmt;

/// Days from the year 1 to 1970.
const EPOCH: i32 = 719_163;
const MICROS: i64 = 1_000_000;
const ZONE: &str = ": the column keeps no zone; say under time zone whose clocks it is to show";

impl Moment {
    /// A day, as it is kept, or why it can not be.
    pub(super) fn date<'a>(
        self,
        day: NaiveDate,
        text: Cow<'a, str>,
    ) -> Result<Cell<'a>, &'static str> {
        if let Moment::Text = self {
            return Ok(Cell::Text(text));
        }
        self.has_year(day)?;
        Ok(Cell::Date(day.num_days_from_ce() - EPOCH))
    }

    /// A time of day.
    pub(super) fn time<'a>(
        self,
        at: NaiveTime,
        text: Cow<'a, str>,
    ) -> Result<Cell<'a>, &'static str> {
        if let Moment::Text = self {
            return Ok(Cell::Text(text));
        }
        self.keeps(at)?;
        Ok(Cell::Time(micros_of(at)))
    }

    /// A day with a time, and how far east it is meant.
    pub(super) fn timestamp<'a>(
        self,
        (at, east): (NaiveDateTime, Option<i32>),
        text: Cow<'a, str>,
    ) -> Result<Cell<'a>, &'static str> {
        let zoned = match self {
            Moment::Text => return Ok(Cell::Text(text)),
            Moment::Point { zoned, .. } => zoned,
        };
        if east.is_some() && !zoned {
            return Err(ZONE);
        }
        self.has_year(at.date())?;
        self.keeps(at.time())?;
        let days = i64::from(at.date().num_days_from_ce() - EPOCH);
        let local = days * 86_400 * MICROS + micros_of(at.time());
        Ok(Cell::Timestamp(
            local - i64::from(east.unwrap_or(0)) * MICROS,
        ))
    }

    fn has_year(self, day: NaiveDate) -> Result<(), &'static str> {
        match self {
            Moment::Point {
                years: (first, last),
                ..
            } if !(first..=last).contains(&day.year()) => {
                Err(": the year is outside of what such a column takes")
            }
            _ => Ok(()),
        }
    }

    fn keeps(self, at: NaiveTime) -> Result<(), &'static str> {
        let digits = match self {
            Moment::Text => 9,
            Moment::Point { digits, .. } => u32::from(digits.min(9)),
        };
        match at.nanosecond().is_multiple_of(10_u32.pow(9 - digits)) {
            true => Ok(()),
            false => Err(": the column keeps fewer digits of a second"),
        }
    }
}

/// Days since 1970; none for what is no day.
pub(in crate::insert) fn day(year: i32, month: u32, day: u32) -> Option<i32> {
    NaiveDate::from_ymd_opt(year, month, day).map(|day| day.num_days_from_ce() - EPOCH)
}

fn micros_of(at: NaiveTime) -> i64 {
    i64::from(at.num_seconds_from_midnight()) * MICROS + i64::from(at.nanosecond() / 1000)
}

pub(super) fn write_date(f: &mut fmt::Formatter<'_>, days: i32) -> fmt::Result {
    match NaiveDate::from_num_days_from_ce_opt(days.saturating_add(EPOCH)) {
        Some(day) => write!(f, "{day}"),
        None => write!(f, "day {days} from 1970"),
    }
}

pub(super) fn write_time(f: &mut fmt::Formatter<'_>, micros: i64) -> fmt::Result {
    let (seconds, fraction) = (micros.div_euclid(MICROS), micros.rem_euclid(MICROS));
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    write!(f, "{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
    if fraction > 0 {
        let digits = format!("{fraction:06}");
        write!(f, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(())
}

pub(super) fn write_timestamp(f: &mut fmt::Formatter<'_>, micros: i64) -> fmt::Result {
    let day = 86_400 * MICROS;
    match DateTime::from_timestamp_micros(micros) {
        Some(at) => write!(f, "{} ", at.date_naive())?,
        None => return write!(f, "{micros} µs from 1970"),
    }
    write_time(f, micros.rem_euclid(day))
}

/// Appends a day as it is shown; `None` for one that has more or fewer than four digits of a year.
pub(super) fn push_date(days: i32, out: &mut Vec<u8>) -> Option<()> {
    let day = NaiveDate::from_num_days_from_ce_opt(days.checked_add(EPOCH)?)?;
    let year = u64::try_from(day.year())
        .ok()
        .filter(|year| *year <= 9999)?;
    number(year, 4, out);
    out.push(b'-');
    number(day.month().into(), 2, out);
    out.push(b'-');
    number(day.day().into(), 2, out);
    Some(())
}

/// Appends a time of day as it is shown.
pub(super) fn push_time(micros: i64, out: &mut Vec<u8>) {
    let rest = micros.rem_euclid(MICROS).unsigned_abs();
    let seconds = micros.div_euclid(MICROS).unsigned_abs();
    number(seconds / 3600, 2, out);
    out.push(b':');
    number(seconds / 60 % 60, 2, out);
    out.push(b':');
    number(seconds % 60, 2, out);
    fraction(rest, out);
}

/// Appends a day and a time as they are shown; see [`push_date`].
pub(super) fn push_timestamp(micros: i64, out: &mut Vec<u8>) -> Option<()> {
    let day = 86_400 * MICROS;
    push_date(i32::try_from(micros.div_euclid(day)).ok()?, out)?;
    out.push(b' ');
    push_time(micros.rem_euclid(day), out);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::{ColumnType, Field};
    use super::*;

    fn check(kind: ColumnType, text: &str) -> Result<String, String> {
        kind.check(&Field::Text(text), "T")
            .map(|cell| format!("{cell:?} {cell}"))
    }

    fn point(zoned: bool, digits: u8) -> Moment {
        Moment::Point {
            zoned,
            digits,
            years: (1000, 9999),
        }
    }

    #[test]
    fn points_in_time_are_counted_and_shown() {
        let date = ColumnType::Date(point(false, 0));
        assert_eq!(
            check(date.clone(), "1969-12-31").unwrap(),
            "Date(-1) 1969-12-31"
        );
        assert!(check(date, "0999-12-31").unwrap_err().contains("year"));
        let time = ColumnType::Time(point(false, 6));
        assert_eq!(
            check(time.clone(), "23:59:59.5").unwrap(),
            "Time(86399500000) 23:59:59.5"
        );
        assert!(
            check(time, "00:00:00.1234567")
                .unwrap_err()
                .contains("fewer digits")
        );
        let plain = ColumnType::Timestamp(point(false, 0));
        assert_eq!(
            check(plain.clone(), "1970-01-02 00:00:01").unwrap(),
            "Timestamp(86401000000) 1970-01-02 00:00:01"
        );
        assert!(
            check(plain, "1970-01-02 00:00:01Z")
                .unwrap_err()
                .contains("keeps no zone")
        );
        let zoned = ColumnType::Timestamp(point(true, 3));
        for (text, shown) in [
            (
                "1970-01-01T01:30:00.25+01:30",
                "Timestamp(250000) 1970-01-01 00:00:00.25",
            ),
            (
                "1969-12-31 23:59:59",
                "Timestamp(-1000000) 1969-12-31 23:59:59",
            ),
        ] {
            assert_eq!(check(zoned.clone(), text).unwrap(), shown);
        }
    }
}
