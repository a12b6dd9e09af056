//! An insertion without a process, for scripts.

pub use super::insert_request::InsertRequest;
use super::landed::Landed;
use super::permission::Operation;
use super::view::{InsertReport, InsertedBefore, Refusal, RefusedReason, UndoKey};
use super::work::Advance;
use super::{Caller, Desk, DeskError, FieldError, insertion, preview};
use crate::insert::{
    self, Captured, Facts, InsertError, Ledger, LedgerEntry, Password, Phase, Source, Verdict,
};
pub use crate::insert::{Cancel, Mode};
use crate::store;
use crate::value::Map;
use crate::value::words::{count, thousands};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two reports of how far it is.
const TELL: Duration = Duration::from_millis(20);
/// Between two looks at the wish to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What errors of the list of fixed rows are told under.
const PATCH: &str = "patch";
/// What errors of the list of refused rows are told under.
const REJECTS: &str = "rejects";

impl Desk {
    /// Inserts a frame: all of its rows, or none if a single one is refused, or if `progress` says
    /// that it is to stop; or looks whether it would.
    pub fn insert(
        &self,
        caller: &Caller,
        request: &InsertRequest,
        progress: &mut dyn FnMut(Advance) -> ControlFlow<()>,
    ) -> Result<InsertReport, DeskError> {
        if request.undoable && request.rows_only {
            return Err(DeskError::Invalid(
                "an insertion of the rows only is not remembered, and so can not be taken back; \
                 leave one of the two out"
                    .to_owned(),
            ));
        }
        // Whether it is done is known where the rows are: by its line in the ledger there.
        let named = caller.once().map(|(owner, once)| once.mark(owner));
        let caller = &caller.nameless();
        // Sent again while the first still runs it is not begun a second time.
        let _running = match &named {
            Some(mark) => Some(Running::begin(&self.inserting, mark)?),
            None => None,
        };
        let job = self.job(caller, request)?;
        // Without a ledger only the desk's own note tells whether it was done: where a crash came
        // before that, it is done a second time.
        if let (Some(mark), true) = (&named, job.without_ledger)
            && self.look(caller, |look| Ok(look.read.insertion(mark)?.is_some()))?
        {
            return Err(DeskError::Conflict(
                "this insertion is done; its answer is not kept, because the connection is used \
                 without a ledger"
                    .to_owned(),
            ));
        }
        let entry = LedgerEntry {
            key: named.unwrap_or_else(|| self.core.ids.next()),
            at: self.core.clock.now(),
        };
        // Sent again it is this very one that is there.
        let own = Some(entry.key.as_str());
        let before = match request.rows_only {
            true => None,
            false => self.look(caller, |look| {
                look.known_before(&job, request.is_once(), own)
            })?,
        };
        if request.is_dry() {
            return self.rehearse(caller, &job, request, before);
        }
        if before.is_some() && request.is_once() {
            return Ok(InsertReport::twice(before));
        }
        self.carry_out(caller, request, (&job, &entry), before, progress)
    }

    /// What is to be done, with the frame that it reads.
    fn job(
        &self,
        caller: &Caller,
        request: &InsertRequest,
    ) -> Result<insert::Insertion, DeskError> {
        let (connection, password, source) = self.look(caller, |look| {
            look.require(Operation::Insert, false)?;
            let mut said = Map::new();
            if let Some(name) = &request.from {
                let sql = request.file.to_string_lossy().into_owned();
                said.insert(insertion::SOURCE.to_owned(), name.as_str().into());
                said.insert(insertion::SOURCE_QUERY.to_owned(), sql.into());
            }
            let source = look.source(&said)?;
            let Some(found) = look.connection(Some(&request.connection))? else {
                return Ok((None, None, source));
            };
            look.require_use(&found)?;
            let mut values = Map::new();
            values.insert(insertion::USER.to_owned(), request.user_name.clone().into());
            let typed = request.password.as_ref();
            let typed = typed.map(|clear| Password::new(clear.expose()));
            let (found, password) = look.own_entrance(found, &values, typed)?;
            Ok((Some(found), password, source))
        })?;
        let frame = self.rows(caller, request, source)?;
        let mut values = Map::new();
        values.insert(
            insertion::CONNECTION.to_owned(),
            request.connection.as_str().into(),
        );
        values.insert(insertion::TABLE.to_owned(), request.table.as_str().into());
        values.insert(insertion::QUERY.to_owned(), request.query.clone().into());
        let mode = request.mode.as_str();
        values.insert(insertion::MODE.to_owned(), mode.into());
        values.insert(insertion::UNDOABLE.to_owned(), request.undoable.into());
        if request.from.is_some() {
            let sql = request.file.to_string_lossy().into_owned();
            values.insert(insertion::SOURCE_QUERY.to_owned(), sql.into());
        }
        for (name, text) in &request.reading {
            values.insert((*name).to_owned(), text.as_str().into());
        }
        let mut job = insertion::insertion(
            &values,
            connection.as_ref(),
            password,
            frame,
            self.forbidden_targets(),
        )
        .map_err(|e| DeskError::Fields(vec![e]))?;
        job.read.null_texts.clone_from(&request.null_texts);
        job.asks_numbers = true;
        job.key.clone_from(&request.key);
        job.rows_only = request.rows_only;
        job.tries = request.dry_run && !request.look;
        // Asking takes the rows in for a moment: who only looks leaves the table alone.
        job.references = match request.look {
            true => Vec::new(),
            false => self.referred(&values, connection.as_ref(), mode)?,
        };
        if let Some(file) = request.rejects.as_ref().filter(|_| !request.look) {
            job.rejects = Some(free(file, request)?);
        }
        if let Some(list) = &request.patch {
            job.frame = self.fixed(caller, request, &job, list)?;
        }
        Ok(job)
    }

    /// The rows of a request, kept or looked at where they are.
    fn rows(
        &self,
        caller: &Caller,
        request: &InsertRequest,
        source: Option<super::source::Source>,
    ) -> Result<insert::Frame, DeskError> {
        let frames = &self.core.frames;
        let files = std::iter::once(&request.file).chain(&request.more);
        let files: Vec<PathBuf> = files.cloned().collect();
        let path = match files.as_slice() {
            [only] => Source::Path(only),
            files => Source::Files(files),
        };
        let mut looked = None;
        let kept = match source {
            Some(source) if request.look => {
                looked = Some(self.look_at_source(source)?);
                None
            }
            Some(source) => Some(self.capture_source(source)?),
            None => {
                let kept = self.kept_frame(caller, &request.file.to_string_lossy())?;
                kept.map(|frame| Captured {
                    hash: frame.hash,
                    bytes: frame.bytes,
                    name: frame.name,
                })
            }
        };
        Ok(match (kept, looked) {
            (_, Some(looked)) => looked,
            (Some(_), _) if !request.more.is_empty() => {
                return Err(DeskError::Invalid(
                    "a frame that is kept, or that a query gives, is one by itself; insert the files \
                     beside it apart"
                        .to_owned(),
                ));
            }
            (Some(captured), _) => {
                if !request.is_dry() {
                    self.keep_insertion(caller, request, Some(&captured))?;
                }
                frames.open(&captured.hash)?.named(captured.name)
            }
            _ if request.is_dry() || request.rows_only => frames.look(path)?,
            _ => match self.copied_as_read(request)? {
                Some(frame) => frame,
                None => {
                    let captured = frames.capture(path, &mut |_, _| {}, &Cancel::new())?;
                    self.keep_insertion(caller, request, Some(&captured))?;
                    frames.open(&captured.hash)?.named(captured.name)
                }
            },
        })
    }

    /// Inserts the rows, while the desk keeps on record who inserts what: that stands there before
    /// rows last, but nobody waits for the disk twice.
    fn carry_out(
        &self,
        caller: &Caller,
        request: &InsertRequest,
        (job, entry): (&insert::Insertion, &LedgerEntry),
        before: Option<InsertedBefore>,
        progress: &mut dyn FnMut(Advance) -> ControlFlow<()>,
    ) -> Result<InsertReport, DeskError> {
        let began = Instant::now();
        let cancel = Cancel::new();
        let copied = job.frame.is_copied_as_read();
        let (mut trouble, mut found) = (None, None);
        let (tell, told) = channel();
        let report = std::thread::scope(|scope| {
            let noting = || match job.frame.once_settled() {
                Some(copy) => self.keep_insertion(caller, request, Some(&copy)),
                // What went wrong is told by whoever read it.
                None if copied => Ok(()),
                None => self.keep_insertion(caller, request, None),
            };
            // Whoever waits for the copy hears that nobody reads on, whatever happens here.
            let _end = GivesUp(&job.frame);
            // A frame that is kept already was noted with it.
            let notes = copied || request.rows_only && job.frame.hash.is_empty();
            let (trouble, found) = (&mut trouble, &mut found);
            let cancelled = cancel.clone();
            let running = scope.spawn(move || {
                // The rows come first, also to a processor.
                let mut note = notes.then(|| scope.spawn(noting));
                let mut judge = |facts: &Facts, ledger: &mut Ledger<'_>| {
                    let noted = note.take().map_or(Ok(()), |note| {
                        note.join().unwrap_or_else(|panic| resume_unwind(panic))
                    });
                    crate::crash::point("desk.insert.recorded");
                    let looked = noted.and_then(|()| match request.rows_only {
                        true => Ok(None),
                        false => self.same_content(caller, job, entry, ledger),
                    });
                    *found = looked.map_err(|e| {
                        let told = e.to_string();
                        *trouble = Some(e);
                        told
                    })?;
                    let verdict = match request.rows_only {
                        true => Verdict::of_rows(facts),
                        false => Verdict::built_in(facts),
                    };
                    let twice = found.is_some() && request.is_once();
                    Ok(Verdict {
                        keep: verdict.keep && !twice,
                        ..verdict
                    })
                };
                let mut last = None;
                let mut tell = move |p: insert::Progress| {
                    // Whoever hears of each few rows takes a processor from them.
                    let news = last.is_none_or(|(phase, at): (Phase, Instant)| {
                        phase != p.phase || at.elapsed() >= TELL
                    });
                    if news {
                        last = Some((p.phase, Instant::now()));
                        let _ = tell.send(p);
                    }
                };
                insert::run_beside(job, entry, &mut judge, &mut tell, &cancelled)
            });
            let mut last = insert::Progress {
                phase: Phase::Begun,
                rows: 0,
                refused: 0,
                bytes: 0,
                total_bytes: job.frame.bytes,
            };
            loop {
                // Also while a server says nothing somebody may want to stop.
                match told.recv_timeout(LOOK) {
                    Ok(p) => last = told.try_iter().last().unwrap_or(p),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                let advance = Advance {
                    pass: last.phase.word(),
                    rows: last.rows,
                    bytes: last.bytes,
                    total_bytes: last.total_bytes,
                    rate: last.rows as f64 / began.elapsed().as_secs_f64().max(0.001),
                    waits: job.waits.now(),
                };
                if progress(advance).is_break() {
                    cancel.cancel();
                }
            }
            let report = running.join();
            let report = report.unwrap_or_else(|panic| resume_unwind(panic));
            (report, last.phase)
        });
        let (report, phase) = report;
        let report = match (report, trouble) {
            (_, Some(trouble)) => return Err(trouble),
            (Err(e @ InsertError::Unreachable { .. }), None) if phase == Phase::Committing => {
                return Err(DeskError::Storage(format!(
                    "{e}. It broke off while the rows were made to last: they may be in {}; look \
                     there before you insert them again",
                    job.table
                )));
            }
            (Err(e), None) => return Err(job.frame.trouble().unwrap_or(e).into()),
            (Ok(report), None) => report,
        };
        let before = before.or(found);
        if before.is_some() && request.is_once() && !report.committed {
            return Ok(InsertReport {
                rows_read: report.facts.rows_read,
                format: report.format,
                seconds: began.elapsed().as_secs_f64(),
                ..InsertReport::twice(before)
            });
        }
        if report.committed && !request.rows_only {
            let landed = Landed::of(job, Some(&request.connection), &report);
            let key = entry.key.clone();
            // The rows are in: that this is not noted is no failure of theirs.
            let _ = self.act(caller, move |act| {
                let user = act.name().map(str::to_owned);
                act.put_landed(&key, &landed, user, None)
            });
        }
        Ok(InsertReport {
            dry_run: false,
            changed: false,
            kept: report.committed,
            reason: report.verdict.reason,
            rows_read: report.facts.rows_read,
            rows_inserted: if report.committed {
                report.facts.rows_inserted
            } else {
                0
            },
            rows_updated: report.facts.rows_updated,
            rows_unchanged: report.facts.rows_unchanged,
            rows_deleted: match report.committed {
                true => report.facts.rows_deleted,
                false => 0,
            },
            orphans: report.facts.orphans,
            columns: report.facts.columns,
            rows_refused: report.facts.rows_refused,
            refusals: report.refusals.iter().map(Refusal::from).collect(),
            reasons: report.reasons.iter().map(RefusedReason::from).collect(),
            preview: None,
            format: report.format,
            checksum: report.facts.target_checksum,
            seconds: began.elapsed().as_secs_f64(),
            without_ledger: job.without_ledger,
            undo: report.trail.as_ref().map(|trail| UndoKey {
                key: entry.key.clone(),
                until: trail.until,
            }),
            before,
        })
    }

    /// The insertion by which the same content is in the table already, that this desk or the ledger
    /// knows.
    fn same_content(
        &self,
        caller: &Caller,
        job: &insert::Insertion,
        entry: &LedgerEntry,
        ledger: &mut Ledger<'_>,
    ) -> Result<Option<InsertedBefore>, DeskError> {
        let own = Some(entry.key.as_str());
        // First the ledger, which waits for whoever adds the same at this moment.
        let lines = ledger.same_content()?;
        self.look(caller, |look| match look.of_line(lines.first())? {
            Some(before) => Ok(Some(before)),
            None => look.inserted_before(job, ledger.table(), own),
        })
    }

    /// The file of a request, if it can be copied as it is read: it is one, and nothing has to be
    /// known of it beforehand.
    fn copied_as_read(&self, request: &InsertRequest) -> Result<Option<insert::Frame>, DeskError> {
        match &request.patch {
            Some(_) => Ok(None),
            None if !request.more.is_empty() => Ok(None),
            None => Ok(self.core.frames.capture_as_read(&request.file)?),
        }
    }

    /// The references that are to be looked for, within the limits of the connection: they tell
    /// what is in other tables.
    fn referred(
        &self,
        values: &Map,
        connection: Option<&super::view::Connection>,
        mode: &str,
    ) -> Result<Vec<insert::Reference>, DeskError> {
        let asked = values.get(insertion::REFERENCES);
        let asked = asked.map(insertion::references).transpose();
        let asked = asked
            .map_err(|e| DeskError::Fields(vec![e]))?
            .unwrap_or_default();
        for reference in &asked {
            if let Some(connection) = connection {
                super::limits::check(connection, &reference.table, mode).map_err(|e| {
                    DeskError::Fields(vec![FieldError {
                        field: insertion::REFERENCES.to_owned(),
                        ..e
                    }])
                })?;
            }
        }
        Ok(asked)
    }

    /// The frame with the rows of a list fixed.
    fn fixed(
        &self,
        caller: &Caller,
        request: &InsertRequest,
        job: &insert::Insertion,
        list: &Path,
    ) -> Result<insert::Frame, DeskError> {
        if request.rows_only {
            return Err(DeskError::Invalid(
                "rows are fixed beside the copy of a file that is kept, and of the rows only none \
                 is; leave --rows-only or --patch out"
                    .to_owned(),
            ));
        }
        let list = match self.kept_frame(caller, &list.to_string_lossy())? {
            Some(list) => list,
            None => {
                let looked = self.core.frames.look(Source::Path(list));
                looked.map_err(|error| DeskError::from(error).at(PATCH))?
            }
        };
        let at = |error: insert::InsertError| DeskError::from(error).at(PATCH);
        let (frame, read) = (&job.frame, &job.read);
        let rows = insert::fixed_list(&list, frame, read, &Cancel::new()).map_err(at)?;
        if request.is_dry() {
            // The patch is laid over the file as it is, and nothing of it is kept.
            let (none, cancel) = (insert::Patch::default(), Cancel::new());
            let patch = none.fixed(frame, read, &rows, &cancel).map_err(at)?;
            let patch = insert::Patch {
                frame: job.frame.hash_within(insert::HASHED).unwrap_or_default(),
                ..patch
            };
            return Ok(job.frame.clone().patched(patch, "")?);
        }
        let kept = self.keep_patch(caller, job, insert::Patch::default(), &rows);
        let kept = kept.map_err(|error| error.at(PATCH))?;
        let hash = Some(kept.patch).filter(|hash| !hash.is_empty());
        if let Some(hash) = &hash {
            let row = store::Operation {
                operation: super::prepare::FIXED.to_owned(),
                entity: "Table".to_owned(),
                property: Some(format!("{}.{}", request.connection, request.table)),
                new_value: Some(hash.clone()),
                reason: Some(format!(
                    "{}, {} left out",
                    count(kept.changed, "row changed", "rows changed"),
                    kept.dropped
                )),
                ..store::Operation::default()
            };
            self.act(caller, move |act| {
                let by = act.by();
                Ok(act.tx.log_operation(&by, &row)?)
            })?;
        }
        self.patched(job.frame.clone(), hash.as_deref())
    }

    /// Checks all rows and keeps none.
    fn rehearse(
        &self,
        caller: &Caller,
        job: &insert::Insertion,
        request: &InsertRequest,
        before: Option<InsertedBefore>,
    ) -> Result<InsertReport, DeskError> {
        let began = Instant::now();
        let (sample, cancel) = match request.look {
            true => (insert::SAMPLE, Cancel::within(insert::PATIENCE)),
            false => (u64::MAX, Cancel::new()),
        };
        let seen = insert::preview(job, sample, &cancel)?;
        if !request.look {
            if let Some(reason) = seen.no_key {
                return Err(insert::InsertError::Key(reason).into());
            }
            if let Some(reason) = seen.mismatch {
                return Err(insert::InsertError::Columns(reason).into());
            }
            if let Some(reason) = seen.unclear {
                return Err(insert::InsertError::Numbers(reason).into());
            }
        }
        let before = match before {
            None if !request.look => self.known_before(caller, job, (&seen.name, &seen.before))?,
            before => before,
        };
        let notes = preview::notes(job, &seen);
        let mut shown = preview::shown(seen.clone(), job.frame.bytes);
        shown.notes.splice(0..0, notes);
        let facts = seen.asked.transpose();
        let facts = facts.map_err(|why| {
            DeskError::Invalid(format!("references could not be looked for: {why}"))
        })?;
        let (orphans, columns) = match facts {
            Some(facts) => (facts.orphans, facts.columns),
            None => (None, Vec::new()),
        };
        let reason = match (seen.rows_refused, orphans) {
            (0, None | Some(0)) => seen.changed.clone().unwrap_or("all rows fit".to_owned()),
            (0, Some(n)) => {
                let rows = count(n, "row refers to", "rows refer to");
                format!("{rows} what is not there, so that nothing would be kept")
            }
            (refused, _) => {
                let all = count(seen.rows_read, "row", "rows");
                format!("{} of {all} would be refused", thousands(refused))
            }
        };
        Ok(InsertReport {
            dry_run: true,
            kept: false,
            reason,
            changed: seen.changed.is_some(),
            format: seen.format.to_string(),
            rows_read: seen.rows_read,
            rows_inserted: 0,
            rows_updated: 0,
            rows_unchanged: 0,
            rows_deleted: 0,
            orphans,
            columns,
            undo: None,
            without_ledger: false,
            rows_refused: seen.rows_refused,
            refusals: seen.refusals.iter().map(Refusal::from).collect(),
            reasons: seen.reasons.iter().map(RefusedReason::from).collect(),
            preview: Some(Box::new(shown)),
            checksum: String::new(),
            seconds: began.elapsed().as_secs_f64(),
            before,
        })
    }

    /// Keeps who inserts what into which table: before a row of it is written, or, where the copy is
    /// made meanwhile, before a row of it lasts.
    fn keep_insertion(
        &self,
        caller: &Caller,
        request: &InsertRequest,
        captured: Option<&Captured>,
    ) -> Result<(), DeskError> {
        let row = store::Operation {
            operation: "Insert".to_owned(),
            entity: "Table".to_owned(),
            property: Some(format!("{}.{}", request.connection, request.table)),
            new_value: captured.map(|captured| captured.hash.clone()),
            reason: request.query.clone(),
            ..store::Operation::default()
        };
        let captured = captured.cloned();
        self.act(caller, move |act| {
            act.require(Operation::Insert, false)?;
            if let Some(captured) = &captured {
                act.keep_frame(captured)?;
            }
            let by = act.by();
            Ok(act.tx.log_operation(&by, &row)?)
        })
    }
}

/// A file for the list of refused rows, which must not be there: somebody may have mended it.
fn free(file: &Path, request: &InsertRequest) -> Result<PathBuf, DeskError> {
    let told = match (std::fs::symlink_metadata(file), &request.query) {
        (_, Some(_)) => {
            "rows that a query makes can not be fixed one by one; leave one of the two out"
        }
        (Ok(_), None) => {
            "that file is there already; name another one, so that nothing that was mended is lost"
        }
        (Err(_), None) => return Ok(file.to_owned()),
    };
    Err(DeskError::Fields(vec![FieldError {
        field: REJECTS.to_owned(),
        message: told.to_owned(),
    }]))
}

/// A frame that is read no more when this goes.
struct GivesUp<'a>(&'a insert::Frame);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// An insertion that runs; when it ends it is forgotten.
struct Running<'a> {
    all: &'a Mutex<HashSet<String>>,
    mark: String,
}

impl<'a> Running<'a> {
    fn begin(all: &'a Mutex<HashSet<String>>, mark: &str) -> Result<Self, DeskError> {
        let mut marks = all.lock().unwrap_or_else(PoisonError::into_inner);
        match marks.insert(mark.to_owned()) {
            true => Ok(Running {
                all,
                mark: mark.to_owned(),
            }),
            // No answer to the command: whoever sent it asks once more, with the same key.
            false => Err(DeskError::Storage(
                "this insertion is still under way; ask again in a while".to_owned(),
            )),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut marks = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        marks.remove(&self.mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insertion_that_runs_is_not_begun_again() {
        let all = Mutex::default();
        let first = Running::begin(&all, "a").expect("the first");
        assert!(matches!(
            Running::begin(&all, "a"),
            Err(DeskError::Storage(_))
        ));
        assert!(Running::begin(&all, "b").is_ok());
        drop(first);
        assert!(Running::begin(&all, "a").is_ok());
    }
}
