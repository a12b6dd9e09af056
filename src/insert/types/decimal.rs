//! Decimal numbers by their digits.

use super::Cell;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A plain decimal number without superfluous zeros; zero has no digits and no sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::insert) struct Decimal<'a> {
    pub(in crate::insert) negative: bool,
    /// The digits before the point, without leading zeros.
    pub(in crate::insert) whole: &'a str,
    /// The digits after the point, without trailing zeros.
    pub(in crate::insert) fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// The number in `text`: digits with a sign and a point if wanted, no exponent.
    pub(in crate::insert) fn parse(text: &'a str) -> Option<Decimal<'a>> {
        let bytes = text.as_bytes();
        let negative = bytes.first() == Some(&b'-');
        let start = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
        let mut point = None;
        // The first digit that counts, and the end of the last one behind the point.
        let (mut first, mut last) = (None, None);
        for (at, byte) in bytes.iter().enumerate().skip(start) {
            match byte {
                b'.' if point.is_none() => point = Some(at),
                b'0' if first.is_none() && point.is_none() => {}
                b'0'..=b'9' => {
                    if point.is_none() {
                        first = first.or(Some(at));
                    } else if *byte != b'0' {
                        last = Some(at + 1);
                    }
                }
                _ => return None,
            }
        }
        let end = point.unwrap_or(bytes.len());
        if bytes.len() - start == usize::from(point.is_some()) {
            return None;
        }
        let whole = text.get(first.unwrap_or(end)..end)?;
        let fraction = match (point, last) {
            (Some(point), Some(last)) => text.get(point + 1..last)?,
            _ => "",
        };
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Decimal {
            negative,
            whole,
            fraction,
        })
    }

    /// The number in a text known to be one.
    pub(in crate::insert) fn parse_or_zero(text: &'a str) -> Decimal<'a> {
        Decimal::parse(text).unwrap_or(Decimal {
            negative: false,
            whole: "",
            fraction: "",
        })
    }

    /// The number in binary digits, for a target that keeps it so: whole where it is whole.
    pub(in crate::insert) fn as_binary(&self) -> Cell<'static> {
        if let Some(n) = self.as_i64() {
            return Cell::Integer(n);
        }
        // Most numbers are exact in 2^53 and a power of ten in 10^22: one division rounds once.
        let digits = self.whole.len() + self.fraction.len();
        if digits <= 15 {
            let mantissa = self.whole.bytes().chain(self.fraction.bytes());
            let mantissa = mantissa.fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'));
            let power = 10u64.pow(u32::try_from(self.fraction.len()).unwrap_or_default());
            let number = mantissa as f64 / power as f64;
            return Cell::Real(if self.negative { -number } else { number });
        }
        self.to_string().parse().map_or(Cell::Null, Cell::Real)
    }

    /// The number as whole units of the last digit of its fraction; none beyond 38 digits.
    pub(in crate::insert) fn digits(&self) -> Option<i128> {
        let mut digits = self.whole.bytes().chain(self.fraction.bytes());
        let number = match self.whole.len() + self.fraction.len() {
            // As many have room in 64 bits.
            ..=18 => i128::from(digits.fold(0, |n, digit| n * 10 + i64::from(digit - b'0'))),
            _ => digits.try_fold(0_i128, |n, digit| {
                n.checked_mul(10)?.checked_add(i128::from(digit - b'0'))
            })?,
        };
        Some(if self.negative { -number } else { number })
    }

    /// The number, if it is whole and has room in 64 bits.
    pub(in crate::insert) fn as_i64(&self) -> Option<i64> {
        if !self.fraction.is_empty() {
            return None;
        }
        let whole: i128 = match self.whole {
            "" => 0,
            digits => digits.parse().ok()?,
        };
        i64::try_from(if self.negative { -whole } else { whole }).ok()
    }

    /// Whether it keeps its digits in a 64-bit integer or float.
    pub(in crate::insert) fn survives_binary(&self) -> bool {
        // 15 digits always do (IEEE 754).
        if self.whole.len() + self.fraction.len() <= 15 {
            return true;
        }
        if self.as_i64().is_some() {
            return true;
        }
        let text = self.to_string();
        let again = text
            .parse::<f64>()
            .ok()
            .filter(|x| x.is_finite())
            .map(|x| x.to_string());
        again.is_some_and(|again| again == text)
    }

    /// Whether `text`, of which this is the number, has no superfluous sign, zero or point.
    pub(in crate::insert) fn is_written_shortest(&self, text: &str) -> bool {
        self.to_string() == text
    }

    /// Whether `text`, of which this is the number, is what one writes for a number: zeros at
    /// the end of the fraction are, zeros at the front are not.
    pub(in crate::insert) fn is_natural(&self, text: &str) -> bool {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = digits.split('.').next().unwrap_or_default();
        whole == "0" || (whole == self.whole && !whole.is_empty())
    }
}

impl std::fmt::Display for Decimal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        f.write_str(if self.whole.is_empty() {
            "0"
        } else {
            self.whole
        })?;
        if !self.fraction.is_empty() {
            write!(f, ".{}", self.fraction)?;
        }
        Ok(())
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            let whole = a
                .whole
                .len()
                .cmp(&b.whole.len())
                .then_with(|| a.whole.cmp(b.whole));
            // Without trailing zeros the order of texts is that of fractions.
            whole.then_with(|| a.fraction.cmp(b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The greatest exponent that is written out, above that of any float.
const MAX_EXPONENT: i32 = 400;

/// A number without its exponent, digit by digit: `1.5e3` is `1500`. Any other text as it is.
pub(in crate::insert) fn plain(text: &str) -> Cow<'_, str> {
    let parts = || {
        let (mantissa, exponent) = text.split_once(['e', 'E'])?;
        let exponent: i32 = exponent.parse().ok()?;
        let number = Decimal::parse(mantissa)?;
        (exponent.abs() <= MAX_EXPONENT).then_some((number, exponent))
    };
    let Some((number, exponent)) = parts() else {
        return Cow::Borrowed(text);
    };
    let digits = format!("{}{}", number.whole, number.fraction);
    let point = i32::try_from(number.whole.len()).unwrap_or(MAX_EXPONENT) + exponent;
    let sign = if number.negative { "-" } else { "" };
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or_default());
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let whole_digits = usize::try_from(point).unwrap_or_default();
    Cow::Owned(match point {
        _ if digits.is_empty() => "0".to_owned(),
        ..=0 => format!("{sign}0.{}{digits}", zeros(-point)),
        point if point >= length => format!("{sign}{digits}{}", zeros(point - length)),
        _ => {
            let (whole, fraction) = digits.split_at(whole_digits);
            format!("{sign}{whole}.{fraction}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value() {
        let sorted = [
            "-10.5", "-9", "-0.5", "-0.05", "0", "0.05", "0.5", "9.99", "10", "10.01",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                let order = Decimal::parse_or_zero(a).cmp(&Decimal::parse_or_zero(b));
                assert_eq!(order, i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn superfluous_zeros_and_signs_do_not_count() {
        for same in ["1.5", "+1.5", "01.50", "1.500"] {
            assert_eq!(Decimal::parse(same).unwrap().to_string(), "1.5");
        }
        assert_eq!(Decimal::parse("-0.0").unwrap().to_string(), "0");
        assert_eq!(Decimal::parse(".5").unwrap().to_string(), "0.5");
        assert_eq!(Decimal::parse("5.").unwrap().to_string(), "5");
        for not in ["", ".", "-", "1e5", "1,5", " 1", "1.2.3", "--1", "٣"] {
            assert_eq!(Decimal::parse(not), None, "{not}");
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for (text, n) in [
            ("20000000000000021.", 20000000000000021),
            ("-20000000000000021.00", -20000000000000021),
            ("-9223372036854775808", i64::MIN),
            ("-0", 0),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().as_i64(), Some(n));
        }
        for text in ["0.5", "9223372036854775808", "-9223372036854775809"] {
            assert_eq!(Decimal::parse(text).unwrap().as_i64(), None, "{text}");
        }
    }

    #[test]
    fn binary_numbers_are_those_that_the_digits_write() {
        for (text, cell) in [
            ("19.90", Cell::Real(19.9)),
            ("-0.000001", Cell::Real(-0.000001)),
            ("999999999999.999", Cell::Real(999_999_999_999.999)),
            ("0.30000000000000004", Cell::Real(0.30000000000000004)),
            ("5.00", Cell::Integer(5)),
            ("-0.0", Cell::Integer(0)),
            ("10000000000000000000", Cell::Real(1e19)),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().as_binary(), cell, "{text}");
        }
    }

    #[test]
    fn digits_that_a_float_can_not_keep_are_known() {
        for kept in [
            "0.1",
            "123456789012.345",
            "9223372036854775807",
            "0.30000000000000004",
        ] {
            assert!(Decimal::parse(kept).unwrap().survives_binary(), "{kept}");
        }
        for lost in [
            "9223372036854775809",
            "12345678901234.5678",
            "0.1234567890123456789",
        ] {
            assert!(!Decimal::parse(lost).unwrap().survives_binary(), "{lost}");
        }
    }
}
