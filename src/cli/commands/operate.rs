//! `crewdesk process …`, `incident …`, `message …`, `signal …`

use crate::cli::args::{
    CleanupArg, IncidentCommand, IncidentFilter, MessageCommand, ProcessCommand, SignalCommand,
};
use crate::cli::output::{Output, clean, count, short, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure, ids, vars};
use crate::client::Client;
use crate::client::operate::{Heard, IncidentView, Message, Operator, Reached, Version};
use chrono::Local;
use serde_json::json;

/// Incidents that are tried again in one command: all or none of them.
const TOGETHER: usize = 500;

pub fn process(session: &Session, out: &Output, command: ProcessCommand) -> Done {
    let client = session.client()?;
    let desk = client.operator()?;
    match command {
        ProcessCommand::List { all } => out.answer(&desk.versions(all)?, |rows| versions(rows))?,
        ProcessCommand::Cleanup {
            what: CleanupArg::Now,
        } => {
            let gone = desk.clean_history()?;
            out.answer(&json!({ "instances": gone }), |_| {
                format!("The history of {} is gone.", count(gone, "instance"))
            })?;
        }
        ProcessCommand::Cleanup { what } => {
            let on = what == CleanupArg::On;
            desk.set_cleanup(on)?;
            out.answer(&json!({ "on": on }), |_| match on {
                true => "A worker removes histories whose time to live is over.".to_owned(),
                false => "All histories are kept.".to_owned(),
            })?;
        }
        ProcessCommand::Suspend {
            key,
            version,
            instances,
        } => suspend(desk, out, &key, version, true, instances)?,
        ProcessCommand::Activate {
            key,
            version,
            instances,
        } => suspend(desk, out, &key, version, false, instances)?,
        ProcessCommand::Delete {
            key,
            version,
            history,
        } => {
            let gone = desk.delete_version(&key, version, history)?;
            out.answer(
                &json!({ "key": key, "version": version, "deleted": true, "instances": gone }),
                |_| match gone {
                    0 => format!("{key} v{version} is deleted."),
                    n => format!(
                        "{key} v{version} is deleted, with the history of {}.",
                        count(n, "instance")
                    ),
                },
            )?;
        }
    }
    Ok(())
}

fn suspend(
    desk: &dyn Operator,
    out: &Output,
    key: &str,
    version: Option<i32>,
    suspended: bool,
    instances: bool,
) -> Done {
    let changed = desk.suspend_process(key, version, suspended, instances)?;
    let which = version.map_or_else(|| key.to_owned(), |version| format!("{key} v{version}"));
    out.answer(
        &json!({
            "key": key, "version": version, "suspended": suspended,
            "instances": changed.instances, "batch": changed.batch,
        }),
        |_| {
            let (what, done) = match suspended {
                true => ("starts no instances now", "suspended"),
                false => ("starts instances again", "activated"),
            };
            let instances = count(changed.instances, "instance");
            match &changed.batch {
                None => format!("{which} {what}; {instances} {done}."),
                Some(batch) => format!(
                    "{which} {what}; {instances} are being {done} by batch {}.",
                    short(batch)
                ),
            }
        },
    )?;
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

pub fn incident(session: &Session, out: &Output, command: IncidentCommand) -> Done {
    let client = session.client()?;
    let desk = client.operator()?;
    match command {
        IncidentCommand::List { only } => {
            let incidents = chosen(&*client, only)?;
            out.answer(&incidents, |incidents| listed(incidents))?;
        }
        IncidentCommand::Retry { ids, only } => {
            let ids = match ids.is_empty() {
                true => chosen(&*client, only)?.into_iter().map(|i| i.id).collect(),
                false => {
                    let open = desk.incidents()?;
                    let named = ids.into_iter().map(|id| ids::incident(&open, id));
                    named.collect::<Result<Vec<_>, _>>()?
                }
            };
            let mut again = 0;
            for some in ids.chunks(TOGETHER) {
                again += u64::from(desk.retry_incidents(some)?);
            }
            let left = ids.len() as u64 - again;
            out.answer(&json!({ "retried": again, "resolved": left }), |_| {
                let again = format!("{} tried again", count(again, "failed step"));
                match left {
                    0 => format!("{again}."),
                    n => format!(
                        "{again}; {} not open: resolved already, or never there.",
                        count(n, "incident")
                    ),
                }
            })?;
        }
    }
    Ok(())
}

/// The open incidents that fit.
fn chosen(client: &dyn Client, only: IncidentFilter) -> Result<Vec<IncidentView>, Failure> {
    let instance = only.instance.map(|id| ids::instance(client, id));
    let instance = instance.transpose()?;
    let cause = only.cause.map(|text| text.to_lowercase());
    let fits = |incident: &IncidentView| {
        let message = incident.incident_message.as_deref().unwrap_or_default();
        only.key.as_ref().is_none_or(|key| incident.key() == key)
            && only
                .activity
                .as_ref()
                .is_none_or(|id| incident.activity_id == *id)
            && cause
                .as_ref()
                .is_none_or(|text| message.to_lowercase().contains(text))
            && instance
                .as_ref()
                .is_none_or(|id| incident.process_instance_id == *id)
    };
    let mut all = client.operator()?.incidents()?;
    all.retain(fits);
    Ok(all)
}

fn listed(incidents: &[IncidentView]) -> String {
    let rows = incidents.iter().map(|incident| {
        vec![
            incident.id.clone(),
            short(&incident.process_instance_id).to_owned(),
            incident.key().to_owned(),
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
    let header = [
        "id", "instance", "process", "type", "activity", "since", "cause",
    ];
    table(&header, rows.collect(), "Nothing has failed.")
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
    let reached = client.operator()?.correlate(message).map_err(|error| {
        let several = error
            .to_string()
            .contains("executions match the correlation keys");
        match several {
            true => Failure::new(format!(
                "{error} Name one by --business-key, --instance or --key, or say --all"
            )),
            false => error.into(),
        }
    })?;
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
    let heard = desk.signal(&name, execution.as_deref(), variables)?;
    let mut answer = json!({ "name": name, "sent": true });
    if let Some(heard) = heard {
        answer["executions"] = heard.executions.into();
        answer["started"] = heard.started.into();
    }
    out.answer(&answer, |_| match heard {
        Some(heard) => heard_by(&name, heard),
        None => format!("The signal {name} is sent to all who wait for it."),
    })?;
    Ok(())
}

fn heard_by(name: &str, heard: Heard) -> String {
    let executions = count(heard.executions, "execution");
    let started = count(heard.started, "instance");
    match (heard.executions, heard.started) {
        (0, 0) => format!("Nobody waited for the signal {name}."),
        (_, 0) => format!("{executions} got the signal {name}."),
        (0, _) => format!("The signal {name} started {started}."),
        _ => format!("{executions} got the signal {name}, and it started {started}."),
    }
}
