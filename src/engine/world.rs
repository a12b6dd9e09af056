//! What a command may know beyond its instance.

use super::error::{Error, Need, Place};
use super::state::JobKind;
use crate::dmn::Definitions;
use crate::feel::Allowance;
use crate::model::Process;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Definitions, who acts, and how much a command may do. What is missing is asked for with
/// [`Error::Need`]. It is made for one command: what a [`DecisionRef`] means may change after it.
#[derive(Debug, Clone, Default)]
pub struct World {
    processes: HashMap<String, Arc<Process>>,
    decisions: HashMap<DecisionRef, LoadedDecision>,
    called: HashMap<ProcessRef, String>,
    job_rules: HashMap<String, Arc<[JobRule]>>,
    /// Whoever the command runs for: `currentUser()`.
    pub user: Option<String>,
    /// That user's groups: `currentUserGroups()`.
    pub groups: Vec<String>,
    /// What is cancelled ends without its output parameters, which run otherwise
    /// ([`skipOutputMappingOnCanceledActivities`](https://docs.camunda.org/manual/7.24/reference/deployment-descriptors/tags/process-engine/#skipOutputMappingOnCanceledActivities)).
    pub skip_output_mapping_on_canceled_activities: bool,
    /// How much one command may do.
    pub limits: Limits,
}

impl World {
    /// Adds a process definition under its id (`key:version:uuid`).
    pub fn add_process(&mut self, definition_id: impl Into<String>, process: Arc<Process>) {
        self.processes.insert(definition_id.into(), process);
    }

    /// Adds what a reference means now: the decision definition of this id, in this file.
    pub fn add_decision(
        &mut self,
        reference: DecisionRef,
        definition_id: impl Into<String>,
        definitions: Arc<Definitions>,
    ) {
        let decision = LoadedDecision {
            definition_id: definition_id.into(),
            definitions,
        };
        self.decisions.insert(reference, decision);
    }

    /// Adds what a reference to a process means now: the id of its definition.
    pub fn add_called(&mut self, reference: ProcessRef, definition_id: impl Into<String>) {
        self.called.insert(reference, definition_id.into());
    }

    /// Adds what was said of the jobs of a process definition.
    pub fn add_job_rules(&mut self, definition_id: impl Into<String>, rules: Arc<[JobRule]>) {
        if !rules.is_empty() {
            self.job_rules.insert(definition_id.into(), rules);
        }
    }

    /// What was said of such jobs.
    pub(super) fn job_rule(
        &self,
        definition_id: &str,
        kind: JobKind,
        activity: &str,
    ) -> Option<&JobRule> {
        let mut rules = self.job_rules.get(definition_id)?.iter();
        rules.find(|rule| rule.kind == kind && rule.activity_id == activity)
    }

    pub(super) fn called(
        &self,
        reference: &ProcessRef,
        by: impl FnOnce() -> Place,
    ) -> Result<String, Error> {
        match self.called.get(reference) {
            Some(definition_id) => Ok(definition_id.clone()),
            None => Err(Error::Need(Need::Called(reference.clone(), by()))),
        }
    }

    pub(super) fn process(&self, definition_id: &str) -> Result<Arc<Process>, Error> {
        match self.processes.get(definition_id) {
            Some(process) => Ok(process.clone()),
            None => Err(Error::Need(Need::Process {
                definition_id: definition_id.to_owned(),
            })),
        }
    }

    pub(super) fn decision(
        &self,
        reference: &DecisionRef,
        by: impl FnOnce() -> Place,
    ) -> Result<LoadedDecision, Error> {
        match self.decisions.get(reference) {
            Some(decision) => Ok(decision.clone()),
            None => Err(Error::Need(Need::Decision(reference.clone(), by()))),
        }
    }
}

/// What was said of all jobs of one node: of a job definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRule {
    /// What the jobs do.
    pub kind: JobKind,
    /// Their `activity_id`.
    pub activity_id: String,
    /// New ones are suspended.
    pub suspended: bool,
    /// The priority of new ones, whatever the model says.
    pub priority: Option<i64>,
}

/// How much one command may do before it is stopped with an ordinary error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes entered and left, and instances made. A quarter of a million take about a second.
    pub steps: u64,
    /// What all its expressions and scripts are allowed, and once more all its decisions.
    pub expressions: Allowance,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: 250_000,
            expressions: Allowance::default(),
        }
    }
}

/// The decision that a business rule task means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DecisionRef {
    /// The decision's key.
    pub key: String,
    /// Which version.
    pub version: DecisionVersion,
}

/// The process that a call activity means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProcessRef {
    /// The process's key.
    pub key: String,
    /// Which version.
    pub version: DecisionVersion,
}

/// Which version of a decision or process is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DecisionVersion {
    /// The newest.
    Latest,
    /// That of the deployment of this process definition.
    DeploymentOf(String),
    /// This number.
    Number(i64),
    /// The one with this tag.
    Tag(String),
}

impl fmt::Display for DecisionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({})", self.key, self.version)
    }
}

impl fmt::Display for ProcessRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({})", self.key, self.version)
    }
}

impl fmt::Display for DecisionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecisionVersion::Latest => write!(f, "latest version"),
            DecisionVersion::DeploymentOf(id) => write!(f, "deployed together with {id}"),
            DecisionVersion::Number(number) => write!(f, "version {number}"),
            DecisionVersion::Tag(tag) => write!(f, "version tag '{tag}'"),
        }
    }
}

/// A loaded decision: the file that it stands in, and its definition's id.
#[derive(Debug, Clone)]
pub(super) struct LoadedDecision {
    pub(super) definition_id: String,
    pub(super) definitions: Arc<Definitions>,
}
