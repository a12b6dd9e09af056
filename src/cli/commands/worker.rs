//! `crewdesk worker run`

use crate::cli::args::WorkerCommand;
use crate::cli::output::{Output, clean, count, short};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::operate::IncidentView;
use serde::Serialize;
use std::collections::HashSet;

/// What was done, and what failed on the way.
#[derive(Serialize)]
struct Worked {
    #[serde(flatten)]
    done: crate::client::WorkDone,
    /// Steps that stand still now and did not before.
    incidents: Vec<IncidentView>,
}

pub fn run(session: &Session, out: &Output, command: WorkerCommand) -> Done {
    let WorkerCommand::Run { until_idle } = command;
    let host = session.host()?;
    let before = host.incidents()?.into_iter();
    let before: HashSet<String> = before.map(|incident| incident.id).collect();
    let done = if until_idle {
        host.work_until_idle()?
    } else {
        host.work_until_stopped()?
    };
    let mut incidents = host.incidents()?;
    incidents.retain(|incident| !before.contains(&incident.id));
    let worked = Worked { done, incidents };
    out.answer(&worked, text)?;
    match worked.incidents.len() as u64 {
        0 => Ok(()),
        n => Err(Failure::new(format!(
            "{} failed and will not be tried again by itself: crewdesk incident list, crewdesk \
             incident retry",
            count(n, "step")
        ))),
    }
}

fn text(worked: &Worked) -> String {
    let d = &worked.done;
    let requests = match d.connectors {
        0 => String::new(),
        n => format!(", {}", count(n, "request")),
    };
    let mut text = format!(
        "{}, {} ({} kept, {} sent back){requests}, {}",
        count(d.jobs, "job"),
        count(d.insertions, "insertion"),
        d.kept,
        d.sent_back,
        count(d.reminders, "reminder")
    );
    for incident in &worked.incidents {
        let title = incident.title.as_deref().unwrap_or(incident.key());
        let message = incident.incident_message.as_deref();
        text += &format!(
            "\nfailed: {} in {} ({}): {}",
            incident.activity_id,
            clean(title),
            short(&incident.process_instance_id),
            clean(message.unwrap_or("no reason was given"))
        );
    }
    text
}
