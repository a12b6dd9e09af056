//! `dateTime()`: the part of Joda's `DateTime` that models use, in the local zone.

use super::error::Fault;
use super::eval::{Item, World};
use super::method::whole;
use crate::value::time::{self, DatePattern};
use crate::value::{Period, Value};
use chrono::{DateTime, Datelike, Local, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

/// Joda's `toString`: ISO 8601 with milliseconds and zone.
pub(super) fn text(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&Local);
    let utc = local.offset().local_minus_utc() == 0;
    let pattern = if utc {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    } else {
        "%Y-%m-%dT%H:%M:%S%.3f%:z"
    };
    local.format(pattern).to_string()
}

/// `plusDays`, `minusMonths`, …: their unit and sign.
fn shift(name: &str) -> Option<(&str, i64)> {
    let (unit, sign) = match (name.strip_prefix("plus"), name.strip_prefix("minus")) {
        (Some(unit), _) => (unit, 1),
        (_, Some(unit)) => (unit, -1),
        _ => return None,
    };
    let units = [
        "Years", "Months", "Weeks", "Days", "Hours", "Minutes", "Seconds", "Millis",
    ];
    units.contains(&unit).then_some((unit, sign))
}

pub(super) fn is_shift(name: &str) -> bool {
    shift(name).is_some()
}

/// So many of a unit; `None` if that is too much to count.
fn period(unit: &str, n: i64) -> Option<Period> {
    Some(match unit {
        "Years" => Period::of_months(i32::try_from(n.checked_mul(12)?).ok()?),
        "Months" => Period::of_months(i32::try_from(n).ok()?),
        "Weeks" => Period::of_days(n.checked_mul(7)?),
        "Days" => Period::of_days(n),
        "Hours" => Period::of_time(TimeDelta::try_hours(n)?),
        "Minutes" => Period::of_time(TimeDelta::try_minutes(n)?),
        "Seconds" => Period::of_time(TimeDelta::try_seconds(n)?),
        _ => Period::of_time(TimeDelta::try_milliseconds(n)?),
    })
}

/// A day of a month, or the last one of it.
fn in_month(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    (0..4).find_map(|back| NaiveDate::from_ymd_opt(year, month, day.checked_sub(back)?))
}

pub(super) fn call(
    world: &mut World,
    at: DateTime<Utc>,
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    let local = at.with_timezone(&Local);
    let with = |set: fn(NaiveTime, u32) -> Option<NaiveTime>, n: &Item| -> Result<Item, Fault> {
        let n = whole(n)?;
        u32::try_from(n)
            .ok()
            .and_then(|n| set(local.time(), n))
            .and_then(|clock| time::resolve(local.date_naive().and_time(clock), &Local))
            .map(Item::DateTime)
            .ok_or_else(|| Fault::failed(format!("Value {n} for {name} is out of range")))
    };
    // Another day at the same time.
    let day = |n: &Item, set: &dyn Fn(NaiveDate, i32) -> Option<NaiveDate>| {
        let n = whole(n)?;
        i32::try_from(n)
            .ok()
            .and_then(|n| set(local.date_naive(), n))
            .and_then(|day| time::resolve(day.and_time(local.time()), &Local))
            .map(Item::DateTime)
            .ok_or_else(|| Fault::failed(format!("Value {n} for {name} is out of range")))
    };
    if let ([n], Some((unit, sign))) = (args, shift(name)) {
        let moved = whole(n)?
            .checked_mul(sign)
            .and_then(|n| period(unit, n))
            .and_then(|period| period.after(at));
        return match moved {
            Some(at) => Ok(Some(Item::DateTime(at))),
            None => Err(Fault::failed(format!(
                "{name}: the time leaves the calendar"
            ))),
        };
    }
    Ok(Some(match (name, args) {
        ("withTimeAtStartOfDay", []) => {
            let midnight = local.date_naive().and_time(NaiveTime::MIN);
            Item::DateTime(time::resolve(midnight, &Local).unwrap_or(at))
        }
        ("withTime", [hour, minute, second, millis]) => {
            let number = |item: &Item| Ok::<_, Fault>(u32::try_from(whole(item)?).ok());
            let parts = (
                number(hour)?,
                number(minute)?,
                number(second)?,
                number(millis)?,
            );
            let clock = match parts {
                (Some(h), Some(m), Some(s), Some(millis)) if millis < 1000 => {
                    NaiveTime::from_hms_milli_opt(h, m, s, millis)
                }
                _ => None,
            };
            clock
                .and_then(|clock| time::resolve(local.date_naive().and_time(clock), &Local))
                .map(Item::DateTime)
                .ok_or_else(|| Fault::failed("withTime takes a time such as 17, 0, 0, 0"))?
        }
        ("withYear", [n]) => day(n, &|date, n| in_month(n, date.month(), date.day()))?,
        ("withMonthOfYear", [n]) => day(n, &|date, n| {
            in_month(date.year(), u32::try_from(n).ok()?, date.day())
        })?,
        ("withDayOfMonth", [n]) => day(n, &|date, n| date.with_day(u32::try_from(n).ok()?))?,
        ("withDayOfYear", [n]) => day(n, &|date, n| date.with_ordinal(u32::try_from(n).ok()?))?,
        ("withDayOfWeek", [n]) => day(n, &|date, n| {
            let monday = date - TimeDelta::days(i64::from(date.weekday().num_days_from_monday()));
            (1..=7)
                .contains(&n)
                .then(|| monday + TimeDelta::days(i64::from(n) - 1))
        })?,
        ("withHourOfDay", [n]) => with(|t, n| t.with_hour(n), n)?,
        ("withMinuteOfHour", [n]) => with(|t, n| t.with_minute(n), n)?,
        ("withSecondOfMinute", [n]) => with(|t, n| t.with_second(n), n)?,
        ("withMillisOfSecond", [n]) => with(
            |t, n| {
                (n < 1000)
                    .then(|| t.with_nanosecond(n * 1_000_000))
                    .flatten()
            },
            n,
        )?,
        ("getYear", []) => local.year().into(),
        ("getMonthOfYear", []) => (local.month() as i32).into(),
        ("getDayOfMonth", []) => (local.day() as i32).into(),
        ("getDayOfYear", []) => (local.ordinal() as i32).into(),
        ("getDayOfWeek", []) => (local.weekday().number_from_monday() as i32).into(),
        ("getWeekOfWeekyear", []) => (local.iso_week().week() as i32).into(),
        ("getHourOfDay", []) => (local.hour() as i32).into(),
        ("getMinuteOfHour", []) => (local.minute() as i32).into(),
        ("getSecondOfMinute", []) => (local.second() as i32).into(),
        ("getMinuteOfDay", []) => ((local.hour() * 60 + local.minute()) as i32).into(),
        ("getMillisOfSecond", []) => (local.timestamp_subsec_millis() as i32).into(),
        ("getMillis", []) => at.timestamp_millis().into(),
        ("isBefore" | "isAfter", [other]) => {
            let other = match other {
                Item::DateTime(other) | Item::Value(Value::Date(other)) => *other,
                Item::Value(Value::Long(millis)) => DateTime::from_timestamp_millis(*millis)
                    .ok_or_else(|| Fault::failed(format!("{millis} ms are no time")))?,
                other => {
                    let class = other.class();
                    return Err(Fault::failed(format!("{name} takes a time, not {class}")));
                }
            };
            (if name == "isBefore" {
                at < other
            } else {
                at > other
            })
            .into()
        }
        ("toDate", []) => at.into(),
        ("toString", [pattern]) => {
            let pattern = world.text(pattern)?;
            let text = DatePattern::parse(&pattern)
                .and_then(|pattern| pattern.format(at, &Local))
                .map_err(|e| Fault::failed(e.to_string()))?;
            world.budget.grow(text.len())?;
            text.into()
        }
        _ => return Ok(None),
    }))
}
