//! External tasks: created, locked by a worker, done or failed.

use super::change::Event;
use super::error::{Deed, Error};
use super::expression::Whence;
use super::instance::Key;
use super::job::check_retries;
use super::propagate::BpmnError;
use super::run::{At, Run, Step, not_found};
use super::state::*;
use crate::model::NodeKind;
use crate::model::graph::{self, Sender, Throw};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

/// What a worker reports when it could not do its task.
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) details: Option<String>,
    pub(super) retries: i32,
    pub(super) retry_at: Option<DateTime<Utc>>,
    pub(super) variables: Map,
    pub(super) local_variables: Map,
}

/// What a node has its worker do.
fn definition(kind: &NodeKind) -> Option<&graph::ExternalTask> {
    match kind {
        NodeKind::ExternalTask(definition) => Some(definition),
        NodeKind::EndEvent(Throw::Message(Some(sender)))
        | NodeKind::ThrowEvent(Throw::Message(Some(sender))) => match &**sender {
            Sender::External(definition) => Some(definition),
            Sender::Expression(_) => None,
        },
        _ => None,
    }
}

impl Run<'_> {
    pub(super) fn create_external_task(
        &mut self,
        at: &At,
        definition: &graph::ExternalTask,
    ) -> Result<(), Error> {
        let topic = self.eval_text(&definition.topic, Whence::of(at))?;
        let Some(topic) = topic.filter(|topic| !topic.is_empty()) else {
            return Err(Error::BadValue {
                at: at.place(),
                cause: "the topic of the external task is empty".to_owned(),
            });
        };
        let of_process = at.process.task_priority.clone();
        let priority = match definition.priority.as_ref().or(of_process.as_ref()) {
            Some(priority) => self.eval_number(priority, Whence::of(at))?,
            None => None,
        };
        if let Some(connector) = &definition.connector {
            self.ask_connector(at, connector)?;
        }
        let task = ExternalTask {
            id: self.new_id(),
            execution_id: at.id().clone(),
            process_instance_id: at.execution.process_instance_id.clone(),
            definition_id: at.definition_id.clone(),
            activity_id: at.node().id.clone(),
            topic,
            priority: priority.unwrap_or(0),
            created: self.now,
            ..ExternalTask::default()
        };
        self.journal.put(task.clone());
        self.event(Event::ExternalTaskCreated { task });
        Ok(())
    }

    fn external_task(&self, id: &str) -> Result<ExternalTask, Error> {
        let found = self.instance().external_task(id).cloned();
        found.ok_or_else(|| not_found("external task", id))
    }

    /// A task that this worker may report on.
    fn locked_task(&self, id: &str, worker: &str, deed: Deed) -> Result<ExternalTask, Error> {
        let task = self.external_task(id)?;
        if task.worker_id.as_deref() != Some(worker) {
            return Err(Error::WrongWorker {
                deed,
                task: task.id,
                worker: worker.to_owned(),
                locked_by: task.worker_id,
            });
        }
        self.check_active(&task.process_instance_id)?;
        Ok(task)
    }

    pub(super) fn lock_external_task(
        &mut self,
        id: &str,
        worker: String,
        until: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut task = self.external_task(id)?;
        self.check_active(&task.process_instance_id)?;
        let running = task.lock_expires.is_some_and(|until| until > self.now);
        match &task.worker_id {
            Some(holder) if running && *holder != worker => {
                return Err(Error::WrongWorker {
                    deed: Deed::Lock,
                    task: task.id,
                    worker,
                    locked_by: task.worker_id,
                });
            }
            None if running => {
                let message = format!("External task {id} waits to be tried again; fetch it later");
                return Err(Error::BadRequest(message));
            }
            _ => {}
        }
        if task.retries.is_some_and(|retries| retries <= 0) {
            let message = format!("External task {id} has no retries left; set its retries first");
            return Err(Error::BadRequest(message));
        }
        task.worker_id = Some(worker);
        task.lock_expires = Some(until);
        self.journal.put(task);
        Ok(())
    }

    pub(super) fn extend_lock(
        &mut self,
        id: &str,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut task = self.locked_task(id, worker, Deed::Extend)?;
        if task.lock_expires.is_none_or(|expires| expires <= self.now) {
            return Err(Error::LockExpired { task: task.id });
        }
        task.lock_expires = Some(until);
        self.journal.put(task);
        Ok(())
    }

    pub(super) fn unlock_external_task(
        &mut self,
        id: &str,
        worker: Option<&str>,
    ) -> Result<(), Error> {
        let mut task = match worker {
            Some(worker) => self.locked_task(id, worker, Deed::Unlock)?,
            None => self.external_task(id)?,
        };
        task.worker_id = None;
        task.lock_expires = None;
        self.journal.put(task);
        Ok(())
    }

    /// A worker has done it. Its lock may have run out, so long as no one else has it now.
    pub(super) fn complete_external_task(
        &mut self,
        id: &str,
        worker: &str,
        variables: Map,
        local: Map,
    ) -> Result<(), Error> {
        let task = self.locked_task(id, worker, Deed::Complete)?;
        let at = self.at(&task.execution_id)?;
        self.set_variables(at.id(), variables)?;
        let process = at.process.clone();
        let connector = definition(&process.nodes[at.node_ix].kind)
            .and_then(|definition| definition.connector.as_ref());
        if let Some(connector) = connector {
            match self.connector_answers(&at, connector, local)? {
                Some((code, message)) => {
                    self.throw_external_task(task, &at, &code, message.as_deref())?;
                }
                None => {
                    self.end_external_task(task, true);
                    self.push(Step::Leave(at.id().clone()));
                }
            }
            return Ok(());
        }
        self.set_local_variables(at.id(), local)?;
        if let Some((code, message)) = self.error_by_rule(&at, &task, false)? {
            return self.throw_external_task(task, &at, &code, message.as_deref());
        }
        self.end_external_task(task, true);
        self.push(Step::Leave(at.id().clone()));
        Ok(())
    }

    /// The error of the first `camunda:errorEventDefinition` whose expression holds. To record a
    /// failure never fails: there a rule that can not be evaluated counts as false.
    fn error_by_rule(
        &mut self,
        at: &At,
        task: &ExternalTask,
        failed: bool,
    ) -> Result<Option<(String, Option<String>)>, Error> {
        let process = at.process.clone();
        let Some(definition) = definition(&process.nodes[at.node_ix].kind) else {
            return Ok(None);
        };
        for rule in &definition.errors {
            let whence = Whence::of(at).external(task);
            // Whatever is not true counts as false, and the message is the worker's last one.
            let holds = match self.eval(&rule.condition, whence) {
                Err(_) if failed => false,
                value => value? == Value::Boolean(true),
            };
            if holds {
                return Ok(Some((rule.code.clone(), task.error_message.clone())));
            }
        }
        Ok(None)
    }

    fn end_external_task(&mut self, task: ExternalTask, completed: bool) {
        self.resolve_incident(&task.execution_id, &task.id);
        self.journal.remove(Key::ExternalTask(task.id.clone()));
        self.event(Event::ExternalTaskEnded { task, completed });
    }

    /// Ends a task by a BPMN error. As in Camunda 7 its log says that it was deleted, and here by
    /// which error.
    fn throw_external_task(
        &mut self,
        mut task: ExternalTask,
        at: &At,
        code: &str,
        message: Option<&str>,
    ) -> Result<(), Error> {
        let why = message.map(|message| format!(": {message}"));
        task.error_message = Some(format!("BPMN error {code}{}", why.unwrap_or_default()));
        let worker = task.worker_id.clone();
        self.end_external_task(task, false);
        self.throw_in(at, BpmnError::new(code, message).by(worker.as_deref()))
    }

    pub(super) fn fail_external_task(
        &mut self,
        id: &str,
        worker: &str,
        failure: Failure,
    ) -> Result<(), Error> {
        check_retries(failure.retries)?;
        let mut task = self.locked_task(id, worker, Deed::Fail)?;
        let at = self.at(&task.execution_id)?;
        task.worker_id = None;
        task.lock_expires = failure.retry_at;
        task.error_message = Some(failure.message.clone());
        task.error_details = failure.details;
        self.set_variables(at.id(), failure.variables)?;
        self.set_local_variables(at.id(), failure.local_variables)?;
        if let Some((code, message)) = self.error_by_rule(&at, &task, true)? {
            task.worker_id = Some(worker.to_owned());
            return self.throw_external_task(task, &at, &code, message.as_deref());
        }
        task.retries = Some(failure.retries);
        self.journal.put(task.clone());
        // Who failed is told, though the task is nobody's now.
        task.worker_id = Some(worker.to_owned());
        self.event(Event::ExternalTaskFailed { task });
        if failure.retries == 0 {
            let activity = &at.node().id;
            let message = Some(failure.message);
            self.raise_incident(&at, "failedExternalTask", id, activity, message);
        }
        Ok(())
    }

    /// A worker reports a BPMN error.
    pub(super) fn external_task_error(
        &mut self,
        id: &str,
        worker: &str,
        code: &str,
        message: Option<&str>,
        variables: Map,
    ) -> Result<(), Error> {
        let task = self.locked_task(id, worker, Deed::Throw)?;
        let at = self.at(&task.execution_id)?;
        self.set_variables(at.id(), variables)?;
        self.throw_external_task(task, &at, code, message)
    }

    pub(super) fn set_external_task_priority(
        &mut self,
        id: &str,
        priority: i64,
    ) -> Result<(), Error> {
        let mut task = self.external_task(id)?;
        task.priority = priority;
        self.journal.put(task);
        Ok(())
    }

    pub(super) fn set_external_task_retries(
        &mut self,
        id: &str,
        retries: i32,
    ) -> Result<(), Error> {
        check_retries(retries)?;
        let mut task = self.external_task(id)?;
        task.retries = Some(retries);
        let (execution, message) = (task.execution_id.clone(), task.error_message.clone());
        self.journal.put(task);
        if retries > 0 {
            self.resolve_incident(&execution, id);
        } else {
            let at = self.at(&execution)?;
            self.raise_incident(&at, "failedExternalTask", id, &at.node().id, message);
        }
        Ok(())
    }
}
