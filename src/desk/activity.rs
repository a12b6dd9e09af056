//! What runs in a process instance, as a tree of activity instances
//! (Camunda manual, "Process Engine Concepts", activity instance tree).

use super::{Caller, Desk, DeskError};
use crate::engine::state::BODY;
use crate::engine::{Execution, Instance, Phase};
use crate::model::Process;
use serde::Serialize;
use std::collections::HashMap;

/// An activity instance with what runs inside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityInstance {
    /// Its id.
    pub id: String,
    /// The enclosing one.
    pub parent_activity_instance_id: Option<String>,
    /// BPMN id; of the process itself its definition's id.
    pub activity_id: String,
    /// What people read.
    pub activity_name: Option<String>,
    /// The same, as it was called once.
    pub name: Option<String>,
    /// `userTask`, `subProcess`, `multiInstanceBody`, `processDefinition`, …
    pub activity_type: String,
    /// The process instance.
    pub process_instance_id: String,
    /// Its definition.
    pub process_definition_id: String,
    /// What runs inside, in the order of its beginning.
    pub child_activity_instances: Vec<ActivityInstance>,
    /// What waits inside before or behind an activity.
    pub child_transition_instances: Vec<TransitionInstance>,
    /// The executions.
    pub execution_ids: Vec<String>,
    /// Its open incidents.
    pub incident_ids: Vec<String>,
    /// The same with their activities.
    pub incidents: Vec<ActivityIncident>,
}

/// An execution that waits for its `asyncBefore` or `asyncAfter` job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransitionInstance {
    /// Its id.
    pub id: String,
    /// The enclosing activity instance.
    pub parent_activity_instance_id: String,
    /// What it enters or leaves.
    pub activity_id: String,
    /// What people read.
    pub activity_name: Option<String>,
    /// `userTask`, …
    pub activity_type: String,
    /// The process instance.
    pub process_instance_id: String,
    /// Its definition.
    pub process_definition_id: String,
    /// The execution.
    pub execution_id: String,
    /// Its open incidents.
    pub incident_ids: Vec<String>,
    /// The same with their activities.
    pub incidents: Vec<ActivityIncident>,
}

/// An incident of an activity instance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityIncident {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub activity_id: String,
}

impl Desk {
    /// What runs in a process instance; none when it has ended.
    pub fn activity_tree(
        &self,
        caller: &Caller,
        process_instance: &str,
    ) -> Result<Option<ActivityInstance>, DeskError> {
        self.look(caller, |look| {
            let row = look.instance(process_instance)?;
            let Some(running) = look.read.running(&row.root_id)? else {
                return Ok(None);
            };
            let process = look.core.catalog.process(look.read, &row.definition_id)?;
            let root = running.execution(&row.id);
            Ok(root.map(|root| ActivityInstance::of(&running, &process, &row.definition_id, root)))
        })
    }
}

impl ActivityInstance {
    /// What runs below the root of a process instance of this process.
    pub fn of(
        running: &Instance,
        process: &Process,
        definition: &str,
        root: &Execution,
    ) -> ActivityInstance {
        let mut inside: HashMap<&str, Vec<&Execution>> = HashMap::new();
        for execution in running.executions() {
            let here = execution.process_instance_id == root.process_instance_id;
            if here && execution.activity_id.is_some() && execution.phase != Phase::Kept {
                let around = running.around(process, execution);
                let around = around.map_or("", |around| &around.id);
                inside.entry(around).or_default().push(execution);
            }
        }
        for executions in inside.values_mut() {
            executions.sort_by_key(|execution| execution.sequence);
        }
        let tree = Tree {
            running,
            process,
            definition,
            inside,
        };
        tree.scope(root, None, 0)
    }
}

/// How deep scopes are followed; models nest far less.
const DEEPEST: usize = 1_000;

struct Tree<'a> {
    running: &'a Instance,
    process: &'a Process,
    definition: &'a str,
    /// What belongs to each execution, in the order of its beginning.
    inside: HashMap<&'a str, Vec<&'a Execution>>,
}

impl Tree<'_> {
    fn scope(&self, of: &Execution, parent: Option<String>, depth: usize) -> ActivityInstance {
        let id = of.activity_instance_id();
        let (activity_id, activity_name, activity_type) = match &of.activity_id {
            Some(_) => self.named(of),
            None => (
                self.definition.to_owned(),
                self.process.name.clone(),
                "processDefinition".to_owned(),
            ),
        };
        let (mut inner, mut waiting) = (Vec::new(), Vec::new());
        let children = self.inside.get(of.id.as_str()).into_iter().flatten();
        for child in children.filter(|_| depth < DEEPEST) {
            match child.phase {
                Phase::Before | Phase::After => waiting.push(self.transition(child, &id)),
                // It only carries its variables to a handler of its own.
                Phase::Compensating if !self.inside.contains_key(child.id.as_str()) => {}
                _ => inner.push(self.scope(child, Some(id.clone()), depth + 1)),
            }
        }
        let incidents = self.incidents(of);
        ActivityInstance {
            id,
            parent_activity_instance_id: parent,
            activity_id,
            name: activity_name.clone(),
            activity_name,
            activity_type,
            process_instance_id: of.process_instance_id.clone(),
            process_definition_id: self.definition.to_owned(),
            child_activity_instances: inner,
            child_transition_instances: waiting,
            execution_ids: vec![of.id.clone()],
            incident_ids: incidents.iter().map(|i| i.id.clone()).collect(),
            incidents,
        }
    }

    fn transition(&self, of: &Execution, parent: &str) -> TransitionInstance {
        let (activity_id, activity_name, activity_type) = self.named(of);
        let incidents = self.incidents(of);
        TransitionInstance {
            id: of.id.clone(),
            parent_activity_instance_id: parent.to_owned(),
            activity_id,
            activity_name,
            activity_type,
            process_instance_id: of.process_instance_id.clone(),
            process_definition_id: self.definition.to_owned(),
            execution_id: of.id.clone(),
            incident_ids: incidents.iter().map(|i| i.id.clone()).collect(),
            incidents,
        }
    }

    /// BPMN id, name and type of the node that an execution is at.
    fn named(&self, of: &Execution) -> (String, Option<String>, String) {
        let id = of.activity_id.clone().unwrap_or_default();
        let (inner, body) = match id.strip_suffix(BODY) {
            Some(inner) => (inner, true),
            None => (id.as_str(), false),
        };
        let node = self.process.node(inner);
        let name = node.and_then(|node| node.name.clone());
        let kind = match node {
            _ if body => "multiInstanceBody",
            Some(node) => node.activity_type(),
            None => "",
        };
        let kind = kind.to_owned();
        (id, name, kind)
    }

    fn incidents(&self, of: &Execution) -> Vec<ActivityIncident> {
        let all = self.running.incidents();
        all.filter(|incident| incident.execution_id == of.id)
            .map(|incident| ActivityIncident {
                id: incident.id.clone(),
                activity_id: incident.activity_id.clone(),
            })
            .collect()
    }
}
