//! Both durations of FEEL.

use super::{DAY, MAX_YEAR, SECOND, fraction, write_fraction};
use std::fmt;

/// A duration as its text says: months, or nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    /// Years and months.
    Months(i64),
    /// Days and time.
    Nanos(i128),
}

/// Longest duration: what lies between the first and the last date, twice.
const MAX_MONTHS: i64 = 4 * 12 * MAX_YEAR as i64;
const MAX_NANOS: i128 = 4 * 366 * MAX_YEAR as i128 * DAY;

impl Duration {
    /// Years and months, within bounds.
    pub fn months(n: i128) -> Option<Duration> {
        let n = i64::try_from(n).ok()?;
        (n.abs() <= MAX_MONTHS).then_some(Duration::Months(n))
    }

    /// Days and time, within bounds.
    pub fn nanos(n: i128) -> Option<Duration> {
        (n.abs() <= MAX_NANOS).then_some(Duration::Nanos(n))
    }

    /// Reads ISO 8601 `[-]PnYnM` or `[-]PnDTnHnMnS`.
    pub fn parse(text: &str) -> Option<Duration> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (date, time) = match rest.strip_prefix('P')?.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (rest.strip_prefix('P')?, ""),
        };
        let (mut months, mut nanos) = (None::<i128>, None::<i128>);
        let add = |total: &mut Option<i128>, n: &str, unit: i128| -> Option<()> {
            let n: i128 = if n.len() <= 18 {
                n.parse().ok()?
            } else {
                return None;
            };
            *total = Some(total.unwrap_or(0) + n * unit);
            Some(())
        };
        for (n, unit) in fields(date, "YMD")? {
            match unit {
                'Y' => add(&mut months, n, 12)?,
                'M' => add(&mut months, n, 1)?,
                _ => add(&mut nanos, n, DAY)?,
            }
        }
        for (n, unit) in fields(time, "HMS")? {
            match unit {
                'H' => add(&mut nanos, n, 3600 * SECOND)?,
                'M' => add(&mut nanos, n, 60 * SECOND)?,
                _ => {
                    let (whole, digits) = n.split_once('.').unwrap_or((n, ""));
                    add(&mut nanos, whole, SECOND)?;
                    nanos = nanos.map(|s| s + i128::from(fraction(digits).unwrap_or(0)));
                }
            }
        }
        match (months, nanos) {
            (Some(m), None) => Duration::months(sign * m),
            (None, Some(n)) => Duration::nanos(sign * n),
            _ => None,
        }
    }
}

/// Splits `1Y2M` into numbers with their units, which must come in the order of `units`.
fn fields<'a>(mut text: &'a str, units: &str) -> Option<Vec<(&'a str, char)>> {
    let mut found = Vec::new();
    let mut left = units;
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = (&text[..end], text[end..].chars().next()?);
        let fractional = unit == 'S' && number.contains('.');
        let shape = number
            .bytes()
            .all(|b| b.is_ascii_digit() || (fractional && b == b'.'));
        let digits = number
            .split('.')
            .next()
            .is_some_and(|whole| !whole.is_empty())
            && number.split('.').count() <= 2;
        if !shape || !digits {
            return None;
        }
        left = &left[left.find(unit)? + 1..];
        found.push((number, unit));
        text = &text[end + 1..];
    }
    Some(found)
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |negative: bool| if negative { "-" } else { "" };
        match *self {
            Duration::Months(0) => f.write_str("P0M"),
            Duration::Months(m) => {
                write!(f, "{}P", sign(m < 0))?;
                let (y, m) = (m.unsigned_abs() / 12, m.unsigned_abs() % 12);
                if y > 0 {
                    write!(f, "{y}Y")?;
                }
                if m > 0 { write!(f, "{m}M") } else { Ok(()) }
            }
            Duration::Nanos(0) => f.write_str("PT0S"),
            Duration::Nanos(n) => {
                write!(f, "{}P", sign(n < 0))?;
                let n = n.unsigned_abs();
                let (days, rest) = (n / DAY as u128, (n % DAY as u128) as u64);
                if days > 0 {
                    write!(f, "{days}D")?;
                }
                if rest == 0 {
                    return Ok(());
                }
                f.write_str("T")?;
                let (seconds, nanos) = (rest / SECOND as u64, rest % SECOND as u64);
                for (count, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M')] {
                    if count > 0 {
                        write!(f, "{count}{unit}")?;
                    }
                }
                if seconds % 60 > 0 || nanos > 0 {
                    write!(f, "{}", seconds % 60)?;
                    write_fraction(f, nanos)?;
                    f.write_str("S")?;
                }
                Ok(())
            }
        }
    }
}
