//! Tasks for the network, by their whole ids: what a tasklist does beside the inbox.

use super::act::Act;
pub use super::form::{FormLink, FormReference};
use super::permission::Operation;
use super::{Caller, Desk, DeskError, camunda_form, form, insertion, launch, prepare, start, task};
pub use crate::engine::TaskPatch;
use crate::engine::{Change, Command, Event, Task, Variable};
pub use crate::model::{FieldType, Form, FormField, Widget};
pub use crate::store::Attachment;
use crate::store::TaskRow;
use crate::value::{Map, Value};
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A task must be given back to its owner before it is completed.
pub const PENDING: &str = "PENDING";
/// The one to whom a task was delegated is done.
pub const RESOLVED: &str = "RESOLVED";
/// Most bytes of one attachment.
pub const LARGEST_ATTACHMENT: usize = 8 << 20;
/// Most attachments of a task, and most bytes of them all.
const ATTACHMENTS: (u64, u64) = (100, 64 << 20);

/// The form of a task or of a start, for the network.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownForm {
    /// `camunda:formKey` or `camunda:formRef`.
    pub link: Option<FormLink>,
    /// Its fields.
    pub form: Form,
    /// The text that each begins with.
    pub texts: IndexMap<String, String>,
    /// Values: those of the fields, then the other variables. Secrets stay handles.
    pub values: Map,
    /// The deployment of the definition.
    pub deployment: String,
}

/// What is new about a task.
#[derive(Debug, Clone, Default)]
pub struct TaskChange {
    /// Attributes.
    pub patch: TaskPatch,
    /// Whether it is delegated.
    pub delegation: Option<Option<String>>,
    /// Of which task it is a part.
    pub parent: Option<Option<String>>,
}

fn unknown(id: &str) -> DeskError {
    DeskError::NotFound(format!("Cannot find task with id {id}: task is null"))
}

impl Desk {
    /// The open task of this whole id, if the caller may do this with it.
    pub fn task_row(
        &self,
        caller: &Caller,
        id: &str,
        operation: Operation,
    ) -> Result<TaskRow, DeskError> {
        self.look(caller, |look| {
            let found = look.read.task_by_id(id)?.ok_or_else(|| unknown(id))?;
            look.may(operation, &found.task)?;
            Ok(found)
        })
    }

    /// Changes the task of this whole id in one transaction.
    fn alter<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        caller: &Caller,
        id: &str,
        mut work: impl FnMut(&mut Act<'_, '_>, TaskRow) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            let found = act.tx.read().task_by_id(&id)?.ok_or_else(|| unknown(&id))?;
            work(act, found)
        })
    }

    /// A task is claimed for somebody: oneself, or by a head for a person; for nobody it is
    /// given back.
    pub fn claim_for(
        &self,
        caller: &Caller,
        id: &str,
        user: Option<String>,
    ) -> Result<(), DeskError> {
        self.alter(caller, id, move |act, found| {
            let Some(user) = user.clone() else {
                let own = act.is(found.task.assignee.as_deref());
                act.require(Operation::Unclaim, own)?;
                return act.patch(&found, assigned(None));
            };
            if let Some(by) = found.task.assignee.clone().filter(|by| *by != user) {
                return Err(DeskError::AlreadyClaimed { by });
            }
            match act.is(Some(&user)) {
                true => act.may(Operation::Claim, &found.task)?,
                false => {
                    act.require(Operation::Assign, false)?;
                    act.team()?.person(&user)?;
                }
            }
            let task = found.task.id.clone();
            act.apply(&found.root_id, Command::Claim { task, user })
        })
    }

    /// Changes attributes; what stays as it is needs no right.
    pub fn change_task(
        &self,
        caller: &Caller,
        id: &str,
        change: impl Fn(&Task) -> Result<TaskChange, DeskError> + Send + 'static,
    ) -> Result<(), DeskError> {
        self.alter(caller, id, move |act, found| {
            act.may(Operation::SeeTask, &found.task)?;
            let change = change(&found.task)?;
            let (before, after) = (&found.task, change.patch.applied(&found.task));
            if before.assignee != after.assignee {
                act.require(Operation::Assign, act.is(before.assignee.as_deref()))?;
                if let Some(user) = &after.assignee {
                    act.team()?.person(user)?;
                }
            }
            if (before.due, before.follow_up) != (after.due, after.follow_up) {
                act.require(Operation::SetDue, false)?;
            }
            if before.priority != after.priority {
                act.require(Operation::SetPriority, false)?;
            }
            let rest = |task: &Task| {
                let texts = (task.name.clone(), task.description.clone());
                let people = (task.candidate_users.clone(), task.candidate_groups.clone());
                (texts, people, task.owner.clone())
            };
            let delegation = act.tx.read().delegation(&before.id)?;
            let delegated = change.delegation.as_ref().is_some_and(|d| *d != delegation);
            if rest(before) != rest(&after) || delegated {
                act.require(Operation::Assign, false)?;
            }
            act.patch(&found, change.patch)?;
            if let Some(state) = change.delegation {
                act.tx.set_delegation(&found.task.id, state.as_deref())?;
            }
            if let Some(parent) = change.parent {
                act.tx.set_parent(&found.task.id, parent.as_deref())?;
            }
            Ok(())
        })
    }

    /// Asks somebody else to do a part of it: the task comes back to its owner.
    pub fn delegate(&self, caller: &Caller, id: &str, user: String) -> Result<(), DeskError> {
        self.alter(caller, id, move |act, found| {
            let own = act.is(found.task.assignee.as_deref());
            act.require(Operation::Assign, own)?;
            act.team()?.person(&user)?;
            let owner = found.task.owner.clone().or(found.task.assignee.clone());
            let patch = TaskPatch {
                owner: Some(owner),
                ..assigned(Some(user.clone()))
            };
            act.patch(&found, patch)?;
            Ok(act.tx.set_delegation(&found.task.id, Some(PENDING))?)
        })
    }

    /// What was asked is done: the task goes back to its owner, with these variables.
    pub fn resolve(&self, caller: &Caller, id: &str, variables: Map) -> Result<(), DeskError> {
        prepare::bounded(&variables)?;
        self.alter(caller, id, move |act, found| {
            act.may(Operation::Complete, &found.task)?;
            act.set_in_task(&found, variables.clone(), false)?;
            act.tx.set_delegation(&found.task.id, Some(RESOLVED))?;
            act.patch(&found, assigned(found.task.owner.clone()))
        })
    }

    /// Completes a task with typed variables, as Camunda does.
    pub fn complete_task(
        &self,
        caller: &Caller,
        id: &str,
        variables: Map,
    ) -> Result<(), DeskError> {
        self.task_row(caller, id, Operation::Complete)?;
        if self.store.read(|read| read.delegation(id))?.as_deref() == Some(PENDING) {
            return Err(DeskError::Engine(
                "A delegated task cannot be completed, but should be resolved instead.".to_owned(),
            ));
        }
        self.complete_as_camunda(caller, id, variables)
    }

    /// Ends a task with a BPMN error.
    pub fn task_error(
        &self,
        caller: &Caller,
        id: &str,
        code: String,
        message: Option<String>,
        variables: Map,
    ) -> Result<(), DeskError> {
        self.throw(caller, id, variables, move |task, variables| {
            Command::TaskError {
                task,
                code: code.clone(),
                message: message.clone(),
                variables,
            }
        })
    }

    /// Escalates a task: with an interrupting boundary event it ends.
    pub fn task_escalation(
        &self,
        caller: &Caller,
        id: &str,
        code: String,
        variables: Map,
    ) -> Result<(), DeskError> {
        self.throw(caller, id, variables, move |task, variables| {
            Command::Escalate {
                task,
                code: code.clone(),
                variables,
            }
        })
    }

    /// What whoever may complete a task throws from it instead.
    fn throw(
        &self,
        caller: &Caller,
        id: &str,
        variables: Map,
        command: impl Fn(String, Map) -> Command + Send + 'static,
    ) -> Result<(), DeskError> {
        prepare::bounded(&variables)?;
        self.alter(caller, id, move |act, found| {
            act.may(Operation::Complete, &found.task)?;
            let variables = act.checked_of(&found, variables.clone())?;
            let command = command(found.task.id.clone(), variables);
            act.apply(&found.root_id, command)
        })
    }

    /// Makes a task that belongs to no process; its id is given or new.
    pub fn create_task(
        &self,
        caller: &Caller,
        id: Option<String>,
        change: TaskChange,
    ) -> Result<String, DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Assign, false)?;
            let id = id.clone().unwrap_or_else(|| act.core.ids.next());
            if act.tx.read().task_by_id(&id)?.is_some() {
                return Err(DeskError::Conflict(format!("there is a task {id} already")));
            }
            let blank = Task {
                id: id.clone(),
                priority: 50,
                created: act.now,
                round: 1,
                ..Task::default()
            };
            let task = change.patch.applied(&blank);
            if let Some(user) = &task.assignee {
                act.team()?.person(user)?;
            }
            let changes = [
                Change::PutTask(task.clone()),
                Change::Event(Event::TaskCreated { task }),
            ];
            act.keep_alone(&changes)?;
            act.tx
                .set_delegation(&id, change.delegation.clone().flatten().as_deref())?;
            act.tx
                .set_parent(&id, change.parent.clone().flatten().as_deref())?;
            Ok(id)
        })
    }

    /// Removes a task that belongs to no process.
    pub fn delete_task(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        self.alter(caller, id, move |act, found| {
            act.require(Operation::Assign, false)?;
            if !found.root_id.is_empty() {
                return Err(DeskError::Engine(
                    "The task cannot be deleted because is part of a running process".to_owned(),
                ));
            }
            act.end_alone(found.task, "deleted")
        })
    }

    /// Completes a task that belongs to no process.
    pub(super) fn complete_alone(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        self.alter(caller, id, move |act, found| {
            act.may(Operation::Complete, &found.task)?;
            act.end_alone(found.task, "completed")
        })
    }

    /// Attaches something to a task; its id.
    pub fn attach(
        &self,
        caller: &Caller,
        id: &str,
        mut attachment: Attachment,
    ) -> Result<String, DeskError> {
        let bytes = attachment.content.as_ref().map_or(0, Vec::len);
        if bytes > LARGEST_ATTACHMENT {
            return Err(DeskError::Invalid(format!(
                "an attachment has at most {} MB; attach its address instead",
                LARGEST_ATTACHMENT >> 20
            )));
        }
        self.alter(caller, id, move |act, found| {
            let own = task::may(act.user.as_ref(), Operation::SeeTask, &found.task).is_ok();
            act.require(Operation::Comment, own)?;
            let (count, held) = act.tx.read().attached(&found.task.id)?;
            if count >= ATTACHMENTS.0 || held + bytes as u64 > ATTACHMENTS.1 {
                return Err(DeskError::Invalid(format!(
                    "a task has at most {} attachments and {} MB of them",
                    ATTACHMENTS.0,
                    ATTACHMENTS.1 >> 20
                )));
            }
            attachment.id = act.core.ids.next();
            attachment.task_id = found.task.id;
            attachment.process_instance_id = found.task.process_instance_id;
            attachment.user_id = act.name().map(str::to_owned);
            attachment.created = act.now;
            act.tx.put_attachment(&attachment)?;
            Ok(attachment.id.clone())
        })
    }

    /// Removes an attachment of an open task. True when there was one.
    pub fn detach(&self, caller: &Caller, task: &str, id: &str) -> Result<bool, DeskError> {
        let id = id.to_owned();
        self.alter(caller, task, move |act, found| {
            act.may(Operation::FillIn, &found.task)?;
            Ok(act.tx.delete_attachment(&found.task.id, &id)?)
        })
    }

    /// What an attachment holds. Whether the caller may see it is asked with its list.
    pub fn attachment_content(
        &self,
        caller: &Caller,
        task: &str,
        id: &str,
    ) -> Result<Option<Vec<u8>>, DeskError> {
        self.look(caller, |look| Ok(look.read.attachment_content(task, id)?))
    }

    /// The form of a task.
    pub fn task_form(&self, caller: &Caller, id: &str) -> Result<ShownForm, DeskError> {
        self.look(caller, |look| {
            let found = look.read.task_by_id(id)?.ok_or_else(|| unknown(id))?;
            look.may(Operation::FillIn, &found.task)?;
            if found.root_id.is_empty() {
                let values = look.read.variables_alone(id)?;
                return Ok(shown(
                    None,
                    Form::default(),
                    IndexMap::new(),
                    values,
                    look.now,
                ));
            }
            let form = look.form(&found.task)?;
            let (texts, mut values) = look.texts(&found, &form, false)?;
            if let Some(running) = look.read.running(&found.root_id)? {
                let own = running.variables(id);
                values.extend(own.map(|v| (v.name.clone(), v.value.clone())));
            }
            let task = &found.task;
            let process = look.core.catalog.process(look.read, &task.definition_id)?;
            let node = process.node(&task.task_definition_key);
            let variable = |name: &str| values.get(name).cloned();
            let linked = node.and_then(|node| node.linked_form());
            let link = linked.and_then(|linked| form::link(linked, look.now, &variable));
            let mut shown = shown(link, form, texts, values, look.now);
            let definition = look.read.process_definition(&task.definition_id)?;
            shown.deployment = definition.map(|d| d.deployment_id).unwrap_or_default();
            Ok(shown)
        })
    }

    /// The forms of user tasks that somebody else draws, by the tasks' ids, their definitions and
    /// BPMN ids.
    pub fn form_links(
        &self,
        caller: &Caller,
        tasks: &[(String, String, String)],
    ) -> Result<Vec<Option<FormLink>>, DeskError> {
        self.look(caller, |look| {
            let link = |(task, definition, id): &(String, String, String)| {
                let process = look.core.catalog.process(look.read, definition).ok()?;
                let linked = process.node(id)?.linked_form()?;
                let values = match linked.is_literal() {
                    true => Map::new(),
                    false => {
                        let found = look.read.task_by_id(task).ok()??;
                        look.texts(&found, &Form::default(), false).ok()?.1
                    }
                };
                form::link(linked, look.now, &|name| values.get(name).cloned())
            };
            Ok(tasks.iter().map(link).collect())
        })
    }

    /// The start form of a definition.
    pub fn start_form_of(&self, caller: &Caller, id: &str) -> Result<ShownForm, DeskError> {
        self.look(caller, |look| {
            let process = look.core.catalog.process(look.read, id)?;
            let own = start::may_start(&process, look.user.as_ref());
            look.require(Operation::Start, own)?;
            let form = process.start_form().cloned().unwrap_or_default();
            let texts = form::texts(&form, &IndexMap::new(), look.now, |_| None);
            let linked = process.linked_start_form();
            let link = linked.and_then(|linked| form::link(linked, look.now, &|_| None));
            let mut shown = shown(link, form, texts, Map::new(), look.now);
            let definition = look.read.process_definition(id)?;
            shown.deployment = definition.map(|d| d.deployment_id).unwrap_or_default();
            Ok(shown)
        })
    }

    /// A file of a deployment, such as a form.
    pub fn form_file(
        &self,
        caller: &Caller,
        deployment: &str,
        name: &str,
    ) -> Result<Option<Vec<u8>>, DeskError> {
        self.look(caller, |look| {
            Ok(look.read.resource_named(deployment, name)?)
        })
    }

    /// The Camunda Form that a task of this deployment refers to. Versions count what is deployed.
    pub fn camunda_form(
        &self,
        caller: &Caller,
        deployment: &str,
        wanted: &FormReference,
    ) -> Result<Option<Vec<u8>>, DeskError> {
        self.look(caller, |look| {
            camunda_form::file(look.read, deployment, wanted)
        })
    }
}

/// A form with the values of its fields before the other variables.
fn shown(
    link: Option<FormLink>,
    form: Form,
    texts: IndexMap<String, String>,
    variables: Map,
    now: chrono::DateTime<chrono::Utc>,
) -> ShownForm {
    let mut values = Map::new();
    for field in &form.fields {
        let value = match variables.get(&field.id) {
            Some(value) => value.clone(),
            None if field.widget() == Widget::Secret => Value::Null,
            None => {
                let text = texts.get(&field.id).map(String::as_str).unwrap_or_default();
                let mut free = field.clone();
                free.constraints.clear();
                free.check(text, now).unwrap_or(Value::Null)
            }
        };
        values.insert(field.id.clone(), value);
    }
    for (name, value) in variables {
        values.entry(name).or_insert(value);
    }
    ShownForm {
        link,
        form,
        texts,
        values,
        deployment: String::new(),
    }
}

fn assigned(user: Option<String>) -> TaskPatch {
    TaskPatch {
        assignee: Some(user),
        ..TaskPatch::default()
    }
}

impl Act<'_, '_> {
    fn patch(&mut self, found: &TaskRow, patch: TaskPatch) -> Result<(), DeskError> {
        let task = found.task.id.clone();
        self.apply(&found.root_id, Command::UpdateTask { task, patch })
    }

    /// Variables that may be set from a task, secrets encrypted.
    fn checked_of(&mut self, found: &TaskRow, variables: Map) -> Result<Map, DeskError> {
        for name in variables.keys() {
            if let Some(operation) = launch::decides(name) {
                self.require(operation, false)?;
            }
        }
        if !found.root_id.is_empty() {
            let process = self
                .core
                .catalog
                .process(&self.tx.read(), &found.task.definition_id)?;
            let form = task::form(&process, &found.task);
            for name in variables.keys() {
                if insertion::is_of_another(&process, &form, name) {
                    self.require(Operation::SetVariables, false)?;
                }
            }
        }
        match found.root_id.as_str() {
            "" => Ok(variables),
            root => self.admit_into(root, &found.task.process_instance_id, &variables),
        }
    }

    /// Sets variables from a task.
    pub(super) fn set_in_task(
        &mut self,
        found: &TaskRow,
        variables: Map,
        local: bool,
    ) -> Result<(), DeskError> {
        let variables = self.checked_of(found, variables)?;
        if variables.is_empty() {
            return Ok(());
        }
        let command = Command::SetVariables {
            scope: found.task.id.clone(),
            variables,
            local,
        };
        self.apply(&found.root_id, command)
    }

    /// Writes rows and history of a task that belongs to no process: its root is the empty id.
    fn keep_alone(&mut self, changes: &[Change]) -> Result<(), DeskError> {
        self.tx.new_instance("")?;
        let by = self.by();
        Ok(self.tx.apply_changes("", changes, &by)?)
    }

    fn end_alone(&mut self, task: Task, reason: &str) -> Result<(), DeskError> {
        let names = self.tx.read().variables_alone(&task.id)?.into_keys();
        let mut changes: Vec<Change> = names
            .map(|name| Change::DeleteVariable(task.id.clone(), name))
            .collect();
        changes.push(Change::DeleteTask(task.id.clone()));
        let reason = reason.to_owned();
        changes.push(Change::Event(Event::TaskEnded { task, reason }));
        self.keep_alone(&changes)
    }

    /// What the engine does for the tasks of processes, for one that belongs to none.
    pub(super) fn apply_alone(&mut self, command: Command) -> Result<(), DeskError> {
        let found = |act: &Self, id: &str| {
            let row = act.tx.read().task_by_id(id)?;
            row.map(|row| row.task).ok_or_else(|| unknown(id))
        };
        match command {
            Command::Claim { task, user } => {
                let patch = assigned(Some(user));
                self.apply_alone(Command::UpdateTask { task, patch })
            }
            Command::UpdateTask { task, patch } => {
                let before = found(self, &task)?;
                let after = patch.applied(&before);
                if before == after {
                    return Ok(());
                }
                let mut changes = vec![Change::PutTask(after.clone())];
                if before.assignee != after.assignee {
                    let from = before.assignee;
                    changes.push(Change::Event(Event::TaskAssigned { task: after, from }));
                }
                self.keep_alone(&changes)
            }
            Command::SetVariables {
                scope, variables, ..
            } => {
                let variables = variables.into_iter().map(|(name, value)| {
                    Change::PutVariable(Variable {
                        id: self.core.ids.next(),
                        scope_id: scope.clone(),
                        process_instance_id: String::new(),
                        name,
                        value,
                    })
                });
                let changes: Vec<Change> = variables.collect();
                self.keep_alone(&changes)
            }
            Command::RemoveVariables { scope, names } => {
                let names = names.into_iter();
                let changes: Vec<Change> = names
                    .map(|name| Change::DeleteVariable(scope.clone(), name))
                    .collect();
                self.keep_alone(&changes)
            }
            _ => Err(DeskError::Engine(
                "the task belongs to no process, so that nothing can catch this".to_owned(),
            )),
        }
    }
}
