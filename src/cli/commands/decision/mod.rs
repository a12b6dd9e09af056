//! `crewdesk decision …`

mod beside;
mod check;
mod evaluate;
mod named;
mod show;
mod tck;

use crate::cli::Done;
use crate::cli::args::DecisionCommand;
use crate::cli::output::{Output, table};
use crate::cli::session::Session;
use crate::client::Client;
use named::Named;

pub fn run(session: &Session, out: &Output, command: DecisionCommand) -> Done {
    match command {
        DecisionCommand::List => list(&*session.client()?, out),
        DecisionCommand::Show { decision } => show::run(out, &Named::find(session, &decision)?),
        DecisionCommand::Evaluate {
            decision,
            variables,
            explain,
            limits,
        } => {
            let decision = Named::find(session, &decision)?;
            evaluate::run(out, &decision, &variables, explain, &limits)
        }
        DecisionCommand::Check { files } => check::run(session, out, &files),
        DecisionCommand::Tck { dir } => tck::run(out, &dir),
    }
}

fn list(client: &dyn Client, out: &Output) -> Done {
    let decisions = client.decisions()?;
    out.answer(&decisions, |decisions| {
        let row = |d: &crate::client::DecisionDefinition| {
            vec![
                d.key.clone(),
                d.version.to_string(),
                d.name.clone().unwrap_or_default(),
            ]
        };
        let none = "No decision is deployed: crewdesk deploy FILE";
        table(
            &["key", "version", "name"],
            decisions.iter().map(row).collect(),
            none,
        )
    })?;
    Ok(())
}
