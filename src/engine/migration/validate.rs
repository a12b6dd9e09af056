//! What must hold for an instruction beside all others of its plan, in Camunda's words.

use super::activity::{Activities, Activity, EventScope};
use super::plan::{InstructionReport, MigrationInstruction};
use crate::model::{NodeKind, graph::Trigger};
use std::collections::HashMap;

/// An instruction whose activities are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) source: Activity,
    pub(super) target: Activity,
    pub(super) update: bool,
}

/// When an instruction fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    /// In a plan that is whole.
    Always,
    /// While its inner activities have yet to be mapped.
    WhileGenerating,
}

/// The instructions of a plan.
pub(super) struct Pairs<'p> {
    from: Activities<'p>,
    to: Activities<'p>,
    all: Vec<Pair>,
    by_source: HashMap<Activity, Vec<Pair>>,
    by_target: HashMap<Activity, Vec<Pair>>,
}

impl<'p> Pairs<'p> {
    pub(super) fn new(from: Activities<'p>, to: Activities<'p>) -> Self {
        Pairs {
            from,
            to,
            all: Vec::new(),
            by_source: HashMap::new(),
            by_target: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, pair: Pair) {
        self.all.push(pair);
        self.by_source.entry(pair.source).or_default().push(pair);
        self.by_target.entry(pair.target).or_default().push(pair);
    }

    pub(super) fn has_source(&self, source: Activity) -> bool {
        self.by_source.contains_key(&source)
    }

    pub(super) fn contains(&self, pair: &Pair) -> bool {
        let same = self.by_source.get(&pair.source);
        same.is_some_and(|same| same.contains(pair))
    }

    /// Drops the instructions that fail beside the others as they are now.
    pub(super) fn keep_valid(&mut self, when: Failing) {
        let all = std::mem::take(&mut self.all);
        let valid: Vec<Pair> = all
            .into_iter()
            .filter(|pair| self.failures(pair, when).is_empty())
            .collect();
        self.by_source.clear();
        self.by_target.clear();
        valid.into_iter().for_each(|pair| self.add(pair));
    }

    pub(super) fn instructions(&self) -> Vec<MigrationInstruction> {
        self.all.iter().map(|pair| self.instruction(pair)).collect()
    }

    fn instruction(&self, pair: &Pair) -> MigrationInstruction {
        MigrationInstruction {
            source: self.from.id(pair.source),
            target: self.to.id(pair.target),
            update_event_trigger: pair.update,
        }
    }

    /// What fails, by instruction.
    pub(super) fn reports(&self) -> Vec<InstructionReport> {
        let reports = self.all.iter().map(|pair| InstructionReport {
            instruction: self.instruction(pair),
            failures: self.failures(pair, Failing::Always),
        });
        reports
            .filter(|report| !report.failures.is_empty())
            .collect()
    }

    fn failures(&self, pair: &Pair, when: Failing) -> Vec<String> {
        let mut failures = Vec::new();
        self.same_behavior(pair, &mut failures);
        self.only_once(pair, &mut failures);
        self.bodies(pair, when, &mut failures);
        self.gateways(pair, &mut failures);
        self.event_scopes(pair, &mut failures);
        self.triggers(pair, &mut failures);
        self.ancestors(pair, &mut failures);
        failures
    }

    fn same_behavior(&self, pair: &Pair, failures: &mut Vec<String>) {
        let behaviors = [
            self.from.behavior(pair.source),
            self.to.behavior(pair.target),
        ];
        let [source, target] = behaviors;
        let sub = |behavior: &str| {
            behavior == "SubProcessActivityBehavior"
                || behavior == "EventSubProcessActivityBehavior"
        };
        if source != target && !(sub(source) && sub(target)) {
            failures.push(format!(
                "Activities have incompatible types ({source} is not compatible with {target})"
            ));
        }
        let waits = |of: Activities<'_>, activity: Activity| {
            of.is_passive(activity) || matches!(of.node(activity).kind, NodeKind::CatchEvent(_))
        };
        let types = [
            self.from.node(pair.source).activity_type(),
            self.to.node(pair.target).activity_type(),
        ];
        let [source, target] = types;
        if waits(self.from, pair.source) && waits(self.to, pair.target) && source != target {
            failures.push(format!(
                "Events are not of the same type ({source} != {target})"
            ));
        }
    }

    fn only_once(&self, pair: &Pair, failures: &mut Vec<String>) {
        let same = self.by_source.get(&pair.source).into_iter().flatten();
        let same: Vec<String> = same
            .map(|pair| {
                format!(
                    "ValidatingMigrationInstructionImpl{{sourceActivity=Activity({}), targetActivity=Activity({})}}",
                    self.from.id(pair.source),
                    self.to.id(pair.target)
                )
            })
            .collect();
        if same.len() > 1 {
            failures.push(format!(
                "There are multiple mappings for source activity id '{}': {}",
                self.from.id(pair.source),
                same.join(", ")
            ));
        }
    }

    /// Bodies of multi-instance activities are neither added nor hollowed out.
    fn bodies(&self, pair: &Pair, when: Failing, failures: &mut Vec<String>) {
        let mut scopes = self.to.scopes(pair.target);
        let added = scopes
            .by_ref()
            .take_while(|scope| !self.by_target.contains_key(scope))
            .find(|scope| scope.body);
        if let Some(body) = added {
            failures.push(format!(
                "Target activity '{}' is a descendant of multi-instance body '{}' that is not mapped from the source process definition.",
                self.to.id(pair.target),
                self.to.id(body)
            ));
        }
        if when == Failing::WhileGenerating {
            return;
        }
        let inner = |of: Activity| Activity { body: false, ..of };
        if pair.target.body && !self.by_target.contains_key(&inner(pair.target)) {
            failures.push(
                "Must map the inner activity of a multi-instance body when the body is mapped"
                    .to_owned(),
            );
        }
        if pair.source.body && !self.by_source.contains_key(&inner(pair.source)) {
            failures.push(
                "Cannot remove the inner activity of a multi-instance body when the body is mapped"
                    .to_owned(),
            );
        }
    }

    fn gateways(&self, pair: &Pair, failures: &mut Vec<String>) {
        let target = self.to.node(pair.target);
        if pair.target.body
            || !matches!(
                target.kind,
                NodeKind::ParallelGateway | NodeKind::InclusiveGateway
            )
        {
            return;
        }
        let incoming = self.from.node(pair.source).incoming.len();
        if incoming > target.incoming.len() {
            failures.push(
                "The target gateway must have at least the same number of incoming sequence flows that the source gateway has"
                    .to_owned(),
            );
        }
        if let Some(scope) = self.from.scope(pair.source)
            && !self.by_source.contains_key(&scope)
        {
            failures.push(format!(
                "The gateway's flow scope '{}' must be mapped",
                self.from.id(scope)
            ));
        }
        if self.by_target.get(&pair.target).map_or(0, Vec::len) > 1 {
            failures.push(format!(
                "Only one gateway can be mapped to gateway '{}'",
                target.id
            ));
        }
    }

    /// An event moves with what holds it.
    fn event_scopes(&self, pair: &Pair, failures: &mut Vec<String>) {
        let EventScope::Of(holder) = self.from.event_scope(pair.source) else {
            return;
        };
        let compensation = self.from.0.trigger(pair.source.node) == Some(&Trigger::Compensation);
        if holder == self.from.scope(pair.source)
            || compensation && !matches!(self.from.node(pair.source).kind, NodeKind::StartEvent(_))
        {
            return;
        }
        let name = |of: Activities<'_>, scope: Option<Activity>| match scope {
            Some(scope) => of.id(scope),
            None => of.0.id.clone(),
        };
        let source = name(self.from, holder);
        let EventScope::Of(target) = self.to.event_scope(pair.target) else {
            if !matches!(self.from.node(pair.source).kind, NodeKind::UserTask(_)) {
                failures.push(format!(
                    "The source activity's event scope ({source}) must be mapped but the target activity has no event scope"
                ));
            }
            return;
        };
        let mapped = match holder {
            None => Some(None),
            Some(holder) => {
                let mapped = self.by_source.get(&holder);
                mapped.and_then(|mapped| Some(Some(mapped.first()?.target)))
            }
        };
        if mapped != Some(target) {
            failures.push(format!(
                "The source activity's event scope ({source}) must be mapped to the target activity's event scope ({})",
                name(self.to, target)
            ));
        }
    }

    fn triggers(&self, pair: &Pair, failures: &mut Vec<String>) {
        if pair.update && !self.from.has_trigger(pair.source) {
            failures.push(
                "Cannot update event trigger because the activity does not define a persistent event trigger"
                    .to_owned(),
            );
        }
        if !pair.update && self.from.is_conditional(pair.source) {
            failures.push("Conditional event has to migrate with update event trigger.".to_owned());
        }
    }

    /// What is around an activity stays around it.
    fn ancestors(&self, pair: &Pair, failures: &mut Vec<String>) {
        let mut scopes = self.from.scopes(pair.source);
        let mapped = scopes.find_map(|scope| self.by_source.get(&scope)?.first());
        let Some(around) = mapped else {
            return;
        };
        if !self.to.scopes(pair.target).any(|s| s == around.target) {
            failures.push(format!(
                "The closest mapped ancestor '{}' is mapped to scope '{}' which is not an ancestor of target scope '{}'",
                self.from.id(around.source),
                self.to.id(around.target),
                self.to.id(pair.target)
            ));
        }
    }
}
