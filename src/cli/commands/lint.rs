//! `crewdesk lint FILE...`

use super::deploy;
use crate::cli::args::JavaArg;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client;
use crate::client::model::{Problem, Severity};
use serde_json::json;
use std::path::PathBuf;

pub fn run(session: &Session, out: &Output, paths: &[PathBuf], java: JavaArg) -> Done {
    let java = java.meant().or(session.settings()?.java);
    let found = client::report(&deploy::files(paths)?, java, &session.team());
    let is_error = |problem: &&Problem| problem.severity == Severity::Error;
    let errors = found.iter().filter(is_error).count();
    let shown: Vec<_> = found
        .iter()
        .map(|problem| {
            json!({
                "severity": if is_error(&problem) { "error" } else { "warning" },
                "file": problem.file,
                "line": problem.position.line,
                "column": problem.position.column,
                "elementId": problem.element,
                "message": problem.message,
            })
        })
        .collect();
    out.answer(&shown, |_| match found.is_empty() {
        true => "Nothing to say against it.".to_owned(),
        false => {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            lines.join("\n")
        }
    })?;
    match errors {
        0 => Ok(()),
        1 => Err(Failure::new("one error; it would not be deployed")),
        n => Err(Failure::new(format!(
            "{n} errors; it would not be deployed"
        ))),
    }
}
