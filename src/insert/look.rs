//! What is seen of the first rows of a frame: the rows themselves, what the values of each column
//! have in common, and what would have to be said of them so that they fit.

use super::facts::shown;
use super::points::{self, Points};
use super::preview::PreviewRow;
use super::records::{Format, ReadOptions, Trim};
use super::rows::{Item, Row};
use super::target::Column;
use super::types::{ColumnType, Field, Inference};
use super::written::Written;
use super::{dates, nulls, numbers, truths};

/// Rows that are shown.
const SHOWN_ROWS: usize = 20;
/// The longest value that tells where a column belongs, in bytes.
const LONGEST: usize = 1000;
/// Texts of a column that often mean NULL and are kept.
const MOST_NULLS: usize = 4;

/// The first rows, and what all of them have in common.
#[derive(Default)]
pub(super) struct Look {
    pub(super) seen: u64,
    pub(super) columns: Vec<Seen>,
    pub(super) rows: Vec<PreviewRow>,
    /// Names of several files.
    files: Vec<String>,
}

/// What was seen of a column.
#[derive(Default, Clone)]
pub(super) struct Seen {
    pub(super) inference: Inference,
    /// The same without the texts that often mean NULL.
    values: Inference,
    pub(super) dates: dates::Likely,
    pub(super) numbers: numbers::Likely,
    pub(super) points: Points,
    pub(super) truths: truths::Likely,
    /// Texts that often mean NULL.
    nulls: Vec<String>,
    /// The first with blanks around it.
    padded: Option<String>,
    /// The first values as they were read.
    first: Vec<Option<String>>,
}

impl Look {
    pub(super) fn new(width: usize, files: Vec<String>) -> Look {
        Look {
            columns: vec![Seen::default(); width],
            files,
            ..Look::default()
        }
    }

    pub(super) fn see(&mut self, item: &Item<'_>) {
        let row = match item {
            Item::Row(row) => row,
            Item::Refused(_) => {
                self.seen += 1;
                return;
            }
            Item::RefusedMore(rows) => {
                self.seen += rows;
                return;
            }
        };
        self.seen += 1;
        let shows = self.rows.len() < SHOWN_ROWS;
        for (at, column) in self.columns.iter_mut().enumerate() {
            let field = row.field(at);
            column.inference.see(field);
            if let Field::Text(text) = field {
                column.see(text);
                column.points.see(text, || row.place(&self.files));
            } else {
                column.values.see(field);
            }
            if shows {
                let value = match field {
                    Field::Null => None,
                    field => Some(field.to_string()),
                };
                column
                    .first
                    .push(value.filter(|text| text.len() <= LONGEST));
            }
        }
        if shows {
            self.rows.push(PreviewRow {
                line: row.line,
                record: row.record,
                values: (0..self.columns.len()).map(|i| value(row, i)).collect(),
            });
        }
    }

    /// Whether most of the first values of a column, of which there must be some, fit another of
    /// the table, in whatever format they are: one that is wrong says nothing about the column.
    pub(super) fn fits(
        &self,
        at: usize,
        column: &Column,
        read: &ReadOptions,
        queried: bool,
    ) -> bool {
        let (kind, written) = (&column.kind, Written::of(&column.kind, read, queried));
        let fits = |text: &&String| match &written {
            Some(written) => written.check(text, column).is_ok(),
            None if kind.has_moment() && dates::is_usual(text) => true,
            None if kind.is_number() && numbers::is_usual(text) => true,
            None => kind.check(Field::Text(text), "").is_ok(),
        };
        // Any text fits where texts go: that alone is no reason, unless each row needs one.
        let anything = matches!(
            kind,
            ColumnType::Text { .. } | ColumnType::Any { .. } | ColumnType::Blob { .. }
        );
        if anything && !column.is_required() {
            return false;
        }
        let column = self.columns.get(at);
        let values = column.into_iter().flat_map(|column| &column.first);
        let values: Vec<&String> = values.flatten().collect();
        let fitting = values.iter().copied().filter(fits).count();
        fitting * 2 > values.len()
    }

    /// Why the numbers of the columns that may have a fraction can not be told, if they can not.
    pub(super) fn unclear(
        &self,
        names: &[String],
        format: &Format,
        read: &ReadOptions,
        is_fraction: &dyn Fn(usize) -> bool,
    ) -> Option<String> {
        let columns = names.iter().zip(&self.columns).enumerate();
        let columns = columns.filter(|(at, _)| is_fraction(*at) && read.numbers.is_none());
        let columns = columns.map(|(_, (name, seen))| (name.as_str(), &seen.points));
        points::unclear(columns, format, names.len())
    }

    /// Texts that would have to mean NULL so that a column of the table takes this one.
    pub(super) fn nulls<'l>(
        &'l self,
        at: usize,
        column: &'l Column,
        read: &'l ReadOptions,
    ) -> impl Iterator<Item = &'l String> {
        let seen = self.columns.get(at).filter(|_| !column.not_null);
        let nulls = seen.into_iter().flat_map(|seen| &seen.nulls);
        nulls.filter(move |text| nulls::is_sure(text) || !takes(column, text, read))
    }

    /// Texts that would have to mean NULL so that a column of a table that is to be made has a
    /// narrower type than text.
    pub(super) fn nulls_among_texts(&self) -> impl Iterator<Item = &String> {
        self.columns.iter().flat_map(|seen| {
            let kind = |seen: &Inference| seen.result().filter(|kind| !kind.is_text());
            let other = kind(&seen.values).is_some()
                || seen.dates.result().is_some()
                || seen.numbers.result(false).is_some();
            let hidden = kind(&seen.inference).is_none() && other;
            seen.nulls
                .iter()
                .filter(move |text| hidden || nulls::is_sure(text))
        })
    }

    /// Whether blanks around values have to go so that a column of the table takes this one.
    pub(super) fn is_padded(&self, at: usize, column: &Column, read: &ReadOptions) -> bool {
        let padded = self.columns.get(at).and_then(|seen| seen.padded.as_ref());
        read.trim == Trim::No
            && padded
                .is_some_and(|text| !takes(column, text, read) && takes(column, text.trim(), read))
    }
}

impl Seen {
    fn see(&mut self, text: &str) {
        let bare = text.trim();
        if bare.len() < text.len() && self.padded.is_none() && text.len() <= LONGEST {
            self.padded = Some(text.to_owned());
        }
        let is_null = nulls::is_often(bare);
        if is_null && self.nulls.len() < MOST_NULLS && !self.nulls.iter().any(|n| n == bare) {
            self.nulls.push(bare.to_owned());
        }
        // What stands for no value says nothing about the others.
        if !is_null {
            self.dates.see(bare);
            self.numbers.see(bare);
            self.truths.see(bare);
            self.values.see(Field::Text(text));
        }
    }
}

/// Whether a column of the table takes a text as it is.
fn takes(column: &Column, text: &str, read: &ReadOptions) -> bool {
    match Written::of(&column.kind, read, false) {
        Some(written) => written.check(text, column).is_ok(),
        None => column.kind.check(Field::Text(text), "").is_ok(),
    }
}

fn value(row: &Row<'_>, index: usize) -> Option<String> {
    match row.field(index) {
        Field::Null => None,
        field => Some(shown(&field.to_string())),
    }
}
