//! Days and times that are written another way than `2026-12-31 23:59:59`: read by a pattern,
//! kept the usual way.
//!
//! A pattern has, as in Java, `yyyy` (or `yy`), `MM` (or `M`, or `MMM` for a name) and `dd` (or `d`)
//! and what stands between them, `dd.MM.yyyy`; a time with `HH` (or `H`, or `hh` and `a` for half
//! days), `mm`, `ss` and `SSS`, `dd.MM.yyyy HH:mm`; or both. `%d.%m.%Y %H:%M`, as `strftime` has it,
//! is read, too. Behind the day of a pattern without a time, a time stands as usual; a zone stands
//! behind the time.

use super::facts::shown;
use super::types::{ColumnType, Moment, is_moment};
use chrono::NaiveDate;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::LazyLock;

/// Formats that a column is compared with, the likelier first; the second way takes numbers without
/// their leading zeros, too.
const USUAL: [[&str; 2]; 17] = [
    ["dd.MM.yyyy", "d.M.yyyy"],
    ["dd/MM/yyyy", "d/M/yyyy"],
    ["MM/dd/yyyy", "M/d/yyyy"],
    ["yyyy/MM/dd", "yyyy/M/d"],
    ["dd-MM-yyyy", "d-M-yyyy"],
    ["yyyy.MM.dd", "yyyy.M.d"],
    ["yyyyMMdd", "yyyyMMdd"],
    ["MM/dd/yyyy hh:mm a", "M/d/yyyy h:mm a"],
    ["MM/dd/yyyy hh:mm:ss a", "M/d/yyyy h:mm:ss a"],
    ["dd-MMM-yyyy", "d-MMM-yyyy"],
    ["dd MMM yyyy", "d MMM yyyy"],
    ["MMM dd, yyyy", "MMM d, yyyy"],
    ["ddMMMyyyy", "dMMMyyyy"],
    ["dd-MMM-yy", "d-MMM-yy"],
    ["dd.MM.yy", "d.M.yy"],
    ["dd/MM/yy", "d/M/yy"],
    ["MM/dd/yy", "M/d/yy"],
];
/// The same, read once: values of many rows are compared with them.
static FORMATS: LazyLock<Vec<[DateFormat; 2]>> = LazyLock::new(|| {
    let read = |[strict, loose]: &[&str; 2]| Some([strict.parse().ok()?, loose.parse().ok()?]);
    USUAL.iter().filter_map(read).collect()
});
/// The months as English writes them, short by their first three letters.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// The first year that is written by two digits, as databases read them.
const FIRST: u32 = 1970;
/// The longest pattern, in bytes.
const LONGEST: usize = 48;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    /// By its last two digits.
    ShortYear,
    /// With the fewest digits that it has.
    Month(usize),
    /// By its name.
    MonthName,
    Day(usize),
    Hour(usize),
    /// From 1 to 12.
    HalfHour(usize),
    Minute(usize),
    Second(usize),
    /// With so many digits.
    Fraction(usize),
    /// AM or PM.
    Half,
    Sign(char),
}

impl Part {
    fn is_of_day(self) -> bool {
        self.is_year() || self.is_month() || matches!(self, Part::Day(_))
    }

    /// Whether it takes all that another one takes.
    fn covers(self, other: Part) -> bool {
        match (self, other) {
            (Part::Month(own), Part::Month(least))
            | (Part::Day(own), Part::Day(least))
            | (Part::Hour(own), Part::Hour(least))
            | (Part::HalfHour(own), Part::HalfHour(least))
            | (Part::Minute(own), Part::Minute(least))
            | (Part::Second(own), Part::Second(least)) => own <= least,
            (own, other) => own == other,
        }
    }

    fn is_year(self) -> bool {
        matches!(self, Part::Year | Part::ShortYear)
    }

    fn is_month(self) -> bool {
        matches!(self, Part::Month(_) | Part::MonthName)
    }

    fn is_of_time(self) -> bool {
        !self.is_of_day() && !matches!(self, Part::Sign(_))
    }
}

/// How days and times are written in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    pattern: String,
    parts: Vec<Part>,
    /// Where the parts of the day and those of the time stand, if there are any.
    day: Option<Range<usize>>,
    time: Option<Range<usize>>,
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

impl FromStr for DateFormat {
    type Err = String;

    fn from_str(pattern: &str) -> Result<DateFormat, String> {
        let read = || {
            let parts = parts(pattern.trim())?;
            let has = |is: fn(&Part) -> bool| parts.iter().filter(|part| is(part)).count();
            let day = [
                has(|p| p.is_year()),
                has(|p| p.is_month()),
                has(|p| matches!(p, Part::Day(_))),
            ];
            let (hour, half) = (
                has(|p| matches!(p, Part::Hour(_))),
                has(|p| matches!(p, Part::HalfHour(_))),
            );
            let minute = has(|p| matches!(p, Part::Minute(_)));
            let second = has(|p| matches!(p, Part::Second(_)));
            let fraction = has(|p| matches!(p, Part::Fraction(_)));
            let time = hour + half == 1
                && minute == 1
                && second <= 1
                && fraction <= second
                && has(|p| matches!(p, Part::Half)) == half;
            let range = |is: fn(Part) -> bool| {
                let first = parts.iter().position(|part| is(*part))?;
                let last = parts.iter().rposition(|part| is(*part))?;
                Some(first..last + 1)
            };
            let (days, times) = (range(Part::is_of_day), range(Part::is_of_time));
            let apart = match (&days, &times) {
                (Some(days), Some(times)) => days.end <= times.start || times.end <= days.start,
                (days, times) => days.is_some() || times.is_some(),
            };
            let whole = apart && (days.is_none() || day == [1, 1, 1]) && (times.is_none() || time);
            whole.then(|| DateFormat {
                pattern: pattern.trim().to_owned(),
                parts,
                day: days,
                time: times,
            })
        };
        read().ok_or_else(|| {
            format!(
                "{:?} is no date format; write one such as dd.MM.yyyy or dd.MM.yyyy HH:mm, with d for the day, M for the month, yyyy for the year, HH for the hour and mm for the minute, MMM for the name of a month and yy for a year of two digits",
                shown(pattern)
            )
        })
    }
}

fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    if rest.len() > LONGEST {
        return None;
    }
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (quoted, after) = rest.get(1..)?.split_once('\'')?;
            parts.extend(quoted.chars().map(Part::Sign));
            rest = after;
            continue;
        }
        if first == '%' {
            let mut signs = rest.get(1..)?.chars();
            let sign = signs.next()?;
            parts.push(directive(sign)?);
            rest = signs.as_str();
            continue;
        }
        let run = rest.chars().take_while(|c| *c == first).count();
        let part = match (first, run) {
            ('y', 4) => Part::Year,
            ('y', 2) => Part::ShortYear,
            ('M', 3 | 4) => Part::MonthName,
            ('M', 1 | 2) => Part::Month(run),
            ('d', 1 | 2) => Part::Day(run),
            ('H', 1 | 2) => Part::Hour(run),
            ('h', 1 | 2) => Part::HalfHour(run),
            ('m', 1 | 2) => Part::Minute(run),
            ('s', 1 | 2) => Part::Second(run),
            ('S', 1..=9) => Part::Fraction(run),
            ('a', 1) => Part::Half,
            ('T', 1) => Part::Sign('T'),
            (sign, 1) if !sign.is_alphanumeric() => Part::Sign(sign),
            _ => return None,
        };
        parts.push(part);
        rest = rest.get(run * first.len_utf8()..).unwrap_or_default();
    }
    Some(parts)
}

/// What `strftime` calls a part.
fn directive(sign: char) -> Option<Part> {
    Some(match sign {
        'Y' => Part::Year,
        'y' => Part::ShortYear,
        'm' => Part::Month(1),
        'b' | 'B' | 'h' => Part::MonthName,
        'd' | 'e' => Part::Day(1),
        'H' => Part::Hour(1),
        'I' => Part::HalfHour(1),
        'M' => Part::Minute(1),
        'S' => Part::Second(1),
        'p' => Part::Half,
        '%' => Part::Sign('%'),
        _ => return None,
    })
}

/// The number of the month whose name a text begins with, whole or short, and the rest.
fn month(text: &str) -> Option<(u32, &str)> {
    (1..).zip(MONTHS).find_map(|(number, name)| {
        let longer = name.get(..4).filter(|short| *short == "sept");
        let forms = [Some(name), longer, name.get(..3)].into_iter().flatten();
        forms.into_iter().find_map(|form| {
            let (start, rest) = text.split_at_checked(form.len())?;
            start.eq_ignore_ascii_case(form).then_some((number, rest))
        })
    })
}

/// What was read of a text.
#[derive(Default)]
struct Read<'a> {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: Option<u32>,
    fraction: &'a str,
    afternoon: Option<bool>,
}

impl Read<'_> {
    fn day(&self) -> Option<String> {
        let year = i32::try_from(self.year).ok().filter(|year| *year > 0)?;
        let day = NaiveDate::from_ymd_opt(year, self.month, self.day)?;
        Some(day.format("%Y-%m-%d").to_string())
    }

    fn time(&self) -> Option<String> {
        let hour = match self.afternoon {
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let mut text = format!("{hour:02}:{:02}", self.minute);
        if let Some(second) = self.second {
            text += &format!(":{second:02}");
        }
        if !self.fraction.is_empty() {
            text += &format!(".{}", self.fraction);
        }
        Some(text)
    }
}

impl DateFormat {
    /// Whether it says how the values of a column are written.
    pub(super) fn is_about(&self, kind: &ColumnType) -> bool {
        match kind {
            ColumnType::Date(_) | ColumnType::Timestamp(_) => self.day.is_some(),
            ColumnType::Time(_) => self.time.is_some(),
            _ => false,
        }
    }

    /// Whether it reads all that another one reads.
    pub(super) fn covers(&self, other: &DateFormat) -> bool {
        let mut pairs = self.parts.iter().zip(&other.parts);
        self.parts.len() == other.parts.len() && pairs.all(|(own, other)| own.covers(*other))
    }

    /// A text of a column of this type as `2026-12-31 23:59:59`, with what follows as it is; none
    /// for another text.
    pub(super) fn usual(&self, text: &str, kind: &ColumnType) -> Option<String> {
        let all = 0..self.parts.len();
        let (range, day, time) = match (kind, &self.day, &self.time) {
            (ColumnType::Time(_), _, Some(time)) => (time.clone(), false, true),
            (ColumnType::Timestamp(_), Some(_), Some(_)) => (all, true, true),
            (_, Some(_), None) => (all, true, false),
            (_, Some(day), Some(_)) => (day.clone(), true, false),
            _ => return None,
        };
        let (read, rest) = read(self.parts.get(range)?, text)?;
        let day = if day { read.day()? } else { String::new() };
        let time = if time { read.time()? } else { String::new() };
        let between = if day.is_empty() || time.is_empty() {
            ""
        } else {
            " "
        };
        Some(format!("{day}{between}{time}{rest}"))
    }
}

/// Reads the parts at the start of a text; what they say, and the rest.
fn read<'a>(parts: &[Part], text: &'a str) -> Option<(Read<'a>, &'a str)> {
    let mut read = Read::default();
    let mut rest = text;
    for part in parts {
        let (least, most) = match part {
            Part::Sign(sign) => {
                rest = rest.strip_prefix(*sign)?;
                continue;
            }
            Part::Half => {
                let (half, after) = rest.split_at_checked(2)?;
                let is = |name: &str| half.eq_ignore_ascii_case(name);
                read.afternoon = Some(is("PM")).filter(|pm| *pm || is("AM"));
                read.afternoon?;
                rest = after;
                continue;
            }
            Part::MonthName => {
                (read.month, rest) = month(rest)?;
                continue;
            }
            Part::Year => (4, 4),
            Part::ShortYear => (2, 2),
            Part::Fraction(digits) => (*digits, *digits),
            Part::Month(least)
            | Part::Day(least)
            | Part::Hour(least)
            | Part::HalfHour(least)
            | Part::Minute(least)
            | Part::Second(least) => (*least, 2),
        };
        let digits = rest
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        let (digits, after) = rest.split_at_checked(digits).filter(|_| digits >= least)?;
        let number: u32 = digits.parse().ok()?;
        match part {
            Part::Year => read.year = number,
            Part::ShortYear => read.year = FIRST + (number + 100 - FIRST % 100) % 100,
            Part::Month(_) => read.month = number,
            Part::Day(_) => read.day = number,
            Part::Hour(_) | Part::HalfHour(_) => read.hour = number,
            Part::Minute(_) => read.minute = number,
            Part::Second(_) => read.second = Some(number),
            _ => read.fraction = digits,
        }
        rest = after;
    }
    Some((read, rest))
}

const DAY: ColumnType = ColumnType::Date(Moment::Text);
const MOMENT: ColumnType = ColumnType::Timestamp(Moment::Text);

impl DateFormat {
    /// A whole text that it reads, as usual, whatever column it will go into; none for another.
    pub(super) fn staged(&self, text: &str) -> Option<String> {
        let day = || self.usual(text, &DAY).filter(|usual| usual.len() == 10);
        let moment = || self.usual(text, &MOMENT).filter(|usual| is_moment(usual));
        match &self.time {
            Some(_) => moment().or_else(day),
            None => day().or_else(moment),
        }
    }
}

/// Whether a text is a day or a point in time in one of the usual formats.
pub(super) fn is_usual(text: &str) -> bool {
    FORMATS.iter().any(|[_, loose]| loose.reads(text))
}

impl DateFormat {
    fn reads(&self, text: &str) -> bool {
        let usual = |kind| self.usual(text, &kind);
        usual(DAY).is_some_and(|u| u.len() == 10) && self.time.is_none()
            || usual(MOMENT).is_some_and(|u| is_moment(&u))
    }
}

/// The format in which the texts of a column are written, as far as they were looked at; a few
/// that are wrong do not hide it.
#[derive(Debug, Clone, Default)]
pub(super) struct Likely {
    seen: u64,
    /// Of both ways.
    misses: [[u64; 2]; USUAL.len()],
}

impl Likely {
    /// Looks at one more text.
    pub(super) fn see(&mut self, text: &str) {
        if self.misses.iter().all(|[_, misses]| *misses >= ENOUGH) {
            return;
        }
        self.seen += 1;
        for ([strict, loose], format) in self.misses.iter_mut().zip(&*FORMATS) {
            let [by_all, by_any] = format;
            let reads = by_any.reads(text);
            *loose += u64::from(!reads);
            *strict += u64::from(!reads || !by_all.reads(text));
        }
    }

    /// The format; none where the texts are no days, or may be read in two ways.
    pub(super) fn result(&self) -> Option<&'static str> {
        let least = *self.misses.iter().map(|[_, loose]| loose).min()?;
        let best = self.misses.iter().zip(USUAL);
        let mut best = best.filter(|([_, loose], _)| *loose == least);
        match (best.next(), best.next()) {
            (Some(([strict, _], [pattern, _])), None) if *strict == least => Some(pattern),
            (Some((_, [_, pattern])), None) => Some(pattern),
            _ => None,
        }
        .filter(|_| likely(least, self.seen))
    }
}

impl Likely {
    /// The same, unless the format that is said reads it.
    pub(super) fn unlike(&self, said: Option<&DateFormat>) -> Option<&'static str> {
        let found = self.result()?;
        let format: Option<DateFormat> = found.parse().ok();
        let read = said
            .zip(format)
            .is_some_and(|(said, found)| said.covers(&found));
        (!read).then_some(found)
    }

    /// Whether the texts are not written in this one of the usual formats.
    pub(super) fn misses(&self, pattern: &str) -> bool {
        let found = USUAL.iter().zip(&self.misses).find_map(|(ways, misses)| {
            let way = ways.iter().position(|way| *way == pattern)?;
            misses.get(way)
        });
        found.is_none_or(|misses| !likely(*misses, self.seen))
    }
}

/// Texts that were in no format, after which no more of a column are looked at.
pub(super) const ENOUGH: u64 = 1000;

/// Whether so few misses of so many texts are mistakes, and not another format.
pub(super) fn likely(misses: u64, seen: u64) -> bool {
    misses * 4 < seen
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: ColumnType = ColumnType::Time(Moment::Text);

    fn of(kind: ColumnType, pattern: &str, text: &str) -> Option<String> {
        pattern.parse::<DateFormat>().unwrap().usual(text, &kind)
    }

    fn usual(pattern: &str, text: &str) -> Option<String> {
        of(DAY, pattern, text)
    }

    #[test]
    fn times_are_read_by_their_pattern() {
        for (pattern, text, read) in [
            ("dd.MM.yyyy HH:mm", "31.12.2026 09:05", "2026-12-31 09:05"),
            (
                "dd.MM.yyyy HH:mm",
                "31.12.2026 09:05+01:00",
                "2026-12-31 09:05+01:00",
            ),
            ("d.M.yyyy H.mm", "1.2.2026 9.05", "2026-02-01 09:05"),
            ("yyyyMMddHHmmss", "20261231235958", "2026-12-31 23:59:58"),
            (
                "yyyy-MM-dd'T'HH:mm:ss.SSS",
                "2026-12-31T09:05:01.250",
                "2026-12-31 09:05:01.250",
            ),
            ("yyyy-MM-ddTHH:mm", "2026-12-31T09:05", "2026-12-31 09:05"),
            (
                "MM/dd/yyyy h:mm a",
                "12/31/2026 9:05 pm",
                "2026-12-31 21:05",
            ),
            (
                "MM/dd/yyyy hh:mm a",
                "12/31/2026 12:05 AM",
                "2026-12-31 00:05",
            ),
            (
                "MM/dd/yyyy hh:mm a",
                "12/31/2026 12:05 PM",
                "2026-12-31 12:05",
            ),
            ("HH:mm dd.MM.yyyy", "09:05 31.12.2026", "2026-12-31 09:05"),
        ] {
            assert_eq!(
                of(MOMENT, pattern, text).as_deref(),
                Some(read),
                "{pattern} {text}"
            );
        }
        for (pattern, text) in [
            ("dd.MM.yyyy HH:mm", "31.12.2026"),
            ("dd.MM.yyyy HH:mm", "31.12.2026 9:05"),
            ("MM/dd/yyyy hh:mm a", "12/31/2026 13:05 PM"),
            ("MM/dd/yyyy hh:mm a", "12/31/2026 00:05 AM"),
            ("MM/dd/yyyy hh:mm a", "12/31/2026 09:05 xm"),
            ("MM/dd/yyyy hh:mm a", "12/31/2026 09:05 ü"),
        ] {
            assert_eq!(of(MOMENT, pattern, text), None, "{pattern} {text}");
        }
        // The day of such a pattern is that of a column of days, its time that of one of times.
        assert_eq!(
            usual("dd.MM.yyyy HH:mm", "31.12.2026").as_deref(),
            Some("2026-12-31")
        );
        assert_eq!(
            of(TIME, "dd.MM.yyyy HH.mm", "09.05").as_deref(),
            Some("09:05")
        );
        assert_eq!(of(TIME, "HH.mm", "09.05").as_deref(), Some("09:05"));
        let only: DateFormat = "HH.mm".parse().unwrap();
        assert!(only.is_about(&TIME) && !only.is_about(&DAY) && !only.is_about(&MOMENT));
    }

    #[test]
    fn days_are_read_by_their_pattern() {
        let day = Some("2026-12-31".to_owned());
        assert_eq!(usual("dd.MM.yyyy", "31.12.2026"), day);
        assert_eq!(usual("MM/dd/yyyy", "12/31/2026"), day);
        assert_eq!(usual("yyyyMMdd", "20261231"), day);
        assert_eq!(usual("d.M.yyyy", "1.2.2026").as_deref(), Some("2026-02-01"));
        assert_eq!(
            usual("dd.MM.yyyy", "31.12.2026 10:30").as_deref(),
            Some("2026-12-31 10:30")
        );
        for no in [
            "31.02.2026",
            "1.12.2026",
            "2026-12-31",
            "",
            "31.12.26",
            "31.12.0000",
        ] {
            assert_eq!(usual("dd.MM.yyyy", no), None, "{no}");
        }
    }

    #[test]
    fn months_have_names_and_years_two_digits() {
        for (pattern, text, read) in [
            ("dd-MMM-yyyy", "31-Dec-2026", "2026-12-31"),
            ("dd-MMM-yyyy", "31-DECEMBER-2026", "2026-12-31"),
            ("d MMMM yyyy", "1 sept 2026", "2026-09-01"),
            ("MMM d, yyyy", "Sep 1, 2026", "2026-09-01"),
            ("ddMMMyyyy", "01MAY2026", "2026-05-01"),
            ("%d-%b-%Y", "1-Jun-2026", "2026-06-01"),
            ("%B %d, %Y", "July 04, 2026", "2026-07-04"),
            ("%d.%m.%y", "31.12.26", "2026-12-31"),
            ("dd.MM.yy", "31.12.69", "2069-12-31"),
            ("dd.MM.yy", "01.01.70", "1970-01-01"),
            ("dd.MM.yy", "01.01.00", "2000-01-01"),
        ] {
            assert_eq!(
                usual(pattern, text).as_deref(),
                Some(read),
                "{pattern} {text}"
            );
        }
        assert_eq!(
            of(MOMENT, "%m/%d/%Y %I:%M:%S %p", "12/31/2026 9:05:00 PM").as_deref(),
            Some("2026-12-31 21:05:00")
        );
        for (pattern, text) in [
            ("dd-MMM-yyyy", "31-Dez-2026"),
            ("dd-MMM-yyyy", "31-Decem-2026"),
            ("dd-MMM-yyyy", "31-12-2026"),
            ("dd-MMM-yyyy", "31-Feb-2026"),
            ("dd-MMM-yyyy", "31-"),
            ("dd-MMM-yyyy", "31-Müz-2026"),
            ("dd.MM.yy", "31.12.2"),
        ] {
            assert_eq!(usual(pattern, text), None, "{pattern} {text}");
        }
        let format = |pattern: &str| pattern.parse::<DateFormat>().unwrap();
        assert!(format("%d.%m.%Y").covers(&format("dd.MM.yyyy")));
        assert!(!format("dd.MM.yyyy").covers(&format("d.M.yyyy")));
        assert!(!format("dd.MM.yyyy").covers(&format("dd.MM.yy")));
        assert!(!format("MM.dd.yyyy").covers(&format("dd.MM.yyyy")));
    }

    #[test]
    fn what_is_no_format_is_said() {
        for pattern in [
            "",
            "dd.MM",
            "dd.MM.y",
            "dd.MM.yyyy dd",
            "dd.MM.yyyy yy",
            "dd.MM.MMM.yyyy",
            "dd.MMMMM.yyyy",
            "%d.%m",
            "%d.%m.%Q",
            "%d.%m.%",
            "what",
            "yyyy-mm-dd",
            "dd.MM.yyyy HH",
            "dd.MM.yyyy hh:mm",
            "dd.MM.yyyy HH:mm a",
            "dd.HH.MM.mm.yyyy",
            "mm:ss",
            "HH:mm:SSS",
            "dd.MM.yyyy 'at",
        ] {
            let error = pattern.parse::<DateFormat>().unwrap_err();
            assert!(error.contains("dd.MM.yyyy"), "{pattern}: {error}");
        }
    }

    #[test]
    fn a_format_is_likely_when_it_is_the_only_one() {
        let likely = |texts: &[&str]| {
            let mut likely = Likely::default();
            texts.iter().for_each(|text| likely.see(text));
            likely.result()
        };
        assert_eq!(likely(&["31.12.2026", "01.02.2026"]), Some("dd.MM.yyyy"));
        assert_eq!(likely(&["12/31/2026", "01/02/2026"]), Some("MM/dd/yyyy"));
        assert_eq!(likely(&["01/02/2026"]), None, "two ways to read it");
        assert_eq!(likely(&["31.12.2026 10:30"]), Some("dd.MM.yyyy"));
        assert_eq!(likely(&["12/31/2026 10:30 PM"]), Some("MM/dd/yyyy hh:mm a"));
        assert_eq!(likely(&["31.12.2026", "later"]), None);
        // A few mistakes do not hide it, nor does a day that can be read in two ways.
        let some = ["31.12.2026", "01.02.2026", "later", "30.11.2026", "1.1.1"];
        assert_eq!(
            likely(&[&some[..], &some[..2], &some[..2]].concat()),
            Some("dd.MM.yyyy")
        );
        assert_eq!(
            likely(&[
                "01/02/2026",
                "later",
                "03/04/2026",
                "31/01/2026",
                "02/02/2026"
            ]),
            Some("dd/MM/yyyy")
        );
        // Where one has no leading zeros, all are read without.
        assert_eq!(likely(&["31.12.2026", "1.2.2026"]), Some("d.M.yyyy"));
        assert_eq!(likely(&["12/31/26", "1/2/26"]), Some("M/d/yy"));
        assert_eq!(likely(&["31-Dec-2026", "01-jan-2026"]), Some("dd-MMM-yyyy"));
        assert_eq!(likely(&["December 31, 2026"]), Some("MMM dd, yyyy"));
        assert_eq!(likely(&["31-DEC-26"]), Some("dd-MMM-yy"));
        assert_eq!(likely(&["31.12.26"]), Some("dd.MM.yy"));
        assert_eq!(likely(&["01/02/26"]), None, "two ways to read it");
        assert!(is_usual("31/12/2026 10:30") && !is_usual("31/13/2026"));
        assert!(is_usual("1/2/2026") && is_usual("1 May 2026") && !is_usual("1 Mai 2026"));
        assert_eq!(likely(&[]), None);
    }
}
