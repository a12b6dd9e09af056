//! Connectors: one locked external task, one request or mail, outside of any transaction.
//!
//! A request is made at least once: a worker that dies between the answer and its transaction
//! has made it, and the next one makes it again. What may go well another time is tried three
//! times, longer apart each time; then it is an incident, as what no retry helps is at once.

mod http;
mod mail;
mod reach;
mod settings;

use super::{Outcome, Shared, duration};
use crate::desk::DeskError;
use crate::desk::external::{Failure, LockedTask};
use crate::desk::work::{HEARTBEAT, LOCK};
use crate::engine::CONNECTOR_INPUTS;
use crate::model::graph::ConnectorId;
use crate::value::{Map, Value};
use chrono::TimeDelta;
use settings::Settings;
use std::sync::Arc;
use std::time::Duration;

/// The variables that the worker names.
pub(super) const VARIABLES: [&str; 1] = [CONNECTOR_INPUTS];
/// Tries of a request.
const TRIES: i32 = 3;
/// The wait after the first failure, three times as long after each further one.
const TRY_AGAIN: TimeDelta = TimeDelta::seconds(5);
/// Nothing takes longer, however slowly its bytes come.
const WHOLE: Duration = Duration::from_secs(600);

/// The topics of all connectors.
pub(super) fn topics() -> impl Iterator<Item = &'static str> {
    ConnectorId::ALL.into_iter().map(ConnectorId::topic)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// What may go well another time.
    #[error("{0}")]
    Again(String),
    /// What no retry helps.
    #[error("{0}")]
    Never(String),
}

/// What a connector is asked for.
struct Inputs(Map);

impl Inputs {
    /// A parameter as text; none when it is not given or null.
    fn text(&self, name: &str) -> Result<Option<String>, Trouble> {
        match self.0.get(name) {
            Some(value) => text_of(name, value),
            None => Ok(None),
        }
    }

    /// A parameter that is a map; empty when it is not given.
    fn map(&self, name: &str) -> Result<&Map, Trouble> {
        static NONE: std::sync::LazyLock<Map> = std::sync::LazyLock::new(Map::new);
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(&NONE),
            Some(Value::Map(map)) => Ok(map),
            Some(_) => Err(Trouble::Never(format!(
                "the parameter {name} is no map: give it a camunda:map"
            ))),
        }
    }
}

/// A value as text.
fn text_of(name: &str, value: &Value) -> Result<Option<String>, Trouble> {
    match value {
        Value::Null => Ok(None),
        Value::Secret(_) | Value::Bytes(_) | Value::File(_) | Value::Object(_) => {
            Err(Trouble::Never(format!(
                "{name} is a {}, which can not be sent as text",
                value.type_name()
            )))
        }
        value => Ok(Some(value.to_string())),
    }
}

/// Does one external task.
pub(super) async fn run(shared: Arc<Shared>, task: LockedTask) -> Result<Outcome, DeskError> {
    let id = task.task.id.clone();
    let answer = tokio::select! {
        answer = tokio::time::timeout(WHOLE, attempt(&shared, &task)) => answer,
        () = taken_away(shared.clone(), id) => return Ok(Outcome::Later),
    };
    let answer = answer.unwrap_or_else(|_| {
        let minutes = WHOLE.as_secs() / 60;
        Err(Trouble::Again(format!(
            "it was not done within {minutes} minutes"
        )))
    });
    shared.off_thread(move |s| s.report(&task, answer)).await
}

/// Renews the lock; ends when the task is gone or somebody else's.
async fn taken_away(shared: Arc<Shared>, id: String) {
    let mut tick = tokio::time::interval(duration(HEARTBEAT));
    tick.tick().await;
    loop {
        tick.tick().await;
        let id = id.clone();
        let kept = shared.clone().off_thread(move |s| {
            let (caller, worker) = (&s.options.caller, &s.options.name);
            s.desk.keep_lock(caller, &id, worker, LOCK)
        });
        match kept.await {
            // A renewal that fails is followed by the next.
            Ok(()) | Err(DeskError::Storage(_)) => {}
            Err(_) => return,
        }
    }
}

async fn attempt(shared: &Arc<Shared>, task: &LockedTask) -> Result<Map, Trouble> {
    let topic = task.task.topic.as_str();
    let kind = ConnectorId::ALL.into_iter().find(|id| id.topic() == topic);
    let inputs = task.variables.get(CONNECTOR_INPUTS);
    let (Some(kind), Some(Value::Map(inputs))) = (kind, inputs) else {
        return Err(Trouble::Never(
            "the task has no connector: its topic belongs to the desk's own worker; give it \
             another one"
                .to_owned(),
        ));
    };
    let inputs = Inputs(inputs.clone());
    let path = shared.desk.paths().connectors.clone();
    let settings = tokio::task::spawn_blocking(move || Settings::read(&path)).await;
    let settings = settings
        .map_err(|error| Trouble::Again(format!("the settings were not read: {error}")))?
        .map_err(Trouble::Never)?;
    match kind {
        ConnectorId::Http => http::run(&inputs, &settings.http).await,
        ConnectorId::Mail => {
            let id = &task.task.id;
            mail::run(
                &inputs,
                settings.mail.as_ref(),
                id,
                shared.desk.clock().now(),
            )
            .await
        }
    }
}

impl Shared {
    fn report(
        &self,
        task: &LockedTask,
        answer: Result<Map, Trouble>,
    ) -> Result<Outcome, DeskError> {
        let (caller, worker, id) = (&self.options.caller, &self.options.name, &task.task.id);
        let (message, retries) = match answer {
            Ok(answer) => {
                let done = self
                    .desk
                    .complete_external(caller, id, worker, Map::new(), answer);
                match done {
                    Ok(()) => return Ok(Outcome::Called),
                    Err(error @ DeskError::Storage(_)) => return Err(error),
                    // The model can not go on with the answer.
                    Err(error) => (error.to_string(), 0),
                }
            }
            Err(Trouble::Again(message)) => {
                (message, task.task.retries.unwrap_or(TRIES).min(TRIES) - 1)
            }
            Err(Trouble::Never(message)) => (message, 0),
        };
        // Who tries again by hand does not wait.
        let wait = match retries {
            ..=0 => TimeDelta::zero(),
            left => TRY_AGAIN * 3_i32.pow((TRIES - 1 - left).unsigned_abs()),
        };
        let failure = Failure {
            message,
            retries,
            retry_in: wait,
            ..Failure::default()
        };
        let failed = self.desk.fail_external(caller, id, worker, failure);
        match failed {
            Err(error @ DeskError::Storage(_)) => Err(error),
            // Gone or somebody else's meanwhile.
            Ok(()) | Err(_) => Ok(Outcome::Later),
        }
    }
}
