//! Dates with a time.

use super::zone::Zone;
use super::{DAY, Date, SECOND, Time};
use chrono::{Datelike, Local, TimeZone, Utc};
use std::cmp::Ordering;
use std::fmt;

/// A date with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The date.
    pub date: Date,
    /// The time.
    pub time: Time,
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

    /// Seconds east of Greenwich, where it has a zone.
    pub fn offset(self) -> Option<i32> {
        self.time.zone().offset_at_local(self.local_nanos())
    }

    /// Nanoseconds since 1970 in Greenwich; by its own clock without a zone.
    pub fn instant(self) -> i128 {
        self.local_nanos() - i128::from(self.offset().unwrap_or(0)) * SECOND
    }

    /// The date-time of so many nanoseconds since 1970 in Greenwich, as shown in `zone`.
    pub fn from_instant(nanos: i128, zone: Zone) -> Option<DateTime> {
        let local = nanos + i128::from(zone.offset_at_instant(nanos).unwrap_or(0)) * SECOND;
        let date = Date::from_days(i64::try_from(local.div_euclid(DAY)).ok()?)?;
        Some(DateTime {
            date,
            time: Time::of_nanos(local.rem_euclid(DAY) as u64, zone),
        })
    }

    /// The instant, where a clock of this machine can show it; without a zone that at which this
    /// machine's clock reads so.
    pub fn to_utc(self) -> Option<chrono::DateTime<Utc>> {
        let instant = self.instant();
        let seconds = i64::try_from(instant.div_euclid(SECOND)).ok()?;
        let read = chrono::DateTime::from_timestamp(seconds, instant.rem_euclid(SECOND) as u32)?;
        match self.time.zone() {
            Zone::Local => Some(at_local(read)),
            _ => Some(read),
        }
    }

    /// An instant as this machine's clock shows it, with its offset.
    pub fn here(at: chrono::DateTime<Utc>) -> Option<DateTime> {
        let offset = match (2..=9998).contains(&at.year()) {
            true => at.with_timezone(&Local).offset().local_minus_utc(),
            false => 0,
        };
        DateTime::from_instant(DateTime::from_utc(at)?.instant(), Zone::Offset(offset))
    }

    /// The same without a zone.
    pub fn by_local_clock(at: chrono::DateTime<Utc>) -> Option<DateTime> {
        let shown = DateTime::here(at)?;
        Some(DateTime {
            time: shown.time.at(Zone::Local),
            ..shown
        })
    }

    /// What this machine's clock shows then, without a zone; one without a zone is that already.
    pub fn without_zone(self) -> Option<DateTime> {
        match self.time.zone() {
            Zone::Local => Some(self),
            _ => DateTime::by_local_clock(self.to_utc()?),
        }
    }

    /// An instant, shown in Greenwich.
    pub fn from_utc(at: chrono::DateTime<chrono::Utc>) -> Option<DateTime> {
        let nanos = i128::from(at.timestamp()) * SECOND + i128::from(at.timestamp_subsec_nanos());
        DateTime::from_instant(nanos, Zone::Offset(0))
    }

    /// Later by `nanos`.
    pub fn plus(self, nanos: i128) -> Option<DateTime> {
        DateTime::from_instant(self.instant().checked_add(nanos)?, self.time.zone())
    }

    /// Later by months.
    pub fn add_months(self, months: i64) -> Option<DateTime> {
        Some(DateTime {
            date: self.date.add_months(months)?,
            time: self.time,
        })
    }

    fn comparable(self, other: DateTime) -> bool {
        (self.time.zone() == Zone::Local) == (other.time.zone() == Zone::Local)
    }

    /// Order, where there is one.
    pub fn compare(self, other: DateTime) -> Option<Ordering> {
        self.comparable(other)
            .then(|| self.instant().cmp(&other.instant()))
    }

    /// Equality as `=` has it, to the second (DMN 1.5 §10.3.2.3.5).
    pub fn same_second(self, other: DateTime) -> Option<bool> {
        let second = |t: DateTime| t.instant().div_euclid(SECOND);
        self.comparable(other)
            .then(|| second(self) == second(other))
    }

    /// `self - other` in nanoseconds.
    pub fn since(self, other: DateTime) -> Option<i128> {
        self.comparable(other)
            .then(|| self.instant() - other.instant())
    }
}

/// The instant at which this machine's clock reads as one in Greenwich reads then. What it shows
/// twice is the first, what it skips is read as if it did not.
fn at_local(read: chrono::DateTime<Utc>) -> chrono::DateTime<Utc> {
    let naive = read.naive_utc();
    // Beyond these years clocks have no rules.
    if !(2..=9998).contains(&naive.year()) {
        return read;
    }
    match Local.from_local_datetime(&naive).earliest() {
        Some(at) => at.with_timezone(&Utc),
        None => {
            let before = naive - chrono::TimeDelta::days(1);
            let offset = Local.offset_from_utc_datetime(&before).local_minus_utc();
            read - chrono::TimeDelta::seconds(offset.into())
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}
