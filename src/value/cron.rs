//! Cron expressions of six fields, as Camunda 7 reads them (Spring's: second, minute, hour,
//! day of month, month, day of week).
//!
//! A day must fit both its fields. `L`, `L-3`, `15W`, `LW`, `5L` and `5#2` are understood.

use super::time::resolve;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Timelike, Utc};

/// How far ahead a day is looked for: leap days on a given day of the week repeat in 40 years.
const MOST_DAYS: u32 = 41 * 366;
/// Longest text.
const LONGEST: usize = 1_000;

const MONTHS: &[&str] = &[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A cron expression, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: Vec<Day>,
    months: u64,
    weekdays: Vec<Weekday>,
}

/// One choice of days in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// These numbers, as bits.
    Of(u64),
    /// So many days before the last.
    Last(u32),
    /// The working day nearest to this one.
    Near(u32),
    /// The last working day.
    LastWorking,
}

/// One choice of days in a week; Sunday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weekday {
    /// These, as bits.
    Of(u64),
    /// The last one of the month.
    Last(u32),
    /// The n-th one of the month.
    Nth(u32, u32),
}

impl Cron {
    /// Reads an expression; `None` if it is none.
    pub fn parse(text: &str) -> Option<Cron> {
        let text = text.trim().to_ascii_uppercase();
        if text.len() > LONGEST {
            return None;
        }
        let whole = match text.as_str() {
            "@YEARLY" | "@ANNUALLY" => "0 0 0 1 1 *",
            "@MONTHLY" => "0 0 0 1 * *",
            "@WEEKLY" => "0 0 0 * * 0",
            "@DAILY" | "@MIDNIGHT" => "0 0 0 * * *",
            "@HOURLY" => "0 0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = whole.split_whitespace().collect();
        let [seconds, minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return None;
        };
        Some(Cron {
            seconds: bits(seconds, 0, 59, &[], 0)?,
            minutes: bits(minutes, 0, 59, &[], 0)?,
            hours: bits(hours, 0, 23, &[], 0)?,
            days: days.split(',').map(day).collect::<Option<_>>()?,
            months: bits(months, 1, 12, MONTHS, 1)?,
            weekdays: weekdays.split(',').map(weekday).collect::<Option<_>>()?,
        })
    }

    /// The first time after this one, by the clock of the zone; `None` if it never comes.
    pub fn after<Z: TimeZone>(&self, at: DateTime<Utc>, zone: &Z) -> Option<DateTime<Utc>> {
        let local = at.with_timezone(zone).naive_local();
        let mut date = local.date();
        let mut from = Some(local.time());
        for _ in 0..MOST_DAYS {
            if self.fits(date) {
                let mut time = from;
                while let Some(found) = self.time_from(time) {
                    // Where the clock was set back or forward, what it shows may not be later.
                    match resolve(date.and_time(found), zone) {
                        Some(due) if due > at => return Some(due),
                        _ => time = Some(found),
                    }
                }
            }
            date = date.checked_add_days(Days::new(1))?;
            from = None;
        }
        None
    }

    /// The first time of a day after this one, or the first of all.
    fn time_from(&self, after: Option<NaiveTime>) -> Option<NaiveTime> {
        let start = after.map_or(0, |time| time.num_seconds_from_midnight() + 1);
        let (hour, minute, second) = (start / 3600, start / 60 % 60, start % 60);
        let hours = (hour..24).filter(|&h| has(self.hours, h));
        for h in hours {
            let first = if h == hour { minute } else { 0 };
            for m in (first..60).filter(|&m| has(self.minutes, m)) {
                let first = if (h, m) == (hour, minute) { second } else { 0 };
                if let Some(s) = (first..60).find(|&s| has(self.seconds, s)) {
                    return NaiveTime::from_hms_opt(h, m, s);
                }
            }
        }
        None
    }

    fn fits(&self, date: NaiveDate) -> bool {
        has(self.months, date.month())
            && self.days.iter().any(|day| day.fits(date))
            && self.weekdays.iter().any(|day| day.fits(date))
    }
}

impl Day {
    fn fits(self, date: NaiveDate) -> bool {
        let last = u32::from(date.num_days_in_month());
        match self {
            Day::Of(days) => has(days, date.day()),
            Day::Last(before) => date.day() + before == last,
            Day::Near(day) => nearest_working_day(date, day.min(last)) == Some(date.day()),
            Day::LastWorking => nearest_working_day(date, last) == Some(date.day()),
        }
    }
}

/// The working day nearest to a day, in the same month.
fn nearest_working_day(month: NaiveDate, day: u32) -> Option<u32> {
    let last = u32::from(month.num_days_in_month());
    Some(match month.with_day(day)?.weekday() {
        chrono::Weekday::Sat if day == 1 => 3,
        chrono::Weekday::Sat => day - 1,
        chrono::Weekday::Sun if day == last => day - 2,
        chrono::Weekday::Sun => day + 1,
        _ => day,
    })
}

impl Weekday {
    fn fits(self, date: NaiveDate) -> bool {
        let today = date.weekday().num_days_from_sunday();
        match self {
            Weekday::Of(days) => has(days, today),
            Weekday::Last(day) => {
                today == day && date.day() + 7 > u32::from(date.num_days_in_month())
            }
            Weekday::Nth(day, nth) => today == day && (date.day() - 1) / 7 + 1 == nth,
        }
    }
}

fn has(bits: u64, n: u32) -> bool {
    bits >> n & 1 == 1
}

fn day(text: &str) -> Option<Day> {
    Some(match text {
        "L" => Day::Last(0),
        "LW" | "WL" => Day::LastWorking,
        _ => match (text.strip_prefix("L-"), text.strip_suffix('W')) {
            (Some(before), _) => Day::Last(before.parse().ok().filter(|n| *n <= 30)?),
            (_, Some(day)) => Day::Near(day.parse().ok().filter(|n| (1..=31).contains(n))?),
            _ => Day::Of(bits(text, 1, 31, &[], 0)?),
        },
    })
}

fn weekday(text: &str) -> Option<Weekday> {
    let number = |text: &str| Some(number(text, 0, 7, WEEKDAYS, 0)? % 7);
    if let Some((day, nth)) = text.split_once('#') {
        let nth = nth.parse().ok().filter(|n| (1..=5).contains(n))?;
        return Some(Weekday::Nth(number(day)?, nth));
    }
    if text == "L" {
        return Some(Weekday::Of(1 << 6));
    }
    if let Some(day) = text.strip_suffix('L') {
        return Some(Weekday::Last(number(day)?));
    }
    let bits = bits(text, 0, 7, WEEKDAYS, 0)?;
    Some(Weekday::Of((bits | bits >> 7) & 0x7f))
}

/// `*`, `?`, `a`, `a-b`, each with `/step`, and lists of them, as bits.
fn bits(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<u64> {
    let mut all = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok().filter(|s| *s > 0)?)),
            None => (part, None),
        };
        let value = |text| number(text, least, most, names, first);
        let (from, to) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (least, most),
            Some((from, to)) => (value(from)?, value(to)?),
            None if step.is_some() => (value(range)?, most),
            None => (value(range)?, value(range)?),
        };
        if from > to {
            return None;
        }
        for n in (from..=to).step_by(usize::try_from(step.unwrap_or(1)).ok()?) {
            all |= 1 << n;
        }
    }
    Some(all)
}

fn number(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<u32> {
    if let Some(at) = names.iter().position(|name| *name == text) {
        return Some(u32::try_from(at).ok()? + first);
    }
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse::<u32>().ok())??;
    (least..=most).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next times after an instant, in UTC.
    fn times(cron: &str, after: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(cron).unwrap_or_else(|| panic!("{cron}"));
        let mut at: DateTime<Utc> = after.parse().expect("an instant");
        let mut found = Vec::new();
        while found.len() < count
            && let Some(next) = cron.after(at, &Utc)
        {
            found.push(next.format("%Y-%m-%d %H:%M:%S").to_string());
            at = next;
        }
        found
    }

    #[test]
    fn finds_the_next_times() {
        let start = "2026-03-01T08:00:30Z";
        for (cron, expected) in [
            (
                "0 0 8 * * *",
                ["2026-03-02 08:00:00", "2026-03-03 08:00:00"],
            ),
            (
                "*/20 * * * * ?",
                ["2026-03-01 08:00:40", "2026-03-01 08:01:00"],
            ),
            (
                "0 5/30 9-17 ? * MON-FRI",
                ["2026-03-02 09:05:00", "2026-03-02 09:35:00"],
            ),
            (
                "0 0 0 L * *",
                ["2026-03-31 00:00:00", "2026-04-30 00:00:00"],
            ),
            (
                "0 0 0 L-2 * *",
                ["2026-03-29 00:00:00", "2026-04-28 00:00:00"],
            ),
            (
                "0 0 0 15W * *",
                ["2026-03-16 00:00:00", "2026-04-15 00:00:00"],
            ),
            (
                "0 0 0 LW * *",
                ["2026-03-31 00:00:00", "2026-04-30 00:00:00"],
            ),
            (
                "0 0 0 ? * 5L",
                ["2026-03-27 00:00:00", "2026-04-24 00:00:00"],
            ),
            (
                "0 0 0 ? * 5#2",
                ["2026-03-13 00:00:00", "2026-04-10 00:00:00"],
            ),
            (
                "0 0 0 29 2 *",
                ["2028-02-29 00:00:00", "2032-02-29 00:00:00"],
            ),
            (
                "0 0 0 13 * FRI",
                ["2026-03-13 00:00:00", "2026-11-13 00:00:00"],
            ),
            (
                "0 0 0 ? * 7",
                ["2026-03-08 00:00:00", "2026-03-15 00:00:00"],
            ),
            (
                "0 0 1,13 1 jan-feb *",
                ["2027-01-01 01:00:00", "2027-01-01 13:00:00"],
            ),
            ("@monthly", ["2026-04-01 00:00:00", "2026-05-01 00:00:00"]),
        ] {
            assert_eq!(times(cron, start, 2), expected, "{cron}");
        }
    }

    #[test]
    fn never_ends_quietly_and_refuses_what_is_no_cron() {
        assert!(times("0 0 0 31 2 *", "2026-03-01T08:00:00Z", 1).is_empty());
        for text in [
            "",
            "0 0 8 * *",
            "0 0 8 * * * *",
            "60 0 8 * * *",
            "0 0 8 0 * *",
            "0 0 8 * 13 *",
            "0 0 8 * * 8",
            "0 0/0 8 * * *",
            "0 5-2 8 * * *",
            "a b c d e f",
            "0 0 8 * * 5#6",
            "+1 0 8 * * *",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_clock_that_is_set_forward_skips_and_goes_on() {
        let zone = chrono::FixedOffset::east_opt(3600).expect("an offset");
        let cron = Cron::parse("0 0 8 * * *").expect("a cron");
        let at: DateTime<Utc> = "2026-03-01T06:59:59Z".parse().expect("an instant");
        let due = cron.after(at, &zone).expect("a time");
        assert_eq!(due.to_rfc3339(), "2026-03-01T07:00:00+00:00");
    }
}
