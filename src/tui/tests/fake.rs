//! A desk of sample data: a head, three employees, tasks in every condition.

use super::clock;
use super::sample::{self, Data, at, instance, page, start_form, task};
use super::sample_insertion;
use super::sample_instance::{detail, diagram, entry, history};
use super::sample_models;
use crate::client::model::Form;
use crate::client::*;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::sync::Mutex;

/// The desk on behalf of somebody.
pub struct Fake {
    me: String,
    data: Mutex<Data>,
}

fn missing<T>(what: &str) -> Answer<T> {
    Err(DeskError::NotFound(format!("there is no {what}")))
}

impl Fake {
    pub fn new(me: &str) -> Fake {
        Fake {
            me: me.into(),
            data: Mutex::new(Data::sample()),
        }
    }

    pub fn data(&self) -> std::sync::MutexGuard<'_, Data> {
        self.data.lock().unwrap()
    }

    fn refused(&self) -> Answer<()> {
        if std::mem::take(&mut self.data().faulty) {
            panic!("a fault that this test made");
        }
        self.data().refuse.take().map_or(Ok(()), Err)
    }

    fn of_connection(
        &self,
        name: &str,
        change: impl FnOnce(&mut Connection),
    ) -> Answer<Connection> {
        let mut data = self.data();
        let Some(found) = data.connections.iter_mut().find(|c| c.name == name) else {
            return missing("connection of this name");
        };
        change(found);
        Ok(found.clone())
    }

    /// The server of the sample takes any password but one.
    fn taken(&self, password: &str) -> Answer<()> {
        match password {
            "wrong" => Err(DeskError::Fields(vec![FieldError {
                field: "password".into(),
                message: "it was tried, and nothing was changed".into(),
            }])),
            _ => Ok(()),
        }
    }

    fn change(
        &self,
        id: &str,
        change: impl FnOnce(&mut TaskView) -> Answer<()>,
    ) -> Answer<TaskView> {
        self.refused()?;
        let mut data = self.data();
        let Some(task) = data.tasks.iter_mut().find(|t| t.id == id) else {
            return missing("task of this id");
        };
        change(task)?;
        Ok(task.clone())
    }
}

impl Client for Fake {
    fn whoami(&self) -> Answer<User> {
        let data = self.data();
        data.users
            .iter()
            .find(|u| u.id == self.me)
            .cloned()
            .map_or_else(|| missing("such user"), Ok)
    }

    fn operator(&self) -> Answer<&dyn operate::Operator> {
        match self.me.as_str() {
            "mara" => Ok(self),
            _ => Err(DeskError::Forbidden("only a team head may operate".into())),
        }
    }

    fn deploy(&self, files: Vec<(String, Vec<u8>)>) -> Answer<Deployment> {
        self.plan_deployment(files, model::Java::default())
    }

    fn plan_deployment(&self, files: Vec<(String, Vec<u8>)>, _: model::Java) -> Answer<Deployment> {
        self.refused()?;
        let (name, _) = &files[0];
        sample_models::plan(name)
    }

    fn comment_task(&self, id: &str, text: &str) -> Answer<()> {
        self.comment_instance(&id.replace("task-", "inst-"), text)
    }

    fn comment_instance(&self, id: &str, text: &str) -> Answer<()> {
        self.refused()?;
        let mut data = self.data();
        data.comments
            .push((id.to_owned(), format!("{}: {text}", self.me)));
        Ok(())
    }

    fn change_user(&self, id: &str, role: Option<Role>, groups: Option<&[String]>) -> Answer<User> {
        self.refused()?;
        let mut data = self.data();
        let Some(user) = data.users.iter_mut().find(|u| u.id == id) else {
            return missing("such user");
        };
        user.role = role.unwrap_or(user.role);
        user.groups = groups.map_or(user.groups.clone(), <[String]>::to_vec);
        Ok(user.clone())
    }

    fn remove_user(&self, id: &str, successor: Option<&str>) -> Answer<Removal> {
        self.refused()?;
        let mut data = self.data();
        data.users.retain(|u| u.id != id);
        let mut tasks = 0;
        for task in data
            .tasks
            .iter_mut()
            .filter(|t| t.assignee.as_deref() == Some(id))
        {
            task.assignee = successor.map(str::to_owned);
            tasks += 1;
        }
        Ok(Removal {
            id: id.to_owned(),
            tasks,
            successor: successor.map(str::to_owned),
        })
    }

    fn definitions(&self) -> Answer<Vec<Definition>> {
        sample_models::definitions()
    }

    fn start_form(&self, _: &str) -> Answer<(Form, IndexMap<String, String>)> {
        match self.data().formless {
            true => Ok(Default::default()),
            false => Ok((start_form(), IndexMap::new())),
        }
    }

    fn start(&self, request: StartRequest) -> Answer<InstanceView> {
        self.refused()?;
        let mut data = self.data();
        if let Some(key) = request
            .business_key
            .clone()
            .filter(|_| !request.allow_same_business_key)
            && let Some(same) = data
                .instances
                .iter()
                .find(|i| i.business_key.as_ref() == Some(&key) && !i.ended)
        {
            return Err(DeskError::SameBusinessKey {
                key,
                instance: same.id.clone(),
            });
        }
        if data.gone.is_some() && request.assignee == data.gone {
            return Err(DeskError::NotFound("there is no user of this name".into()));
        }
        let n = data.started.len();
        let title = request
            .variables
            .get("title")
            .map_or_else(String::new, ToString::to_string);
        data.started.push(request.clone());
        let new = task(
            &format!("new{n}"),
            &title,
            request.assignee.as_deref(),
            None,
        );
        let view = instance(&new);
        data.tasks.push(new);
        data.instances.insert(0, view.clone());
        Ok(view)
    }

    fn tasks(&self, query: TaskQuery) -> Answer<Page<TaskView>> {
        let data = self.data();
        let text = query.text.unwrap_or_default().to_lowercase();
        let mut found: Vec<TaskView> = data
            .tasks
            .iter()
            .filter(|t| !query.mine || t.assignee.as_deref() == Some(&self.me))
            .filter(|t| !query.claimable || t.assignee.is_none())
            .filter(|t| {
                t.title
                    .as_deref()
                    .unwrap_or("")
                    .to_lowercase()
                    .contains(&text)
            })
            .cloned()
            .collect();
        let now = clock().now;
        found.sort_by_key(|t| {
            (
                t.due.is_none_or(|d| d >= now),
                !t.came_back,
                t.due.is_none(),
                t.due,
            )
        });
        Ok(page(found, query.offset, query.limit))
    }

    fn task(&self, id: &str) -> Answer<TaskDetail> {
        let data = self.data();
        let Some(task) = data.tasks.iter().find(|t| t.id == id).cloned() else {
            return missing("task of this id");
        };
        let mut detail = sample_insertion::detail(task, &data);
        if data.formless {
            detail.form = Form::default();
            detail.insertion = false;
            detail.values = data.drafts.get(id).cloned().unwrap_or_default();
        }
        Ok(detail)
    }

    fn claim(&self, id: &str) -> Answer<TaskView> {
        let me = self.me.clone();
        self.change(id, |task| match &task.assignee {
            Some(by) => Err(DeskError::AlreadyClaimed { by: by.clone() }),
            None => {
                task.assignee = Some(me);
                Ok(())
            }
        })
    }

    fn unclaim(&self, id: &str) -> Answer<TaskView> {
        self.assign(id, None)
    }

    fn assign(&self, id: &str, user: Option<&str>) -> Answer<TaskView> {
        self.change(id, |task| {
            task.assignee = user.map(str::to_owned);
            Ok(())
        })
    }

    fn set_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<TaskView> {
        self.change(id, |task| {
            task.due = due;
            Ok(())
        })
    }

    fn set_priority(&self, id: &str, priority: i32) -> Answer<TaskView> {
        self.change(id, |task| {
            task.priority = priority;
            Ok(())
        })
    }

    fn save_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        _: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        self.refused()?;
        self.data().drafts.insert(id.to_owned(), values.clone());
        Ok(DraftSaved {
            saved: at(0),
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
        let mut answer = self.save_draft(id, values, base)?;
        let mut data = self.data();
        if let Some(other) = data.others.remove(id) {
            let mine = DraftElsewhere {
                saved: at(0),
                values: values.clone(),
            };
            data.others.insert(id.to_owned(), mine.clone());
            data.drafts.insert(id.to_owned(), other.values.clone());
            answer.elsewhere = Some(mine);
            answer.taken = Some(other.values);
        }
        Ok(answer)
    }

    fn preview(&self, _: &str, values: &IndexMap<String, String>) -> Answer<Preview> {
        self.refused()?;
        self.data().no_preview.take().map_or(Ok(()), Err)?;
        Ok(sample_insertion::preview(&self.data(), values))
    }

    fn refused_rows(&self, _: &str, values: &IndexMap<String, String>) -> Answer<RefusedRows> {
        self.refused()?;
        let mut rows = self.data().refused_rows.clone();
        if values.get("dataFramePatch").is_none_or(String::is_empty) {
            rows.rows.iter_mut().for_each(|row| {
                (row.values, row.dropped) = (row.before.clone(), false);
            });
        }
        Ok(rows)
    }

    fn fix_rows(
        &self,
        _: &str,
        _: &IndexMap<String, String>,
        fixed: &[FixedRow],
    ) -> Answer<KeptPatch> {
        self.refused()?;
        let mut data = self.data();
        data.fixed.extend(fixed.iter().cloned());
        Ok(sample_insertion::fix(&mut data, fixed))
    }

    fn complete_form(&self, id: &str, values: &IndexMap<String, String>) -> Answer<()> {
        self.refused()?;
        let mut data = self.data();
        data.tasks.retain(|t| t.id != id);
        data.completed.push((id.to_owned(), values.clone()));
        Ok(())
    }

    fn complete(&self, id: &str, said: value::Map) -> Answer<()> {
        let said = said
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string()));
        self.complete_form(id, &said.collect())
    }

    fn instances(&self, query: InstanceQuery) -> Answer<Page<InstanceView>> {
        let data = self.data();
        let text = query.text.unwrap_or_default().to_lowercase();
        let found = data
            .instances
            .iter()
            .filter(|i| (!query.open || !i.ended) && (!query.ended || i.ended))
            .filter(|i| !query.with_incident || i.incidents > 0)
            .filter(|i| {
                i.title
                    .as_deref()
                    .unwrap_or("")
                    .to_lowercase()
                    .contains(&text)
            })
            .cloned()
            .collect();
        Ok(page(found, query.offset, query.limit))
    }

    fn instance(&self, id: &str) -> Answer<InstanceDetail> {
        let data = self.data();
        let Some(instance) = data.instances.iter().find(|i| i.id == id).cloned() else {
            return missing("instance of this id");
        };
        let tasks = data.tasks.iter().filter(|t| t.process_instance_id == id);
        Ok(detail(instance, tasks.cloned().collect()))
    }

    fn history(&self, id: &str) -> Answer<Vec<HistoryEntry>> {
        let mut history = history();
        let data = self.data();
        let said = data.comments.iter().filter(|(about, _)| about == id);
        history.extend(said.map(|(_, text)| entry(0, "comment", None, text)));
        Ok(history)
    }

    fn diagram(&self, id: &str) -> Answer<DiagramView> {
        let incident = self
            .data()
            .instances
            .iter()
            .any(|i| i.id == id && i.incidents > 0);
        Ok(diagram(incident))
    }

    fn decisions(&self) -> Answer<Vec<DecisionDefinition>> {
        sample_models::decisions()
    }

    fn decision(&self, key: &str) -> Answer<DecisionModel> {
        sample_models::decision(key)
    }

    fn evaluated(&self, id: &str) -> Answer<Vec<DecisionInstance>> {
        sample_models::evaluated(id)
    }

    fn cancel(&self, id: &str, reason: &str) -> Answer<()> {
        self.refused()?;
        let mut data = self.data();
        data.cancelled.push((id.to_owned(), reason.to_owned()));
        data.tasks.retain(|t| t.process_instance_id != id);
        data.instances.retain(|i| i.id != id);
        Ok(())
    }

    fn retry(&self, _: &str) -> Answer<u32> {
        Ok(1)
    }

    fn undo_insertion(&self, id: &str) -> Answer<InstanceView> {
        self.refused()?;
        let mut job = instance(&task("undo", "Undo Tickets", None, None));
        job.process_definition_key = "undo-insertion".into();
        let mut data = self.data();
        data.taken_back.push(id.to_owned());
        data.instances.push(job.clone());
        Ok(job)
    }

    fn insertions(&self, _: usize) -> Answer<Vec<PastInsertion>> {
        Ok(Vec::new())
    }

    fn undo(&self, _: &str, _: &mut dyn FnMut(Advance)) -> Answer<UndoReport> {
        missing("an undo here")
    }

    fn cancel_insertion(&self, id: &str) -> Answer<()> {
        let status = &mut self.data().status;
        status.progress.retain(|p| p.process_instance_id != id);
        status.held.retain(|p| p.process_instance_id != id);
        Ok(())
    }

    fn users(&self) -> Answer<Vec<User>> {
        Ok(self.data().users.clone())
    }

    fn add_user(
        &self,
        id: &str,
        role: Role,
        groups: &[String],
        password: Option<&str>,
    ) -> Answer<User> {
        let mut data = self.data();
        if data.users.iter().any(|u| u.id == id) {
            return Err(DeskError::Fields(vec![FieldError {
                field: "name".into(),
                message: format!("{id} is taken; choose another name"),
            }]));
        }
        let user = User {
            id: id.into(),
            role,
            groups: groups.to_vec(),
            topics: Vec::new(),
            has_password: password.is_some(),
        };
        data.users.push(user.clone());
        Ok(user)
    }

    fn set_topics(&self, id: &str, topics: &[String]) -> Answer<User> {
        let mut data = self.data();
        let user = data.users.iter_mut().find(|u| u.id == id);
        user.map_or_else(
            || missing("such user"),
            |u| {
                u.topics = topics.to_vec();
                Ok(u.clone())
            },
        )
    }

    fn set_account(&self, _: &str, _: Option<&str>) -> Answer<()> {
        Ok(())
    }

    fn set_password(&self, id: &str, password: Option<&str>) -> Answer<()> {
        let mut data = self.data();
        let user = data.users.iter_mut().find(|u| u.id == id);
        user.map_or_else(
            || missing("such user"),
            |u| {
                u.has_password = password.is_some();
                Ok(())
            },
        )
    }

    fn workload(&self) -> Answer<Vec<Workload>> {
        Ok(sample::workload())
    }

    fn connections(&self) -> Answer<Vec<Connection>> {
        Ok(self.data().connections.clone())
    }

    fn add_connection(&self, name: &str, url: &str, password: Option<&str>) -> Answer<Connection> {
        let connection = Connection {
            name: name.into(),
            url: url.into(),
            limits: ConnectionLimits::default(),
            credentials: Credentials::Shared,
            has_password: password.is_some(),
            password_set: None,
            password_by: None,
            logins: Vec::new(),
        };
        self.data().connections.push(connection.clone());
        Ok(connection)
    }

    fn limit_connection(&self, name: &str, limits: &ConnectionLimits) -> Answer<Connection> {
        self.of_connection(name, |c| c.limits = limits.clone())
    }

    fn set_credentials(&self, name: &str, credentials: Credentials) -> Answer<Connection> {
        self.of_connection(name, |c| c.credentials = credentials)
    }

    fn rotate_connection(&self, name: &str, password: &str) -> Answer<Connection> {
        self.taken(password)?;
        self.of_connection(name, |c| {
            (c.has_password, c.password_set) = (true, Some(clock().now));
        })
    }

    fn log_in(&self, name: &str, user_name: Option<&str>, password: &str) -> Answer<Connection> {
        self.taken(password)?;
        let login = ConnectionLogin {
            user: self.me.clone(),
            user_name: user_name.map(str::to_owned),
            set: clock().now,
        };
        self.of_connection(name, |c| c.logins = vec![login])
    }

    fn log_out(&self, name: &str) -> Answer<()> {
        self.of_connection(name, |c| c.logins.clear()).map(drop)
    }

    fn remove_connection(&self, name: &str) -> Answer<()> {
        self.data().connections.retain(|c| c.name != name);
        Ok(())
    }

    fn test_connection(&self, _: &str) -> Answer<ConnectionTest> {
        Ok(ConnectionTest {
            ok: true,
            message: "SQLite 3.50 answers; 3 tables can be written".into(),
            tables: ["orders", "customers", "prices"]
                .map(str::to_owned)
                .to_vec(),
            millis: 3,
        })
    }

    fn try_connection(&self, name: &str, login: TypedLogin<'_>) -> Answer<ConnectionTest> {
        let test = self.test_connection(name)?;
        let ok = login.password == "right";
        let message = match ok {
            true => format!("reached as {}", login.user_name.unwrap_or_default()),
            false => "the server refuses this password".to_owned(),
        };
        Ok(ConnectionTest {
            ok,
            message,
            ..test
        })
    }

    fn insert(
        &self,
        _: &InsertRequest,
        _: &mut dyn FnMut(Advance) -> std::ops::ControlFlow<()>,
    ) -> Answer<InsertReport> {
        missing("insertion here")
    }

    fn notifications(&self, unread_only: bool, limit: usize) -> Answer<Vec<Notification>> {
        let data = self.data();
        Ok(data
            .notes
            .iter()
            .filter(|n| !unread_only || !n.read)
            .take(limit)
            .cloned()
            .collect())
    }

    fn mark_read(&self, up_to: i64) -> Answer<()> {
        for note in self.data().notes.iter_mut().filter(|n| n.id <= up_to) {
            note.read = true;
        }
        Ok(())
    }

    fn status(&self) -> Answer<Status> {
        Ok(self.data().status.clone())
    }

    fn wait_for_change(&self, seen: u64, at_most: std::time::Duration) -> u64 {
        std::thread::sleep(at_most);
        seen
    }
}
