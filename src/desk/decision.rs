//! Decisions as people look at them: what is deployed, its files, and what was evaluated in an
//! instance.

use super::permission::Operation;
use super::view::{DecisionDefinition, DecisionInstance, DecisionModel, DmnFile, FunctionModel};
use super::{Caller, Desk, DeskError, imports};
use crate::dmn::{Definitions, Header};
use crate::store::{self, Resource, Snapshot};
use std::collections::HashSet;

/// Most evaluations of an instance, and most files without decisions, that are shown.
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

    /// The newest of each file of functions alone.
    pub fn functions(&self, caller: &Caller) -> Result<Vec<FunctionModel>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::SeeDecisions, false)?;
            let (mut found, mut seen) = (Vec::new(), HashSet::new());
            for (id, decides) in look.read.decision_models()? {
                if found.len() == MOST {
                    break;
                }
                let Some(resource) = look.read.resource(&id)? else {
                    continue;
                };
                let header = Header::read(&resource.bytes);
                let newest = header.is_some_and(|h| seen.insert((h.namespace, h.id)));
                if !newest || decides {
                    continue;
                }
                // One that others import came along and has decisions of its own.
                let (own, _) = Definitions::parse_leniently(&resource.name, &resource.bytes);
                let alone = own.is_some_and(|d| d.own().next().is_none() && d.parts().count() > 0);
                if alone {
                    let deployment_id = resource.deployment_id.clone();
                    let files = files(look.read, resource)?;
                    found.push(FunctionModel {
                        deployment_id,
                        files,
                    });
                }
            }
            Ok(found)
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
    let files = files(read, resource)?;
    Ok(DecisionModel {
        definition: definition(row),
        files,
    })
}

/// A file with those that were kept because it imports them.
fn files(read: &Snapshot<'_>, resource: Resource) -> Result<Vec<DmnFile>, DeskError> {
    let file = |(name, bytes): imports::Named| DmnFile {
        dmn_xml: crate::model::xml::shown(&bytes),
        name,
    };
    let imports = imports::kept_with(read, &resource.deployment_id, &resource)?;
    let own = (resource.name, resource.bytes);
    Ok(std::iter::once(own).chain(imports).map(file).collect())
}
