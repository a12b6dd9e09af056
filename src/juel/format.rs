//! Java's `String.format`, as far as values have something to print.

use super::convert;
use super::error::{Fault, clip};
use super::eval::{Item, World};
use crate::value::Value;
use std::fmt::Write;

/// Widest field.
const WIDEST: usize = 1_000;

/// One `%…`: `%[argument$][flags][width][.precision]conversion`.
struct Field<'p> {
    argument: Option<usize>,
    flags: &'p str,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

pub(super) fn format(world: &mut World, pattern: &str, args: &[Item]) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = pattern;
    let mut next = 0;
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let (field, after) = field(behind).ok_or_else(|| {
            Fault::failed(format!("the format '{}' can not be read", clip(pattern)))
        })?;
        rest = after;
        match field.conversion {
            '%' => out.push('%'),
            'n' => out.push('\n'),
            _ => {
                let at = field.argument.unwrap_or(next);
                next += usize::from(field.argument.is_none());
                let missing = || Fault::failed(format!("Format specifier '%{}'", field.conversion));
                let item = args.get(at).ok_or_else(missing)?;
                let text = shown(world, &field, item)?;
                world.budget.grow(text.len())?;
                out.push_str(&text);
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn field(text: &str) -> Option<(Field<'_>, &str)> {
    let digits = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let (number, behind) = text.split_at(digits(text));
    let (argument, text) = match behind.strip_prefix('$') {
        Some(behind) => (Some(number.parse::<usize>().ok()?.checked_sub(1)?), behind),
        None => (None, text),
    };
    let flags = text.find(|c: char| !"-0,+ (#".contains(c))?;
    let (flags, text) = text.split_at(flags);
    let (width, text) = text.split_at(digits(text));
    let width = if width.is_empty() { "0" } else { width };
    let width = width.parse().ok().filter(|width| *width <= WIDEST)?;
    let (precision, text) = match text.strip_prefix('.') {
        Some(text) => {
            let (number, text) = text.split_at(digits(text));
            let number = number.parse().ok().filter(|number| *number <= WIDEST);
            (Some(number?), text)
        }
        None => (None, text),
    };
    let conversion = text.chars().next()?;
    let field = Field {
        argument,
        flags,
        width,
        precision,
        conversion,
    };
    Some((field, &text[conversion.len_utf8()..]))
}

fn shown(world: &mut World, field: &Field, item: &Item) -> Result<String, Fault> {
    let has = |flag: char| field.flags.contains(flag);
    let value = item.clone().into_value()?;
    let number = match (field.conversion.to_ascii_lowercase(), &value) {
        ('s' | 'b' | 'd' | 'f' | 'x' | 'c', Value::Null) => None,
        ('d', Value::Short(_) | Value::Integer(_) | Value::Long(_)) => {
            Some(convert::long(&value)?.to_string())
        }
        ('f', Value::Double(n)) => Some(rounded(*n, field.precision.unwrap_or(6))),
        // Of a negative number the bits, as many as its type has.
        ('x', Value::Short(n)) => Some(format!("{n:x}")),
        ('x', Value::Integer(n)) => Some(format!("{n:x}")),
        ('x', Value::Long(n)) => Some(format!("{n:x}")),
        ('s' | 'b' | 'c', _) => None,
        _ => {
            return Err(Fault::failed(format!(
                "{} != {}",
                field.conversion,
                item.class()
            )));
        }
    };
    let mut text = match number {
        Some(mut number) => {
            let negative = number.starts_with('-');
            number = number.trim_start_matches('-').to_owned();
            let finite = !number.starts_with(char::is_uppercase);
            if has(',') && finite {
                number = grouped(&number);
            }
            let sign = match negative {
                true => "-",
                false if number == "NaN" => "",
                false if has('+') => "+",
                false if has(' ') => " ",
                false => "",
            };
            if has('0') && finite {
                let room = field.width.saturating_sub(sign.len());
                number = format!("{number:0>room$}");
            }
            format!("{sign}{number}")
        }
        None => {
            let text = match (field.conversion.to_ascii_lowercase(), &value) {
                ('b', Value::Boolean(_)) => world.text(item)?,
                ('b', _) => (!value.is_null()).to_string(),
                (_, Value::Null) => "null".to_owned(),
                _ => world.text(item)?,
            };
            let most = field.precision.unwrap_or(usize::MAX);
            text.chars().take(most).collect()
        }
    };
    if field.conversion.is_ascii_uppercase() {
        text = text.to_uppercase();
    }
    let width = field.width;
    let mut out = String::new();
    let done = match has('-') {
        true => write!(out, "{text:<width$}"),
        false => write!(out, "{text:>width$}"),
    };
    done.map_err(|_| Fault::failed("it can not be written"))?;
    Ok(out)
}

/// So many digits behind the point of the shortest text of a number, rounded half up as Java does.
fn rounded(number: f64, precision: usize) -> String {
    if !number.is_finite() {
        return number.to_string().replace("inf", "Infinity");
    }
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (kept, behind) = fraction.split_at(precision.min(fraction.len()));
    let point = if precision > 0 { "." } else { "" };
    let text = format!("{whole}{point}{kept:0<precision$}");
    if !behind.starts_with(|digit| digit >= '5') {
        return text;
    }
    let digits = text.trim_end_matches(['9', '.']);
    // Nines go over into what is before them.
    let nines: String = text.chars().skip(digits.len()).collect();
    let nines = nines.replace('9', "0");
    let (before, next) = match digits.char_indices().last() {
        Some((at, digit)) if digit != '-' => (&digits[..at], u32::from(digit) + 1),
        _ => (digits, u32::from('1')),
    };
    let next = char::from_u32(next).unwrap_or_default();
    format!("{before}{next}{nines}")
}

/// Thousands apart.
fn grouped(number: &str) -> String {
    let (whole, fraction) = match number.find('.') {
        Some(at) => number.split_at(at),
        None => (number, ""),
    };
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}
