//! What an instance looks like from outside, told the same way by the engine and the reference.

use super::many::COUNTER;
use super::{No, Reference, Role, Stage, Val, What};
use crewdesk::engine::*;
use crewdesk::value::Value;

/// All that waits, all that runs, all variables: each with the path of activities to it.
#[derive(Debug, Clone, Default)]
pub struct Scene<H> {
    /// What is waited for, in order of the text.
    pub waits: Vec<(String, H)>,
    /// The tree.
    pub spots: Vec<(String, H)>,
    pub variables: Vec<String>,
}

impl<H> Scene<H> {
    pub fn lines(&self) -> Vec<String> {
        let waits = self.waits.iter().map(|(text, _)| format!("waits  {text}"));
        let spots = self.spots.iter().map(|(text, _)| format!("runs   {text}"));
        let variables = self.variables.iter().map(|text| format!("knows  {text}"));
        waits.chain(spots).chain(variables).collect()
    }
}

fn ordered<H: Clone, O: Ord>(mut all: Vec<(String, O, H)>) -> Vec<(String, H)> {
    all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    all.into_iter()
        .map(|(text, _, handle)| (text, handle))
        .collect()
}

fn waits(path: &str, what: &str, event: &str, retries: Option<i32>, incident: bool) -> String {
    let retries = retries.map_or(String::new(), |retries| format!(" retries {retries}"));
    let incident = if incident { " incident" } else { "" };
    format!("{path} {what} {event}{retries}{incident}")
}

impl Scene<No> {
    /// The process instance that was started.
    pub fn root(&self) -> No {
        let all = self.spots.iter().map(|(_, no)| *no);
        all.min().expect("an instance")
    }
}

impl Reference {
    pub fn scene(&self) -> Scene<No> {
        let spots = self.spots.iter().map(|(&no, spot)| {
            let stage = match spot.stage {
                Stage::Before => "before".to_owned(),
                Stage::In => "active".to_owned(),
                Stage::Joining => "joining".to_owned(),
                Stage::Merging => "merging".to_owned(),
                Stage::Behind(None) => "after".to_owned(),
                Stage::Behind(Some(flow)) => {
                    format!("after {}", self.models[spot.model].1.flows[flow].id)
                }
                Stage::Kept => "kept".to_owned(),
                Stage::Undoing => "compensating".to_owned(),
            };
            (format!("{} {stage}", self.path(no)), no, no)
        });
        let waiting = self.waits.iter().map(|(&no, wait)| {
            let what = match &wait.what {
                What::Task => "task".to_owned(),
                What::External => "external".to_owned(),
                What::Message(name) => format!("message {name}"),
                What::Signal(name) => format!("signal {name}"),
                What::Condition => "conditional ".to_owned(),
                What::Timer(_) => "timer".to_owned(),
                What::AsyncBefore => "async-before".to_owned(),
                What::AsyncAfter => "async-after".to_owned(),
                What::Undo(None) => "compensate ".to_owned(),
                What::Undo(Some(_)) => "compensate kept".to_owned(),
            };
            let node = &self.model(wait.spot).nodes[wait.node];
            let whole = self.spot(wait.spot).role != Role::Instance;
            let event = match wait.what {
                What::AsyncBefore | What::AsyncAfter if whole && node.multi.is_some() => {
                    format!("{}#multiInstanceBody", node.id)
                }
                _ => node.id.clone(),
            };
            let path = self.path(wait.spot);
            let text = waits(&path, &what, &event, wait.retries, wait.incident);
            (text, (wait.spot, no), no)
        });
        let mut variables: Vec<String> = self
            .spots
            .iter()
            .flat_map(|(&no, spot)| {
                let path = self.path(no);
                let all = spot.variables.iter();
                all.map(move |(name, value)| format!("{path} {name}={value}"))
            })
            .collect();
        variables.sort();
        Scene {
            waits: ordered(waiting.collect()),
            spots: ordered(spots.collect()),
            variables,
        }
    }

    fn path(&self, no: No) -> String {
        let spot = self.spot(no);
        let mut name = self.name(no);
        if spot.role == Role::Instance {
            let counter = spot.variables.get(COUNTER).cloned().unwrap_or(Val::Null);
            name = format!("{name}[{counter}]");
        }
        match spot.above {
            Some(above) => format!("{}/{name}", self.path(above)),
            None => name,
        }
    }
}

/// The same of an instance of the engine.
pub fn scene_of(instance: &Instance) -> Scene<Id> {
    let path = |id: &str| path_of(instance, id);
    let spots = instance.executions().map(|e| {
        let flow = e.flow_id.as_ref().filter(|_| e.phase == Phase::After);
        let stage = match flow {
            Some(flow) => format!("after {flow}"),
            None => e.phase.as_str().to_owned(),
        };
        (format!("{} {stage}", path(&e.id)), e.sequence, e.id.clone())
    });
    let mut waiting = Vec::new();
    let mut wait = |execution: &Id, what: &str, event: &str, id: &Id, retries: Option<i32>| {
        let incident = instance.incidents().any(|i| i.configuration == *id);
        let text = waits(&path(execution), what, event, retries, incident);
        let sequence = instance.execution(execution).map(|e| e.sequence);
        waiting.push((text, (sequence, id.clone()), id.clone()));
    };
    for task in instance.tasks() {
        wait(
            &task.execution_id,
            "task",
            &task.task_definition_key,
            &task.id,
            None,
        );
    }
    for task in instance.external_tasks() {
        wait(
            &task.execution_id,
            "external",
            &task.activity_id,
            &task.id,
            task.retries,
        );
    }
    for job in instance.jobs() {
        let execution = job.execution_id.clone().unwrap_or_default();
        wait(
            &execution,
            job.kind.as_str(),
            &job.activity_id,
            &job.id,
            Some(job.retries),
        );
    }
    for s in instance.subscriptions() {
        let name = match s.configuration {
            Some(_) => "kept",
            None => s.name.as_str(),
        };
        let what = format!("{} {name}", s.kind.as_str());
        wait(&s.execution_id, &what, &s.activity_id, &s.id, None);
    }
    let mut variables: Vec<String> = instance
        .executions()
        .flat_map(|e| instance.variables(&e.id))
        .map(|v| format!("{} {}={}", path(&v.scope_id), v.name, text_of(&v.value)))
        .collect();
    variables.sort();
    Scene {
        waits: ordered(waiting),
        spots: ordered(spots.collect()),
        variables,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => Val::Null,
        Value::String(text) => Val::Text(text.clone()),
        other => Val::Int(other.as_i64().expect("a whole number")),
    }
    .to_string()
}

fn path_of(instance: &Instance, id: &str) -> String {
    let execution = instance.execution(id).expect("an execution");
    let above = execution.parent_id.as_deref();
    let name = match &execution.activity_id {
        None => {
            let process = instance.process(id).expect("a process instance");
            let key = process.definition_id.split(':').next();
            return match above {
                Some(above) => format!("{}/{}", path_of(instance, above), key.unwrap_or_default()),
                None => key.unwrap_or_default().to_owned(),
            };
        }
        Some(activity) => activity,
    };
    let above = above.expect("a scope");
    let body = instance
        .execution(above)
        .and_then(|e| e.activity_id.as_deref());
    let instances = body.and_then(|body| body.strip_suffix("#multiInstanceBody"));
    let counter = match instances == Some(name) {
        true => {
            let counter = instance.variable(id, COUNTER).map(|v| text_of(&v.value));
            format!("[{}]", counter.unwrap_or_else(|| "null".to_owned()))
        }
        false => String::new(),
    };
    format!("{}/{name}{counter}", path_of(instance, above))
}
