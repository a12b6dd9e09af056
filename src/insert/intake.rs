//! Between the rows of a frame and a table: which column goes where, whether each value fits,
//! and the count of it all.

use super::InsertError;
use super::batch::{Batch, RowOf};
use super::facts::{Refusal, shown};
use super::found::Found;
use super::frame::Frame;
use super::nulls;
use super::points::{self, Points};
use super::reasons::Reasons;
use super::records::{Format, Kind, ReadOptions};
use super::rejects::Listing;
use super::rows::{Item, Row, Rows};
use super::shape;
use super::target::{Broken, Column, Rejection, Table};
use super::types::{ColumnType, Field};
use super::waits::Waits;
use super::written::Written;
use crate::value::near;
use std::path::Path;

/// The names of a frame's columns; of one without names, those of the table by their place.
pub(super) fn names(rows: &dyn Rows, table: &Table) -> Vec<String> {
    let named = rows.format().header != Some(false) || rows.is_shaped();
    let of_table = table.columns.iter().filter(|c| !c.generated);
    let mut by_place = of_table.map(|c| c.name.clone());
    let of = |name: &String| match named {
        true => name.clone(),
        false => by_place.next().unwrap_or_else(|| name.clone()),
    };
    rows.columns().iter().map(of).collect()
}

/// The rows of the first batches.
const FIRST: u64 = 64;
/// A batch has at most this part of the rows before it: a few rows take little memory.
const PART: u64 = 16;
/// Columns of which it is said what is wrong with them.
const SAID: usize = 5;

/// Keeps the first lines, and says how many more there are.
fn few(lines: &mut Vec<String>, what: &str) {
    if lines.len() > SAID {
        let more = lines.len() - SAID;
        lines.truncate(SAID);
        lines.push(format!("and {more} more {what}"));
    }
}

/// The positions in the table of a frame's columns.
pub(super) fn map_columns(names: &[String], table: &Table) -> Result<Vec<usize>, InsertError> {
    let mut wrong = Vec::new();
    let mut lost = None;
    let likely = std::cell::OnceCell::new();
    let mut positions = Vec::new();
    for name in names {
        let bare = name.trim();
        let exact = table.columns.iter().position(|c| c.name == bare);
        let same = || {
            table
                .columns
                .iter()
                .position(|c| near::same_column(&c.name, bare))
        };
        match exact.or_else(same) {
            Some(at) if table.columns.get(at).is_some_and(|c| c.generated) => {
                wrong.push(format!(
                    "{:?} is computed by the table; leave it out",
                    shown(bare)
                ));
            }
            Some(at)
                if table
                    .columns
                    .get(at)
                    .is_some_and(|c| c.kind == ColumnType::Unknown) =>
            {
                let declared = table.columns.get(at).map_or("", |c| c.declared.as_str());
                wrong.push(format!(
                    "{:?} has the type {declared}, which crewdesk can not insert; leave it out",
                    shown(bare)
                ));
            }
            Some(at) if positions.contains(&at) => {
                wrong.push(format!("{:?} comes twice", shown(bare)));
            }
            Some(at) => positions.push(at),
            None => {
                lost = lost.or(Some(bare));
                let likely = likely.get_or_init(|| shape::suggest(names, table, &|_, _| false));
                let likely = likely.iter().find(|(source, _)| source == name);
                let columns = table.columns.iter().map(|c| c.name.as_str());
                let hint = match likely {
                    Some((_, Some(column))) => format!("; did you mean {column:?}?"),
                    _ => near::did_you_mean(bare, columns),
                };
                wrong.push(format!(
                    "{} has no column {:?}{hint}",
                    table.name,
                    shown(bare)
                ));
            }
        }
    }
    few(&mut wrong, &format!("of the {} columns", names.len()));
    let mut lacking = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        if column.is_required() && !positions.contains(&at) {
            lacking.push(format!(
                "the data frame lacks {:?}, which {} needs in every row",
                column.name, table.name
            ));
        }
    }
    few(&mut lacking, "that it lacks");
    wrong.extend(lacking);
    match (lost, shape::separator(names, table)) {
        (Some(_), Some(sign)) => {
            let sign = super::records::separator(sign);
            wrong = vec![format!(
                "the data frame was read as one column, {:?}; say so under separator: {sign}",
                shown(names.first().map_or("", String::as_str))
            )];
        }
        (Some(lost), None) => wrong.push(shape::advice(lost)),
        (None, _) => {}
    }
    if wrong.is_empty() {
        Ok(positions)
    } else {
        // A line for each column.
        Err(InsertError::Columns(wrong.join("\n")))
    }
}

/// Refuses formats of columns that are not among these.
pub(super) fn formats_of(
    names: &[&str],
    rows: &dyn Rows,
    read: &ReadOptions,
) -> Result<(), InsertError> {
    let known = names.iter().enumerate();
    let known: Vec<&str> = known.flat_map(|(at, n)| rows.known_as(at, n)).collect();
    let lost = |mut said: Box<dyn Iterator<Item = &String> + '_>| {
        let is = |name: &str| known.iter().any(|known| near::same_column(known, name));
        let lost = said.find(|name| !known.is_empty() && !is(name))?;
        let hint = near::did_you_mean(lost, known.iter().copied());
        Some(format!("there is no column {:?}{hint}", shown(lost)))
    };
    let dates = lost(Box::new(read.dates.columns().map(|(name, _)| name)));
    // A query reads the numbers of the frame, whose columns are not these.
    let numbers = read.numbers.columns().filter(|_| !rows.is_queried());
    let numbers = lost(Box::new(numbers.map(|(name, _)| name)));
    let truths = lost(Box::new(read.truths.columns().map(|(name, _)| name)));
    let found = [
        ("dateFormat", dates),
        ("numberFormat", numbers),
        ("booleanFormat", truths),
    ];
    let first = found
        .into_iter()
        .find_map(|(field, lost)| Some((field, lost?)));
    match first {
        Some((field, reason)) => Err(InsertError::Format { field, reason }),
        None => Ok(()),
    }
}

/// The error of columns that may be read from the wrong place, with what to say then: other sheets of
/// the workbook, lines above the header.
pub(super) fn with_reading(error: InsertError, format: &Format) -> InsertError {
    let read = format.sheet.as_deref();
    let others = format.sheets.iter().map(String::as_str);
    let others: Vec<&str> = others.filter(|s| Some(*s) != read).take(SAID).collect();
    match (error, read) {
        (InsertError::Columns(wrong), _) if format.preamble > 0 => {
            // What is no header tells little.
            let first = wrong.lines().next().unwrap_or_default();
            let above = super::records::above_header(format).unwrap_or_default();
            InsertError::Columns(format!("{first}\n{above}"))
        }
        (InsertError::Columns(wrong), Some(read)) if !others.is_empty() => {
            InsertError::Columns(format!(
                "{wrong}\nThe sheet {} was read; say under sheet if another is meant: {}",
                shown(read),
                shown(&others.join(", "))
            ))
        }
        (error, _) => error,
    }
}

/// Refusals that wait to be listed.
const LISTED: usize = 4096;

/// Takes rows in, counts, and remembers the first refusals.
pub(super) struct Intake<'t> {
    columns: Vec<&'t Column>,
    keep: usize,
    batch: Batch,
    pub(super) refusals: Vec<Refusal>,
    pub(super) reasons: Reasons,
    pub(super) rows_read: u64,
    pub(super) rows_refused: u64,
    pub(super) nulls_in_required: u64,
    pub(super) duplicate_keys: u64,
    /// What is known of the rows that went in, where somebody wants to know.
    pub(super) known: Option<Found<'t>>,
    /// The files of a frame that is made of several.
    pub(super) files: Vec<String>,
    /// The frame's names of the columns, where they are others; empty if none is.
    sources: Vec<Option<String>>,
    /// How their texts are written, where not as usual; empty if all are.
    written: Vec<Option<Written>>,
    /// Whether quotes tell an empty text from NULL.
    quotes: bool,
    /// What the numbers say about their points, where nobody said it; empty if no column has any.
    points: Vec<Option<Points>>,
    /// The items whose rows the target refuses, in their order, where they are known beforehand.
    refused_before: Option<Vec<u64>>,
    rejected: Vec<u64>,
    /// Whether the target waits for rows.
    pub(super) waits: Waits,
    /// The list of all refusals, where one is wanted.
    pub(super) listing: Option<Listing<'t>>,
    /// Rows that the target has dealt with, and the bytes of the frame read for them.
    pub(super) settled: (u64, u64),
}

impl<'t> Intake<'t> {
    /// Ready for rows whose columns go to `positions`; describes the first `keep` refusals.
    pub(super) fn new(table: &'t Table, positions: &[usize], keep: usize) -> Intake<'t> {
        let columns = positions.iter().filter_map(|at| table.columns.get(*at));
        let mut intake = Intake {
            columns: columns.collect(),
            keep,
            batch: Batch::default(),
            refusals: Vec::new(),
            reasons: Reasons::default(),
            rows_read: 0,
            rows_refused: 0,
            nulls_in_required: 0,
            duplicate_keys: 0,
            known: None,
            files: Vec::new(),
            sources: Vec::new(),
            written: Vec::new(),
            quotes: false,
            points: Vec::new(),
            refused_before: None,
            rejected: Vec::new(),
            waits: Waits::default(),
            listing: None,
            settled: (0, 0),
        };
        intake.batch.reset(intake.columns.len());
        intake
    }

    /// Hears how the rows are written, and what the frame calls their columns; refuses what is said
    /// of columns that there are not.
    pub(super) fn of(
        mut self,
        rows: &dyn Rows,
        read: &ReadOptions,
    ) -> Result<Intake<'t>, InsertError> {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        formats_of(&names, rows, read)?;
        let sources = 0..self.columns.len();
        let sources = sources.map(|at| rows.source(at).map(str::to_owned));
        self.sources = sources.collect();
        self.quotes = rows.format().kind == Kind::Csv;
        let queried = rows.is_queried();
        let columns = self.columns.iter().enumerate();
        let columns = columns.map(|(at, column)| (*column, rows.known_as(at, &column.name)));
        let columns: Vec<(&Column, Vec<&str>)> = columns.collect();
        let written = columns.iter();
        let written =
            written.map(|(column, names)| Written::of(names, &column.kind, read, queried));
        self.written = written.collect();
        // Nothing is looked at for each value where there is nothing to see.
        if self.written.iter().all(Option::is_none) {
            self.written.clear();
        }
        let open = columns.iter().map(|(column, names)| {
            let open = column.kind.is_fraction() && read.numbers.of(names).is_none();
            open.then(Points::default)
        });
        self.points = open.collect();
        if self.points.iter().all(Option::is_none) {
            self.points.clear();
        }
        Ok(self)
    }

    /// Lists all refusals in this file, if there is one; `of` are the rows that come.
    pub(super) fn listed(
        mut self,
        file: Option<&'t Path>,
        of: (&'t Frame, &'t ReadOptions),
        rows: &dyn Rows,
    ) -> Intake<'t> {
        let names: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
        self.listing = file.map(|file| Listing::new(file, of, rows, &names));
        self
    }

    /// All refusals are known: their list stays.
    pub(super) fn finish_list(&mut self) -> Result<(), InsertError> {
        self.listing.as_mut().map_or(Ok(()), Listing::finish)
    }

    /// Why the numbers that were taken in can not be told, if they can not.
    pub(super) fn unclear(&self, format: &Format) -> Option<String> {
        let names = self.columns.iter().zip(&self.points);
        let points = names.filter_map(|(c, points)| Some((c.name.as_str(), points.as_ref()?)));
        points::unclear(points, format, self.columns.len())
    }

    /// Forgets all, to read the frame once more.
    pub(super) fn restart(&mut self) {
        self.batch.reset(self.columns.len());
        self.listing.iter_mut().for_each(Listing::restart);
        self.refusals.clear();
        self.reasons = Reasons::default();
        self.rejected.clear();
        self.known.iter_mut().for_each(Found::forget);
        let points = self.points.iter_mut().flatten();
        points.for_each(|points| *points = Points::default());
        (self.rows_read, self.rows_refused, self.settled) = (0, 0, (0, 0));
        (self.nulls_in_required, self.duplicate_keys) = (0, 0);
    }

    /// Reads the frame once more without the rows that the target refused, but keeps what it
    /// said about them.
    pub(super) fn go_without_refused(&mut self) {
        let rejected = std::mem::take(&mut self.rejected);
        let refusals = std::mem::take(&mut self.refusals);
        let reasons = std::mem::take(&mut self.reasons);
        let (refused, duplicates) = (rejected.len() as u64, self.duplicate_keys);
        let listing = self.listing.take();
        self.restart();
        self.listing = listing;
        (self.refusals, self.rows_refused, self.duplicate_keys) = (refusals, refused, duplicates);
        self.reasons = reasons;
        // From its end, because that is where a vector gives up what was dealt with.
        self.refused_before = Some(rejected.into_iter().rev().collect());
    }

    /// Whether the target refused this item's row before.
    fn was_refused(&mut self) -> bool {
        let Some(before) = &mut self.refused_before else {
            return false;
        };
        let was = before.last() == Some(&self.rows_read);
        if was {
            before.pop();
        }
        was
    }

    /// Checks an item; what fits goes into the batch.
    pub(super) fn take(&mut self, item: &Item<'_>) {
        self.count(item);
        if let Item::Row(row) = item {
            self.take_row(row);
        }
    }

    /// Counts an item and writes down why it is refused, if it is already.
    fn count(&mut self, item: &Item<'_>) {
        match item {
            Item::Row(_) => self.rows_read += 1,
            Item::Refused(refusal) => {
                self.rows_read += 1;
                self.rows_refused += 1;
                let (column, reason) = (refusal.column.clone(), refusal.reason.clone());
                self.refuse(column.as_deref(), reason, |reason| Refusal {
                    reason,
                    ..refusal.clone()
                });
            }
            Item::RefusedMore(rows) => {
                self.rows_read += rows;
                self.rows_refused += rows;
            }
        }
    }

    fn take_row(&mut self, row: &Row<'_>) {
        let mut fits = true;
        for i in 0..self.columns.len() {
            let Some(column) = self.columns.get(i).copied() else {
                continue;
            };
            // Looked at where it stands: to copy what was just written makes the processor wait.
            let field = &row.field(i);
            if let (Field::Text(text), Some(Some(points))) = (field, self.points.get_mut(i)) {
                points.see(text, || row.place(&self.files));
            }
            let checked = match (field, self.written.get(i)) {
                (Field::Null, _) if column.not_null => {
                    self.nulls_in_required += 1;
                    let text = column.kind.is_text() && self.quotes;
                    let hint = if text {
                        "; an empty text is written as \"\""
                    } else {
                        ""
                    };
                    Err(format!("must not be NULL{hint}"))
                }
                (Field::Text(text), Some(Some(written))) => written.check(text, column),
                (field, Some(Some(written))) => written.check_exact(field, column),
                (field, _) => column.kind.check(field, &column.declared),
            };
            match checked {
                Ok(ref cell) => self.batch.push(cell),
                Err(reason) => {
                    fits = false;
                    let reason = match field {
                        Field::Text(text) if !column.not_null => {
                            nulls::advised(text, reason, self.quotes)
                        }
                        _ => reason,
                    };
                    let source = self.sources.get(i).cloned().flatten();
                    let file = row.file.and_then(|at| self.files.get(at).cloned());
                    self.refuse(Some(&column.name), reason, |reason| Refusal {
                        file: file.clone(),
                        line: row.line,
                        record: Some(row.record),
                        column: Some(column.name.clone()),
                        source: source.clone(),
                        value: (*field != Field::Null).then(|| shown(&field.to_string())),
                        reason,
                    });
                }
            }
        }
        if self.was_refused() {
            self.batch.drop_row();
        } else if fits {
            self.batch.finish_row(RowOf {
                item: self.rows_read,
                file: row.file.and_then(|at| u32::try_from(at).ok()),
                line: row.line,
                record: row.record,
            });
        } else {
            self.batch.drop_row();
            self.rows_refused += 1;
        }
    }

    /// One more refusal, behind all others.
    pub(super) fn add(&mut self, refusal: Refusal) {
        self.rows_read += 1;
        self.rows_refused += 1;
        let (column, reason) = (refusal.column.as_deref(), &refusal.reason);
        self.reasons.add(column, reason, || refusal.clone());
        self.listing.iter_mut().for_each(|list| list.put(&refusal));
        if self.refusals.len() < self.keep {
            self.refusals.push(refusal);
        }
    }

    /// Whether the batch should be handed over. The first ones are small, so that whoever writes
    /// begins at once.
    pub(super) fn is_full(&self) -> bool {
        let begun = (self.rows_read / PART).max(FIRST);
        self.batch.is_full()
            || self.batch.refused.len() >= LISTED
            || self.batch.len() as u64 >= begun
    }

    /// Hands over the batch, and goes on with `spare`.
    pub(super) fn hand_over(&mut self, mut spare: Batch, bytes: u64) -> Batch {
        spare.reset(self.columns.len());
        spare.make_room(&self.batch);
        let mut full = std::mem::replace(&mut self.batch, spare);
        full.bytes = bytes;
        full
    }

    /// Takes a batch back that the target has dealt with.
    pub(super) fn settle(&mut self, batch: &mut Batch) {
        let rejected = std::mem::take(&mut batch.rejected);
        self.settled = (self.settled.0 + batch.len() as u64, batch.bytes);
        let mut except: Vec<usize> = rejected.iter().map(|(at, _)| *at).collect();
        except.sort_unstable();
        let mut refused = std::mem::take(&mut batch.refused);
        for (at, rejection) in rejected {
            let Some(row) = batch.row_of(at) else {
                continue;
            };
            self.rejected.push(row.item);
            self.rows_refused += 1;
            self.duplicate_keys += u64::from(rejection.broken == Broken::Key);
            let mut reasons = std::mem::take(&mut self.reasons);
            let file = row.file.and_then(|at| self.files.get(at as usize));
            let describe = || Refusal {
                file: file.cloned(),
                line: row.line,
                record: Some(row.record),
                value: self.blamed(batch, at, &rejection),
                source: self.blamed_source(&rejection),
                column: rejection.column.clone(),
                reason: rejection.reason.clone(),
            };
            reasons.add(rejection.column.as_deref(), &rejection.reason, describe);
            if refused.len() < self.keep || self.listing.is_some() {
                refused.push((row.item, describe()));
            }
            self.reasons = reasons;
        }
        refused.sort_by_key(|(item, _)| *item);
        if let Some(list) = &mut self.listing {
            refused.iter().for_each(|(_, refusal)| list.put(refusal));
        }
        let room = self.keep.saturating_sub(self.refusals.len());
        let first = refused.into_iter().take(room);
        self.refusals.extend(first.map(|(_, refusal)| refusal));
        if let Some(known) = &mut self.known {
            batch.leave_out(&except);
            known.see(batch);
        }
    }

    /// The values of the columns that the target blames.
    fn blamed(&self, batch: &Batch, row: usize, rejection: &Rejection) -> Option<String> {
        let blamed = rejection.column.as_deref()?;
        let values: Vec<String> = blamed
            .split(", ")
            .filter_map(|name| self.columns.iter().position(|c| c.name == name))
            .map(|column| batch.cell(row, column).to_string())
            .collect();
        (!values.is_empty()).then(|| shown(&values.join(", ")))
    }

    /// What the frame calls the columns that the target blames, if it calls one otherwise.
    fn blamed_source(&self, rejection: &Rejection) -> Option<String> {
        let blamed = rejection.column.as_deref()?.split(", ");
        let source = |name: &str| {
            let at = self.columns.iter().position(|c| c.name == name)?;
            self.sources.get(at)?.as_deref()
        };
        let mut other = false;
        let names = blamed.map(|name| {
            let source = source(name);
            other |= source.is_some();
            source.unwrap_or(name)
        });
        let names: Vec<&str> = names.collect();
        other.then(|| names.join(", "))
    }

    /// Writes down why a value or a record is refused, unless that is known already.
    fn refuse(
        &mut self,
        column: Option<&str>,
        reason: String,
        refusal: impl Fn(String) -> Refusal,
    ) {
        if self.refused_before.is_some() {
            return;
        }
        let describe = || refusal(reason.clone());
        self.reasons.add(column, &reason, describe);
        if self.refusals.len() + self.batch.refused.len() < self.keep || self.listing.is_some() {
            self.batch.refused.push((self.rows_read, describe()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::create;

    #[test]
    fn a_sheet_that_does_not_fit_names_the_others() {
        let format = |sheets: &[&str]| Format {
            sheet: sheets.first().map(|sheet| (*sheet).to_owned()),
            sheets: sheets.iter().map(|sheet| (*sheet).to_owned()).collect(),
            ..Format::of(Kind::Excel)
        };
        let told = |sheets: &[&str]| {
            let error = InsertError::Columns("orders has no column \"Title\"".into());
            with_reading(error, &format(sheets)).to_string()
        };
        assert!(told(&["Cover", "Data"]).ends_with("say under sheet if another is meant: Data"));
        assert!(!told(&["Cover"]).contains("sheet"));
    }

    #[test]
    fn of_many_columns_that_do_not_fit_some_are_named_and_the_others_counted() {
        let table = create::blank("orders", ["id", "amount"].map(str::to_owned).into_iter());
        let names: Vec<String> = (0..40).map(|i| format!("amount_{i}")).collect();
        let Err(InsertError::Columns(told)) = map_columns(&names, &table) else {
            panic!("they fit");
        };
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), SAID + 2, "{told}");
        assert!(lines[0].contains("amount_0"), "{told}");
        assert_eq!(lines[SAID], "and 35 more of the 40 columns");
    }
}
