//! The topic `undo-insertion`: one locked external task, one transaction of the target that takes
//! an insertion back.

use super::{Course, Outcome, Shared, Trouble, Watch, course};
use crate::desk::DeskError;
use crate::desk::external::LockedTask;
use crate::desk::undo::{KEY, REASON, REMOVED, RESTORED, UNDONE};
use crate::desk::work::{Advance, Wanted};
use crate::insert::{InsertError, LedgerEntry, Phase, Progress, Undone};
use crate::value::{Map, Value};
use std::sync::PoisonError;
use std::time::Instant;

/// The variables that the worker names.
pub const VARIABLES: [&str; 1] = [KEY];

impl Shared {
    /// Takes back what an external task names.
    pub(super) fn take_back(&self, task: &LockedTask, watch: &Watch) -> Result<Outcome, DeskError> {
        let trouble = match self.attempt_undo(task, watch) {
            Ok(done) => return self.complete_undo(task, &done),
            Err(trouble) => trouble,
        };
        // Only then may it be said that nothing was changed.
        let nothing_kept = watch.nothing_kept(&trouble).unwrap_or(task.first);
        match course(watch.wanted(), nothing_kept, trouble) {
            Course::SendBack(message, _) => self.complete_undo(task, &Undone::left(message)),
            Course::Stopped => {
                self.complete_undo(task, &Undone::left("somebody stopped it".to_owned()))
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

    fn attempt_undo(&self, task: &LockedTask, watch: &Watch) -> Result<Undone, Trouble> {
        let key = task.variables.get(KEY).and_then(Value::as_str);
        let key = key.ok_or_else(|| {
            Trouble::Form(
                "no insertion is named; take one back by crewdesk instance undo ID".into(),
            )
        })?;
        let caller = &self.options.caller;
        let mut undoing = self
            .desk
            .undoing(caller, key, &task.task.process_instance_id)?;
        undoing.busy_seconds = self.options.busy_seconds;
        let entry = LedgerEntry {
            key: task.task.id.clone(),
            at: self.desk.clock().now(),
        };
        let mut trouble = None;
        let mut allow = || match self.may_commit(task, watch) {
            Ok(()) => Ok(()),
            Err(error) => {
                let text = error.to_string();
                trouble = Some(error);
                Err(text)
            }
        };
        let began = Instant::now();
        let mut progress = |p: Progress| {
            if p.phase == Phase::Begun && !task.first {
                let _ = self.settle(task, true);
            }
            watch.reached(p.phase);
            let seconds = began.elapsed().as_secs_f64().max(0.001);
            *watch
                .progress
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Advance {
                pass: "taking back",
                rows: p.rows,
                bytes: p.bytes,
                total_bytes: p.total_bytes,
                rate: p.rows as f64 / seconds,
                waits: false,
            };
        };
        let done = crate::insert::undo(&undoing, &entry, &mut allow, &mut progress, &watch.cancel);
        done.map_err(|error| match (error, trouble) {
            (InsertError::Judge(_), Some(trouble)) => trouble,
            (error, _) => Trouble::Insert(error),
        })
    }

    /// From here on it is cancelled no more.
    fn may_commit(&self, task: &LockedTask, watch: &Watch) -> Result<(), Trouble> {
        let (caller, worker) = (&self.options.caller, &self.options.name);
        let wanted = self
            .desk
            .begin_commit(caller, &task.task.id, worker, watch.advance())?;
        watch.heard(wanted);
        match wanted {
            Wanted::Yes => Ok(()),
            Wanted::Stopped | Wanted::Gone => Err(Trouble::Insert(InsertError::Cancelled)),
        }
    }

    fn complete_undo(&self, task: &LockedTask, done: &Undone) -> Result<Outcome, DeskError> {
        let undone = done.undone;
        let count = |rows: u64| Value::Long(i64::try_from(rows).unwrap_or(i64::MAX));
        let mut variables = Map::new();
        variables.insert(UNDONE.to_owned(), undone.into());
        variables.insert(REASON.to_owned(), done.reason.clone().into());
        variables.insert(REMOVED.to_owned(), count(done.rows_removed));
        variables.insert(RESTORED.to_owned(), count(done.rows_restored));
        let key = task.variables.get(KEY).and_then(Value::as_str);
        let key = key.filter(|_| undone).map(str::to_owned);
        crate::crash::point("worker.before_complete");
        let answer = self.desk.complete_undo(
            &self.options.caller,
            &task.task.id,
            &self.options.name,
            variables,
            key,
        );
        crate::crash::point("worker.after_complete");
        match answer {
            Ok(()) if undone => Ok(Outcome::Kept),
            Ok(()) => Ok(Outcome::SentBack),
            Err(DeskError::Storage(text)) => Err(DeskError::Storage(text)),
            Err(error) => self.give_in(task, &error.to_string()),
        }
    }
}
