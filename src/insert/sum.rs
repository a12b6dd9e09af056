//! The sum of a column, exact as long as 38 digits are enough.

use super::types::{Cell, ColumnType, Decimal, FRACTION, millionths};

/// What the numbers of a column come to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    /// The exact part is `digits / 10^scale`; none when it had no room.
    digits: Option<i128>,
    scale: u32,
    /// Numbers in binary digits, and what is lost when they are added (Neumaier).
    real: Option<(f64, f64)>,
    overflow: bool,
}

impl Sum {
    /// Whether the values of such a column are added.
    pub(super) fn is_of(kind: &ColumnType) -> bool {
        kind.is_number()
    }

    pub(super) fn see(&mut self, kind: &ColumnType, cell: &Cell<'_>) {
        match cell {
            Cell::Integer(n) => self.add(i128::from(*n), 0),
            Cell::Decimal(text) => self.decimal(&Decimal::parse_or_zero(text)),
            // Kept in binary digits, meant in decimal ones.
            Cell::Real(x) if matches!(kind, ColumnType::Decimal { .. }) => match millionths(*x) {
                Some(n) => self.add(n.into(), FRACTION),
                None => {
                    let text = x.to_string();
                    match Decimal::parse(&text) {
                        Some(number) => self.decimal(&number),
                        None => self.overflow = true,
                    }
                }
            },
            Cell::Real(x) => {
                let (sum, lost) = self.real.unwrap_or_default();
                let next = sum + x;
                let error = match sum.abs() >= x.abs() {
                    true => (sum - next) + x,
                    false => (x - next) + sum,
                };
                self.real = Some((next, lost + error));
            }
            _ => {}
        }
    }

    /// Takes in a decimal number.
    pub(super) fn decimal(&mut self, number: &Decimal<'_>) {
        match (number.digits(), u32::try_from(number.fraction.len())) {
            (Some(digits), Ok(scale)) => self.add(digits, scale),
            _ => self.overflow = true,
        }
    }

    fn add(&mut self, digits: i128, scale: u32) {
        // Most numbers of a column have as many digits as those before, or fewer.
        let power = self
            .scale
            .checked_sub(scale)
            .and_then(|n| POWERS.get(n as usize));
        if let (Some(sum), Some(power)) = (self.digits, power)
            && let Some(sum) = digits.checked_mul(*power).and_then(|n| n.checked_add(sum))
        {
            self.digits = Some(sum);
            return;
        }
        let to = self.scale.max(scale);
        let at = |digits: i128, own: u32| {
            let power = 10_i128.checked_pow(to - own)?;
            digits.checked_mul(power)
        };
        let sum = at(self.digits.unwrap_or(0), self.scale)
            .zip(at(digits, scale))
            .and_then(|(a, b)| a.checked_add(b));
        match sum {
            Some(sum) => (self.digits, self.scale) = (Some(sum), to),
            None => self.overflow = true,
        }
    }

    /// The sum without that of other rows of the same column.
    pub(super) fn without(mut self, other: &Sum) -> Sum {
        self.overflow |= other.overflow || other.real.is_some();
        if let Some(digits) = other.digits {
            match digits.checked_neg() {
                Some(digits) => self.add(digits, other.scale),
                None => self.overflow = true,
            }
        }
        self
    }

    /// As text; none without a number, or where it has more than 38 digits.
    pub(super) fn text(&self) -> Option<String> {
        if self.overflow {
            return None;
        }
        match (self.digits, self.real) {
            (None, None) => None,
            (Some(digits), None) => Some(plain(digits, self.scale)),
            (digits, Some((sum, lost))) => {
                let exact = digits.map(|digits| plain(digits, self.scale));
                let exact: f64 = exact.and_then(|text| text.parse().ok()).unwrap_or(0.0);
                let sum = sum + lost + exact;
                sum.is_finite().then(|| sum.to_string())
            }
        }
    }
}

const POWERS: [i128; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// `digits / 10^scale` without superfluous zeros.
fn plain(digits: i128, scale: u32) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let scale = scale as usize;
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = text.split_at(text.len() - scale);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::borrow::Cow;

    const EXACT: ColumnType = ColumnType::Decimal {
        precision: None,
        scale: None,
        binary: false,
    };
    const REAL: ColumnType = ColumnType::Real {
        single: false,
        endless: false,
    };

    fn sum(kind: &ColumnType, cells: &[Cell<'_>]) -> Sum {
        let mut sum = Sum::default();
        cells.iter().for_each(|cell| sum.see(kind, cell));
        sum
    }

    fn decimals(texts: &[&'static str]) -> Sum {
        let cells: Vec<_> = texts
            .iter()
            .map(|t| Cell::Decimal(Cow::Borrowed(t)))
            .collect();
        sum(&EXACT, &cells)
    }

    #[test]
    fn decimals_are_added_without_a_loss() {
        let text = |texts: &[&'static str]| decimals(texts).text();
        assert_eq!(text(&["0.1", "0.2"]).as_deref(), Some("0.3"));
        assert_eq!(text(&["19.90", "-20", "0.100"]).as_deref(), Some("0"));
        assert_eq!(text(&["-0.05", "-1"]).as_deref(), Some("-1.05"));
        let most = "99999999999999999999999999999999999999";
        assert_eq!(text(&[most]).as_deref(), Some(most));
        assert_eq!(text(&[most, most]), None);
        assert_eq!(text(&[]), None);
        // Kept in binary digits by the target.
        let kept = ColumnType::Decimal {
            precision: None,
            scale: None,
            binary: true,
        };
        let cells = [
            Cell::Real(0.1),
            Cell::Real(0.2),
            Cell::Integer(1),
            Cell::Null,
        ];
        assert_eq!(sum(&kept, &cells).text().as_deref(), Some("1.3"));
    }

    proptest! {
        /// However many digits they have, in whatever order.
        #[test]
        fn the_sum_is_that_of_the_digits(
            numbers in prop::collection::vec((any::<i32>(), 0..9_u32), 1..20),
            binary: bool,
        ) {
            let texts: Vec<String> = numbers
                .iter()
                .map(|(n, scale)| plain(i128::from(*n), *scale))
                .collect();
            let kind = ColumnType::Decimal { precision: None, scale: None, binary };
            let cells = texts.iter().map(|text| match binary {
                true => Cell::Real(text.parse().unwrap()),
                false => Cell::Decimal(Cow::Borrowed(text.as_str())),
            });
            let cells: Vec<_> = cells.collect();
            let naive: i128 = numbers
                .iter()
                .map(|(n, scale)| i128::from(*n) * 10_i128.pow(8 - scale))
                .sum();
            prop_assert_eq!(sum(&kind, &cells).text(), Some(plain(naive, 8)));
        }
    }

    #[test]
    fn whole_numbers_go_beyond_64_bits_and_reals_lose_little() {
        let whole = ColumnType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        };
        let cells = [Cell::Integer(i64::MAX), Cell::Integer(i64::MAX)];
        assert_eq!(
            sum(&whole, &cells).text().as_deref(),
            Some("18446744073709551614")
        );
        let cells = [Cell::Real(1e16), Cell::Real(1.0), Cell::Real(-1e16)];
        assert_eq!(sum(&REAL, &cells).text().as_deref(), Some("1"));
        let cells = [Cell::Real(f64::MAX), Cell::Real(f64::MAX)];
        assert_eq!(sum(&REAL, &cells).text(), None);
    }

    #[test]
    fn what_was_there_before_goes_off() {
        let rest = decimals(&["1.25", "2", "3"]).without(&decimals(&["2.0"]));
        assert_eq!(rest.text().as_deref(), Some("4.25"));
        let before = sum(&REAL, &[Cell::Real(0.5)]);
        let both = sum(&REAL, &[Cell::Real(0.5), Cell::Real(0.25)]);
        assert_eq!(both.without(&before).text(), None);
    }
}
