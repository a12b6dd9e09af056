//! Numbers that are written another way than `1234.56`: read by an example, kept the usual way.
//!
//! An example such as `1.234,56` shows the sign between groups of three digits, if there is one,
//! and the sign before the fraction. Groups may be left out, but not set elsewhere.

use super::dates::{ENOUGH, likely};
use super::facts::shown;
use super::types::Decimal;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Formats that a column is compared with, the likelier first.
const USUAL: [&str; 5] = ["1.234,56", "1,234.56", "1 234,56", "1'234.56", "1234,56"];

/// The same, read once: values of many rows are compared with them.
static FORMATS: LazyLock<Vec<NumberFormat>> =
    LazyLock::new(|| USUAL.iter().flat_map(|usual| usual.parse()).collect());

/// How numbers are written in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberFormat {
    group: Option<char>,
    point: char,
    /// What may stand beside each number, such as `€`.
    money: Option<Money>,
    /// What is below zero stands in brackets.
    brackets: bool,
}

/// The sign of a currency or its code, of at most three characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Money([Option<char>; 3]);

impl Money {
    fn of(text: &str) -> Option<Money> {
        let mut signs = text.chars();
        let money = Money([signs.next(), signs.next(), signs.next()]);
        let is_sign = |c: char| "€$£¥₹₽₺₩฿₫₴₪".contains(c);
        let known = text.chars().all(|c| c.is_alphabetic() || is_sign(c));
        let is_code = text.chars().count() > 1 || text.chars().all(is_sign);
        (signs.next().is_none() && !text.is_empty() && known && is_code).then_some(money)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.iter().flatten().collect();
        f.write_str(&text)
    }
}

/// A number, and what stands around it.
struct Around<'t> {
    bare: &'t str,
    negative: bool,
    money: Option<Money>,
    brackets: bool,
}

impl Around<'_> {
    /// Of `-1.234,56 €`, `€ 5`, `(45.10)` or `12,50-`; none where more stands there.
    fn of(text: &str) -> Option<Around<'_>> {
        let blank = |c: char| is_blank(c);
        let text = text.trim_matches(blank);
        let inside = text
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'));
        let brackets = inside.is_some();
        let (mut rest, mut signs, mut minus) = (inside.unwrap_or(text), 0, false);
        let mut money = None;
        loop {
            rest = rest.trim_start_matches(blank);
            if let Some(after) = rest.strip_prefix(['-', '\u{2212}', '+']) {
                minus |= !rest.starts_with('+');
                (rest, signs) = (after, signs + 1);
                continue;
            }
            let is_number =
                |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '\u{2212}');
            let end = rest.find(|c| is_number(c) || blank(c))?;
            let (before, after) = rest.split_at(end);
            if before.is_empty() {
                break;
            }
            money = Some(Money::of(before).filter(|_| money.is_none())?);
            rest = after;
        }
        let end = rest.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','))? + 1;
        let (bare, mut behind) = rest.split_at(end);
        behind = behind.trim_matches(blank);
        if let Some(before) = behind.strip_suffix(['-', '\u{2212}']) {
            (behind, signs, minus) = (before.trim_end_matches(blank), signs + 1, true);
        }
        if !behind.is_empty() {
            money = Some(Money::of(behind).filter(|_| money.is_none())?);
        }
        (signs + usize::from(brackets) <= 1).then_some(Around {
            bare,
            negative: brackets || minus,
            money,
            brackets,
        })
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.brackets { ("(", ")") } else { ("", "") };
        let group = self.group.map(String::from).unwrap_or_default();
        write!(f, "{open}1{group}234{}56", self.point)?;
        if let Some(money) = self.money {
            write!(f, " {money}")?;
        }
        f.write_str(close)
    }
}

impl FromStr for NumberFormat {
    type Err = String;

    fn from_str(example: &str) -> Result<NumberFormat, String> {
        let found = || {
            let around = Around::of(example).filter(|a| a.brackets || !a.negative)?;
            let rest = around.bare.strip_prefix('1')?;
            let (whole, rest) = rest.split_once("234")?;
            let point = rest.strip_suffix("56")?;
            let (point, group) = (only(point)?, only(whole));
            let group = group.map(|sign| if is_blank(sign) { ' ' } else { sign });
            let group = group.map(|sign| if sign == '’' { '\'' } else { sign });
            let known = group.is_none_or(|sign| matches!(sign, '.' | ',' | ' ' | '\'' | '_'));
            let sound = matches!(point, '.' | ',') && known && group != Some(point);
            (sound && (whole.is_empty() || group.is_some())).then_some(NumberFormat {
                group,
                point,
                money: around.money,
                brackets: around.brackets,
            })
        };
        found().ok_or_else(|| {
            format!(
                "{:?} is no number format; write 1234.56 as the data frame would, such as 1.234,56 \
                 or 1,234.56 or 1 234,56 or 1'234.56, with what stands beside numbers: 1.234,56 €, \
                 (1,234.56) for those below zero",
                shown(example)
            )
        })
    }
}

fn only(text: &str) -> Option<char> {
    let mut signs = text.chars();
    signs.next().filter(|_| signs.next().is_none())
}

/// Blanks that stand between groups of digits.
fn is_blank(sign: char) -> bool {
    matches!(sign, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

impl NumberFormat {
    /// The number in a text, as usual; none where the text does not follow the format.
    pub(super) fn usual(self, text: &str) -> Option<String> {
        if self.money.is_none() && !self.brackets {
            return self.bare(text);
        }
        let around = Around::of(text)?;
        let other = around.money.is_some() && around.money != self.money;
        if other || around.brackets && !self.brackets {
            return None;
        }
        let bare = self.bare(around.bare)?;
        Some(if around.negative {
            format!("-{bare}")
        } else {
            bare
        })
    }

    /// The same of a text with nothing around the number.
    fn bare(self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let unsigned = text.strip_prefix(['+', '-', '\u{2212}']).unwrap_or(text);
        if unsigned.len() < text.len() && !text.starts_with('+') {
            out.push('-');
        }
        let (number, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => unsigned.split_at(at),
            None => (unsigned, ""),
        };
        let (whole, fraction) = match number.split_once(self.point) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (number, None),
        };
        self.groups(whole, fraction.is_some(), &mut out)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if let Some(fraction) = fraction {
            if !digits(fraction) {
                return None;
            }
            out.push('.');
            out.push_str(fraction);
        }
        if let Some(power) = exponent.get(1..) {
            if !digits(power.strip_prefix(['+', '-']).unwrap_or(power)) {
                return None;
            }
            out.push_str(exponent);
        }
        Some(out)
    }

    /// Writes the digits before the point: without groups, or each of three digits but the first.
    fn groups(self, whole: &str, may_be_none: bool, out: &mut String) -> Option<()> {
        let mut since = 0;
        let mut grouped = false;
        for sign in whole.chars() {
            match sign {
                '0'..='9' => {
                    since += 1;
                    out.push(sign);
                }
                _ if self.is_group(sign) => {
                    let full = if grouped {
                        since == 3
                    } else {
                        (1..=3).contains(&since)
                    };
                    if !full {
                        return None;
                    }
                    (grouped, since) = (true, 0);
                }
                _ => return None,
            }
        }
        match (grouped, since) {
            (true, 3) => Some(()),
            (false, 1..) => Some(()),
            (false, 0) if may_be_none => {
                out.push('0');
                Some(())
            }
            _ => None,
        }
    }

    fn is_group(self, sign: char) -> bool {
        self.group.is_some_and(|group| match group {
            ' ' => is_blank(sign),
            '\'' => matches!(sign, '\'' | '’'),
            group => group == sign,
        })
    }
}

/// Whether a text is a number in one of the usual formats.
pub(super) fn is_usual(text: &str) -> bool {
    FORMATS.iter().any(|format| format.usual(text).is_some())
}

/// The format in which the texts of a column are written, as far as they were looked at; a few
/// that are wrong do not hide it.
#[derive(Debug, Clone, Default)]
pub(super) struct Likely {
    seen: u64,
    /// What stands beside numbers, the same everywhere.
    money: Option<Money>,
    brackets: bool,
    any: Misses,
    /// The same of whole numbers: `1.234` is one only between thousands.
    whole: Misses,
}

/// Texts that do not follow.
#[derive(Debug, Clone, Default)]
struct Misses {
    /// The usual way.
    usual: u64,
    of: [u64; USUAL.len()],
}

impl Likely {
    /// Looks at one more text.
    pub(super) fn see(&mut self, text: &str) {
        if text.is_empty() || self.any.of.iter().all(|misses| *misses >= ENOUGH) {
            return;
        }
        self.seen += 1;
        let number = Decimal::parse(text);
        let around = Around::of(text).filter(|a| a.money.is_some() || a.brackets);
        let around = around.filter(|a| a.money.is_none() || a.money == self.money.or(a.money));
        let text = around.as_ref().map_or(text, |around| {
            self.money = self.money.or(around.money);
            self.brackets |= around.brackets;
            around.bare
        });
        self.any.usual += u64::from(number.is_none());
        self.whole.usual += u64::from(number.is_none() || text.contains('.'));
        let misses = self.any.of.iter_mut().zip(&mut self.whole.of);
        for ((any, whole), format) in misses.zip(&*FORMATS) {
            let usual = format.usual(text);
            *any += u64::from(usual.is_none());
            *whole += u64::from(usual.is_none_or(|usual| usual.contains('.')));
        }
    }

    /// The format, of a column of whole numbers or of any; none where the texts are no numbers or
    /// usual ones, or where the same sign may stand before a fraction or between groups.
    pub(super) fn result(&self, whole: bool) -> Option<String> {
        let misses = if whole { &self.whole } else { &self.any };
        let least = *misses.of.iter().min()?;
        if least >= misses.usual || !likely(least, self.seen) {
            return None;
        }
        let best = misses.of.iter().zip(&*FORMATS);
        let best: Vec<&NumberFormat> = best
            .filter(|(misses, _)| **misses == least)
            .map(|(_, format)| format)
            .collect();
        let first = best.first()?;
        let alike = best.iter().all(|format| format.point == first.point);
        let format = NumberFormat {
            money: self.money,
            brackets: self.brackets,
            ..**first
        };
        alike.then(|| format.to_string())
    }

    /// Whether the texts are not written like this one of the usual examples.
    pub(super) fn misses(&self, example: &str, whole: bool) -> bool {
        let misses = if whole { &self.whole } else { &self.any };
        let bare = example.parse().map(|format: NumberFormat| NumberFormat {
            money: None,
            brackets: false,
            ..format
        });
        let mut known = FORMATS.iter().zip(&misses.of);
        let found = known.find(|(usual, _)| Ok(**usual) == bare);
        found.is_none_or(|(_, misses)| !likely(*misses, self.seen))
    }
}

/// Whether a text is digits with the signs of a number, perhaps with a currency: `12,50 €`, `(45.10)`,
/// `R$ 1.234,56`, `15%`.
pub(super) fn looks_like_amount(text: &str) -> bool {
    let is_sign = |c: char| " \u{a0}\u{202f}.,'’+-()%€$£¥".contains(c);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let around = text.trim_matches(|c: char| c.is_alphabetic() || is_sign(c));
    letters <= 3 && !around.is_empty() && around.chars().all(|c| c.is_ascii_digit() || is_sign(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(example: &str, text: &str) -> Option<String> {
        example.parse::<NumberFormat>().unwrap().usual(text)
    }

    #[test]
    fn numbers_are_read_by_their_example() {
        for (example, text, number) in [
            ("1.234,56", "1.234,56", "1234.56"),
            ("1.234,56", "-12.345.678,9", "-12345678.9"),
            ("1.234,56", "1234,5", "1234.5"),
            ("1.234,56", "1.234", "1234"),
            ("1.234,56", "0,10", "0.10"),
            ("1.234,56", ",5", "0.5"),
            ("1.234,56", "007", "007"),
            ("1.234,56", "+5", "5"),
            ("1.234,56", "\u{2212}5", "-5"),
            ("1.234,56", "1,5E-3", "1.5E-3"),
            ("1,234.56", "1,234,567.89", "1234567.89"),
            ("1 234,56", "1 234,56", "1234.56"),
            ("1 234,56", "1\u{a0}234\u{202f}567,5", "1234567.5"),
            ("1'234.56", "1’234.56", "1234.56"),
            ("1_234.56", "1_234", "1234"),
            ("1234,56", "1234,56", "1234.56"),
            ("1234.56", "12.5", "12.5"),
            ("1.234,56 €", "1.234,56 €", "1234.56"),
            ("1.234,56 €", "-12,50\u{a0}€", "-12.50"),
            ("1.234,56 €", "€ 12,50-", "-12.50"),
            ("1.234,56 €", "7", "7"),
            ("R$ 1.234,56", "R$1.234,56", "1234.56"),
            ("$1,234.56", "-$1,234.56", "-1234.56"),
            ("$1,234.56", "$-5", "-5"),
            ("(1,234.56)", "(1,045.10)", "-1045.10"),
            ("(1,234.56)", "3", "3"),
            ("(1.234,56 €)", "(5 €)", "-5"),
            ("CHF 1'234.56", "CHF 1'200.00", "1200.00"),
        ] {
            assert_eq!(
                usual(example, text).as_deref(),
                Some(number),
                "{example} {text}"
            );
        }
    }

    #[test]
    fn what_does_not_follow_is_no_number() {
        for text in [
            "", "-", ",", "1,", "1.5", "12.34,5", "1.2345", "1234.567", ".123", "1..234", "1.234.",
            "1,5,6", "1,234.56", " 1", "1 ", "1 234", "1e5x", "e5", "1e", "--1", "x", "٣", "1,5e+",
        ] {
            assert_eq!(usual("1.234,56", text), None, "{text}");
        }
        assert_eq!(usual("1234,56", "1.234,56"), None);
    }

    #[test]
    fn what_is_no_example_is_said() {
        for example in [
            "", "1234", "1.234", "1.234.56", "1,234,56", "1x234,56", "1.234,5", "2.345,67",
            "1234;56",
        ] {
            let error = example.parse::<NumberFormat>().unwrap_err();
            assert!(error.contains("such as 1.234,56"), "{example}: {error}");
        }
        for example in USUAL.into_iter().chain(["1234.56", "1\u{a0}234,56"]) {
            let format: NumberFormat = example.parse().unwrap();
            let again: NumberFormat = format.to_string().parse().unwrap();
            assert_eq!(again, format, "{example}");
        }
    }

    #[test]
    fn a_format_is_likely_when_only_one_sign_may_be_the_point() {
        let likely = |texts: &[&str]| {
            let mut likely = Likely::default();
            texts.iter().for_each(|text| likely.see(text));
            likely.result(false)
        };
        assert_eq!(likely(&["1.234,56", "7"]), Some("1.234,56".to_owned()));
        assert_eq!(likely(&["12,5", "1234,25"]), Some("1.234,56".to_owned()));
        assert_eq!(likely(&["1,234.56", "1,234"]), Some("1,234.56".to_owned()));
        assert_eq!(likely(&["1 234,56"]), Some("1 234,56".to_owned()));
        assert_eq!(likely(&["1'234", "5.5"]), Some("1'234.56".to_owned()));
        assert_eq!(likely(&["1,234"]), None, "two ways to read it");
        assert_eq!(likely(&["1.5", "2"]), None, "as usual");
        assert_eq!(likely(&["1,5", "x"]), None);
        assert_eq!(likely(&[]), None);
        let whole = |text: &str| {
            let mut likely = Likely::default();
            likely.see(text);
            likely.result(true)
        };
        assert_eq!(whole("1.234"), Some("1.234,56".to_owned()));
        assert_eq!(whole("1,234"), Some("1,234.56".to_owned()));
        assert_eq!(whole("1.5"), None);
        assert_eq!(whole("7"), None);
    }

    #[test]
    fn amounts_are_numbers_with_a_currency() {
        for text in [
            "12,50 €",
            "R$ 1.234,56",
            "(45.10)",
            "15%",
            "1.5",
            "-3",
            "CHF 1'200.00",
        ] {
            assert!(looks_like_amount(text), "{text}");
        }
        for text in ["", "-", "n/a", "see note 3", "2026/01", "A1B2"] {
            assert!(!looks_like_amount(text), "{text}");
        }
    }

    #[test]
    fn another_currency_is_another_number() {
        for (example, text) in [
            ("1.234,56 €", "12,50 $"),
            ("1.234,56 €", "€ 12,50 €"),
            ("1.234,56 €", "(5)"),
            ("(1.234,56)", "(-5)"),
            ("(1.234,56)", "5 €"),
            ("1.234,56", "12,50 €"),
            ("1.234,56 €", "€"),
            ("1.234,56 €", "-€"),
            ("1.234,56 €", ""),
        ] {
            assert_eq!(usual(example, text), None, "{example} {text}");
        }
        for wrong in [
            "1.234,56 pieces",
            "€ 1.234,56 €",
            "-1.234,56",
            "1.234,56 %",
            "€",
        ] {
            assert!(wrong.parse::<NumberFormat>().is_err(), "{wrong}");
        }
        for (shown, texts) in [
            (
                Some("1.234,56 €"),
                &["12,50 €", "1.200,00 €", "-3,10 €"][..],
            ),
            (Some("1,234.56 $"), &["$12.50", "$1,200.00"]),
            (Some("(1,234.56)"), &["(45.10)", "1,200.00", "7.00"]),
            (None, &["12,50 m", "1,5 m"]),
        ] {
            let mut likely = Likely::default();
            texts.iter().for_each(|text| likely.see(text));
            assert_eq!(likely.result(false).as_deref(), shown, "{texts:?}");
            if let Some(shown) = shown {
                assert!(!likely.misses(shown, false), "{shown}");
                assert_eq!(shown.parse::<NumberFormat>().unwrap().to_string(), shown);
            }
        }
    }
}
