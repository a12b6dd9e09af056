//! Conversion and date and time functions.

use super::{Call, Fail, Outcome, Row, row, wrong};
use crate::feel::number::Number;
use crate::feel::temporal::{Date, DateTime, Duration, SECOND, Time, Zone};
use crate::feel::value::Value;
use crate::feel::{Expression, ParseScope, Scope};

pub(super) static TABLE: &[Row] = &[
    row("date", &[&["from"], &["year", "month", "day"]], date),
    row(
        "time",
        &[&["from"], &["hour", "minute", "second", "offset?"]],
        time,
    ),
    row(
        "date and time",
        &[
            &["from"],
            &["date", "time"],
            &[
                "year", "month", "day", "hour", "minute", "second", "offset?",
            ],
        ],
        date_and_time,
    ),
    row("duration", &[&["from"]], duration),
    row("years and months duration", &[&["from", "to"]], months),
    row(
        "number",
        &[&["from", "grouping separator?", "decimal separator?"]],
        number,
    ),
    row("string", &[&["from"]], string),
    row("range", &[&["from"]], range),
    row("not", &[&["negand"]], not),
    row("is", &[&["value1?", "value2?"]], is),
    row("now", &[&[]], |c| Ok(Value::DateTime(c.now()?))),
    row("today", &[&[]], |c| Ok(Value::Date(c.now()?.date()))),
    row("day of year", &[&["date"]], |c| {
        Ok(Value::from(c.date(0)?.day_of_year()))
    }),
    row("day of week", &[&["date"]], |c| {
        Ok(Value::from(DAYS[(c.date(0)?.weekday() - 1) as usize]))
    }),
    row("month of year", &[&["date"]], |c| {
        Ok(Value::from(MONTHS[(c.date(0)?.month() - 1) as usize]))
    }),
    row("week of year", &[&["date"]], |c| {
        Ok(Value::from(c.date(0)?.week()))
    }),
];

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What `@"…"` means.
pub(crate) fn at_literal(text: &str) -> Option<Value> {
    if let Some(duration) = Duration::parse(text) {
        return Some(Value::Duration(duration));
    }
    Date::parse(text)
        .map(Value::Date)
        .or_else(|| Time::parse(text).map(Value::Time))
        .or_else(|| DateTime::parse(text).map(Value::DateTime))
}

fn no(what: &'static str, text: &str) -> Fail {
    Fail::Null(format!("\"{}\" is no {what}", crate::feel::budget::shorten(text)).into())
}

fn date(c: &mut Call<'_, '_>) -> Outcome {
    if c.count() == 3 {
        let found = Date::new(c.integer(0)?, c.integer(1)?, c.integer(2)?);
        return found
            .map(Value::Date)
            .ok_or(Fail::null("there is no such date"));
    }
    match c.scalar(0) {
        Value::String(s) => Date::parse(s).map(Value::Date).ok_or_else(|| no("date", s)),
        Value::Date(d) => Ok(Value::Date(*d)),
        Value::DateTime(t) => Ok(Value::Date(t.date())),
        other => Err(wrong("a string or a date", other)),
    }
}

fn offset(c: &Call<'_, '_>, ix: usize) -> Result<Zone, Fail> {
    match c.any(ix) {
        Value::Null => Ok(Zone::Local),
        Value::Duration(Duration::Nanos(n)) => {
            let seconds = i64::try_from(n / SECOND).ok();
            seconds
                .and_then(Zone::from_seconds)
                .ok_or(Fail::null("the offset is more than 14 hours"))
        }
        other => Err(wrong("a days and time duration", other)),
    }
}

fn clock(c: &Call<'_, '_>, from: usize) -> Result<Time, Fail> {
    let second = c.number(from + 2)?;
    let whole = second.floor();
    let nanos = second
        .checked_sub(whole)
        .and_then(|f| f.checked_mul(Number::from(1_000_000_000)))
        .and_then(|n| n.floor().to_i64());
    let zone = offset(c, from + 3)?;
    let time = Time::new(
        c.integer(from)?,
        c.integer(from + 1)?,
        whole.to_i64().unwrap_or(-1),
        nanos.unwrap_or(0).unsigned_abs(),
        zone,
    );
    time.ok_or(Fail::null("there is no such time"))
}

fn time(c: &mut Call<'_, '_>) -> Outcome {
    if c.count() > 1 {
        return clock(c, 0).map(Value::Time);
    }
    match c.scalar(0) {
        Value::String(s) => Time::parse(s).map(Value::Time).ok_or_else(|| no("time", s)),
        Value::Time(t) => Ok(Value::Time(*t)),
        Value::DateTime(t) => Ok(Value::Time(t.time())),
        Value::Date(d) => Ok(Value::Time(d.midnight().utc().time())),
        other => Err(wrong("a string or a time", other)),
    }
}

fn date_and_time(c: &mut Call<'_, '_>) -> Outcome {
    match c.count() {
        1 => match c.scalar(0) {
            Value::String(s) => {
                let found = DateTime::parse(s).or_else(|| Date::parse(s).map(Date::midnight));
                found
                    .map(Value::DateTime)
                    .ok_or_else(|| no("date and time", s))
            }
            Value::DateTime(t) => Ok(Value::DateTime(*t)),
            Value::Date(d) => Ok(Value::DateTime(d.midnight().utc())),
            other => Err(wrong("a string or a date", other)),
        },
        2 => {
            let date = c.date(0)?;
            match (c.any(1), c.any(0)) {
                (Value::Time(time), _) => Ok(Value::DateTime(DateTime::new(date, *time))),
                (Value::String(zone), Value::DateTime(t)) => {
                    let zone = Zone::parse(zone).ok_or_else(|| no("time zone", zone))?;
                    DateTime::from_instant(t.instant(), zone)
                        .map(Value::DateTime)
                        .ok_or(Fail::null("out of range"))
                }
                (other, _) => Err(wrong("a time", other)),
            }
        }
        _ => {
            let date = Date::new(c.integer(0)?, c.integer(1)?, c.integer(2)?);
            let time = clock(c, 3)?;
            date.map(|date| Value::DateTime(DateTime::new(date, time)))
                .ok_or(Fail::null("there is no such date"))
        }
    }
}

fn duration(c: &mut Call<'_, '_>) -> Outcome {
    match c.scalar(0) {
        Value::String(s) => Duration::parse(s)
            .map(Value::Duration)
            .ok_or_else(|| no("duration", s)),
        Value::Duration(d) => Ok(Value::Duration(*d)),
        other => Err(wrong("a string", other)),
    }
}

fn months(c: &mut Call<'_, '_>) -> Outcome {
    let moment = |v: &Value| match v {
        Value::Date(d) => Ok(*d),
        Value::DateTime(t) => Ok(t.date()),
        other => Err(wrong("a date", other)),
    };
    let (from, to) = (moment(c.scalar(0))?, moment(c.scalar(1))?);
    Ok(Value::Duration(Duration::Months(from.months_until(to))))
}

fn number(c: &mut Call<'_, '_>) -> Outcome {
    if let (Value::Number(n), 1) = (c.scalar(0), c.count()) {
        return Ok(Value::Number(*n));
    }
    let text = c.string(0)?;
    let separator =
        |c: &Call<'_, '_>, ix: usize, allowed: &[&str]| -> Result<Option<String>, Fail> {
            if !c.has(ix) {
                return Ok(None);
            }
            let s = c.string(ix)?;
            if allowed.contains(&&*s) {
                Ok(Some(s.to_string()))
            } else {
                Err(no("separator", &s))
            }
        };
    let grouping = separator(c, 1, &[" ", ",", "."])?;
    let decimal = separator(c, 2, &[",", "."])?;
    if grouping.is_some() && grouping == decimal {
        return Err(Fail::null("both separators are the same"));
    }
    let mut plain = text.to_string();
    if let Some(grouping) = &grouping {
        plain = plain.replace(grouping.as_str(), "");
    }
    if let Some(decimal) = decimal.as_deref().filter(|d| *d != ".") {
        if plain.contains('.') {
            return Err(no("number", &text));
        }
        plain = plain.replace(decimal, ".");
    }
    Number::parse(&plain)
        .map(Value::Number)
        .ok_or_else(|| no("number", &text))
}

fn string(c: &mut Call<'_, '_>) -> Outcome {
    match c.any(0) {
        Value::Null => Err(Fail::null("null has no text")),
        Value::String(s) => Ok(Value::String(s.clone())),
        value => {
            let (weight, text) = (value.weight(), value.clone());
            c.budget.step(weight)?;
            c.budget.allocate(weight as usize * 4)?;
            c.text(text.to_string())
        }
    }
}

fn not(c: &mut Call<'_, '_>) -> Outcome {
    match c.scalar(0) {
        Value::Boolean(b) => Ok(Value::Boolean(!b)),
        other => Err(wrong("a boolean", other)),
    }
}

/// Whether both are the same in type and value, zones included.
fn is(c: &mut Call<'_, '_>) -> Outcome {
    if c.form.is_none() && c.count() < 2 {
        return Err(Fail::null("it compares two values"));
    }
    let (a, b) = (c.any(0), c.any(1));
    let same = match (a, b) {
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::DateTime(a), Value::DateTime(b)) => a == b,
        _ => a.type_name() == b.type_name() && a.equal(b) == Some(true),
    };
    Ok(Value::Boolean(same))
}

/// A range from its text, whose ends must be literals.
fn range(c: &mut Call<'_, '_>) -> Outcome {
    let text = c.string(0)?;
    let parsed = Expression::parse(&text, &ParseScope::new()).map_err(|_| no("range", &text))?;
    if !parsed.is_literal() {
        return Err(no("range", &text));
    }
    c.budget.step(1 + text.len() as u64)?;
    match parsed.eval(&Scope::new(), c.budget)? {
        Value::Range(range) => match (&range.start, &range.end) {
            (Some(start), Some(end)) if start.compare(end).is_some_and(|order| order.is_gt()) => {
                Err(Fail::null("the range ends before it starts"))
            }
            _ => Ok(Value::Range(range)),
        },
        _ => Err(no("range", &text)),
    }
}
