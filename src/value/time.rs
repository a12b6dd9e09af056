//! Time as text: Camunda's date format, ISO 8601 instants and periods, Java's date patterns,
//! and what a person types and reads.
//!
//! Never reads the clock: whoever calls says what time it is, and mostly in which zone.

mod live;
mod pattern;
mod scan;
mod when;

pub use live::{MOST_DAYS, days_to_live};
pub use pattern::DatePattern;
pub use when::{is_never, parse_when, relative};

use chrono::{DateTime, Datelike, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime};
use chrono::{TimeDelta, TimeZone, Utc};
use scan::Scan;
use std::fmt;
use thiserror::Error;

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Not an instant.
    #[error(
        "'{0}' is no date; expected such as 2026-11-30T14:00:00.000+0100, 2026-11-30T14:00 or 2026-11-30"
    )]
    Instant(String),
    /// Text that does not follow its pattern.
    #[error("'{text}' is no date of the pattern '{pattern}'")]
    Mismatch {
        /// The text.
        text: String,
        /// The pattern.
        pattern: String,
    },
    /// A pattern with something in it that is not understood.
    #[error(
        "date pattern '{pattern}': {why}; known are y M d H h k K m s S a E u D Z X z and 'quoted text'"
    )]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not what a person may type.
    #[error(
        "'{0}' is no time; accepted are: in 2h, +2d, 90m, fri 17:00, tomorrow 9:00, today 17:30, 17:30, 2026-11-30, 2026-11-30 14:00, or ISO 8601"
    )]
    When(String),
    /// Outside the years 1 to 9999.
    #[error("the time lies outside the years 1 to 9999")]
    OutOfRange,
}

/// A text as an error shows it: not endless.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// An instant as Camunda 7 writes it, `yyyy-MM-dd'T'HH:mm:ss.SSSZ`, in the local zone.
pub fn camunda(at: DateTime<Utc>) -> String {
    camunda_in(at, &Local)
}

fn camunda_in<Z: TimeZone<Offset: fmt::Display>>(at: DateTime<Utc>, zone: &Z) -> String {
    const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.3f%z";
    let local = at.with_timezone(zone);
    match local.year() {
        ..=9999 => local.format(FORMAT).to_string(),
        _ => at.format(FORMAT).to_string(),
    }
}

/// Reads Camunda's format and its ISO 8601 relatives: a date alone, time without seconds or
/// fraction, a space for the `T`, zone as `Z`, `+01`, `+0100`, `+01:00`. Without a zone it is
/// the given one; without a time it is midnight. Kept to milliseconds, as in Camunda.
pub fn parse_instant<Z: TimeZone>(text: &str, zone: &Z) -> Result<DateTime<Utc>, TimeError> {
    let fail = || TimeError::Instant(shown(text));
    let mut scan = Scan::new(text.trim());
    let date = scan.date().ok_or_else(fail)?;
    let time = if scan.accept('T') || scan.accept('t') || scan.accept(' ') {
        scan.clock().ok_or_else(fail)?
    } else {
        NaiveTime::MIN
    };
    let offset = scan.offset();
    if !scan.is_done() {
        return Err(fail());
    }
    at_offset(date.and_time(time), offset, zone)
}

/// [`parse_instant`] in the local zone, for callers with an error of their own.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    parse_instant(text, &Local).ok()
}

/// The same for dates of timers: also a year, a month or an hour alone, which mean their begin.
pub fn partial_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let rest = match text.len() {
        4 => "-01-01",
        7 => "-01",
        13 => ":00",
        _ => "",
    };
    instant(text).or_else(|| instant(&format!("{text}{rest}")))
}

fn at_offset<Z: TimeZone>(
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
    zone: &Z,
) -> Result<DateTime<Utc>, TimeError> {
    match offset {
        Some(offset) => resolve(local, &offset),
        None => resolve(local, zone),
    }
    .ok_or(TimeError::OutOfRange)
}

/// The instant of a local time. What the clock shows twice is the first of the two; what it
/// skips lies as far behind the skip. `None` outside the years 1 to 9999.
pub fn resolve<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Option<DateTime<Utc>> {
    if !(1..=9999).contains(&local.year()) {
        return None;
    }
    let at = match zone.from_local_datetime(&local).earliest() {
        Some(at) => at.with_timezone(&Utc),
        None => {
            use chrono::Offset;
            let before = local.checked_sub_signed(TimeDelta::days(1))?;
            let offset = zone.offset_from_utc_datetime(&before).fix();
            offset
                .from_local_datetime(&local)
                .single()?
                .with_timezone(&Utc)
        }
    };
    in_range(at)
}

/// Times that can be shown with a year of four digits; the last of them, which are often written
/// for never, in UTC alone.
pub(super) fn in_range(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let first = NaiveDate::from_ymd_opt(1, 1, 2)?;
    let last = NaiveDate::from_ymd_opt(9999, 12, 31)?;
    (first..=last).contains(&at.date_naive()).then_some(at)
}

#[cfg(test)]
mod tests;
