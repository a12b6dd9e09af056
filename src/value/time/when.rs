//! Times as a person types and reads them: `in 2h`, `fri 17:00`; `in 42m`, `late 2h10`.

use super::scan::Scan;
use super::{TimeError, parse_instant, resolve, shown};
use crate::value::Period;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};

/// Reads what a person types for a time, seen from now and in the zone.
///
/// Accepted: `in 2h`, `+2d`, `90m`, `1h30m`, `in 3 days`; `today`, `tomorrow` or a weekday
/// (the next one), with or without a time; a time alone (the next one); a date with or
/// without a time; ISO 8601 instants and periods. A day without a time means all of it:
/// 23:59.
pub fn parse_when<Z: TimeZone>(
    text: &str,
    now: DateTime<Utc>,
    zone: &Z,
) -> Result<DateTime<Utc>, TimeError> {
    let fail = || TimeError::When(shown(text));
    let trimmed = text.trim();
    if trimmed.starts_with('P') {
        let period = Period::parse(trimmed).ok_or_else(fail)?;
        return period.after_in(now, zone).ok_or(TimeError::OutOfRange);
    }
    if let Some(period) = distance(trimmed) {
        return period.after_in(now, zone).ok_or(TimeError::OutOfRange);
    }
    if let Ok(day) = NaiveDate::parse_from_str(trimmed, "%Y-%m-%d") {
        return resolve(day.and_time(end_of_day()), zone).ok_or(TimeError::OutOfRange);
    }
    if trimmed.starts_with(|c: char| c.is_ascii_digit())
        && let Ok(at) = parse_instant(trimmed, zone)
    {
        return Ok(at);
    }
    let today = now.with_timezone(zone).date_naive();
    let mut scan = Scan::new(trimmed);
    let word = scan.word();
    scan.spaces();
    let clock = if scan.is_done() && !word.is_empty() {
        end_of_day()
    } else {
        scan.clock().ok_or_else(fail)?
    };
    if !scan.is_done() {
        return Err(fail());
    }
    let ahead = |days: u64| {
        let day = today.checked_add_days(Days::new(days))?;
        resolve(day.and_time(clock), zone)
    };
    let next = |first: u64, again: u64| match ahead(first) {
        Some(at) if at <= now => ahead(again),
        at => at,
    };
    match word.as_str() {
        "" => next(0, 1),
        "today" => ahead(0),
        "tomorrow" => ahead(1),
        _ => {
            let wanted = weekday(&word).ok_or_else(fail)?;
            let days = u64::from(wanted.days_since(today.weekday()));
            next(days, days + 7)
        }
    }
    .ok_or(TimeError::OutOfRange)
}

fn end_of_day() -> NaiveTime {
    NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default()
}

/// `fri`, `friday` and what lies between.
fn weekday(word: &str) -> Option<Weekday> {
    let names = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    let named = names
        .into_iter()
        .find(|(name, _)| word.len() > 2 && name.starts_with(word));
    named.map(|(_, day)| day)
}

/// `in 2h`, `+2d`, `90m`, `1h30m`, `in 1 hour 30 minutes`.
fn distance(text: &str) -> Option<Period> {
    let text = text
        .strip_prefix("in ")
        .or(text.strip_prefix('+'))
        .unwrap_or(text);
    let mut scan = Scan::new(text);
    let mut total = Period::default();
    let mut hours = false;
    scan.spaces();
    while !scan.is_done() {
        let n = i32::try_from(scan.number(1, 9)?).ok()?;
        let many = i64::from(n);
        scan.spaces();
        let word = scan.word();
        scan.spaces();
        let part = match word.as_str() {
            "s" | "sec" | "second" | "seconds" => Period::of_time(TimeDelta::seconds(many)),
            "m" | "min" | "mins" | "minute" | "minutes" => {
                Period::of_time(TimeDelta::minutes(many))
            }
            "h" | "hr" | "hour" | "hours" => Period::of_time(TimeDelta::hours(many)),
            "d" | "day" | "days" => Period::of_days(many),
            "w" | "week" | "weeks" => Period::of_days(many * 7),
            "month" | "months" => Period::of_months(n),
            "y" | "year" | "years" => Period::of_months(n.checked_mul(12)?),
            // As the terminal writes it: 2h10.
            "" if hours && scan.is_done() => Period::of_time(TimeDelta::minutes(many)),
            _ => return None,
        };
        hours = word.starts_with('h');
        total = total.plus(part)?;
    }
    (!text.trim().is_empty()).then_some(total)
}

/// Whether an instant is so far away that it means that nothing is to happen: models write
/// `2999-12-31` where there is no date.
pub fn is_never(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    const YEARS: i64 = 200;
    (at - now).num_days() > YEARS * 365
}

/// How far away a due time is: `in 20s`, `in 42m`, `in 2h10`, `in 3d`, `now`, `late 5m`, `late 2h10`, and
/// `never`.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (at - now).num_seconds();
    if is_never(at, now) {
        return "never".to_owned();
    }
    let lead = if seconds < 0 { "late" } else { "in" };
    let minutes = seconds.unsigned_abs() / 60;
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (days, hours, minutes) {
        (0, 0, 0) if seconds == 0 => "now".to_owned(),
        (0, 0, 0) => format!("{lead} {}s", seconds.unsigned_abs()),
        (0, 0, minutes) => format!("{lead} {minutes}m"),
        (0, hours, _) => format!("{lead} {hours}h{:02}", minutes % 60),
        (days, ..) => format!("{lead} {days}d"),
    }
}
