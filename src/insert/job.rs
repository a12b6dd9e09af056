//! An insertion: one transaction with rows, facts, verdict and ledger line inside.
//!
//! **Exactly once.** The ledger line is committed with the rows or not at all, and its key is
//! looked up after the transaction has begun: a second run with the same key finds the line
//! and reports its outcome. A rolled back insertion leaves no line: nothing of it is in the
//! table, so running it again is harmless, and what the second run finds is then the truth.

use super::checksum::{Checksum, RowHash};
use super::csv::CsvOptions;
use super::facts::{ColumnFacts, Facts, Report, Status, Verdict, shown};
use super::frame::Frame;
use super::intake::{Intake, map_columns};
use super::query::QueryLimits;
use super::rows::{self, RowsOf};
use super::target::{self, ConnectionUrl, LedgerLine, Plan, Reach, Table, Target};
use super::types::{Cell, ColumnType};
use super::{Cancel, Forbidden, InsertError};
use crate::crash;
use chrono::{DateTime, Utc};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// What happens to the rows that are in the table already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They stay.
    #[default]
    Append,
    /// They go first.
    Replace,
}

impl Mode {
    /// The mode as forms and scripts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Append => "append",
            Mode::Replace => "replace",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Mode, String> {
        match text {
            "append" => Ok(Mode::Append),
            "replace" => Ok(Mode::Replace),
            other => Err(format!(
                "{:?} is no mode; append or replace is",
                shown(other)
            )),
        }
    }
}

/// What goes where. [`super::preview()`] and [`run`] take the same.
#[derive(Debug, Clone)]
pub struct Insertion {
    /// The database.
    pub target: ConnectionUrl,
    /// Databases that must never be a target, such as the desk's own.
    pub forbidden: Forbidden,
    /// The table.
    pub table: String,
    /// The captured frame.
    pub frame: Frame,
    /// SQL over the frame; empty is none.
    pub query: Option<String>,
    /// What happens to the rows of the table.
    pub mode: Mode,
    /// How to read the frame.
    pub csv: CsvOptions,
    /// How much the query may do.
    pub query_limits: QueryLimits,
    /// How many refusals are described; all are counted.
    pub keep_refusals: usize,
    /// How long to wait for somebody else's lock on the target.
    pub busy_seconds: u64,
}

impl Insertion {
    /// An insertion that appends a frame as it is, with the usual limits.
    pub fn new(target: ConnectionUrl, table: impl Into<String>, frame: Frame) -> Insertion {
        Insertion {
            target,
            forbidden: Forbidden::default(),
            table: table.into(),
            frame,
            query: None,
            mode: Mode::Append,
            csv: CsvOptions::default(),
            query_limits: QueryLimits::default(),
            keep_refusals: 100,
            busy_seconds: 30,
        }
    }

    pub(super) fn reach<'a>(&'a self, cancel: &'a Cancel, read_only: bool) -> Reach<'a> {
        Reach {
            url: &self.target,
            forbidden: &self.forbidden,
            busy_seconds: self.busy_seconds,
            cancel,
            read_only,
        }
    }

    pub(super) fn rows<'a>(&'a self, cancel: &'a Cancel, sample: Option<u64>) -> RowsOf<'a> {
        RowsOf {
            frame: &self.frame,
            options: &self.csv,
            query: self.query.as_deref(),
            limits: self.query_limits,
            cancel,
            sample,
        }
    }
}

/// What the ledger knows a run by.
#[derive(Debug, Clone)]
pub struct LedgerEntry {
    /// Unique to the job, the same in each of its runs: the external task's id.
    pub key: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an insertion is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The ledger has no line of this run: nothing of it is kept.
    Begun,
    /// Making the frame ready for the query.
    Staging,
    /// Inserting rows.
    Inserting,
    /// Reading the rows back.
    Checking,
    /// Making the rows last: only the ledger can tell from here on whether they did.
    Committing,
}

/// How far an insertion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is busy with.
    pub phase: Phase,
    /// Rows of this phase done.
    pub rows: u64,
    /// Rows refused so far.
    pub refused: u64,
    /// Bytes of the frame read.
    pub bytes: u64,
    /// Bytes of the frame.
    pub total_bytes: u64,
}

/// Whoever decides, from the facts, whether the rows stay.
pub type Judge<'j> = dyn FnMut(&Facts) -> Result<Verdict, String> + 'j;

/// Rows between two reports of progress.
const REPORT: u64 = 1024;

/// Runs an insertion. If this key was committed before, its outcome is reported and nothing
/// is inserted. An error means that nothing was kept; [`InsertError::facts`] are its facts.
pub fn run(
    insertion: &Insertion,
    entry: &LedgerEntry,
    judge: &mut Judge<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Report, InsertError> {
    let mut target = target::open(&insertion.reach(cancel, false))?;
    target.begin()?;
    let result = inside(insertion, entry, target.as_mut(), judge, progress, cancel);
    // After a commit there is nothing left to undo.
    target.rollback();
    result
}

/// Everything between the begin and the end of the transaction.
fn inside(
    insertion: &Insertion,
    entry: &LedgerEntry,
    target: &mut dyn Target,
    judge: &mut Judge<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Report, InsertError> {
    if let Some(outcome) = target.recall(&entry.key)? {
        let report: Report = serde_json::from_str(&outcome).map_err(|e| InsertError::Target {
            target: insertion.target.to_string(),
            reason: format!("the ledger has an unreadable line for {:?}: {e}", entry.key),
        })?;
        return Ok(Report {
            replayed: true,
            ..report
        });
    }
    let at = |phase, rows, bytes| Progress {
        phase,
        rows,
        refused: 0,
        bytes,
        total_bytes: insertion.frame.bytes,
    };
    progress(at(Phase::Begun, 0, 0));
    let table = target.describe(&insertion.table)?;
    let (facts, refusals) = load(insertion, target, &table, progress, cancel)?;
    let verdict = judge(&facts).map_err(InsertError::Judge)?;
    cancel.check()?;
    let mut report = Report {
        facts,
        verdict,
        committed: true,
        replayed: false,
        refusals,
    };
    if !report.verdict.keep {
        report.committed = false;
        return Ok(report);
    }
    let outcome = serde_json::to_string(&report).map_err(|e| InsertError::Judge(e.to_string()))?;
    target.record(&LedgerLine {
        key: &entry.key,
        at: entry.at,
        table: &table.name,
        mode: insertion.mode.as_str(),
        frame: &insertion.frame.hash,
        rows: report.facts.rows_inserted,
        outcome: &outcome,
    })?;
    let bytes = insertion.frame.bytes;
    progress(at(Phase::Committing, report.facts.rows_read, bytes));
    target.commit()?;
    Ok(report)
}

/// Inserts the rows and reads the facts about them.
fn load(
    insertion: &Insertion,
    target: &mut dyn Target,
    table: &Table,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<(Facts, Vec<super::Refusal>), InsertError> {
    let total_bytes = insertion.frame.bytes;
    let of = insertion.rows(cancel, None);
    // The staging reports before the rows are read, and the rows after it: one at a time.
    let progress = std::cell::RefCell::new(&mut *progress);
    rows::with(
        &of,
        &mut |rows, bytes| {
            let phase = Phase::Staging;
            (progress.borrow_mut())(Progress {
                phase,
                rows,
                refused: 0,
                bytes,
                total_bytes,
            });
        },
        |rows| {
            let mut progress = progress.borrow_mut();
            let positions = map_columns(rows.columns(), table)?;
            let mut intake = Intake::new(table, &positions, insertion.keep_refusals);
            intake.dates.clone_from(&insertion.csv.dates);
            let replace = insertion.mode == Mode::Replace;
            let plan = Plan {
                table,
                columns: &positions,
                replace,
            };
            target.insert(&plan, &mut |sink| {
                rows.each(&mut |item, bytes| {
                    intake.take(&item, sink)?;
                    if intake.rows_read.is_multiple_of(REPORT) {
                        progress(Progress {
                            phase: Phase::Inserting,
                            rows: intake.rows_read,
                            refused: intake.rows_refused,
                            bytes,
                            total_bytes,
                        });
                    }
                    Ok(true)
                })
                .map(|_| ())
            })?;
            crash::point("insert.after_rows");
            let mut found = Found::new(table, &positions);
            target.read_back(&plan, &mut |cells| {
                found.see(cells);
                if found.rows.is_multiple_of(REPORT) {
                    progress(Progress {
                        phase: Phase::Checking,
                        rows: found.rows,
                        refused: intake.rows_refused,
                        bytes: total_bytes,
                        total_bytes,
                    });
                }
                cancel.check()
            })?;
            let facts = Facts {
                status: match intake.rows_refused {
                    0 => Status::Success,
                    _ => Status::Failure,
                },
                message: None,
                rows_read: intake.rows_read,
                rows_inserted: found.rows,
                rows_refused: intake.rows_refused,
                nulls_in_required: intake.nulls_in_required,
                duplicate_keys: intake.duplicate_keys,
                source_checksum: intake.checksum.to_string(),
                target_checksum: found.checksum.to_string(),
                columns: found.columns.into_iter().map(ColumnFound::facts).collect(),
            };
            Ok((facts, intake.refusals))
        },
    )
}

/// What is found when the rows are read back.
struct Found<'t> {
    rows: u64,
    checksum: Checksum,
    columns: Vec<ColumnFound<'t>>,
}

struct ColumnFound<'t> {
    name: &'t str,
    kind: &'t ColumnType,
    nulls: u64,
    min: Option<Cell<'static>>,
    max: Option<Cell<'static>>,
}

impl<'t> Found<'t> {
    fn new(table: &'t Table, positions: &[usize]) -> Found<'t> {
        let columns = positions.iter().filter_map(|at| table.columns.get(*at));
        let columns = columns
            .map(|c| ColumnFound {
                name: &c.name,
                kind: &c.kind,
                nulls: 0,
                min: None,
                max: None,
            })
            .collect();
        Found {
            rows: 0,
            checksum: Checksum::default(),
            columns,
        }
    }

    fn see(&mut self, cells: &[Cell<'_>]) {
        self.rows += 1;
        let mut hash = RowHash::new();
        for (cell, column) in cells.iter().zip(&mut self.columns) {
            hash.cell(column.kind, cell);
            column.see(cell);
        }
        self.checksum.add(hash);
    }
}

impl ColumnFound<'_> {
    fn see(&mut self, cell: &Cell<'_>) {
        match cell {
            Cell::Null => self.nulls += 1,
            Cell::Blob(_) => {}
            cell => {
                if self
                    .min
                    .as_ref()
                    .is_none_or(|min| cell.order(min) == Ordering::Less)
                {
                    self.min = Some(cell.to_static());
                }
                if self
                    .max
                    .as_ref()
                    .is_none_or(|max| cell.order(max) == Ordering::Greater)
                {
                    self.max = Some(cell.to_static());
                }
            }
        }
    }

    fn facts(self) -> ColumnFacts {
        let text = |cell: Cell<'_>| shown(&cell.to_string());
        ColumnFacts {
            name: self.name.to_owned(),
            nulls: self.nulls,
            min: self.min.map(text),
            max: self.max.map(text),
        }
    }
}
