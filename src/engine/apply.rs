//! One command, from the request to the list of changes.

use super::change::{Change, Event};
use super::command::Command;
use super::error::Error;
use super::external_task::Failure;
use super::instance::Instance;
use super::run::{Run, not_found};
use super::state::*;
use super::world::World;
use crate::value::Map;
use chrono::{DateTime, Utc};

/// Does a command. The changes hold every row that differs, once, and what happened; on an
/// error the instance is as it was before.
///
/// The cost is that of what the command touches, whatever else the instance holds.
pub fn apply(
    world: &World,
    instance: &mut Instance,
    command: Command,
    now: DateTime<Utc>,
    ids: &mut dyn FnMut() -> Id,
) -> Result<Vec<Change>, Error> {
    let mut run = Run::new(world, instance, now, ids);
    let done = run.execute(command);
    run.caught(done)?;
    run.work_off()?;
    Ok(run.journal.commit())
}

impl Run<'_> {
    fn execute(&mut self, command: Command) -> Result<(), Error> {
        match command {
            Command::Start {
                id,
                definition_id,
                business_key,
                user,
                variables,
                at,
            } => {
                self.user = user.clone().or(self.user.take());
                let instance = ProcessInstance {
                    id,
                    definition_id,
                    business_key,
                    start_user: user,
                    started: self.now,
                    ..ProcessInstance::default()
                };
                self.start_process(instance, at.as_deref(), variables)
            }
            Command::StartAt {
                id,
                definition_id,
                business_key,
                user,
                variables,
                instructions,
            } => {
                self.user = user.clone().or(self.user.take());
                let instance = ProcessInstance {
                    id,
                    definition_id,
                    business_key,
                    start_user: user,
                    started: self.now,
                    ..ProcessInstance::default()
                };
                self.start_at(instance, variables, instructions)
            }
            Command::Claim { task, user } => {
                self.user = Some(user.clone());
                self.claim(&task, &user)
            }
            Command::UpdateTask { task, patch } => self.update_task(&task, patch),
            Command::CompleteTask {
                task,
                user,
                variables,
            } => {
                self.user = user.or(self.user.take());
                self.complete_task(&task, variables)
            }
            Command::LockExternalTask {
                task,
                worker,
                until,
            } => self.lock_external_task(&task, worker, until),
            Command::ExtendExternalTaskLock {
                task,
                worker,
                until,
            } => self.extend_lock(&task, &worker, until),
            Command::UnlockExternalTask { task, worker } => {
                self.unlock_external_task(&task, worker.as_deref())
            }
            Command::CompleteExternalTask {
                task,
                worker,
                variables,
                local_variables,
            } => self.complete_external_task(&task, &worker, variables, local_variables),
            Command::SetExternalTaskPriority { task, priority } => {
                self.set_external_task_priority(&task, priority)
            }
            Command::FailExternalTask {
                task,
                worker,
                message,
                details,
                retries,
                retry_at,
                variables,
                local_variables,
            } => {
                let failure = Failure {
                    message,
                    details,
                    retries,
                    retry_at,
                    variables,
                    local_variables,
                };
                self.fail_external_task(&task, &worker, failure)
            }
            Command::ExternalTaskError {
                task,
                worker,
                code,
                message,
                variables,
            } => self.external_task_error(&task, &worker, &code, message.as_deref(), variables),
            Command::SetExternalTaskRetries { task, retries } => {
                self.set_external_task_retries(&task, retries)
            }
            Command::ExecuteJob { job } => self.execute_job(&job),
            Command::JobFailed { job, message } => self.job_failed(&job, message),
            Command::SetJobRetries { job, retries } => self.set_job_retries(&job, retries),
            Command::SetJobDue { job, due } => self.set_job_due(&job, due),
            Command::SetJobPriority { job, priority } => self.set_job_priority(&job, priority),
            Command::SuspendJobs { jobs, suspended } => {
                for job in &jobs {
                    self.suspend_job(job, suspended);
                }
                Ok(())
            }
            Command::DeleteJob { job } => self.delete_job(&job),
            Command::RecalculateJob { job, from_creation } => {
                self.recalculate_job(&job, from_creation)
            }
            Command::Correlate {
                execution,
                message,
                variables,
                local_variables,
            } => {
                let kind = SubscriptionKind::Message;
                self.deliver(&execution, kind, &message, variables, local_variables)
            }
            Command::Signal {
                execution,
                signal,
                variables,
            } => {
                let kind = SubscriptionKind::Signal;
                self.deliver(&execution, kind, &signal, variables, Map::new())
            }
            Command::Trigger {
                execution,
                variables,
            } => self.signal_execution(&execution, variables),
            Command::Escalate {
                task,
                code,
                variables,
            } => self.escalate_task(&task, &code, variables),
            Command::TaskError {
                task,
                code,
                message,
                variables,
            } => self.task_error(&task, &code, message.as_deref(), variables),
            Command::SetVariables {
                scope,
                variables,
                local,
            } => match local {
                true => self.set_local_variables(&scope, variables),
                false => self.set_variables(&scope, variables),
            },
            Command::RemoveVariables { scope, names } => {
                self.remove_variables_by_name(&scope, &names)
            }
            Command::Skipping { skip, command } => {
                self.skip = skip;
                self.execute(*command)
            }
            Command::CreateIncident {
                id,
                execution,
                kind,
                configuration,
                message,
            } => self.create_incident(id, &execution, kind, configuration, message),
            Command::ResolveIncident { incident } => self.resolve_by_hand(&incident),
            Command::Modify {
                process_instance,
                instructions,
            } => {
                let done = self.modify(&process_instance, instructions);
                done.map_err(Error::for_nobody)
            }
            Command::Migrate {
                process_instance,
                plan,
            } => {
                let done = self.migrate(&process_instance, &plan);
                done.map_err(Error::for_nobody)
            }
            Command::SetSuspended {
                process_instance,
                suspended,
            } => self.set_suspended(process_instance.as_deref(), suspended),
            Command::Cancel {
                process_instance,
                user,
                reason,
            } => {
                self.user = user.or(self.user.take());
                let id = match process_instance {
                    Some(id) => id,
                    None => self.root()?.id,
                };
                self.cancel_process(&id, Some(&reason))
            }
        }
    }

    fn root(&self) -> Result<ProcessInstance, Error> {
        let root = self.instance().root().cloned();
        root.ok_or_else(|| not_found("process instance", "of this command"))
    }

    fn set_suspended(&mut self, process: Option<&str>, suspended: bool) -> Result<(), Error> {
        let mut root = match process {
            Some(id) => self.process_instance(id)?.clone(),
            None => self.root()?,
        };
        let state = match suspended {
            true => InstanceState::Suspended,
            false => InstanceState::Active,
        };
        if root.state != state {
            root.state = state;
            self.event(Event::ProcessStateChanged {
                process_instance_id: root.id.clone(),
                state,
            });
            let all = self.instance().jobs();
            let own = all.filter(|job| job.process_instance_id.as_ref() == Some(&root.id));
            let mut jobs: Vec<Id> = own.map(|job| job.id.clone()).collect();
            jobs.sort();
            for job in &jobs {
                self.suspend_job(job, suspended);
            }
            self.journal.put(root);
        }
        Ok(())
    }
}
