//! FEEL numbers: IEEE 754 decimal128, 34 digits, no infinities and no NaN.
//!
//! Most numbers have few digits. They are kept as a whole number and the place of the point,
//! whose arithmetic is exact as long as it stays so small, and therefore the same.

use dec::{Context, Decimal, Decimal128, Rounding};
use std::cmp::Ordering;
use std::fmt;

/// A finite decimal number of up to 34 digits.
#[derive(Clone, Copy)]
pub struct Number(Kept);

/// How a number is kept.
#[derive(Clone, Copy)]
enum Kept {
    /// `digits / 10^scale`, with less than 19 digits and a scale of at most 18.
    Small { digits: i64, scale: u8 },
    /// Any.
    Wide(Decimal128),
}

use Kept::{Small, Wide};

/// Most digits behind the point of a small number.
const MAX_SCALE: u8 = 18;
/// Digits that a number has at most.
const MAX_DIGITS: i32 = 34;
/// What the digits of a small number stay below.
const SMALL: i128 = 1_000_000_000_000_000_000;

/// Powers of ten, up to 10^18.
const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

fn power(scale: u8) -> i128 {
    i128::from(POWERS[scale.min(MAX_SCALE) as usize])
}

fn small(digits: i128, scale: u8) -> Option<Number> {
    let kept = Small {
        digits: digits as i64,
        scale,
    };
    (digits.abs() < SMALL && scale <= MAX_SCALE).then_some(Number(kept))
}

/// An operation on two numbers.
type Operation = fn(&mut Context<Decimal128>, Decimal128, Decimal128) -> Decimal128;

/// The digits of both at the greater of their scales.
fn aligned(a: (i64, u8), b: (i64, u8)) -> (i128, i128, u8) {
    let scale = a.1.max(b.1);
    let at = |(digits, own): (i64, u8)| i128::from(digits) * power(scale - own);
    (at(a), at(b), scale)
}

/// Working precision of the functions that decimal128 itself does not have: 34 digits
/// and some to spare, so that the one rounding at the end decides.
type Working = Decimal<16>;

impl Number {
    /// 0.
    pub const ZERO: Number = Number(Small {
        digits: 0,
        scale: 0,
    });
    /// 1.
    pub const ONE: Number = Number(Small {
        digits: 1,
        scale: 0,
    });

    fn finite(d: Decimal128) -> Option<Number> {
        d.is_finite().then(|| Self::kept(d))
    }

    /// As small as it can be kept.
    fn kept(d: Decimal128) -> Number {
        let exponent = d.exponent();
        if (-i32::from(MAX_SCALE)..=0).contains(&exponent)
            && let Some(small) = small(d.coefficient(), exponent.unsigned_abs() as u8)
        {
            return small;
        }
        Number(Wide(d))
    }

    fn wide(self) -> Decimal128 {
        match self.0 {
            Wide(d) => d,
            Small { digits, scale } => {
                let mut d = Decimal128::from(digits);
                if scale > 0 {
                    Context::<Decimal128>::default().set_exponent(&mut d, -i32::from(scale));
                }
                d
            }
        }
    }

    /// What decimal128 says, where small numbers do not do.
    #[cold]
    fn wider(self, other: Number, of: Operation) -> Option<Number> {
        let mut cx = Context::<Decimal128>::default();
        Self::finite(of(&mut cx, self.wide(), other.wide()))
    }

    /// The order of numbers of other scales.
    fn order(self, other: Number) -> Ordering {
        if let Some((a, b)) = self.both(other) {
            let (a, b, _) = aligned(a, b);
            return a.cmp(&b);
        }
        let order = Context::<Decimal128>::default().partial_cmp(self.wide(), other.wide());
        order.unwrap_or(Ordering::Equal)
    }

    #[inline]
    fn both(self, other: Number) -> Option<((i64, u8), (i64, u8))> {
        match (self.0, other.0) {
            (
                Small { digits, scale },
                Small {
                    digits: others,
                    scale: other,
                },
            ) => Some(((digits, scale), (others, other))),
            _ => None,
        }
    }

    /// Reads a decimal numeral with an optional exponent; `None` when it is not one
    /// or does not fit.
    pub fn parse(text: &str) -> Option<Number> {
        if let Some(small) = parse_small(text) {
            return Some(small);
        }
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
        // Whole numbers of 53 bits are exact as doubles, and so is their quotient rounded once.
        const EXACT: u64 = 1 << 53;
        match self.0 {
            Small { digits, scale } if digits.unsigned_abs() <= EXACT && scale <= 15 => {
                digits as f64 / POWERS[scale as usize] as f64
            }
            _ => self.wide().to_string().parse().unwrap_or(f64::NAN),
        }
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
        let n = match self.0 {
            Small { digits, scale } => return Some(i128::from(digits) / power(scale)),
            Wide(n) => n,
        };
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
        small(n, 0).unwrap_or_else(|| Number(Wide(Context::<Decimal128>::default().from_i128(n))))
    }

    /// True when there is nothing behind the decimal point.
    pub fn is_integer(self) -> bool {
        match self.0 {
            Small { digits, scale } => i128::from(digits) % power(scale) == 0,
            Wide(d) => d.is_integer() || Context::<Decimal128>::default().round(d) == d,
        }
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        match self.0 {
            Small { digits, .. } => digits < 0,
            Wide(d) => d.is_negative(),
        }
    }

    /// True for 0.
    pub fn is_zero(self) -> bool {
        match self.0 {
            Small { digits, .. } => digits == 0,
            Wide(d) => d.is_zero(),
        }
    }

    /// `self + other`; `None` when it overflows, as with the other operations.
    #[inline]
    pub fn checked_add(self, other: Number) -> Option<Number> {
        if let Some((a, b)) = self.both(other) {
            let (a, b, scale) = aligned(a, b);
            if let Some(sum) = small(a + b, scale) {
                return Some(sum);
            }
        }
        self.wider(other, |cx, a, b| cx.add(a, b))
    }

    /// `self - other`.
    #[inline]
    pub fn checked_sub(self, other: Number) -> Option<Number> {
        if let Some((a, b)) = self.both(other) {
            let (a, b, scale) = aligned(a, b);
            if let Some(difference) = small(a - b, scale) {
                return Some(difference);
            }
        }
        self.wider(other, |cx, a, b| cx.sub(a, b))
    }

    /// `self * other`.
    #[inline]
    pub fn checked_mul(self, other: Number) -> Option<Number> {
        if let Some((a, b)) = self.both(other)
            && let Some(product) = small(i128::from(a.0) * i128::from(b.0), a.1 + b.1)
        {
            return Some(product);
        }
        self.wider(other, |cx, a, b| cx.mul(a, b))
    }

    /// `self / other`; `None` for a division by zero.
    pub fn checked_div(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        if let Some((a, b)) = self.both(other) {
            let (a, b, _) = aligned(a, b);
            if a % b == 0
                && let Some(quotient) = small(a / b, 0)
            {
                return Some(quotient);
            }
        }
        self.wider(other, |cx, a, b| cx.div(a, b))
    }

    /// `self - other * floor(self / other)`: the sign is the divisor's.
    pub fn modulo(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        if let Some((a, b)) = self.both(other) {
            let (a, b, scale) = aligned(a, b);
            let rest = a % b;
            let rest = if rest != 0 && (rest < 0) != (b < 0) {
                rest + b
            } else {
                rest
            };
            if let Some(rest) = small(rest, scale) {
                return Some(rest);
            }
        }
        let (a, b) = (self.wide(), other.wide());
        let mut cx = Context::<Decimal128>::default();
        let rem = cx.rem(a, b);
        let rem = if rem.is_finite() {
            rem
        } else {
            // The quotient has more than 34 digits: multiples of the divisor first.
            let size = |d: Decimal128| d.exponent() + i32::try_from(d.digits()).unwrap_or(0);
            let mut rest = a;
            while !rest.is_zero() && size(rest) - size(b) > 32 {
                let multiple = cx.scaleb(b, Decimal128::from(size(rest) - size(b) - 32));
                rest = cx.rem(rest, multiple);
            }
            cx.rem(rest, b)
        };
        if !rem.is_zero() && rem.is_negative() != b.is_negative() {
            return Self::finite(cx.add(rem, b));
        }
        Self::finite(rem)
    }

    /// Without its sign.
    pub fn abs(self) -> Number {
        match self.0 {
            Small { digits, scale } => Number(Small {
                digits: digits.abs(),
                scale,
            }),
            Wide(d) => Number(Wide(Context::<Decimal128>::default().abs(d))),
        }
    }

    fn working(self, f: impl FnOnce(&mut Context<Working>, &mut Working)) -> Option<Number> {
        let mut cx = Context::<Working>::default();
        cx.set_precision(40).ok()?;
        // Wider than decimal128, within what the functions accept.
        cx.set_max_exponent(99_999).ok()?;
        cx.set_min_exponent(-99_999).ok()?;
        let mut n = Working::from(self.wide());
        f(&mut cx, &mut n);
        Self::finite(n.to_decimal128())
    }

    /// `self ** exponent`.
    pub fn pow(self, exponent: Number) -> Option<Number> {
        if self.is_zero() && exponent.is_zero() {
            return Some(Self::ONE);
        }
        self.working(|cx, n| cx.pow(n, &Working::from(exponent.wide())))
    }

    /// e to the power of `self`.
    pub fn exp(self) -> Option<Number> {
        self.working(|cx, n| cx.exp(n))
    }

    /// The natural logarithm; `None` at and below zero.
    pub fn ln(self) -> Option<Number> {
        if self.is_zero() || self.is_negative() {
            return None;
        }
        self.working(|cx, n| cx.ln(n))
    }

    /// The square root; `None` below zero.
    pub fn sqrt(self) -> Option<Number> {
        if self.is_negative() {
            return None;
        }
        self.working(|cx, n| cx.sqrt(n))
    }

    /// Rounded to `scale` digits behind the point (before it, when negative).
    pub fn round_to(self, scale: i32, rounding: Rounding) -> Option<Number> {
        if !(-6111..=6176).contains(&scale) {
            return None;
        }
        if let Small { scale: own, .. } = self.0
            && i32::from(own) <= scale
        {
            return Some(self);
        }
        let n = self.wide();
        if n.exponent() >= -scale {
            return Some(self);
        }
        let mut cx = Context::<Decimal128>::default();
        cx.set_rounding(rounding);
        let mut unit = Decimal128::ONE;
        cx.set_exponent(&mut unit, -scale);
        Self::finite(cx.quantize(n, unit))
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
        if let Small { scale: 0, .. } = self.0 {
            return self;
        }
        let mut cx = Context::<Decimal128>::default();
        cx.set_rounding(rounding);
        Self::kept(cx.round(self.wide()))
    }
}

/// A numeral of few digits without an exponent.
fn parse_small(text: &str) -> Option<Number> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let (mut digits, mut scale, mut point) = (0i64, 0u8, false);
    for (ix, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + i64::from(byte - b'0');
                scale += u8::from(point);
            }
            b'.' if !point && ix > 0 => point = true,
            _ => return None,
        }
    }
    if text.ends_with('.') {
        return None;
    }
    let digits = if negative { -digits } else { digits };
    Some(Number(Small { digits, scale }))
}

impl std::ops::Neg for Number {
    type Output = Number;
    fn neg(self) -> Number {
        match self.0 {
            Small { digits, scale } => Number(Small {
                digits: -digits,
                scale,
            }),
            Wide(d) => Number(Wide(Context::<Decimal128>::default().minus(d))),
        }
    }
}

/// Numeric order; `1.0` and `1` are equal.
impl Ord for Number {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (
                Small { digits, scale },
                Small {
                    digits: others,
                    scale: other,
                },
            ) if scale == other => digits.cmp(others),
            _ => self.order(*other),
        }
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
        Number::from_i128(n.into())
    }
}

impl From<i32> for Number {
    fn from(n: i32) -> Self {
        Number::from_i128(n.into())
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        Number::from_i128(n as i128)
    }
}

/// Plain notation without trailing zeros.
impl Number {
    /// All its digits, with an exponent where it has very many.
    pub fn short(self) -> String {
        match self.0 {
            Wide(d) if !self.is_zero() => Context::<Decimal128>::default().reduce(d).to_string(),
            _ => self.to_string(),
        }
    }
}

impl Number {
    /// With the zeros that it was written or computed with, as Java's `BigDecimal` has it.
    pub fn written(self) -> String {
        self.wide().to_string()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        match self.0 {
            Small {
                mut digits,
                mut scale,
            } => {
                while scale > 0 && digits % 10 == 0 {
                    digits /= 10;
                    scale -= 1;
                }
                if scale == 0 {
                    return write!(f, "{digits}");
                }
                let unit = POWERS[scale as usize].unsigned_abs();
                let (whole, rest) = (digits.unsigned_abs() / unit, digits.unsigned_abs() % unit);
                let sign = if digits < 0 { "-" } else { "" };
                write!(f, "{sign}{whole}.{rest:0width$}", width = scale as usize)
            }
            Wide(d) => {
                let d = Context::<Decimal128>::default().reduce(d);
                // Zeros in great numbers say nothing.
                let last = d.exponent();
                let first = last + d.digits() as i32;
                match first > MAX_DIGITS || last < -2 * MAX_DIGITS {
                    true => f.write_str(&d.to_string()),
                    false => f.write_str(&d.to_standard_notation_string()),
                }
            }
        }
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
    fn very_great_and_small_numbers_are_written_with_their_exponent() {
        for (number, text) in [
            ("1e33", "1000000000000000000000000000000000"),
            ("1e34", "1E+34"),
            ("-12e399", "-1.2E+400"),
            ("1e-40", "0.0000000000000000000000000000000000000001"),
            ("15e-400", "1.5E-399"),
        ] {
            let text_of = n(number).to_string();
            assert_eq!(text_of, text);
            assert_eq!(n(&text_of), n(number));
        }
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
        assert_eq!(n("1e40").modulo(n("3")), Some(n("1")));
        assert_eq!(n("-1e40").modulo(n("3")), Some(n("2")));
        let big = n("1234567890123456789012345678901234e6");
        assert_eq!(big.modulo(n("7")), Some(n("2")));
        assert_eq!(n("9e6144").modulo(n("7e-6100")), Some(n("1e-6100")));
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

    /// The same operations on decimal128 alone.
    fn as_wide(text: &str) -> Number {
        Number(Wide(Context::<Decimal128>::default().parse(text).unwrap()))
    }

    proptest::proptest! {
        #[test]
        fn small_numbers_are_decimal128s(
            a in "-?[0-9]{1,12}(\\.[0-9]{1,6})?", b in "-?[0-9]{1,12}(\\.[0-9]{1,6})?", scale in -3i32..8,
        ) {
            let (x, y) = (n(&a), n(&b));
            let (p, q) = (as_wide(&a), as_wide(&b));
            assert!(matches!(x.0, Small { .. }));
            for (found, wanted) in [
                (Some(x), Some(p)),
                (Some(-x), Some(-p)),
                (x.checked_add(y), p.checked_add(q)),
                (x.checked_sub(y), p.checked_sub(q)),
                (x.checked_mul(y), p.checked_mul(q)),
                (x.checked_div(y), p.checked_div(q)),
                (x.modulo(y), p.modulo(q)),
                (x.round_to(scale, Rounding::HalfEven), p.round_to(scale, Rounding::HalfEven)),
                (Some(x.floor()), Some(p.floor())),
                (Some(x.abs()), Some(p.abs())),
            ] {
                assert_eq!(found.map(|n| n.to_string()), wanted.map(|n| n.to_string()), "{a} {b}");
                assert_eq!(found, wanted);
            }
            assert_eq!(x.cmp(&y), p.cmp(&q));
            assert_eq!(x.is_integer(), p.is_integer());
            assert_eq!(x.to_i128(), p.to_i128());
            assert_eq!(x.to_f64(), a.parse::<f64>().unwrap());
        }
    }
}
