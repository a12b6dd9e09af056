//! `crewdesk worker run`

use crate::cli::Done;
use crate::cli::args::WorkerCommand;
use crate::cli::output::{Output, count};
use crate::cli::session::Session;

pub fn run(session: &Session, out: &Output, command: WorkerCommand) -> Done {
    let WorkerCommand::Run { until_idle } = command;
    let host = session.host()?;
    let done = if until_idle {
        host.work_until_idle()?
    } else {
        host.work_until_stopped()?
    };
    out.answer(&done, |d| {
        let requests = match d.connectors {
            0 => String::new(),
            n => format!(", {}", count(n, "request")),
        };
        format!(
            "{}, {} ({} kept, {} sent back){requests}, {}",
            count(d.jobs, "job"),
            count(d.insertions, "insertion"),
            d.kept,
            d.sent_back,
            count(d.reminders, "reminder")
        )
    })?;
    Ok(())
}
