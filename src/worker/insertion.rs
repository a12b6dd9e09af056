//! The topic `insertion`: one locked external task, one transaction of the target.
//!
//! The decision that the model names is asked inside that transaction; only result 1 commits.
//! While it runs, the lock is renewed and progress is told; who cancels the instance or the
//! insertion stops it, and it rolls back.

pub mod undo;

use super::{Outcome, Shared};
use crate::desk::asked::DECISION;
use crate::desk::external::{Failure, LockedTask};
use crate::desk::insertion as form;
use crate::desk::landed::Landed;
use crate::desk::work::{Advance, HEARTBEAT, LOCK, Wanted};
use crate::desk::{DeskError, view};
use crate::insert::{
    Cancel, Facts, InsertError, Ledger, LedgerEntry, Password, Phase, Progress, Refusal, Report,
    Verdict,
};
use crate::value::{Map, Value};
use chrono::TimeDelta;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::task::spawn_blocking;

/// The variables that the worker names: what the form describes.
pub const VARIABLES: [&str; 31] = [
    form::CONNECTION,
    form::SERVER,
    form::DATABASE,
    form::USER,
    form::PASSWORD,
    form::TABLE,
    "dataFrameCapture",
    "dataFramePatch",
    form::SOURCE_QUERY,
    form::QUERY,
    form::COLUMNS,
    form::MODE,
    form::KEY,
    form::UNDOABLE,
    form::NULLS,
    form::SEPARATOR,
    form::DATES,
    form::NUMBERS,
    form::BOOLEANS,
    form::ZONE,
    form::TRIM,
    form::SKIP,
    form::HEADER,
    form::QUOTE,
    form::ESCAPE,
    form::ENCODING,
    form::SHEET,
    form::EXACT,
    form::REFERENCES,
    form::QUERIES,
    DECISION,
];

/// Why they stayed or did not.
const VERDICT: &str = "verdictReason";
/// Tries of an insertion whose target is busy or out of reach.
const TRIES: i32 = 5;
/// Between two of them.
const TRY_AGAIN: TimeDelta = TimeDelta::seconds(5);

/// What the running insertion and its watch tell each other.
#[derive(Default)]
struct Watch {
    cancel: Cancel,
    progress: Mutex<Advance>,
    wanted: AtomicU8,
    phase: Mutex<Option<Phase>>,
}

impl Watch {
    fn wanted(&self) -> Wanted {
        match self.wanted.load(Ordering::Acquire) {
            0 => Wanted::Yes,
            1 => Wanted::Stopped,
            _ => Wanted::Gone,
        }
    }

    fn heard(&self, wanted: Wanted) {
        let code = match wanted {
            Wanted::Yes => return,
            Wanted::Stopped => 1,
            Wanted::Gone => 2,
        };
        self.wanted.store(code, Ordering::Release);
        self.cancel.cancel();
    }

    fn reached(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = Some(phase);
    }

    /// Whether nothing of the insertion, which came to this, can be in the target; `None` before its
    /// ledger was read.
    fn nothing_kept(&self, trouble: &Trouble) -> Option<bool> {
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let undone = matches!(trouble, Trouble::Insert(InsertError::Undone { .. }));
        phase.map(|phase| undone || phase != Phase::Committing)
    }

    fn advance(&self) -> Advance {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cancels the insertion when its task is dropped: a worker that stops leaves nothing half done.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Does one external task.
pub(super) async fn run(shared: Arc<Shared>, task: LockedTask) -> Result<Outcome, DeskError> {
    let watch = Arc::new(Watch::default());
    let _cancel = CancelOnDrop(watch.cancel.clone());
    let id = task.task.id.clone();
    let work = {
        let (shared, watch) = (shared.clone(), watch.clone());
        spawn_blocking(move || match task.task.topic == crate::desk::undo::TOPIC {
            true => shared.take_back(&task, &watch),
            false => shared.insert(&task, &watch),
        })
    };
    let renewal = renew(shared, watch, id);
    tokio::select! {
        done = work => done.unwrap_or_else(|e| Err(DeskError::Storage(format!("the insertion broke off: {e}")))),
        never = renewal => match never {},
    }
}

/// Renews the lock and tells progress until dropped.
async fn renew(shared: Arc<Shared>, watch: Arc<Watch>, id: String) -> std::convert::Infallible {
    // Progress is told more often than the lock is renewed.
    const TELL: u32 = 6;
    let mut tick = tokio::time::interval(super::duration(HEARTBEAT) / TELL);
    let mut round: u32 = 0;
    loop {
        tick.tick().await;
        round = round.wrapping_add(1);
        let (watch, id) = (watch.clone(), id.clone());
        let renew = round.is_multiple_of(TELL);
        // A renewal that fails is followed by the next; the lock itself decides in the end.
        let _ = shared
            .clone()
            .off_thread(move |s| {
                let wanted = s.desk.report_progress(
                    &s.options.caller,
                    &id,
                    &s.options.name,
                    watch.advance(),
                )?;
                watch.heard(wanted);
                if !renew || wanted != Wanted::Yes {
                    return Ok(());
                }
                let (caller, worker) = (&s.options.caller, &s.options.name);
                s.desk.keep_lock(caller, &id, worker, LOCK)
            })
            .await;
    }
}

impl Shared {
    fn insert(&self, task: &LockedTask, watch: &Watch) -> Result<Outcome, DeskError> {
        let trouble = match self.attempt(task, watch) {
            Ok((report, landed, once)) => return self.complete(task, &report, landed, once),
            Err(trouble) => trouble,
        };
        // An attempt that fails at once may have been stopped before it began.
        if watch.wanted() == Wanted::Yes
            && let Ok(wanted) = self.told(task, watch)
        {
            watch.heard(wanted);
        }
        // Only then may it be said that nothing was kept.
        let nothing_kept = watch.nothing_kept(&trouble).unwrap_or(task.first);
        match course(watch.wanted(), nothing_kept, trouble) {
            Course::SendBack(message, refusals) => {
                self.complete(task, &failed(&message, refusals), None, true)
            }
            Course::Stopped => {
                let (caller, instance) = (&self.options.caller, &task.task.process_instance_id);
                let who = self.desk.stopped_by(caller, instance)?;
                let who = who.as_deref().unwrap_or("Somebody");
                let message = format!("{who} stopped the insertion; nothing was kept");
                self.complete(task, &failed(&message, Vec::new()), None, true)
            }
            Course::Leave => Ok(Outcome::Later),
            Course::GiveIn(message) => self.give_in(task, &message),
            Course::GiveBack => {
                self.settle(task, nothing_kept)?;
                self.give_back(task)
            }
            Course::TryAgain(message) => {
                self.settle(task, nothing_kept)?;
                self.try_again(task, &message)
            }
        }
    }

    /// Says how far it is, and hears whether it is still wanted.
    fn told(&self, task: &LockedTask, watch: &Watch) -> Result<Wanted, DeskError> {
        let (caller, worker) = (&self.options.caller, &self.options.name);
        let advance = watch.advance();
        self.desk
            .report_progress(caller, &task.task.id, worker, advance)
    }

    /// Lets go of the mark that the rows may be in the target, where that is sure not to be.
    fn settle(&self, task: &LockedTask, nothing_kept: bool) -> Result<(), DeskError> {
        if !nothing_kept {
            return Ok(());
        }
        let (caller, worker) = (&self.options.caller, &self.options.name);
        self.desk.nothing_committed(caller, &task.task.id, worker)
    }

    /// Inserts; what came of it, and what is in the table now.
    fn attempt(
        &self,
        task: &LockedTask,
        watch: &Watch,
    ) -> Result<(Report, Option<Landed>, bool), Trouble> {
        let mut insertion = self.describe(task)?;
        insertion.busy_seconds = self.options.busy_seconds;
        if insertion.without_ledger && self.desk.may_be_in(&self.options.caller, &task.task.id)? {
            return Err(self.nobody_knows(task));
        }
        let entry = LedgerEntry {
            key: task.task.id.clone(),
            at: self.desk.clock().now(),
        };
        // The insertion passes on no more than the text of what the judge ran into.
        let mut trouble = None;
        let mut judge = |facts: &Facts, ledger: &mut Ledger<'_>| {
            self.judge(task, facts, ledger, watch).map_err(|error| {
                let text = error.to_string();
                trouble = Some(error);
                text
            })
        };
        let began = Instant::now();
        let mut progress = |p: Progress| {
            if p.phase == Phase::Begun && !task.first {
                // The ledger has no line: an earlier worker did not commit. Should this not be
                // written, the mark goes with the end of the task.
                let _ = self.settle(task, true);
            }
            watch.reached(p.phase);
            let seconds = began.elapsed().as_secs_f64().max(0.001);
            let advance = Advance {
                pass: p.phase.word(),
                rows: p.rows,
                bytes: p.bytes,
                total_bytes: p.total_bytes,
                rate: p.rows as f64 / seconds,
                waits: insertion.waits.now(),
            };
            *watch
                .progress
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = advance;
        };
        let cancel = &watch.cancel;
        let report =
            crate::insert::run_beside(&insertion, &entry, &mut judge, &mut progress, cancel);
        let report = report.map_err(|error| match (error, trouble) {
            (InsertError::Judge(_), Some(trouble)) => trouble,
            (error @ InsertError::Judge(_), None) => Trouble::Hopeless(error.to_string()),
            (error, _) => Trouble::Insert(error),
        })?;
        let connection = form::connection_name(&task.variables);
        let once = !insertion.without_ledger;
        let landed = report
            .committed
            .then(|| Landed::of(&insertion, connection, &report));
        Ok((report, landed, once))
    }

    /// A worker died as it committed, and no ledger tells whether the rows are in: a person looks.
    /// When that person has it tried again, it is inserted.
    fn nobody_knows(&self, task: &LockedTask) -> Trouble {
        match self.settle(task, true) {
            Ok(()) => Trouble::Hopeless(
                "a worker went away while it committed, and without a ledger nobody knows whether \
                 the rows are in the table: look there; if they are, cancel the job, if not, retry it"
                    .into(),
            ),
            Err(error) => error.into(),
        }
    }

    /// The insertion that the task's variables describe.
    fn describe(&self, task: &LockedTask) -> Result<crate::insert::Insertion, Trouble> {
        let hash = task
            .variables
            .get("dataFrameCapture")
            .and_then(Value::as_str)
            .ok_or_else(|| {
                Trouble::Form("no data frame was captured; choose the data frame again".into())
            })?;
        let patch = form::patch_of(&task.variables, form::FRAME);
        let frame = self.desk.patched(self.desk.frame(hash)?, patch)?;
        let caller = &self.options.caller;
        let typed = task.secrets.get(form::PASSWORD);
        let typed = typed.map(|clear| Password::new(clear.expose()));
        let (connection, password) = match form::connection_name(&task.variables) {
            Some(name) => {
                let (instance, values) = (&task.task.process_instance_id, &task.variables);
                match self
                    .desk
                    .entrance_of(caller, name, instance, values, typed)?
                {
                    Some((connection, password)) => (Some(connection), password),
                    None => (None, None),
                }
            }
            None => (None, typed),
        };
        let forbidden = self.desk.forbidden_targets();
        let described = form::insertion(
            &task.variables,
            connection.as_ref(),
            password,
            frame,
            forbidden,
        );
        let mut insertion = described.map_err(|e| Trouble::Form(e.message))?;
        // Only the model says what is asked of the database beside: it would tell whoever starts a
        // job what their connection does not let them see.
        let of_model = |error: crate::desk::FieldError| {
            Trouble::Hopeless(format!("the model: {}: {}", error.field, error.message))
        };
        if let Some(references) = task.inputs.get(form::REFERENCES) {
            insertion.references = form::references(references).map_err(of_model)?;
        }
        if let Some(queries) = task.inputs.get(form::QUERIES) {
            insertion.checks = form::checks(queries).map_err(of_model)?;
        }
        Ok(insertion)
    }

    /// The verdict about the facts, and whether the insertion is still wanted: a job that was
    /// cancelled meanwhile leaves nothing, and one that goes to commit is cancelled no more.
    fn judge(
        &self,
        task: &LockedTask,
        facts: &Facts,
        ledger: &mut Ledger<'_>,
        watch: &Watch,
    ) -> Result<Verdict, Trouble> {
        let given = task.inputs.get(DECISION).and_then(Value::as_str);
        let named = task.properties.get(DECISION).map(String::as_str);
        let verdict = match given.or(named) {
            Some(decision) => self.decide(task, decision, facts)?,
            None => Verdict::built_in(facts),
        };
        let verdict = match verdict.keep {
            true => self.once(task, ledger)?.unwrap_or(verdict),
            false => verdict,
        };
        let (caller, worker) = (&self.options.caller, &self.options.name);
        let (id, advance) = (&task.task.id, watch.advance());
        let wanted = match verdict.keep {
            true => self.desk.begin_commit(caller, id, worker, advance)?,
            false => self.desk.report_progress(caller, id, worker, advance)?,
        };
        watch.heard(wanted);
        match wanted {
            Wanted::Yes => Ok(verdict),
            Wanted::Stopped | Wanted::Gone => Err(Trouble::Insert(InsertError::Cancelled)),
        }
    }

    /// The refusal of content that is in the table already, where whoever sent it could not be told:
    /// another insertion brought it since, or only the ledger knew. Sent once more it goes in.
    fn once(&self, task: &LockedTask, ledger: &mut Ledger<'_>) -> Result<Option<Verdict>, Trouble> {
        let lines = ledger.same_content().map_err(Trouble::Insert)?;
        let what = (ledger.insertion(), ledger.table());
        let caller = &self.options.caller;
        let untold = self
            .desk
            .not_told(caller, what, &lines, task.task.created)?;
        Ok(untold.map(|line| Verdict {
            keep: false,
            result: 0,
            reason: format!(
                "the same content was inserted into this table by another job, {} UTC, which was \
                 not known when this task was completed; complete it again if the rows are to be in \
                 it twice",
                line.at.format("%Y-%m-%d %H:%M:%S")
            ),
        }))
    }

    /// Asks the decision what the process will ask it: the same variables, with the new facts.
    fn decide(&self, task: &LockedTask, decision: &str, facts: &Facts) -> Result<Verdict, Trouble> {
        let hopeless = |message: String| {
            Trouble::Hopeless(format!(
                "the check could not be made, nothing was kept: {message}"
            ))
        };
        let mut variables = self.desk.external_variables(
            &self.options.caller,
            &task.task.id,
            &self.options.name,
        )?;
        variables.extend(facts.to_map());
        let answer = match self.desk.decide(decision, &variables) {
            Ok(answer) => answer,
            Err(error @ DeskError::Storage(_)) => return Err(error.into()),
            Err(error) => return Err(hopeless(error.to_string())),
        };
        let result = answer.get("result").and_then(Value::as_i64).ok_or_else(|| {
            hopeless(format!("the decision {decision} gave no whole number `result`; let each of its rules give 1 or 0"))
        })?;
        let reason = answer
            .get("reason")
            .map(Value::to_string)
            .unwrap_or_default();
        Ok(Verdict {
            keep: result == 1,
            result,
            reason,
        })
    }

    fn give_back(&self, task: &LockedTask) -> Result<Outcome, DeskError> {
        let id = &task.task.id;
        match self
            .desk
            .unlock(&self.options.caller, id, &self.options.name)
        {
            Err(DeskError::Storage(text)) => Err(DeskError::Storage(text)),
            // Gone or somebody else's meanwhile.
            Ok(()) | Err(_) => Ok(Outcome::Later),
        }
    }

    fn complete(
        &self,
        task: &LockedTask,
        report: &Report,
        landed: Option<Landed>,
        once: bool,
    ) -> Result<Outcome, DeskError> {
        crate::crash::point("worker.before_complete");
        let answer = self.desk.complete_insertion(
            &self.options.caller,
            &task.task.id,
            &self.options.name,
            variables(report, once),
            landed,
        );
        crate::crash::point("worker.after_complete");
        match answer {
            Ok(()) if report.committed => Ok(Outcome::Kept),
            Ok(()) => Ok(Outcome::SentBack),
            Err(DeskError::Storage(text)) => Err(DeskError::Storage(text)),
            // The model could not go on, or the lock was lost: what happened is in the ledger.
            Err(error) => self.give_in(task, &error.to_string()),
        }
    }

    /// A target that is busy or out of reach: later again, in the end an incident.
    fn try_again(&self, task: &LockedTask, message: &str) -> Result<Outcome, DeskError> {
        let retries = task.task.retries.unwrap_or(TRIES) - 1;
        self.fail(task, message, retries, TRY_AGAIN)
    }

    /// What no retry helps: an incident at once, for the head to see.
    fn give_in(&self, task: &LockedTask, message: &str) -> Result<Outcome, DeskError> {
        self.fail(task, message, 0, TimeDelta::zero())
    }

    fn fail(
        &self,
        task: &LockedTask,
        message: &str,
        retries: i32,
        wait: TimeDelta,
    ) -> Result<Outcome, DeskError> {
        let failed = self.desk.fail_external(
            &self.options.caller,
            &task.task.id,
            &self.options.name,
            Failure {
                message: message.to_owned(),
                retries,
                retry_in: wait,
                ..Failure::default()
            },
        );
        match failed {
            Err(DeskError::Storage(text)) => Err(DeskError::Storage(text)),
            // Gone or somebody else's meanwhile.
            Ok(()) | Err(_) => Ok(Outcome::Later),
        }
    }
}

/// What becomes of an external task whose attempt gave no report.
#[derive(Debug, PartialEq)]
enum Course {
    /// It completes with this message and these refusals, and goes back to its employee.
    SendBack(String, Vec<Refusal>),
    /// The same, because a person stopped it.
    Stopped,
    /// It is no longer this worker's, or its lock must run out.
    Leave,
    /// Another worker takes it at once.
    GiveBack,
    /// The same again a little later, in the end an incident.
    TryAgain(String),
    /// An incident at once.
    GiveIn(String),
}

/// Decides that. `nothing_kept` is true when it is sure that no row is in the target.
fn course(wanted: Wanted, nothing_kept: bool, trouble: Trouble) -> Course {
    match (wanted, trouble) {
        (Wanted::Gone, _) => Course::Leave,
        (Wanted::Stopped, _) if nothing_kept => Course::Stopped,
        // The worker itself stops: who comes next must know that there was one before, unless
        // nothing was kept.
        (Wanted::Yes, Trouble::Insert(InsertError::Cancelled)) => match nothing_kept {
            true => Course::GiveBack,
            false => Course::Leave,
        },
        (_, Trouble::Hopeless(message)) => Course::GiveIn(message),
        // Its rows are in, and a person decides what of the two is meant.
        (_, Trouble::Insert(error @ InsertError::OtherRows { .. })) => {
            Course::GiveIn(error.to_string())
        }
        (_, Trouble::Transient(message)) => Course::TryAgain(message),
        // What the model asks is for whoever made the model, not for the employee.
        (_, Trouble::Insert(error @ InsertError::Check { .. })) if nothing_kept => {
            Course::GiveIn(error.to_string())
        }
        (_, Trouble::Insert(error)) if error.is_transient() => Course::TryAgain(error.to_string()),
        (_, Trouble::Insert(error)) if nothing_kept => {
            Course::SendBack(error.to_string(), error.refusal().into_iter().collect())
        }
        (_, Trouble::Insert(error)) => Course::TryAgain(unknown(&error)),
        (_, Trouble::Form(message)) if nothing_kept => Course::SendBack(message, Vec::new()),
        (_, Trouble::Form(message)) => Course::TryAgain(unknown(&message)),
    }
}

/// Why an attempt gave no report.
#[derive(Debug)]
enum Trouble {
    /// Frame or target: what the employee may correct, or, if transient, nobody must.
    Insert(InsertError),
    /// What the employee has to correct.
    Form(String),
    /// What may go well another time.
    Transient(String),
    /// What neither time nor the employee can correct.
    Hopeless(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Insert(error) => error.fmt(f),
            Trouble::Form(text) | Trouble::Transient(text) | Trouble::Hopeless(text) => {
                f.write_str(text)
            }
        }
    }
}

impl From<DeskError> for Trouble {
    fn from(error: DeskError) -> Self {
        match error {
            // Also a conflict: the task is somebody else's, or its instance suspended.
            DeskError::Storage(text) | DeskError::Conflict(text) => Trouble::Transient(text),
            error => Trouble::Form(error.to_string()),
        }
    }
}

/// What is said while an earlier worker may have kept the rows.
fn unknown(error: &impl std::fmt::Display) -> String {
    format!("{error} (whether a worker that died kept the rows is known only from the target)")
}

/// A report of an insertion that could not even be judged.
fn failed(message: &str, refusals: Vec<Refusal>) -> Report {
    let facts = Facts::failure(message);
    Report {
        facts,
        verdict: Verdict {
            keep: false,
            result: 0,
            reason: message.to_owned(),
        },
        committed: false,
        replayed: false,
        refusals,
        reasons: Vec::new(),
        format: String::new(),
        table: String::new(),
        mode: String::new(),
        content: None,
        trail: None,
    }
}

/// What the external task completes with.
fn variables(report: &Report, once: bool) -> Map {
    let mut map = report.facts.to_map();
    if !once {
        map.insert(form::EXACTLY_ONCE.to_owned(), false.into());
    }
    let refused = (!report.committed).then(|| report.verdict.reason.clone());
    let message = report.facts.message.clone().or(refused);
    map.insert(form::MESSAGE.to_owned(), message.into());
    map.insert(form::KEPT.to_owned(), report.committed.into());
    let verdict = report.verdict.reason.clone();
    map.insert(VERDICT.to_owned(), verdict.into());
    let refusals: Vec<_> = report.refusals.iter().map(view::Refusal::from).collect();
    let json = serde_json::to_value(refusals).unwrap_or_default();
    map.insert(form::REFUSALS.to_owned(), Value::Json(json));
    map
}

#[cfg(test)]
mod tests;
