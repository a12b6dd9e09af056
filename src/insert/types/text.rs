//! Texts that are numbers, truths, days or times.

use chrono::{NaiveDate, NaiveTime};

/// A hint for a number that is written in another country's way.
pub(super) fn hint<'a>(text: &str, otherwise: &'a str) -> &'a str {
    if text.trim().len() != text.len() {
        "; take away the spaces around it"
    } else if text.contains(',')
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || ",.-+ ".contains(c))
    {
        "; write a point before the fraction and nothing between thousands"
    } else {
        otherwise
    }
}

/// `Some(Err(()))`: a whole number, but too great.
pub(super) fn integer(text: &str) -> Option<Result<i64, ()>> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().map_err(|_| ()))
}

pub(super) fn real(text: &str) -> Option<f64> {
    // `parse` also knows `inf` and `nan`, which no one means as a number in a table.
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if plain { text.parse().ok() } else { None }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 5]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(["true", "t", "yes", "y", "1"]) || text.eq_ignore_ascii_case("on") {
        Some(true)
    } else if is(["false", "f", "no", "n", "0"]) || text.eq_ignore_ascii_case("off") {
        Some(false)
    } else {
        None
    }
}

/// Two digits at `at`.
fn two(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 2)?;
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

pub(super) fn date(text: &str) -> Option<()> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let year: i32 = text
        .get(..4)
        .filter(|_| shape)?
        .parse()
        .ok()
        .filter(|y| *y > 0)?;
    NaiveDate::from_ymd_opt(year, two(text, 5)?, two(text, 8)?).map(|_| ())
}

pub(super) fn time(text: &str) -> Option<()> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let seconds = match clock.len() {
        5 => 0,
        8 => two(clock, 6)?,
        _ => return None,
    };
    let colons = clock
        .bytes()
        .enumerate()
        .all(|(i, b)| (b == b':') == (i == 2 || i == 5));
    let fraction_fits = fraction.is_none_or(|f| {
        clock.len() == 8 && (1..=9).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit())
    });
    if !colons || !fraction_fits {
        return None;
    }
    NaiveTime::from_hms_opt(two(clock, 0)?, two(clock, 3)?, seconds).map(|_| ())
}

pub(super) fn timestamp(text: &str) -> Option<()> {
    date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', ' '])?;
    if let Some(utc) = rest.strip_suffix('Z') {
        return time(utc);
    }
    match rest.rfind(['+', '-']) {
        Some(sign) => {
            time(rest.get(..sign)?.trim_end())?;
            offset(rest.get(sign + 1..)?)
        }
        None => time(rest),
    }
}

/// `01`, `0130`, `01:30`.
fn offset(text: &str) -> Option<()> {
    let minutes = match text.len() {
        2 => 0,
        4 => two(text, 2)?,
        5 if text.as_bytes().get(2) == Some(&b':') => two(text, 3)?,
        _ => return None,
    };
    (two(text, 0)? <= 15 && minutes < 60).then_some(())
}
