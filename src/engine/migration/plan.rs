//! Migration plans: which activity goes on as which.

use super::activity::{Activities, Activity, EventScope};
use super::validate::{Failing, Pair, Pairs};
use crate::engine::state::BODY;
use crate::model::{Process, graph::Trigger};
use crate::value::{Map, storage};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;

/// How the instances of one process definition go on in another.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationPlan {
    /// The id of the process definition that they run on.
    pub source: String,
    /// The id of the one that they are to run on.
    pub target: String,
    /// What becomes of their activities.
    pub instructions: Vec<MigrationInstruction>,
    /// Variables that the instances take with it.
    #[serde(with = "storage::whole")]
    pub variables: Map,
}

/// What is at one activity goes on at another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationInstruction {
    /// The BPMN id in the source, with `#multiInstanceBody` for what holds several instances.
    pub source: String,
    /// The BPMN id in the target.
    pub target: String,
    /// The event is waited for as the target says: timers are evaluated again, names anew.
    pub update_event_trigger: bool,
}

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanReport {
    /// The source of the plan.
    pub source: String,
    /// The target of the plan.
    pub target: String,
    /// The instructions that can not be followed.
    pub instructions: Vec<InstructionReport>,
}

/// What is wrong with one instruction.
#[derive(Debug, Clone, PartialEq)]
pub struct InstructionReport {
    /// The instruction.
    pub instruction: MigrationInstruction,
    /// Why it can not be followed.
    pub failures: Vec<String>,
}

impl fmt::Display for MigrationInstruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "MigrationInstructionImpl{{sourceActivityId='{}', targetActivityId='{}', updateEventTrigger='{}'}}",
            self.source, self.target, self.update_event_trigger
        )
    }
}

impl fmt::Display for PlanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ENGINE-23001 Migration plan for process definition '{}' to '{}' is not valid:",
            self.source, self.target
        )?;
        for report in &self.instructions {
            let instruction = &report.instruction;
            write!(f, "\n\t Migration instruction {instruction} is not valid:")?;
            for failure in &report.failures {
                write!(f, "\n\t\t{failure}")?;
            }
        }
        Ok(())
    }
}

impl PlanReport {
    /// True when the plan can be followed.
    pub fn is_empty(&self) -> bool {
        self.instructions.is_empty()
    }
}

/// The instructions that map activities of equal id, where that can be done; those that are
/// `renamed` to the activity of their new id.
pub fn generate(
    source: &Process,
    target: &Process,
    update_event_triggers: bool,
    renamed: &[(String, String)],
) -> Vec<MigrationInstruction> {
    let (from, to) = (Activities(source), Activities(target));
    let renamed: HashMap<&str, &str> = renamed
        .iter()
        .map(|(old, new)| (old.as_str(), new.as_str()))
        .collect();
    let mut pairs = Pairs::new(from, to);
    let mut open: Vec<(Option<Activity>, Option<Activity>)> = vec![(None, None)];
    while let Some((outer, inner)) = open.pop() {
        let mut found = Vec::new();
        let all = |of: Activities<'_>, scope| {
            let mut all = of.children(scope);
            all.extend(events_of(of, scope));
            all
        };
        let targets = all(to, inner);
        for activity in all(from, outer) {
            if pairs.has_source(activity) || !is_valid(from, activity) {
                continue;
            }
            let twin = match renamed.get(from.node(activity).id.as_str()) {
                Some(new) if activity.body => to.find(&format!("{new}{BODY}")),
                Some(new) => to.find(new),
                None => {
                    let id = from.id(activity);
                    targets.iter().copied().find(|&other| to.id(other) == id)
                }
            };
            let Some(twin) = twin.filter(|&twin| is_valid(to, twin)) else {
                continue;
            };
            let update = from.is_conditional(activity)
                || update_event_triggers && from.has_trigger(activity);
            let pair = Pair {
                source: activity,
                target: twin,
                update,
            };
            found.push(pair);
            pairs.add(pair);
        }
        pairs.keep_valid(Failing::WhileGenerating);
        let kept = found.into_iter().filter(|pair| pairs.contains(pair));
        let inside = kept.filter(|pair| from.scope(pair.source) == outer);
        let mut inside: Vec<_> = inside
            .map(|pair| (Some(pair.source), Some(pair.target)))
            .collect();
        inside.reverse();
        open.extend(inside);
    }
    pairs.keep_valid(Failing::Always);
    pairs.instructions()
}

/// The events that are held by the execution of a scope.
fn events_of(of: Activities<'_>, scope: Option<Activity>) -> Vec<Activity> {
    let all = (0..of.0.nodes.len()).map(|node| Activity { node, body: false });
    let inside = all.filter(|&activity| of.event_scope(activity) == EventScope::Of(scope));
    let inside = inside.filter(|&activity| of.scope(activity) != scope);
    inside.collect()
}

/// True for what can be mapped at all.
fn is_valid(of: Activities<'_>, activity: Activity) -> bool {
    let supported =
        of.is_supported(activity) || of.is_async_before(activity) || of.is_async_after(activity);
    let thrown = matches!(
        of.0.trigger(activity.node),
        Some(Trigger::Error { .. } | Trigger::Escalation { .. } | Trigger::Cancel)
    );
    supported && !(thrown && of.is_passive(activity)) && !of.node(activity).for_compensation
}

/// Checks a plan against both of its versions.
pub fn validate(plan: &MigrationPlan, source: &Process, target: &Process) -> PlanReport {
    let (from, to) = (Activities(source), Activities(target));
    let mut report = PlanReport {
        source: plan.source.clone(),
        target: plan.target.clone(),
        instructions: Vec::new(),
    };
    let mut pairs = Pairs::new(from, to);
    for instruction in &plan.instructions {
        let ends = (from.find(&instruction.source), to.find(&instruction.target));
        if let (Some(source), Some(target)) = ends {
            pairs.add(Pair {
                source,
                target,
                update: instruction.update_event_trigger,
            });
            continue;
        }
        let mut failures = Vec::new();
        let mut missing = |found: Option<Activity>, which: &str, id: &str| {
            if found.is_none() {
                failures.push(format!("{which} activity '{id}' does not exist"));
            }
        };
        missing(ends.0, "Source", &instruction.source);
        missing(ends.1, "Target", &instruction.target);
        report.instructions.push(InstructionReport {
            instruction: instruction.clone(),
            failures,
        });
    }
    report.instructions.extend(pairs.reports());
    report
}
