//! Watching instances, and ending or retrying them.

use super::act::Act;
use super::permission::Operation;
use super::view::*;
use super::work::{given_up, of_this_process};
use super::{Caller, Desk, DeskError, Look, insertion, inside, task, undo};
use crate::crash;
use crate::engine::state::BODY;
use crate::engine::{Command, Incident, Instance, Phase, Skip};
use crate::model::{Process, is_expression};
use crate::store::{
    self, InstanceFilter, InstanceRow, PastEvent, ProcessDefinition, Progress as ProgressRow,
    Snapshot, TaskFilter,
};
use crate::value::{Map, Value};

use indexmap::IndexMap;
use std::cmp::Reverse;

/// What the operation log calls a stopped insertion.
pub(super) const STOPPED: &str = "StopInsertion";
/// Whoever ends an instance by hand has it end: output parameters that fail do not keep it.
const ENDING: Skip = Skip {
    listeners: false,
    mappings: true,
    subprocesses: false,
};
/// Instances in a page unless told otherwise.
const PAGE: usize = 200;

impl Desk {
    /// Instances, the newest first: all for a head, those that they work or worked on, or
    /// started, for others.
    pub fn instances(
        &self,
        caller: &Caller,
        query: &InstanceQuery,
    ) -> Result<Page<InstanceView>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::SeeInstance, true)?;
            let other = look.user.as_ref().filter(|user| user.role != Role::Head);
            let filter = InstanceFilter {
                open: match (query.open, query.ended) {
                    (true, false) => Some(true),
                    (false, true) => Some(false),
                    _ => None,
                },
                with_incident: query.with_incident,
                process_key: query.key.clone(),
                definition_id: query.definition_id.clone(),
                business_key: query.business_key.clone(),
                involved: other.map(|user| user.id.clone()),
                text: query.text.clone(),
                ..InstanceFilter::default()
            };
            let limit = if query.limit == 0 { PAGE } else { query.limit };
            let rows = look.read.instances(&filter, query.offset, limit)?;
            let mut items: Vec<InstanceView> = rows.into_iter().map(view).collect();
            for item in items.iter_mut().filter(|item| item.ended) {
                let found = look.read.insertion_of(&item.id)?;
                item.undone = found.is_some_and(|found| found.undone.is_some());
            }
            Ok(Page {
                items,
                total: look.read.count_instances(&filter)?,
            })
        })
    }

    /// An instance in full, by its id or by the unambiguous beginning or end of one.
    pub fn instance(&self, caller: &Caller, id: &str) -> Result<InstanceDetail, DeskError> {
        self.look(caller, |look| {
            let row = look.instance(id)?;
            let process = look.core.catalog.process(look.read, &row.definition_id)?;
            let last = look.read.last_variables(&row.id)?.into_iter();
            let variables: Map = last
                .filter(|v| v.variable.scope_id == row.id && !v.removed)
                .map(|v| (v.variable.name, v.variable.value))
                .collect();
            let (activities, local_variables, retrying) = match look.read.running(&row.root_id)? {
                None => Default::default(),
                Some(running) => (
                    inside::activities(&running, &row.id, &process),
                    inside::local_variables(&running, &row.id, &process),
                    inside::retrying(&running, &row.id, look.now),
                ),
            };
            let mut active: Vec<String> = Vec::new();
            for activity in &activities {
                if !active.contains(&activity.activity_id) {
                    active.push(activity.activity_id.clone());
                }
            }
            let tasks = TaskFilter {
                process_instance_id: Some(row.id.clone()),
                ..TaskFilter::default()
            };
            let tasks = look.read.tasks(&tasks, look.now, 0, usize::MAX)?;
            let progress = look.read.progress()?.into_iter();
            let progress = progress
                .rev()
                .find(|p| p.process_instance_id == row.id && p.total_bytes > 0);
            let mut shown = task::shown(&variables);
            for (name, value) in &variables {
                if let (true, Value::String(hash)) = (name.ends_with(insertion::CAPTURE), value)
                    && look.core.frames.is_gone(hash)
                {
                    shown[name.as_str()]["valueInfo"]["removed"] = true.into();
                }
            }
            let insertion = look.read.insertion_of(&row.id)?;
            let insertion = insertion.map(|found| undo::view(found, look.now));
            let mut instance = view(row.clone());
            instance.undone = insertion.as_ref().is_some_and(|i| i.undone.is_some());
            Ok(InstanceDetail {
                variables: shown,
                local_variables,
                caller: look.caller_of(&row.id)?,
                called_instances: look.called_by(&row.id)?,
                active_activity_ids: active,
                activities,
                tasks: tasks.into_iter().map(task::view).collect(),
                incident_list: look
                    .read
                    .incidents(Some(&row.id))?
                    .into_iter()
                    .map(|row| incident(look.read, row))
                    .collect::<Result<_, _>>()?,
                progress: progress.map(|p| look.progress(p)).transpose()?,
                retrying,
                insertion,
                instance,
            })
        })
    }

    /// The process of an instance and where its tokens are.
    pub fn diagram(&self, caller: &Caller, id: &str) -> Result<DiagramView, DeskError> {
        self.look(caller, |look| {
            let row = look.instance(id)?;
            let process = look.core.catalog.process(look.read, &row.definition_id)?;
            let gone =
                || DeskError::NotFound(format!("the model of {} is gone", row.definition_id));
            let definition = look
                .read
                .process_definition(&row.definition_id)?
                .ok_or_else(gone)?;
            let resource = look
                .read
                .resource(&definition.resource_id)?
                .ok_or_else(gone)?;
            let mut diagram = DiagramView {
                name: process.name.clone().unwrap_or_else(|| process.id.clone()),
                bpmn20_xml: crate::model::xml::shown(&resource.bytes),
                process_definition_key: process.id.clone(),
                names: look.names(&row.id, &process)?,
                tokens: Default::default(),
                visits: Default::default(),
                incidents: Vec::new(),
            };
            for (activity, count) in look.read.visits(&row.id)? {
                diagram.visits.insert(activity, count);
            }
            if let Some(running) = look.read.running(&row.root_id)? {
                let here = running
                    .executions()
                    .filter(|e| e.process_instance_id == row.id && e.phase != Phase::Kept);
                for activity in here.filter_map(|e| e.activity_id.clone()) {
                    *diagram.tokens.entry(activity).or_default() += 1;
                }
            }
            diagram.tokens.sort_keys();
            for incident in look.read.incidents(Some(&row.id))? {
                // What holds several instances is drawn as they are.
                let activity = incident.activity_id.trim_end_matches(BODY).to_owned();
                if !diagram.incidents.contains(&activity) {
                    diagram.incidents.push(activity);
                }
            }
            Ok(diagram)
        })
    }

    /// Cancels an instance; a running insertion rolls back when its worker notices. One whose
    /// worker went to commit is waited for: see `Act::refuse_if_committing`.
    pub fn cancel(&self, caller: &Caller, id: &str, reason: &str) -> Result<(), DeskError> {
        self.cancel_skipping(caller, id, reason, ENDING)
    }

    /// The same, with what is left out.
    pub fn cancel_skipping(
        &self,
        caller: &Caller,
        id: &str,
        reason: &str,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let (id, reason) = (id.to_owned(), reason.trim().to_owned());
        crash::point("desk.cancel.before_write");
        self.act(caller, move |act| {
            act.require(Operation::Cancel, false)?;
            if reason.is_empty() {
                return Err(DeskError::Invalid(
                    "say why it is cancelled; the history keeps the reason".to_owned(),
                ));
            }
            act.cancel_instance(&id, &reason, skip)
        })?;
        crash::point("desk.cancel.after_write");
        Ok(())
    }

    /// Gives every failed job and external task of an instance a new try; how many.
    pub fn retry(&self, caller: &Caller, id: &str) -> Result<u32, DeskError> {
        let id = id.to_owned();
        crash::point("desk.retry.before_write");
        let tries = self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            let row = act.tx.read().instance(&id)?;
            still_runs(&row)?;
            act.retry_incidents(&row)
        })?;
        crash::point("desk.retry.after_write");
        Ok(tries)
    }

    /// Who stopped an insertion of this instance last.
    pub(crate) fn stopped_by(
        &self,
        caller: &Caller,
        process_instance: &str,
    ) -> Result<Option<String>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Work, false)?;
            Ok(look.read.last_operator(process_instance, STOPPED)?)
        })
    }

    /// Stops a running insertion: its worker rolls back and sends it to its employee.
    pub fn cancel_insertion(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        let id = id.to_owned();
        crash::point("desk.stop.before_write");
        self.act(caller, move |act| {
            let read = act.tx.read();
            let row = read.instance(&id)?;
            let sent = read.last_done_task(&row.id)?;
            act.require(
                Operation::CancelInsertion,
                act.is(sent.and_then(|task| task.assignee).as_deref()),
            )?;
            let tasks = read.external_tasks(Some(&row.id), usize::MAX)?;
            let mut stopped = false;
            for found in tasks
                .into_iter()
                .filter(|found| found.task.topic == insertion::TOPIC)
            {
                // Who takes over from a worker that died reads the ledger first.
                if found.task.is_locked(act.now) {
                    act.refuse_if_committing(&found.task)?;
                }
                if !act.tx.cancel_progress(&found.task.id)? {
                    // No worker has begun: the one that does finds the wish.
                    act.tx.put_progress(&ProgressRow {
                        external_task_id: found.task.id.clone(),
                        process_instance_id: found.task.process_instance_id,
                        rows: 0,
                        bytes: 0,
                        total_bytes: 0,
                        rate: 0.0,
                        updated: act.now,
                        cancel: true,
                        committing: false,
                    })?;
                    act.tx.cancel_progress(&found.task.id)?;
                }
                stopped = true;
            }
            match stopped {
                true => act.log_of(STOPPED, "ExternalTask", &row.id),
                false => Err(DeskError::Conflict(
                    "no insertion of this instance is under way".to_owned(),
                )),
            }
        })?;
        crash::point("desk.stop.after_write");
        Ok(())
    }
}

pub(super) fn still_runs(row: &InstanceRow) -> Result<(), DeskError> {
    match row.ended {
        None => Ok(()),
        Some(_) => Err(DeskError::Conflict(format!(
            "instance {} has ended already ({})",
            row.id,
            row.state.as_str()
        ))),
    }
}

/// The operation of having something tried again by hand.
pub(super) const RETRIED: &str = "Retry";

impl Act<'_, '_> {
    /// Cancels an instance that still runs.
    pub(super) fn cancel_instance(
        &mut self,
        id: &str,
        reason: &str,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let row = self.tx.read().instance(id)?;
        still_runs(&row)?;
        let user = self.name().map(str::to_owned);
        for found in self.tx.read().external_tasks(Some(&row.id), usize::MAX)? {
            if self.is_committing(&found.task)? && given_up(&found.task) {
                self.log_of("CancelUnknown", "ExternalTask", &row.id)?;
            }
        }
        let command = Box::new(Command::Cancel {
            process_instance: Some(row.id.clone()),
            user,
            reason: reason.to_owned(),
        });
        self.apply(&row.root_id, Command::Skipping { skip, command })
    }

    /// Gives every failed job and external task of an instance a new try; how many.
    pub(super) fn retry_incidents(&mut self, row: &InstanceRow) -> Result<u32, DeskError> {
        let mut tries = 0;
        let open = self.tx.read().incidents(Some(&row.id))?.into_iter();
        for incident in open.filter(Incident::is_failure) {
            self.retry_incident(&row.root_id, incident)?;
            tries += 1;
        }
        Ok(tries)
    }

    /// Gives what failed in an incident a new try. What people opened by hand they close by hand.
    pub(super) fn retry_incident(
        &mut self,
        root: &str,
        incident: Incident,
    ) -> Result<(), DeskError> {
        let incident = match &incident.root_cause {
            // What is tried again is what failed, in the called instance.
            Some(cause) => match self.tx.instance(root)?.incident(cause) {
                Some(cause) => cause.clone(),
                None => return Ok(()),
            },
            None => incident,
        };
        let (instance, activity) = (&incident.process_instance_id, &incident.activity_id);
        let place = (instance.as_str(), Some(activity.as_str()));
        self.log_deed(RETRIED, "Incident", place, ("retries", "1"))?;
        let command = match incident.kind.as_str() {
            "failedExternalTask" => Command::SetExternalTaskRetries {
                task: incident.configuration,
                retries: 1,
            },
            "failedJob" => Command::SetJobRetries {
                job: incident.configuration,
                retries: 1,
            },
            _ => return Ok(()),
        };
        self.apply(root, command)
    }
}

impl Look<'_, '_> {
    /// An instance that the caller may see.
    pub(super) fn instance(&self, id: &str) -> Result<InstanceRow, DeskError> {
        let row = self.read.instance(id)?;
        let own = match &self.user {
            Some(user) => row.start_user.as_ref() == Some(&user.id) || self.concerns(&row, user)?,
            None => true,
        };
        self.require(Operation::SeeInstance, own)?;
        Ok(row)
    }

    /// True when a user has a task of the instance, could claim one, or has done one.
    fn concerns(&self, row: &InstanceRow, user: &User) -> Result<bool, DeskError> {
        let filter = TaskFilter {
            process_instance_id: Some(row.id.clone()),
            ..TaskFilter::default()
        };
        for found in self.read.tasks(&filter, self.now, 0, usize::MAX)? {
            if task::may(Some(user), Operation::SeeTask, &found.task).is_ok() {
                return Ok(true);
            }
        }
        Ok(self.read.has_done_task(&row.id, &user.id)?)
    }

    /// How far an insertion is, as it is shown.
    pub(super) fn progress(&self, row: ProgressRow) -> Result<Progress, DeskError> {
        let instance = self.read.instance(&row.process_instance_id)?;
        let left = (row.total_bytes - row.bytes).max(0) as f64;
        let rate = match row.bytes {
            0 => 0.0,
            bytes => row.rate * bytes as f64 / (row.rows.max(1)) as f64,
        };
        let task = self.read.external_task(&row.external_task_id)?;
        let worker = task.and_then(|found| found.task.worker_id);
        Ok(Progress {
            here: worker.is_some_and(|worker| worker.starts_with(&of_this_process())),
            external_task_id: row.external_task_id,
            title: title(&instance),
            process_instance_id: instance.id.clone(),
            assignee: self
                .read
                .last_done_task(&instance.id)?
                .and_then(|task| task.assignee),
            rows: row.rows.try_into().unwrap_or_default(),
            bytes: row.bytes.try_into().unwrap_or_default(),
            total_bytes: row.total_bytes.try_into().unwrap_or_default(),
            rows_per_second: row.rate,
            seconds_left: (rate > 0.0).then(|| left / rate),
        })
    }
}

/// What an instance is called: its title, its business key, its process.
pub(super) fn title(row: &InstanceRow) -> String {
    let name = row
        .title
        .as_ref()
        .or(row.business_key.as_ref())
        .or(row.process_name.as_ref());
    name.unwrap_or(&row.process_key).clone()
}

/// An instance as lists show it.
pub(super) fn view(row: InstanceRow) -> InstanceView {
    InstanceView {
        warnings: Vec::new(),
        process_instance_id: row.id.clone(),
        id: row.id,
        definition_id: row.definition_id,
        process_definition_key: row.process_key,
        process_definition_name: row.process_name,
        process_definition_version: row.process_version,
        business_key: row.business_key,
        title: row.title,
        state: row.state.as_str().to_owned(),
        ended: row.ended.is_some(),
        suspended: row.state == crate::engine::InstanceState::Suspended,
        start_user_id: row.start_user,
        start_time: row.started,
        end_time: row.ended,
        delete_reason: row.delete_reason,
        assignee: row.assignee,
        due: row.due,
        incidents: row.incidents,
        round: row.round,
        undone: false,
    }
}

/// An instance that was just started, as a list would show it; none when it has ended.
pub(super) fn running(
    running: &Instance,
    id: &str,
    definition: &ProcessDefinition,
) -> Option<InstanceView> {
    let process = running.process(id)?;
    let tasks = || {
        let tasks = running.tasks();
        tasks.filter(|task| task.process_instance_id == id)
    };
    let first = tasks().min_by_key(|task| {
        let due = (task.due.is_none(), task.due);
        (due, Reverse(task.priority), task.created, &task.id)
    });
    let incidents = running.incidents();
    let incidents = incidents.filter(|incident| incident.process_instance_id == id);
    Some(view(InstanceRow {
        id: process.id.clone(),
        root_id: process.id.clone(),
        definition_id: definition.id.clone(),
        process_key: definition.key.clone(),
        process_name: definition.name.clone(),
        process_version: definition.version,
        business_key: process.business_key.clone(),
        title: store::title(running, id),
        state: process.state,
        start_user: process.start_user.clone(),
        started: process.started,
        ended: None,
        delete_reason: None,
        delete_user: None,
        assignee: first.and_then(|task| task.assignee.clone()),
        due: first.and_then(|task| task.due),
        round: tasks().map(|task| task.round).max().unwrap_or(0),
        incidents: u32::try_from(incidents.count()).unwrap_or(u32::MAX),
    }))
}

/// An open incident; what went wrong is told also where it went wrong in a called instance.
pub(super) fn incident(read: &Snapshot<'_>, row: Incident) -> Result<IncidentView, DeskError> {
    let message = match (row.message, &row.root_cause) {
        (None, Some(root)) => read.incident(root)?.and_then(|(_, root)| root.message),
        (message, _) => message,
    };
    Ok(IncidentView {
        id: row.id,
        process_instance_id: row.process_instance_id,
        incident_type: row.kind,
        activity_id: row.activity_id,
        process_definition_id: String::new(),
        title: None,
        configuration: row.configuration,
        execution_id: row.execution_id,
        cause_incident_id: row.cause,
        root_cause_incident_id: row.root_cause,
        incident_message: message,
        incident_timestamp: row.created,
    })
}

impl Look<'_, '_> {
    /// What the tasks of an instance were called last, where the model's names are expressions.
    fn names(
        &self,
        instance: &str,
        process: &Process,
    ) -> Result<IndexMap<String, String>, DeskError> {
        let mut names = process.nodes.iter().flat_map(|node| &node.name);
        if !names.any(|name| is_expression(name)) {
            return Ok(IndexMap::new());
        }
        let past = self.read.past(instance, &[], &[])?.into_iter();
        let named = past.filter_map(|entry| match entry.what {
            PastEvent::TaskCreated(task) => Some((entry.activity_id?, task.name)),
            _ => None,
        });
        Ok(named.collect())
    }
}
