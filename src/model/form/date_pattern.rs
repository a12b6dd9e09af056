//! The part of `java.text.SimpleDateFormat`'s patterns that forms use.

use crate::value::time;
use chrono::{DateTime, Datelike, NaiveDate, TimeZone, Timelike, Utc};

/// Longest pattern.
const MAX_LENGTH: usize = 100;

/// A parsed pattern such as `dd/MM/yyyy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A letter of the pattern and how often it stands there.
    Field(char, usize),
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatePatternError {
    /// A letter with another meaning in Java than any here.
    #[error("the letter '{0}' is not supported. Use y, M, d, H, h, a, m, s, S, Z and X")]
    Letter(char),
    /// An apostrophe that opens text and never closes it.
    #[error("an apostrophe is not closed")]
    Quote,
    /// Too long to be meant.
    #[error("it is longer than {MAX_LENGTH} characters")]
    TooLong,
    /// Neither year nor month nor day.
    #[error("it says no year (y), month (M) or day (d)")]
    NoDate,
}

impl DatePattern {
    /// Reads a pattern.
    pub fn parse(pattern: &str) -> Result<Self, DatePatternError> {
        if pattern.chars().count() > MAX_LENGTH {
            return Err(DatePatternError::TooLong);
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut chars = pattern.chars().peekable();
        let text = |parts: &mut Vec<Part>, c: char| match parts.last_mut() {
            Some(Part::Text(t)) => t.push(c),
            _ => parts.push(Part::Text(c.to_string())),
        };
        while let Some(c) = chars.next() {
            match c {
                '\'' if chars.next_if_eq(&'\'').is_some() => text(&mut parts, '\''),
                '\'' => loop {
                    match chars.next() {
                        Some('\'') if chars.next_if_eq(&'\'').is_some() => text(&mut parts, '\''),
                        Some('\'') => break,
                        Some(c) => text(&mut parts, c),
                        None => return Err(DatePatternError::Quote),
                    }
                },
                'y' | 'M' | 'd' | 'H' | 'h' | 'a' | 'm' | 's' | 'S' | 'Z' | 'X' => {
                    let mut count = 1;
                    while chars.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    if c == 'M' && count > 3 {
                        return Err(DatePatternError::Letter(c));
                    }
                    parts.push(Part::Field(c, count));
                }
                c if c.is_ascii_alphabetic() => return Err(DatePatternError::Letter(c)),
                c => text(&mut parts, c),
            }
        }
        let has = |letter| {
            parts
                .iter()
                .any(|p| matches!(p, Part::Field(c, _) if *c == letter))
        };
        if !(has('y') && has('M') && has('d')) {
            return Err(DatePatternError::NoDate);
        }
        Ok(DatePattern { parts })
    }

    /// Writes an instant as people of this zone see it.
    pub fn format<Z: TimeZone>(&self, at: DateTime<Utc>, zone: &Z) -> String
    where
        Z::Offset: std::fmt::Display,
    {
        let at = at.with_timezone(zone);
        let mut out = String::new();
        for part in &self.parts {
            let (number, width) = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Field('y', 2) => (at.year().rem_euclid(100) as i64, 2),
                Part::Field('y', n) => (at.year().into(), *n),
                Part::Field('M', n) if *n > 2 => {
                    out.push_str(
                        MONTHS
                            .get(at.month0() as usize)
                            .copied()
                            .unwrap_or_default(),
                    );
                    continue;
                }
                Part::Field('M', n) => (at.month().into(), *n),
                Part::Field('d', n) => (at.day().into(), *n),
                Part::Field('H', n) => (at.hour().into(), *n),
                Part::Field('h', n) => (at.hour12().1.into(), *n),
                Part::Field('m', n) => (at.minute().into(), *n),
                Part::Field('s', n) => (at.second().into(), *n),
                Part::Field('S', n) => (i64::from(at.timestamp_subsec_millis()), *n),
                Part::Field('a', _) => {
                    out.push_str(if at.hour12().0 { "PM" } else { "AM" });
                    continue;
                }
                Part::Field('X', 3) => {
                    out.push_str(&at.format("%:z").to_string());
                    continue;
                }
                Part::Field(..) => {
                    out.push_str(&at.format("%z").to_string());
                    continue;
                }
            };
            out.push_str(&format!("{number:0width$}"));
        }
        out
    }

    /// Reads a text whole; a day or an hour that does not exist is no date.
    pub fn read<Z: TimeZone>(&self, text: &str, zone: &Z) -> Option<DateTime<Utc>> {
        let mut rest = text.trim();
        let (mut year, mut month, mut day) = (1970, 1, 1);
        let (mut hour, mut minute, mut second, mut milli) = (0, 0, 0, 0);
        let (mut half, mut offset) = (None, None);
        for (i, part) in self.parts.iter().enumerate() {
            let (letter, count) = match part {
                Part::Text(text) => {
                    rest = rest.strip_prefix(text.as_str())?;
                    continue;
                }
                Part::Field(letter, count) => (*letter, *count),
            };
            match letter {
                'a' => {
                    let word = rest.get(..2)?;
                    half = Some(match word.to_ascii_uppercase().as_str() {
                        "AM" => 0,
                        "PM" => 12,
                        _ => return None,
                    });
                    rest = rest.get(2..)?;
                }
                'Z' | 'X' => {
                    let length = rest.find(|c: char| !"+-:Z0123456789".contains(c));
                    let (zone, after) = rest.split_at_checked(length.unwrap_or(rest.len()))?;
                    offset = Some(read_offset(zone)?);
                    rest = after;
                }
                'M' if count > 2 => {
                    let word = rest.get(..3)?;
                    let at = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(word))?;
                    month = u32::try_from(at).ok()? + 1;
                    rest = rest.get(3..)?;
                }
                _ => {
                    // Digits end where the next field begins only when both touch.
                    let touching = matches!(self.parts.get(i + 1), Some(Part::Field(..)));
                    let most = match letter {
                        _ if touching => count,
                        'y' => 4,
                        'S' => 9,
                        _ => 2,
                    };
                    let digits = rest
                        .bytes()
                        .take(most)
                        .take_while(u8::is_ascii_digit)
                        .count();
                    let (digits, after) = rest.split_at_checked(digits)?;
                    rest = after;
                    let number: u32 = digits.parse().ok()?;
                    match letter {
                        'y' if digits.len() == 2 => year = 2000 + number,
                        'y' if digits.len() < 4 => return None,
                        'y' => year = number,
                        'M' => month = number,
                        'd' => day = number,
                        'H' => hour = number,
                        'h' if !(1..=12).contains(&number) => return None,
                        'h' => hour = number % 12,
                        'm' => minute = number,
                        's' => second = number,
                        _ if digits.len() > 3 => return None,
                        _ => milli = number,
                    }
                }
            }
        }
        if !rest.is_empty() {
            return None;
        }
        let hour = hour + half.unwrap_or(0);
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        let local = date.and_hms_milli_opt(hour, minute, second, milli)?;
        match offset {
            Some(offset) => Some((local - chrono::TimeDelta::seconds(offset)).and_utc()),
            None => time::resolve(local, zone),
        }
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Seconds east of Greenwich: `Z`, `+01`, `+0100`, `+01:00`.
fn read_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = digits.replacen(':', "", 1);
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits
        .get(2..)
        .filter(|m| !m.is_empty())
        .map_or(Some(0), |m| m.parse().ok())?;
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
