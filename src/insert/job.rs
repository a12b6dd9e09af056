//! An insertion: one transaction with rows, facts, verdict and ledger line inside.
//!
//! **Exactly once.** The ledger line is committed with the rows or not at all, and its key is
//! looked up after the transaction has begun: a second run with the same key finds the line
//! and reports its outcome. A rolled back insertion leaves no line: nothing of it is in the
//! table, so running it again is harmless, and what the second run finds is then the truth.

use super::checks::{Asked, CHECK_TIME, Check, Reference};
use super::create::{self, NewTable, Sketch};
use super::differ::Differing;
use super::facts::{Facts, Refusal, Report, Status, Verdict};
use super::flow::{Earnest, TELL, flow, holds, read_back};
use super::found::Found;
use super::frame::{Frame, hash_of};
use super::intake::{self, Intake, map_columns};
use super::ledger::{Ledger, LedgerEntry};
use super::mode::{Mode, keyed};
use super::query::QueryLimits;
use super::reasons::Reason;
use super::records::{Format, ReadOptions, Trim};
use super::rows::{self, RowsOf};
use super::shape::Mapping;
use super::target::{self, ConnectionUrl, LedgerLine, Needs, Plan, Reach, Table, Taken, Target};
use super::undo::{self, Trail};
use super::waits::Waits;
use super::{Cancel, Forbidden, InsertError, Password};
use crate::crash;
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
        mode => target.describe(&insertion.table).and_then(|table| {
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
        let table = target.describe(&insertion.table)?;
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
    let ledger = insertion.has_ledger();
    if let Some(outcome) = ledger
        .then(|| target.recall(&entry.key))
        .transpose()?
        .flatten()
    {
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
    if insertion.mode == Mode::Create {
        let new = sketch(insertion, progress, cancel)?;
        target.create(&new, &entry.key)?;
    }
    let mut asked = Asked::new(insertion, target)?;
    let table = target.describe(&insertion.table)?;
    let (table, key) = keyed(table, insertion.mode, &insertion.key)?;
    asked.of(&table)?;
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
        content: insertion.content(0),
        trail,
    };
    if !report.verdict.keep {
        report.committed = false;
        return Ok(report);
    }
    if ledger {
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

/// Rows that are in, but not for good.
struct Loaded {
    facts: Facts,
    refusals: Vec<Refusal>,
    reasons: Vec<Reason>,
    format: Format,
    trail: Option<Trail>,
}

/// Inserts the rows, all or the first ones, and reads the facts about them.
fn load(
    insertion: &Insertion,
    entry: &LedgerEntry,
    target: &mut dyn Target,
    (table, key, asked): (&Table, &[usize], &mut Asked<'_>),
    sample: Option<u64>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Loaded, InsertError> {
    let total_bytes = insertion.frame.bytes;
    let of = insertion.rows(table, cancel, sample);
    let most = sample.map_or(u64::MAX, |n| n.saturating_add(insertion.frame.fixed()));
    let side = (insertion.undoable && insertion.has_ledger()).then(|| undo::side(&entry.key));
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
            let format = rows.format().clone();
            let positions = map_columns(&intake::names(rows, table), table)
                .map_err(|error| intake::with_reading(error, rows.format()))?;
            let intake = Intake::new(table, &positions, insertion.keep_refusals);
            let (file, source) = (insertion.rejects.as_deref(), (&of.frame, of.options));
            let intake = intake.of(rows, &insertion.read)?;
            let mut intake = intake.listed(file, source, rows);
            intake.files = insertion.frame.file_names();
            intake.waits = insertion.waits.clone();
            let wanted = || Found::new(table, &positions).with_distinct(&insertion.exact_distinct);
            intake.known = (!insertion.rows_only).then(wanted);
            let plan = Plan {
                table,
                columns: &positions,
                mode: insertion.mode,
                key,
                side: side.as_deref(),
                asked: !insertion.rows_only,
            };
            let needs = Needs {
                reads: plan.asked,
                keeps: plan.side.is_some(),
            };
            target::require_rights(target, &plan, needs)?;
            if plan.side.is_some() {
                target.prepare_undo(&plan)?;
            }
            let mut before = None;
            if !insertion.rows_only && target.needs_before(&plan)? {
                let mut found = Found::new(table, &positions);
                read_back(target, &plan, &mut found, cancel, &mut |_| {})?;
                before = Some(found);
                asked.look_before(target, &plan)?;
            }
            let mut tell = |intake: &Intake<'_>| {
                let (rows, bytes) = intake.settled;
                progress(Progress {
                    phase: Phase::Inserting,
                    rows,
                    refused: intake.rows_refused,
                    bytes,
                    total_bytes,
                });
            };
            let mut pass = |intake: &mut Intake<'_>, earnest| {
                let mut seen = 0_u64;
                let mut more = |_: &rows::Item<'_>| {
                    seen += 1;
                    seen <= most
                };
                flow(target, &plan, rows, intake, earnest, &mut more, &mut tell)
            };
            if pass(&mut intake, Earnest::Insert)?.1 == Taken::NotAll {
                intake.restart();
                pass(&mut intake, Earnest::Rehearse)?;
                intake.go_without_refused();
                if pass(&mut intake, Earnest::Insert)?.1 == Taken::NotAll {
                    return Err(InsertError::Target {
                        target: insertion.target.to_string(),
                        reason: "it refuses rows together that it takes by themselves; a \
                                 constraint over several rows?"
                            .into(),
                    });
                }
            }
            crash::point("insert.after_rows");
            let unclear = rows.unclear().or_else(|| intake.unclear(&format));
            if let Some(unclear) = unclear.filter(|_| insertion.asks_numbers) {
                return Err(InsertError::Numbers(unclear));
            }
            intake.finish_list()?;
            let merged = target.merged();
            let Some(known) = intake.known.take() else {
                let facts = Facts {
                    rows_read: intake.rows_read,
                    rows_inserted: intake.rows_read - intake.rows_refused,
                    rows_updated: merged.updated,
                    rows_unchanged: merged.unchanged,
                    rows_deleted: merged.deleted,
                    rows_refused: intake.rows_refused,
                    status: Status::of(intake.rows_refused),
                    message: None,
                    ..Facts::failure("")
                };
                return Ok(Loaded {
                    facts,
                    refusals: intake.refusals,
                    reasons: intake.reasons.into_all(),
                    format,
                    trail: None,
                });
            };
            let mut tell = |rows| {
                progress(Progress {
                    phase: Phase::Checking,
                    rows,
                    refused: intake.rows_refused,
                    bytes: total_bytes,
                    total_bytes,
                });
            };
            let source_checksum = known.checksum.to_string();
            let (sent, sent_rows) = (known.checksums(), known.rows);
            // Rows that are as they were sent have the facts that are known of them.
            let comparable = before.is_none() && known.is_whole();
            let same = comparable && {
                tell(0);
                cancel.check()?;
                let as_sent = target.seen() == Some(known.seen())
                    || target.is_as_sent(&plan)? == Some(known.rows);
                match as_sent {
                    true => {
                        tell(known.rows);
                        true
                    }
                    false => holds(target, &plan, &known, cancel, &mut tell)?,
                }
            };
            let found = match same {
                true => known,
                false => {
                    drop(known);
                    let mut found = wanted();
                    read_back(target, &plan, &mut found, cancel, &mut tell)?;
                    match &before {
                        Some(before) => found.without(before),
                        None => found,
                    }
                }
            };
            let checksums = found.checksums();
            let mut pairs = sent.iter().zip(&checksums);
            let differs = pairs.position(|(sent, found)| sent != found);
            let message = match differs {
                Some(column) if intake.rows_refused == 0 && found.rows == sent_rows => {
                    let differing = Differing {
                        table,
                        plan: &plan,
                        column,
                        alone: before.is_none(),
                        cancel,
                    };
                    let once_more = Intake::new(table, &positions, 0).of(rows, &insertion.read)?;
                    Some(differing.told(target, rows, once_more)?)
                }
                _ => None,
            };
            let columns = found
                .columns
                .into_iter()
                .map(|column| column.facts(found.rows));
            let mut facts = Facts {
                status: Status::of(intake.rows_refused),
                message,
                rows_read: intake.rows_read,
                rows_inserted: found.rows,
                rows_updated: merged.updated,
                rows_unchanged: merged.unchanged,
                rows_refused: intake.rows_refused,
                nulls_in_required: intake.nulls_in_required,
                duplicate_keys: intake.duplicate_keys,
                source_checksum,
                target_checksum: found.checksum.to_string(),
                columns: columns.collect::<Result<_, _>>()?,
                rows_deleted: merged.deleted,
                orphans: None,
                checks: serde_json::Map::new(),
            };
            let trail = match plan.side {
                Some(_) => {
                    let kept = target.keep(&plan)?;
                    Some(undo::trail(target, &plan, entry, &facts, kept, cancel)?)
                }
                None => None,
            };
            facts.orphans = asked.orphans(target, &plan, &mut facts.columns)?;
            facts.checks = asked.values(target)?;
            Ok(Loaded {
                facts,
                refusals: intake.refusals,
                reasons: intake.reasons.into_all(),
                format,
                trail,
            })
        },
    )
}
