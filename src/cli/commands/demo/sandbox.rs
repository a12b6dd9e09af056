//! A team with work under way: what `crewdesk demo` opens.

use super::files::{self, Files};
use crate::cli::Failure;
use crate::client::value::Map;
use crate::client::{Answer, Client, Host, InstanceView, Role, StartRequest, TaskQuery, TaskView};
use chrono::{Duration, Utc};
use std::path::Path;
use std::sync::Arc;

/// The name of the connection to the target.
pub const CONNECTION: &str = "warehouse";
/// The process.
pub const PROCESS: &str = "database-insertion";
/// The team head.
pub const HEAD: &str = "mara";
/// The employees and their groups.
pub const EMPLOYEES: [(&str, &str); 3] = [("ana", "sales"), ("ben", "sales"), ("cem", "logistics")];

/// A desk in a folder of its own.
pub struct Sandbox {
    /// The desk.
    pub host: Host,
    /// Samples and target.
    pub files: Files,
}

impl Sandbox {
    /// Makes the team: a head, three employees, a target, sample files. No work yet.
    pub fn new(db: &Path, folder: &Path) -> Result<Sandbox, Failure> {
        let files = files::write(folder)?;
        let host = Host::open(db)?;
        host.add_first_user(HEAD, Role::Head, &[], None)?;
        let head = host.client(HEAD, None)?;
        for (name, group) in EMPLOYEES {
            head.add_user(name, Role::Employee, &[group.to_owned()], None)?;
        }
        head.add_connection(
            CONNECTION,
            &format!("sqlite:{}", files.target.display()),
            None,
        )?;
        Ok(Sandbox { host, files })
    }

    /// The desk on behalf of somebody of the team.
    pub fn client(&self, user: &str) -> Answer<Arc<dyn Client>> {
        self.host.client(user, None)
    }

    /// The form fields of an insertion.
    pub fn fields(&self, table: &str, file: &Path) -> Map {
        let text = |s: &str| crate::client::value::Value::from(s);
        [
            ("connection", text(CONNECTION)),
            ("tableName", text(table)),
            ("dataFrame", text(&file.display().to_string())),
            ("mode", text("append")),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// Work under way: assigned, open, late, and come back from a refused insertion.
    pub fn launch_work(&self) -> Result<(), Failure> {
        let now = Utc::now();
        let head = self.client(HEAD)?;
        let files = &self.files;
        self.launch(
            &*head,
            Job {
                title: "Load orders 17 Jan",
                description: format!("The corrected file is {}", files.orders_fixed.display()),
                key: "orders/2026-01-17",
                assignee: "ana",
                due: now + Duration::minutes(95),
                priority: 70,
                ..Job::default()
            },
        )?;
        let orders = self.task_of("ana", "Load orders 17 Jan")?;
        self.client("ana")?
            .complete(&orders.id, self.fields("orders", &files.orders_bad))?;
        self.host.work_until_idle()?;

        self.launch(
            &*head,
            Job {
                title: "Customers EU",
                description: format!(
                    "Load {} into customers; it is clean",
                    files.customers.display()
                ),
                key: "customers/eu",
                assignee: "ana",
                due: now + Duration::minutes(42),
                priority: 50,
                prefill: self.fields("customers", &files.customers),
                ..Job::default()
            },
        )?;
        self.launch(
            &*head,
            Job {
                title: "Rates daily",
                description: "Today's rates, as soon as the bank has sent them".into(),
                key: "rates/daily",
                assignee: "ben",
                due: now - Duration::minutes(130),
                priority: 60,
                ..Job::default()
            },
        )?;
        self.launch(
            &*head,
            Job {
                title: "Stock count, all warehouses",
                description: format!("100,000 rows: load {} into stock", files.stock.display()),
                key: "stock/2026-01",
                due: now + Duration::hours(5),
                priority: 50,
                prefill: self.fields("stock", &files.stock),
                ..Job::default()
            },
        )?;
        self.launch(
            &*head,
            Job {
                title: "Leads from the fair",
                description: "Into customers, when marketing has cleaned the list".into(),
                key: "leads/fair",
                group: "sales",
                due: now + Duration::hours(52),
                priority: 40,
                ..Job::default()
            },
        )?;
        Ok(())
    }

    /// Launches a job.
    pub fn launch(&self, head: &dyn Client, job: Job) -> Answer<InstanceView> {
        let text = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        let mut variables = job.prefill;
        variables.insert("title".into(), job.title.into());
        variables.insert("description".into(), job.description.into());
        variables.insert("connection".into(), CONNECTION.into());
        head.start(StartRequest {
            key: PROCESS.into(),
            business_key: text(job.key),
            variables,
            assignee: text(job.assignee),
            candidate_groups: text(job.group).into_iter().collect(),
            due: Some(job.due),
            priority: Some(job.priority),
            ..StartRequest::default()
        })
    }

    /// The open task of a job, as `user` sees it.
    pub fn task_of(&self, user: &str, title: &str) -> Result<TaskView, Failure> {
        let query = TaskQuery {
            text: Some(title.to_owned()),
            ..TaskQuery::default()
        };
        let page = self.client(user)?.tasks(query)?;
        page.items
            .into_iter()
            .find(|t| t.title.as_deref() == Some(title))
            .ok_or_else(|| Failure::new(format!("{user} does not see the task of {title}")))
    }
}

/// What is launched.
#[derive(Clone, Default)]
pub struct Job {
    /// What it is called.
    pub title: &'static str,
    /// What is to be done.
    pub description: String,
    /// Business key.
    pub key: &'static str,
    /// Whose; empty for open to claim.
    pub assignee: &'static str,
    /// Whose group may claim it; empty for everybody.
    pub group: &'static str,
    /// When it must be done.
    pub due: chrono::DateTime<Utc>,
    /// Priority.
    pub priority: i32,
    /// Form fields that the head fills in beforehand.
    pub prefill: Map,
}
