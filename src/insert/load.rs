//! The rows of an insertion into the target, and the facts about them, before anybody judges.
//!
//! Begins and ends no transaction, and writes no ledger.

use super::checks::Asked;
use super::differ::Differing;
use super::facts::{Facts, Refusal, Status};
use super::flow::{Earnest, flow, holds, read_back};
use super::found::Found;
use super::intake::{self, Intake, map_columns};
use super::job::{Insertion, Phase, Progress};
use super::ledger::LedgerEntry;
use super::reasons::Reason;
use super::records::Format;
use super::rows;
use super::target::{self, Needs, Plan, Table, Taken, Target};
use super::undo::{self, Trail};
use super::{Cancel, InsertError};
use crate::crash;

/// Rows that are in, but not for good.
pub(super) struct Loaded {
    pub(super) facts: Facts,
    pub(super) refusals: Vec<Refusal>,
    pub(super) reasons: Vec<Reason>,
    pub(super) format: Format,
    pub(super) trail: Option<Trail>,
}

/// Inserts the rows, all or the first ones, and reads the facts about them.
pub(super) fn load(
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
                target::prepare_undo(target, &plan)?;
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
                let as_sent =
                    target.seen() == Some(known.seen()) || target.as_sent() == Some(known.rows);
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
                    let once_more = Intake::new(table, &positions, 0);
                    let mut once_more = once_more.of(rows, &insertion.read)?;
                    once_more.files = insertion.frame.file_names();
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
