//! `crewdesk decision …`

mod check;
mod evaluate;
mod layout;
mod list;
mod named;
mod show;
mod tck;

use crate::cli::Done;
use crate::cli::args::DecisionCommand;
use crate::cli::output::Output;
use crate::cli::session::Session;
use named::Named;

pub fn run(session: &Session, out: &Output, command: DecisionCommand) -> Done {
    match command {
        DecisionCommand::List { files } => list::run(session, out, &files),
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
