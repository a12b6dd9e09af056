//! A cursor over a short text, for the parsers of this module.

use chrono::{FixedOffset, NaiveDate, NaiveTime};

#[derive(Debug, Clone)]
pub(super) struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    pub(super) fn new(rest: &'a str) -> Self {
        Scan { rest }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn accept(&mut self, c: char) -> bool {
        self.accept_text(&[c].iter().collect::<String>())
    }

    pub(super) fn accept_text(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The longest run of what the test accepts, at most so many bytes.
    pub(super) fn run(&mut self, most: usize, test: impl Fn(u8) -> bool) -> &'a str {
        let run = self
            .rest
            .bytes()
            .take(most)
            .take_while(|b| b.is_ascii() && test(*b));
        let (run, rest) = self
            .rest
            .split_at_checked(run.count())
            .unwrap_or(("", self.rest));
        self.rest = rest;
        run
    }

    /// A number of `least` to `most` digits (at most 18, so that it fits).
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.run(most.min(18), |b| b.is_ascii_digit());
        (digits.len() >= least)
            .then(|| digits.parse().ok())
            .flatten()
    }

    fn small(&mut self, least: usize, most: usize) -> Option<u32> {
        self.number(least, most)?.try_into().ok()
    }

    pub(super) fn spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Letters, in lower case.
    pub(super) fn word(&mut self) -> String {
        self.run(usize::MAX, |b| b.is_ascii_alphabetic())
            .to_ascii_lowercase()
    }

    /// `yyyy-MM-dd`.
    pub(super) fn date(&mut self) -> Option<NaiveDate> {
        let year = i32::try_from(self.number(4, 4)?).ok()?;
        let month = self.accept('-').then(|| self.small(2, 2))??;
        let day = self.accept('-').then(|| self.small(2, 2))??;
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// `H:mm`, `HH:mm`, `HH:mm:ss`, `HH:mm:ss.SSS`.
    pub(super) fn clock(&mut self) -> Option<NaiveTime> {
        let hour = self.small(1, 2)?;
        let minute = self.accept(':').then(|| self.small(2, 2))??;
        let mut second = 0;
        let mut millis = 0;
        if self.accept(':') {
            second = self.small(2, 2)?;
            if self.accept('.') || self.accept(',') {
                millis = self.fraction()?;
            }
        }
        NaiveTime::from_hms_milli_opt(hour, minute, second, millis)
    }

    /// Digits behind a decimal point, as thousandths; finer ones are cut.
    pub(super) fn fraction(&mut self) -> Option<u32> {
        let digits = self.run(18, |b| b.is_ascii_digit());
        let first: String = digits.chars().chain("000".chars()).take(3).collect();
        (!digits.is_empty()).then(|| first.parse().ok()).flatten()
    }

    /// `Z`, `+01`, `+0100` or `+01:00`; nothing is taken if there is none.
    pub(super) fn offset(&mut self) -> Option<FixedOffset> {
        let before = self.rest;
        let offset = self.try_offset();
        if offset.is_none() {
            self.rest = before;
        }
        offset
    }

    fn try_offset(&mut self) -> Option<FixedOffset> {
        if self.accept('Z') || self.accept('z') {
            return FixedOffset::east_opt(0);
        }
        let sign = if self.accept('+') {
            1
        } else if self.accept('-') {
            -1
        } else {
            return None;
        };
        let hours = self.number(2, 2)?;
        let colon = self.accept(':');
        let minutes = match self.number(2, 2) {
            Some(minutes) => minutes,
            None if colon => return None,
            None => 0,
        };
        if hours > 18 || minutes > 59 {
            return None;
        }
        FixedOffset::east_opt(i32::try_from(sign * (hours * 3600 + minutes * 60)).ok()?)
    }
}
