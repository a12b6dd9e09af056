//! FEEL numbers: IEEE 754 decimal128, 34 digits, no infinities and no NaN.

use dec::{Context, Decimal, Decimal128, Rounding};
use std::cmp::Ordering;
use std::fmt;

/// A finite decimal number of up to 34 digits.
#[derive(Clone, Copy)]
pub struct Number(Decimal128);

/// Working precision of the functions that decimal128 itself does not have: 34 digits
/// and some to spare, so that the one rounding at the end decides.
type Wide = Decimal<16>;

impl Number {
    /// 0.
    pub const ZERO: Number = Number(Decimal128::ZERO);
    /// 1.
    pub const ONE: Number = Number(Decimal128::ONE);

    fn finite(d: Decimal128) -> Option<Number> {
        d.is_finite().then_some(Number(d))
    }

    /// Reads a decimal numeral with an optional exponent; `None` when it is not one
    /// or does not fit.
    pub fn parse(text: &str) -> Option<Number> {
        let plain = text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
        if !plain {
            return None;
        }
        Self::finite(Context::<Decimal128>::default().parse(text).ok()?)
    }

    /// The number nearest to a double, by its shortest text; `None` for NaN and infinities.
    pub fn from_f64(f: f64) -> Option<Number> {
        if f.is_finite() {
            Self::parse(&format!("{f:e}"))
        } else {
            None
        }
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        self.0.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The value as a whole number, when it is one and fits.
    pub fn to_i64(self) -> Option<i64> {
        i64::try_from(self.to_i128()?).ok()
    }

    /// The value as a wide whole number, when it is one and fits.
    pub fn to_i128(self) -> Option<i128> {
        if !self.is_integer() {
            return None;
        }
        let n = self.0;
        if n.exponent() == 0 {
            return Some(n.coefficient());
        }
        let reduced = Context::<Decimal128>::default().reduce(n);
        let (coefficient, exponent) = (reduced.coefficient(), reduced.exponent());
        if coefficient == 0 {
            return Some(0);
        }
        let scale = 10i128.checked_pow(u32::try_from(exponent).ok()?)?;
        coefficient.checked_mul(scale)
    }

    /// A whole number; exact up to 34 digits.
    pub fn from_i128(n: i128) -> Number {
        Number(Context::<Decimal128>::default().from_i128(n))
    }

    /// True when there is nothing behind the decimal point.
    pub fn is_integer(self) -> bool {
        self.0.is_integer() || Context::<Decimal128>::default().round(self.0) == self.0
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    /// True for 0.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// `self + other`; `None` when it overflows, as with the other operations.
    pub fn checked_add(self, other: Number) -> Option<Number> {
        Self::finite(Context::<Decimal128>::default().add(self.0, other.0))
    }

    /// `self - other`.
    pub fn checked_sub(self, other: Number) -> Option<Number> {
        Self::finite(Context::<Decimal128>::default().sub(self.0, other.0))
    }

    /// `self * other`.
    pub fn checked_mul(self, other: Number) -> Option<Number> {
        Self::finite(Context::<Decimal128>::default().mul(self.0, other.0))
    }

    /// `self / other`; `None` for a division by zero.
    pub fn checked_div(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        Self::finite(Context::<Decimal128>::default().div(self.0, other.0))
    }

    /// `self - other * floor(self / other)`: the sign is the divisor's.
    pub fn modulo(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        let mut cx = Context::<Decimal128>::default();
        let rem = cx.rem(self.0, other.0);
        let rem = if rem.is_finite() {
            rem
        } else {
            // The quotient has more than 34 digits: by definition instead.
            let floor = Number(cx.div(self.0, other.0)).floor().0;
            let product = cx.mul(other.0, floor);
            cx.sub(self.0, product)
        };
        if !rem.is_zero() && rem.is_negative() != other.0.is_negative() {
            return Self::finite(cx.add(rem, other.0));
        }
        Self::finite(rem)
    }

    /// Without its sign.
    pub fn abs(self) -> Number {
        Number(Context::<Decimal128>::default().abs(self.0))
    }

    fn wide(f: impl FnOnce(&mut Context<Wide>, &mut Wide), n: Decimal128) -> Option<Number> {
        let mut cx = Context::<Wide>::default();
        cx.set_precision(40).ok()?;
        // Wider than decimal128, within what the functions accept.
        cx.set_max_exponent(99_999).ok()?;
        cx.set_min_exponent(-99_999).ok()?;
        let mut wide = Wide::from(n);
        f(&mut cx, &mut wide);
        Self::finite(wide.to_decimal128())
    }

    /// `self ** exponent`.
    pub fn pow(self, exponent: Number) -> Option<Number> {
        if self.is_zero() && exponent.is_zero() {
            return Some(Self::ONE);
        }
        Self::wide(|cx, n| cx.pow(n, &Wide::from(exponent.0)), self.0)
    }

    /// e to the power of `self`.
    pub fn exp(self) -> Option<Number> {
        Self::wide(|cx, n| cx.exp(n), self.0)
    }

    /// The natural logarithm; `None` at and below zero.
    pub fn ln(self) -> Option<Number> {
        if self.is_zero() || self.is_negative() {
            return None;
        }
        Self::wide(|cx, n| cx.ln(n), self.0)
    }

    /// The square root; `None` below zero.
    pub fn sqrt(self) -> Option<Number> {
        if self.is_negative() {
            return None;
        }
        Self::wide(|cx, n| cx.sqrt(n), self.0)
    }

    /// Rounded to `scale` digits behind the point (before it, when negative).
    pub fn round_to(self, scale: i32, rounding: Rounding) -> Option<Number> {
        if !(-6111..=6176).contains(&scale) {
            return None;
        }
        if self.0.exponent() >= -scale {
            return Some(self);
        }
        let mut cx = Context::<Decimal128>::default();
        cx.set_rounding(rounding);
        let mut unit = Decimal128::ONE;
        cx.set_exponent(&mut unit, -scale);
        Self::finite(cx.quantize(self.0, unit))
    }

    /// The greatest whole number not above.
    pub fn floor(self) -> Number {
        self.whole(Rounding::Floor)
    }

    /// The least whole number not below.
    pub fn ceiling(self) -> Number {
        self.whole(Rounding::Ceiling)
    }

    fn whole(self, rounding: Rounding) -> Number {
        let mut cx = Context::<Decimal128>::default();
        cx.set_rounding(rounding);
        Number(cx.round(self.0))
    }
}

impl std::ops::Neg for Number {
    type Output = Number;
    fn neg(self) -> Number {
        Number(Context::<Decimal128>::default().minus(self.0))
    }
}

/// Numeric order; `1.0` and `1` are equal.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let mut cx = Context::<Decimal128>::default();
        cx.partial_cmp(self.0, other.0).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Number {}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number(Decimal128::from(n))
    }
}

impl From<i32> for Number {
    fn from(n: i32) -> Self {
        Number(Decimal128::from(n))
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        Number(Decimal128::from(n as u64))
    }
}

/// Plain notation without trailing zeros.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() {
            return f.write_str("0");
        }
        f.write_str(
            &Context::<Decimal128>::default()
                .reduce(self.0)
                .to_standard_notation_string(),
        )
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimals_are_exact_to_34_digits() {
        assert_eq!(n("0.1").checked_add(n("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(
            n("1").checked_div(n("3")).unwrap().to_string(),
            "0.3333333333333333333333333333333333"
        );
        assert_eq!(n("1e6144").checked_mul(n("10")), None);
        assert_eq!(n("1").checked_div(n("0.00")), None);
        assert_eq!(
            Number::parse("NaN").is_none(),
            Number::parse("Infinity").is_none()
        );
    }

    #[test]
    fn text_is_plain_and_reduced() {
        assert_eq!(n("1.500").to_string(), "1.5");
        assert_eq!(n("1e3").to_string(), "1000");
        assert_eq!(n("-0.0").to_string(), "0");
        assert_eq!(n("1e-3").to_string(), "0.001");
    }

    #[test]
    fn modulo_takes_the_sign_of_the_divisor() {
        assert_eq!(n("10").modulo(n("4")), Some(n("2")));
        assert_eq!(n("10").modulo(n("-4")), Some(n("-2")));
        assert_eq!(n("-10").modulo(n("4")), Some(n("2")));
        assert_eq!(n("10.1").modulo(n("4.5")), Some(n("1.1")));
        assert_eq!(n("1").modulo(n("0")), None);
    }

    #[test]
    fn rounding_and_powers() {
        assert_eq!(n("1.115").round_to(2, Rounding::HalfEven), Some(n("1.12")));
        assert_eq!(n("1234").round_to(-2, Rounding::HalfEven), Some(n("1200")));
        assert_eq!(n("-1.5").floor(), n("-2"));
        assert_eq!(n("-1.5").ceiling(), n("-1"));
        assert_eq!(n("2").pow(n("10")), Some(n("1024")));
        assert_eq!(n("16").sqrt(), Some(n("4")));
        assert_eq!(n("0").ln(), None);
        assert_eq!(
            n("1").exp().unwrap().to_string(),
            "2.718281828459045235360287471352662"
        );
        assert_eq!(
            n("10").ln().unwrap().to_string(),
            "2.302585092994045684017991454684364"
        );
        assert_eq!(n("10").pow(n("7000")), None);
    }

    #[test]
    fn whole_numbers_become_i64() {
        assert_eq!(n("1e3").to_i64(), Some(1000));
        assert_eq!(n("5.0").to_i64(), Some(5));
        assert_eq!(n("5.5").to_i64(), None);
        assert_eq!(n("1e30").to_i64(), None);
        assert_eq!(n("-9223372036854775808").to_i64(), Some(i64::MIN));
    }
}
