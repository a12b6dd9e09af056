//! Whether a point stands before a fraction or between thousands: `1.234` may be either, and where
//! nobody says how numbers are written, the other numbers tell, or nothing goes in.

use super::facts::shown;
use super::numbers::NumberFormat;
use super::records::{Format, Kind};
use super::types::is_number;
use std::sync::LazyLock;

/// The two formats that read a point differently, of what else they have in common.
static COMMA: LazyLock<Option<NumberFormat>> = LazyLock::new(|| "1.234,56".parse().ok());
static POINT: LazyLock<Option<NumberFormat>> = LazyLock::new(|| "1,234.56".parse().ok());

/// What a text says about the sign before a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It may be read both ways, as `1.234`.
    Either,
    /// A point, as in `1.5`.
    Point,
    /// A comma, as in `1.234,56`.
    Comma,
}

/// None of a text that has neither sign, or is no number in either way.
fn sign(text: &str) -> Option<Sign> {
    let first = memchr::memchr2(b'.', b',', text.as_bytes())?;
    let usual = is_number(text);
    if usual && !text.contains(',') {
        let unsigned = text.trim_start_matches(['+', '-']);
        let (whole, fraction) = unsigned.split_once('.')?;
        let grouped = fraction.len() == 3 && (1..=3).contains(&whole.len());
        // Nobody writes 0.234 for 234.
        let thousands = grouped && !whole.starts_with('0') && !fraction.contains(['e', 'E']);
        return Some(if thousands { Sign::Either } else { Sign::Point });
    }
    let reads = |format: &Option<NumberFormat>| {
        let read = format.and_then(|format| format.usual(text));
        read.is_some()
    };
    match (reads(&COMMA), reads(&POINT)) {
        (true, false) => Some(Sign::Comma),
        (false, true) => Some(Sign::Point),
        (true, true) if text.as_bytes().get(first) == Some(&b',') => Some(Sign::Either),
        _ => None,
    }
}

/// A text and where it stands.
#[derive(Debug, Clone)]
struct Found {
    text: String,
    place: String,
}

/// What the texts of a column of numbers say, as far as they were looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Points {
    either: Option<Found>,
    comma: Option<Found>,
    point: bool,
}

impl Points {
    /// Looks at one more text; `place` says where it stands.
    pub(super) fn see(&mut self, text: &str, place: impl FnOnce() -> String) {
        if self.point {
            return;
        }
        let keep = |kept: &mut Option<Found>| {
            if kept.is_none() {
                *kept = Some(Found {
                    text: shown(text),
                    place: place(),
                });
            }
        };
        match sign(text) {
            Some(Sign::Point) => self.point = true,
            Some(Sign::Either) => keep(&mut self.either),
            Some(Sign::Comma) => keep(&mut self.comma),
            None => {}
        }
    }
}

/// Why the numbers of a frame can not be told, if they can not: its first such column. Where commas
/// separate values, a point stands before a fraction, unless other numbers say that it does not.
pub(super) fn unclear<'p>(
    columns: impl Iterator<Item = (&'p str, &'p Points)> + Clone,
    format: &Format,
    width: usize,
) -> Option<String> {
    let either_way = match format.kind {
        Kind::Csv => format.delimiter != Some(b',') || width == 1,
        Kind::Excel => true,
        Kind::Json | Kind::JsonLines | Kind::Parquet => false,
    };
    let by_point = columns.clone().any(|(_, points)| points.point);
    let by_comma = columns
        .clone()
        .find_map(|(name, points)| Some((name, points.comma.as_ref().filter(|_| !points.point)?)));
    columns.into_iter().find_map(|(name, points)| {
        let either = points.either.as_ref().filter(|_| !points.point)?;
        let own = points.comma.as_ref().map(|comma| (name, comma));
        let other = own.or(by_comma);
        if other.is_none() && (by_point || !either_way) {
            return None;
        }
        let (text, place) = (&either.text, &either.place);
        let readings = match text.contains(',') {
            true => [text.replace(',', ""), text.replace(',', ".")],
            false => [text.replace('.', ""), text.clone()],
        };
        let beside = other.map_or(String::new(), |(of, comma)| {
            let of = match of == name {
                true => String::new(),
                false => format!(" of {}", shown(of)),
            };
            format!(
                " ({:?} in {}{of} has its comma before the fraction)",
                comma.text, comma.place
            )
        });
        let formats = match text.contains(',') {
            true => "1,234.56 or 1.234,56",
            false => "1.234,56 or 1234.56",
        };
        Some(format!(
            "{}: {text:?} in {place} may be {} or {}{beside}; say so under numbers: {formats}",
            shown(name),
            readings[0],
            readings[1]
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(texts: &[&str]) -> Points {
        let mut points = Points::default();
        for (at, text) in texts.iter().enumerate() {
            points.see(text, || format!("line {}", at + 2));
        }
        points
    }

    fn told(delimiter: u8, columns: &[(&str, &[&str])]) -> Option<String> {
        let columns: Vec<(&str, Points)> = columns
            .iter()
            .map(|(name, texts)| (*name, points(texts)))
            .collect();
        let format = Format {
            delimiter: Some(delimiter),
            ..Format::of(Kind::Csv)
        };
        unclear(columns.iter().map(|(name, p)| (*name, p)), &format, 2)
    }

    #[test]
    fn a_text_tells_the_sign_before_its_fraction() {
        for (text, says) in [
            ("17", None),
            ("x.y", None),
            ("1.234", Some(Sign::Either)),
            ("-12.345", Some(Sign::Either)),
            ("1,234", Some(Sign::Either)),
            ("0.234", Some(Sign::Point)),
            ("1.5", Some(Sign::Point)),
            ("1234.567", Some(Sign::Point)),
            ("1.234e5", Some(Sign::Point)),
            ("1,234.5", Some(Sign::Point)),
            ("1.234,56", Some(Sign::Comma)),
            ("1.234.567", Some(Sign::Comma)),
            ("12,5", Some(Sign::Comma)),
            ("1,234,567", Some(Sign::Point)),
        ] {
            assert_eq!(sign(text), says, "{text}");
        }
    }

    #[test]
    fn numbers_that_may_be_read_both_ways_are_told_unless_others_tell() {
        let alone = told(b';', &[("amount", &["17", "1.234"])]).unwrap();
        assert_eq!(
            alone,
            "amount: \"1.234\" in line 3 may be 1234 or 1.234; say so under numbers: 1.234,56 or \
             1234.56"
        );
        let beside = told(b',', &[("amount", &["1.234", "1.234,56"])]).unwrap();
        assert!(
            beside.contains("(\"1.234,56\" in line 3 has its comma before the fraction)"),
            "{beside}"
        );
        let other = told(b';', &[("amount", &["1.234"]), ("tax", &["0,19"])]).unwrap();
        assert!(other.contains("\"0,19\" in line 2 of tax"), "{other}");
        type Columns<'c> = &'c [(&'c str, &'c [&'c str])];
        let clear: [(u8, Columns<'_>); 5] = [
            (b';', &[("amount", &["1.234", "1.5"])]),
            (b';', &[("amount", &["1.234"]), ("tax", &["0.19"])]),
            (b';', &[("amount", &["1", "17"])]),
            (b',', &[("amount", &["1.234"])]),
            // One that is wrong does not make the others so.
            (b',', &[("amount", &["1.234", "0.5", "1,5"])]),
        ];
        for (delimiter, columns) in clear {
            assert_eq!(told(delimiter, columns), None, "{columns:?}");
        }
    }
}
