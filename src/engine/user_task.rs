//! User tasks: created, claimed, changed, completed.

use super::change::Event;
use super::command::TaskPatch;
use super::error::Error;
use super::expression::Whence;
use super::instance::Key;
use super::propagate::BpmnError;
use super::run::{At, Run, Step, not_found};
use super::state::*;
use crate::juel::Template;
use crate::model::NodeKind;
use crate::model::graph::UserTask;
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

impl Run<'_> {
    /// Makes the task of a user task that was entered.
    pub(super) fn create_task(&mut self, at: &At, user_task: &UserTask) -> Result<(), Error> {
        let node = at.node();
        let whence = Whence::of(at);
        let text = |run: &mut Self, template: &Option<Template>| match template {
            Some(template) => run.eval_text(template, whence),
            None => Ok(None),
        };
        let name = match &user_task.name {
            Some(name) => self.eval(name, whence)?.to_string(),
            None => node.name.clone().unwrap_or_default(),
        };
        let priority = match &user_task.priority {
            Some(priority) => self.eval_number(priority, whence)?,
            None => None,
        };
        let due = self.task_date(at, &user_task.due_date)?;
        let visits = self.visit(at, due)?;
        let task = Task {
            execution_id: at.id().clone(),
            process_instance_id: at.execution.process_instance_id.clone(),
            definition_id: at.definition_id.clone(),
            task_definition_key: node.id.clone(),
            name,
            description: text(self, &user_task.description)?,
            assignee: text(self, &user_task.assignee)?.filter(|user| !user.is_empty()),
            owner: None,
            candidate_users: self.candidates(at, &user_task.candidate_users)?,
            candidate_groups: self.candidates(at, &user_task.candidate_groups)?,
            priority: priority.map_or(50, clamp),
            created: self.now,
            due,
            first_due: visits.first_due,
            follow_up: self.task_date(at, &user_task.follow_up_date)?,
            round: visits.count,
            id: self.new_id(),
        };
        let (id, assigned) = (task.id.clone(), task.assignee.is_some());
        self.journal.put(task.clone());
        self.event(Event::TaskCreated { task });
        self.arm_task_timeouts(at, user_task)?;
        self.task_listeners(at, &id, "create")?;
        let assignee = self.task(&id)?.assignee.is_some();
        if assigned || assignee {
            self.task_listeners(at, &id, "assignment")?;
        }
        Ok(())
    }

    fn task_date(
        &mut self,
        at: &At,
        template: &Option<Template>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        match template {
            Some(template) => {
                let value = self.eval(template, Whence::of(at))?;
                self.date(value, template, at.place())
            }
            None => Ok(None),
        }
    }

    /// Each expression gives a name, several with commas between, or a list.
    fn candidates(&mut self, at: &At, templates: &[Template]) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = Vec::new();
        for template in templates {
            let value = self.eval(template, Whence::of(at))?;
            let texts = match value {
                Value::Null => Vec::new(),
                Value::List(items) => items,
                Value::Json(serde_json::Value::Array(items)) => {
                    items.iter().map(crate::value::json::from_plain).collect()
                }
                one => vec![one],
            };
            for text in texts {
                let Value::String(text) = text else {
                    return Err(Error::BadValue {
                        at: at.place(),
                        cause: format!(
                            "'{}' gives a {}; expected names as text or a list of texts",
                            template.source(),
                            text.type_name()
                        ),
                    });
                };
                for name in text.split(',').map(str::trim) {
                    if !name.is_empty() && !names.iter().any(|known| known == name) {
                        names.push(name.to_owned());
                    }
                }
            }
        }
        Ok(names)
    }

    pub(super) fn task(&self, id: &str) -> Result<&Task, Error> {
        let found = self.instance().task(id);
        found.ok_or_else(|| not_found("task", id))
    }

    /// A task that may be worked on, with its node.
    fn open_task(&self, id: &str) -> Result<(Task, At), Error> {
        let task = self.task(id)?.clone();
        self.check_active(&task.process_instance_id)?;
        let at = self.at(&task.execution_id)?;
        Ok((task, at))
    }

    pub(super) fn claim(&mut self, id: &str, user: &str) -> Result<(), Error> {
        let (task, _) = self.open_task(id)?;
        match task.assignee {
            Some(by) if by != user => Err(Error::TaskAlreadyClaimed { task: task.id, by }),
            Some(_) => Ok(()),
            None => self.update_task(
                id,
                TaskPatch {
                    assignee: Some(Some(user.to_owned())),
                    ..TaskPatch::default()
                },
            ),
        }
    }

    pub(super) fn complete_task(&mut self, id: &str, variables: Map) -> Result<(), Error> {
        let (_, at) = self.open_task(id)?;
        self.set_variables(id, variables)?;
        self.task_listeners(&at, id, "complete")?;
        self.remove_attached(Key::Task(id.to_owned()), "completed");
        self.push(Step::Leave(at.id().clone()));
        Ok(())
    }

    /// A person or worker escalates a task.
    pub(super) fn escalate_task(
        &mut self,
        id: &str,
        code: &str,
        variables: Map,
    ) -> Result<(), Error> {
        let (_, at) = self.open_task(id)?;
        self.set_variables(id, variables)?;
        self.escalate_in(&at, code)
    }

    /// A person reports a BPMN error in a task.
    pub(super) fn task_error(
        &mut self,
        id: &str,
        code: &str,
        message: Option<&str>,
        variables: Map,
    ) -> Result<(), Error> {
        let (_, at) = self.open_task(id)?;
        self.set_variables(id, variables)?;
        self.throw_in(&at, BpmnError::new(code, message))
    }

    /// Changes a task; listeners hear of it, and boundary timers follow its due date.
    pub(super) fn update_task(&mut self, id: &str, patch: TaskPatch) -> Result<(), Error> {
        let (before, at) = self.open_task(id)?;
        let task = patch.applied(&before);
        let (changed, reassigned) = (task != before, task.assignee != before.assignee);
        self.change_task(&before, task)?;
        self.set_variables(id, patch.variables)?;
        if let Some(due) = patch.due {
            if let Some(name) = due_variable(&at) {
                self.set_variable(id, name, due.into())?;
            }
            self.reschedule_boundary_timers(&at)?;
        }
        if changed {
            self.task_listeners(&at, id, "update")?;
        }
        if reassigned {
            self.task_listeners(&at, id, "assignment")?;
        }
        Ok(())
    }

    /// Stores a changed task and tells what differs.
    fn change_task(&mut self, before: &Task, task: Task) -> Result<(), Error> {
        if *before == task {
            return Ok(());
        }
        self.journal.put(task.clone());
        if before.first_due != task.first_due {
            self.remember_due(&task)?;
        }
        if before.assignee != task.assignee {
            self.event(Event::TaskAssigned {
                task: task.clone(),
                from: before.assignee.clone(),
            });
        }
        let (old, new) = (properties(before), properties(&task));
        for ((property, from), (_, to)) in old.into_iter().zip(new) {
            if from != to {
                self.event(Event::TaskUpdated {
                    task: task.clone(),
                    property,
                    from,
                    to,
                });
            }
        }
        Ok(())
    }

    /// The time of a task listener has come.
    pub(super) fn task_times_out(&mut self, at: &At, job: &Job) -> Result<(), Error> {
        self.repeat_timer(at, job)?;
        let process = at.process.clone();
        let NodeKind::UserTask(user_task) = &process.nodes[at.node_ix].kind else {
            return Ok(());
        };
        let name = job.activity_id.split_once('#').map(|(_, name)| name);
        let task = self
            .attached(at.id())
            .into_iter()
            .find_map(|key| match key {
                Key::Task(id) => Some(id),
                _ => None,
            });
        let Some(task) = task else {
            return Ok(());
        };
        for listener in &user_task.listeners {
            let timeout = listener.timeout.as_ref().map(|(name, _)| name.as_str());
            if timeout.is_some() && timeout == name {
                let whence = Whence::of(at).task(&task).event("timeout");
                self.eval_script(&listener.script, whence)?;
            }
        }
        Ok(())
    }

    /// Evaluates the task listeners for this event.
    pub(super) fn task_listeners(&mut self, at: &At, task: &str, event: &str) -> Result<(), Error> {
        if self.skip.listeners {
            return Ok(());
        }
        let NodeKind::UserTask(user_task) = &at.node().kind else {
            return Ok(());
        };
        for listener in &user_task.listeners {
            if listener.event == event {
                let whence = Whence::of(at).task(task).event(event);
                self.eval_script(&listener.script, whence)
                    .map_err(|e| e.within(&format!("task listener '{event}'")))?;
            }
        }
        Ok(())
    }

    /// A method of `task` in an expression; false if there is none of that name.
    pub(super) fn call_on_task(
        &mut self,
        id: &str,
        method: &str,
        args: &[Value],
    ) -> Result<bool, String> {
        let before = self.task(id).map_err(|e| e.to_string())?.clone();
        let mut task = before.clone();
        match (method, args) {
            ("setName", [Value::String(name)]) => task.name.clone_from(name),
            ("setDescription", [text]) => task.description = text_or_null(text)?,
            ("setAssignee", [user]) => task.assignee = text_or_null(user)?,
            ("setOwner", [user]) => task.owner = text_or_null(user)?,
            ("setPriority", [number]) => match number.as_i64() {
                Some(number) => task.priority = clamp(number),
                None => return Err("expected a whole number".to_owned()),
            },
            ("setDueDate", [date]) => {
                task.due = date_or_null(date)?;
                task.first_due = task.first_due.or(task.due);
            }
            ("setFollowUpDate", [date]) => task.follow_up = date_or_null(date)?,
            ("addCandidateUser", [Value::String(user)]) => add(&mut task.candidate_users, user),
            ("addCandidateGroup", [Value::String(group)]) => add(&mut task.candidate_groups, group),
            ("deleteCandidateUser", [Value::String(user)]) => {
                task.candidate_users.retain(|known| known != user);
            }
            ("deleteCandidateGroup", [Value::String(group)]) => {
                task.candidate_groups.retain(|known| known != group);
            }
            _ => return Ok(false),
        }
        self.change_task(&before, task).map_err(|e| e.to_string())?;
        Ok(true)
    }
}

/// The variable that the due date comes from: `x` of `camunda:dueDate="${x}"` or of
/// `${execution.getVariable('x')}`.
fn due_variable(at: &At) -> Option<&str> {
    match &at.node().kind {
        NodeKind::UserTask(task) => task.due_date.as_ref()?.as_variable(),
        _ => None,
    }
}

/// The attributes whose changes are told one by one, as text.
fn properties(task: &Task) -> [(&'static str, Option<String>); 8] {
    let date = |date: Option<DateTime<Utc>>| date.map(crate::value::time::camunda);
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join(","));
    [
        ("name", Some(task.name.clone())),
        ("description", task.description.clone()),
        ("owner", task.owner.clone()),
        ("dueDate", date(task.due)),
        ("followUpDate", date(task.follow_up)),
        ("priority", Some(task.priority.to_string())),
        ("candidateUsers", list(&task.candidate_users)),
        ("candidateGroups", list(&task.candidate_groups)),
    ]
}

fn clamp(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

fn text_or_null(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        other => Err(format!("expected text, not a {}", other.type_name())),
    }
}

fn date_or_null(value: &Value) -> Result<Option<DateTime<Utc>>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Date(date) => Ok(Some(*date)),
        other => Err(format!("expected a Date, not a {}", other.type_name())),
    }
}
