//! Sample data: a team, tasks in every condition, forms.

use super::clock;
use super::sample_insertion::refused_rows;
use crate::client::model::{Constraint, FieldType, Form, FormField};
use crate::client::*;
use chrono::{DateTime, Duration, Utc};
use indexmap::IndexMap;
use std::collections::HashMap;

/// What it knows; tests change it.
pub struct Data {
    /// Processes and tasks have no form.
    pub formless: bool,
    pub tasks: Vec<TaskView>,
    pub instances: Vec<InstanceView>,
    pub connections: Vec<Connection>,
    pub notes: Vec<Notification>,
    pub users: Vec<User>,
    pub status: Status,
    pub drafts: HashMap<String, IndexMap<String, String>>,
    /// What another desk saved, by task.
    pub others: HashMap<String, DraftElsewhere>,
    pub completed: Vec<(String, IndexMap<String, String>)>,
    pub started: Vec<StartRequest>,
    pub cancelled: Vec<(String, String)>,
    /// The instances whose insertions are taken back.
    pub taken_back: Vec<String>,
    pub comments: Vec<(String, String)>,
    /// What a head operates.
    pub operated: super::operated::Operated,
    /// What the next call answers instead.
    pub refuse: Option<DeskError>,
    /// What the next preview answers instead.
    pub no_preview: Option<DeskError>,
    /// What the preview knows of the same content.
    pub before: Option<InsertedBefore>,
    /// What the preview suggests for columns.
    pub suggested: Option<String>,
    /// Rows to be fixed, and what was made of them.
    pub refused_rows: RefusedRows,
    pub fixed: Vec<FixedRow>,
    /// The next change panics.
    pub faulty: bool,
    /// Who was removed a moment ago.
    pub gone: Option<String>,
}

/// So many minutes from now.
pub fn at(minutes: i64) -> DateTime<Utc> {
    clock().now + Duration::minutes(minutes)
}

pub fn task(id: &str, title: &str, who: Option<&str>, due: Option<i64>) -> TaskView {
    TaskView {
        id: format!("task-{id}"),
        name: "Enter the data".into(),
        title: Some(title.into()),
        description: None,
        assignee: who.map(str::to_owned),
        owner: None,
        created: at(-180),
        due: due.map(at),
        first_due: due.map(at),
        follow_up: None,
        priority: 50,
        execution_id: format!("exec-{id}"),
        process_instance_id: format!("inst-{id}"),
        process_definition_id: "database-insertion:3:0199".into(),
        process_definition_key: "database-insertion".into(),
        process_definition_name: Some("Database insertion".into()),
        task_definition_key: "enter-data".into(),
        business_key: Some(format!("{id}/2025-11-18")),
        candidate_users: Vec::new(),
        candidate_groups: if who.is_none() {
            vec!["loaders".into()]
        } else {
            Vec::new()
        },
        start_user_id: Some("mara".into()),
        round: 1,
        came_back: false,
        suspended: false,
    }
}

pub fn instance(task: &TaskView) -> InstanceView {
    InstanceView {
        warnings: Vec::new(),
        id: task.process_instance_id.clone(),
        process_instance_id: task.process_instance_id.clone(),
        definition_id: task.process_definition_id.clone(),
        process_definition_key: task.process_definition_key.clone(),
        process_definition_name: task.process_definition_name.clone(),
        process_definition_version: 3,
        business_key: task.business_key.clone(),
        title: task.title.clone(),
        state: "ACTIVE".into(),
        ended: false,
        suspended: false,
        start_user_id: task.start_user_id.clone(),
        start_time: task.created,
        end_time: None,
        delete_reason: None,
        assignee: task.assignee.clone(),
        due: task.due,
        incidents: 0,
        round: task.round,
        undone: false,
    }
}

fn user(id: &str, role: Role, groups: &[&str]) -> User {
    User {
        id: id.into(),
        role,
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        topics: Vec::new(),
        has_password: id == "mara",
    }
}

impl Data {
    pub fn sample() -> Data {
        let mut tasks = vec![
            task("customers", "Customers EU", Some("ana"), Some(-130)),
            task("orders", "Orders 17 Nov", Some("ana"), Some(42)),
            task("rates", "Exchange rates, daily", Some("ana"), Some(162)),
            task("suppliers", "Suppliers", Some("ana"), Some(342)),
            task("stock", "Stock DE", Some("ana"), Some(24 * 60 - 18)),
            task(
                "archive",
                "Archive of the year, all regions and currencies",
                Some("ana"),
                None,
            ),
            task("returns", "Returns AT", None, Some(2 * 24 * 60 + 102)),
            task("leads", "Leads from the web", None, Some(3 * 24 * 60 + 402)),
            task("budget", "Budget 2026", None, Some(24 * 24 * 60)),
        ];
        tasks[1].came_back = true;
        tasks[1].round = 2;
        tasks[1].priority = 70;
        tasks[1].description = Some("The orders of yesterday from the shop, one row each.".into());
        let mut instances: Vec<InstanceView> = tasks.iter().map(instance).collect();
        let mut failed = instance(&task("prices", "Prices", None, None));
        failed.incidents = 1;
        let mut inserting = instance(&task("clicks", "Clicks", Some("ben"), Some(90)));
        inserting.assignee = Some("ben".into());
        let mut done = instance(&task("tickets", "Tickets", Some("cem"), None));
        (done.state, done.ended, done.end_time) = ("COMPLETED".into(), true, Some(at(-60)));
        let mut cancelled = instance(&task("visits", "Visits", None, None));
        (cancelled.state, cancelled.ended, cancelled.end_time) =
            ("EXTERNALLY_TERMINATED".into(), true, Some(at(-2000)));
        cancelled.delete_reason = Some("same file as Monday".into());
        instances.extend([failed, inserting, done, cancelled]);
        let note = |id, kind: &str, text: &str, minutes, read| Notification {
            id,
            kind: kind.into(),
            text: text.into(),
            task_id: Some("task-orders".into()),
            process_instance_id: Some("inst-orders".into()),
            created: at(minutes),
            read,
        };
        let notes = vec![
            note(
                5,
                "cameBack",
                "Orders 17 Nov came back: 2 of 18,204 rows refused",
                -6,
                false,
            ),
            note(4, "dueSoon", "Orders 17 Nov is due in 1 hour", -18, false),
            note(
                3,
                "overdue",
                "Customers EU is overdue since 08:08",
                -130,
                false,
            ),
            note(2, "assigned", "mara gave you Suppliers", -150, true),
            note(1, "offered", "Budget 2026 is free to claim", -1500, true),
        ];
        Data {
            operated: super::operated::Operated::sample(),
            tasks,
            instances,
            connections: vec![
                Connection {
                    name: "sales".into(),
                    url: "sqlite:/srv/crewdesk/demo/sales.db".into(),
                    credentials: Credentials::Shared,
                    has_password: false,
                    password_set: None,
                    password_by: None,
                    logins: Vec::new(),
                    limits: ConnectionLimits::default(),
                },
                Connection {
                    name: "warehouse".into(),
                    url: "sqlite:/srv/warehouse/production/current/warehouse.db".into(),
                    credentials: Credentials::Shared,
                    has_password: true,
                    password_set: Some(clock().now - chrono::TimeDelta::days(12)),
                    password_by: Some("mara".into()),
                    logins: Vec::new(),
                    limits: ConnectionLimits {
                        without_ledger: false,
                        groups: vec!["sales".into()],
                        tables: vec!["orders".into(), "customers*".into()],
                        modes: Vec::new(),
                    },
                },
            ],
            notes,
            users: vec![
                user("mara", Role::Head, &["heads"]),
                user("ana", Role::Employee, &["loaders"]),
                user("ben", Role::Employee, &["loaders", "finance"]),
                user("cem", Role::Employee, &["loaders"]),
                user("bot", Role::Worker, &[]),
            ],
            status: Status {
                late: 1,
                mine: 6,
                claimable: 3,
                next: Some("Orders 17 Nov".into()),
                next_due: Some(at(42)),
                workers: 2,
                waiting_for_worker: 0,
                progress: vec![Progress {
                    external_task_id: "ext-1".into(),
                    process_instance_id: "inst-clicks".into(),
                    title: "Clicks".into(),
                    assignee: Some("ben".into()),
                    rows: 61_204,
                    bytes: 3_050_000,
                    total_bytes: 5_000_000,
                    rows_per_second: 48_200.0,
                    seconds_left: Some(42.0),
                    here: false,
                }],
                held: Vec::new(),
                unread: 3,
                incidents: 0,
            },
            drafts: HashMap::new(),
            others: HashMap::new(),
            completed: Vec::new(),
            started: Vec::new(),
            cancelled: Vec::new(),
            taken_back: Vec::new(),
            comments: Vec::new(),
            formless: false,
            refuse: None,
            no_preview: None,
            before: None,
            suggested: None,
            refused_rows: refused_rows(),
            fixed: Vec::new(),
            faulty: false,
            gone: None,
        }
    }
}

/// A field of a form.
pub fn field(
    id: &str,
    label: &str,
    kind: FieldType,
    widget: Option<&str>,
    required: bool,
) -> FormField {
    FormField {
        hide: None,
        id: id.into(),
        label: label.into(),
        kind,
        default_value: None,
        constraints: if required {
            vec![Constraint::Required]
        } else {
            Vec::new()
        },
        properties: widget
            .map(|w| ("widget".to_owned(), w.to_owned()))
            .into_iter()
            .collect(),
    }
}

/// The form that launches it.
pub fn start_form() -> Form {
    Form {
        fields: vec![
            field("title", "Title", FieldType::String, None, true),
            field(
                "description",
                "Description",
                FieldType::String,
                Some("multiline"),
                false,
            ),
            field("assignee", "Assigned to", FieldType::String, None, false),
            field("connection", "Connection", FieldType::String, None, false),
            field("tableName", "Table", FieldType::String, None, false),
        ],
        business_key: None,
    }
}

/// What each of the team has to do and has done.
pub fn workload() -> Vec<Workload> {
    let work =
        |user: Option<&str>, open, late, done, in_time, came_back, per_day: [u64; 7]| Workload {
            user_id: user.map(str::to_owned),
            groups: Vec::new(),
            open,
            late,
            done,
            in_time,
            came_back,
            per_day: per_day.to_vec(),
            left: false,
        };
    vec![
        work(Some("ana"), 6, 1, 14, 13, 2, [2, 3, 1, 4, 0, 0, 4]),
        work(Some("ben"), 3, 0, 9, 9, 0, [1, 2, 2, 1, 0, 0, 3]),
        work(Some("cem"), 1, 0, 21, 17, 5, [4, 4, 5, 3, 1, 0, 4]),
        work(None, 3, 0, 0, 0, 0, [0; 7]),
    ]
}

/// A part of a list.
pub fn page<T: Clone>(items: Vec<T>, offset: usize, limit: usize) -> Page<T> {
    let limit = if limit == 0 { 200 } else { limit };
    let total = items.len() as u64;
    Page {
        items: items.into_iter().skip(offset).take(limit).collect(),
        total,
    }
}
