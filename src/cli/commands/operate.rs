//! `crewdesk process …`, `job …`, `incident …`, `message …`, `signal …`

use crate::cli::args::{
    IncidentCommand, JobCommand, MessageCommand, ProcessCommand, SignalCommand,
};
use crate::cli::output::{Output, clean, count, due, short, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure, ids, vars};
use crate::client::operate::{JobQuery, JobView, Message, Reached, Version};
use chrono::{DateTime, Local, Utc};
use serde_json::json;

pub fn process(session: &Session, out: &Output, command: ProcessCommand) -> Done {
    let client = session.client()?;
    let desk = client.operator()?;
    match command {
        ProcessCommand::List { all } => out.answer(&desk.versions(all)?, |rows| versions(rows))?,
        ProcessCommand::Suspend { key, instances } => {
            let changed = desk.suspend_process(&key, true, instances)?;
            out.answer(
                &json!({ "key": key, "suspended": true, "instances": changed }),
                |_| {
                    format!(
                        "{key} starts no instances now; {} suspended.",
                        count(changed, "instance")
                    )
                },
            )?;
        }
        ProcessCommand::Activate { key, instances } => {
            let changed = desk.suspend_process(&key, false, instances)?;
            out.answer(
                &json!({ "key": key, "suspended": false, "instances": changed }),
                |_| {
                    format!(
                        "{key} starts instances again; {} activated.",
                        count(changed, "instance")
                    )
                },
            )?;
        }
    }
    Ok(())
}

fn versions(rows: &[Version]) -> String {
    let rows = rows.iter().map(|row| {
        let definition = &row.definition;
        vec![
            definition.key.clone(),
            definition.version.to_string(),
            definition.version_tag.clone().unwrap_or_default(),
            clean(definition.name.as_deref().unwrap_or_default()),
            row.instances.to_string(),
            row.with_incidents.to_string(),
            if definition.suspended {
                "suspended"
            } else {
                "active"
            }
            .to_owned(),
        ]
    });
    let header = [
        "key",
        "version",
        "tag",
        "name",
        "running",
        "incidents",
        "state",
    ];
    table(&header, rows.collect(), "No process is deployed.")
}

pub fn job(session: &Session, out: &Output, command: JobCommand) -> Done {
    let client = session.client()?;
    let desk = client.operator()?;
    match command {
        JobCommand::List { failed, instance } => {
            let instance = instance.map(|id| ids::instance(&*client, id)).transpose()?;
            let query = JobQuery {
                process_instance_id: instance,
                failed,
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
                true => u64::from(desk.retry_all(key.as_deref())?),
                false if named.is_empty() => {
                    return Err(Failure::new(
                        "name the jobs, or say --all for everything that has failed",
                    ));
                }
                false => {
                    let named = named.into_iter().map(|id| ids::job(desk, id));
                    let named = named.collect::<Result<Vec<_>, _>>()?;
                    desk.set_job_retries(&named, retries)?;
                    named.len() as u64
                }
            };
            out.answer(&json!({ "retried": again }), |_| {
                format!("{} tried again.", count(again, "failed step"))
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
            job.retries.to_string(),
            clean(job.exception_message.as_deref().unwrap_or_default()),
        ]
    });
    let header = [
        "id",
        "kind",
        "activity",
        "instance",
        "due",
        "retries",
        "last failure",
    ];
    table(&header, rows.collect(), "No job waits.")
}

pub fn incident(session: &Session, out: &Output, command: IncidentCommand) -> Done {
    let IncidentCommand::List = command;
    let client = session.client()?;
    let incidents = client.operator()?.incidents()?;
    out.answer(&incidents, |incidents| {
        let rows = incidents.iter().map(|incident| {
            vec![
                short(&incident.process_instance_id).to_owned(),
                incident.incident_type.clone(),
                incident.activity_id.clone(),
                incident
                    .incident_timestamp
                    .with_timezone(&Local)
                    .format("%Y-%m-%d %H:%M")
                    .to_string(),
                clean(incident.incident_message.as_deref().unwrap_or_default()),
            ]
        });
        let header = ["instance", "type", "activity", "since", "cause"];
        table(&header, rows.collect(), "Nothing has failed.")
    })?;
    Ok(())
}

pub fn message(session: &Session, out: &Output, command: MessageCommand) -> Done {
    let MessageCommand::Send {
        name,
        business_key,
        instance,
        key,
        var,
        all,
    } = command;
    let client = session.client()?;
    let instance = instance.map(|id| ids::instance(&*client, id)).transpose()?;
    let message = Message {
        name,
        business_key,
        process_instance_id: instance,
        keys: vars::parse(&key).map_err(Failure::new)?,
        variables: vars::parse(&var).map_err(Failure::new)?,
        all,
        ..Message::default()
    };
    let reached = client.operator()?.correlate(message)?;
    let shown: Vec<_> = reached
        .iter()
        .map(|one| {
            let started = matches!(one, Reached::Started { .. });
            json!({ "processInstanceId": one.process_instance_id(), "started": started })
        })
        .collect();
    out.answer(&shown, |_| {
        let lines = reached.iter().map(|one| match one {
            Reached::Execution {
                process_instance_id,
                ..
            } => format!("Instance {process_instance_id} has it and goes on."),
            Reached::Started {
                process_instance_id,
            } => format!("Instance {process_instance_id} is started."),
        });
        let lines: Vec<String> = lines.collect();
        match lines.is_empty() {
            true => "Nobody waited for it.".to_owned(),
            false => lines.join("\n"),
        }
    })?;
    Ok(())
}

pub fn signal(session: &Session, out: &Output, command: SignalCommand) -> Done {
    let SignalCommand::Send {
        name,
        execution,
        var,
    } = command;
    let variables = vars::parse(&var).map_err(Failure::new)?;
    let client = session.client()?;
    let desk = client.operator()?;
    desk.signal(&name, execution.as_deref(), variables)?;
    out.answer(&json!({ "name": name, "sent": true }), |_| {
        format!("The signal {name} is sent to all who wait for it.")
    })?;
    Ok(())
}
