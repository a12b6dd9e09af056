//! Days that are written another way than `2026-12-31`: read by a pattern, kept the usual way.
//!
//! A pattern has `yyyy`, `MM` (or `M`) and `dd` (or `d`) and what stands between them, as in
//! Java: `dd.MM.yyyy`. After the day of a timestamp its time stands as usual.

use super::facts::shown;
use chrono::NaiveDate;
use std::fmt;
use std::str::FromStr;

/// Formats that a column is compared with, the likelier first.
const USUAL: [&str; 7] = [
    "dd.MM.yyyy",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "yyyy/MM/dd",
    "dd-MM-yyyy",
    "yyyy.MM.dd",
    "yyyyMMdd",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    /// With the fewest digits that it has.
    Month(usize),
    Day(usize),
    Sign(char),
}

/// How days are written in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    pattern: String,
    parts: Vec<Part>,
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

impl FromStr for DateFormat {
    type Err = String;

    fn from_str(pattern: &str) -> Result<DateFormat, String> {
        let wrong = || {
            format!(
                "{:?} is no date format; write one such as dd.MM.yyyy, with d for the day, M for the month and yyyy for the year",
                shown(pattern)
            )
        };
        let mut parts = Vec::new();
        let mut rest = pattern.trim();
        if rest.len() > 32 {
            return Err(wrong());
        }
        while let Some(first) = rest.chars().next() {
            let run = rest.chars().take_while(|c| *c == first).count();
            let part = match (first, run) {
                ('y', 4) => Part::Year,
                ('M', 1 | 2) => Part::Month(run),
                ('d', 1 | 2) => Part::Day(run),
                (sign, 1) if !sign.is_alphanumeric() => Part::Sign(sign),
                _ => return Err(wrong()),
            };
            parts.push(part);
            rest = rest.get(run * first.len_utf8()..).unwrap_or_default();
        }
        let one = |is: fn(&Part) -> bool| parts.iter().filter(|p| is(p)).count() == 1;
        let whole = one(|p| matches!(p, Part::Year))
            && one(|p| matches!(p, Part::Month(_)))
            && one(|p| matches!(p, Part::Day(_)));
        match whole {
            true => Ok(DateFormat {
                pattern: pattern.trim().to_owned(),
                parts,
            }),
            false => Err(wrong()),
        }
    }
}

impl DateFormat {
    /// A text that begins with a day, with the day as `2026-12-31` and the rest as it is; none
    /// for another text.
    pub(super) fn usual(&self, text: &str) -> Option<String> {
        let (mut year, mut month, mut day) = (0, 0, 0);
        let mut rest = text;
        for part in &self.parts {
            let (least, most) = match part {
                Part::Sign(sign) => {
                    rest = rest.strip_prefix(*sign)?;
                    continue;
                }
                Part::Year => (4, 4),
                Part::Month(least) | Part::Day(least) => (*least, 2),
            };
            let digits = rest
                .bytes()
                .take(most)
                .take_while(u8::is_ascii_digit)
                .count();
            let (number, after) = rest.split_at_checked(digits).filter(|_| digits >= least)?;
            let number: u32 = number.parse().ok()?;
            match part {
                Part::Year => year = number,
                Part::Month(_) => month = number,
                _ => day = number,
            }
            rest = after;
        }
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        (year > 0).then(|| format!("{}{rest}", date.format("%Y-%m-%d")))
    }
}

/// The format in which all texts of a column are written, as far as they were looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Likely {
    seen: bool,
    not: [bool; USUAL.len()],
}

impl Likely {
    /// Looks at one more text.
    pub(super) fn see(&mut self, text: &str) {
        if self.seen && self.not.iter().all(|not| *not) {
            return;
        }
        self.seen = true;
        for (not, pattern) in self.not.iter_mut().zip(USUAL) {
            let fits = |format: DateFormat| {
                let usual = format.usual(text);
                usual.is_some_and(|u| u.len() == 10 || u[10..].starts_with([' ', 'T']))
            };
            *not = *not || !pattern.parse().is_ok_and(fits);
        }
    }

    /// The format; none where the texts are no days, or may be read in two ways.
    pub(super) fn result(&self) -> Option<&'static str> {
        let mut fits = self
            .not
            .iter()
            .zip(USUAL)
            .filter(|(not, _)| self.seen && !**not);
        match (fits.next(), fits.next()) {
            (Some((_, pattern)), None) => Some(pattern),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(pattern: &str, text: &str) -> Option<String> {
        pattern.parse::<DateFormat>().unwrap().usual(text)
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
    fn what_is_no_format_is_said() {
        for pattern in [
            "",
            "dd.MM",
            "dd.MM.yy",
            "dd.MM.yyyy dd",
            "what",
            "yyyy-mm-dd",
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
        assert_eq!(likely(&["31.12.2026", "later"]), None);
        assert_eq!(likely(&[]), None);
    }
}
