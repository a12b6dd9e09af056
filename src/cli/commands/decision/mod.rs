//! `crewdesk decision …`

mod tck;

use crate::cli::Done;
use crate::cli::args::DecisionCommand;
use crate::cli::output::Output;
use crate::cli::session::Session;

pub fn run(_session: &Session, out: &Output, command: DecisionCommand) -> Done {
    match command {
        DecisionCommand::Tck { dir } => tck::run(out, &dir),
    }
}
