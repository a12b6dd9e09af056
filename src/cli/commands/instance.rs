//! `crewdesk instance …`

use crate::cli::args::InstanceCommand;
use crate::cli::output::{Output, clean, count, due, short, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure, ids, vars};
use crate::client::model::layout::Options;
use crate::client::operate::{Instruction, Migrated, MigrationRequest};
use crate::client::{
    self, ColumnFacts, DiagramView, HistoryEntry, InstanceDetail, InstanceQuery, InstanceView,
    LinkedInstance,
};
use crate::tui::list::several;
use chrono::{DateTime, Local, Utc};
use std::fmt::Write;

pub fn run(session: &Session, out: &Output, mut command: InstanceCommand) -> Done {
    let client = session.client()?;
    if let Some(id) = command.id() {
        *id = ids::instance(&*client, std::mem::take(id))?;
    }
    let now = Utc::now();
    match command {
        InstanceCommand::List {
            open,
            key,
            version,
            business_key,
        } => {
            let definition_id = match (&key, version) {
                (Some(key), Some(version)) => Some(of_version(&*client, key, version)?),
                _ => None,
            };
            let query = InstanceQuery {
                open,
                key,
                definition_id,
                business_key,
                limit: usize::MAX,
                ..InstanceQuery::default()
            };
            let page = client.instances(query)?;
            out.answer(&page.items, |items| list(items, now))?;
        }
        InstanceCommand::Show { id } => out.answer(&client.instance(&id)?, |i| detail(i, now))?,
        InstanceCommand::History { id } => out.answer(&client.history(&id)?, |h| history(h))?,
        InstanceCommand::Diagram { id, ascii } => {
            let view = client.diagram(&id)?;
            let drawing = drawing(&view, ascii)?;
            out.answer(&view, |_| drawing)?;
        }
        InstanceCommand::Cancel { id, reason } => {
            client.cancel(&id, &reason)?;
            out.answer(
                &serde_json::json!({ "id": id, "cancelled": true, "reason": reason }),
                |_| format!("Instance {id} is cancelled."),
            )?;
        }
        InstanceCommand::Comment { id, text } => {
            client.comment_instance(&id, &text)?;
            out.answer(
                &serde_json::json!({ "processInstanceId": id, "message": text }),
                |_| format!("Said of instance {id}."),
            )?;
        }
        InstanceCommand::Stop { id } => {
            client.cancel_insertion(&id)?;
            out.answer(&serde_json::json!({ "id": id, "stopped": true }), |_| {
                format!("The insertion of instance {id} is stopped; nothing of it is kept.")
            })?;
        }
        InstanceCommand::Undo { id } => {
            let job = client.undo_insertion(&id)?;
            out.answer(&job, |job| {
                format!(
                    "Instance {} takes the insertion of {id} back, if nobody has touched its rows.",
                    job.id
                )
            })?;
        }
        InstanceCommand::Retry { id } => {
            let again = client.retry(&id)?;
            out.answer(
                &serde_json::json!({ "id": id, "retried": again }),
                |_| match again {
                    0 => format!("Nothing has failed in instance {id}."),
                    1 => "One failed step is tried again.".to_owned(),
                    n => format!("{n} failed steps are tried again."),
                },
            )?;
        }
        InstanceCommand::Suspend { id } => suspend(&*client, out, &id, true)?,
        InstanceCommand::Activate { id } => suspend(&*client, out, &id, false)?,
        InstanceCommand::Set { id, variables } => {
            let set = vars::parse(&variables).map_err(Failure::new)?;
            let names: Vec<String> = set.keys().cloned().collect();
            client.operator()?.change_variables(&id, set, Vec::new())?;
            out.answer(&serde_json::json!({ "id": id, "set": names }), |_| {
                format!("Set: {}.", names.join(", "))
            })?;
        }
        InstanceCommand::Unset { id, names } => {
            let desk = client.operator()?;
            desk.change_variables(&id, Default::default(), names.clone())?;
            out.answer(&serde_json::json!({ "id": id, "removed": names }), |_| {
                format!("Removed: {}.", names.join(", "))
            })?;
        }
        InstanceCommand::Waits { id } => {
            let waits = client.operator()?.waits(&id)?;
            out.answer(&waits, |waits| {
                let rows = waits.iter().map(|wait| {
                    vec![
                        wait.kind.clone(),
                        clean(&wait.name),
                        wait.activity_id.clone(),
                        local(wait.since),
                        wait.execution_id.clone(),
                    ]
                });
                let header = ["kind", "name", "activity", "since", "execution"];
                table(&header, rows.collect(), "It waits for no event.")
            })?;
        }
        InstanceCommand::Migrate {
            ids: given,
            key,
            version,
            to_version,
            map,
            update_events,
            dry_run,
        } => {
            let from = match (key, version) {
                (Some(key), Some(version)) => Some(of_version(&*client, &key, version)?),
                _ => None,
            };
            let map = map.iter().map(|pair| match pair.split_once('=') {
                Some((old, new)) => Ok((old.to_owned(), new.to_owned())),
                None => Err(Failure::new(format!("--map {pair}: expected OLD=NEW"))),
            });
            let whole = given.into_iter().map(|id| ids::instance(&*client, id));
            let request = MigrationRequest {
                instances: whole.collect::<Result<_, _>>()?,
                from,
                version: to_version,
                map: map.collect::<Result<_, Failure>>()?,
                update_event_triggers: update_events,
                dry_run,
            };
            let told = client.operator()?.migrate(&request)?;
            out.answer(&told, |_| migrated(&told, dry_run))?;
            let stay = told.iter().filter(|one| one.problem.is_some()).count();
            if stay > 0 {
                return Err(Failure::new(format!(
                    "{stay} of {} can not move as they are",
                    told.len()
                )));
            }
        }
        InstanceCommand::Modify {
            id,
            cancel,
            before,
            after,
            flow,
        } => {
            let cancelled = cancel.into_iter();
            let mut instructions: Vec<Instruction> = cancelled
                .map(|activity| Instruction::CancelActivity { activity })
                .collect();
            let variables = client::value::Map::new;
            instructions.extend(before.into_iter().map(|activity| Instruction::StartBefore {
                activity,
                variables: variables(),
            }));
            instructions.extend(after.into_iter().map(|activity| Instruction::StartAfter {
                activity,
                variables: variables(),
            }));
            instructions.extend(flow.into_iter().map(|flow| Instruction::StartTransition {
                flow,
                variables: variables(),
            }));
            if instructions.is_empty() {
                return Err(Failure::new(
                    "say what to move: --cancel, --before, --after or --flow",
                ));
            }
            client.operator()?.modify(&id, instructions)?;
            let detail = client.instance(&id);
            let active = detail.map(|d| d.active_activity_ids).unwrap_or_default();
            out.answer(
                &serde_json::json!({ "id": id, "active": active }),
                |_| match active.is_empty() {
                    true => format!("Instance {id} has ended."),
                    false => format!("Instance {id} is now at {}.", active.join(", ")),
                },
            )?;
        }
    }
    Ok(())
}

/// The id of a version of a process.
fn of_version(client: &dyn client::Client, key: &str, version: i32) -> Result<String, Failure> {
    let all = client.operator()?.versions(true)?.into_iter();
    let mut all = all.map(|version| version.definition);
    let found = all.find(|row| row.key == key && row.version == version);
    found.map(|row| row.id).ok_or_else(|| {
        Failure::new(format!(
            "there is no {key} v{version}; see crewdesk process list --all"
        ))
    })
}

/// A line for each instance, with why it stays below.
fn migrated(told: &[Migrated], dry_run: bool) -> String {
    if told.is_empty() {
        return "No instance runs there.".to_owned();
    }
    let lines = told.iter().map(|one| {
        let name = one.title.as_deref().map(|title| format!(" ({title})"));
        let name = format!("{}{}", one.id, name.unwrap_or_default());
        let way = format!("v{} to v{}", one.from, one.to);
        match &one.problem {
            None if dry_run => format!("{name} can move from {way}."),
            None => format!("{name} moved from {way}."),
            Some(problem) => {
                format!(
                    "{name} stays on v{}: {}",
                    one.from,
                    problem.replace('\n', "\n  ")
                )
            }
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn suspend(client: &dyn client::Client, out: &Output, id: &str, suspended: bool) -> Done {
    client.operator()?.suspend_instance(id, suspended)?;
    out.answer(
        &serde_json::json!({ "id": id, "suspended": suspended }),
        |_| match suspended {
            true => format!("Instance {id} is suspended: nothing in it goes on."),
            false => format!("Instance {id} goes on."),
        },
    )?;
    Ok(())
}

fn called(instance: &InstanceView) -> String {
    clean(instance.title.as_deref().unwrap_or(instance.process()))
}

fn list(items: &[InstanceView], now: DateTime<Utc>) -> String {
    let several = several(items.iter().map(InstanceView::process));
    let rows = items.iter().map(|i| {
        let process = several.then(|| clean(i.process()));
        let row = vec![
            short(&i.id).to_owned(),
            called(i),
            match i.undone {
                true => format!("{} (taken back)", i.state),
                false => i.state.clone(),
            },
            if i.ended {
                String::new()
            } else {
                i.assignee.clone().unwrap_or_default()
            },
            if i.ended {
                String::new()
            } else {
                due(i.due, now)
            },
            i.business_key.clone().unwrap_or_default(),
            if i.incidents > 0 {
                count(i.incidents.into(), "incident")
            } else {
                String::new()
            },
        ];
        row.into_iter().chain(process).collect()
    });
    const HEAD: [&str; 8] = [
        "id",
        "job",
        "state",
        "with",
        "due",
        "business key",
        "",
        "process",
    ];
    table(
        &HEAD[..7 + usize::from(several)],
        rows.collect(),
        "No instances.",
    )
}

fn detail(detail: &InstanceDetail, now: DateTime<Utc>) -> String {
    let i = &detail.instance;
    let mut text = format!(
        "{}, {} v{}, {}\n",
        called(i),
        i.process_definition_key,
        i.process_definition_version,
        i.id
    );
    let _ = writeln!(text, "state         {}", i.state);
    let _ = writeln!(
        text,
        "started       {}{}",
        local(i.start_time),
        i.start_user_id
            .as_ref()
            .map(|u| format!(" by {u}"))
            .unwrap_or_default()
    );
    if let Some(end) = i.end_time {
        let _ = writeln!(text, "ended         {}", local(end));
    }
    if let Some(key) = &i.business_key {
        let _ = writeln!(text, "business key  {}", clean(key));
    }
    if let Some(reason) = &i.delete_reason {
        let _ = writeln!(text, "cancelled     {}", clean(reason));
    }
    let linked = |what: &str, other: &LinkedInstance| {
        let state = match other.state.as_str() {
            "ACTIVE" => String::new(),
            state => format!(", {state}"),
        };
        format!("{what:<14}{} ({}){state}\n", clean(&other.name), other.id)
    };
    text.extend(
        detail
            .caller
            .iter()
            .map(|caller| linked("called by", caller)),
    );
    let called = detail.called_instances.iter();
    text.extend(called.map(|called| linked("called", called)));
    for task in &detail.tasks {
        let whose = task.assignee.as_deref().unwrap_or("open to claim");
        let mut facts = vec![format!("{} ({})", clean(&task.name), task.id), clean(whose)];
        facts.extend(task.due.map(|at| due(Some(at), now)));
        let _ = writeln!(text, "task          {}", facts.join(", "));
    }
    for incident in &detail.incident_list {
        let _ = writeln!(
            text,
            "incident      {}: {}",
            incident.activity_id,
            clean(incident.incident_message.as_deref().unwrap_or(""))
        );
    }
    for retry in &detail.retrying {
        let at = retry
            .at
            .map_or_else(|| "soon".to_owned(), |at| format!("at {}", local(at)));
        let _ = writeln!(
            text,
            "tries again   {at}, {} left, {}: {}",
            retry.retries,
            retry.activity_id,
            clean(&retry.message)
        );
    }
    for activity in &detail.activities {
        let name = activity
            .activity_name
            .as_deref()
            .unwrap_or(&activity.activity_id);
        let _ = writeln!(
            text,
            "running       {} ({})",
            clean(name),
            activity.activity_id
        );
    }
    let facts = detail.variables.get("columnFacts");
    let empty = |v: &serde_json::Value| v["value"].is_null() && v["valueInfo"]["secret"] != true;
    let told = |name: &str, v: &serde_json::Value| !(empty(v) || name == "columnFacts");
    let silent = detail.variables.iter().filter(|(_, v)| empty(v));
    let silent: Vec<String> = silent.map(|(name, _)| clean(name)).collect();
    let shown = detail.variables.iter().filter(|(name, v)| told(name, v));
    let kept = detail.variables.get("insertionKept");
    let kept = kept.is_none_or(|v| v["value"] != false);
    let rows = shown.map(|(name, v)| {
        let value = outcome(name, worded(v), kept);
        vec![name.clone(), kind(v), value]
    });
    text.push('\n');
    text += &table(
        &["variable", "type", "value"],
        rows.collect(),
        "No variables with a value.\n",
    );
    if !silent.is_empty() {
        let _ = writeln!(text, "without a value: {}", silent.join(", "));
    }
    let scopes = detail.local_variables.iter();
    let local = scopes.flat_map(|scope| {
        let of = scope.activity_name.as_ref().unwrap_or(&scope.activity_id);
        let of = match scope.task_id {
            Some(_) => format!("{} (task)", clean(of)),
            None => clean(of),
        };
        let variables = scope.variables.iter();
        variables.map(move |(name, v)| vec![name.clone(), of.clone(), kind(v), worded(v)])
    });
    let local: Vec<_> = local.collect();
    if !local.is_empty() {
        text.push('\n');
        text += &table(&["local variable", "of", "type", "value"], local, "");
    }
    let facts = facts.map(|v| ColumnFacts::of_variable(&v["value"]));
    if let Some(facts) = facts.filter(|facts| !facts.is_empty()) {
        text.push('\n');
        text += &super::insert::facts(&facts);
    }
    text
}

fn kind(typed: &serde_json::Value) -> String {
    typed["type"].as_str().unwrap_or_default().to_owned()
}

/// A variable's value as people read it; nothing of a secret.
fn worded(typed: &serde_json::Value) -> String {
    match (&typed["value"], typed["valueInfo"]["secret"].as_bool()) {
        (_, Some(true)) => "******".to_owned(),
        (value, _) if typed["valueInfo"]["removed"] == true => {
            let hash = value.as_str().unwrap_or_default();
            format!("{} (the copy of the frame was removed since)", clean(hash))
        }
        (serde_json::Value::String(s), _) => clean(s),
        (other, _) => other.to_string(),
    }
}

/// That all rows fitted does not say that they stayed.
fn outcome(name: &str, value: String, kept: bool) -> String {
    match name == "insertionStatus" && value == "SUCCESS" && !kept {
        true => format!("{value} (all rows fitted, none was kept)"),
        false => value,
    }
}

fn history(entries: &[HistoryEntry]) -> String {
    let mut text = String::new();
    for e in entries {
        let _ = writeln!(text, "{}  {}", local(e.time), clean(&e.text));
    }
    text
}

pub fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

fn drawing(view: &DiagramView, ascii: bool) -> Result<String, Failure> {
    let options = Options {
        ascii,
        ..Options::default()
    };
    let grid = client::drawing::draw(view, &options).map_err(Failure::new)?;
    let lines: Vec<_> = grid
        .lines()
        .iter()
        .map(|l| l.trim_end().to_owned())
        .collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_fitted_and_went_again_are_no_success() {
        let told = |name: &str, value: &str, kept| outcome(name, value.to_owned(), kept);
        let all = "SUCCESS (all rows fitted, none was kept)";
        assert_eq!(told("insertionStatus", "SUCCESS", false), all);
        assert_eq!(told("insertionStatus", "SUCCESS", true), "SUCCESS");
        assert_eq!(told("insertionStatus", "FAILURE", false), "FAILURE");
        assert_eq!(told("other", "SUCCESS", false), "SUCCESS");
    }
}
