//! Taking an insertion back, while nobody has touched its rows.
//!
//! An insertion that can be taken back leaves a [`Trail`] in its ledger line: what finds the rows
//! that it inserted or updated, how many they are and their checksum over all columns; the rows
//! that it replaced or updated are in a table beside the target. [`undo`] is one transaction:
//! those rows are read again and compared, taken away or set back, and a ledger line of its own
//! is written. That line's key is made of the insertion's, so that nothing is taken back twice.

use super::facts::{Facts, Report};
use super::flow::touched;
use super::found::Found;
use super::job::{Phase, Progress};
use super::ledger::LedgerEntry;
use super::mode::Mode;
use super::target::{self, ConnectionUrl, LedgerLine, Plan, Reach, Table, Target};
use super::types::ColumnType;
use super::{Cancel, Forbidden, InsertError, Password};
use crate::crash;
use crate::value::words::{count, thousands};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long what an undo needs is kept.
pub const UNDO_KEPT: TimeDelta = TimeDelta::days(7);
/// The names of the tables that keep it begin with this.
pub(super) const SIDE: &str = "crewdesk_undo_";

/// What an insertion left behind so that it can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// How the rows went in.
    pub(super) mode: String,
    /// The table.
    pub(super) table: String,
    /// The columns by which rows were told apart.
    pub(super) key: Vec<String>,
    /// Until when it is kept.
    pub until: DateTime<Utc>,
    /// The rows that were inserted or updated.
    pub(super) rows: u64,
    /// The rows that were there before and are kept: those that were replaced or updated.
    pub(super) former: u64,
    /// Over the rows as they stood after the insertion.
    pub(super) checksum: String,
    /// The columns that the checksum is of.
    pub(super) columns: Vec<String>,
    /// The checksum of each of them; none in lines of ledgers that are older.
    #[serde(default)]
    pub(super) sums: Vec<String>,
    /// The table that keeps what is kept.
    pub(super) side: String,
    /// What finds the rows, where the side table does not.
    pub(super) own: Option<String>,
}

/// What a target kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) former: u64,
    pub(super) own: Option<String>,
}

/// The table that keeps what the undo of a job needs: names are short, and keys may not be.
pub(super) fn side(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    let hex: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{SIDE}{hex}")
}

/// The key of the ledger line of an undo: one insertion has one.
fn undo_key(key: &str) -> String {
    format!("undo {key}")
}

/// What is to be taken back.
#[derive(Debug, Clone)]
pub struct Undoing {
    /// The database.
    pub target: ConnectionUrl,
    /// Of the user that the target names.
    pub password: Option<Password>,
    /// Databases that must never be a target.
    pub forbidden: Forbidden,
    /// How long to wait for somebody else's lock.
    pub busy_seconds: u64,
    /// The ledger key of the insertion.
    pub insertion: String,
}

impl Undoing {
    fn reach<'a>(&'a self, cancel: &'a Cancel) -> Reach<'a> {
        Reach {
            url: &self.target,
            forbidden: &self.forbidden,
            busy_seconds: self.busy_seconds,
            password: self.password.as_ref(),
            cancel,
            read_only: false,
        }
    }
}

/// How an undo ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The job that took the insertion back: the key of its entry.
    pub job: String,
    /// Whether the insertion is taken back.
    pub undone: bool,
    /// Why not.
    pub reason: Option<String>,
    /// The table.
    pub table: String,
    /// Rows of the insertion that are gone.
    pub rows_removed: u64,
    /// Rows that are as they were before the insertion.
    pub rows_restored: u64,
    /// Whether the table that the insertion made is gone, too.
    #[serde(default)]
    pub dropped: bool,
    /// For what finds rows that were set back what finds them now, where that is not the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) made_anew: Vec<(String, String)>,
    /// Whether an earlier run did it and this one found its ledger line.
    #[serde(skip)]
    pub replayed: bool,
}

impl Undone {
    /// One that left all as it was.
    pub fn left(reason: String) -> Undone {
        Undone {
            job: String::new(),
            undone: false,
            reason: Some(reason),
            table: String::new(),
            rows_removed: 0,
            rows_restored: 0,
            dropped: false,
            made_anew: Vec::new(),
            replayed: false,
        }
    }
}

impl Trail {
    /// How many rows go with an undo: those that were updated stay.
    pub(super) fn gone(&self) -> u64 {
        match self.mode == Mode::Upsert.as_str() {
            true => self.rows.saturating_sub(self.former),
            false => self.rows,
        }
    }

    /// Whether the insertion made the table.
    fn was_made(&self) -> bool {
        self.mode == Mode::Create.as_str()
    }
}

/// Takes an insertion back, or says why not; then nothing is changed. `allow` is asked before the
/// commit.
pub fn undo(
    undoing: &Undoing,
    entry: &LedgerEntry,
    allow: &mut dyn FnMut() -> Result<(), String>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Undone, InsertError> {
    let mut target = target::open(&undoing.reach(cancel))?;
    target.begin(true)?;
    let mut trail = None;
    let result = inside(
        undoing,
        entry,
        target.as_mut(),
        &mut trail,
        allow,
        progress,
        cancel,
    );
    // After a commit there is nothing left to undo.
    target.rollback();
    if let (Ok(done), Some((trail, untouched))) = (&result, &trail)
        && done.undone
    {
        // Where dropping tables is no part of the transaction; what fails is swept later.
        let _ = target.forget(&trail.side);
        if *untouched && !done.dropped {
            let dropped = target.drop_filled_no_more(&trail.table);
            return result.map(|done| Undone { dropped, ..done });
        }
    }
    result
}

/// Drops what is kept of an insertion; the insertion can not be taken back any more.
pub fn forget_undo(undoing: &Undoing) -> Result<(), InsertError> {
    let cancel = Cancel::within(target::PATIENCE);
    target::open(&undoing.reach(&cancel))?.forget(&side(&undoing.insertion))
}

fn inside(
    undoing: &Undoing,
    entry: &LedgerEntry,
    target: &mut dyn Target,
    kept: &mut Option<(Trail, bool)>,
    allow: &mut dyn FnMut() -> Result<(), String>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Undone, InsertError> {
    let key = undo_key(&undoing.insertion);
    let refused = |table: &str, reason: String| Undone {
        job: entry.key.clone(),
        table: table.to_owned(),
        ..Undone::left(reason)
    };
    let outcome = target.recall(&key)?;
    if let Some(done) = outcome.and_then(|text| serde_json::from_str::<Undone>(&text).ok()) {
        return Ok(match done.job == entry.key {
            true => Undone {
                replayed: true,
                ..done
            },
            false => refused(&done.table, "it was taken back before".into()),
        });
    }
    let at = |phase, rows| Progress {
        phase,
        rows,
        refused: 0,
        bytes: 0,
        total_bytes: 0,
    };
    progress(at(Phase::Begun, 0));
    let Some(outcome) = target.recall(&undoing.insertion)? else {
        let reason = "the ledger there knows no such insertion; nothing of it was kept".into();
        return Ok(refused("", reason));
    };
    let report = serde_json::from_str::<Report>(&outcome).ok();
    let known = report.and_then(|report| Some((report.trail?, report.facts)));
    let Some((mut trail, facts)) = known else {
        return Ok(refused("", "it was not made undoable".into()));
    };
    if let Some(reason) = unlike(trail.rows, &facts) {
        return Ok(refused(&trail.table, reason));
    }
    if trail.until < entry.at {
        let until = trail.until.format("%Y-%m-%d");
        let reason = format!("what an undo needs was kept until {until}");
        return Ok(refused(&trail.table, reason));
    }
    let described = target.describe(&trail.table)?;
    let (table, positions, key_columns) = match columns(described, &trail) {
        Ok(found) => found,
        Err(reason) => return Ok(refused(&trail.table, reason)),
    };
    let side = trail.side.clone();
    let plan = Plan {
        table: &table,
        columns: &positions,
        mode: trail.mode.parse().unwrap_or_default(),
        key: &key_columns,
        side: Some(&side),
        asked: false,
    };
    if let Some(reason) = target.lock_for_undo(&plan, &trail)? {
        return Ok(refused(&trail.table, reason));
    }
    trail.own = target.own_by_now(&trail)?;
    let mut found = Found::new(&table, &positions);
    touched(target, &plan, &trail, &mut found, cancel, &mut |rows| {
        progress(at(Phase::Checking, rows));
    })?;
    if let Some(reason) = differs(&found, &trail) {
        return Ok(refused(&trail.table, reason));
    }
    let restored = match target.take_back(&plan, &trail)? {
        Ok(restored) => restored,
        Err(reason) => return Ok(refused(&trail.table, reason)),
    };
    if restored != trail.former {
        let reason = format!(
            "only {} of the {} before it can be set back; a trigger of the table?",
            thousands(restored),
            count(trail.former, "row", "rows")
        );
        return Ok(refused(&trail.table, reason));
    }
    crash::point("undo.after_rows");
    cancel.check()?;
    allow().map_err(InsertError::Judge)?;
    // Where somebody made more of the table since, it stays, empty.
    let untouched = trail.was_made() && names(&table, &readable(&table)) == trail.columns;
    let dropped = untouched && target.drop_made(&table)?;
    let done = Undone {
        job: entry.key.clone(),
        undone: true,
        reason: None,
        table: trail.table.clone(),
        rows_removed: trail.gone(),
        rows_restored: restored,
        dropped,
        made_anew: target.made_anew(),
        replayed: false,
    };
    let outcome = serde_json::to_string(&done).map_err(|e| InsertError::Judge(e.to_string()))?;
    target.record(&LedgerLine {
        key: &key,
        at: entry.at,
        table: &trail.table,
        mode: "undo",
        // The ledger says of an insertion which frame, of an undo which insertion.
        frame: &undoing.insertion,
        rows: done.rows_removed,
        outcome: &outcome,
    })?;
    progress(at(Phase::Committing, trail.rows));
    *kept = Some((trail, untouched));
    target.commit()?;
    Ok(done)
}

/// What a table and its columns are for a trail; why not, if they are no longer what they were.
fn columns(table: Table, trail: &Trail) -> Result<(Table, Vec<usize>, Vec<usize>), String> {
    let position = |name: &String| table.columns.iter().position(|c| c.name == *name);
    let find = |names: &[String]| {
        let found: Vec<Option<usize>> = names.iter().map(position).collect();
        match found.iter().position(Option::is_none) {
            Some(at) => Err(format!(
                "{} has no column {:?} any more",
                trail.table,
                names.get(at).map(String::as_str).unwrap_or_default()
            )),
            None => Ok(found.into_iter().flatten().collect::<Vec<usize>>()),
        }
    };
    let (columns, key) = (find(&trail.columns)?, find(&trail.key)?);
    Ok((table, columns, key))
}

/// What is different from what the insertion left, in words.
fn differs(found: &Found<'_>, trail: &Trail) -> Option<String> {
    if found.rows != trail.rows {
        return Some(format!(
            "only {} of its {} as before; the others were changed or deleted since",
            thousands(found.rows),
            count(trail.rows, "row is", "rows are")
        ));
    }
    (found.checksum.to_string() != trail.checksum).then(|| {
        let sums = found.checksums();
        let columns = trail.columns.iter().zip(trail.sums.iter().zip(&sums));
        let changed = columns.filter(|(_, (before, now))| before != now);
        let changed: Vec<&str> = changed.map(|(name, _)| name.as_str()).collect();
        let whose = match changed.as_slice() {
            [] => "some of their values".to_owned(),
            names => format!("values of {}", names.join(", ")),
        };
        format!(
            "its {} rows are there, but {whose} were changed since",
            trail.rows
        )
    })
}

/// Why a trail of so many rows is none of the rows that these facts are of.
fn unlike(rows: u64, facts: &Facts) -> Option<String> {
    let touched = facts.rows_inserted.saturating_sub(facts.rows_unchanged);
    (rows != touched).then(|| {
        format!(
            "an undo would take {}, not {}, which the insertion has",
            count(rows, "row", "rows"),
            thousands(touched)
        )
    })
}

/// The positions of all columns that can be read.
pub(super) fn readable(table: &Table) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    let readable = columns.filter(|(_, column)| column.kind != ColumnType::Unknown);
    readable.map(|(at, _)| at).collect()
}

fn names(table: &Table, positions: &[usize]) -> Vec<String> {
    let columns = positions.iter().filter_map(|at| table.columns.get(*at));
    columns.map(|column| column.name.clone()).collect()
}

/// What can be taken back of an insertion, read from the table as it stands; refused where that
/// is more or less than its facts are of.
pub(super) fn trail(
    target: &mut dyn Target,
    plan: &Plan<'_>,
    entry: &LedgerEntry,
    facts: &Facts,
    kept: Kept,
    cancel: &Cancel,
) -> Result<Trail, InsertError> {
    let columns = readable(plan.table);
    let mut trail = Trail {
        mode: plan.mode.to_string(),
        table: plan.table.name.clone(),
        key: names(plan.table, plan.key),
        until: entry.at + UNDO_KEPT,
        rows: 0,
        former: kept.former,
        checksum: String::new(),
        columns: names(plan.table, &columns),
        sums: Vec::new(),
        side: side(&entry.key),
        own: kept.own,
    };
    let all = Plan {
        table: plan.table,
        columns: &columns,
        mode: plan.mode,
        key: plan.key,
        side: plan.side,
        asked: false,
    };
    let mut found = Found::new(plan.table, &columns);
    touched(target, &all, &trail, &mut found, cancel, &mut |_| {})?;
    (trail.rows, trail.checksum) = (found.rows, found.checksum.to_string());
    trail.sums = found.checksums();
    match unlike(trail.rows, facts) {
        None => Ok(trail),
        Some(reason) => Err(InsertError::Table {
            table: trail.table,
            reason: format!(
                "{reason}: others write to it at the same time, or a trigger does; insert again, \
                 or without undoable"
            ),
        }),
    }
}
