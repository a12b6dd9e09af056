//! What an insertion would do, before anybody commits to it.
//!
//! The beginning of the frame goes through the same reading, query and checks as an insertion
//! does, and then into a rehearsal of the target, which keeps nothing and locks nothing.

use super::by_column::Looks;
use super::checks;
use super::create::Sketch;
use super::facts::{Facts, Refusal, Verdict};
use super::flow::{Earnest, flow};
use super::intake::{self, Intake, map_columns};
use super::job::{self, Insertion};
use super::ledger::{self, LedgerEntry};
use super::look::{self, Look};
use super::mode::{Mode, keyed};
use super::nulls;
use super::reasons::{Reason, Reasons};
use super::records::{Format, Kind, ReadOptions, Trim, is_value};
use super::rejects::Listing;
use super::rows::{self, Item};
use super::shape;
use super::target::{self, Column, Needs, Plan, TAKEN, THERE, TWICE, Target};
use super::types::{ColumnType, Field};
use super::{Cancel, InsertError};
use crate::value::near;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Records of a frame that are looked at unless told otherwise.
pub const SAMPLE: u64 = 10_000;
/// Keys of a table that is to be made among which one that comes twice is found.
const MOST_KEYS: usize = 200_000;

/// What an insertion would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// How the frame is written.
    pub format: Format,
    /// The columns of the frame, or of the query over it, beside those of the table.
    pub columns: Vec<PreviewColumn>,
    /// The first rows.
    pub rows: Vec<PreviewRow>,
    /// Rows looked at.
    pub rows_read: u64,
    /// Rows of these that would be refused.
    pub rows_refused: u64,
    /// The first refusals.
    pub refusals: Vec<Refusal>,
    /// The same by what is wrong.
    pub reasons: Vec<Reason>,
    /// Whether `rows_read` is all there are.
    pub complete: bool,
    /// How the days of columns of days look, where not as the insertion reads them.
    pub dates: Option<Looks>,
    /// The same of the numbers of columns of numbers.
    pub numbers: Option<Looks>,
    /// The same of the truths of columns of truths.
    pub truths: Option<Looks>,
    /// Why the numbers may be read in two ways, so that nothing could be inserted.
    pub unclear: Option<String>,
    /// Texts that are refused and often mean NULL.
    pub nulls: Vec<String>,
    /// It looks like a text export of a database, whose backslashes are to be read.
    pub escapes: bool,
    /// How values are to be trimmed that are refused for the blanks around them: inside of quotes,
    /// too, where it was not enough to do it without.
    pub trim: Option<Trim>,
    /// Lines that seem to stand above the header, where what is read does not fit.
    pub skip_lines: Option<u64>,
    /// Rows are refused because the table has their key, which another mode would update.
    pub updates: bool,
    /// The columns of the table, where there is one.
    pub table: Vec<Column>,
    /// A mapping for the columns that the table does not have, by lines of [`super::Mapping`].
    pub suggested: Vec<String>,
    /// The names of the columns look like values.
    pub header_is_data: bool,
    /// Rows of these whose key is in the table, where the mode updates them.
    pub rows_known: u64,
    /// Why no ledger can be kept, so that nothing would be inserted.
    pub no_ledger: Option<String>,
    /// The table as the database names it.
    pub name: String,
    /// What the ledger knows of the same content in the same table.
    pub before: Vec<LedgerEntry>,
    /// The statement that would make the table, by the rows looked at.
    pub creates: Option<String>,
    /// Columns that do not fit: nothing could be inserted.
    pub mismatch: Option<String>,
    /// Why its rows can not be told apart by the key that is named: nothing could be inserted.
    pub no_key: Option<String>,
    /// The facts with what was asked beside: references and checks; or why they are not known.
    /// None where nothing is asked, or no row could go in.
    pub asked: Option<Result<Box<Facts>, String>>,
    /// Why the rows would not be kept as they are sent, where they were tried and the table makes
    /// others of them, or refuses them.
    pub changed: Option<String>,
}

/// A column of the frame beside that of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewColumn {
    /// The name, of the table where a mapping says it.
    pub name: String,
    /// The name in the frame, where it is another.
    pub source: Option<String>,
    /// What the values look like; `None` if all are NULL.
    pub inferred: Option<String>,
    /// The type that the table declares; `None` if the table has no such column.
    pub declared: Option<String>,
    /// Whether NULL would be refused.
    pub not_null: bool,
}

/// A row of the frame as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRow {
    /// The file, of a frame that is made of several.
    pub file: Option<String>,
    /// The physical line; unknown after a query.
    pub line: Option<u64>,
    /// The number of the row, from 1.
    pub record: u64,
    /// The values, cut to a readable length; `None` is NULL.
    pub values: Vec<Option<String>>,
}

/// Looks at the first `sample` records of the frame.
///
/// Types, NULL, keys (taken in the table or met twice), CHECK constraints and foreign keys are
/// checked; triggers, references of a table to itself and what fails only at the commit are not.
///
/// What an insertion asks beside, references and checks, takes its rows in the table: then they go
/// in and are taken back, which locks as an insertion does.
pub fn preview(
    insertion: &Insertion,
    sample: u64,
    cancel: &Cancel,
) -> Result<Preview, InsertError> {
    let found = look(insertion, sample, cancel)?;
    let asks = !insertion.references.is_empty() || !insertion.checks.is_empty();
    let fits = found.mismatch.is_none() && found.no_key.is_none() && found.rows_read > 0;
    let adds = matches!(insertion.mode, Mode::Append | Mode::Upsert);
    let tries = insertion.tries && adds && found.rows_refused == 0 && found.unclear.is_none();
    if !fits || !asks && !tries {
        return Ok(found);
    }
    if insertion.mode == Mode::Create {
        let asked = Some(Err("the table is not made yet".to_owned()));
        return Ok(Preview { asked, ..found });
    }
    let facts = match job::attempt(insertion, sample.max(1), cancel) {
        Ok(facts) => Ok(Box::new(facts)),
        Err(InsertError::Cancelled) if cancel.is_overdue() => {
            Err("they take too long to wait for".to_owned())
        }
        Err(InsertError::Cancelled) => return Err(InsertError::Cancelled),
        Err(error) => Err(error.to_string()),
    };
    let changed = match &facts {
        _ if !tries => None,
        // The insertion would fail, too.
        Err(error) => Some(error.clone()),
        Ok(facts) => {
            let own = Facts {
                orphans: None,
                ..(**facts).clone()
            };
            let verdict = Verdict::built_in(&own);
            (!verdict.keep).then_some(verdict.reason)
        }
    };
    Ok(Preview {
        asked: asks.then_some(facts),
        changed,
        ..found
    })
}

fn look(insertion: &Insertion, sample: u64, cancel: &Cancel) -> Result<Preview, InsertError> {
    let mut target = target::open(&insertion.reach(cancel, true))?;
    let no_ledger = match insertion.without_ledger {
        true => None,
        false => target.ledger_trouble()?,
    };
    if insertion.mode == Mode::Create {
        let seen = sketch(insertion, target.as_mut(), sample.max(1), cancel)?;
        return Ok(Preview { no_ledger, ..seen });
    }
    // Who has to ask an administrator asks once.
    let and_ledger = |e: InsertError| match (e, &no_ledger) {
        (InsertError::Table { table, reason }, Some(why)) => InsertError::Table {
            table,
            reason: format!("{reason}; {why}"),
        },
        (e, _) => e,
    };
    let plain = insertion.described(target.as_mut()).map_err(and_ledger)?;
    checks::counted(&insertion.exact_distinct, &plain)?;
    let before = ledger::same_content(insertion, target.as_mut(), &plain.name);
    // Without a key nothing goes in, but where its columns would come from is said all the same.
    let (table, key, no_key) = match keyed(plain.clone(), insertion.mode, &insertion.key) {
        Ok((table, key)) => (table, key, None),
        Err(InsertError::Key(reason)) => (plain.clone(), Vec::new(), Some(reason)),
        Err(e) => return Err(e),
    };
    let sample = sample.max(1);
    let of = insertion.rows(&table, cancel, Some(sample));
    rows::with(&of, &mut |_, _| {}, |rows| {
        let names = intake::names(rows, &table);
        let format = rows.format().clone();
        let mut look = Look::new(rows, &names, insertion.frame.file_names());
        let (positions, mismatch) = match map_columns(&names, &table) {
            Ok(positions) => (positions, None),
            Err(InsertError::Columns(reason)) => (Vec::new(), Some(reason)),
            Err(e) => return Err(e),
        };
        let misfit = mismatch.is_some() || no_key.is_some();
        let intake = Intake::new(&table, &positions, insertion.keep_refusals);
        let (file, source) = (insertion.rejects.as_deref(), (&of.frame, of.options));
        let intake = intake.of(rows, &insertion.read)?;
        let mut intake = intake.listed(file, source, rows);
        intake.files = insertion.frame.file_names();
        let plan = Plan {
            table: &table,
            columns: &positions,
            mode: insertion.mode,
            key: &key,
            side: None,
            asked: false,
        };
        let needs = Needs {
            reads: !insertion.rows_only,
            keeps: insertion.undoable,
        };
        target::require_rights(target.as_mut(), &plan, needs).map_err(and_ledger)?;
        let most = sample.saturating_add(insertion.frame.fixed());
        let mut see = |item: &Item<'_>| {
            look.see(item);
            look.seen <= most
        };
        let read = match misfit {
            true => rows.each(&mut |item, _| Ok(see(&item))),
            false => flow(
                target.as_mut(),
                &plan,
                rows,
                &mut intake,
                Earnest::Rehearse,
                &mut see,
                &mut |_| {},
            )
            .map(|(all, _)| all),
        };
        let mut complete = false;
        // What ends the reading does not hide what was seen before.
        match read {
            Ok(all) => complete = all,
            // What was read until then has to do.
            Err(_) if cancel.is_overdue() && look.seen > 0 => {}
            Err(error) if cancel.is_overdue() || cancel.is_cancelled() => return Err(error),
            Err(error) => {
                let refusal = error.refusal().ok_or(error)?;
                look.seen += 1;
                intake.add(refusal);
            }
        }
        intake.finish_list()?;
        let merged = target.merged();
        let column = |name: &str| {
            let is = |c: &&Column| near::same_column(&c.name, name);
            table.columns.iter().find(is)
        };
        let columns = names.iter().zip(&look.columns).enumerate();
        let columns = columns.map(|(at, (name, seen))| PreviewColumn {
            name: name.clone(),
            source: rows.source(at).map(str::to_owned),
            inferred: seen.inference.result().map(|kind| kind.to_string()),
            declared: column(name).map(|c| c.type_text()),
            not_null: column(name).is_some_and(|c| c.not_null),
        });
        let columns: Vec<PreviewColumn> = columns.collect();
        let read = &insertion.read;
        let fits = |at: usize, column: &Column| look.fits(at, column, read, rows.is_queried());
        let unfit = mismatch.is_some() || intake.rows_refused > 0;
        let skip_lines = Some(format.preamble).filter(|lines| *lines > 0 && unfit);
        let suggested = match &mismatch {
            // What is no header tells nothing.
            Some(_) if skip_lines.is_some() => Vec::new(),
            Some(_) => shape::suggest(&names, &plain, &fits),
            None => Vec::new(),
        };
        // The column of the table that takes one of the frame, as it is or as is suggested.
        let taking = |name: &String| {
            let other = suggested.iter().find(|(source, _)| source == name);
            let other = other.and_then(|(_, to)| to.as_deref());
            column(name).or_else(|| column(other?))
        };
        let taken = |at: usize| names.get(at).and_then(taking);
        let of = |is: fn(&ColumnType) -> bool| -> Vec<usize> {
            let is = |at: &usize| taken(*at).is_some_and(|column| is(&column.kind));
            (0..names.len()).filter(is).collect()
        };
        let fitting = |at: usize| taken(at).is_some_and(|column| fits(at, column));
        let dates = look.dates(&of(ColumnType::has_moment), read, &fitting);
        let fractions = |at: usize| taken(at).is_some_and(|c| c.kind.is_fraction());
        let numbers = match rows.is_queried() {
            true => None,
            false => {
                let whole = |at| !fractions(at);
                look.numbers(&of(ColumnType::is_number), read, &whole, &fitting)
            }
        };
        let truths = look.truths(&of(|kind| *kind == ColumnType::Boolean), read, &fitting);
        let unclear = rows.unclear();
        let unclear = unclear.or_else(|| look.unclear(&format, read, &fractions));
        let unclear = unclear.filter(|_| insertion.asks_numbers);
        let pairs = || (0..names.len()).filter_map(|at| Some((at, taken(at)?)));
        let mut nulls = once(pairs().flat_map(|(at, column)| look.nulls(at, column, read)));
        let escapes = is_export(&look, &format, read) && nulls.iter().any(|t| nulls::is_sure(t));
        nulls.retain(|text| !(escapes && nulls::is_sure(text)));
        let padded = pairs().any(|(at, column)| look.is_padded(at, column, read));
        let trim = padded.then_some(match read.trim {
            Trim::No => Trim::Unquoted,
            _ => Trim::All,
        });
        let updates = insertion.mode == Mode::Append
            && intake.duplicate_keys > 0
            && keyed(plain.clone(), Mode::Upsert, &[]).is_ok_and(|(_, key)| {
                let names: Vec<&str> = key
                    .iter()
                    .filter_map(|at| Some(plain.columns.get(*at)?.name.as_str()))
                    .collect();
                key.iter().all(|at| positions.contains(at))
                    && !is_met_twice(&intake.refusals)
                    && is_taken(&intake.refusals, &names.join(", "))
            });
        let is_value = |name: &String| is_value(name) || name.is_empty();
        let named = format.header == Some(true) && skip_lines.is_none();
        let header_is_data = named && names.iter().any(is_value);
        Ok(Preview {
            format,
            no_ledger: no_ledger.clone(),
            name: plain.name.clone(),
            before: before.clone(),
            creates: None,
            dates,
            numbers,
            truths,
            unclear,
            nulls,
            escapes,
            trim,
            skip_lines,
            updates,
            table: plain.columns.clone(),
            suggested: shape::lines(&suggested),
            columns,
            rows: look.rows,
            header_is_data,
            rows_read: look.seen,
            rows_refused: intake.rows_refused,
            refusals: intake.refusals,
            reasons: intake.reasons.into_all(),
            rows_known: merged.updated + merged.unchanged,
            complete,
            mismatch,
            no_key: no_key.clone(),
            asked: None,
            changed: None,
        })
    })
}

/// Looks at the first records of a frame whose table is to be made.
fn sketch(
    insertion: &Insertion,
    target: &mut dyn Target,
    sample: u64,
    cancel: &Cancel,
) -> Result<Preview, InsertError> {
    let blank = insertion.blank(cancel)?;
    let of = insertion.rows(&blank, cancel, Some(sample));
    rows::with(&of, &mut |_, _| {}, |rows| {
        let names = rows.columns().to_vec();
        let mut sketch = Sketch::new(&insertion.table, rows, &insertion.read)?;
        let mut look = Look::new(rows, &names, insertion.frame.file_names());
        let mut refused = Refused::of(insertion, &names);
        let file = insertion.rejects.as_deref();
        let source = (&of.frame, of.options);
        refused.listing = file.map(|file| Listing::new(file, source, rows, &names));
        let read = rows.each(&mut |item, _| {
            look.see(&item);
            sketch.see(&item);
            refused.see(&item);
            Ok(look.seen <= sample)
        });
        let complete = match read {
            Ok(all) => all,
            Err(error) => {
                refused.add(error.refusal().ok_or(error)?);
                look.seen += 1;
                false
            }
        };
        refused.listing.as_mut().map_or(Ok(()), Listing::finish)?;
        let new = sketch.table(&insertion.key)?;
        let creates = target.draft(&new)?;
        let columns = names.iter().enumerate();
        let columns = columns.map(|(at, name)| PreviewColumn {
            name: name.clone(),
            source: rows.source(at).map(str::to_owned),
            inferred: look
                .columns
                .get(at)
                .and_then(|seen| Some(seen.inference.result()?.to_string())),
            declared: Some(declared(&creates, at)),
            not_null: new.is_key(at),
        });
        let columns: Vec<PreviewColumn> = columns.collect();
        let decimals = |at: usize| {
            let kind = look
                .columns
                .get(at)
                .and_then(|seen| seen.inference.result());
            kind.is_some_and(|kind| kind.is_fraction() && kind.is_number())
        };
        let unclear = rows.unclear();
        let unclear = unclear.or_else(|| look.unclear(rows.format(), &insertion.read, &decimals));
        let unclear = unclear.filter(|_| insertion.asks_numbers);
        // Only what would become texts: all else is read as it should be.
        let of = |is: fn(&ColumnType) -> bool| -> Vec<usize> {
            let kind = |at: usize| look.columns.get(at)?.inference.result();
            let is = |at: &usize| kind(*at).is_some_and(|kind| kind.is_text() || is(&kind));
            (0..names.len()).filter(is).collect()
        };
        let read = &insertion.read;
        let fits = |at: usize, is: fn(&ColumnType) -> bool, other: fn(&look::Seen) -> bool| {
            let seen = look.columns.get(at);
            seen.is_some_and(|seen| {
                seen.inference.result().is_some_and(|kind| is(&kind)) || other(seen)
            })
        };
        let days = |at| {
            fits(at, ColumnType::has_moment, |seen| {
                seen.dates.result().is_some()
            })
        };
        let dates = look.dates(&of(ColumnType::has_moment), read, &days);
        let figures = |at| {
            fits(at, ColumnType::is_number, |seen| {
                seen.numbers.result(false).is_some()
            })
        };
        let numbers = match rows.is_queried() {
            true => None,
            false => look.numbers(&of(ColumnType::is_number), read, &|_| false, &figures),
        };
        let mut nulls = once(look.nulls_among_texts());
        let escapes = is_export(&look, rows.format(), &insertion.read);
        nulls.retain(|text| !(escapes && nulls::is_sure(text)));
        Ok(Preview {
            format: rows.format().clone(),
            columns,
            rows: look.rows,
            rows_read: look.seen,
            rows_refused: refused.rows,
            refusals: refused.first,
            reasons: refused.reasons.into_all(),
            complete,
            dates,
            numbers,
            truths: None,
            unclear,
            nulls,
            escapes,
            trim: None,
            skip_lines: Some(rows.format().preamble).filter(|lines| *lines > 0),
            updates: false,
            table: Vec::new(),
            suggested: Vec::new(),
            header_is_data: false,
            rows_known: 0,
            no_ledger: None,
            name: insertion.table.clone(),
            before: Vec::new(),
            creates: Some(creates),
            mismatch: None,
            no_key: None,
            asked: None,
            changed: None,
        })
    })
}

/// Whether the backslashes of a text table would have to be read.
fn is_export(look: &Look, format: &Format, read: &ReadOptions) -> bool {
    format.kind == Kind::Csv && !read.escapes && look.is_export()
}

/// Each text once, in their order.
fn once<'t>(texts: impl Iterator<Item = &'t String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(text) {
            all.push(text.clone());
        }
    }
    all
}

/// Whether a key comes twice in the frame: updating by it would help nothing.
fn is_met_twice(refusals: &[Refusal]) -> bool {
    let mut met = refusals.iter();
    met.any(|refusal| refusal.reason.contains(TWICE))
}

/// Whether it is this key that is taken, as far as it is said: updating by it says nothing of others.
fn is_taken(refusals: &[Refusal], key: &str) -> bool {
    let mut taken = refusals
        .iter()
        .filter(|refusal| [TAKEN, THERE].contains(&refusal.reason.as_str()));
    taken.any(|refusal| refusal.column.as_deref().is_none_or(|column| column == key))
}

/// The type of a column in a statement that has a line for each.
fn declared(statement: &str, at: usize) -> String {
    let line = statement.lines().nth(at + 1).unwrap_or_default();
    let kind = line.rsplit(['"', '`']).next().unwrap_or_default();
    kind.trim().trim_end_matches(',').to_owned()
}

/// The rows that a table made from the frame would refuse.
struct Refused<'f> {
    listing: Option<Listing<'f>>,
    keep: usize,
    /// The positions of the key, and the keys that came.
    key: Vec<usize>,
    names: String,
    seen: HashMap<[u8; 32], i64>,
    rows: u64,
    first: Vec<Refusal>,
    reasons: Reasons,
}

impl<'f> Refused<'f> {
    fn of(insertion: &Insertion, names: &[String]) -> Refused<'f> {
        let position = |name: &String| {
            let same = |n: &String| near::same_column(n, name);
            names.iter().position(same)
        };
        Refused {
            listing: None,
            keep: insertion.keep_refusals,
            key: insertion.key.iter().filter_map(position).collect(),
            names: insertion.key.join(", "),
            seen: HashMap::new(),
            rows: 0,
            first: Vec::new(),
            reasons: Reasons::default(),
        }
    }

    fn add(&mut self, refusal: Refusal) {
        self.rows += 1;
        let (column, reason) = (refusal.column.as_deref(), &refusal.reason);
        self.reasons.add(column, reason, || refusal.clone());
        self.listing.iter_mut().for_each(|list| list.put(&refusal));
        if self.first.len() < self.keep {
            self.first.push(refusal);
        }
    }

    fn see(&mut self, item: &Item<'_>) {
        let row = match item {
            Item::Row(_) if self.key.is_empty() => return,
            Item::Row(row) => row,
            Item::Refused(refusal) => return self.add(refusal.clone()),
            Item::RefusedMore(rows) => return self.rows += rows,
        };
        let key: Vec<Field<'_>> = self.key.iter().map(|at| row.field(*at)).collect();
        let mark = super::batch::RowOf {
            line: row.line,
            record: row.record,
            ..super::batch::RowOf::default()
        };
        let reason = if key.contains(&Field::Null) {
            "must not be NULL".to_owned()
        } else {
            let key = digest(&key);
            if self.seen.len() >= MOST_KEYS && !self.seen.contains_key(&key) {
                return;
            }
            match self.seen.insert(key, mark.mark()) {
                Some(earlier) => {
                    let earlier = mark.place(earlier);
                    format!("{earlier} {TWICE}")
                }
                None => return,
            }
        };
        self.add(Refusal {
            file: None,
            line: row.line,
            record: Some(row.record),
            column: Some(self.names.clone()),
            source: None,
            value: None,
            reason,
        });
    }
}

/// What tells a key from others, however long its values are.
fn digest(key: &[Field<'_>]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for value in key {
        let mut add = |bytes: &[u8]| {
            digest.update(bytes.len().to_le_bytes());
            digest.update(bytes);
        };
        match value {
            Field::Blob(bytes) => add(bytes),
            value => add(value.to_string().as_bytes()),
        }
    }
    digest.finalize().into()
}
