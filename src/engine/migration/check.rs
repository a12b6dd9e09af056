//! What must hold for an instance that is to be migrated, in Camunda's words.

use super::activity::{Activities, Activity};
use super::plan::MigrationPlan;
use crate::engine::instance::{Instance, Key};
use crate::engine::state::{Execution, Id, Phase, Subscription, SubscriptionKind};
use crate::model::{Process, graph::Trigger};
use std::collections::HashMap;
use std::fmt;

/// What an instance is moved by: a valid plan with the activities that it means.
pub(super) struct Mapping<'p> {
    pub(super) from: Activities<'p>,
    pub(super) to: Activities<'p>,
    targets: HashMap<Activity, (Activity, bool)>,
}

/// Where an activity goes on.
#[derive(Clone, Copy)]
pub(super) struct Goal {
    pub(super) activity: Activity,
    /// Whether its event is waited for as the target says.
    pub(super) update: bool,
}

impl<'p> Mapping<'p> {
    pub(super) fn new(plan: &MigrationPlan, source: &'p Process, target: &'p Process) -> Self {
        let (from, to) = (Activities(source), Activities(target));
        let mut targets = HashMap::new();
        for instruction in &plan.instructions {
            if let Some(source) = from.find(&instruction.source)
                && let Some(target) = to.find(&instruction.target)
            {
                targets.insert(source, (target, instruction.update_event_trigger));
            }
        }
        Mapping { from, to, targets }
    }

    pub(super) fn goal(&self, of: Activity) -> Option<Goal> {
        let &(activity, update) = self.targets.get(&of)?;
        Some(Goal { activity, update })
    }

    /// Where the activity with this id goes on.
    pub(super) fn goal_of(&self, id: &str) -> Option<Goal> {
        self.goal(self.from.find(id)?)
    }

    /// The handler that takes the place of another: that of the boundary event to which its own
    /// is mapped. A scope without a handler of its own is undone by those inside it.
    pub(super) fn handler(&self, id: &str) -> Option<String> {
        let handler = self.from.find(id)?;
        let boundary = self.from.0.nodes.iter().position(|node| {
            let attached = |host: usize| self.from.0.nodes[host].compensation;
            match &node.kind {
                crate::model::NodeKind::BoundaryEvent(event) => {
                    event.trigger == Trigger::Compensation
                        && attached(event.attached_to) == Some(handler.node)
                }
                _ => false,
            }
        });
        let Some(node) = boundary else {
            return Some(self.to.id(self.goal(handler)?.activity));
        };
        let goal = self.goal(Activity { node, body: false })?;
        match &self.to.node(goal.activity).kind {
            crate::model::NodeKind::BoundaryEvent(event) => {
                let handler = self.to.0.nodes[event.attached_to].compensation?;
                Some(self.to.0.nodes[handler].id.clone())
            }
            _ => None,
        }
    }
}

/// Why an instance can not be migrated.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct InstanceReport {
    process_instance: Id,
    /// Activity instances with what is wrong with them.
    activities: Vec<(Id, Vec<String>)>,
    /// The same for what waits before or behind an activity, for a job.
    transitions: Vec<(Id, Vec<String>)>,
}

impl InstanceReport {
    pub(super) fn is_empty(&self) -> bool {
        self.activities.is_empty() && self.transitions.is_empty()
    }
}

impl fmt::Display for InstanceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = &self.process_instance;
        write!(
            f,
            "ENGINE-23004 Cannot migrate process instance '{instance}':"
        )?;
        let kinds = [
            ("activity instance", &self.activities),
            ("transition instance", &self.transitions),
        ];
        for (kind, reports) in kinds {
            for (id, failures) in reports {
                write!(f, "\n\tCannot migrate {kind} '{id}':")?;
                for failure in failures {
                    write!(f, "\n\t\t{failure}")?;
                }
            }
        }
        Ok(())
    }
}

const UNMAPPED: &str = "There is no migration instruction for this instance's activity";

/// The executions of one process instance, those around before those inside.
pub(super) fn executions(instance: &Instance, process_instance: &str) -> Vec<Execution> {
    let mut found: Vec<Execution> = Vec::new();
    let mut next = instance.execution(process_instance);
    let mut at = 0;
    while let Some(execution) = next {
        let inside = instance.children(&execution.id);
        let inside = inside.chain(instance.kept(&execution.id));
        let inside = inside.filter(|child| child.process_instance_id == process_instance);
        let inside: Vec<Execution> = inside.cloned().collect();
        if at == 0 {
            found.push(execution.clone());
        }
        found.extend(inside);
        at += 1;
        next = found.get(at).and_then(|e| instance.execution(&e.id));
    }
    found
}

/// What stands in the way of an instance.
pub(super) fn check(
    instance: &Instance,
    executions: &[Execution],
    mapping: &Mapping<'_>,
) -> InstanceReport {
    let mut report = InstanceReport::default();
    for execution in executions {
        let mut failures = match execution.activity_id.as_deref() {
            None => Vec::new(),
            Some(activity) => at_activity(instance, execution, activity, mapping),
        };
        failures.extend(compensations(instance, execution, mapping));
        let waits = matches!(execution.phase, Phase::Before | Phase::After);
        let reports = match waits {
            true => &mut report.transitions,
            false => &mut report.activities,
        };
        if execution.activity_id.is_none() {
            report.process_instance.clone_from(&execution.id);
        }
        if !failures.is_empty() {
            let id = match waits {
                true => execution.id.clone(),
                false => execution.activity_instance_id(),
            };
            reports.push((id, failures));
        }
    }
    report
}

fn at_activity(
    instance: &Instance,
    execution: &Execution,
    activity: &str,
    mapping: &Mapping<'_>,
) -> Vec<String> {
    let Some(source) = mapping.from.find(activity) else {
        return vec![UNMAPPED.to_owned()];
    };
    let goal = mapping.goal(source);
    let mut failures = Vec::new();
    if matches!(execution.phase, Phase::Before | Phase::After) {
        match goal {
            None => failures.push(UNMAPPED.to_owned()),
            Some(goal) => transition(execution, goal.activity, mapping, &mut failures),
        }
        return failures;
    }
    let mut inside = instance.children(&execution.id);
    let is_leaf = !inside.any(|child| child.process_instance_id == execution.process_instance_id);
    if goal.is_none() && (is_leaf || execution.phase == Phase::Kept) {
        failures.push(UNMAPPED.to_owned());
    }
    let waits = !matches!(execution.phase, Phase::Kept);
    if execution.phase == Phase::Compensating || waits && !mapping.from.is_supported(source) {
        failures.push(
            "The type of the source activity is not supported for activity instance migration"
                .to_owned(),
        );
    }
    failures
}

fn transition(
    execution: &Execution,
    goal: Activity,
    mapping: &Mapping<'_>,
    failures: &mut Vec<String>,
) {
    if execution.phase == Phase::Before {
        if !mapping.to.is_async_before(goal) {
            failures.push("Target activity is not asyncBefore".to_owned());
        }
        return;
    }
    let target = mapping.to.node(goal);
    let mut flows = target
        .outgoing
        .iter()
        .map(|&flow| &mapping.to.0.flows[flow]);
    match &execution.flow_id {
        Some(flow) if target.outgoing.len() > 1 && !flows.any(|other| other.id == *flow) => {
            failures.push(
                "Transition instance is assigned to a sequence flow that cannot be matched in the target activity"
                    .to_owned(),
            );
        }
        None if target.outgoing.len() > 1 && mapping.to.scope(goal).is_none_or(|s| !s.body) => {
            failures.push(
                "Transition instance is assigned to no sequence flow and target activity has more than one outgoing sequence flow"
                    .to_owned(),
            );
        }
        _ => {}
    }
    if !mapping.to.is_async_after(goal) {
        failures.push("Target activity is not asyncAfter".to_owned());
    }
}

/// What was done inside a scope must find who undoes it.
fn compensations(instance: &Instance, execution: &Execution, mapping: &Mapping<'_>) -> Vec<String> {
    let remembered = remembered(instance, execution);
    let lost = remembered.filter(|s| mapping.handler(&s.activity_id).is_none());
    lost.map(|subscription| {
        format!(
            "Cannot migrate subscription for compensation handler '{}'. There is no migration instruction for the compensation boundary event",
            subscription.activity_id
        )
    })
    .collect()
}

/// The subscriptions that remember in a scope how what is done is undone.
pub(super) fn remembered<'i>(
    instance: &'i Instance,
    execution: &Execution,
) -> impl Iterator<Item = &'i Subscription> {
    let attached = instance.attached(&execution.id);
    let subscriptions = attached.filter_map(|key| match key {
        Key::Subscription(id) => instance.subscription(id),
        _ => None,
    });
    subscriptions.filter(|s| s.kind == SubscriptionKind::Compensation)
}
