//! Whether a value fits a column, and what to do where it does not.

use super::decimal;
use super::text::{boolean, date, hint, integer, integer_dot_zero, real, time, timestamp};
use super::{Cell, ColumnType, Decimal, Field};
use serde::de::IgnoredAny;
use std::borrow::Cow;

impl ColumnType {
    /// The value as this type keeps it, or why it can not. `declared` is for the reason.
    pub(in crate::insert) fn check<'a>(
        &self,
        field: &Field<'a>,
        declared: &str,
    ) -> Result<Cell<'a>, String> {
        match *field {
            Field::Null => Ok(Cell::Null),
            Field::Text(text) => self.check_text(Cow::Borrowed(text), declared),
            Field::Exact(text) | Field::Binary(text) => self.check_exact(text, declared),
            Field::Boolean(b) => match self {
                ColumnType::Boolean | ColumnType::Any { .. } => Ok(Cell::Integer(b.into())),
                ColumnType::Integer { min, max } => {
                    whole(b.into(), *min, *max, declared).map(Cell::Integer)
                }
                _ => self.check_text(Cow::Borrowed(if b { "true" } else { "false" }), declared),
            },
            Field::Blob(bytes) => match self {
                ColumnType::Blob { .. } | ColumnType::Any { .. } => {
                    Ok(Cell::Blob(Cow::Borrowed(bytes)))
                }
                _ => Err(format!(
                    "bytes are not {declared}; convert them in the query"
                )),
            },
            Field::Integer(n) => match self {
                ColumnType::Integer { min, max } => {
                    whole(n, *min, *max, declared).map(Cell::Integer)
                }
                ColumnType::Real { single, .. } => narrow(n as f64, *single, declared),
                ColumnType::Any { .. } => Ok(Cell::Integer(n)),
                _ => self.check_text(Cow::Owned(n.to_string()), declared),
            },
            Field::Real(x) if !x.is_finite() => Err(format!("{x} is no number; check the query")),
            Field::Real(x) => match self {
                ColumnType::Real { single, .. } => narrow(x, *single, declared),
                // Every whole number below 2^53 is exact in both.
                ColumnType::Integer { min, max } if x.fract() == 0.0 && x.abs() < 9e15 => {
                    whole(x as i64, *min, *max, declared).map(Cell::Integer)
                }
                ColumnType::Any { .. } => Ok(Cell::Real(x)),
                ColumnType::Decimal { .. } => self.check_text(Cow::Owned(x.to_string()), declared),
                _ => self.check_text(Cow::Owned(format!("{x:?}")), declared),
            },
        }
    }

    /// A number counts by its value here: `1.0` and `1e3` are whole.
    fn check_exact<'a>(&self, text: &'a str, declared: &str) -> Result<Cell<'a>, String> {
        match self {
            // The first moment of a day is the day.
            ColumnType::Date(_) if text.ends_with(" 00:00:00") => {
                return self
                    .check_text(Cow::Borrowed(text.trim_end_matches(" 00:00:00")), declared);
            }
            _ => {}
        }
        let wants_number = matches!(
            self,
            ColumnType::Integer { .. } | ColumnType::Decimal { .. } | ColumnType::Any { .. }
        );
        let plain = match wants_number {
            true => decimal::plain(text),
            false => Cow::Borrowed(text),
        };
        if let Some(number) = Decimal::parse(&plain) {
            match self {
                ColumnType::Integer { min, max } => {
                    if let Some(n) = number.as_i64() {
                        return whole(n, *min, *max, declared).map(Cell::Integer);
                    }
                }
                ColumnType::Any { .. } if number.survives_binary() => return Ok(number.as_binary()),
                _ => {}
            }
        }
        self.check_text(plain, declared)
    }

    /// The same of a text in the usual form.
    pub(in crate::insert) fn check_text<'a>(
        &self,
        text: Cow<'a, str>,
        declared: &str,
    ) -> Result<Cell<'a>, String> {
        let short = crate::insert::facts::shown;
        let said = text.clone();
        let is_not = |what: &str| format!("{:?} is not {declared}{what}", short(&said));
        match self {
            ColumnType::Integer { min, max } => {
                match integer(&text).or_else(|| integer_dot_zero(&text)) {
                    Some(Ok(n)) => whole(n, *min, *max, declared).map(Cell::Integer),
                    Some(Err(())) => Err(is_not(": it is beyond 64 bits")),
                    None => Err(is_not(hint(&text, "; write a whole number such as 42"))),
                }
            }
            ColumnType::Real { single, endless } => match real(&text) {
                None if *endless && endless_number(&text).is_some() => {
                    Ok(endless_number(&text).map_or(Cell::Null, Cell::Real))
                }
                Some(x) => narrow(x, *single, declared).map_err(|_| is_not(BEYOND)),
                None => Err(is_not(hint(&text, "; write a number such as 1.5"))),
            },
            ColumnType::Decimal {
                precision,
                scale,
                binary,
            } => {
                let Some(number) = Decimal::parse(&text) else {
                    // One with an exponent is as exact.
                    return match decimal::plain(&text) {
                        Cow::Owned(usual) => self.check_text(Cow::Owned(usual), declared),
                        Cow::Borrowed(_) => {
                            Err(is_not(hint(&text, "; write a plain number such as 19.90")))
                        }
                    };
                };
                let (whole, fraction) = (number.whole.len(), number.fraction.len());
                if let Some(scale) = scale.filter(|s| fraction > *s as usize) {
                    // What spreadsheets and programs make of 0.1 + 0.2.
                    let noise = match fraction > NOISE {
                        true => "; round it by a query, such as SELECT round(x, 2) AS x FROM frame",
                        false => "",
                    };
                    return Err(is_not(&format!(
                        ": {fraction} digits after the point, {scale} fit{noise}"
                    )));
                }
                if let Some(room) = precision
                    .map(|p| p.saturating_sub(scale.unwrap_or(0)) as usize)
                    .filter(|room| whole > *room)
                {
                    return Err(is_not(&format!(
                        ": {whole} digits before the point, {room} fit"
                    )));
                }
                if *binary && !number.survives_binary() {
                    return Err(is_not(
                        ": the target keeps it as a 64-bit float and would round it; declare \
                         the column TEXT to keep all digits",
                    ));
                }
                if *binary {
                    return Ok(number.as_binary());
                }
                Ok(Cell::Decimal(text))
            }
            ColumnType::Boolean => boolean(&text)
                .map(|b| Cell::Integer(b.into()))
                .ok_or_else(|| is_not("; write true, false, yes, no, 1 or 0")),
            ColumnType::Date(kept) => {
                let Some(day) = date(&text) else {
                    // The first moment of a day is the day.
                    return match midnight(&text) {
                        Some(day) => self.check_text(Cow::Owned(day.to_owned()), declared),
                        None => Err(is_not(day_hint(&text))),
                    };
                };
                kept.date(day, text).map_err(is_not)
            }
            ColumnType::Time(kept) => {
                let at = time(&text).ok_or_else(|| is_not("; write a time such as 10:18:59"))?;
                kept.time(at, text).map_err(is_not)
            }
            ColumnType::Timestamp(kept) => {
                let Some(at) = timestamp(&text) else {
                    // A day is its first moment.
                    return match date(&text) {
                        Some(_) => {
                            self.check_text(Cow::Owned(format!("{text} 00:00:00")), declared)
                        }
                        None => Err(is_not(moment_hint(&text))),
                    };
                };
                kept.timestamp(at, text).map_err(is_not)
            }
            ColumnType::Uuid => uuid::Uuid::try_parse(&text)
                .map(|id| Cell::Blob(Cow::Owned(id.as_bytes().to_vec())))
                .map_err(|_| {
                    is_not("; write a number such as 0198c0de-0000-7000-8000-000000000001")
                }),
            ColumnType::Json { .. } => match serde_json::from_str::<IgnoredAny>(&text) {
                Ok(_) => Ok(Cell::Text(text)),
                Err(e) => Err(is_not(&format!(": {e}"))),
            },
            ColumnType::Own(own) => match own.usual(&text) {
                Some(usual) => Ok(Cell::Text(Cow::Owned(usual))),
                None => Err(is_not(&format!("; {}", own.hint()))),
            },
            ColumnType::Flags(bits) => flags(&text, *bits)
                .ok_or_else(|| is_not(&format!("; write at most {bits} digits, each 0 or 1"))),
            ColumnType::Unknown => Err(is_not(", which crewdesk can not insert")),
            ColumnType::Text { max, padded } => {
                let text = match text {
                    Cow::Borrowed(text) if *padded => Cow::Borrowed(text.trim_end_matches(' ')),
                    text => text,
                };
                // Bytes are never fewer than characters: most texts need no counting.
                if let Some(max) = max.filter(|max| text.len() as u64 > *max) {
                    let has = text.chars().count() as u64;
                    if has > max {
                        return Err(is_not(&format!(": {has} characters, {max} fit")));
                    }
                }
                Ok(Cell::Text(text))
            }
            ColumnType::Blob { hex: true } if text.starts_with("\\x") => hexadecimal(&text)
                .map(|bytes| Cell::Blob(Cow::Owned(bytes)))
                .ok_or_else(|| is_not("; behind \\x stand pairs of 0 to 9 and a to f")),
            ColumnType::Blob { .. } => Ok(Cell::Blob(match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            })),
            ColumnType::Any { numeric: false } => Ok(Cell::Text(text)),
            ColumnType::Any { numeric: true } => {
                if real(text.trim()).is_none() {
                    return Ok(Cell::Text(text));
                }
                let kept = Decimal::parse(&text)
                    .filter(|number| number.is_written_shortest(&text) && number.survives_binary());
                kept.map(|number| number.as_binary()).ok_or_else(|| {
                    is_not(
                        " as it stands: the target would turn it into another number; declare \
                         the column TEXT to keep it",
                    )
                })
            }
        }
    }
}

/// The bytes of PostgreSQL's hexadecimal form: `\x0102`.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        u8::try_from(digit(0)? * 16 + digit(1)?).ok()
    });
    pairs.collect()
}

/// Digits of a fraction beyond which it was hardly written by anybody.
const NOISE: usize = 12;

/// What is no number, or infinite.
fn endless_number(text: &str) -> Option<f64> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "nan" => f64::NAN,
        "infinity" | "+infinity" | "inf" | "+inf" => f64::INFINITY,
        "-infinity" | "-inf" => f64::NEG_INFINITY,
        _ => return None,
    })
}

/// The bytes of so many bits, written as digits; of one bit also as a truth.
fn flags(text: &str, bits: usize) -> Option<Cell<'static>> {
    let truth = || boolean(text).filter(|_| bits == 1).map(u64::from);
    let digits = !text.is_empty() && text.len() <= bits.min(64);
    let number = u64::from_str_radix(text, 2)
        .ok()
        .filter(|_| digits && !text.starts_with('+'));
    let number = number.or_else(truth)?;
    let bytes = number.to_be_bytes();
    let first = bytes.len().checked_sub(bits.div_ceil(8))?;
    Some(Cell::Blob(Cow::Owned(bytes.get(first..)?.to_vec())))
}

/// The day of a text that is its first moment; the day alone is none.
fn midnight(text: &str) -> Option<&str> {
    let (day, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix([' ', 'T'])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let is = ["00:00", "00:00:00"].contains(&clock) && fraction.bytes().all(|digit| digit == b'0');
    (is && date(day).is_some()).then_some(day)
}

/// What to do about a text that is no day as usual.
fn day_hint(text: &str) -> &'static str {
    match parted(text) {
        Some(true) => {
            "; write a day such as 2025-11-17, or say under date format how days are written, such \
             as dd-MMM-yyyy"
        }
        Some(false) => {
            "; write a day such as 2025-11-17, or say under date format how days are written"
        }
        None => "; write a day such as 2025-11-17",
    }
}

/// The same of a point in time.
fn moment_hint(text: &str) -> &'static str {
    match parted(text) {
        Some(false) => {
            "; write a time such as 2025-11-17 10:18:59, or say under date format how times are \
             written"
        }
        _ => "; write a time such as 2025-11-17 10:18:59",
    }
}

/// Whether a text that looks like a day of three parts has letters in them; none for another text.
fn parted(text: &str) -> Option<bool> {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let has = |of: fn(&u8) -> bool| day.bytes().any(|byte| of(&byte));
    let is = parts.len() == 3
        && parts.iter().all(|part| (1..=9).contains(&part.len()))
        && has(u8::is_ascii_digit);
    is.then(|| has(u8::is_ascii_alphabetic))
}

/// A number as such a column keeps it.
fn narrow(x: f64, single: bool, declared: &str) -> Result<Cell<'static>, String> {
    let kept = if single { f64::from(x as f32) } else { x };
    match kept.is_finite() {
        true => Ok(Cell::Real(kept)),
        false => Err(format!("{x:?} is not {declared}{BEYOND}")),
    }
}

const BEYOND: &str = ": it is beyond the range of such numbers";

fn whole(n: i64, min: i64, max: i64, declared: &str) -> Result<i64, String> {
    if (min..=max).contains(&n) {
        Ok(n)
    } else {
        Err(format!("{n} is not {declared}: from {min} to {max} fit"))
    }
}
