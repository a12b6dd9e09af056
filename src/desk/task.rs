//! User tasks: the inbox, one task with its form, and who has it.

use super::act::Act;
use super::permission::{Operation, require};
use super::view::{Page, Role, TaskDetail, TaskQuery, TaskView, User, Variables};
use super::{
    Caller, Desk, DeskError, Look, camunda_form, complete, external, form, insertion, launch,
    reminder, team,
};
use crate::crash;
use crate::engine::{Command, Task, TaskPatch};
use crate::model::{Form, NodeKind, Process};
use crate::store::{Draft, TaskFilter, TaskRow, TaskScope};
use crate::value::{Map, Value, json};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;

/// Tasks in a page unless told otherwise.
const PAGE: usize = 200;

impl Desk {
    /// Tasks that the caller may see, the most urgent first.
    pub fn tasks(&self, caller: &Caller, query: &TaskQuery) -> Result<Page<TaskView>, DeskError> {
        self.look(caller, |look| {
            let Some(scope) = look.scope(query)? else {
                return Ok(Page {
                    items: Vec::new(),
                    total: 0,
                });
            };
            let filter = TaskFilter {
                scope,
                text: query.text.clone(),
                overdue: query.overdue,
                due_before: query.due_before,
                came_back: query.came_back,
                process_key: query.key.clone(),
                process_instance_id: query.process_instance_id.clone(),
                ..TaskFilter::default()
            };
            let limit = if query.limit == 0 { PAGE } else { query.limit };
            let rows = look.read.tasks(&filter, look.now, query.offset, limit)?;
            let all = rows.len() < limit && (query.offset == 0 || !rows.is_empty());
            let total = match all {
                true => (query.offset + rows.len()) as u64,
                false => look.read.count_tasks(&filter, look.now)?,
            };
            Ok(Page {
                items: rows.into_iter().map(view).collect(),
                total,
            })
        })
    }

    /// A task in full, by its id or by the unambiguous beginning or end of one.
    pub fn task(&self, caller: &Caller, id: &str) -> Result<TaskDetail, DeskError> {
        self.look(caller, |look| {
            let found = look.read.task(id)?;
            look.may(Operation::SeeTask, &found.task)?;
            look.task_detail(found)
        })
    }

    /// Takes a task. Of two who ask at once the first gets it, the other hears who has it.
    pub fn claim(&self, caller: &Caller, id: &str) -> Result<TaskView, DeskError> {
        self.change(caller, id, |act, task| {
            if task.assignee.is_none() || act.is(task.assignee.as_deref()) {
                act.may(Operation::Claim, task)?;
            } else if let Some(by) = task.assignee.clone() {
                return Err(DeskError::AlreadyClaimed { by });
            }
            let user = act
                .name()
                .ok_or_else(|| DeskError::Invalid("a task is claimed by a person".to_owned()))?;
            Ok(Command::Claim {
                task: task.id.clone(),
                user: user.to_owned(),
            })
        })
    }

    /// Gives a task back to those who may claim it.
    pub fn unclaim(&self, caller: &Caller, id: &str) -> Result<TaskView, DeskError> {
        self.change(caller, id, |act, task| {
            act.require(Operation::Unclaim, act.is(task.assignee.as_deref()))?;
            Ok(patch(
                task,
                TaskPatch {
                    assignee: Some(None),
                    ..TaskPatch::default()
                },
            ))
        })
    }

    /// Gives a task to somebody, or to nobody.
    pub fn assign(
        &self,
        caller: &Caller,
        id: &str,
        user: Option<&str>,
    ) -> Result<TaskView, DeskError> {
        let user = user.map(str::to_owned);
        self.change(caller, id, move |act, task| {
            act.require(Operation::Assign, act.is(task.assignee.as_deref()))?;
            if let Some(user) = &user {
                act.team()?.person(user)?;
            }
            Ok(patch(
                task,
                TaskPatch {
                    assignee: Some(user.clone()),
                    ..TaskPatch::default()
                },
            ))
        })
    }

    /// Moves the due date, and the reminder with it.
    pub fn set_due(
        &self,
        caller: &Caller,
        id: &str,
        due: Option<DateTime<Utc>>,
    ) -> Result<TaskView, DeskError> {
        self.change(caller, id, move |act, task| {
            act.require(Operation::SetDue, false)?;
            let root = act.tx.read().task(&task.id)?.root_id;
            let instance = act.tx.instance(&root)?;
            let known = instance
                .variable(&task.process_instance_id, launch::REMIND_AT)
                .is_some();
            let mut variables = Map::new();
            if known {
                let remind = due.and_then(|due| reminder::remind_at(act.now, due));
                variables.insert(launch::REMIND_AT.to_owned(), remind.into());
            }
            Ok(patch(
                task,
                TaskPatch {
                    due: Some(due),
                    variables,
                    ..TaskPatch::default()
                },
            ))
        })
    }

    /// Sets the priority.
    pub fn set_priority(
        &self,
        caller: &Caller,
        id: &str,
        priority: i32,
    ) -> Result<TaskView, DeskError> {
        self.change(caller, id, move |act, task| {
            act.require(Operation::SetPriority, false)?;
            if !(0..=100).contains(&priority) {
                return Err(DeskError::Invalid(
                    "a priority is a whole number from 0 to 100".to_owned(),
                ));
            }
            Ok(patch(
                task,
                TaskPatch {
                    priority: Some(priority),
                    ..TaskPatch::default()
                },
            ))
        })
    }

    /// Applies one command to one task and shows the task after it.
    fn change(
        &self,
        caller: &Caller,
        id: &str,
        command: impl Fn(&mut Act<'_, '_>, &Task) -> Result<Command, DeskError> + Send + 'static,
    ) -> Result<TaskView, DeskError> {
        let id = id.to_owned();
        crash::point("desk.task.before_write");
        let view = self.act(caller, move |act| {
            let found = act.tx.read().task(&id)?;
            let command = command(act, &found.task)?;
            act.apply(&found.root_id, command)?;
            let read = act.tx.read();
            Ok(view(read.task(&found.task.id)?))
        })?;
        crash::point("desk.task.after_write");
        Ok(view)
    }
}

fn patch(task: &Task, patch: TaskPatch) -> Command {
    Command::UpdateTask {
        task: task.id.clone(),
        patch,
    }
}

/// The form of a task; empty when the model has none.
pub(super) fn form(process: &Process, task: &Task) -> Form {
    match process
        .node(&task.task_definition_key)
        .map(|node| &node.kind)
    {
        Some(NodeKind::UserTask(user_task)) => user_task.form.clone().unwrap_or_default(),
        _ => Form::default(),
    }
}

/// Checks a permission that depends on whose a task is: one's own is what is assigned to one
/// or, while nobody has it, offered to one.
pub(super) fn may(user: Option<&User>, operation: Operation, task: &Task) -> Result<(), DeskError> {
    let Some(user) = user else {
        return Ok(());
    };
    let own = match &task.assignee {
        Some(assignee) => *assignee == user.id,
        None => team::offered(user, &task.candidate_users, &task.candidate_groups),
    };
    require(user.role, operation, own)
}

impl Look<'_, '_> {
    /// Whose tasks a query means; none when the caller may see none of them.
    fn scope(&self, query: &TaskQuery) -> Result<Option<TaskScope>, DeskError> {
        let Some(User {
            id: user,
            role,
            groups,
            ..
        }) = self.user.clone()
        else {
            return Ok(Some(TaskScope::All));
        };
        require(role, Operation::SeeTask, true)?;
        Ok(match (&query.assignee, query.mine, query.claimable) {
            (Some(other), _, _) if role == Role::Head => Some(TaskScope::Assignee(other.clone())),
            (Some(other), _, _) if *other != user => None,
            (Some(_), _, _) | (None, true, false) => Some(TaskScope::Assignee(user)),
            (None, false, true) => Some(TaskScope::Claimable { user, groups }),
            (None, false, false) if role == Role::Head => Some(TaskScope::All),
            (None, ..) => Some(TaskScope::Inbox { user, groups }),
        })
    }

    pub(super) fn may(&self, operation: Operation, task: &Task) -> Result<(), DeskError> {
        may(self.user.as_ref(), operation, task)
    }

    pub(super) fn form(&self, task: &Task) -> Result<Form, DeskError> {
        if task.definition_id.is_empty() {
            return Ok(Form::default());
        }
        let process = self.core.catalog.process(self.read, &task.definition_id)?;
        Ok(form(&process, task))
    }

    /// The form that people fill in here.
    pub(super) fn filled_in(&self, found: &TaskRow) -> Result<Form, DeskError> {
        let definition = &found.task.definition_id;
        if definition.is_empty() {
            return Ok(Form::default());
        }
        let process = self.core.catalog.process(self.read, definition)?;
        camunda_form::of_task(self.read, &process, found, self.now)
    }

    /// The text of each field of a task's form, with or without what a draft says, and the
    /// variables visible from the task.
    pub(super) fn texts(
        &self,
        found: &TaskRow,
        form: &Form,
        drafts: bool,
    ) -> Result<(IndexMap<String, String>, Map), DeskError> {
        let variables = match self.read.running(&found.root_id)? {
            Some(instance) => external::visible(&instance, &found.task.execution_id),
            None => Map::new(),
        };
        let draft = match drafts {
            true => self.draft(&found.task.id)?,
            false => None,
        };
        let draft = draft.map(|draft| serde_json::from_str(&draft.json).unwrap_or_default());
        let draft = draft.unwrap_or_default();
        let texts = form::texts(form, &draft, self.now, |name| variables.get(name).cloned());
        Ok((texts, variables))
    }

    /// One's own draft of a task, else the last one that anybody saved: drafts belong to the
    /// task, whoever has it now.
    fn draft(&self, task: &str) -> Result<Option<Draft>, DeskError> {
        let user = self.user.as_ref().map_or("", |user| user.id.as_str());
        match self.read.draft(task, user)? {
            Some(own) => Ok(Some(own)),
            None => Ok(self.read.last_draft(task)?),
        }
    }

    fn task_detail(&self, found: TaskRow) -> Result<TaskDetail, DeskError> {
        let form = self.filled_in(&found)?;
        let (values, variables) = self.texts(&found, &form, true)?;
        let draft = self.draft(&found.task.id)?;
        let back = found.task.round > 1;
        let refusals = match variables.get(insertion::REFUSALS) {
            Some(Value::Json(rows)) if back => {
                serde_json::from_value(rows.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let refused = variables.get(insertion::REFUSED).and_then(Value::as_i64);
        Ok(TaskDetail {
            insertion: insertion::describes(&form),
            values,
            draft_saved: draft.as_ref().map(|draft| draft.saved),
            draft_elsewhere: draft
                .and_then(|draft| draft.aside)
                .map(|(json, saved)| complete::elsewhere(&json, saved)),
            reason: insertion::reason(|name| variables.get(name).cloned()).filter(|_| back),
            refused: refused
                .filter(|_| back)
                .and_then(|n| n.try_into().ok())
                .unwrap_or_default(),
            refusals,
            variables: shown(&variables),
            form,
            task: view(found),
        })
    }
}

/// A task as lists show it.
pub(super) fn view(row: TaskRow) -> TaskView {
    let task = row.task;
    TaskView {
        name: task.label().to_owned(),
        id: task.id,
        title: row.title,
        description: task.description,
        assignee: task.assignee,
        owner: task.owner,
        created: task.created,
        due: task.due,
        first_due: task.first_due,
        follow_up: task.follow_up,
        priority: task.priority,
        execution_id: task.execution_id,
        process_instance_id: task.process_instance_id,
        process_definition_id: task.definition_id,
        process_definition_key: row.process_key,
        process_definition_name: row.process_name,
        task_definition_key: task.task_definition_key,
        business_key: row.business_key,
        candidate_users: task.candidate_users,
        candidate_groups: task.candidate_groups,
        start_user_id: row.start_user,
        round: task.round,
        came_back: task.round > 1,
        suspended: row.suspended,
    }
}

/// Variables as they are shown: typed, secrets masked.
pub(super) fn shown(variables: &Map) -> Variables {
    let show = |value: &Value| {
        let mut typed = json::typed(value, true);
        if matches!(value, Value::Secret(_)) {
            typed["valueInfo"]["secret"] = true.into();
        }
        typed
    };
    let named = variables.iter();
    named
        .map(|(name, value)| (name.clone(), show(value)))
        .collect()
}
