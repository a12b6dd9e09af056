//! Decisions as people look at them: what is deployed, its files, and what was evaluated in an
//! instance.

use super::permission::Operation;
use super::view::{DecisionDefinition, DecisionInstance, DecisionModel, DmnFile};
use super::{Caller, Desk, DeskError};
use crate::dmn;
use crate::store::{self, Snapshot};

/// Most evaluations of an instance that are shown.
const MOST: usize = 1_000;

impl Desk {
    /// The newest version of each decision.
    pub fn decisions(&self, caller: &Caller) -> Result<Vec<DecisionDefinition>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::SeeDecisions, false)?;
            let rows = look.read.decision_definitions(true)?;
            Ok(rows.into_iter().map(definition).collect())
        })
    }

    /// The newest version of a decision with its file and those that it imports.
    pub fn decision(&self, caller: &Caller, key: &str) -> Result<DecisionModel, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::SeeDecisions, false)?;
            let row = look.read.latest_decision_definition(key)?.ok_or_else(|| {
                DeskError::NotFound(format!(
                    "no decision {key} is deployed; `crewdesk decision list` shows those that are"
                ))
            })?;
            model(look.read, row)
        })
    }

    /// The decisions that were evaluated in an instance, the newest first.
    pub fn evaluated(&self, caller: &Caller, id: &str) -> Result<Vec<DecisionInstance>, DeskError> {
        self.look(caller, |look| {
            let instance = look.instance(id)?;
            let mut shown = Vec::new();
            for (seq, time, log) in look.read.decisions(&instance.id, MOST)? {
                let trace = serde_json::from_value(log.trace).unwrap_or_default();
                let row = look.read.decision_definition(&log.decision_definition_id)?;
                shown.push(DecisionInstance {
                    id: format!("{}:{seq}", instance.id),
                    evaluation_time: time,
                    activity_id: log.activity_id,
                    decision_definition_key: log.decision_key,
                    decision_definition_id: log.decision_definition_id,
                    model: row.map(|row| model(look.read, row)).transpose()?,
                    trace,
                });
            }
            Ok(shown)
        })
    }
}

fn definition(row: store::DecisionDefinition) -> DecisionDefinition {
    DecisionDefinition {
        id: row.id,
        key: row.key,
        name: row.name,
        version: row.version,
    }
}

fn model(read: &Snapshot<'_>, row: store::DecisionDefinition) -> Result<DecisionModel, DeskError> {
    let gone = || DeskError::NotFound(format!("the file of decision {} is gone", row.key));
    let resource = read.resource(&row.resource_id)?.ok_or_else(gone)?;
    let file = |resource: store::Resource| DmnFile {
        dmn_xml: String::from_utf8_lossy(&resource.bytes).into_owned(),
        name: resource.name,
    };
    let mut files = Vec::new();
    if dmn::Header::read(&resource.bytes).is_some_and(|header| !header.imports.is_empty()) {
        let others = read.resources(&row.deployment_id)?.into_iter();
        let others = others.filter(|other| other.id != row.resource_id && is_dmn(&other.name));
        files.extend(others.map(file));
    }
    files.insert(0, file(resource));
    Ok(DecisionModel {
        definition: definition(row),
        files,
    })
}

/// Whether a file is a decision model, by its name.
pub(super) fn is_dmn(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".dmn") || name.ends_with(".dmn11.xml")
}
