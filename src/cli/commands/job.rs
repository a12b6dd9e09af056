//! `crewdesk job …`

use super::{instance, start};
use crate::cli::args::{JobCommand, JobsArg};
use crate::cli::output::{Output, clean, count, due, short, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure, ids};
use crate::client::operate::{JobDefinitionView, JobQuery, JobView, Operator, Retried, key_of};
use chrono::{DateTime, Utc};
use serde_json::json;

pub fn run(session: &Session, out: &Output, command: JobCommand) -> Done {
    let client = session.client()?;
    let desk = client.operator()?;
    match command {
        JobCommand::List { failed, instance } => {
            let instance = instance.map(|id| ids::instance(&*client, id)).transpose()?;
            let query = JobQuery {
                process_instance_id: instance,
                failed,
                id: None,
            };
            out.answer(&desk.jobs(query)?, |jobs| list(jobs, Utc::now()))?;
        }
        JobCommand::Retry {
            ids: named,
            all,
            key,
            retries,
        } => {
            let again = match all || key.is_some() {
                true => desk.retry_all(key.as_deref())?,
                false if named.is_empty() => {
                    return Err(Failure::new(
                        "name the jobs, or say --all for everything that has failed",
                    ));
                }
                false => {
                    let named = named.into_iter().map(|id| ids::job(desk, id));
                    let named = named.collect::<Result<Vec<_>, _>>()?;
                    desk.set_job_retries(&named, retries)?;
                    Retried {
                        tries: named.len() as u64,
                        batch: None,
                    }
                }
            };
            let steps = count(again.tries, "failed step");
            let answer = json!({ "retried": again.tries, "batch": again.batch });
            out.answer(&answer, |_| match &again.batch {
                None => format!("{steps} tried again."),
                Some(batch) => format!("{steps} are being tried again by batch {}.", short(batch)),
            })?;
        }
        JobCommand::Suspend(which) => suspend(desk, out, which, true)?,
        JobCommand::Activate(which) => suspend(desk, out, which, false)?,
        JobCommand::Priority {
            id: Some(id),
            priority: Some(priority),
            ..
        } => {
            let id = ids::job(desk, id)?;
            desk.set_job_priority(&id, priority)?;
            out.answer(&json!({ "id": id, "priority": priority }), |_| {
                format!("Job {id} has the priority {priority}.")
            })?;
        }
        JobCommand::Priority {
            priority,
            definition,
            jobs,
            ..
        } => {
            let id = definition.unwrap_or_default();
            desk.set_job_definition_priority(&id, priority, jobs)?;
            let answer = json!({ "definition": id, "priority": priority, "jobs": jobs });
            out.answer(&answer, |_| {
                let there = if jobs {
                    ", and those that are there"
                } else {
                    ""
                };
                match priority {
                    Some(n) => format!("New jobs of {id} have the priority {n}{there}."),
                    None => format!("New jobs of {id} have the priority that the model says."),
                }
            })?;
        }
        JobCommand::Definitions { key } => {
            let found = desk.job_definitions(key.as_deref())?;
            out.answer(&found, |rows| definitions(rows))?;
        }
        JobCommand::Due { id, when } => {
            let at = when.map(|text| start::when(&text)).transpose()?;
            let id = ids::job(desk, id)?;
            desk.set_job_due(&id, at)?;
            out.answer(&json!({ "id": id, "dueDate": at }), |_| match at {
                Some(at) => format!("Job {id} is due {}.", instance::local(at)),
                None => format!("Job {id} is due now."),
            })?;
        }
        JobCommand::Run { id } => {
            let id = ids::job(desk, id)?;
            desk.run_job(&id)?;
            out.answer(&json!({ "id": id, "executed": true }), |_| {
                format!("Job {id} has run.")
            })?;
        }
    }
    Ok(())
}

fn list(jobs: &[JobView], now: DateTime<Utc>) -> String {
    let rows = jobs.iter().map(|job| {
        vec![
            job.id.clone(),
            job.kind.clone(),
            job.activity_id.clone(),
            job.process_instance_id
                .as_deref()
                .map_or("-", short)
                .to_owned(),
            due(Some(job.due_date), now),
            job.priority.to_string(),
            job.retries.to_string(),
            state(job.suspended).to_owned(),
            clean(job.exception_message.as_deref().unwrap_or_default()),
        ]
    });
    let header = [
        "id",
        "kind",
        "activity",
        "instance",
        "due",
        "priority",
        "retries",
        "state",
        "last failure",
    ];
    table(&header, rows.collect(), "No job waits.")
}

fn state(suspended: bool) -> &'static str {
    if suspended { "suspended" } else { "active" }
}

fn suspend(desk: &dyn Operator, out: &Output, which: JobsArg, suspended: bool) -> Done {
    let state = state(suspended);
    if let Some(id) = which.definition {
        desk.suspend_job_definition(&id, suspended, which.jobs)?;
        let answer = json!({ "definition": id, "suspended": suspended, "jobs": which.jobs });
        return Ok(out.answer(&answer, |_| match which.jobs {
            true => format!("New jobs of {id} are {state}, and those that are there."),
            false => {
                format!("New jobs of {id} are {state}; those that are there stay as they are.")
            }
        })?);
    }
    let named = which.ids.into_iter().map(|id| ids::job(desk, id));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    // What is gone is told, and nothing changed then.
    for id in &named {
        let query = JobQuery {
            id: Some(id.clone()),
            ..JobQuery::default()
        };
        if desk.jobs(query)?.iter().all(|job| job.id != *id) {
            return Err(Failure::new(format!(
                "there is no job {id}; it may have run"
            )));
        }
    }
    desk.suspend_jobs(&named, suspended)?;
    let jobs = count(named.len() as u64, "job");
    out.answer(&json!({ "jobs": named, "suspended": suspended }), |_| {
        format!("{jobs} {state}.")
    })?;
    Ok(())
}

fn definitions(rows: &[JobDefinitionView]) -> String {
    let rows = rows.iter().map(|row| {
        vec![
            row.id.clone(),
            key_of(&row.process_definition_id).to_owned(),
            row.activity_id.clone(),
            row.job_type.clone(),
            clean(row.job_configuration.as_deref().unwrap_or_default()),
            row.overriding_job_priority
                .map_or_else(|| "of the model".to_owned(), |n| n.to_string()),
            state(row.suspended).to_owned(),
        ]
    });
    let header = [
        "id", "process", "activity", "type", "of", "priority", "state",
    ];
    table(&header, rows.collect(), "No process makes jobs.")
}
