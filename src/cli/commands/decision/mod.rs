//! `crewdesk decision …`

mod check;
mod evaluate;
mod show;
mod tck;

use crate::cli::args::DecisionCommand;
use crate::cli::output::{Output, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::dmn::Definitions;
use crate::client::{Client, DecisionModel};

pub fn run(session: &Session, out: &Output, command: DecisionCommand) -> Done {
    match command {
        DecisionCommand::List => list(&*session.client()?, out),
        DecisionCommand::Show { key } => show::run(&*session.client()?, out, &key),
        DecisionCommand::Evaluate {
            key,
            variables,
            explain,
        } => evaluate::run(&*session.client()?, out, &key, &variables, explain),
        DecisionCommand::Check { files } => check::run(out, &files),
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

fn compiled(model: &DecisionModel) -> Result<Definitions, Failure> {
    model.definitions().ok_or_else(|| {
        Failure::new(format!(
            "the file of decision {} cannot be read by this version of crewdesk; `crewdesk decision check` says why",
            model.definition.key
        ))
    })
}
