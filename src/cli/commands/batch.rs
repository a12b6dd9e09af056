//! `crewdesk batch …`

use super::instance::local;
use crate::cli::args::BatchCommand;
use crate::cli::output::{Output, count, short, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::operate::{BatchView, Operator};
use serde_json::json;
use std::fmt::Write;

pub fn run(session: &Session, out: &Output, command: BatchCommand) -> Done {
    let client = session.client()?;
    let desk = client.operator()?;
    match command {
        BatchCommand::List => out.answer(&desk.batches()?, |rows| list(rows))?,
        BatchCommand::Show { id } => {
            out.answer(&desk.batch(&whole(desk, &id)?)?, show)?;
        }
        BatchCommand::Suspend { id } => suspend(desk, out, &id, true)?,
        BatchCommand::Activate { id } => suspend(desk, out, &id, false)?,
        BatchCommand::Retry { id } => {
            let id = whole(desk, &id)?;
            let items = desk.retry_batch(&id)?;
            out.answer(&json!({ "id": id, "items": items }), |_| {
                format!(
                    "{} of batch {} tried again.",
                    count(items, "item"),
                    short(&id)
                )
            })?;
        }
        BatchCommand::Cancel { id } => {
            let id = whole(desk, &id)?;
            desk.cancel_batch(&id)?;
            out.answer(&json!({ "id": id, "cancelled": true }), |_| {
                format!(
                    "Batch {} is cancelled; what is done stays done.",
                    short(&id)
                )
            })?;
        }
    }
    Ok(())
}

/// The batch whose id is this, or begins or ends like it.
fn whole(desk: &dyn Operator, id: &str) -> Result<String, Failure> {
    let all = desk.batches()?.into_iter().map(|batch| batch.id);
    let fits = |known: &String| known.starts_with(id) || known.ends_with(id);
    let mut fitting: Vec<String> = all.filter(fits).collect();
    match fitting.len() {
        1 => Ok(fitting.remove(0)),
        0 => Ok(id.to_owned()),
        n => Err(Failure::new(format!(
            "{id} fits {n} batches; give more of the id"
        ))),
    }
}

fn suspend(desk: &dyn Operator, out: &Output, id: &str, suspended: bool) -> Done {
    let id = whole(desk, id)?;
    desk.suspend_batch(&id, suspended)?;
    out.answer(&json!({ "id": id, "suspended": suspended }), |_| {
        let goes = if suspended { "is suspended" } else { "goes on" };
        format!("Batch {} {goes}.", short(&id))
    })?;
    Ok(())
}

fn list(rows: &[BatchView]) -> String {
    let shown = rows.iter().map(|batch| {
        vec![
            short(&batch.id).to_owned(),
            batch.kind.clone(),
            format!("{} of {}", batch.completed, batch.total),
            batch.failed.to_string(),
            state(batch).to_owned(),
            batch.user_id.clone().unwrap_or_default(),
            local(batch.created),
        ]
    });
    let header = ["id", "does", "done", "failed", "state", "by", "since"];
    table(&header, shown.collect(), "No batch is under way.")
}

fn state(batch: &BatchView) -> &'static str {
    match batch {
        batch if batch.stopped.is_some() => "stopped",
        batch if batch.suspended => "suspended",
        batch if batch.completed + batch.failed == batch.total => "failed",
        _ => "running",
    }
}

fn show(batch: &BatchView) -> String {
    let mut text = format!(
        "{}: {}\n{} of {} done, {} failed; {}\n",
        batch.id,
        batch.kind,
        batch.completed,
        batch.total,
        batch.failed,
        state(batch)
    );
    if let Some(why) = &batch.stopped {
        let id = short(&batch.id);
        let _ = writeln!(
            text,
            "It was stopped: {why}. To answer for it from now on: crewdesk batch activate {id}"
        );
    }
    for failure in &batch.failures {
        let left = match failure.retries {
            0 => "given up".to_owned(),
            1 => "1 try left".to_owned(),
            n => format!("{n} tries left"),
        };
        let _ = writeln!(text, "  {} ({left}): {}", failure.item, failure.message);
    }
    text
}
