//! A desk by Camunda's paths alone: crewdesk, Camunda 7 or Operaton. It is a list of tasks that
//! can be claimed and completed, and a look at what runs; what that API does not have is said
//! to be missing.

mod instances;
mod tasks;

use super::ask::{Ask, path, query};
use super::desk::typed;
use super::forms::Forms;
use super::line::lock;
use super::shelf::{Draft, Shelf};
use super::{News, form, not_offered};
use crate::client::model::form::Given;
use crate::client::model::{Form, Java};
use crate::client::*;
use crate::value::Map;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

/// Rows that are asked for at once.
const MOST: usize = 500;
/// Most tasks of a list that are looked at.
const TASKS: usize = 10_000;
/// Files of processes that are remembered.
const FILES: usize = 32;
/// Whose members head a team.
const ADMINS: &str = "camunda-admin";

/// A server of Camunda's API on behalf of one user.
pub(super) struct Tasklist {
    ask: Arc<Ask>,
    user: String,
    /// BPMN files by process definition.
    files: Mutex<HashMap<String, Arc<str>>>,
    definitions: Mutex<HashMap<String, Definition>>,
    /// What was typed: Camunda keeps no drafts.
    shelf: Shelf,
    /// Forms of tasks that were looked at.
    forms: Forms,
    news: News,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Xml {
    id: String,
    #[serde(alias = "dmnXml")]
    bpmn20_xml: String,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

/// Text in a JSON object.
fn text(json: &Json, name: &str) -> Option<String> {
    json[name].as_str().map(str::to_owned)
}

/// An instant in a JSON object.
fn instant(json: &Json, name: &str) -> Option<DateTime<Utc>> {
    crate::value::time::instant(json[name].as_str()?)
}

impl Tasklist {
    pub(super) fn new(ask: Arc<Ask>, user: String, shelf: Shelf) -> Tasklist {
        Tasklist {
            ask,
            user,
            files: Mutex::default(),
            definitions: Mutex::default(),
            shelf,
            forms: Forms::default(),
            news: News::default(),
        }
    }

    fn missing<T>(&self, what: &str) -> Answer<T> {
        not_offered(&self.ask, what)
    }

    fn count(&self, path: String) -> Answer<u64> {
        let count: Count = self.ask.get(path)?;
        Ok(count.count)
    }

    /// The BPMN file of a process definition.
    fn bpmn(&self, definition: &str) -> Answer<Arc<str>> {
        if let Some(file) = lock(&self.files).get(definition) {
            return Ok(file.clone());
        }
        let xml: Xml = self
            .ask
            .get(path(&["process-definition", definition, "xml"]))?;
        let file: Arc<str> = xml.bpmn20_xml.into();
        let mut files = lock(&self.files);
        if files.len() >= FILES {
            files.clear();
        }
        files.insert(definition.to_owned(), file.clone());
        Ok(file)
    }

    /// A process definition.
    fn definition(&self, id: &str) -> Answer<Definition> {
        if let Some(found) = lock(&self.definitions).get(id) {
            return Ok(found.clone());
        }
        let found: Definition = self.ask.get(path(&["process-definition", id]))?;
        lock(&self.definitions).insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// A start form, and typed values of its fields.
    fn start_fields(&self, key: &str) -> Answer<(Form, IndexMap<String, Json>)> {
        let xml: Xml = self
            .ask
            .get(path(&["process-definition", "key", key, "xml"]))?;
        let drawn = form::of_start(&xml.bpmn20_xml, key).filter(|form| !form.fields.is_empty());
        let form = drawn.or_else(|| {
            let to = path(&["process-definition", "key", key, "deployed-start-form"]);
            let nothing = Given {
                offered: &|_| None,
                said: &|_| None,
            };
            Form::camunda(&self.ask.get(to).ok()?, &nothing)
        });
        let to = ["process-definition", "key", key, "form-variables"];
        let values = self.ask.get(query(&to, &[("deserializeValues", "false")]));
        Ok((form.unwrap_or_default(), values.unwrap_or_default()))
    }
}

impl Client for Tasklist {
    fn whoami(&self) -> Answer<User> {
        let found = self
            .ask
            .get(query(&["identity", "groups"], &[("userId", &self.user)]));
        let found: Json = match found {
            Err(error @ DeskError::Storage(_)) => return Err(error),
            found => found.unwrap_or_default(),
        };
        let groups = found["groups"].as_array().into_iter().flatten();
        let groups: Vec<String> = groups.filter_map(|group| text(group, "id")).collect();
        Ok(User {
            id: self.user.clone(),
            role: match groups.iter().any(|group| group == ADMINS) {
                true => Role::Head,
                false => Role::Employee,
            },
            groups,
            topics: Vec::new(),
            has_password: true,
        })
    }

    fn reach(&self) -> Reach {
        self.ask.line.reach()
    }

    fn deploy(&self, _: Vec<(String, Vec<u8>)>) -> Answer<Deployment> {
        self.missing("to deploy from here")
    }

    fn plan_deployment(&self, _: Vec<(String, Vec<u8>)>, _: Java) -> Answer<Deployment> {
        self.missing("to plan a deployment")
    }

    fn definitions(&self) -> Answer<Vec<Definition>> {
        let pairs = [
            ("latestVersion", "true"),
            ("active", "true"),
            ("sortBy", "key"),
            ("sortOrder", "asc"),
        ];
        self.ask.get(query(&["process-definition"], &pairs))
    }

    fn start_form(&self, key: &str) -> Answer<(Form, IndexMap<String, String>)> {
        let (form, values) = self.start_fields(key)?;
        let texts = tasks::texts(&form, &IndexMap::new(), &values);
        Ok((form, texts))
    }

    fn start(&self, request: StartRequest) -> Answer<InstanceView> {
        let more = request.assignee.is_some()
            || request.due.is_some()
            || request.priority.is_some()
            || !(request.candidate_users.is_empty() && request.candidate_groups.is_empty());
        if more {
            return self.missing("to say at the start whose the first task is or when it is due");
        }
        let (form, values) = self.start_fields(&request.key)?;
        let texts = tasks::texts(&form, &IndexMap::new(), &values);
        let variables = tasks::checked(&form, request.variables, &texts)?;
        let how = match form.fields.is_empty() {
            true => "start",
            false => "submit-form",
        };
        let to = path(&["process-definition", "key", &request.key, how]);
        let body = json!({ "variables": typed(&variables), "businessKey": request.business_key });
        let started: Json = self.ask.post(to, body)?;
        self.instance_view(&text(&started, "id").unwrap_or_default())
    }

    fn tasks(&self, query: TaskQuery) -> Answer<Page<TaskView>> {
        self.list(&query)
    }

    fn task(&self, id: &str) -> Answer<TaskDetail> {
        self.detail(id)
    }

    fn claim(&self, id: &str) -> Answer<TaskView> {
        let claimed = self.to_task(id, "claim", json!({ "userId": self.user }));
        let now = self.view(id);
        match (claimed, now) {
            (Ok(()), now) => now,
            (
                Err(_),
                Ok(TaskView {
                    assignee: Some(by), ..
                }),
            ) if by != self.user => Err(DeskError::AlreadyClaimed { by }),
            (Err(error), _) => Err(error),
        }
    }

    fn unclaim(&self, id: &str) -> Answer<TaskView> {
        self.to_task(id, "unclaim", Json::Null)?;
        self.view(id)
    }

    fn assign(&self, id: &str, user: Option<&str>) -> Answer<TaskView> {
        self.to_task(id, "assignee", json!({ "userId": user }))?;
        self.view(id)
    }

    fn set_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<TaskView> {
        self.change(id, "due", json!(due.map(crate::value::time::camunda)))
    }

    fn set_priority(&self, id: &str, priority: i32) -> Answer<TaskView> {
        self.change(id, "priority", json!(priority))
    }

    fn save_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        _: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        let saved = Utc::now();
        let draft = Draft {
            values: values.clone(),
            base: None,
            saved,
        };
        // What can be typed into was looked at: no line is needed.
        let form = match self.forms.get(id) {
            Some(form) => form,
            None => self.fields(&self.view(id)?)?.0,
        };
        self.shelf.put(id, &form, draft);
        Ok(DraftSaved {
            saved,
            elsewhere: None,
            taken: None,
        })
    }

    fn swap_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        self.save_draft(id, values, base)
    }

    fn preview(&self, _: &str, _: &IndexMap<String, String>) -> Answer<Preview> {
        self.missing("a preview")
    }

    fn refused_rows(&self, _: &str, _: &IndexMap<String, String>) -> Answer<RefusedRows> {
        self.missing("previews")
    }

    fn fix_rows(&self, _: &str, _: &IndexMap<String, String>, _: &[FixedRow]) -> Answer<KeptPatch> {
        self.missing("previews")
    }

    fn complete_form(&self, id: &str, values: &IndexMap<String, String>) -> Answer<()> {
        let given = values.iter();
        let given = given.map(|(name, text)| (name.clone(), text.as_str().into()));
        self.finish(id, given.collect())
    }

    fn complete(&self, id: &str, variables: Map) -> Answer<()> {
        self.finish(id, variables)
    }

    fn comment_task(&self, id: &str, text: &str) -> Answer<()> {
        let to = path(&["task", id, "comment", "create"]);
        let _: Json = self.ask.post(to, json!({ "message": text }))?;
        Ok(())
    }

    fn comment_instance(&self, _: &str, _: &str) -> Answer<()> {
        self.missing("to comment an instance")
    }

    fn instances(&self, query: InstanceQuery) -> Answer<Page<InstanceView>> {
        self.list_instances(&query)
    }

    fn instance(&self, id: &str) -> Answer<InstanceDetail> {
        self.instance_detail(id)
    }

    fn history(&self, id: &str) -> Answer<Vec<HistoryEntry>> {
        self.past(id)
    }

    fn diagram(&self, id: &str) -> Answer<DiagramView> {
        self.drawn(id)
    }

    fn decisions(&self) -> Answer<Vec<DecisionDefinition>> {
        let pairs = [
            ("latestVersion", "true"),
            ("sortBy", "key"),
            ("sortOrder", "asc"),
        ];
        self.ask.get(query(&["decision-definition"], &pairs))
    }

    fn decision(&self, key: &str) -> Answer<DecisionModel> {
        let definition: DecisionDefinition =
            self.ask.get(path(&["decision-definition", "key", key]))?;
        let xml: Xml = self
            .ask
            .get(path(&["decision-definition", "key", key, "xml"]))?;
        Ok(DecisionModel {
            files: vec![DmnFile {
                name: format!("{}.dmn", xml.id),
                dmn_xml: xml.bpmn20_xml,
            }],
            definition,
        })
    }

    fn evaluated(&self, _: &str) -> Answer<Vec<DecisionInstance>> {
        self.missing("what a decision looked at")
    }

    fn cancel(&self, id: &str, _: &str) -> Answer<()> {
        // As on a desk of one's own, outputs that fail do not keep it.
        let to = path(&["process-instance", id]) + "?skipIoMappings=true";
        self.ask.command(hyper::Method::DELETE, to, Json::Null)
    }

    fn retry(&self, _: &str) -> Answer<u32> {
        self.missing("to try an instance again")
    }

    fn cancel_insertion(&self, _: &str) -> Answer<()> {
        self.missing("insertions")
    }

    fn undo_insertion(&self, _: &str) -> Answer<InstanceView> {
        self.missing("insertions")
    }

    fn users(&self) -> Answer<Vec<User>> {
        let pairs = [("sortBy", "userId"), ("sortOrder", "asc")];
        let found: Answer<Vec<Json>> = self.ask.get(query(&["user"], &pairs));
        let mut users = vec![self.whoami()?];
        let others = found.unwrap_or_default();
        let others = others.iter().filter_map(|user| text(user, "id"));
        users.extend(others.filter(|id| *id != self.user).map(|id| User {
            id,
            role: Role::Employee,
            groups: Vec::new(),
            topics: Vec::new(),
            has_password: true,
        }));
        users.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(users)
    }

    fn add_user(&self, _: &str, _: Role, _: &[String], _: Option<&str>) -> Answer<User> {
        self.missing("to change its people")
    }

    fn set_topics(&self, _: &str, _: &[String]) -> Answer<User> {
        self.missing("to change its people")
    }

    fn set_account(&self, _: &str, _: Option<&str>) -> Answer<()> {
        self.missing("to change its people")
    }

    fn change_user(&self, _: &str, _: Option<Role>, _: Option<&[String]>) -> Answer<User> {
        self.missing("to change its people")
    }

    fn remove_user(&self, _: &str, _: Option<&str>) -> Answer<Removal> {
        self.missing("to change its people")
    }

    fn set_password(&self, _: &str, _: Option<&str>) -> Answer<()> {
        self.missing("to set passwords from here")
    }

    fn workload(&self) -> Answer<Vec<Workload>> {
        self.work_per_person()
    }

    fn connections(&self) -> Answer<Vec<Connection>> {
        Ok(Vec::new())
    }

    fn add_connection(&self, _: &str, _: &str, _: Option<&str>) -> Answer<Connection> {
        self.missing("connections")
    }

    fn limit_connection(&self, _: &str, _: &ConnectionLimits) -> Answer<Connection> {
        self.missing("connections")
    }

    fn set_credentials(&self, _: &str, _: Credentials) -> Answer<Connection> {
        self.missing("connections")
    }

    fn rotate_connection(&self, _: &str, _: &str) -> Answer<Connection> {
        self.missing("connections")
    }

    fn log_in(&self, _: &str, _: Option<&str>, _: &str) -> Answer<Connection> {
        self.missing("connections")
    }

    fn log_out(&self, _: &str) -> Answer<()> {
        self.missing("connections")
    }

    fn remove_connection(&self, _: &str) -> Answer<()> {
        self.missing("connections")
    }

    fn test_connection(&self, _: &str) -> Answer<ConnectionTest> {
        self.missing("connections")
    }

    fn try_connection(&self, _: &str, _: TypedLogin<'_>) -> Answer<ConnectionTest> {
        self.missing("connections")
    }

    fn insert(
        &self,
        _: &InsertRequest,
        _: &mut dyn FnMut(Advance) -> ControlFlow<()>,
    ) -> Answer<InsertReport> {
        self.missing("insertions")
    }

    fn insertions(&self, _: usize) -> Answer<Vec<PastInsertion>> {
        self.missing("insertions")
    }

    fn undo(&self, _: &str, _: &mut dyn FnMut(Advance)) -> Answer<UndoReport> {
        self.missing("insertions")
    }

    fn notifications(&self, _: bool, _: usize) -> Answer<Vec<Notification>> {
        Ok(Vec::new())
    }

    fn mark_read(&self, _: i64) -> Answer<()> {
        Ok(())
    }

    fn status(&self) -> Answer<Status> {
        self.facts()
    }

    fn wait_for_change(&self, seen: u64, at_most: Duration) -> u64 {
        self.news.wait(&self.ask, None, seen, at_most)
    }
}
