//! Cells that do not fit their column: constants of another type, or that are not among its
//! values; tests that nothing passes.

use super::{Check, Finding, FindingKind, MOST, WIDEST, shown, text_of, with_article};
use crate::dmn::Dialect;
use crate::dmn::script::{Script, Test};
use crate::dmn::table::{Input, Output, Written};
use crate::dmn::type_ref::TypeRef;
use crate::feel::temporal::Date;
use crate::feel::{Budget, Fail, ParseScope, Type, UnaryTests, Value};
use crate::model::Severity;
use crate::value::near::did_you_mean;

impl Check<'_> {
    /// Looks at every cell with constants in it.
    pub(super) fn cells(&self, found: &mut Vec<Finding>) {
        if self.columns.len() > WIDEST {
            return;
        }
        let columns = self.table.inputs.iter().map(|i| values_of(&i.written));
        let inputs: Vec<Option<UnaryTests>> = columns.collect();
        let columns = self.table.outputs.iter().map(|o| values_of(&o.written));
        let outputs: Vec<Option<UnaryTests>> = columns.collect();
        for (ix, rule) in self.table.rules.iter().enumerate() {
            let texts = rule.input_texts.iter().zip(&inputs).enumerate();
            for (column, (text, values)) in texts {
                if found.len() >= MOST {
                    return;
                }
                if let Some(why) = comma_in_number(text) {
                    let mut finding = self.finding_in(FindingKind::Type, ix, column, &why);
                    finding.severity = Severity::Warning;
                    found.push(finding);
                }
                let told = self.input_cell(ix, column, text, values.as_ref());
                found.extend(told.map(|(kind, why)| self.finding_in(kind, ix, column, &why)));
            }
            let entries = rule.outputs.iter().zip(&self.table.outputs).zip(&outputs);
            for (column, ((entry, output), values)) in entries.enumerate() {
                if found.len() >= MOST {
                    return;
                }
                let Some(constant) = entry.as_ref().and_then(Script::constant) else {
                    continue;
                };
                let told = self.output_cell(output, &constant, values.as_ref());
                let entry = self.table.inputs.len() + column;
                found.extend(told.map(|(kind, why)| self.finding_in(kind, ix, entry, &why)));
            }
        }
    }

    fn input_cell(
        &self,
        rule: usize,
        column: usize,
        text: &str,
        values: Option<&UnaryTests>,
    ) -> Option<(FindingKind, String)> {
        let input = self.table.inputs.get(column)?;
        if let Some(date) = bare_date(text) {
            let timed = input.declared == Some(Type::DateTime);
            let how = match timed {
                true => format!("date and time(\"{date}T00:00:00\")"),
                false => format!("date(\"{date}\")"),
            };
            let why = format!("`{date}` is subtracted, not a date. Write {how}");
            return Some((FindingKind::Type, why));
        }
        let cell = self.table.rules.get(rule)?.cell(column)?;
        if let Some(constant) = wrong_type(input, cell) {
            let why = match &constant {
                Value::Date(day) if input.type_ref == Some(TypeRef::Date) => {
                    timeless(text, *day, input.title())
                }
                other => format!(
                    "`{text}` is {}, but {} is {}{}",
                    with_article(other.type_name()),
                    input.title(),
                    with_article(input.type_name()),
                    meant(other, input.declared.as_ref())
                ),
            };
            return Some((FindingKind::Type, why));
        }
        let named = cell.constants().unwrap_or_default().into_iter();
        let named = named.filter(|value| matches!(value, Value::String(_) | Value::Boolean(_)));
        for value in named {
            if let Some(why) = strange(&value, values, &input.written, input.title()) {
                return Some((FindingKind::Value, why));
            }
        }
        let nothing = || {
            let why = format!("`{text}` matches nothing");
            (FindingKind::Type, why)
        };
        self.never(column, rule).then(nothing)
    }

    fn output_cell(
        &self,
        output: &Output,
        constant: &Value,
        values: Option<&UnaryTests>,
    ) -> Option<(FindingKind, String)> {
        if let Some(why) = self.refused(output, constant) {
            return Some((FindingKind::Type, why));
        }
        let why = strange(constant, values, &output.written, output.title())?;
        Some((FindingKind::Value, why))
    }

    /// Why an output can not be this constant.
    fn refused(&self, output: &Output, constant: &Value) -> Option<String> {
        let name = output.written.type_name.as_deref()?;
        let wrong = || {
            let day = match constant {
                Value::Date(day) => Some(*day),
                Value::String(text) => Date::parse(text),
                _ => None,
            };
            if let (Some(TypeRef::Date), Some(day)) = (&output.type_ref, day) {
                return timeless(&shown(constant), day, output.title());
            }
            let (is, of) = (with_article(constant.type_name()), with_article(name));
            format!(
                "`{}` is {is}, but {} is {of}",
                shown(constant),
                output.title()
            )
        };
        if self.definitions.dialect == Dialect::Camunda {
            let of = output.type_ref.as_ref()?;
            return of.convert(constant.clone()).is_err().then(wrong);
        }
        let of = self.definitions.types.get(name).cloned();
        let of = of.or_else(|| Type::named(name))?;
        match of.coerce(constant.clone(), &mut Budget::default()) {
            Err(Fail::Null(_)) if !of.conforms(constant) => Some(wrong()),
            Err(Fail::Null(why)) => Some(why.into_owned()),
            _ => None,
        }
    }
}

/// What is to be written for a text that is a day.
fn meant(constant: &Value, of: Option<&Type>) -> String {
    let day = text_of(constant).filter(|text| Date::parse(text).is_some());
    match (day, of) {
        (Some(day), Some(Type::Date)) => format!(". Write date(\"{day}\")"),
        (Some(day), Some(Type::DateTime)) => {
            format!(". Write date and time(\"{day}T00:00:00\")")
        }
        _ => String::new(),
    }
}

/// What is said of a day in a column of Camunda's dates.
fn timeless(text: &str, day: Date, title: &str) -> String {
    format!(
        "`{text}` is a day, but {title} is a date with a time in Camunda. Write date and time(\"{day}T00:00:00\")"
    )
}

/// A constant that is not of the column's type.
fn wrong_type(input: &Input, cell: &Test) -> Option<Value> {
    let of = input.declared.as_ref()?;
    if matches!(of, Type::Any | Type::List(_) | Type::Context(_)) {
        return None;
    }
    let mut constants = cell.constants()?.into_iter();
    constants.find(|value| !of.conforms(value))
}

/// The values of a column as tests.
fn values_of(written: &Written) -> Option<UnaryTests> {
    UnaryTests::parse(written.values.as_deref()?, &ParseScope::new()).ok()
}

/// What is said of a value that is not among those of its column.
fn strange(
    value: &Value,
    values: Option<&UnaryTests>,
    written: &Written,
    title: &str,
) -> Option<String> {
    let values = values.filter(|_| !value.is_null())?;
    if values.judge(value) != Some(false) {
        return None;
    }
    let known = values.constants().unwrap_or_default();
    let known: Vec<&str> = known.iter().filter_map(text_of).collect();
    // Of very short ones everything is near.
    let text = text_of(value).filter(|text| text.chars().count() > 2);
    let meant = text.map(|text| did_you_mean(text, known));
    let all = written.values.as_deref().unwrap_or_default();
    Some(format!(
        "{} is not among the values of {title}: {all}{}",
        shown(value),
        meant.unwrap_or_default()
    ))
}

/// What is said of a comparison with a number that has a comma, which FEEL reads as two tests.
fn comma_in_number(text: &str) -> Option<String> {
    let (whole, part) = text.trim().split_once(',')?;
    let number = whole.trim_start_matches(['<', '>', '=']);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let compared = number.len() < whole.len();
    (compared && digits(number.trim()) && digits(part)).then(|| {
        format!("`{text}` is `{whole}` or {part}. If that is one number, write `{whole}.{part}`")
    })
}

/// A date without quotes, which FEEL reads as a subtraction.
fn bare_date(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate() {
        quoted ^= *byte == b'"';
        let part = bytes.get(at..at + 10).filter(|_| !quoted)?;
        let shape = |(ix, byte): (usize, &u8)| match ix {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if part.iter().enumerate().all(shape) {
            return text.get(at..at + 10);
        }
    }
    None
}
