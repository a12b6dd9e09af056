//! A served crewdesk: its own operations where it offers them, else Camunda's.

use super::News;
use super::ask::{Ask, path, query};
use super::camunda::Tasklist;
use super::drafts::Delivered;
use super::forms::Forms;
use super::frames::{Frames, SENT};
use super::shelf::Shelf;
use crate::client::model::{Form, Java};
use crate::client::operate::Operator;
use crate::client::*;
use crate::value::{Map, Value, json, time};
use hyper::Method;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

/// Where changes are waited for.
const CHANGES: &[&str] = &["crewdesk", "changes"];

/// A crewdesk on the other side.
pub(super) struct Served {
    pub(super) ask: Arc<Ask>,
    /// Its own operations.
    offered: HashSet<String>,
    /// What is done without them.
    plain: Tasklist,
    frames: Frames,
    pub(super) shelf: Shelf,
    /// Drafts that were sent from the shelf.
    pub(super) delivered: Mutex<HashMap<String, Delivered>>,
    pub(super) forms: Forms,
    news: News,
}

#[derive(Deserialize)]
struct StartForm {
    form: Form,
    values: IndexMap<String, String>,
}

/// `/crewdesk/…`
pub(super) fn at(parts: &[&str]) -> String {
    path(&[&["crewdesk"], parts].concat())
}

/// Variables as Camunda's API has them.
pub(super) fn typed(variables: &Map) -> Json {
    let typed = |(name, value): (&String, &Value)| (name.clone(), json::typed(value, false));
    Json::Object(variables.iter().map(typed).collect())
}

pub(super) fn when(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(time::camunda)
}

impl Served {
    pub(super) fn new(
        ask: Arc<Ask>,
        offered: HashSet<String>,
        user: String,
        shelf: Shelf,
    ) -> Served {
        Served {
            plain: Tasklist::new(ask.clone(), user, shelf.clone()),
            shelf,
            delivered: Mutex::default(),
            ask,
            offered,
            frames: Frames::default(),
            forms: Forms::default(),
            news: News::default(),
        }
    }

    /// Whether the server has an operation of its own.
    pub(super) fn offers(&self, operation: &str) -> bool {
        self.offered.contains(operation)
    }

    /// Does something to a task.
    fn task_command<T: DeserializeOwned>(&self, id: &str, what: &str, body: Json) -> Answer<T> {
        self.ask.post(at(&["tasks", id, what]), body)
    }

    fn form(&self, id: &str) -> Answer<Form> {
        match self.forms.get(id) {
            Some(form) => Ok(form),
            None => Ok(self.task(id)?.form),
        }
    }

    /// The texts of a task's fields, after the files that they name were sent.
    fn sent(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
    ) -> Answer<IndexMap<String, String>> {
        let form = self.form(id)?;
        let given = |field: &str| values.get(field).cloned();
        let mut values = values.clone();
        values.extend(self.frames.send(&self.ask, &form, given)?);
        Ok(values)
    }

    /// The same for variables.
    fn sent_variables(&self, form: &Form, mut variables: Map) -> Answer<Map> {
        let given = |field: &str| Some(variables.get(field)?.as_str()?.to_owned());
        for (field, frame) in self.frames.send(&self.ask, form, given)? {
            variables.insert(field, frame.into());
        }
        Ok(variables)
    }

    /// Does what names frames. One that was removed since it was sent is sent once more.
    fn with_frames<T>(&self, act: impl Fn() -> Answer<T>) -> Answer<T> {
        match act() {
            Err(error) if self.frames.forget(&error) => act(),
            answer => answer,
        }
    }
}

impl Client for Served {
    fn whoami(&self) -> Answer<User> {
        self.ask.get(at(&["whoami"]))
    }

    fn operator(&self) -> Answer<&dyn Operator> {
        Ok(self)
    }

    fn reach(&self) -> Reach {
        self.ask.line.reach()
    }

    fn deploy(&self, files: Vec<(String, Vec<u8>)>) -> Answer<Deployment> {
        self.ask.form(at(&["deploy"]), &files, true)
    }

    fn plan_deployment(&self, files: Vec<(String, Vec<u8>)>, java: Java) -> Answer<Deployment> {
        let asked = super::operate::asked_of(java);
        let to = query(&["crewdesk", "deploy", "plan"], &asked);
        self.ask.form(to, &files, false)
    }

    fn definitions(&self) -> Answer<Vec<Definition>> {
        self.ask.get(at(&["definitions"]))
    }

    fn start_form(&self, key: &str) -> Answer<(Form, IndexMap<String, String>)> {
        let found: StartForm = self.ask.get(at(&["definitions", key, "start-form"]))?;
        Ok((found.form, found.values))
    }

    fn start(&self, request: StartRequest) -> Answer<InstanceView> {
        // A process that is not there is refused by the start itself.
        let form = self.start_form(&request.key).map(|(form, _)| form);
        let form = form.unwrap_or_default();
        self.with_frames(|| {
            let variables = self.sent_variables(&form, request.variables.clone())?;
            let body = json!({
                "key": request.key,
                "businessKey": request.business_key,
                "variables": typed(&variables),
                "assignee": request.assignee,
                "candidateUsers": request.candidate_users,
                "candidateGroups": request.candidate_groups,
                "due": when(request.due),
                "priority": request.priority,
                "allowSameBusinessKey": request.allow_same_business_key,
            });
            self.ask.post(at(&["start"]), body)
        })
    }

    fn tasks(&self, query: TaskQuery) -> Answer<Page<TaskView>> {
        match self.offers("deskTasks") {
            true => self.ask.look(at(&["tasks"]), &query),
            false => self.plain.tasks(query),
        }
    }

    fn task(&self, id: &str) -> Answer<TaskDetail> {
        if !self.offers("deskTask") {
            return self.plain.task(id);
        }
        let mut found: TaskDetail = self.ask.get(at(&["tasks", id]))?;
        if self.deliver(&found.task.id) {
            found = self.ask.get(at(&["tasks", id]))?;
        }
        self.forms.remember(&found.task.id, &found.form);
        Ok(found)
    }

    fn claim(&self, id: &str) -> Answer<TaskView> {
        match self.offers("deskClaim") {
            true => self.task_command(id, "claim", Json::Null),
            false => self.plain.claim(id),
        }
    }

    fn unclaim(&self, id: &str) -> Answer<TaskView> {
        match self.offers("deskUnclaim") {
            true => self.task_command(id, "unclaim", Json::Null),
            false => self.plain.unclaim(id),
        }
    }

    fn assign(&self, id: &str, user: Option<&str>) -> Answer<TaskView> {
        match self.offers("deskAssign") {
            true => self.task_command(id, "assign", json!({ "userId": user })),
            false => self.plain.assign(id, user),
        }
    }

    fn set_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<TaskView> {
        self.task_command(id, "due", json!({ "due": when(due) }))
    }

    fn set_priority(&self, id: &str, priority: i32) -> Answer<TaskView> {
        self.task_command(id, "priority", json!({ "priority": priority }))
    }

    fn save_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        self.draft(id, values, base, false)
    }

    fn swap_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        self.draft(id, values, base, true)
    }

    fn preview(&self, id: &str, values: &IndexMap<String, String>) -> Answer<Preview> {
        self.with_frames(|| {
            let body = json!({ "values": self.sent(id, values)? });
            self.ask.look(at(&["tasks", id, "preview"]), &body)
        })
    }

    fn refused_rows(&self, id: &str, values: &IndexMap<String, String>) -> Answer<RefusedRows> {
        self.with_frames(|| {
            let body = json!({ "values": self.sent(id, values)? });
            self.ask.look_long(at(&["tasks", id, "refused"]), &body)
        })
    }

    fn fix_rows(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        rows: &[FixedRow],
    ) -> Answer<KeptPatch> {
        self.with_frames(|| {
            let body = json!({ "values": self.sent(id, values)?, "rows": rows });
            self.ask.long(at(&["tasks", id, "fix"]), body, true)
        })
    }

    fn complete_form(&self, id: &str, values: &IndexMap<String, String>) -> Answer<()> {
        self.with_frames(|| {
            let body = json!({ "values": self.sent(id, values)? });
            self.ask.long(at(&["tasks", id, "submit"]), body, true)
        })
        .inspect(|()| self.shelf.clear(id))
    }

    fn complete(&self, id: &str, variables: Map) -> Answer<()> {
        if !self.offers("deskComplete") {
            return self.plain.complete(id, variables);
        }
        self.with_frames(|| {
            let variables = match variables.is_empty() {
                true => Map::new(),
                false => self.sent_variables(&self.form(id)?, variables.clone())?,
            };
            let body = json!({ "variables": typed(&variables) });
            self.ask.long(at(&["tasks", id, "complete"]), body, true)
        })
        .inspect(|()| self.shelf.clear(id))
    }

    fn comment_task(&self, id: &str, text: &str) -> Answer<()> {
        self.task_command(id, "comment", json!({ "text": text }))
    }

    fn comment_instance(&self, id: &str, text: &str) -> Answer<()> {
        let to = at(&["instances", id, "comment"]);
        self.ask.post(to, json!({ "text": text }))
    }

    fn instances(&self, query: InstanceQuery) -> Answer<Page<InstanceView>> {
        self.ask.look(at(&["instances"]), &query)
    }

    fn instance(&self, id: &str) -> Answer<InstanceDetail> {
        self.ask.get(at(&["instances", id]))
    }

    fn history(&self, id: &str) -> Answer<Vec<HistoryEntry>> {
        self.ask.get(at(&["instances", id, "history"]))
    }

    fn diagram(&self, id: &str) -> Answer<DiagramView> {
        self.ask.get(at(&["instances", id, "diagram"]))
    }

    fn decisions(&self) -> Answer<Vec<DecisionDefinition>> {
        self.plain.decisions()
    }

    fn decision(&self, key: &str) -> Answer<DecisionModel> {
        match self.offers("deskDecision") {
            true => self.ask.get(at(&["decisions", key])),
            false => self.plain.decision(key),
        }
    }

    fn functions(&self) -> Answer<Vec<FunctionModel>> {
        match self.offers("deskFunctions") {
            true => self.ask.get(at(&["functions"])),
            false => Ok(Vec::new()),
        }
    }

    fn evaluated(&self, id: &str) -> Answer<Vec<DecisionInstance>> {
        match self.offers("deskEvaluated") {
            true => self.ask.get(at(&["instances", id, "decisions"])),
            false => self.plain.evaluated(id),
        }
    }

    fn cancel(&self, id: &str, reason: &str) -> Answer<()> {
        let to = at(&["instances", id, "cancel"]);
        self.ask.post(to, json!({ "reason": reason }))
    }

    fn retry(&self, id: &str) -> Answer<u32> {
        #[derive(Deserialize)]
        struct Tries {
            tries: u32,
        }
        let tries: Tries = self.ask.post(at(&["instances", id, "retry"]), Json::Null)?;
        Ok(tries.tries)
    }

    fn cancel_insertion(&self, id: &str) -> Answer<()> {
        let to = at(&["instances", id, "cancel-insertion"]);
        self.ask.post(to, Json::Null)
    }

    fn undo_insertion(&self, id: &str) -> Answer<InstanceView> {
        self.ask.post(at(&["instances", id, "undo"]), Json::Null)
    }

    fn users(&self) -> Answer<Vec<User>> {
        self.ask.get(at(&["users"]))
    }

    fn add_user(
        &self,
        id: &str,
        role: Role,
        groups: &[String],
        password: Option<&str>,
    ) -> Answer<User> {
        let body = json!({ "id": id, "role": role, "groups": groups, "password": password });
        self.ask.post(at(&["users"]), body)
    }

    fn set_topics(&self, id: &str, topics: &[String]) -> Answer<User> {
        let to = at(&["users", id, "topics"]);
        self.ask
            .command(Method::PUT, to, json!({ "topics": topics }))
    }

    fn set_account(&self, id: &str, account: Option<&str>) -> Answer<()> {
        let to = at(&["users", id, "account"]);
        self.ask
            .command(Method::PUT, to, json!({ "account": account }))
    }

    fn change_user(&self, id: &str, role: Option<Role>, groups: Option<&[String]>) -> Answer<User> {
        let body = json!({ "role": role, "groups": groups });
        self.ask.command(Method::PUT, at(&["users", id]), body)
    }

    fn remove_user(&self, id: &str, successor: Option<&str>) -> Answer<Removal> {
        let successor: Vec<_> = successor.map(|to| ("successor", to)).into_iter().collect();
        let to = query(&["crewdesk", "users", id], &successor);
        self.ask.command(Method::DELETE, to, Json::Null)
    }

    fn set_password(&self, id: &str, password: Option<&str>) -> Answer<()> {
        let to = at(&["users", id, "password"]);
        self.ask
            .command(Method::PUT, to, json!({ "password": password }))
    }

    fn workload(&self) -> Answer<Vec<Workload>> {
        self.ask.get(at(&["workload"]))
    }

    fn connections(&self) -> Answer<Vec<Connection>> {
        self.ask.get(at(&["connections"]))
    }

    fn add_connection(&self, name: &str, url: &str, password: Option<&str>) -> Answer<Connection> {
        let body = json!({ "url": url, "password": password });
        self.ask
            .command(Method::PUT, at(&["connections", name]), body)
    }

    fn limit_connection(&self, name: &str, limits: &ConnectionLimits) -> Answer<Connection> {
        let to = at(&["connections", name, "limits"]);
        self.ask.command(Method::PUT, to, json!(limits))
    }

    fn set_credentials(&self, name: &str, credentials: Credentials) -> Answer<Connection> {
        let to = at(&["connections", name, "credentials"]);
        let body = json!({ "credentials": credentials });
        self.ask.command(Method::PUT, to, body)
    }

    fn rotate_connection(&self, name: &str, password: &str) -> Answer<Connection> {
        let to = at(&["connections", name, "password"]);
        let body = json!({ "password": password });
        self.ask.command(Method::PUT, to, body)
    }

    fn log_in(&self, name: &str, user_name: Option<&str>, password: &str) -> Answer<Connection> {
        let to = at(&["connections", name, "login"]);
        let body = json!({ "userName": user_name, "password": password });
        self.ask.command(Method::PUT, to, body)
    }

    fn log_out(&self, name: &str) -> Answer<()> {
        let to = at(&["connections", name, "login"]);
        self.ask.command(Method::DELETE, to, Json::Null)
    }

    fn remove_connection(&self, name: &str) -> Answer<()> {
        let to = at(&["connections", name]);
        self.ask.command(Method::DELETE, to, Json::Null)
    }

    fn test_connection(&self, name: &str) -> Answer<ConnectionTest> {
        self.ask
            .look(at(&["connections", name, "test"]), &json!({}))
    }

    fn try_connection(&self, name: &str, login: TypedLogin<'_>) -> Answer<ConnectionTest> {
        let body = json!({ "userName": login.user_name, "password": login.password });
        self.ask.look(at(&["connections", name, "test"]), &body)
    }

    fn insert(
        &self,
        request: &InsertRequest,
        _: &mut dyn FnMut(Advance) -> ControlFlow<()>,
    ) -> Answer<InsertReport> {
        if !request.more.is_empty() {
            return Err(DeskError::Invalid(
                "one file is sent over the network; make one of several, or insert them one by one"
                    .to_owned(),
            ));
        }
        if request.rejects.is_some() {
            return Err(DeskError::Invalid(
                "refused rows are listed where they are read, which is not here; leave --rejects \
                 out, and fix the rows that are told, or use the terminal of the desk"
                    .to_owned(),
            ));
        }
        self.with_frames(|| {
            let file = match request.file.to_str() {
                // SQL, which a connection of the desk is asked.
                Some(text) if request.from.is_some() => text.to_owned(),
                Some(text) if text.starts_with(SENT) => text.to_owned(),
                _ => self.frames.one(&self.ask, &request.file)?,
            };
            let patch = match &request.patch {
                Some(path) => Some(self.frames.one(&self.ask, path)?),
                None => None,
            };
            let mut body = json!({
                "file": file,
                "patch": patch,
                "from": request.from,
                "connection": request.connection,
                "table": request.table,
                "mode": request.mode.as_str(),
                "keyColumns": request.key,
                "query": request.query,
                "nullTexts": request.null_texts,
                "userName": request.user_name,
                "password": request.password.as_ref().map(Clear::expose),
                "undoable": request.undoable,
                "again": request.again,
                "dryRun": request.dry_run || request.look,
                "look": request.look,
                "rowsOnly": request.rows_only,
            });
            for (name, text) in &request.reading {
                body[*name] = text.as_str().into();
            }
            // Without a ledger nobody could tell whether it is done already.
            self.ask.long(at(&["insert"]), body, !request.rows_only)
        })
    }

    fn insertions(&self, most: usize) -> Answer<Vec<PastInsertion>> {
        let most = most.to_string();
        let pairs = [("maxResults", most.as_str())];
        self.ask.get(query(&["crewdesk", "insertions"], &pairs))
    }

    fn undo(&self, key: &str, _: &mut dyn FnMut(Advance)) -> Answer<UndoReport> {
        let body = json!({ "key": key });
        self.ask.long(at(&["undo"]), body, true)
    }

    fn notifications(&self, unread_only: bool, limit: usize) -> Answer<Vec<Notification>> {
        let (unread, most) = (unread_only.to_string(), limit.to_string());
        let pairs = [("unreadOnly", unread.as_str()), ("maxResults", &most)];
        self.ask.get(query(&["crewdesk", "notifications"], &pairs))
    }

    fn mark_read(&self, up_to: i64) -> Answer<()> {
        let to = at(&["notifications", "read"]);
        self.ask.post(to, json!({ "upTo": up_to }))
    }

    fn status(&self) -> Answer<Status> {
        self.ask.get(at(&["status"]))
    }

    fn wait_for_change(&self, seen: u64, at_most: Duration) -> u64 {
        let changes = self.offers("deskChanges").then_some(CHANGES);
        self.news.wait(&self.ask, changes, seen, at_most)
    }
}
