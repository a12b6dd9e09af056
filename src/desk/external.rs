//! External tasks, for workers.
//!
//! A worker locks before it works and renews its lock while it does; a lock of a worker that
//! died runs out, and another takes over. Secrets reach only the holder of the lock, and only
//! those variables that it names.

mod fetch;

use super::act::Act;
use super::landed::Landed;
use super::listing::EXTERNAL_TASK;
use super::permission::Operation;
use super::view::Role;
use super::{Caller, Desk, DeskError, prepare};
use crate::engine::{Command, Id, Instance};
use crate::store::{ExternalTaskRow, Progress};
use crate::value::{Map, Value};
use chrono::{DateTime, TimeDelta, Utc};

use fetch::check_topic;
pub use fetch::{Fetch, LockedTask, Topic};

/// Why a worker could not do an external task.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// Short text.
    pub message: String,
    /// Long text.
    pub details: Option<String>,
    /// Retries left; 0 makes an incident.
    pub retries: i32,
    /// Nobody fetches it sooner.
    pub retry_in: TimeDelta,
    /// Variables, set in the scope chain.
    pub variables: Map,
    /// Variables of the activity itself.
    pub local_variables: Map,
}

impl Desk {
    /// Renews a lock for this long from now.
    pub fn extend_lock(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        by: TimeDelta,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.external(caller, id, move |task, now| {
            Command::ExtendExternalTaskLock {
                task,
                worker: worker.clone(),
                until: now + by,
            }
        })
    }

    /// Renews a lock, also one that ran out while its worker stood still, so long as nobody
    /// else has it.
    pub fn keep_lock(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        by: TimeDelta,
    ) -> Result<(), DeskError> {
        match self.extend_lock(caller, id, worker, by) {
            Err(DeskError::Conflict(_)) => self.lock_again(caller, id, worker, by),
            renewed => renewed,
        }
    }

    /// Takes a lock that nobody else has, or that ran out.
    pub fn lock_again(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        by: TimeDelta,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.external(caller, id, move |task, now| Command::LockExternalTask {
            task,
            worker: worker.clone(),
            until: now + by,
        })
    }

    /// Gives an external task back that this worker holds.
    pub fn unlock(&self, caller: &Caller, id: &str, worker: &str) -> Result<(), DeskError> {
        let worker = Some(worker.to_owned());
        self.external(caller, id, move |task, _| Command::UnlockExternalTask {
            task,
            worker: worker.clone(),
        })
    }

    /// The variables that an external task sees now, as its process would; secrets stay handles.
    pub fn external_variables(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
    ) -> Result<Map, DeskError> {
        let (id, worker) = (id.to_owned(), worker.to_owned());
        self.act_each(caller, move |act| {
            act.require(Operation::Work, false)?;
            let found = act.tx.read().external_task(&id)?;
            let found = found.ok_or_else(|| gone(&id))?;
            if found.task.worker_id.as_deref() != Some(&worker) {
                let message = format!("the external task {id} is another worker's now");
                return Err(DeskError::Conflict(message));
            }
            let instance = act.tx.instance(&found.root_id)?;
            Ok(visible(instance, &found.task.execution_id))
        })
    }

    /// Completes an external task.
    pub fn complete_external(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        local_variables: Map,
    ) -> Result<(), DeskError> {
        let also = |_: &mut Act<'_, '_>, _: &ExternalTaskRow| Ok(());
        self.complete_with(caller, id, worker, variables, local_variables, also)
    }

    /// The same of an insertion that is in its table, which is noted with it.
    pub(crate) fn complete_insertion(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        landed: Option<Landed>,
    ) -> Result<(), DeskError> {
        let also = move |act: &mut Act<'_, '_>, found: &ExternalTaskRow| match &landed {
            Some(landed) => act.note_landed(found, landed),
            None => Ok(()),
        };
        self.complete_with(caller, id, worker, variables, Map::new(), also)
    }

    /// The same of an undo; the insertion of this key is taken back.
    pub(crate) fn complete_undo(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        undone: Option<String>,
    ) -> Result<(), DeskError> {
        let also = move |act: &mut Act<'_, '_>, found: &ExternalTaskRow| match &undone {
            Some(key) => act.note_undone(found, key),
            None => Ok(()),
        };
        self.complete_with(caller, id, worker, variables, Map::new(), also)
    }

    fn complete_with(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        local_variables: Map,
        also: impl Fn(&mut Act<'_, '_>, &ExternalTaskRow) -> Result<(), DeskError> + Send + 'static,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        crate::crash::point("desk.external.before_complete");
        let command = move |task, _| Command::CompleteExternalTask {
            task,
            worker: worker.clone(),
            variables: variables.clone(),
            local_variables: local_variables.clone(),
        };
        self.external_and(caller, id, command, also)?;
        crate::crash::point("desk.external.after_complete");
        Ok(())
    }

    /// Reports a failure; without retries left it becomes an incident.
    pub fn fail_external(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        failure: Failure,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.external(caller, id, move |task, now| Command::FailExternalTask {
            task,
            worker: worker.clone(),
            message: failure.message.clone(),
            details: failure.details.clone(),
            retries: failure.retries.max(0),
            retry_at: (failure.retry_in > TimeDelta::zero()).then(|| now + failure.retry_in),
            variables: failure.variables.clone(),
            local_variables: failure.local_variables.clone(),
        })
    }

    /// Reports a BPMN error.
    pub fn bpmn_error(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        code: &str,
        message: Option<String>,
        variables: Map,
    ) -> Result<(), DeskError> {
        let (worker, code) = (worker.to_owned(), code.to_owned());
        self.external(caller, id, move |task, _| Command::ExternalTaskError {
            task,
            worker: worker.clone(),
            code: code.clone(),
            message: message.clone(),
            variables: variables.clone(),
        })
    }

    /// Sets the retries of external tasks, of all or none.
    pub fn set_retries(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        retries: i32,
    ) -> Result<(), DeskError> {
        self.operate(caller, ids, move |task| Command::SetExternalTaskRetries {
            task,
            retries,
        })
    }

    /// Sets the priority of an external task.
    pub fn set_external_priority(
        &self,
        caller: &Caller,
        id: &str,
        priority: i64,
    ) -> Result<(), DeskError> {
        self.operate(caller, vec![id.to_owned()], move |task| {
            Command::SetExternalTaskPriority { task, priority }
        })
    }

    /// Takes an external task away from whoever holds it.
    pub fn free_external(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        self.operate(caller, vec![id.to_owned()], |task| {
            Command::UnlockExternalTask { task, worker: None }
        })
    }

    /// What whoever runs the desk does to external tasks; also a worker, on its own topics.
    fn operate(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        command: impl Fn(Id) -> Command + Send + 'static,
    ) -> Result<(), DeskError> {
        self.act(caller, move |act| {
            if act.require(Operation::Work, false).is_err() {
                act.require(Operation::Retry, false)?;
            }
            for id in &ids {
                let found = act.tx.read().external_task(id)?;
                let found = found.ok_or_else(|| gone(id))?;
                check_topic(act.user.as_ref(), &found.task.topic)?;
                let command = command(id.clone());
                let unlocks = matches!(command, Command::UnlockExternalTask { .. });
                act.apply(&found.root_id, command)?;
                if unlocks {
                    act.forget_progress(id)?;
                }
            }
            Ok(())
        })
    }

    /// The topics of open external tasks that a caller may see.
    pub fn topic_names(&self, caller: &Caller) -> Result<Vec<String>, DeskError> {
        self.look(caller, |look| {
            let mut names = look.read.topic_names()?;
            if let Some(user) = look.user.as_ref().filter(|user| user.role == Role::Worker) {
                names.retain(|name| user.works_on(name));
            }
            Ok(names)
        })
    }

    /// The long text of the last failure of an external task.
    pub fn external_error(&self, caller: &Caller, id: &str) -> Result<Option<String>, DeskError> {
        if self.find(caller, &EXTERNAL_TASK, id)?.is_none() {
            return Err(gone(id));
        }
        self.store.read(|read| {
            let found = read.external_task(id)?;
            Ok(found.and_then(|found| found.task.error_details))
        })
    }

    fn external(
        &self,
        caller: &Caller,
        id: &str,
        command: impl Fn(Id, DateTime<Utc>) -> Command + Send + 'static,
    ) -> Result<(), DeskError> {
        self.external_and(caller, id, command, |_, _| Ok(()))
    }

    fn external_and(
        &self,
        caller: &Caller,
        id: &str,
        command: impl Fn(Id, DateTime<Utc>) -> Command + Send + 'static,
        also: impl Fn(&mut Act<'_, '_>, &ExternalTaskRow) -> Result<(), DeskError> + Send + 'static,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let found = act.tx.read().external_task(&id)?;
            let found = found.ok_or_else(|| gone(&id))?;
            check_topic(act.user.as_ref(), &found.task.topic)?;
            let mut command = command(id.clone(), act.now);
            if let Command::CompleteExternalTask {
                variables,
                local_variables,
                ..
            } = &mut command
            {
                *variables = act.admit_result(&found, variables)?;
                *local_variables = act.admit_result(&found, local_variables)?;
            } else if let Command::ExternalTaskError { variables, .. } = &mut command {
                *variables = act.admit_result(&found, variables)?;
            }
            let gives_back = matches!(
                command,
                Command::FailExternalTask { .. } | Command::UnlockExternalTask { .. }
            );
            also(act, &found)?;
            act.apply(&found.root_id, command)?;
            if gives_back {
                act.forget_progress(&id)?;
            }
            Ok(())
        })
    }
}

impl Act<'_, '_> {
    /// What a worker found out, as it may be kept. Many give back all that they were given.
    fn admit_result(&mut self, found: &ExternalTaskRow, given: &Map) -> Result<Map, DeskError> {
        let (core, task) = (self.core, &found.task);
        let process = core.catalog.process(&self.tx.read(), &task.definition_id)?;
        let running = self.tx.instance(&found.root_id)?;
        let known = |name: &str, value: &Value| {
            let variable = running.variable(&task.process_instance_id, name);
            variable.is_some_and(|variable| variable.value == *value)
        };
        let given: Map = given
            .iter()
            .filter(|(name, value)| !(prepare::guarded(&process, name) && known(name, value)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.admit_into(&found.root_id, &task.process_instance_id, &given)
    }

    /// Forgets how far a task is that nobody works on now. A wish to stop it stays, and that
    /// its rows may be in the target.
    fn forget_progress(&mut self, id: &str) -> Result<(), DeskError> {
        let progress = self.tx.read().progress_of(id)?;
        let kept = progress.filter(|progress| progress.cancel || progress.committing);
        self.tx.delete_progress(id)?;
        if let Some(kept) = kept {
            self.tx.put_progress(&Progress {
                rows: 0,
                bytes: 0,
                total_bytes: 0,
                rate: 0.0,
                ..kept
            })?;
        }
        Ok(())
    }
}

/// The variables visible from an execution, outer ones hidden by inner ones.
pub(super) fn visible(instance: &Instance, execution: &str) -> Map {
    let mut scopes = Vec::new();
    let mut next = instance.execution(execution);
    while let Some(scope) = next {
        scopes.push(scope.id.as_str());
        next = scope
            .parent_id
            .as_deref()
            .and_then(|id| instance.execution(id));
    }
    let mut visible = Map::new();
    for scope in scopes.into_iter().rev() {
        for variable in instance.variables(scope) {
            visible.insert(variable.name.clone(), variable.value.clone());
        }
    }
    visible
}

fn gone(id: &str) -> DeskError {
    DeskError::NotFound(format!(
        "there is no external task {id}; it was done or its instance has ended"
    ))
}
