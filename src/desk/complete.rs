//! Filling in a task: drafts, preview, completion.

use super::act::Act;
use super::form;
use super::looked::Looked;
use super::permission::Operation;
use super::prepare::{self, bounded};
use super::preview::{notes, shown};
use super::vars::{self, VARIABLES};
use super::view::{DraftElsewhere, DraftSaved, Preview};
use super::{
    Caller, Desk, DeskError, FieldError, asked, camunda_form, insertion, launch, source, task,
};
use crate::crash;
use crate::engine::{Command, Task};
use crate::insert::{self, Cancel};
use crate::model::{Form, Widget};
use crate::store::Draft;
use crate::value::{Map, Value};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use std::time::Duration;

/// How long the query of a preview may take.
const PREVIEW_TIME: Duration = Duration::from_secs(5);
/// How many seconds a preview waits for somebody else's lock.
const PREVIEW_BUSY: u64 = 2;
/// Longest draft in bytes of JSON.
const LONGEST_DRAFT: usize = 1 << 20;

/// How a frame is taken to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// As it lies there; of a query the first rows.
    First,
    /// Captured.
    Whole,
    /// As it was captured before, if it was.
    Before,
}

/// How a task is completed, and so which forms hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// With the texts of the fields of its form, and nothing else.
    Form,
    /// With variables, those of its form held to it.
    Variables,
    /// With variables, those of a generated form held to it.
    Camunda,
}

/// What a form says, and the variables visible from its task.
pub(super) struct Planned {
    pub(super) values: Map,
    pub(super) variables: Map,
    /// The values as the process would get them, as far as they are right.
    typed: Map,
}

impl Desk {
    /// Saves what was typed; secrets are left out. `base` is the draft that it was typed over,
    /// by when that was saved. Where another desk of the same person has saved since, what that
    /// one says is kept beside this and told: nothing that was typed is lost.
    pub fn save_draft(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Result<DraftSaved, DeskError> {
        self.keep_draft(caller, id, values, base, false)
    }

    /// Takes the version that another desk saved, and keeps what was typed here in its place;
    /// done again, that comes back. Where there is none, or yet another was saved since `base`,
    /// it saves as [`Desk::save_draft`] does.
    pub fn swap_draft(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Result<DraftSaved, DeskError> {
        self.keep_draft(caller, id, values, base, true)
    }

    fn keep_draft(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
        swap: bool,
    ) -> Result<DraftSaved, DeskError> {
        let (id, values) = (id.to_owned(), values.clone());
        self.act(caller, move |act| {
            let found = act.tx.read().task(&id)?;
            act.may(Operation::FillIn, &found.task)?;
            let process = act.core.catalog.process(&act.tx.read(), &found.task.definition_id)?;
            let form = camunda_form::of_task(&act.tx.read(), &process, &found, act.now)?;
            let mut kept = values.clone();
            kept.retain(|name, text| {
                if name == VARIABLES && form.fields.is_empty() {
                    *text = vars::without(text, |name| prepare::secret(&process, name));
                    return true;
                }
                let field = form.fields.iter().find(|field| field.id == *name);
                let known = field.is_some() || insertion::is_patch(&form, name);
                known && !prepare::secret(&process, name)
            });
            let json = serde_json::to_string(&kept).unwrap_or_default();
            if json.len() > LONGEST_DRAFT {
                return Err(DeskError::Invalid(
                    "this is too much to keep as a draft; save the data frame to a file and name the file".to_owned(),
                ));
            }
            let user = act.name().unwrap_or_default().to_owned();
            let stored = match act.tx.read().draft(&found.task.id, &user)? {
                // Typed over what whoever had the task before has left.
                None => act
                    .tx
                    .read()
                    .last_draft(&found.task.id)?
                    .filter(|draft| Some(draft.saved) == base),
                own => own,
            };
            // What tells two drafts apart differs also within one millisecond.
            let next = stored.as_ref().map(|s| s.saved + TimeDelta::milliseconds(1));
            let saved = next.map_or(act.now, |next| next.max(act.now));
            let mut answer = DraftSaved {
                saved,
                elsewhere: None,
                taken: None,
            };
            let mut draft = Draft {
                json,
                saved,
                aside: None,
            };
            match stored {
                Some(other) if Some(other.saved) != base && other.json != draft.json => {
                    answer.elsewhere = Some(elsewhere(&other.json, other.saved));
                    draft.aside = Some((other.json, other.saved));
                }
                other => match other.and_then(|other| other.aside) {
                    Some((theirs, _)) if swap => {
                        answer.elsewhere = Some(elsewhere(&draft.json, saved));
                        answer.taken = Some(elsewhere(&theirs, saved).values);
                        draft.aside = Some((std::mem::replace(&mut draft.json, theirs), saved));
                    }
                    aside => draft.aside = aside,
                },
            }
            act.tx.put_draft(&found.task.id, &user, &draft)?;
            Ok(answer)
        })
    }

    /// What completing with these values would do, until the flag is raised or the task completed.
    pub fn preview(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
        cancel: &Cancel,
    ) -> Result<Preview, DeskError> {
        let (mut plan, planned) = self.rehearsed(caller, id, values, Take::First)?;
        let bytes = plan.frame.bytes;
        let patch = insertion::patch_of(&planned.values, insertion::FRAME);
        plan.frame = self.patched(plan.frame, patch)?;
        let asked = self.look(caller, |look| look.asked(id))?;
        (plan.references, plan.checks) = (asked.references, asked.checks);
        plan.check_time = PREVIEW_TIME;
        let task = self.look(caller, |look| Ok(look.read.task(id)?.task.id))?;
        let running = self.core.previews.begin(task, cancel);
        let cancel = cancel.with_deadline(insert::PATIENCE);
        let found = insert::preview(&plan, insert::SAMPLE, &cancel)?;
        drop(running);
        let mut notes = notes(&plan, &found);
        notes.extend(asked::notes(&found, asked.computed));
        notes.extend(self.foreseen(caller, id, (&planned, asked.computed), &found)?);
        let before = self.known_before(caller, &plan, (&found.name, &found.before))?;
        let mut preview = shown(found, bytes);
        preview.before = before;
        preview.notes.extend(notes);
        Ok(preview)
    }

    /// What the decision would say that a team has its insertions judged by, where what it sees is
    /// known beforehand; else that it is asked later.
    fn foreseen(
        &self,
        caller: &Caller,
        task: &str,
        (planned, computed): (&Planned, bool),
        found: &insert::Preview,
    ) -> Result<Option<String>, DeskError> {
        let Some(decision) = self.look(caller, |look| look.judge(task))? else {
            return Ok(None);
        };
        let later = format!(
            "the decision {decision} is asked once the rows are in the table, and before they stay"
        );
        let facts = match &found.asked {
            Some(Ok(facts)) if found.complete && !computed => facts,
            _ => return Ok(Some(later)),
        };
        let mut variables = planned.variables.clone();
        variables.extend(planned.typed.clone());
        variables.extend(facts.to_map());
        let Ok(answer) = self.decide(&decision, &variables) else {
            return Ok(Some(later));
        };
        let reason = answer.get("reason").map(Value::to_string);
        let reason = reason.filter(|reason| !reason.is_empty());
        let reason = reason
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        Ok(match answer.get("result").and_then(Value::as_i64) {
            Some(1) => Some(format!(
                "the decision {decision} would keep the rows{reason}"
            )),
            Some(_) => Some(format!("the decision {decision} would keep none{reason}")),
            None => Some(later),
        })
    }

    /// The insertion that values describe, with its frame taken like this, to be looked at before
    /// it is completed.
    pub(super) fn rehearsed(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
        take: Take,
    ) -> Result<(insert::Insertion, Planned), DeskError> {
        let (planned, connection, password, source, looked) = self.look(caller, |look| {
            let found = look.read.task(id)?;
            look.may(Operation::FillIn, &found.task)?;
            let form = look.form(&found.task)?;
            if !insertion::describes(&form) {
                return Err(DeskError::Invalid(
                    "this task inserts no data frame, so there is nothing to preview".to_owned(),
                ));
            }
            let (mut all, variables) = look.texts(&found, &form, true)?;
            all.extend(
                values
                    .iter()
                    .map(|(name, text)| (name.clone(), text.clone())),
            );
            let all: Map = all
                .into_iter()
                .map(|(name, text)| (name, text.into()))
                .collect();
            let connection = look.connection(insertion::connection_name(&all))?;
            if let Some(connection) = &connection {
                look.require_use(connection)?;
            }
            let typed = all.get(insertion::PASSWORD).and_then(Value::as_str);
            let typed = match typed.filter(|text| !text.is_empty()) {
                Some(text) => Some(insert::Password::new(text)),
                None => look.kept_password(&variables, &found.task.process_instance_id)?,
            };
            let (connection, password) = match connection {
                Some(connection) => {
                    let (connection, password) = look.own_entrance(connection, &all, typed)?;
                    (Some(connection), password)
                }
                None => (None, typed),
            };
            let source = look.source(&all)?;
            let looked = source.as_ref().map(|source| look.looked(id, source));
            let fields = form.fields.iter();
            let fields = fields.filter(|field| field.widget() != Widget::Secret);
            let fields = fields.filter_map(|field| {
                let text = all.get(&field.id).and_then(Value::as_str)?;
                Some((field.id.clone(), field.check(text, look.now).ok()?))
            });
            let planned = Planned {
                typed: fields.collect(),
                values: all,
                variables,
            };
            Ok((planned, connection, password, source, looked))
        })?;
        let values = &planned.values;
        let typed = values
            .get(insertion::FRAME)
            .and_then(Value::as_str)
            .unwrap_or_default();
        if typed.trim().is_empty() && source.is_none() {
            return Err(DeskError::Invalid(
                "no file is chosen, so there is nothing to preview; \
                 a worker that reads a location looks at it when it runs"
                    .to_owned(),
            ));
        }
        self.reachable(caller, values)?;
        let patched = insertion::patch_of(values, insertion::FRAME).is_some();
        let frames = &self.core.frames;
        let frame = match (source, self.kept_frame(caller, typed)?) {
            (Some(source), _) if take == Take::First && !patched => self.look_at_source(source)?,
            // What was fixed is of all of its rows, as they were then.
            (Some(source), _) => {
                self.captured_once(looked, patched || take == Take::Before, || {
                    self.capture_source(source)
                })?
            }
            (None, Some(frame)) => frame,
            (None, None) if take != Take::First => insertion::with_source(typed, |source| {
                let looked = match &source {
                    insert::Source::Path(path) => Looked::file(path),
                    _ => None,
                };
                self.captured_once(looked, true, || {
                    Ok(frames.capture(source, &mut |_, _| {}, &Cancel::new())?)
                })
            })?,
            (None, None) => insertion::with_source(typed, |source| frames.look(source))?,
        };
        let mut plan = insertion::insertion(
            values,
            connection.as_ref(),
            password,
            frame,
            self.forbidden_targets(),
        )
        .map_err(|error| DeskError::Fields(vec![error]))?;
        // Somebody waits in front of it, and nobody can stop it.
        plan.busy_seconds = PREVIEW_BUSY;
        plan.query_limits.time = PREVIEW_TIME;
        Ok((plan, planned))
    }

    /// Completes a task with the text of its form fields, checked by the form.
    pub fn complete_form(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
    ) -> Result<(), DeskError> {
        let given = values
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().into()));
        self.finish(caller, id, given.collect(), By::Form)
    }

    /// Completes a task with typed variables; those that are fields of its form are checked
    /// like what is typed into it. Fields left out keep their variable, else their default;
    /// drafts count for nothing here.
    pub fn complete(&self, caller: &Caller, id: &str, variables: Map) -> Result<(), DeskError> {
        self.finish(caller, id, variables, By::Variables)
    }

    /// Completes a task as Camunda does, which leaves Camunda Forms to those who draw them: only a
    /// generated form is held to.
    pub(super) fn complete_as_camunda(
        &self,
        caller: &Caller,
        id: &str,
        variables: Map,
    ) -> Result<(), DeskError> {
        self.finish(caller, id, variables, By::Camunda)
    }

    fn finish(&self, caller: &Caller, id: &str, given: Map, by: By) -> Result<(), DeskError> {
        let only_fields = by == By::Form;
        if given.is_empty() && caller.once().is_none() && self.finish_plain(caller, id)? {
            return Ok(());
        }
        let found = self.look(caller, |look| {
            let found = look.read.task(id)?;
            look.may(Operation::Complete, &found.task)?;
            if found.root_id.is_empty() {
                return Ok((found.task.id, None));
            }
            let process = look
                .core
                .catalog
                .process(look.read, &found.task.definition_id)?;
            let form = match by {
                By::Camunda => task::form(&process, &found.task),
                _ => camunda_form::of_task(look.read, &process, &found, look.now)?,
            };
            // Who says variables does not see the form, and so not what a draft holds.
            let (current, variables) = match form.fields.is_empty() {
                true => Default::default(),
                false => look.texts(&found, &form, only_fields)?,
            };
            let others = others(&form, &given, only_fields)?;
            let asked = form::asked(&form, &given, &current, &variables, look.now);
            if !only_fields {
                unasked(&form, &asked, &given)?;
            }
            for name in others.keys() {
                if prepare::capture(&process, name) {
                    return Err(prepare::captured(name));
                }
                if let Some(operation) = launch::decides(name) {
                    look.require(operation, false)?;
                }
                if insertion::is_of_another(&process, &form, name) {
                    look.require(Operation::SetVariables, false)?;
                }
            }
            let said = |name: &str| match given.get(name) {
                Some(value) => value.as_str(),
                None => current.get(name).map(String::as_str),
            };
            // A password goes where it was typed for, whoever sends the form.
            let stays = insertion::PLACE.iter().all(|name| {
                let before = variables.get(*name).and_then(Value::as_str);
                let before = before.unwrap_or_default().trim();
                before.is_empty() || said(name).unwrap_or_default().trim() == before
            });
            let (named, instance) = (said(insertion::CONNECTION), &found.task.process_instance_id);
            let reuse = look.may_reuse(named, stays, instance)?;
            let checked = form::check(&asked, &given, &current, look.now, |field| match variables
                .get(field)
            {
                Some(Value::Secret(handle)) if reuse || field != insertion::PASSWORD => {
                    Some(handle.clone())
                }
                _ => None,
            })?;
            let source = match insertion::describes(&form) {
                true => look.source(&checked.variables)?,
                false => None,
            };
            if insertion::describes(&form) {
                source::required(&form, &checked.variables, source.is_some())?;
            }
            let source = source.map(|source| (look.looked(&found.task.id, &source), source));
            // A worker that reads locations has its own ways to say how.
            let located = form.fields.iter().any(|field| field.id == source::LOCATION);
            if insertion::describes(&form) && !located {
                let name = insertion::connection_name(&checked.variables);
                let connection = look.connection(name)?;
                let faults = insertion::faults(&checked.variables, connection.as_ref());
                if !faults.is_empty() {
                    return Err(DeskError::Fields(faults));
                }
            }
            if insertion::describes(&form)
                && let Some(name) = insertion::connection_name(&checked.variables)
            {
                let found = look.connection(Some(name))?;
                let none = || DeskError::Fields(vec![insertion::no_connection(name)]);
                let found = found.ok_or_else(none)?;
                look.require_use(&found)?;
                insertion::place(&checked.variables, Some(&found))
                    .map_err(|error| DeskError::Fields(vec![error]))?;
                let secret = checked.variables.get(insertion::PASSWORD);
                let has_password = matches!(secret, Some(Value::Secret(_)))
                    || checked
                        .secrets
                        .iter()
                        .any(|(of, _)| of == insertion::PASSWORD);
                look.require_entrance(&found, &form, &checked.variables, has_password)?;
            }
            Ok((
                found.task.id,
                Some((found.root_id, checked, others, source)),
            ))
        })?;
        let (task_id, Some((root, checked, others, source))) = found else {
            return self.complete_alone(caller, &found.0);
        };
        bounded(&others)?;
        let mut checked = checked;
        if let Some((looked, source)) = source {
            let captured = self.capture_source(source)?;
            // Rows that are to be fixed again are these.
            self.core.looked.put(looked, &captured);
            checked
                .captured
                .push((insertion::FRAME.to_owned(), captured));
        }
        let mut prepared = self.prepare(caller, checked)?;
        prepared.variables.extend(others);
        self.reachable(caller, &prepared.variables)?;
        crash::point("desk.complete.before_write");
        let completed = task_id.clone();
        self.act(caller, move |act| {
            let task = act.open_task(&root, &task_id)?;
            act.may(Operation::Complete, &task)?;
            act.claim_open(&root, &task)?;
            act.keep_prepared(&root, &prepared)?;
            act.note_patches(&task.process_instance_id, &prepared)?;
            let (core, definition) = (act.core, &task.definition_id);
            let process = core.catalog.process(&act.tx.read(), definition)?;
            let mut variables = prepared.variables.clone();
            act.withhold(&root, &process, &mut variables)?;
            let command = Command::CompleteTask {
                task: task_id.clone(),
                user: act.name().map(str::to_owned),
                variables,
            };
            act.apply(&root, command)
        })?;
        self.core.previews.stop(&completed);
        crash::point("desk.complete.after_write");
        Ok(())
    }

    /// Completes a task that has no form, with nothing given: there is nothing to look at
    /// before. False when it has one.
    fn finish_plain(&self, caller: &Caller, id: &str) -> Result<bool, DeskError> {
        let id = id.to_owned();
        crash::point("desk.complete.before_write");
        let done = self.act(caller, move |act| {
            let root = match act.tx.read().root_of_task(&id)? {
                Some(root) => root,
                None => act.tx.read().task(&id)?.root_id,
            };
            if root.is_empty() {
                return Ok(false);
            }
            let task = act.open_task(&root, &id)?;
            act.may(Operation::Complete, &task)?;
            let catalog = &act.core.catalog;
            let process = catalog.process(&act.tx.read(), &task.definition_id)?;
            let node = process.node(&task.task_definition_key);
            let linked = node.is_some_and(|node| node.linked_form().is_some());
            if linked || !task::form(&process, &task).fields.is_empty() {
                return Ok(false);
            }
            act.claim_open(&root, &task)?;
            let command = Command::CompleteTask {
                task: task.id,
                user: act.name().map(str::to_owned),
                variables: Map::new(),
            };
            act.apply(&root, command)?;
            Ok(true)
        })?;
        crash::point("desk.complete.after_write");
        Ok(done)
    }
}

/// A draft that another desk of the same person saved.
pub(super) fn elsewhere(json: &str, saved: DateTime<Utc>) -> DraftElsewhere {
    DraftElsewhere {
        saved,
        values: serde_json::from_str(json).unwrap_or_default(),
    }
}

impl Act<'_, '_> {
    /// Claims a task that nobody has: whoever completes it has done it.
    fn claim_open(&mut self, root: &str, task: &Task) -> Result<(), DeskError> {
        match (&task.assignee, self.name().map(str::to_owned)) {
            (None, Some(user)) => {
                let task = task.id.clone();
                self.apply(root, Command::Claim { task, user })
            }
            _ => Ok(()),
        }
    }

    /// A task as the running instance has it now.
    fn open_task(&mut self, root: &str, id: &str) -> Result<Task, DeskError> {
        if let Ok(running) = self.tx.instance(root)
            && let Some(task) = running.task(id)
        {
            return Ok(task.clone());
        }
        // It has ended meanwhile: this says so.
        Ok(self.tx.read().task(id)?.task)
    }

    /// Checks a permission that depends on whose a task is.
    pub(super) fn may(&self, operation: Operation, task: &Task) -> Result<(), DeskError> {
        task::may(self.user.as_ref(), operation, task)
    }
}

/// Refuses values of fields that the form hides: they would be lost.
fn unasked(form: &Form, asked: &Form, given: &Map) -> Result<(), DeskError> {
    let has = |form: &Form, name: &str| form.fields.iter().any(|field| field.id == name);
    let hidden = given
        .iter()
        .filter(|(name, value)| !value.is_null() && has(form, name) && !has(asked, name));
    let errors: Vec<FieldError> = hidden.map(|(name, _)| form::needless(name)).collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(DeskError::Fields(errors)),
    }
}

/// What is given beside the fields of the form.
fn others(form: &Form, given: &Map, only_fields: bool) -> Result<Map, DeskError> {
    let mut others = Map::new();
    for (name, value) in given {
        match form.fields.iter().find(|field| field.id == *name) {
            Some(_) => {}
            None if insertion::is_patch(form, name) => {}
            None if only_fields => {
                return Err(DeskError::Fields(vec![FieldError {
                    field: name.clone(),
                    message: "the form has no such field".to_owned(),
                }]));
            }
            None if matches!(value, Value::Secret(_)) => {
                return Err(DeskError::Invalid(format!(
                    "{name}: a secret can only be typed into its field"
                )));
            }
            None => drop(others.insert(name.clone(), value.clone())),
        }
    }
    Ok(others)
}
