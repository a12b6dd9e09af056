//! An insertion: one transaction with rows, facts, verdict and ledger line inside.
//!
//! **Exactly once.** The ledger line is committed with the rows or not at all, and its key is
//! looked up after the transaction has begun: a second run with the same key finds the line
//! and reports its outcome. A rolled back insertion leaves no line: nothing of it is in the
//! table, so running it again is harmless, and what the second run finds is then the truth.

use super::checks::{Asked, CHECK_TIME, Check, Reference};
use super::create::{self, NewTable, Sketch};
use super::facts::{Facts, Report, Verdict};
use super::flow::TELL;
use super::frame::{Frame, hash_of};
use super::ledger::{self, Ledger, LedgerEntry};
use super::load::{Loaded, load};
use super::mode::{Mode, keyed};
use super::query::QueryLimits;
use super::records::{ReadOptions, Trim};
use super::rows::{self, RowsOf};
use super::shape::Mapping;
use super::target::{self, ConnectionUrl, LedgerLine, NO_TABLE, Needs, Plan, Reach, Table, Target};
use super::waits::Waits;
use super::{Cancel, Forbidden, InsertError, Password};
use chrono::DateTime;
use std::path::PathBuf;
use std::time::Duration;

/// What goes where. [`super::preview()`] and [`run`] take the same.
#[derive(Debug, Clone)]
pub struct Insertion {
    /// The database.
    pub target: ConnectionUrl,
    /// Of the user that the target names.
    pub password: Option<Password>,
    /// Databases that must never be a target, such as the desk's own.
    pub forbidden: Forbidden,
    /// The table.
    pub table: String,
    /// The captured frame.
    pub frame: Frame,
    /// SQL over the frame; empty is none.
    pub query: Option<String>,
    /// Which column goes where, where names do not say it.
    pub columns: Mapping,
    /// What happens to the rows of the table.
    pub mode: Mode,
    /// The columns by which rows are told apart, where the mode does; none are the primary key.
    pub key: Vec<String>,
    /// How to read the frame.
    pub read: ReadOptions,
    /// Whether somebody can say how its numbers are written: where nobody can, points stand before
    /// fractions.
    pub asks_numbers: bool,
    /// How much the query may do.
    pub query_limits: QueryLimits,
    /// Columns whose different values are counted instead of estimated; `all` is each.
    pub exact_distinct: Vec<String>,
    /// Columns whose values must be in another table: rows where they are not are counted.
    pub references: Vec<Reference>,
    /// Statements of the team's own, whose values the judge sees.
    pub checks: Vec<Check>,
    /// How long each of them may take.
    pub check_time: Duration,
    /// How many refusals are described; all are counted.
    pub keep_refusals: usize,
    /// A file that does not exist, for a list of all refusals: those of the frame itself, not of a
    /// query's rows. There is one afterwards where a row is refused.
    pub rejects: Option<PathBuf>,
    /// Whether its target waits for rows, while it runs.
    pub waits: Waits,
    /// How long to wait for somebody else's lock on the target.
    pub busy_seconds: u64,
    /// Keep what is needed to take it back; see [`super::undo()`].
    pub undoable: bool,
    /// No line in a ledger: a run that breaks off as it commits leaves nobody who knows whether
    /// the rows are in, and a second one inserts a second time.
    pub without_ledger: bool,
    /// A preview takes the rows in, where none has to go before, and back again, to see what the
    /// table makes of them.
    pub tries: bool,
    /// Nothing but the rows: they are checked on their way in, but not read back, whoever judges
    /// knows their number only, and no ledger remembers.
    pub rows_only: bool,
}

impl Insertion {
    /// An insertion that appends a frame as it is, with the usual limits.
    pub fn new(target: ConnectionUrl, table: impl Into<String>, frame: Frame) -> Insertion {
        Insertion {
            target,
            password: None,
            forbidden: Forbidden::default(),
            table: table.into(),
            frame,
            query: None,
            columns: Mapping::default(),
            mode: Mode::Append,
            key: Vec::new(),
            read: ReadOptions::default(),
            asks_numbers: true,
            query_limits: QueryLimits::default(),
            exact_distinct: Vec::new(),
            references: Vec::new(),
            checks: Vec::new(),
            check_time: CHECK_TIME,
            keep_refusals: 100,
            rejects: None,
            waits: Waits::default(),
            busy_seconds: 30,
            undoable: false,
            without_ledger: false,
            tries: false,
            rows_only: false,
        }
    }

    /// What tells its rows from others: the hash of the frame, and with it what makes other rows of
    /// the same frame. How its signs are to be understood does not, and is mostly found out. None
    /// for a frame of more bytes than these whose hash nobody knows.
    pub fn content(&self, bytes: u64) -> Option<String> {
        let hash = self.frame.hash_within(bytes)?;
        let read = &self.read;
        let mut parts: Vec<(&str, String)> = Vec::new();
        let mut said = |name, text: Option<String>| parts.extend(text.map(|text| (name, text)));
        said("query", self.query.as_deref().map(|sql| sql.trim().into()));
        for rule in self.columns.lines() {
            said("column", Some(rule.to_owned()));
        }
        for null in &read.null_texts {
            said("null", Some(null.clone()));
        }
        let trims = read.trim != Trim::No;
        said("trim", trims.then(|| format!("{:?}", read.trim)));
        said("encoding", read.encoding.map(|written| written.to_string()));
        said("sheet", read.sheet.clone());
        said("time zone", read.zone.as_ref().map(ToString::to_string));
        let skips = read.skip_lines > 0;
        said("escapes", read.escapes.then(String::new));
        said("skip lines", skips.then(|| read.skip_lines.to_string()));
        if parts.is_empty() {
            return Some(hash);
        }
        let parts = parts
            .iter()
            .flat_map(|(name, text)| [*name, "\0", text, "\0"]);
        let all: Vec<&str> = std::iter::once(hash.as_str()).chain(parts).collect();
        Some(hash_of(&all))
    }

    /// Whether a ledger remembers it.
    pub(super) fn has_ledger(&self) -> bool {
        !self.rows_only && !self.without_ledger
    }

    pub(super) fn reach<'a>(&'a self, cancel: &'a Cancel, read_only: bool) -> Reach<'a> {
        Reach {
            url: &self.target,
            forbidden: &self.forbidden,
            busy_seconds: self.busy_seconds,
            password: self.password.as_ref(),
            cancel,
            read_only,
        }
    }

    /// The table; where there is none, how to get it.
    pub(super) fn described(&self, target: &mut dyn Target) -> Result<Table, InsertError> {
        let described = target.describe(&self.table);
        described.map_err(|error| match error {
            InsertError::Table { table, reason } if reason.starts_with(NO_TABLE) => {
                let or = if reason.ends_with('?') { " Or" } else { ";" };
                InsertError::Table {
                    table,
                    reason: format!("{reason}{or} choose create to have it made from the frame"),
                }
            }
            error => error,
        })
    }

    /// The table that the mapping is about where there is none yet.
    pub(super) fn blank(&self, cancel: &Cancel) -> Result<Table, InsertError> {
        let mapped = || self.columns.targets().map(str::to_owned);
        if self.columns.is_empty() {
            return Ok(create::blank(&self.table, std::iter::empty()));
        }
        let of = RowsOf {
            frame: self.frame.watched(cancel),
            options: &self.read,
            query: self.query.as_deref(),
            shape: None,
            limits: self.query_limits,
            cancel,
            sample: Some(1),
        };
        rows::with(&of, &mut |_, _| {}, |rows| {
            let names = rows.columns().iter().cloned();
            Ok(create::blank(&self.table, names.chain(mapped())))
        })
    }

    pub(super) fn rows<'a>(
        &'a self,
        table: &'a Table,
        cancel: &'a Cancel,
        sample: Option<u64>,
    ) -> RowsOf<'a> {
        RowsOf {
            frame: self.frame.watched(cancel),
            options: &self.read,
            query: self.query.as_deref(),
            shape: (!self.columns.is_empty()).then_some((&self.columns, table)),
            limits: self.query_limits,
            cancel,
            sample,
        }
    }
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

impl Phase {
    /// The same in a word.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Begun | Phase::Staging => "reading",
            Phase::Inserting => "inserting",
            Phase::Checking => "checking",
            Phase::Committing => "committing",
        }
    }
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

/// Whoever decides from the facts and from what the ledger remembers.
pub type LedgerJudge<'j> = dyn FnMut(&Facts, &mut Ledger<'_>) -> Result<Verdict, String> + 'j;

/// Runs an insertion. If this key was committed before, its outcome is reported and nothing
/// is inserted. An error means that nothing was kept; [`InsertError::facts`] are its facts.
pub fn run(
    insertion: &Insertion,
    entry: &LedgerEntry,
    judge: &mut Judge<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Report, InsertError> {
    let mut judge = |facts: &Facts, _: &mut Ledger<'_>| judge(facts);
    run_beside(insertion, entry, &mut judge, progress, cancel)
}

/// The same for a judge who asks the ledger, too.
pub fn run_beside(
    insertion: &Insertion,
    entry: &LedgerEntry,
    judge: &mut LedgerJudge<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Report, InsertError> {
    let mut target = target::open(&insertion.reach(cancel, false))?;
    let begun = target.begin(insertion.has_ledger());
    begun.map_err(|e| and_table(e, insertion, target.as_mut()))?;
    let mut committing = false;
    let mut tell = |told: Progress| {
        committing |= told.phase == Phase::Committing;
        progress(told);
    };
    let result = inside(insertion, entry, target.as_mut(), judge, &mut tell, cancel);
    // After a commit there is nothing left to undo.
    target.rollback();
    let kept = result.as_ref().is_ok_and(|report| report.committed);
    // Where nobody knows whether the rows are in nothing is taken away: the next run finds out.
    let unknown = committing && matches!(result, Err(InsertError::Unreachable { .. }));
    if (insertion.mode == Mode::Create || insertion.undoable) && !kept && !unknown {
        drop(target);
        discard(insertion, entry);
    }
    result
}

/// The trouble of a ledger, with that of the table: who has to ask an administrator asks once.
fn and_table(error: InsertError, insertion: &Insertion, target: &mut dyn Target) -> InsertError {
    let InsertError::Target { target: at, reason } = error else {
        return error;
    };
    let table = match insertion.mode {
        Mode::Create => Ok(()),
        mode => insertion.described(target).and_then(|table| {
            let columns: Vec<usize> = (0..table.columns.len()).collect();
            let plan = Plan {
                table: &table,
                columns: &columns,
                mode,
                key: &[],
                side: None,
                asked: true,
            };
            let (reads, keeps) = (true, insertion.undoable);
            target::require_rights(target, &plan, Needs { reads, keeps })
        }),
    };
    let reason = match table {
        Err(InsertError::Table {
            table,
            reason: more,
        }) => format!("{reason}; {table}: {more}"),
        _ => reason,
    };
    InsertError::Target { target: at, reason }
}

/// The facts about the first `sample` rows as they would be, with references and checks asked: the
/// rows go in, and are taken back. It writes as the insertion would, and holds its locks until then.
pub(super) fn attempt(
    insertion: &Insertion,
    sample: u64,
    cancel: &Cancel,
) -> Result<Facts, InsertError> {
    let insertion = &Insertion {
        undoable: false,
        without_ledger: true,
        rejects: None,
        ..insertion.clone()
    };
    let mut target = target::open(&insertion.reach(cancel, false))?;
    target.begin(false)?;
    let inside = |target: &mut dyn Target| {
        let mut asked = Asked::new(insertion, target)?;
        let table = insertion.described(target)?;
        let (table, key) = keyed(table, insertion.mode, &insertion.key)?;
        asked.of(&table)?;
        let entry = LedgerEntry {
            key: String::new(),
            at: DateTime::UNIX_EPOCH,
        };
        let into = (&table, key.as_slice(), &mut asked);
        let sample = Some(sample);
        load(insertion, &entry, target, into, sample, &mut |_| {}, cancel)
    };
    let facts = inside(target.as_mut()).map(|loaded| loaded.facts);
    target.rollback();
    facts
}

/// Takes away tables that were made and are not filled, on a connection that nobody has stopped.
/// Where this fails, the next run finds the table.
fn discard(insertion: &Insertion, entry: &LedgerEntry) {
    let cancel = Cancel::within(target::PATIENCE);
    if let Ok(mut target) = target::open(&insertion.reach(&cancel, false)) {
        let made = (insertion.mode == Mode::Create).then_some(insertion.table.as_str());
        let _ = target.discard(made, &entry.key);
    }
}

/// Everything between the begin and the end of the transaction.
fn inside(
    insertion: &Insertion,
    entry: &LedgerEntry,
    target: &mut dyn Target,
    judge: &mut LedgerJudge<'_>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Report, InsertError> {
    let has_ledger = insertion.has_ledger();
    if let Some(outcome) = has_ledger
        .then(|| target.recall(&entry.key))
        .transpose()?
        .flatten()
    {
        let report: Report = serde_json::from_str(&outcome).map_err(|e| InsertError::Target {
            target: insertion.target.to_string(),
            reason: format!("the ledger has an unreadable line for {:?}: {e}", entry.key),
        })?;
        ledger::require_same(insertion, entry, target, &report)?;
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
    if insertion.mode == Mode::Create {
        let new = sketch(insertion, progress, cancel)?;
        target.create(&new, &entry.key)?;
    }
    let mut asked = Asked::new(insertion, target)?;
    let table = insertion.described(target)?;
    let (table, key) = keyed(table, insertion.mode, &insertion.key)?;
    asked.of(&table)?;
    let held = ledger::hold(insertion, target, &table.name)?;
    let into = (&table, key.as_slice(), &mut asked);
    let loaded = load(insertion, entry, target, into, None, progress, cancel)?;
    let Loaded {
        facts,
        refusals,
        reasons,
        format,
        trail,
    } = loaded;
    // A copy that was made meanwhile lasts before rows do, and before anybody decides.
    insertion.frame.settle()?;
    let mut beside = Ledger {
        insertion,
        target,
        table: &table.name,
        cancel,
        held,
    };
    let verdict = judge(&facts, &mut beside).map_err(InsertError::Judge)?;
    cancel.check()?;
    let mut report = Report {
        facts,
        verdict,
        committed: true,
        replayed: false,
        refusals,
        reasons,
        format: format.to_string(),
        table: table.name.clone(),
        mode: insertion.mode.to_string(),
        content: insertion.content(0),
        trail,
    };
    if !report.verdict.keep {
        report.committed = false;
        return Ok(report);
    }
    if has_ledger {
        let outcome =
            serde_json::to_string(&report).map_err(|e| InsertError::Judge(e.to_string()))?;
        let settled = insertion.frame.settled();
        let hash = settled.map_or_else(|| insertion.frame.hash.clone(), |frame| frame.hash);
        target.record(&LedgerLine {
            key: &entry.key,
            at: entry.at,
            table: &table.name,
            mode: insertion.mode.as_str(),
            frame: &hash,
            rows: report.facts.rows_inserted,
            outcome: &outcome,
        })?;
    }
    let bytes = insertion.frame.bytes;
    progress(at(Phase::Committing, report.facts.rows_read, bytes));
    target.commit()?;
    Ok(report)
}

/// Looks at the whole frame for the table that it needs.
fn sketch(
    insertion: &Insertion,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<NewTable, InsertError> {
    let blank = insertion.blank(cancel)?;
    let of = insertion.rows(&blank, cancel, None);
    let total_bytes = insertion.frame.bytes;
    let mut seen = 0_u64;
    let mut tell = |rows, bytes| {
        progress(Progress {
            phase: Phase::Staging,
            rows,
            refused: 0,
            bytes,
            total_bytes,
        });
    };
    rows::with(&of, &mut |_, _| {}, |rows| {
        let mut sketch = Sketch::new(&insertion.table, rows, &insertion.read)?;
        rows.each(&mut |item, bytes| {
            sketch.see(&item);
            seen += 1;
            if seen.is_multiple_of(TELL) {
                tell(seen, bytes);
            }
            Ok(true)
        })?;
        sketch.table(&insertion.key)
    })
}
