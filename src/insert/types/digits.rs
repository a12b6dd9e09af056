//! Values as the bytes of their text, without the machinery of formatting: where rows go by the
//! million, it takes longer than all else.

use super::{Cell, moment};
use std::io::Write;

/// Appends the text of a value that is none: digits and marks only.
pub(in crate::insert) fn push(cell: &Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Integer(n) => integer(*n, out),
        Cell::Real(x) => real(*x, out),
        Cell::Decimal(text) => out.extend(text.as_bytes()),
        Cell::Date(days) if moment::push_date(*days, out).is_some() => {}
        Cell::Timestamp(micros) if moment::push_timestamp(*micros, out).is_some() => {}
        Cell::Time(micros) => moment::push_time(*micros, out),
        // Writing to memory does not fail.
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// Appends a whole number.
fn integer(n: i64, out: &mut Vec<u8>) {
    if n < 0 {
        out.push(b'-');
    }
    number(n.unsigned_abs(), 1, out);
}

/// Appends a number with at least so many digits.
pub(super) fn number(mut n: u64, least: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        if n == 0 && count >= least {
            break;
        }
        *digit = b'0' + (n % 10) as u8;
        n /= 10;
        count += 1;
    }
    out.extend(digits.get(20 - count..).unwrap_or_default());
}

/// Digits behind the point that are looked for first.
pub(in crate::insert) const FRACTION: u32 = 6;
const SCALE: u64 = 10_u64.pow(FRACTION);

/// A float in millionths, if its decimal digits end there.
pub(in crate::insert) fn millionths(x: f64) -> Option<i64> {
    let scaled = x * SCALE as f64;
    // Both sides are exact below 2^53, so that one division gives the float of these digits.
    let few = scaled.abs() < 9e15 && scaled.fract() == 0.0 && scaled / SCALE as f64 == x;
    few.then_some(scaled as i64)
}

/// Appends a number that reads as the same float.
pub(in crate::insert) fn real(x: f64, out: &mut Vec<u8>) {
    match millionths(x) {
        Some(scaled) if scaled != 0 || x.is_sign_positive() => {
            if scaled < 0 {
                out.push(b'-');
            }
            number(scaled.unsigned_abs() / SCALE, 1, out);
            fraction(scaled.unsigned_abs() % SCALE, out);
        }
        _ => drop(write!(out, "{x:e}")),
    }
}

/// Appends a point and so many millionths, without zeros at the end; nothing where there are none.
pub(super) fn fraction(millionths: u64, out: &mut Vec<u8>) {
    if millionths == 0 {
        return;
    }
    out.push(b'.');
    number(millionths, FRACTION as usize, out);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(cell: &Cell<'_>) -> String {
        let mut out = Vec::new();
        push(cell, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_at_the_limits_are_those_that_are_shown() {
        for cell in [
            Cell::Integer(i64::MIN),
            Cell::Integer(i64::MAX),
            Cell::Integer(0),
            Cell::Decimal("-0.10".into()),
            Cell::Date(-719_162),
            Cell::Date(2_932_896),
            Cell::Date(i32::MIN),
            Cell::Time(0),
            Cell::Time(86_399_999_999),
            Cell::Timestamp(-1),
            Cell::Timestamp(500_000),
            Cell::Timestamp(253_402_300_799_999_999),
            Cell::Timestamp(i64::MAX),
        ] {
            assert_eq!(text(&cell), cell.to_string(), "{cell:?}");
        }
    }

    #[test]
    fn floats_of_few_digits_are_short() {
        for (x, shown) in [
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (250.0, "250"),
            (0.0, "0"),
            (1e-7, "1e-7"),
        ] {
            assert_eq!(text(&Cell::Real(x)), shown);
        }
    }

    proptest! {
        #[test]
        fn each_text_reads_as_the_same_float(bits: u64, n: i64, by in 0..10_u32) {
            let few = n as f64 / 10_f64.powi(by.cast_signed());
            for x in [f64::from_bits(bits), few].into_iter().filter(|x| x.is_finite()) {
                let again: f64 = text(&Cell::Real(x)).parse().unwrap();
                prop_assert_eq!(again.to_bits(), x.to_bits());
            }
        }

        #[test]
        fn each_text_is_the_one_that_is_shown(n: i64, days in -800_000..3_000_000_i32) {
            let micros = n % 300_000_000_000_000_000;
            for cell in [Cell::Integer(n), Cell::Date(days), Cell::Timestamp(micros),
                Cell::Time(micros.rem_euclid(86_400_000_000))] {
                prop_assert_eq!(text(&cell), cell.to_string());
            }
        }
    }
}
