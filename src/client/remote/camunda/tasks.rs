//! Tasks by Camunda's paths: the list, one with its form, and what is done to it.

use super::{MOST, TASKS, Tasklist, instant, text};
use crate::client::model::Form;
use crate::client::model::form::{Given, sayer};
use crate::client::remote::ask::{path, query};
use crate::client::remote::desk::typed;
use crate::client::remote::form;
use crate::client::{
    Answer, DeskError, Page, Status, TaskDetail, TaskQuery, TaskView, Variables, Workload,
};
use crate::desk::form as fields;
use crate::value::{Map, json as values, time};
use chrono::{DateTime, Utc};
use hyper::Method;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is told of an instance beside its task.
#[derive(Clone, Default)]
pub(super) struct Beside {
    pub(super) title: Option<String>,
    business_key: Option<String>,
    start_user_id: Option<String>,
}

/// The text that each field starts with.
pub(super) fn texts(
    form: &Form,
    draft: &IndexMap<String, String>,
    found: &IndexMap<String, Json>,
) -> IndexMap<String, String> {
    fields::texts(form, draft, Utc::now(), |name| {
        values::from_typed(found.get(name)?).ok()
    })
}

/// What was given for a form, checked by it, as variables.
pub(super) fn checked(form: &Form, given: Map, texts: &IndexMap<String, String>) -> Answer<Map> {
    let checked = fields::check(form, &given, texts, Utc::now(), |_| None)?;
    let mut variables = checked.variables;
    for (field, clear) in checked.secrets {
        variables.insert(field, clear.expose().into());
    }
    let known = |name: &String| form.fields.iter().any(|field| field.id == *name);
    variables.extend(given.into_iter().filter(|(name, _)| !known(name)));
    Ok(variables)
}

impl Tasklist {
    /// Tasks as Camunda tells of them, and how many there are: a list too long to be looked at
    /// is looked at in part.
    fn found(&self, query: &TaskQuery, now: DateTime<Utc>) -> Answer<(Vec<Json>, u64)> {
        let mut asked = json!({});
        if query.mine {
            asked["assignee"] = json!(self.user);
        } else if let Some(assignee) = &query.assignee {
            asked["assignee"] = json!(assignee);
        }
        if query.claimable {
            asked["candidateUser"] = json!(self.user);
            asked["unassigned"] = json!(true);
        }
        let overdue = query.overdue.then_some(now);
        let before = query
            .due_before
            .map(|at| overdue.map_or(at, |now| at.min(now)));
        if let Some(before) = before.or(overdue) {
            asked["dueBefore"] = json!(time::camunda(before));
        }
        if let Some(key) = &query.key {
            asked["processDefinitionKey"] = json!(key);
        }
        if let Some(id) = &query.process_instance_id {
            asked["processInstanceId"] = json!(id);
        }
        asked["sorting"] = json!([
            { "sortBy": "dueDate", "sortOrder": "asc" },
            { "sortBy": "priority", "sortOrder": "desc" },
            // So that pages meet.
            { "sortBy": "id", "sortOrder": "asc" },
        ]);
        let mut found: Vec<Json> = Vec::new();
        let mut seen = HashSet::new();
        for first in (0..TASKS).step_by(MOST) {
            let (first, most) = (first.to_string(), MOST.to_string());
            let pairs = [("firstResult", first.as_str()), ("maxResults", &most)];
            let page: Vec<Json> = self.ask.look(super::query(&["task"], &pairs), &asked)?;
            let last = page.len() < MOST;
            // Between two pages the list may have moved on.
            found.extend(
                page.into_iter()
                    .filter(|task| seen.insert(text(task, "id"))),
            );
            if last {
                let total = found.len() as u64;
                return Ok((found, total));
            }
        }
        if let Some(asked) = asked.as_object_mut() {
            asked.remove("sorting");
        }
        let count: Json = self.ask.look(path(&["task", "count"]), &asked)?;
        let total = count["count"].as_u64().unwrap_or_default();
        let total = total.max(found.len() as u64);
        Ok((found, total))
    }

    /// The list, the most urgent first.
    pub(super) fn list(&self, query: &TaskQuery) -> Answer<Page<TaskView>> {
        let now = Utc::now();
        let (found, there) = self.found(query, now)?;
        let unseen = there - found.len() as u64;
        let mut views = self.views(found)?;
        views.retain(|task| !query.came_back || task.came_back);
        if let Some(wanted) = &query.text {
            let wanted = wanted.to_lowercase();
            let has = |text: &Option<String>| {
                text.as_ref()
                    .is_some_and(|text| text.to_lowercase().contains(&wanted))
            };
            views.retain(|task| {
                has(&Some(task.name.clone())) || has(&task.title) || has(&task.business_key)
            });
        }
        // Without a due date comes last, wherever the server's database puts it.
        views.sort_by_key(|task| {
            let due = task.due.unwrap_or(DateTime::<Utc>::MAX_UTC);
            (due, -i64::from(task.priority), task.created)
        });
        // Of those out of sight nobody knows whether they have the text.
        let total = views.len() as u64 + unseen;
        let limit = match query.limit {
            0 => 200,
            limit => limit,
        };
        let items = views.into_iter().skip(query.offset).take(limit).collect();
        Ok(Page { items, total })
    }

    /// One task.
    pub(super) fn view(&self, id: &str) -> Answer<TaskView> {
        let task: Json = self.ask.get(path(&["task", id]))?;
        let mut views = self.views(vec![task])?;
        views
            .pop()
            .ok_or_else(|| DeskError::NotFound(format!("there is no task {id}")))
    }

    /// Tasks with what stands beside them: two requests for so many at once.
    fn views(&self, tasks: Vec<Json>) -> Answer<Vec<TaskView>> {
        let mut ids: Vec<String> = tasks
            .iter()
            .filter_map(|task| text(task, "processInstanceId"))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let beside = self.beside(&ids);
        tasks
            .into_iter()
            .map(|task| {
                let definition_id = text(&task, "processDefinitionId").unwrap_or_default();
                let definition = match definition_id.is_empty() {
                    true => None,
                    false => self.definition(&definition_id).ok(),
                };
                let instance = text(&task, "processInstanceId").unwrap_or_default();
                let beside = beside.get(&instance).cloned().unwrap_or_default();
                let key = text(&task, "taskDefinitionKey").unwrap_or_default();
                Ok(TaskView {
                    id: text(&task, "id").unwrap_or_default(),
                    name: text(&task, "name").unwrap_or_else(|| key.clone()),
                    title: beside.title,
                    description: text(&task, "description"),
                    assignee: text(&task, "assignee"),
                    owner: text(&task, "owner"),
                    created: instant(&task, "created").unwrap_or_default(),
                    due: instant(&task, "due"),
                    first_due: instant(&task, "due"),
                    follow_up: instant(&task, "followUp"),
                    priority: task["priority"].as_i64().unwrap_or(50) as i32,
                    execution_id: text(&task, "executionId").unwrap_or_default(),
                    process_instance_id: instance,
                    process_definition_id: definition_id,
                    process_definition_key: definition
                        .as_ref()
                        .map(|d| d.key.clone())
                        .unwrap_or_default(),
                    process_definition_name: definition.and_then(|d| d.name),
                    task_definition_key: key,
                    business_key: beside.business_key,
                    candidate_users: Vec::new(),
                    candidate_groups: Vec::new(),
                    start_user_id: beside.start_user_id,
                    round: 1,
                    came_back: false,
                    suspended: task["suspended"].as_bool().unwrap_or(false),
                })
            })
            .collect()
    }

    /// Titles and business keys of instances; what may not be seen is left out.
    pub(super) fn beside(&self, ids: &[String]) -> HashMap<String, Beside> {
        let pages = ids.chunks(MOST).map(|ids| self.beside_some(ids));
        pages.flatten().collect()
    }

    fn beside_some(&self, ids: &[String]) -> HashMap<String, Beside> {
        let mut found: HashMap<String, Beside> = HashMap::new();
        let to = query(&["history", "process-instance"], &[]);
        let rows: Answer<Vec<Json>> = self.ask.look(to, &json!({ "processInstanceIds": ids }));
        for row in rows.unwrap_or_default() {
            let beside = found.entry(text(&row, "id").unwrap_or_default());
            let beside = beside.or_default();
            beside.business_key = text(&row, "businessKey");
            beside.start_user_id = text(&row, "startUserId");
        }
        let asked = json!({ "processInstanceIdIn": ids, "variableName": "title" });
        let rows: Answer<Vec<Json>> = self.ask.look(path(&["variable-instance"]), &asked);
        for row in rows.unwrap_or_default() {
            let instance = text(&row, "processInstanceId").unwrap_or_default();
            found.entry(instance).or_default().title = text(&row, "value");
        }
        found
    }

    pub(super) fn fields(&self, task: &TaskView) -> Answer<(Form, IndexMap<String, Json>)> {
        let bpmn = match task.process_definition_id.is_empty() {
            true => None,
            false => Some(self.bpmn(&task.process_definition_id)?),
        };
        let drawn = bpmn.and_then(|bpmn| {
            form::of_task(
                &bpmn,
                &task.process_definition_key,
                &task.task_definition_key,
            )
        });
        let to = ["task", &task.id, "form-variables"];
        let found: Answer<IndexMap<String, Json>> =
            self.ask.get(query(&to, &[("deserializeValues", "false")]));
        let found = found.unwrap_or_default();
        let form = drawn.filter(|form| !form.fields.is_empty()).or_else(|| {
            let to = path(&["task", &task.id, "deployed-form"]);
            let offered =
                |name: &str| serde_json::from_str(found.get(name)?["value"].as_str()?).ok();
            let value = |name: &str| values::from_typed(found.get(name)?).ok();
            let said = sayer(&value, Utc::now());
            let given = Given {
                offered: &offered,
                said: &said,
            };
            Form::camunda(&self.ask.get(to).ok()?, &given)
        });
        Ok((form.unwrap_or_default(), found))
    }

    /// A task in full.
    pub(super) fn detail(&self, id: &str) -> Answer<TaskDetail> {
        let mut task = self.view(id)?;
        let links: Answer<Vec<Json>> = self.ask.get(path(&["task", id, "identity-links"]));
        for link in links.unwrap_or_default() {
            if link["type"] == "candidate" {
                task.candidate_users.extend(text(&link, "userId"));
                task.candidate_groups.extend(text(&link, "groupId"));
            }
        }
        let (form, found) = self.fields(&task)?;
        self.forms.remember(id, &form);
        let draft = self.shelf.get(id);
        let (draft, saved) = draft.map_or_else(Default::default, |d| (d.values, Some(d.saved)));
        let to = ["task", id, "variables"];
        let variables: Variables = self
            .ask
            .get(query(&to, &[("deserializeValues", "false")]))
            .unwrap_or_default();
        Ok(TaskDetail {
            values: texts(&form, &draft, &found),
            form,
            task,
            draft_saved: saved,
            draft_elsewhere: None,
            variables,
            reason: None,
            refusals: Vec::new(),
            refused: 0,
            insertion: false,
        })
    }

    /// Does something to a task.
    pub(super) fn to_task(&self, id: &str, what: &str, body: Json) -> Answer<()> {
        self.ask.post(path(&["task", id, what]), body)
    }

    /// Changes an attribute; Camunda wants all of them.
    pub(super) fn change(&self, id: &str, name: &str, value: Json) -> Answer<TaskView> {
        let task: Json = self.ask.get(path(&["task", id]))?;
        let mut body = json!({});
        for name in [
            "name",
            "description",
            "assignee",
            "owner",
            "delegationState",
            "due",
            "followUp",
            "priority",
            "parentTaskId",
            "caseInstanceId",
            "tenantId",
        ] {
            body[name] = task[name].clone();
        }
        body[name] = value;
        let _: Json = self.ask.command(Method::PUT, path(&["task", id]), body)?;
        self.view(id)
    }

    /// Completes a task with what was given for its form and beside it.
    pub(super) fn finish(&self, id: &str, given: Map) -> Answer<()> {
        let task = self.view(id)?;
        let (form, found) = self.fields(&task)?;
        let texts = texts(&form, &IndexMap::new(), &found);
        let variables = checked(&form, given, &texts)?;
        if task.assignee.is_none() {
            // Whoever completes it has done it.
            self.to_task(id, "claim", json!({ "userId": self.user }))?;
        }
        let how = match form.fields.is_empty() {
            true => "complete",
            false => "submit-form",
        };
        self.to_task(id, how, json!({ "variables": typed(&variables) }))?;
        self.shelf.clear(id);
        Ok(())
    }

    /// What the status bar shows.
    pub(super) fn facts(&self) -> Answer<Status> {
        let now = Utc::now();
        let mine = TaskQuery {
            mine: true,
            ..TaskQuery::default()
        };
        let mine = self.list(&mine)?;
        let late = mine
            .items
            .iter()
            .filter(|t| t.due.is_some_and(|due| due < now));
        let pairs = [
            ("candidateUser", self.user.as_str()),
            ("unassigned", "true"),
        ];
        let next = mine
            .items
            .iter()
            .find(|t| t.due.is_some_and(|due| due >= now));
        Ok(Status {
            late: late.count() as u64,
            mine: mine.total,
            claimable: self.count(query(&["task", "count"], &pairs))?,
            next: next.map(|task| task.title.clone().unwrap_or_else(|| task.name.clone())),
            next_due: next.and_then(|task| task.due),
            // Its jobs are its own affair.
            workers: 1,
            ..Status::default()
        })
    }

    /// Open tasks per person; the last entry is what is open to claim.
    pub(super) fn work_per_person(&self) -> Answer<Vec<Workload>> {
        let now = Utc::now();
        let mut people: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
        for task in self.found(&TaskQuery::default(), now)?.0 {
            let late = instant(&task, "due").is_some_and(|due| due < now);
            let work = people.entry(text(&task, "assignee")).or_default();
            *work = (work.0 + 1, work.1 + u64::from(late));
        }
        let open = people.remove(&None).unwrap_or_default();
        let all = people.into_iter().chain([(None, open)]);
        Ok(all
            .map(|(user_id, (open, late))| Workload {
                user_id,
                groups: Vec::new(),
                open,
                late,
                done: 0,
                in_time: 0,
                came_back: 0,
                per_day: vec![0; 7],
                left: false,
            })
            .collect())
    }
}
