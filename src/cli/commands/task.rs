//! `crewdesk task …`

use super::start::when;
use crate::cli::args::TaskCommand;
use crate::cli::output::{Output, clean, due, short, table};
use crate::cli::said::Way;
use crate::cli::session::Session;
use crate::cli::{Done, Failure, ids, vars};
use crate::client::model::Widget;
use crate::client::value::{Map, words};
use crate::client::{
    Client, InsertedBefore, Page, Preview, TaskDetail, TaskQuery, TaskView, did_you_mean,
};
use crate::tui::list::several;
use chrono::{DateTime, Utc};
use std::fmt::Write;

pub fn run(session: &Session, out: &Output, mut command: TaskCommand) -> Done {
    let client = session.client()?;
    if let Some(id) = command.id() {
        *id = ids::task(&*client, std::mem::take(id))?;
    }
    let now = Utc::now();
    match command {
        TaskCommand::List {
            mine,
            claimable,
            overdue,
            due_before,
            came_back,
            key,
            assignee,
            text,
        } => {
            let page = client.tasks(TaskQuery {
                mine,
                claimable,
                overdue,
                due_before: due_before.as_deref().map(when).transpose()?,
                came_back,
                key,
                assignee,
                text,
                limit: usize::MAX,
                ..TaskQuery::default()
            })?;
            if out.is_json() {
                out.answer(&page.items, |_| String::new())?;
            } else {
                out.answer(&page, |page| list(page, now))?;
            }
        }
        TaskCommand::Show { id } => out.answer(&client.task(&id)?, |task| detail(task, now))?,
        TaskCommand::Claim { id } => {
            out.answer(&client.claim(&id)?, |t| format!("{} is yours.", called(t)))?;
        }
        TaskCommand::Unclaim { id } => {
            out.answer(&client.unclaim(&id)?, |t| {
                format!("{} is open to claim again.", called(t))
            })?;
        }
        TaskCommand::Assign { id, to } => {
            out.answer(&client.assign(&id, Some(&to))?, |t| {
                format!("{} is given to {to}.", called(t))
            })?;
        }
        TaskCommand::Due { id, when: text } => {
            out.answer(&client.set_due(&id, Some(when(&text)?))?, |t| {
                format!("{} is due {}.", called(t), due(t.due, now))
            })?;
        }
        TaskCommand::Preview { id, variables } => {
            let mut values = client.task(&id)?.values;
            for (name, value) in vars::parse(&variables).map_err(Failure::new)? {
                values.insert(name, value.to_string());
            }
            let found = client.preview(&id, &values);
            let found = found.map_err(|error| Failure::new(Way::Variables.error(error)))?;
            out.answer(&found, preview)?;
        }
        TaskCommand::Comment { id, text } => {
            let task = client.task(&id)?.task;
            client.comment_task(&task.id, &text)?;
            let answer = serde_json::json!({ "taskId": task.id, "message": text });
            out.answer(&answer, |_| format!("Said of {}.", called(&task)))?;
        }
        TaskCommand::Complete {
            id,
            variables,
            again,
        } => {
            let detail = client.task(&id)?;
            let variables = vars::parse(&variables).map_err(Failure::new)?;
            if let Some(mistyped) = variables.keys().find_map(|name| mistyped(name, &detail)) {
                return Err(Failure::new(mistyped));
            }
            if !again && let Some(before) = inserted(&*client, &id, &detail, &variables) {
                return Err(Failure::new(twice(&before)));
            }
            let task = detail.task;
            let done = client.complete(&id, variables);
            done.map_err(|error| Failure::new(Way::Variables.error(error)))?;
            let answer = serde_json::json!({
                "id": task.id,
                "processInstanceId": task.process_instance_id,
                "completed": true,
            });
            out.answer(&answer, |_| format!("{} is completed.", called(&task)))?;
            let status = client.status()?;
            if status.workers == 0 && status.waiting_for_worker > 0 {
                eprintln!(
                    "What follows waits for a worker, and none is alive: open the desk, or crewdesk worker run"
                );
            }
        }
    }
    Ok(())
}

/// What is wrong with a variable that is nearly, but not, a field of the form: it would go
/// unnoticed beside what the field has already.
fn mistyped(name: &str, detail: &TaskDetail) -> Option<String> {
    let fields = || detail.form.fields.iter().map(|field| field.id.as_str());
    let known = fields().any(|field| field == name) || detail.variables.contains_key(name);
    let meant = did_you_mean(name, fields());
    (!known && !meant.is_empty()).then(|| format!("this task has no field {name}{meant}"))
}

/// What people call a task: the job's title, else the task's name.
fn called(task: &TaskView) -> String {
    clean(task.title.as_deref().unwrap_or(&task.name))
}

/// The columns of a list; the last one where it is of several processes.
const HEAD: [&str; 7] = ["id", "task", "due", "whose", "", "business key", "process"];

fn list(page: &Page<TaskView>, now: DateTime<Utc>) -> String {
    let several = several(page.items.iter().map(TaskView::process));
    let rows = page.items.iter().map(|t| {
        let process = several.then(|| clean(t.process()));
        let row = vec![
            short(&t.id).to_owned(),
            called(t),
            due(t.due, now),
            t.assignee.clone().unwrap_or_else(|| "open to claim".into()),
            if t.came_back {
                format!("came back, round {}", t.round)
            } else {
                String::new()
            },
            t.business_key.clone().unwrap_or_default(),
        ];
        row.into_iter().chain(process).collect()
    });
    table(
        &HEAD[..6 + usize::from(several)],
        rows.collect(),
        "No tasks.",
    )
}

fn detail(detail: &TaskDetail, now: DateTime<Utc>) -> String {
    let task = &detail.task;
    let mut text = format!("{} ({}), {}\n", called(task), clean(&task.name), task.id);
    let whose = task.assignee.as_deref().unwrap_or("open to claim");
    let _ = writeln!(text, "whose     {whose}");
    if task.due.is_some() {
        let _ = writeln!(text, "due       {}", due(task.due, now));
    }
    let _ = writeln!(text, "priority  {}", task.priority);
    let _ = writeln!(text, "instance  {}", task.process_instance_id);
    if let Some(reason) = &detail.reason {
        let _ = writeln!(text, "\nCame back: {}", clean(reason));
        text.push_str(&refusals(&detail.refusals, detail.refused, Way::Variables));
    }
    let (shown, fields): (Vec<_>, Vec<_>) = detail
        .form
        .fields
        .iter()
        .partition(|field| field.widget() == Widget::Shown);
    for read in &shown {
        let _ = write!(text, "\n{}\n", read.label);
    }
    let rows = fields.into_iter().map(|f| {
        vec![
            f.id.clone(),
            f.label.clone(),
            if f.required() { "required" } else { "" }.into(),
            clean(detail.values.get(&f.id).map_or("", String::as_str)),
        ]
    });
    text.push('\n');
    let none = match shown.is_empty() {
        true => "This task has no form.\n",
        false => "",
    };
    text + &table(&["field", "label", "", "value"], rows.collect(), none)
}

/// Refused rows, a line each.
pub fn refusals(rows: &[crate::client::Refusal], all: u64, way: Way) -> String {
    let mut text = String::new();
    for row in rows {
        let why = clean(&way.message(&row.reason));
        let _ = writeln!(text, "  {}{}{}: {why}", place(row), column(row), value(row));
    }
    if all > rows.len() as u64 {
        let _ = writeln!(text, "  … {} refused rows in all", words::thousands(all));
    }
    text
}

/// Where a refused row is: `orders.csv, line 12`.
pub fn place(row: &crate::client::Refusal) -> String {
    let file = row.file.as_deref();
    let file = file.map_or(String::new(), |file| format!("{}, ", clean(file)));
    match row.line {
        Some(line) => format!("{file}line {line}"),
        None => format!("{file}record {}", row.record),
    }
}

/// The column that is to blame, in both names: `, amount (Betrag)`.
pub fn column(row: &crate::client::Refusal) -> String {
    let column = row.column.as_deref();
    let column = column.map_or(String::new(), |column| format!(", {}", clean(column)));
    let source = row.source.as_deref();
    column + &source.map_or(String::new(), |source| format!(" ({})", clean(source)))
}

/// The value that is refused: ` "tomorrow"`.
pub fn value(row: &crate::client::Refusal) -> String {
    // Most reasons name it themselves.
    let told = |value: &&str| row.reason.starts_with(&format!("{value:?}"));
    let value = row.value.as_deref().filter(|value| !told(value));
    value.map_or(String::new(), |value| format!(" \"{}\"", clean(value)))
}

/// The same content that a task would insert, where it is in its table already. What can not be
/// looked at is left for the job to tell.
fn inserted(
    client: &dyn Client,
    id: &str,
    detail: &TaskDetail,
    variables: &Map,
) -> Option<InsertedBefore> {
    let has = |id: &str| detail.form.fields.iter().any(|field| field.id == id);
    if !has("dataFrame") || !has("tableName") {
        return None;
    }
    let mut values = detail.values.clone();
    for (name, value) in variables {
        values.insert(name.clone(), value.to_string());
    }
    client.preview(id, &values).ok()?.before
}

/// The refusal of content that is in its table already.
pub fn twice(told: &InsertedBefore) -> String {
    format!("{}; --again inserts it again", before(told))
}

/// That the same content is in the table already.
pub fn before(told: &InsertedBefore) -> String {
    clean(&told.sentence(&super::instance::local(told.at)))
}

fn preview(p: &Preview) -> String {
    let header: Vec<String> = std::iter::once("line".to_owned())
        .chain(p.columns.iter().map(|c| {
            let declared = c.declared.as_deref().unwrap_or("no such column");
            let name = clean(&c.name);
            match &c.source {
                Some(source) => format!("{} {} → {name} {declared}", clean(source), c.inferred),
                None => format!("{name} {} → {declared}", c.inferred),
            }
        }))
        .collect();
    let rows = p.rows.iter().map(|row| {
        std::iter::once(row.line.map(|l| l.to_string()).unwrap_or_default())
            .chain(
                row.values
                    .iter()
                    .map(|v| v.as_deref().map_or("NULL".to_owned(), clean)),
            )
            .collect()
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut text = table(&header, rows.collect(), "The data frame has no rows.\n");
    let fit = p.rows_read.saturating_sub(p.refused);
    let _ = writeln!(
        text,
        "\n{} rows read, {fit} fit, {} would be refused",
        p.rows_read, p.refused
    );
    if let Some(format) = &p.format {
        let _ = writeln!(text, "Read as {}", clean(format));
    }
    text.push_str(&refusals(&p.refusals, p.refused, Way::Variables));
    if let Some(told) = &p.before {
        let _ = writeln!(text, "{}.", before(told));
    }
    for note in &p.notes {
        let _ = writeln!(text, "{}", clean(&Way::Variables.message(note)));
    }
    text
}
