//! Dates with a time.

use super::zone::{Region, Showing, Zone};
use super::{DAY, Date, SECOND, Time};
use chrono::{Datelike, Local, TimeZone, Utc};
use std::cmp::Ordering;
use std::fmt;

/// A date with a time. In a region it is one that clocks there show, and knows which one where they
/// show two the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    date: Date,
    time: Time,
}

impl DateTime {
    /// A date with a time. In a region the first of two that clocks show the same; one that they
    /// skip is as much later as they were put forward, as in Java's `ZonedDateTime`.
    pub fn new(date: Date, time: Time) -> DateTime {
        let read = DateTime { date, time };
        match time.zone() {
            // Without an instant at either end of the calendar.
            Zone::Region(..) => DateTime::from_instant(read.instant(), time.zone()).unwrap_or(read),
            _ => read,
        }
    }

    /// Reads a date, `T` and a time; `24:00:00` is midnight at the end of the day. An offset may have
    /// its region behind it (`-05:00[America/New_York]`, as Java and RFC 9557 write it).
    pub fn parse(text: &str) -> Option<DateTime> {
        if let Some((plain, region)) = text.strip_suffix(']').and_then(|t| t.split_once('[')) {
            let read = DateTime::parse(plain)?;
            let zone = Zone::Region(Region::named(region)?, Showing::First);
            let shown = DateTime::from_instant(read.instant(), zone)?;
            // Not at an offset that the region does not have then.
            let same = (shown.date, shown.time.nanos()) == (read.date, read.time.nanos());
            return (same && matches!(read.time.zone(), Zone::Offset(_))).then_some(shown);
        }
        let (date, time) = text.split_once('T')?;
        let date = Date::parse(date)?;
        Some(match time.strip_prefix("24:00:00") {
            Some(zone) => DateTime::new(
                Date::from_days(date.days() + 1)?,
                Time::parse(&format!("00:00:00{zone}"))?,
            ),
            None => DateTime::new(date, Time::parse(time)?),
        })
    }

    /// The date.
    pub fn date(self) -> Date {
        self.date
    }

    /// The time; by itself it is of no day, and so not the second of two.
    pub fn time(self) -> Time {
        self.time.at(self.time.zone().first())
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
        let zone = zone.showing(local, nanos);
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

    /// What this machine's clock shows then, without a zone; one without a zone is that already,
    /// but for what the clock skips.
    pub fn without_zone(self) -> Option<DateTime> {
        match (self.time.zone(), self.to_utc()) {
            (Zone::Local, Some(at)) if (2..=9998).contains(&at.year()) => {
                DateTime::by_local_clock(at)
            }
            (Zone::Local, _) => Some(self),
            (_, at) => DateTime::by_local_clock(at?),
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

    /// Later by months, where it can be at the same offset.
    pub fn add_months(self, months: i64) -> Option<DateTime> {
        let date = self.date.add_months(months)?;
        let moved = DateTime::new(date, self.time());
        let kept = |offset: i32| {
            let zone = self.time.zone();
            let read = DateTime {
                date,
                time: self.time.at(Zone::Offset(offset)),
            };
            DateTime::from_instant(read.instant(), zone)
                .filter(|t| (t.date, t.time.nanos()) == (date, self.time.nanos()))
        };
        Some(self.offset().and_then(kept).unwrap_or(moved))
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
        match (self.time.zone(), self.offset()) {
            (Zone::Region(region, Showing::Second), Some(offset)) => {
                let time = self.time.at(Zone::Offset(offset));
                write!(f, "{}T{time}[{}]", self.date, region.name())
            }
            _ => write!(f, "{}T{}", self.date, self.time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feel::value::Value;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime {
        DateTime::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn an_hour_that_comes_twice_is_two_hours() {
        let first = at("2024-11-03T01:30:00@America/New_York");
        let second = first.plus(3600 * SECOND).unwrap();
        let text = "2024-11-03T01:30:00-05:00[America/New_York]";
        assert_eq!(second.to_string(), text);
        assert_eq!(at(text), second);
        assert_ne!(first, second);
        assert_eq!(first.compare(second), Some(Ordering::Less));
        assert_eq!(first.same_second(second), Some(false));
        assert_eq!(second.since(first), Some(3600 * SECOND));
        let offsets = [first, second].map(|t| t.offset());
        assert_eq!(offsets, [Some(-4 * 3600), Some(-5 * 3600)]);
        // By itself the time is of no day.
        assert_eq!(first.time(), second.time());
        assert_eq!(
            at("2024-11-03T01:30:00-04:00[America/New_York]").to_string(),
            "2024-11-03T01:30:00@America/New_York"
        );
        let third = second.plus(3600 * SECOND).unwrap();
        assert_eq!(third.to_string(), "2024-11-03T02:30:00@America/New_York");
        assert_eq!(third.plus(-7200 * SECOND), Some(first));
        for wrong in [
            "2024-11-03T01:30:00-06:00[America/New_York]",
            "2024-11-03T01:30:00[America/New_York]",
            "2024-11-03T01:30:00@America/New_York[America/New_York]",
            "2024-11-03T01:30:00-05:00[America]",
            "2024-11-03T01:30:00-05:00America/New_York]",
        ] {
            assert_eq!(DateTime::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_hour_that_is_skipped_is_the_one_after() {
        let skipped = at("2024-03-10T02:30:00@America/New_York");
        assert_eq!(skipped.to_string(), "2024-03-10T03:30:00@America/New_York");
        let before = at("2024-03-10T01:30:00@America/New_York");
        assert_eq!(before.plus(3600 * SECOND), Some(skipped));
        assert_eq!(skipped.plus(-3600 * SECOND), Some(before));
        for edge in [
            "-999999999-01-01T00:00:00@Asia/Kolkata",
            "999999999-12-31T23:59:59@America/New_York",
        ] {
            assert_eq!(at(edge).to_string(), edge);
        }
        // A whole day, in the Pacific.
        let samoa = at("2011-12-30T10:00:00@Pacific/Apia");
        assert_eq!(samoa.to_string(), "2011-12-31T10:00:00@Pacific/Apia");
    }

    #[test]
    fn months_keep_the_offset_where_they_can() {
        let months = |text: &str, n| at(text).add_months(n).unwrap().to_string();
        for (from, n, to) in [
            (
                "2024-10-03T01:30:00",
                1,
                "2024-11-03T01:30:00@America/New_York",
            ),
            (
                "2024-12-03T01:30:00",
                -1,
                "2024-11-03T01:30:00-05:00[America/New_York]",
            ),
            (
                "2024-04-10T02:30:00",
                -1,
                "2024-03-10T03:30:00@America/New_York",
            ),
            (
                "2024-01-31T02:30:00",
                1,
                "2024-02-29T02:30:00@America/New_York",
            ),
        ] {
            assert_eq!(months(&format!("{from}@America/New_York"), n), to, "{from}");
        }
    }

    #[test]
    fn values_are_small() {
        assert_eq!(size_of::<DateTime>(), 24);
        assert_eq!(size_of::<Value>(), 32);
    }

    const REGIONS: [&str; 5] = [
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kolkata",
    ];

    fn zone() -> impl Strategy<Value = Zone> {
        proptest::sample::select(&REGIONS[..])
            .prop_map(|name| Zone::Region(Region::named(name).expect(name), Showing::First))
    }

    /// Seconds since 1970, half of them within a day of where a year's summer time may begin or end.
    fn seconds() -> impl Strategy<Value = i64> {
        let near = (
            1990i64..2080,
            prop::sample::select(vec![3i64, 4, 10, 11]),
            1i64..32,
            0i64..172_800,
        )
            .prop_map(|(year, month, day, second)| {
                let date = Date::new(year, month, day.min(30)).map_or(0, Date::days);
                date * 86_400 + second
            });
        prop_oneof![near, -6_000_000_000i64..6_000_000_000]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// Text, instant and value say the same of what a clock shows; time goes on as it does in Greenwich.
        #[test]
        fn an_instant_is_shown_and_read_back(seconds in seconds(), zone in zone(), by in -100_000i64..100_000) {
            let instant = i128::from(seconds) * SECOND;
            let shown = DateTime::from_instant(instant, zone).unwrap();
            prop_assert_eq!(shown.instant(), instant);
            prop_assert_eq!(DateTime::parse(&shown.to_string()), Some(shown), "{}", shown);
            let later = shown.plus(i128::from(by) * SECOND).unwrap();
            prop_assert_eq!(later.instant(), instant + i128::from(by) * SECOND);
            prop_assert_eq!(later.since(shown), Some(i128::from(by) * SECOND));
            prop_assert_eq!(later.compare(shown), Some(by.cmp(&0)));
            prop_assert_eq!(later == shown, by == 0);
            let again = DateTime::new(shown.date(), shown.time());
            // The first of the two, which is what it was unless it was the second.
            prop_assert!(again.instant() <= shown.instant());
            prop_assert_eq!(again == shown, !shown.to_string().ends_with(']'));
        }

        /// Whatever is read has an instant at which the region's clock shows it, at once or an hour later.
        #[test]
        fn what_is_read_is_shown(seconds in seconds(), zone in zone()) {
            let read = DateTime::from_instant(i128::from(seconds) * SECOND, Zone::Local).unwrap();
            let shown = DateTime::new(read.date(), read.time().at(zone));
            prop_assert_eq!(DateTime::from_instant(shown.instant(), zone), Some(shown));
            let moved = shown.local_nanos() - read.local_nanos();
            prop_assert!((0..=DAY).contains(&moved), "{}", shown);
        }
    }
}
