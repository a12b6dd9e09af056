//! ISO 8601 periods, such as `P1DT2H`.

use chrono::{DateTime, Days, Local, Months, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// A span of calendar and clock time. A day is a day on the calendar, also where the clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    months: i32,
    days: i64,
    time: TimeDelta,
}

impl Period {
    /// Reads `P[nY][nM][nW][nD][T[nH][nM][nS]]`; each number may have a sign, seconds a
    /// fraction, and the whole a sign before it.
    pub fn parse(text: &str) -> Option<Period> {
        let (sign, rest) = match text.trim().strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.trim()),
        };
        let rest = rest.strip_prefix('P')?;
        let (date, time) = match rest.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (rest, None),
        };
        if date.is_empty() && time.is_none_or(str::is_empty) || time == Some("") {
            return None;
        }
        let mut period = Period::default();
        for (number, unit) in fields(date, "YMWD")? {
            let n: i64 = number.parse::<i32>().ok()?.into();
            match unit {
                'Y' => period.months = period.months.checked_add(months(n.checked_mul(12)?)?)?,
                'M' => period.months = period.months.checked_add(months(n)?)?,
                'W' => period.days += n * 7,
                _ => period.days += n,
            }
        }
        for (number, unit) in fields(time.unwrap_or_default(), "HMS")? {
            let span = match unit {
                'H' => TimeDelta::try_hours(number.parse::<i32>().ok()?.into())?,
                'M' => TimeDelta::try_minutes(number.parse::<i32>().ok()?.into())?,
                _ => seconds(number)?,
            };
            period.time = period.time.checked_add(&span)?;
        }
        Some(Period {
            months: period.months * sign,
            days: period.days * i64::from(sign),
            time: period.time * sign,
        })
    }

    /// The instant one period after `at`, by the local calendar; `None` beyond the end of time.
    pub fn after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moved = if self.months == 0 && self.days == 0 {
            at
        } else {
            let offset = Local.offset_from_utc_datetime(&at.naive_utc());
            let mut local = at.naive_utc().checked_add_offset(offset)?;
            let months = Months::new(self.months.unsigned_abs());
            local = match self.months < 0 {
                true => local.checked_sub_months(months)?,
                false => local.checked_add_months(months)?,
            };
            let days = Days::new(self.days.unsigned_abs());
            local = match self.days < 0 {
                true => local.checked_sub_days(days)?,
                false => local.checked_add_days(days)?,
            };
            from_local(local)?
        };
        moved.checked_add_signed(self.time)
    }

    /// True when it leads forwards in time.
    pub fn is_positive(&self) -> bool {
        let days = i64::from(self.months) * 30 + self.days;
        self.time
            .checked_add(&TimeDelta::days(days))
            .is_some_and(|span| span > TimeDelta::zero())
    }
}

/// The instant of a local time; where the clocks jump over it, an hour later.
pub(super) fn from_local(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let resolve = |local: NaiveDateTime| Local.from_local_datetime(&local).earliest();
    resolve(local)
        .or_else(|| resolve(local.checked_add_signed(TimeDelta::hours(1))?))
        .map(|at| at.with_timezone(&Utc))
}

fn months(n: i64) -> Option<i32> {
    i32::try_from(n).ok().filter(|n| n.unsigned_abs() < 120_000)
}

fn seconds(number: &str) -> Option<TimeDelta> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let seconds: i64 = whole.parse::<i32>().ok()?.into();
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3.3}").parse().ok()?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    TimeDelta::try_seconds(seconds)?.checked_add(&TimeDelta::try_milliseconds(millis * sign)?)
}

/// Numbers with their units; the units must come in the order of `units`, each at most once.
fn fields<'t>(text: &'t str, units: &str) -> Option<Vec<(&'t str, char)>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut units = units;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = rest[end..].chars().next()?;
        units = &units[units.find(unit)? + 1..];
        found.push((&rest[..end], unit));
        rest = &rest[end + 1..];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        from_local(text.parse().expect("a local time")).expect("an instant")
    }

    #[test]
    fn adds_by_the_calendar_and_by_the_clock() {
        for (start, period, end) in [
            ("2026-01-31T10:00:00", "P1M", "2026-02-28T10:00:00"),
            (
                "2026-01-01T10:00:00",
                "P1Y2M1W3DT4H5M6S",
                "2027-03-11T14:05:06",
            ),
            ("2026-01-01T10:00:00", "PT-30M", "2026-01-01T09:30:00"),
            ("2026-01-02T10:00:00", "-P1D", "2026-01-01T10:00:00"),
            ("2026-01-02T10:00:00", "PT0.25S", "2026-01-02T10:00:00.250"),
        ] {
            let period = Period::parse(period).expect(period);
            assert_eq!(period.after(at(start)), Some(at(end)));
        }
    }

    #[test]
    fn refuses_what_is_no_period() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "P1S",
            "PT1D",
            "P1DT",
            "P1D1Y",
            "P1D1D",
            "PxD",
            "P99999999999D",
            "P1.5D",
            "PT1.S",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ends_at_the_end_of_time() {
        let long = Period::parse("P9999Y").expect("a period");
        assert!(long.after(at("2026-01-01T00:00:00")).is_some());
        assert_eq!(long.after(DateTime::<Utc>::MAX_UTC), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "-?P[0-9YMWDTHS.-]{0,16}|\\PC{0,12}") {
            if let Some(period) = Period::parse(&text) {
                period.after(at("2026-01-01T00:00:00"));
                period.is_positive();
            }
        }
    }
}
