//! ISO 8601 periods, such as `P1DT2H`.

use super::time::{in_range, resolve};
use chrono::{DateTime, Days, Local, Months, TimeDelta, TimeZone, Utc};

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

    /// So many calendar months.
    pub fn of_months(months: i32) -> Period {
        Period {
            months,
            ..Period::default()
        }
    }

    /// So many calendar days.
    pub fn of_days(days: i64) -> Period {
        Period {
            days,
            ..Period::default()
        }
    }

    /// So much time by the clock.
    pub fn of_time(time: TimeDelta) -> Period {
        Period {
            time,
            ..Period::default()
        }
    }

    /// Both, one after the other; `None` if that is too much to count.
    pub fn plus(&self, other: Period) -> Option<Period> {
        Some(Period {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            time: self.time.checked_add(&other.time)?,
        })
    }

    /// The instant one period after `at`, by the local calendar; `None` beyond the year 9999.
    pub fn after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.after_in(at, &Local)
    }

    /// The instant one period after `at`, by the calendar of a zone.
    pub fn after_in<Z: TimeZone>(&self, at: DateTime<Utc>, zone: &Z) -> Option<DateTime<Utc>> {
        let mut moved = in_range(at)?;
        if self.months != 0 || self.days != 0 {
            let mut local = moved.with_timezone(zone).naive_local();
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
            moved = resolve(local, zone)?;
        }
        in_range(moved.checked_add_signed(self.time)?)
    }

    /// The same, backwards.
    pub fn back(&self) -> Period {
        Period {
            months: -self.months,
            days: -self.days,
            time: -self.time,
        }
    }

    /// How often it fits into a span, but for changes of the clock; `None` with months, which are
    /// not as long as each other.
    pub fn fits(&self, span: TimeDelta) -> Option<i64> {
        let length = TimeDelta::try_days(self.days)?.checked_add(&self.time)?;
        let length = Some(length.num_milliseconds()).filter(|length| *length > 0)?;
        (self.months == 0).then(|| span.num_milliseconds() / length)
    }

    /// So many of it at once; `None` if that is too much to count.
    pub fn times(&self, n: i64) -> Option<Period> {
        Some(Period {
            months: i32::try_from(i64::from(self.months).checked_mul(n)?).ok()?,
            days: self.days.checked_mul(n)?,
            time: TimeDelta::try_milliseconds(self.time.num_milliseconds().checked_mul(n)?)?,
        })
    }

    /// Its milliseconds, if it has no calendar time, and any.
    pub fn by_the_clock(&self) -> Option<i64> {
        let clock = self.months == 0 && self.days == 0;
        Some(self.time.num_milliseconds()).filter(|span| clock && *span > 0)
    }

    /// True when it leads forwards in time.
    pub fn is_positive(&self) -> bool {
        let days = i64::from(self.months) * 30 + self.days;
        TimeDelta::try_days(days)
            .and_then(|days| self.time.checked_add(&days))
            .is_some_and(|span| span > TimeDelta::zero())
    }
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
        resolve(text.parse().expect("a local time"), &Local).expect("an instant")
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
        let long = Period::parse("P7000Y").expect("a period");
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
