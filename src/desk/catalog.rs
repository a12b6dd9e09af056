//! Parsed definitions, kept by definition id: a definition never changes.

use super::{DeskError, imports};
use crate::dmn::Definitions;
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
        let model = model::read_deployed(&resource.name, &resource.bytes);
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
        let parsed = imports::parse(&resource.name, &resource.bytes, &kept);
        let definitions = Arc::new(parsed.map_err(|_| broken(&definition.id))?);
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
