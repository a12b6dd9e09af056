//! Decisions as people look at them: what is deployed, its files, and what was evaluated in an
//! instance.

use super::permission::Operation;
use super::view::{DecisionDefinition, DecisionInstance, DecisionModel, DmnFile};
use super::{Caller, Desk, DeskError, imports};
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
        resource: row.resource,
        deployment_id: row.deployment_id,
    }
}

fn model(read: &Snapshot<'_>, row: store::DecisionDefinition) -> Result<DecisionModel, DeskError> {
    let gone = || DeskError::NotFound(format!("the file of decision {} is gone", row.key));
    let resource = read.resource(&row.resource_id)?.ok_or_else(gone)?;
    let file = |(name, bytes): imports::Named| DmnFile {
        dmn_xml: String::from_utf8_lossy(&bytes).into_owned(),
        name,
    };
    let imports = imports::kept_with(read, &row.deployment_id, &resource)?;
    let own = (resource.name, resource.bytes);
    let files = std::iter::once(own).chain(imports).map(file).collect();
    Ok(DecisionModel {
        definition: definition(row),
        files,
    })
}
