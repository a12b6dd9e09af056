//! The `crewdesk` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    crewdesk::cli::run()
}
