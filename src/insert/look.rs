//! What is seen of the first rows of a frame: the rows themselves, what the values of each column
//! have in common, and what would have to be said of them so that they fit.

use super::by_column::{ByColumn, Looks};
use super::facts::shown;
use super::points::{self, Points};
use super::preview::PreviewRow;
use super::records::{Format, ReadOptions, Trim};
use super::rows::{Item, Row, Rows};
use super::target::Column;
use super::types::{ColumnType, Field, Inference};
use super::written::Written;
use super::{dates, nulls, numbers, truths};
use std::fmt;

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
    /// The names of the columns, and by which each of them is known.
    names: Vec<String>,
    known_as: Vec<Vec<String>>,
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
    /// A backslash stands before a sign that is none of an export.
    other_backslash: bool,
    /// The first with blanks around it.
    padded: Option<String>,
    /// The first values as they were read.
    first: Vec<Option<String>>,
}

impl Look {
    pub(super) fn new(rows: &dyn Rows, names: &[String], files: Vec<String>) -> Look {
        let known_as = names.iter().enumerate().map(|(at, name)| {
            let names = rows.known_as(at, name).into_iter();
            names.map(str::to_owned).collect()
        });
        Look {
            columns: vec![Seen::default(); names.len()],
            names: names.to_vec(),
            known_as: known_as.collect(),
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
                file: row.file.and_then(|at| self.files.get(at)).cloned(),
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
        let kind = &column.kind;
        let written = Written::of(&self.known_as(at, Some(column)), kind, read, queried);
        let fits = |text: &&String| match &written {
            Some(written) => written.check(text, column).is_ok(),
            None if kind.has_moment() && dates::is_usual(text) => true,
            None if kind.is_number() && numbers::is_usual(text) => true,
            None => kind.check(&Field::Text(text), "").is_ok(),
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
        format: &Format,
        read: &ReadOptions,
        is_fraction: &dyn Fn(usize) -> bool,
    ) -> Option<String> {
        let columns = self.names.iter().zip(&self.columns).enumerate();
        let open = |at| read.numbers.of(&self.known_as(at, None)).is_none();
        let columns = columns.filter(|(at, _)| is_fraction(*at) && open(*at));
        let columns = columns.map(|(_, (name, seen))| (name.as_str(), &seen.points));
        points::unclear(columns, format, self.names.len())
    }

    /// The names of a column, and that of the column of the table to which it would go.
    fn known_as<'n>(&'n self, at: usize, column: Option<&'n Column>) -> Vec<&'n str> {
        let names = self.known_as.get(at).into_iter().flatten();
        let own = column.map(|column| column.name.as_str());
        names.map(String::as_str).chain(own).collect()
    }

    /// How the days of these columns look, where they are not read so; `fits` are those whose
    /// values are taken as they are.
    pub(super) fn dates(
        &self,
        columns: &[usize],
        read: &ReadOptions,
        fits: &dyn Fn(usize) -> bool,
    ) -> Option<Looks> {
        let wants = |at, seen: &Seen| {
            let said = read.dates.of(&self.known_as(at, None));
            seen.dates.unlike(said).map(str::to_owned)
        };
        let misses = |_, seen: &Seen, format: &str| seen.dates.misses(format);
        self.looks(columns, &read.dates, wants, fits, misses)
    }

    /// The same of numbers; `whole` are those that have no fraction.
    pub(super) fn numbers(
        &self,
        columns: &[usize],
        read: &ReadOptions,
        whole: &dyn Fn(usize) -> bool,
        fits: &dyn Fn(usize) -> bool,
    ) -> Option<Looks> {
        let wants = |at, seen: &Seen| {
            let said = read.numbers.of(&self.known_as(at, None));
            let said = said.map(ToString::to_string);
            let found = seen.numbers.result(whole(at))?;
            (said.as_deref() != Some(&found)).then_some(found)
        };
        let misses = |at, seen: &Seen, format: &str| seen.numbers.misses(format, whole(at));
        self.looks(columns, &read.numbers, wants, fits, misses)
    }

    /// The same of truths.
    pub(super) fn truths(
        &self,
        columns: &[usize],
        read: &ReadOptions,
        fits: &dyn Fn(usize) -> bool,
    ) -> Option<Looks> {
        let wants = |at, seen: &Seen| {
            let said = read.truths.of(&self.known_as(at, None));
            let said = said.map(ToString::to_string);
            seen.truths
                .result()
                .filter(|found| said.as_ref() != Some(found))
        };
        let misses =
            |_, seen: &Seen, format: &str| seen.truths.result().is_some_and(|own| own != format);
        self.looks(columns, &read.truths, wants, fits, misses)
    }

    fn looks<T: fmt::Display>(
        &self,
        columns: &[usize],
        said: &ByColumn<T>,
        wants: impl Fn(usize, &Seen) -> Option<String>,
        fits: &dyn Fn(usize) -> bool,
        misses: impl Fn(usize, &Seen, &str) -> bool,
    ) -> Option<Looks> {
        let seen = |at: usize| Some((at, self.columns.get(at)?));
        let columns = || columns.iter().filter_map(|at| seen(*at));
        let wanting = columns().filter_map(|(at, seen)| {
            let format = wants(at, seen)?;
            Some((self.names.get(at)?.clone(), format))
        });
        Looks::of(wanting.collect(), said, |format| {
            let mut others = columns().filter(|(at, seen)| wants(*at, seen).is_none());
            others.any(|(at, seen)| fits(at) && misses(at, seen, format))
        })
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
        nulls.filter(move |text| nulls::is_sure(text) || !self.takes(at, column, text, read))
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
        let takes = |text: &str| self.takes(at, column, text, read);
        read.trim != Trim::All && padded.is_some_and(|text| !takes(text) && takes(text.trim()))
    }

    /// Whether a column of the table takes a text of one of the frame as it is.
    fn takes(&self, at: usize, column: &Column, text: &str, read: &ReadOptions) -> bool {
        match Written::of(&self.known_as(at, Some(column)), &column.kind, read, false) {
            Some(written) => written.check(text, column).is_ok(),
            None => column.kind.check(&Field::Text(text), "").is_ok(),
        }
    }
}

impl Look {
    /// Whether the texts are those of an export of a database, whose NULL is a sign of its own, and
    /// which has no other backslashes than before signs that mean something else.
    pub(super) fn is_export(&self) -> bool {
        let all = || self.columns.iter();
        all().any(|seen| seen.nulls.iter().any(|text| nulls::is_sure(text)))
            && !all().any(|seen| seen.other_backslash)
    }
}

impl Seen {
    fn see(&mut self, text: &str) {
        if !self.other_backslash && !nulls::is_sure(text) && text.contains('\\') {
            let mut signs = text.chars();
            while signs.any(|sign| sign == '\\') {
                let meant = signs
                    .next()
                    .is_none_or(|sign| "tnrbfv0\\\"'\t".contains(sign));
                self.other_backslash |= !meant;
            }
        }
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

fn value(row: &Row<'_>, index: usize) -> Option<String> {
    match row.field(index) {
        Field::Null => None,
        field => Some(shown(&field.to_string())),
    }
}
