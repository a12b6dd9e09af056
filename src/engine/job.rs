//! Jobs: what is done later, tried again, and becomes an incident when it fails for good.

use super::change::Event;
use super::error::Error;
use super::expression::Whence;
use super::instance::{Key, Row};
use super::run::{At, Part, Run, find_node, not_found};
use super::state::*;
use crate::juel::Template;
use crate::model::NodeIx;
use crate::model::retry::RetryPlan;
use crate::value::Value;
use chrono::{DateTime, Utc};

/// How often a job is tried unless the model says otherwise.
pub(super) const RETRIES: i32 = 3;

impl Run<'_> {
    /// Leaves it to a job to enter or leave the node.
    pub(super) fn continue_by_job(&mut self, at: &At, kind: JobKind) -> Result<(), Error> {
        let activity = match (&at.node().multi, at.part) {
            (Some(_), Part::Body | Part::Whole) => format!("{}{BODY}", at.node().id),
            _ => at.node().id.clone(),
        };
        let job = self.new_job(at, at.node_ix, kind, activity)?;
        self.journal.put(job);
        Ok(())
    }

    /// Makes a job of this execution, due now, for a node of its process: suspended where such
    /// jobs are, and with the priority that was set for them, else the node's or the process's
    /// ([Job Prioritization](https://docs.camunda.org/manual/7.24/user-guide/process-engine/the-job-executor/#job-prioritization)).
    pub(super) fn new_job(
        &mut self,
        at: &At,
        node: NodeIx,
        kind: JobKind,
        activity: String,
    ) -> Result<Job, Error> {
        let rule = self.world.job_rule(&at.definition_id, kind, &activity);
        let set = rule.and_then(|rule| rule.priority);
        let process = at.process.clone();
        let modelled = process.nodes[node].job_priority.as_ref();
        let priority = match (set, modelled.or(process.job_priority.as_ref())) {
            (None, Some(template)) => self.eval_number(template, Whence::of(at).node(node))?,
            (set, _) => set,
        };
        Ok(Job {
            id: self.new_id(),
            kind,
            execution_id: Some(at.id().clone()),
            process_instance_id: Some(at.execution.process_instance_id.clone()),
            definition_id: at.definition_id.clone(),
            activity_id: activity,
            due: self.now,
            retries: RETRIES,
            created: self.now,
            priority: priority.unwrap_or(0),
            suspended: rule.is_some_and(|rule| rule.suspended),
            ..Job::default()
        })
    }

    pub(super) fn job(&self, id: &str) -> Result<(Job, Id), Error> {
        let job = self.instance().job(id).cloned();
        let job = job.ok_or_else(|| not_found("job", id))?;
        let execution = job.execution_id.clone();
        let execution = execution.ok_or_else(|| not_found("execution of job", id))?;
        Ok((job, execution))
    }

    pub(super) fn execute_job(&mut self, id: &str) -> Result<(), Error> {
        let (job, execution) = self.job(id)?;
        let at = self.at(&execution)?;
        self.check_active(&at.execution.process_instance_id)?;
        self.journal.remove(Key::Job(id.to_owned()));
        self.resolve_incident(&execution, id);
        match job.kind {
            JobKind::AsyncBefore => {
                self.event(Event::AsyncContinued { job });
                self.start_activity(at)
            }
            JobKind::AsyncAfter => {
                self.event(Event::AsyncContinued { job });
                self.take(&execution)
            }
            JobKind::Timer => {
                self.event(Event::TimerFired { job: job.clone() });
                self.repeat_timer(&at, &job)?;
                self.trigger(&execution, &job.activity_id)
            }
            JobKind::TaskTimeout => {
                self.event(Event::TimerFired { job: job.clone() });
                self.task_times_out(&at, &job)
            }
            JobKind::TimerStart | JobKind::Suspension | JobKind::HistoryCleanup => {
                Err(Error::BadRequest(format!(
                    "job {id} belongs to no process instance and can not run in one"
                )))
            }
        }
    }

    /// One retry less; the next one not before the back-off that the model asks for.
    pub(super) fn job_failed(&mut self, id: &str, message: String) -> Result<(), Error> {
        let (mut job, execution) = self.job(id)?;
        let at = self.at(&execution)?;
        let plan = self.retry_plan(&at, &job);
        if job.error_message.is_none()
            && let Some(plan) = &plan
        {
            job.retries = plan.retries;
        }
        let pause = plan.as_ref().and_then(|plan| plan.pause(job.retries));
        job.retry_at = pause.and_then(|pause| pause.after(self.now));
        job.retries = (job.retries - 1).max(0);
        job.error_message = Some(message.clone());
        self.journal.put(job.clone());
        self.event(Event::JobFailed { job: job.clone() });
        if job.retries == 0 {
            self.raise_incident(&at, "failedJob", id, &job.activity_id, Some(message));
        }
        Ok(())
    }

    pub(super) fn set_job_retries(&mut self, id: &str, retries: i32) -> Result<(), Error> {
        let (mut job, execution) = self.job(id)?;
        check_retries(retries)?;
        job.retries = retries;
        job.retry_at = None;
        let (activity, message) = (job.activity_id.clone(), job.error_message.clone());
        self.journal.put(job);
        if retries > 0 {
            self.resolve_incident(&execution, id);
        } else {
            let at = self.at(&execution)?;
            self.raise_incident(&at, "failedJob", id, &activity, message);
        }
        Ok(())
    }

    pub(super) fn set_job_due(&mut self, id: &str, due: DateTime<Utc>) -> Result<(), Error> {
        let (mut job, _) = self.job(id)?;
        job.due = due;
        self.journal.put(job);
        Ok(())
    }

    pub(super) fn set_job_priority(&mut self, id: &str, priority: i64) -> Result<(), Error> {
        let (mut job, _) = self.job(id)?;
        job.priority = priority;
        self.journal.put(job);
        Ok(())
    }

    /// A job that is gone needs no state.
    pub(super) fn suspend_job(&mut self, id: &str, suspended: bool) {
        let job = self.instance().job(id).cloned();
        if let Some(mut job) = job.filter(|job| job.suspended != suspended) {
            job.suspended = suspended;
            self.journal.put(job);
        }
    }

    /// Its incident goes with it.
    pub(super) fn delete_job(&mut self, id: &str) -> Result<(), Error> {
        let (_, execution) = self.job(id)?;
        self.journal.remove(Key::Job(id.to_owned()));
        self.resolve_incident(&execution, id);
        Ok(())
    }

    /// `camunda:failedJobRetryTimeCycle` of the job's node. To record a failure never fails:
    /// what can not be read counts as absent.
    fn retry_plan(&mut self, at: &At, job: &Job) -> Option<RetryPlan> {
        let node = find_node(&at.process, &job.activity_id, &at.definition_id).ok()?;
        let node = &at.process.nodes[node];
        let cycle = match (&node.multi, at.part) {
            (Some(multi), Part::Inner) if node.id == at.node().id => &multi.retry_time_cycle,
            _ => &node.retry_time_cycle,
        };
        let text = cycle.as_deref()?;
        let template = Template::parse(text).ok()?;
        match self.eval(&template, Whence::of(at)).ok()? {
            Value::String(text) => RetryPlan::parse(&text),
            _ => None,
        }
    }

    /// Opens an incident, unless there is one already. All instances that wait for this one have
    /// it too, each as an incident of its call activity.
    pub(super) fn raise_incident(
        &mut self,
        at: &At,
        kind: &str,
        configuration: &str,
        activity: &str,
        message: Option<String>,
    ) {
        if self.incident_of(at.id(), configuration).is_some() {
            return;
        }
        let incident = Incident {
            id: self.new_id(),
            kind: kind.to_owned(),
            execution_id: at.id().clone(),
            activity_id: activity.to_owned(),
            configuration: configuration.to_owned(),
            message,
            ..Incident::default()
        };
        self.open_incident(at, incident);
    }

    /// Opens an incident in an execution, and one in each that waits for its instance.
    pub(super) fn open_incident(&mut self, at: &At, incident: Incident) {
        let kind = incident.kind.clone();
        let incident = Incident {
            process_instance_id: at.execution.process_instance_id.clone(),
            created: self.now,
            ..incident
        };
        let root_cause = incident.id.clone();
        let mut next = Some(incident);
        while let Some(incident) = next {
            let caller = self.caller(&incident.process_instance_id).cloned();
            next = caller.map(|call| Incident {
                id: self.new_id(),
                kind: kind.clone(),
                process_instance_id: call.process_instance_id.clone(),
                execution_id: call.id,
                activity_id: call.activity_id.unwrap_or_default(),
                configuration: Id::new(),
                message: None,
                cause: Some(incident.id.clone()),
                root_cause: Some(root_cause.clone()),
                created: self.now,
            });
            self.journal.put(incident.clone());
            self.event(Event::IncidentCreated { incident });
        }
    }

    /// The execution of the call activity that waits for a process instance.
    fn caller(&self, process_instance: &str) -> Option<&Execution> {
        let root = self.instance().execution(process_instance)?;
        self.instance().execution(root.parent_id.as_deref()?)
    }

    /// Tells that an incident is over, and ends those that it caused.
    pub(super) fn incident_ended(&mut self, incident: Incident) {
        let mut next = Some(incident);
        while let Some(incident) = next {
            next = self
                .caused_by(&incident)
                .and_then(|key| match self.journal.remove(key) {
                    Some(Row::Incident(caused)) => Some(caused),
                    _ => None,
                });
            self.event(Event::IncidentResolved { incident });
        }
    }

    /// The incident of the caller that an incident caused.
    fn caused_by(&self, incident: &Incident) -> Option<Key> {
        let caller = self.caller(&incident.process_instance_id)?;
        let mut attached = self.instance().attached(&caller.id);
        let caused = attached.find(|key| match key {
            Key::Incident(id) => {
                let other = self.instance().incident(id);
                other.is_some_and(|other| other.cause.as_ref() == Some(&incident.id))
            }
            _ => false,
        });
        caused.cloned()
    }

    /// Closes the incident of a job or external task, if there is one.
    pub(super) fn resolve_incident(&mut self, execution: &str, configuration: &str) {
        if let Some(incident) = self.incident_of(execution, configuration) {
            self.remove_attached(Key::Incident(incident), "resolved");
        }
    }

    fn incident_of(&self, execution: &str, configuration: &str) -> Option<Id> {
        let instance = self.instance();
        instance.attached(execution).find_map(|key| match key {
            Key::Incident(id) => instance
                .incident(id)
                .filter(|incident| incident.is_failure())
                .filter(|incident| incident.configuration == configuration)
                .map(|incident| incident.id.clone()),
            _ => None,
        })
    }
}

pub(super) fn check_retries(retries: i32) -> Result<(), Error> {
    if retries < 0 {
        let message = format!("The number of retries cannot be negative, but is {retries}");
        return Err(Error::BadRequest(message));
    }
    Ok(())
}
