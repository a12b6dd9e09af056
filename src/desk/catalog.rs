//! Parsed definitions, kept by definition id: a definition never changes.

use super::{DeskError, imports};
use crate::dmn::{self, Definitions};
use crate::engine::{DecisionRef, DecisionVersion, ProcessRef};
use crate::model::{self, Process};
use crate::store::Snapshot;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Definitions kept of each kind; when there are more the memory starts afresh.
const MOST: usize = 500;

/// What is parsed already.
#[derive(Default)]
pub(super) struct Catalog {
    processes: RwLock<HashMap<String, Arc<Process>>>,
    decisions: RwLock<HashMap<String, Arc<Definitions>>>,
}

impl Catalog {
    /// A process definition.
    pub(super) fn process(&self, read: &Snapshot<'_>, id: &str) -> Result<Arc<Process>, DeskError> {
        if let Some(process) = get(&self.processes, id) {
            return Ok(process);
        }
        let definition = read.process_definition(id)?.ok_or_else(|| gone(id))?;
        let resource = read
            .resource(&definition.resource_id)?
            .ok_or_else(|| gone(id))?;
        let scripts = |file: &str| {
            let bytes = read.resource_named(&definition.deployment_id, file);
            String::from_utf8(bytes.ok()??).ok()
        };
        let model = model::read_deployed(&resource.name, &resource.bytes, &scripts);
        let model = model.map_err(|_| broken(id))?;
        let mut processes = model.processes.into_iter();
        let process = processes.find(|p| p.id == definition.key);
        let process = Arc::new(process.ok_or_else(|| broken(id))?);
        put(&self.processes, id, process.clone());
        Ok(process)
    }

    /// The decision that a reference means now: its definition's id and its file.
    pub(super) fn decision(
        &self,
        read: &Snapshot<'_>,
        reference: &DecisionRef,
    ) -> Result<(String, Arc<Definitions>), DeskError> {
        let key = &reference.key;
        let found = match &reference.version {
            DecisionVersion::Latest => read.latest_decision_definition(key)?,
            DecisionVersion::DeploymentOf(process) => {
                let process = read
                    .process_definition(process)?
                    .ok_or_else(|| gone(process))?;
                read.decision_of_deployment(key, &process.deployment_id)?
            }
            DecisionVersion::Number(number) => read.decision_version(key, *number)?,
            DecisionVersion::Tag(tag) => only(read.decisions_tagged(key, tag)?, || {
                format!("the decision {reference}")
            })?,
        };
        let definition = found.ok_or_else(|| {
            DeskError::Engine(format!(
                "the decision {reference} is not deployed; deploy its DMN file"
            ))
        })?;
        if let Some(definitions) = get(&self.decisions, &definition.id) {
            return Ok((definition.id, definitions));
        }
        let resource = read
            .resource(&definition.resource_id)?
            .ok_or_else(|| gone(&definition.id))?;
        let kept = imports::kept_with(read, &definition.deployment_id, &resource)?;
        let files = imports::beside((&resource.name, &resource.bytes), &kept);
        let read = dmn::parse_deployed(&files);
        let definitions = Arc::new(read.ok_or_else(|| broken(&definition.id))?);
        put(&self.decisions, &definition.id, definitions.clone());
        Ok((definition.id, definitions))
    }
}

/// The definition that a call activity means now.
pub(super) fn called(read: &Snapshot<'_>, reference: &ProcessRef) -> Result<String, DeskError> {
    let key = &reference.key;
    let found = match &reference.version {
        DecisionVersion::Latest => read.latest_process_definition(key)?,
        DecisionVersion::DeploymentOf(process) => {
            let process = read
                .process_definition(process)?
                .ok_or_else(|| gone(process))?;
            read.process_of_deployment(key, &process.deployment_id)?
        }
        DecisionVersion::Number(number) => read.process_version(key, *number)?,
        DecisionVersion::Tag(tag) => only(read.processes_tagged(key, tag)?, || {
            format!("the process {reference}")
        })?,
    };
    match found {
        Some(definition) => Ok(definition.id),
        None => Err(DeskError::Engine(format!(
            "the process {reference} is not deployed; deploy its BPMN file"
        ))),
    }
}

/// The one version that has a tag; several are none, as in Camunda.
fn only<T>(mut found: Vec<T>, what: impl Fn() -> String) -> Result<Option<T>, DeskError> {
    match found.len() {
        0 | 1 => Ok(found.pop()),
        many => Err(DeskError::Engine(format!(
            "there are {many} versions of {}; give each version a tag of its own",
            what()
        ))),
    }
}

fn gone(id: &str) -> DeskError {
    DeskError::NotFound(format!("there is no definition {id}"))
}

fn broken(id: &str) -> DeskError {
    DeskError::Engine(format!(
        "definition {id} cannot be read by this version of crewdesk; deploy its file again to see why"
    ))
}

fn get<T: Clone>(map: &RwLock<HashMap<String, T>>, id: &str) -> Option<T> {
    let map = map.read().unwrap_or_else(PoisonError::into_inner);
    map.get(id).cloned()
}

fn put<T>(map: &RwLock<HashMap<String, T>>, id: &str, parsed: T) {
    let mut map = map.write().unwrap_or_else(PoisonError::into_inner);
    if map.len() >= MOST {
        map.clear();
    }
    map.insert(id.to_owned(), parsed);
}

#[cfg(test)]
mod tests {
    use crate::desk::secret::{Clear, KeySource};
    use crate::desk::{Caller, Desk, DeskOptions};

    /// A decision `d`, and functions of which one requires `f`.
    fn file(requires: &str) -> String {
        let function = |id: &str, required: &str, body: &str| {
            format!(
                r##"<businessKnowledgeModel id="{id}" name="{id}"><encapsulatedLogic><literalExpression><text>{body}</text></literalExpression></encapsulatedLogic>
                <knowledgeRequirement><requiredKnowledge href="#{required}"/></knowledgeRequirement></businessKnowledgeModel>"##
            )
        };
        format!(
            r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="m" namespace="m">
            <decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement><literalExpression><text>f()</text></literalExpression></decision>
            <decision id="e" name="e"><literalExpression><text>7</text></literalExpression></decision>
            {}{}</definitions>"##,
            function("f", requires, "1"),
            function("g", "f", "f()"),
        )
    }

    #[test]
    fn what_an_older_version_accepted_is_there_and_fails_where_it_is_evaluated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let options = || DeskOptions {
            key: KeySource::Text(Clear::new("0123456789abcdef".repeat(4))),
            ..DeskOptions::default()
        };
        let desk = Desk::open(&path, options()).unwrap();
        let model = ("m.dmn".to_owned(), file("f").into_bytes());
        desk.deploy(&Caller::Desk, vec![model]).unwrap();
        drop(desk);
        let circle = file("g");
        let database = rusqlite::Connection::open(&path).unwrap();
        let changed = database.execute(
            "UPDATE resource SET bytes = ?1 WHERE name = 'm.dmn'",
            [circle.as_bytes()],
        );
        assert_eq!(changed.unwrap(), 1);
        drop(database);
        let desk = Desk::open(&path, options()).unwrap();
        let none = crate::value::Map::new();
        let told = desk.decide("d", &none).unwrap_err().to_string();
        assert!(
            told.contains("decision 'd' can not be evaluated: m.dmn:"),
            "{told}"
        );
        assert!(told.contains("it requires itself: f → g → f"), "{told}");
        // What does not need it is decided.
        let e = desk.decide("e", &none).unwrap();
        assert_eq!(e["e"], crate::value::Value::Long(7));
        let model = ("m.dmn".to_owned(), circle.into_bytes());
        let refused = desk.deploy(&Caller::Desk, vec![model]).unwrap_err();
        assert!(refused.to_string().contains("requires itself"), "{refused}");
    }
}
