//! `crewdesk start KEY …`

use crate::cli::args::StartArgs;
use crate::cli::output::{Output, clean};
use crate::cli::session::Session;
use crate::cli::{Done, Failure, vars};
use crate::client::value::time;
use crate::client::{DeskError, StartRequest};
use chrono::{DateTime, Local, Utc};

pub fn run(session: &Session, out: &Output, args: StartArgs) -> Done {
    let request = StartRequest {
        key: args.key,
        business_key: args.business_key,
        variables: vars::parse(&args.variables).map_err(Failure::new)?,
        assignee: args.assignee,
        candidate_users: args.candidate_users,
        candidate_groups: args.candidate_groups,
        due: args.due.as_deref().map(when).transpose()?,
        priority: args.priority,
        allow_same_business_key: args.again,
    };
    let instance = session
        .client()?
        .start(request)
        .map_err(|error| match error {
            DeskError::SameBusinessKey { .. } => Failure::new(format!("{error}, with --again")),
            error => error.into(),
        })?;
    for warning in &instance.warnings {
        eprintln!("warning: {}", clean(warning));
    }
    out.answer(&instance, |i| {
        format!("Started {} as instance {}", i.process_definition_key, i.id)
    })?;
    Ok(())
}

/// A `WHEN` of the command line, relative to now in the local zone.
pub fn when(text: &str) -> Result<DateTime<Utc>, Failure> {
    time::parse_when(text, Utc::now(), &Local).map_err(|e| Failure::new(e.to_string()))
}
