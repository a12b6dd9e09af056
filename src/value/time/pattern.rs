//! Java's `SimpleDateFormat` patterns, such as `dd.MM.yyyy HH:mm`.

use super::scan::Scan;
use super::{TimeError, at_offset, shown};
use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Offset, TimeZone, Timelike, Utc,
};

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
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Longest pattern, and longest run of one letter.
const LONGEST: usize = 200;

/// A parsed pattern. Names are English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePattern {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A letter and how often it stands there.
    Field(char, usize),
}

fn compile(pattern: &str) -> Result<Vec<Part>, TimeError> {
    let fail = |why: String| TimeError::Pattern {
        pattern: shown(pattern),
        why,
    };
    if pattern.len() > LONGEST {
        return Err(fail("it is too long".to_owned()));
    }
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphabetic() {
            if !"yMdHhkKmsSaEuDZXz".contains(c) {
                return Err(fail(format!("the letter {c} is not known")));
            }
            let mut count = 1;
            while chars.next_if_eq(&c).is_some() {
                count += 1;
            }
            if c == 'X' && count > 3 {
                return Err(fail("X comes at most three times".to_owned()));
            }
            parts.push(Part::Field(c, count));
            continue;
        }
        let mut text = String::new();
        if c != '\'' {
            text.push(c);
        } else if chars.next_if_eq(&'\'').is_some() {
            text.push('\'');
        } else {
            loop {
                match chars.next() {
                    Some('\'') if chars.next_if_eq(&'\'').is_some() => text.push('\''),
                    Some('\'') => break,
                    Some(c) => text.push(c),
                    None => return Err(fail("a quote does not end".to_owned())),
                }
            }
        }
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

impl DatePattern {
    /// Reads a pattern.
    pub fn parse(pattern: &str) -> Result<DatePattern, TimeError> {
        Ok(DatePattern {
            source: pattern.to_owned(),
            parts: compile(pattern)?,
        })
    }

    /// Whether it has year, month and day.
    pub fn has_date(&self) -> bool {
        let has = |letter| {
            let mut parts = self.parts.iter();
            parts.any(|part| matches!(part, Part::Field(c, _) if *c == letter))
        };
        has('y') && has('M') && has('d')
    }

    /// The instant as people of this zone see it.
    pub fn format<Z: TimeZone>(&self, at: DateTime<Utc>, zone: &Z) -> Result<String, TimeError> {
        let at = super::in_range(at).ok_or(TimeError::OutOfRange)?;
        let local = at.with_timezone(zone);
        let local = local.with_timezone(&local.offset().fix());
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(letter, count) => out.push_str(&field(&local, *letter, *count)),
            }
        }
        Ok(out)
    }

    /// Reads a text that follows the pattern, wholly and with dates that exist; without a
    /// zone in it, it is a time of the given one. Years of two digits are 1970 to 2069.
    pub fn read<Z: TimeZone>(&self, text: &str, zone: &Z) -> Result<DateTime<Utc>, TimeError> {
        let fail = || TimeError::Mismatch {
            text: shown(text),
            pattern: shown(&self.source),
        };
        let mut scan = Scan::new(text.trim());
        let mut found = Found::default();
        for (i, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(text) if scan.accept_text(text) => {}
                Part::Text(_) => return Err(fail()),
                Part::Field(letter, count) => {
                    let most = match (letter, self.parts.get(i + 1)) {
                        // Numbers that touch have exactly their width, as in yyyyMMdd.
                        (_, Some(Part::Field(next, n))) if is_number(*next, *n) => *count,
                        ('y', _) => 4,
                        ('S' | 'D', _) => 3,
                        _ => 2,
                    };
                    found
                        .read(&mut scan, *letter, *count, most)
                        .ok_or_else(fail)?;
                }
            }
        }
        if !scan.is_done() {
            return Err(fail());
        }
        let (date, time) = found.date().zip(found.time()).ok_or_else(fail)?;
        at_offset(date.and_time(time), found.offset, zone)
    }
}

fn is_number(letter: char, count: usize) -> bool {
    "ydHhkKmsSuD".contains(letter) || letter == 'M' && count < 3
}

fn name(names: &[&'static str], at: u32, count: usize) -> String {
    let name = names.get(at as usize).copied().unwrap_or_default();
    if count > 3 {
        name
    } else {
        name.get(..3).unwrap_or(name)
    }
    .to_owned()
}

fn field(at: &DateTime<FixedOffset>, letter: char, count: usize) -> String {
    let number = |n: u32| format!("{n:0count$}");
    match letter {
        'y' if count == 2 => format!("{:02}", at.year().rem_euclid(100)),
        'y' => format!("{:0count$}", at.year()),
        'M' if count > 2 => name(&MONTHS, at.month0(), count),
        'M' => number(at.month()),
        'd' => number(at.day()),
        'D' => number(at.ordinal()),
        'H' => number(at.hour()),
        'h' => number(at.hour12().1),
        'k' => number(if at.hour() == 0 { 24 } else { at.hour() }),
        'K' => number(at.hour() % 12),
        'm' => number(at.minute()),
        's' => number(at.second()),
        'S' => number(at.timestamp_subsec_millis()),
        'a' => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        'E' => name(&DAYS, at.weekday().num_days_from_monday(), count),
        'u' => number(at.weekday().number_from_monday()),
        _ => zone_text(at.offset().local_minus_utc(), letter, count),
    }
}

fn zone_text(seconds: i32, letter: char, count: usize) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    match (letter, count) {
        ('X', _) if seconds == 0 => "Z".to_owned(),
        ('X', 1) => format!("{sign}{hours:02}"),
        ('X', 3) => format!("{sign}{hours:02}:{minutes:02}"),
        ('z', _) if seconds == 0 => "UTC".to_owned(),
        ('z', _) => format!("GMT{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}{minutes:02}"),
    }
}

/// What the fields of a text said; what they leave out is 1970-01-01 00:00.
#[derive(Default)]
struct Found {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    half_hour: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    millis: u32,
    offset: Option<FixedOffset>,
}

impl Found {
    fn read(&mut self, scan: &mut Scan, letter: char, count: usize, most: usize) -> Option<()> {
        match letter {
            'M' if count > 2 => self.month = Some(one_of(scan, &MONTHS)? + 1),
            'E' => {
                one_of(scan, &DAYS)?;
            }
            'a' => {
                self.afternoon = Some(match scan.word().as_str() {
                    "am" => false,
                    "pm" => true,
                    _ => return None,
                });
            }
            'Z' | 'X' | 'z' => {
                let named = scan.accept_text("GMT") || scan.accept_text("UTC");
                let offset = scan.offset();
                self.offset = if named {
                    offset.or(FixedOffset::east_opt(0))
                } else {
                    Some(offset?)
                };
            }
            _ => {
                let digits = scan.run(most, |b| b.is_ascii_digit());
                self.number(letter, digits)?;
            }
        }
        Some(())
    }

    fn number(&mut self, letter: char, digits: &str) -> Option<()> {
        let small: u32 = digits.parse().ok()?;
        match letter {
            'y' => {
                let year = i32::try_from(small).ok()?;
                // Whoever writes 26 for yyyy does not mean the year 26.
                self.year = Some(match digits.len() {
                    2 if year < 70 => 2000 + year,
                    2 => 1900 + year,
                    4.. => year,
                    _ => return None,
                });
            }
            'M' => self.month = Some(small),
            'd' => self.day = Some(small),
            'H' => self.hour = Some(small),
            'k' => self.hour = Some(if small == 24 { 0 } else { small }),
            'h' => self.half_hour = (1..=12).contains(&small).then_some(small % 12),
            'K' => self.half_hour = (small < 12).then_some(small),
            'm' => self.minute = small,
            's' => self.second = small,
            'S' => self.millis = small,
            // Day of the week and of the year are read over: the date says them.
            _ => {}
        }
        (!matches!(letter, 'h' | 'K') || self.half_hour.is_some()).then_some(())
    }

    fn date(&self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(
            self.year.unwrap_or(1970),
            self.month.unwrap_or(1),
            self.day.unwrap_or(1),
        )
    }

    fn time(&self) -> Option<NaiveTime> {
        let half = self.half_hour.unwrap_or(0) + if self.afternoon == Some(true) { 12 } else { 0 };
        let hour = self.hour.unwrap_or(half);
        NaiveTime::from_hms_milli_opt(hour, self.minute, self.second, self.millis)
    }
}

/// The position of the name that the text begins with, short or long.
fn one_of(scan: &mut Scan, names: &[&str]) -> Option<u32> {
    let word = scan.word();
    let at = names.iter().position(|name| {
        let name = name.to_ascii_lowercase();
        word == name || Some(word.as_str()) == name.get(..3)
    })?;
    u32::try_from(at).ok()
}
