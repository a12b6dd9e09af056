//! What a file that is new defines: versions of processes and decisions, functions, forms.

use super::{File, definition};
use crate::desk::DeskError;
use crate::desk::act::Act;
use crate::desk::content::Content;
use crate::desk::view::{self, Deployment};
use crate::dmn::{self, Definitions};
use crate::store::{self, Lived};

/// The definitions of one changed file.
pub(super) struct New<'a> {
    pub(super) file: &'a File,
    pub(super) resource: &'a str,
    pub(super) deployment: &'a mut Deployment,
}

impl New<'_> {
    pub(super) fn define(mut self, act: &mut Act<'_, '_>) -> Result<(), DeskError> {
        match &self.file.content {
            Content::Processes(processes) => {
                for process in processes {
                    let version = act
                        .tx
                        .read()
                        .latest_process_definition(&process.id)?
                        .map_or(0, |row| row.version)
                        + 1;
                    let row = store::ProcessDefinition {
                        id: format!("{}:{version}:{}", process.id, act.core.ids.next()),
                        key: process.id.clone(),
                        version,
                        name: process.name.clone(),
                        description: process.documentation.clone(),
                        version_tag: process.version_tag.clone(),
                        deployment_id: self.deployment.id.clone(),
                        resource_id: self.resource.to_owned(),
                        resource: self.file.name.clone(),
                        suspended: false,
                    };
                    act.tx.insert_process_definition(&row)?;
                    act.define_jobs(process, &row.id, false)?;
                    let days = process.history_time_to_live.as_deref();
                    act.live(Lived::Process, &row.id, days)?;
                    act.arm_start_events(process, &row)?;
                    self.deployment
                        .deployed_process_definitions
                        .push(definition(row));
                }
            }
            Content::Decisions(definitions) => {
                for decision in definitions.own() {
                    self.decision(decision, act)?;
                }
                let file = store::DecisionFile {
                    deployment_id: self.deployment.id.clone(),
                    resource_id: self.resource.to_owned(),
                    decisions: definitions.own().count(),
                };
                act.define_requirements(&file, &self.file.bytes)?;
                let functions = functions(&self.file.name, definitions);
                self.deployment.deployed_functions.extend(functions);
            }
            Content::Form => {
                let name = self.file.name.clone();
                self.deployment.deployed_forms.push(name);
            }
        }
        Ok(())
    }

    fn decision(
        &mut self,
        decision: &dmn::Decision,
        act: &mut Act<'_, '_>,
    ) -> Result<(), DeskError> {
        let version = act
            .tx
            .read()
            .latest_decision_definition(&decision.id)?
            .map_or(0, |row| row.version)
            + 1;
        let row = store::DecisionDefinition {
            id: format!("{}:{version}:{}", decision.id, act.core.ids.next()),
            key: decision.id.clone(),
            version,
            name: Some(decision.name.clone()),
            version_tag: decision.version_tag.clone(),
            deployment_id: self.deployment.id.clone(),
            resource_id: self.resource.to_owned(),
            resource: self.file.name.clone(),
        };
        act.tx.insert_decision_definition(&row)?;
        let days = decision.history_time_to_live.as_deref();
        act.live(Lived::Decision, &row.id, days)?;
        self.deployment
            .deployed_decision_definitions
            .push(view::DecisionDefinition {
                id: row.id,
                key: row.key,
                name: row.name,
                version,
                resource: row.resource,
                deployment_id: row.deployment_id,
            });
        Ok(())
    }
}

/// What decisions can call in a file.
pub(super) fn functions(file: &str, definitions: &Definitions) -> Vec<view::Function> {
    let parts = definitions.parts();
    let function = |part: dmn::Part<'_>| view::Function {
        key: part.id.to_owned(),
        name: part.name.to_owned(),
        kind: part.kind,
        resource: file.to_owned(),
    };
    parts
        .filter(|part| part.kind != dmn::Kind::Decision)
        .map(function)
        .collect()
}
