//! How the frame writes the values of a column, where not as usual.

use super::dates::DateFormat;
use super::facts::shown;
use super::numbers::NumberFormat;
use super::records::ReadOptions;
use super::target::Column;
use super::truths::TruthFormat;
use super::types::{Cell, ColumnType, is_number};
use std::borrow::Cow;

/// The format of the texts of a column.
#[derive(Debug, Clone)]
pub(super) enum Written {
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
        let numbers = || numbers.copied().map(Written::Number);
        let truths = read.truths.of(names);
        let truths = truths.filter(|_| *kind == ColumnType::Boolean);
        dates
            .map(|dates| match queried {
                true => Written::Queried(dates.clone()),
                false => Written::Date(dates.clone()),
            })
            .or_else(numbers)
            .or_else(|| truths.cloned().map(Written::Truth))
    }

    /// The value of a text as the column keeps it, or why it can not.
    pub(super) fn check<'a>(&self, text: &'a str, column: &Column) -> Result<Cell<'a>, String> {
        let kind = &column.kind;
        let declared = &column.declared;
        let wrong = |format: &dyn std::fmt::Display| {
            let text = shown(text);
            format!("{text:?} is not {declared} in the format {format}")
        };
        match self {
            Written::Date(format) => {
                let usual = format.usual(text, kind).ok_or_else(|| wrong(format))?;
                let checked = kind.check_text(Cow::Owned(usual), declared);
                checked.map_err(|_| wrong(format))
            }
            Written::Queried(format) => {
                let as_usual = kind.check_text(Cow::Borrowed(text), declared);
                as_usual.or_else(|_| Written::Date(format.clone()).check(text, column))
            }
            // The usual words stay what they are.
            Written::Truth(format) => {
                let usual = format.usual(text).unwrap_or(text);
                let checked = kind.check_text(Cow::Borrowed(usual), declared);
                checked.map_err(|_| wrong(format))
            }
            Written::Number(format) => match format.usual(text) {
                Some(usual) => kind.check_text(Cow::Owned(usual), declared),
                // What is no number in any way is the text that such a column takes, too.
                None if matches!(kind, ColumnType::Any { .. }) && !is_number(text.trim()) => {
                    Ok(Cell::Text(Cow::Borrowed(text)))
                }
                None => Err(wrong(format)),
            },
        }
    }
}
