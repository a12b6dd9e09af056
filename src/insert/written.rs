//! How the frame writes the values of a column, where not as usual.

use super::dates::DateFormat;
use super::facts::shown;
use super::in_zone::InZone;
use super::numbers::NumberFormat;
use super::records::ReadOptions;
use super::target::Column;
use super::truths::TruthFormat;
use super::types::{Cell, ColumnType, Field, is_number};
use std::borrow::Cow;

/// How the texts of a column are written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    form: Option<Form>,
    /// Where the clocks show its times.
    zone: Option<InZone>,
}

/// The format of the texts of a column.
#[derive(Debug, Clone)]
enum Form {
    Date(DateFormat),
    /// The same of what a query gives: days of the frame are as usual there.
    Queried(DateFormat),
    Number(NumberFormat),
    Truth(TruthFormat),
}

impl Written {
    /// What is said about texts that a column, known by these names, takes. Those that a query made of numbers are
    /// written as usual.
    pub(super) fn of(
        names: &[&str],
        kind: &ColumnType,
        read: &ReadOptions,
        queried: bool,
    ) -> Option<Written> {
        let dates = read.dates.of(names).filter(|dates| dates.is_about(kind));
        let numbers = read.numbers.of(names);
        let numbers = numbers.filter(|_| kind.is_number() && !queried);
        let numbers = || numbers.copied().map(Form::Number);
        let truths = read.truths.of(names);
        let truths = truths.filter(|_| *kind == ColumnType::Boolean);
        let form = dates
            .map(|dates| match queried {
                true => Form::Queried(dates.clone()),
                false => Form::Date(dates.clone()),
            })
            .or_else(numbers)
            .or_else(|| truths.cloned().map(Form::Truth));
        let zone = read.zone.as_ref();
        let zone = zone.filter(|_| matches!(kind, ColumnType::Timestamp(_)));
        (form.is_some() || zone.is_some()).then(|| Written {
            form,
            zone: zone.cloned(),
        })
    }

    /// The value of a text as the column keeps it, or why it can not.
    pub(super) fn check<'a>(&self, text: &'a str, column: &Column) -> Result<Cell<'a>, String> {
        match &self.form {
            Some(form) => form.check(text, column, self.zone.as_ref()),
            None => in_zone(self.zone.as_ref(), Cow::Borrowed(text), column),
        }
    }

    /// The same of a value of a format that tells days and times from texts.
    pub(super) fn check_exact<'a>(
        &self,
        field: &Field<'a>,
        column: &Column,
    ) -> Result<Cell<'a>, String> {
        let moved = match (field, &self.zone) {
            (Field::Exact(text), Some(zone)) => zone.meant(text, &column.kind)?,
            _ => None,
        };
        match moved {
            Some(moved) => column.kind.check_text(Cow::Owned(moved), &column.declared),
            None => column.kind.check(field, &column.declared),
        }
    }
}

/// A text in the usual form, whose time the clocks of a region show.
fn in_zone<'a>(
    zone: Option<&InZone>,
    usual: Cow<'a, str>,
    column: &Column,
) -> Result<Cell<'a>, String> {
    let moved = zone.map_or(Ok(None), |zone| zone.meant(&usual, &column.kind))?;
    let usual = moved.map_or(usual, Cow::Owned);
    column.kind.check_text(usual, &column.declared)
}

impl Form {
    fn check<'a>(
        &self,
        text: &'a str,
        column: &Column,
        zone: Option<&InZone>,
    ) -> Result<Cell<'a>, String> {
        let kind = &column.kind;
        let declared = &column.declared;
        let wrong = |format: &dyn std::fmt::Display| {
            let text = shown(text);
            format!("{text:?} is not {declared} in the format {format}")
        };
        match self {
            Form::Date(format) => {
                let usual = format.usual(text, kind).ok_or_else(|| wrong(format))?;
                let checked = in_zone(zone, Cow::Owned(usual), column);
                checked.map_err(|why| match zone {
                    Some(_) => why,
                    None => wrong(format),
                })
            }
            Form::Queried(format) => {
                let as_usual = in_zone(zone, Cow::Borrowed(text), column);
                as_usual.or_else(|_| Form::Date(format.clone()).check(text, column, zone))
            }
            // The usual words stay what they are.
            Form::Truth(format) => {
                let usual = format.usual(text).unwrap_or(text);
                let checked = kind.check_text(Cow::Borrowed(usual), declared);
                checked.map_err(|_| wrong(format))
            }
            Form::Number(format) => match format.usual(text) {
                Some(usual) => kind.check_text(Cow::Owned(usual), declared),
                // What is no number in any way is the text that such a column takes, too.
                None if matches!(kind, ColumnType::Any { .. }) && !is_number(text.trim()) => {
                    Ok(Cell::Text(Cow::Borrowed(text)))
                }
                None if matches!(kind, ColumnType::Real { endless: true, .. })
                    && !is_number(text.trim()) =>
                {
                    let endless = kind.check_text(Cow::Borrowed(text), declared);
                    endless.map_err(|_| wrong(format))
                }
                None => Err(wrong(format)),
            },
        }
    }
}
