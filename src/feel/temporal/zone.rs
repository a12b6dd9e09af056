//! Where a time is valid: nowhere in particular, at an offset from Greenwich, or in a region
//! whose offset depends on the day (the IANA time zone database, as chrono-tz has it).

use super::{DAY, Date, SECOND, two_digits};
use chrono::{NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetComponents, Tz};
use std::fmt;

/// Where a time of day is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Nowhere in particular.
    Local,
    /// At this many seconds east of Greenwich.
    Offset(i32),
    /// In this region.
    Region(Region, Showing),
}

/// Which of two times it is that the clocks of a region show the same, as in the hour that they repeat
/// at the end of summer time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Showing {
    /// The first, or the only one.
    First,
    /// The second.
    Second,
}

/// A region of the time zone database, such as `Europe/Paris`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(Tz);

/// Before this year regions keep their local mean time.
const FIRST_YEAR: i64 = 1800;
/// From this year on the rules of the last years known repeat.
const LAST_YEAR: i64 = 2090;
/// The year whose winter time is meant where a time of a region comes without a date.
const NO_YEAR: i64 = 2020;

impl Region {
    /// The region of this name.
    pub fn named(name: &str) -> Option<Region> {
        name.parse().ok().map(Region)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Seconds east of Greenwich where clocks there show so many nanoseconds since 1970.
    /// One that they skip is read as if they did not.
    fn offset_at_local(self, local: i128, showing: Showing) -> i32 {
        let Some(local) = clock(local) else { return 0 };
        match self.0.offset_from_local_datetime(&local) {
            chrono::LocalResult::Single(offset) => offset.fix().local_minus_utc(),
            chrono::LocalResult::Ambiguous(first, second) => {
                let offset = match showing {
                    Showing::First => first,
                    Showing::Second => second,
                };
                offset.fix().local_minus_utc()
            }
            chrono::LocalResult::None => {
                let before = local - chrono::TimeDelta::days(1);
                let offset = self.0.offset_from_local_datetime(&before).earliest();
                offset.map_or(0, |o| o.fix().local_minus_utc())
            }
        }
    }

    /// The same so many nanoseconds after 1970 in Greenwich.
    fn offset_at_instant(self, instant: i128) -> i32 {
        let at = clock(instant);
        at.map_or(0, |at| {
            self.0.offset_from_utc_datetime(&at).fix().local_minus_utc()
        })
    }

    /// Seconds east of Greenwich in winter.
    fn standard_offset(self) -> i32 {
        let new_year = Date::new(NO_YEAR, 1, 1).and_then(|d| clock(i128::from(d.days()) * DAY));
        new_year.map_or(0, |at| {
            let offset = self.0.offset_from_utc_datetime(&at);
            i32::try_from(offset.base_utc_offset().num_seconds()).unwrap_or(0)
        })
    }
}

/// A clock that shows so many nanoseconds since 1970, in a year that the database knows and
/// that has the same calendar.
fn clock(nanos: i128) -> Option<NaiveDateTime> {
    let date = Date::from_days(i64::try_from(nanos.div_euclid(DAY)).ok()?)?;
    let same = |year: i64| {
        let first = |year| Date::new(year, 1, 1).map(|d| (d.weekday(), super::leap(year)));
        first(year) == first(date.year())
    };
    let year = match date.year() {
        early if early < FIRST_YEAR => (FIRST_YEAR..FIRST_YEAR + 28).find(|y| same(*y))?,
        late if late > LAST_YEAR => (LAST_YEAR - 40..=LAST_YEAR).rev().find(|y| same(*y))?,
        known => known,
    };
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(date.month()).ok()?,
        u32::try_from(date.day()).ok()?,
    )?;
    let seconds = u32::try_from(nanos.rem_euclid(DAY) / SECOND).ok()?;
    day.and_hms_opt(seconds / 3600, seconds / 60 % 60, seconds % 60)
}

impl Zone {
    /// Reads `Z`, `±HH:MM[:SS]` or `@Region/City`.
    pub fn parse(text: &str) -> Option<Zone> {
        if text == "Z" {
            return Some(Zone::Offset(0));
        }
        if let Some(name) = text.strip_prefix('@') {
            return Some(Zone::Region(Region::named(name)?, Showing::First));
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

    /// The region, where it is one.
    pub fn region(self) -> Option<Region> {
        match self {
            Zone::Region(region, _) => Some(region),
            _ => None,
        }
    }

    /// Seconds east of Greenwich for a time without a date: in a region its winter time.
    pub fn offset(self) -> Option<i32> {
        match self {
            Zone::Local => None,
            Zone::Offset(seconds) => Some(seconds),
            Zone::Region(region, _) => Some(region.standard_offset()),
        }
    }

    /// Seconds east of Greenwich where clocks show so many nanoseconds since 1970.
    pub(super) fn offset_at_local(self, nanos: i128) -> Option<i32> {
        match self {
            Zone::Region(region, showing) => Some(region.offset_at_local(nanos, showing)),
            other => other.offset(),
        }
    }

    /// Seconds east of Greenwich so many nanoseconds after 1970 there.
    pub(super) fn offset_at_instant(self, nanos: i128) -> Option<i32> {
        match self {
            Zone::Region(region, _) => Some(region.offset_at_instant(nanos)),
            other => other.offset(),
        }
    }

    /// The same for a time that is no second one.
    pub(super) fn first(self) -> Zone {
        match self {
            Zone::Region(region, _) => Zone::Region(region, Showing::First),
            other => other,
        }
    }

    /// The same for what clocks show as `local` at an instant.
    pub(super) fn showing(self, local: i128, instant: i128) -> Zone {
        let seconds = (local - instant) / SECOND;
        match self.first() {
            Zone::Region(region, first)
                if i128::from(region.offset_at_local(local, first)) != seconds =>
            {
                Zone::Region(region, Showing::Second)
            }
            other => other,
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
            Zone::Region(region, _) => write!(f, "@{}", region.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DateTime;

    fn offset(text: &str) -> i32 {
        let moment = DateTime::parse(text).expect(text);
        moment.offset().expect("a zone")
    }

    #[test]
    fn regions_know_their_summers() {
        assert_eq!(offset("2018-02-08T00:00:00@Europe/Paris"), 3600);
        assert_eq!(offset("2018-10-08T00:00:00@Europe/Paris"), 7200);
        // Skipped, shown twice, and far away.
        assert_eq!(offset("2018-03-25T02:30:00@Europe/Paris"), 7200);
        assert_eq!(offset("2018-10-28T02:30:00@Europe/Paris"), 7200);
        assert_eq!(offset("999999999-07-01T00:00:00@Europe/Paris"), 7200);
        assert_eq!(offset("999999999-12-31T23:59:59@Europe/Paris"), 3600);
        assert_eq!(offset("-2021-01-01T10:10:10@Australia/Melbourne"), 34_792);
    }

    #[test]
    fn a_day_added_across_the_change_of_clocks_is_24_hours() {
        let before = DateTime::parse("2018-03-24T12:00:00@Europe/Paris").unwrap();
        let after = before.plus(super::DAY).unwrap();
        assert_eq!(after.to_string(), "2018-03-25T13:00:00@Europe/Paris");
        assert_eq!(after.since(before), Some(super::DAY));
    }
}
