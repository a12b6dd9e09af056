//! What a model asks about its insertions beyond their facts, by input parameters of the service
//! task: known before a job runs where no expression says it.

use super::report::warning;
use super::{DeskError, FieldError, Look, insertion};
use crate::insert;
use crate::model::graph::ParameterValue;
use crate::model::{Node, NodeKind, Problem, Process};
use crate::value::words::count;
use crate::value::{Map, Value};

/// The topics of the workers that ask a decision about what they inserted.
const INSERTING: [&str; 2] = [insertion::TOPIC, "spark-insertion"];
/// The decision that ships.
const SHIPPED: &str = "insertion-check";
/// The input parameter, or extension property, that names it.
pub const DECISION: &str = "decision";

/// What the insertions of a process ask.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) references: Vec<insert::Reference>,
    pub(super) checks: Vec<insert::Check>,
    /// Something is only known when a job runs.
    pub(super) computed: bool,
}

/// What the built-in worker's insertions of a process ask.
pub(super) fn of(process: &Process) -> Asked {
    let mut asked = Asked::default();
    let mut seen = |name: &str, node: &Node, take: &mut dyn FnMut(&Value)| {
        if let Some(value) = input(node, name) {
            match constant(value) {
                Some(value) => take(&value),
                None => asked.computed = true,
            }
        }
    };
    let (mut references, mut checks) = (Vec::new(), Vec::new());
    for (node, _) in tasks(process).filter(|(_, topic)| *topic == insertion::TOPIC) {
        // What can not be understood is a finding of the model's own report.
        seen(insertion::REFERENCES, node, &mut |value| {
            references.extend(insertion::references(value).unwrap_or_default());
        });
        seen(insertion::QUERIES, node, &mut |value| {
            checks.extend(insertion::checks(value).unwrap_or_default());
        });
    }
    Asked {
        references,
        checks,
        ..asked
    }
}

impl Look<'_, '_> {
    /// What the insertions of a task's process ask.
    pub(super) fn asked(&self, task: &str) -> Result<Asked, DeskError> {
        let found = self.read.task(task)?;
        let definition = &found.task.definition_id;
        match definition.is_empty() {
            true => Ok(Asked::default()),
            false => Ok(of(&*self.core.catalog.process(self.read, definition)?)),
        }
    }
}

impl Look<'_, '_> {
    /// The decision that judges the insertions of a task's process, where it is one of the team's
    /// own: the one that ships keeps nothing out that was not refused.
    pub(super) fn judge(&self, task: &str) -> Result<Option<String>, DeskError> {
        let found = self.read.task(task)?;
        let definition = &found.task.definition_id;
        if definition.is_empty() {
            return Ok(None);
        }
        let process = self.core.catalog.process(self.read, definition)?;
        let mut decisions = decisions(&process).map(|(_, name)| name);
        Ok(decisions.find(|name| *name != SHIPPED).map(str::to_owned))
    }
}

/// The decisions that the insertions of a process name, with the nodes that do.
pub(super) fn decisions(process: &Process) -> impl Iterator<Item = (&Node, &str)> {
    tasks(process).filter_map(|(node, topic)| {
        let given = input(node, DECISION).filter(|_| topic == insertion::TOPIC);
        let named = match given {
            Some(ParameterValue::Text(text)) => text.literal()?,
            Some(_) => return None,
            None => node.properties.get(DECISION)?,
        };
        let named = named.trim();
        (!named.is_empty()).then_some((node, named))
    })
}

/// What would become an incident of each job: references and checks that can not be understood.
pub(super) fn problems(file: &str, process: &Process) -> Vec<Problem> {
    let mut found = Vec::new();
    for (node, topic) in tasks(process) {
        for name in [insertion::REFERENCES, insertion::QUERIES, DECISION] {
            let Some(value) = input(node, name) else {
                continue;
            };
            if name == DECISION && topic != insertion::TOPIC {
                let message = format!(
                    "{name}: the worker of {topic} takes it from an extension property of this \
                     name, and passes over the input parameter"
                );
                found.push(warning(file, node, message));
                continue;
            }
            if name == DECISION {
                continue;
            }
            if topic != insertion::TOPIC {
                let message = format!(
                    "{name}: the worker of {topic} does not ask it and refuses the job; take it \
                     away, or insert by the topic {}",
                    insertion::TOPIC
                );
                found.push(warning(file, node, message));
                continue;
            }
            let Some(value) = constant(value) else {
                continue;
            };
            let faults = match name {
                insertion::REFERENCES => insertion::references(&value).err().into_iter().collect(),
                _ => faults(&value),
            };
            let messages = faults.into_iter().map(|e| format!("{name}: {}", e.message));
            found.extend(messages.map(|message| warning(file, node, message)));
        }
    }
    found
}

/// What is wrong with the team's own checks at the first look.
fn faults(value: &Value) -> Vec<FieldError> {
    let checks = match insertion::checks(value) {
        Ok(checks) => checks,
        Err(error) => return vec![error],
    };
    let wrong = checks.iter().filter_map(|check| {
        let reason = check.look().err()?;
        Some(FieldError {
            field: insertion::QUERIES.to_owned(),
            message: format!("{}: {reason}", check.name),
        })
    });
    wrong.collect()
}

/// What a preview found of what is asked.
pub(super) fn notes(found: &insert::Preview, computed: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let of = match found.complete {
        true => String::new(),
        false => format!("of the first {}: ", count(found.rows_read, "row", "rows")),
    };
    match &found.asked {
        Some(Ok(facts)) => {
            match facts.orphans {
                None => {}
                Some(0) => notes.push(format!("{of}no row refers to what is not there")),
                Some(n) => notes.push(format!(
                    "{of}{} what is not there ({})",
                    count(n, "row refers to", "rows refer to"),
                    insert::ColumnFacts::orphaned(&facts.columns)
                )),
            }
            let values = facts.checks.iter().map(|(name, value)| match value {
                serde_json::Value::String(text) => format!("{name} = {text}"),
                value => format!("{name} = {value}"),
            });
            let values: Vec<String> = values.collect();
            if !values.is_empty() {
                notes.push(format!("{of}the team's own checks: {}", values.join(", ")));
            }
        }
        Some(Err(why)) => notes.push(format!("references and checks are not known yet: {why}")),
        None => {}
    }
    if computed {
        notes.push(
            "references or checks that the model computes are only known when it runs".into(),
        );
    }
    notes
}

/// The service tasks that insert, with their topics.
fn tasks(process: &Process) -> impl Iterator<Item = (&Node, &str)> {
    process.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::ExternalTask(task) => {
            let topic = task.topic.literal()?;
            INSERTING.contains(&topic).then_some((node, topic))
        }
        _ => None,
    })
}

fn input<'n>(node: &'n Node, name: &str) -> Option<&'n ParameterValue> {
    let mut inputs = node.inputs.iter();
    inputs.find(|p| p.name == name).map(|p| &p.value)
}

/// The value of a parameter without expressions and scripts.
fn constant(value: &ParameterValue) -> Option<Value> {
    Some(match value {
        ParameterValue::Empty => Value::Null,
        ParameterValue::Text(text) => text.literal()?.into(),
        ParameterValue::Script(_) => return None,
        ParameterValue::List(items) => {
            Value::List(items.iter().map(constant).collect::<Option<_>>()?)
        }
        ParameterValue::Map(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(key, value)| Some((key.literal()?.to_owned(), constant(value)?)));
            Value::Map(entries.collect::<Option<Map>>()?)
        }
    })
}
