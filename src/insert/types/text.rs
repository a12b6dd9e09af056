//! Texts that are numbers, truths, days or times.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

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
    let bytes = text.as_bytes();
    let digits = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        all => all,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.parse().map_err(|_| ()))
}

/// The same of one that pandas writes in a column where some are lacking (`42.0`). More zeros may be
/// thousands.
pub(super) fn integer_dot_zero(text: &str) -> Option<Result<i64, ()>> {
    text.strip_suffix(".0").and_then(integer)
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

/// The number that digits at `from..to` write.
fn digits(text: &[u8], from: usize, to: usize) -> Option<u32> {
    let mut number = 0;
    for byte in text.get(from..to)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    Some(number)
}

fn is(text: &[u8], at: usize, byte: u8) -> bool {
    text.get(at) == Some(&byte)
}

pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let text = text.as_bytes();
    if text.len() != 10 || !is(text, 4, b'-') || !is(text, 7, b'-') {
        return None;
    }
    let year = digits(text, 0, 4).filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        digits(text, 5, 7)?,
        digits(text, 8, 10)?,
    )
}

pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let text = text.as_bytes();
    if !is(text, 2, b':') {
        return None;
    }
    let (hour, minute) = (digits(text, 0, 2)?, digits(text, 3, 5)?);
    if text.len() == 5 {
        return NaiveTime::from_hms_opt(hour, minute, 0);
    }
    let second = digits(text, 6, 8).filter(|_| is(text, 5, b':'))?;
    let nanos = match text.len() {
        8 => 0,
        length @ 10..=18 if is(text, 8, b'.') => {
            let fraction = digits(text, 9, length)?;
            fraction * 10_u32.pow(u32::try_from(18 - length).ok()?)
        }
        _ => return None,
    };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
}

/// A day and a time, and the seconds east of Greenwich where it says so.
pub(super) fn timestamp(text: &str) -> Option<(NaiveDateTime, Option<i32>)> {
    let day = date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', ' '])?;
    if let Some(utc) = rest.strip_suffix('Z') {
        return Some((day.and_time(time(utc)?), Some(0)));
    }
    match rest.bytes().rposition(|b| matches!(b, b'+' | b'-')) {
        Some(sign) => {
            let clock = time(rest.get(..sign)?.trim_end())?;
            let east = offset(rest.get(sign + 1..)?)?;
            let west = rest.as_bytes().get(sign) == Some(&b'-');
            Some((day.and_time(clock), Some(if west { -east } else { east })))
        }
        None => Some((day.and_time(time(rest)?), None)),
    }
}

/// `01`, `0130`, `01:30`, in seconds.
fn offset(text: &str) -> Option<i32> {
    let text = text.as_bytes();
    let hours = digits(text, 0, 2)?;
    let minutes = match text.len() {
        2 => 0,
        4 => digits(text, 2, 4)?,
        5 if is(text, 2, b':') => digits(text, 3, 5)?,
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    (hours <= 15 && minutes < 60)
        .then(|| i32::try_from(seconds).ok())
        .flatten()
}
