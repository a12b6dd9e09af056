//! An instance goes on in another process definition: its executions keep their ids, variables,
//! tasks and jobs, and stand at other activities.

use super::activity::{Activities, Activity};
use super::check::{Goal, Mapping, check, executions, remembered};
use super::plan::{MigrationPlan, validate};
use crate::engine::change::{ActivityEnd, Event};
use crate::engine::error::Error;
use crate::engine::expression::Whence;
use crate::engine::instance::Key;
use crate::engine::run::{Part, Run};
use crate::engine::state::*;
use crate::model::graph::Trigger;
use crate::model::{NodeIx, NodeKind};
use std::collections::{BTreeMap, HashMap, HashSet};

/// New scopes by the execution around them.
type Begun = HashMap<(Id, Activity), Id>;

/// Rounds are counted on at the target's activities.
fn visits(counted: BTreeMap<String, Visits>, mapping: &Mapping<'_>) -> BTreeMap<String, Visits> {
    let moved = counted
        .into_iter()
        .map(|(activity, visits)| match mapping.goal_of(&activity) {
            Some(goal) => (mapping.to.id(goal.activity), visits),
            None => (activity, visits),
        });
    moved.collect()
}

impl Run<'_> {
    /// Moves a process instance to the target of a plan, or leaves it as it is.
    pub(in crate::engine) fn migrate(
        &mut self,
        process_instance: &str,
        plan: &MigrationPlan,
    ) -> Result<(), Error> {
        let mut instance = self.process_instance(process_instance)?.clone();
        if instance.definition_id != plan.source {
            return Err(Error::BadRequest(format!(
                "ENGINE-23002 Process instance '{process_instance}' cannot be migrated. Its process definition '{}' does not match the source process definition of the migration plan '{}'",
                instance.definition_id, plan.source
            )));
        }
        let source = self.world.process(&plan.source)?;
        let target = self.world.process(&plan.target)?;
        let report = validate(plan, &source, &target);
        if !report.is_empty() {
            return Err(Error::BadRequest(report.to_string()));
        }
        let mapping = Mapping::new(plan, &source, &target);
        let before = executions(self.instance(), process_instance);
        let report = check(self.instance(), &before, &mapping);
        if !report.is_empty() {
            return Err(Error::BadRequest(report.to_string()));
        }
        let (moving, ending): (Vec<Execution>, Vec<Execution>) =
            before.into_iter().partition(|e| goal(e, &mapping).is_ok());
        for scope in ending.iter().rev() {
            self.dissolve(scope)?;
        }
        instance.definition_id.clone_from(&plan.target);
        instance.visits = visits(instance.visits, &mapping);
        self.journal.put(instance);
        self.event(Event::ProcessMigrated {
            process_instance_id: process_instance.to_owned(),
            from: plan.source.clone(),
            to: plan.target.clone(),
        });
        let mut waited_for: HashMap<Id, HashSet<NodeIx>> = HashMap::new();
        for execution in &moving {
            let goal = goal(execution, &mapping).unwrap_or_default();
            let events = self.restate(execution, goal, plan, &mapping)?;
            waited_for.insert(execution.id.clone(), events);
        }
        let mut begun = Begun::new();
        for execution in &moving {
            if let Ok(Some(goal)) = goal(execution, &mapping) {
                self.put_in_place(execution, goal, &mapping, &mut begun)?;
            }
        }
        for execution in &moving {
            let goal = goal(execution, &mapping).unwrap_or_default();
            let events = &waited_for[&execution.id];
            self.arm_new_events(execution, goal, &mapping, events)?;
        }
        // What is only now waited for, or sees other variables now, is not tested before
        // something changes.
        self.untested.clear();
        self.conditions_may_hold(process_instance);
        self.set_variables(process_instance, plan.variables.clone())
    }

    /// A scope that the plan does not map ends, and what runs inside goes on around it.
    fn dissolve(&mut self, scope: &Execution) -> Result<(), Error> {
        let Some(around) = self.execution(&scope.id)?.parent_id.clone() else {
            return Ok(());
        };
        let instance = self.instance();
        let inside = instance.children(&scope.id).chain(instance.kept(&scope.id));
        let inside: Vec<Execution> = inside.cloned().collect();
        let remembered: Vec<Subscription> = remembered(instance, scope).cloned().collect();
        for child in inside {
            self.journal.put(Execution {
                parent_id: Some(around.clone()),
                ..child
            });
        }
        for subscription in remembered {
            self.journal.put(Subscription {
                execution_id: around.clone(),
                ..subscription
            });
        }
        let at = self.at(&scope.id)?;
        self.end_canceled(&at)?;
        self.remove_execution(&at.execution, ActivityEnd::Canceled, "canceled");
        Ok(())
    }

    /// An execution and all that hangs on it name the target's activities. The events that it
    /// goes on to wait for.
    fn restate(
        &mut self,
        execution: &Execution,
        goal: Option<Goal>,
        plan: &MigrationPlan,
        mapping: &Mapping<'_>,
    ) -> Result<HashSet<NodeIx>, Error> {
        let mut moved = self.execution(&execution.id)?.clone();
        if let Some(goal) = goal {
            moved.activity_id = Some(mapping.to.id(goal.activity));
            moved.flow_id = flow(&moved, goal.activity, mapping.to);
            moved.visits = visits(moved.visits, mapping);
            self.journal.put(moved.clone());
        }
        let held: HashSet<NodeIx> = mapping
            .to
            .held(goal.map(|goal| goal.activity))
            .into_iter()
            .collect();
        let mut events = HashSet::new();
        for key in self.attached(&execution.id) {
            let instance = self.instance();
            match &key {
                Key::Task(id) => {
                    if let Some(mut task) = instance.task(id).cloned() {
                        task.definition_id.clone_from(&plan.target);
                        task.task_definition_key = moved.activity_id.clone().unwrap_or_default();
                        self.journal.put(task.clone());
                        self.event(Event::TaskMigrated { task });
                    }
                }
                Key::ExternalTask(id) => {
                    if let Some(mut task) = instance.external_task(id).cloned() {
                        task.definition_id.clone_from(&plan.target);
                        task.activity_id = moved.activity_id.clone().unwrap_or_default();
                        self.journal.put(task);
                    }
                }
                Key::Job(id) => {
                    if let Some(job) = instance.job(id).cloned() {
                        let goes_on = self.restate_job(job, &moved, plan, mapping, &held)?;
                        events.extend(goes_on);
                    }
                }
                Key::Subscription(id) => {
                    if let Some(subscription) = instance.subscription(id).cloned() {
                        let goes_on = self.restate_subscription(subscription, mapping, &held)?;
                        events.extend(goes_on);
                    }
                }
                _ => {}
            }
        }
        self.restate_incidents(&moved, mapping);
        Ok(events)
    }

    /// A job goes on at the target's activity, or ends with its event.
    fn restate_job(
        &mut self,
        mut job: Job,
        execution: &Execution,
        plan: &MigrationPlan,
        mapping: &Mapping<'_>,
        held: &HashSet<NodeIx>,
    ) -> Result<Option<NodeIx>, Error> {
        job.definition_id.clone_from(&plan.target);
        if matches!(job.kind, JobKind::AsyncBefore | JobKind::AsyncAfter) {
            let of_body = job.activity_id.ends_with(BODY);
            job.activity_id = at_node(execution) + if of_body { BODY } else { "" };
            self.journal.put(job);
            return Ok(None);
        }
        let before = job.activity_id.clone();
        let (activity, listener) = match before.split_once('#') {
            Some((activity, listener)) => (activity, Some(listener)),
            None => (before.as_str(), None),
        };
        let goal = mapping.goal_of(activity).filter(|goal| match listener {
            Some(name) => {
                mapping.to.node(goal.activity).id == at_node(execution)
                    && timeout_names(mapping.to, goal.activity).any(|other| other == name)
            }
            None => held.contains(&goal.activity.node),
        });
        let Some(goal) = goal else {
            self.resolve_incident(&execution.id, &job.id);
            self.journal.remove(Key::Job(job.id));
            return Ok(None);
        };
        let node = &mapping.to.node(goal.activity).id;
        job.activity_id = match listener {
            Some(listener) => format!("{node}#{listener}"),
            None => node.clone(),
        };
        let id = job.id.clone();
        self.journal.put(job);
        if goal.update {
            self.recalculate_job(&id, false)?;
        }
        Ok(listener.is_none().then_some(goal.activity.node))
    }

    /// A subscription goes on at the target's event, or ends.
    fn restate_subscription(
        &mut self,
        mut subscription: Subscription,
        mapping: &Mapping<'_>,
        held: &HashSet<NodeIx>,
    ) -> Result<Option<NodeIx>, Error> {
        if subscription.kind == SubscriptionKind::Compensation {
            if let Some(handler) = mapping.handler(&subscription.activity_id) {
                subscription.activity_id = handler;
                self.journal.put(subscription);
            }
            return Ok(None);
        }
        let source = mapping.from.find(&subscription.activity_id);
        let goal = source.and_then(|source| mapping.goal(source));
        let waits = |goal: &Goal| match mapping.to.0.trigger(goal.activity.node) {
            Some(_) => held.contains(&goal.activity.node),
            // A receive task, which may have lost its message.
            None => mapping.to.has_trigger(goal.activity),
        };
        let Some(goal) = goal.filter(waits) else {
            self.journal.remove(Key::Subscription(subscription.id));
            return Ok(None);
        };
        let node = goal.activity.node;
        subscription.activity_id = mapping.to.0.nodes[node].id.clone();
        if goal.update {
            let name = match (mapping.to.0.trigger(node), &mapping.to.0.nodes[node].kind) {
                (Some(Trigger::Message(name) | Trigger::Signal(name)), _) => Some(name),
                (None, NodeKind::ReceiveTask { message }) => message.as_ref(),
                _ => None,
            };
            if let Some(name) = name {
                let at = self.at(&subscription.execution_id)?;
                let whence = Whence::of(&at).node(node);
                subscription.name = self.event_name(whence, subscription.kind, name)?;
            }
        }
        self.journal.put(subscription);
        Ok(Some(node))
    }

    /// Incidents are of the activity whose job, task or call they are.
    fn restate_incidents(&mut self, execution: &Execution, mapping: &Mapping<'_>) {
        for key in self.attached(&execution.id) {
            let Key::Incident(id) = &key else {
                continue;
            };
            let Some(mut incident) = self.instance().incident(id).cloned() else {
                continue;
            };
            incident.activity_id = match mapping.goal_of(&incident.activity_id) {
                Some(goal) => mapping.to.node(goal.activity).id.clone(),
                None => at_node(execution),
            };
            self.journal.put(incident.clone());
            self.event(Event::IncidentMigrated { incident });
        }
    }

    /// An execution goes into the scope in which its new activity stands; scopes that the source
    /// did not have begin.
    fn put_in_place(
        &mut self,
        before: &Execution,
        goal: Goal,
        mapping: &Mapping<'_>,
        begun: &mut Begun,
    ) -> Result<(), Error> {
        let mut execution = self.execution(&before.id)?.clone();
        let mut inside = execution.parent_id.clone().unwrap_or_default();
        let around = self.execution(&inside)?.activity_id.clone();
        let around = around.and_then(|id| mapping.to.find(&id));
        let scopes = mapping.to.scopes(goal.activity);
        let mut missing: Vec<Activity> =
            scopes.take_while(|scope| Some(*scope) != around).collect();
        while let Some(scope) = missing.pop() {
            let place = (inside.clone(), scope);
            inside = match begun.get(&place) {
                Some(id) => id.clone(),
                None => {
                    let outer = self.execution(&inside)?.clone();
                    let node = mapping.to.node(scope);
                    let id = self.spawn(&outer, node, Phase::Before, None);
                    let at = self.at(&id)?;
                    self.begin(at)?;
                    begun.insert(place, id.clone());
                    id
                }
            };
        }
        if execution.parent_id.as_ref() != Some(&inside) {
            execution.parent_id = Some(inside.clone());
            self.journal.put(execution.clone());
        }
        if execution.phase.has_begun() {
            self.event(Event::ActivityMigrated {
                process_instance_id: execution.process_instance_id.clone(),
                from: before.activity_instance_id(),
                id: execution.activity_instance_id(),
                parent_id: self.execution(&inside)?.activity_instance_id(),
                activity_id: execution.activity_id.clone().unwrap_or_default(),
            });
        }
        Ok(())
    }

    /// Waits for the events that the source did not have.
    fn arm_new_events(
        &mut self,
        before: &Execution,
        goal: Option<Goal>,
        mapping: &Mapping<'_>,
        waited_for: &HashSet<NodeIx>,
    ) -> Result<(), Error> {
        if !before.phase.has_begun() {
            return Ok(());
        }
        let at = self.at(&before.id)?;
        let source = before.activity_id.as_deref();
        let source = source.and_then(|id| mapping.from.find(id));
        // An event that does not interrupt may have happened already.
        let happened: HashSet<NodeIx> = mapping
            .from
            .held(source)
            .into_iter()
            .filter_map(|node| mapping.goal(Activity { node, body: false }))
            .map(|goal| goal.activity.node)
            .collect();
        let interrupted = self.is_interrupted(&at.execution, mapping.to);
        for event in mapping.to.held(goal.map(|goal| goal.activity)) {
            let (interrupting, start) = match &mapping.to.0.nodes[event].kind {
                NodeKind::BoundaryEvent(event) => (event.interrupting, false),
                NodeKind::StartEvent(event) => (event.interrupting, true),
                _ => (true, false),
            };
            let timer = matches!(mapping.to.0.trigger(event), Some(Trigger::Timer(_)));
            let over = timer && !interrupting && happened.contains(&event);
            let gone = over || (start && interrupted);
            if !gone && !waited_for.contains(&event) {
                self.arm(&at, event)?;
            }
        }
        let process = at.process.clone();
        match &process.nodes[at.node_ix].kind {
            NodeKind::UserTask(task) if at.part != Part::Body && !at.is_root() => {
                let known = source.map(|source| timeout_names(mapping.from, source));
                let known: HashSet<&str> = known.into_iter().flatten().collect();
                let mut new = (**task).clone();
                new.listeners.retain(|listener| {
                    let name = listener.timeout.as_ref().map(|(name, _)| name.as_str());
                    name.is_some_and(|name| !known.contains(name))
                });
                self.arm_task_timeouts(&at, &new)
            }
            NodeKind::ReceiveTask {
                message: Some(name),
            } if at.part != Part::Body && !waited_for.contains(&at.node_ix) => {
                self.subscribe(&at, at.node_ix, SubscriptionKind::Message, Some(name))
            }
            _ => Ok(()),
        }
    }

    /// True for a scope in which an event sub-process took the place of everything else.
    fn is_interrupted(&self, scope: &Execution, to: Activities<'_>) -> bool {
        self.instance().children(&scope.id).any(|child| {
            let activity = child.activity_id.as_deref().and_then(|id| to.find(id));
            activity.is_some_and(|sub| {
                to.is_event_sub_process(sub)
                    && to.children(Some(sub)).iter().any(|start| {
                        matches!(&to.node(*start).kind, NodeKind::StartEvent(s) if s.interrupting)
                    })
            })
        })
    }
}

/// Where an execution goes on: nowhere else at the root, an error where the plan does not say.
fn goal(execution: &Execution, mapping: &Mapping<'_>) -> Result<Option<Goal>, ()> {
    match execution.activity_id.as_deref() {
        None => Ok(None),
        Some(id) => mapping.goal_of(id).map(Some).ok_or(()),
    }
}

/// The flow that an execution behind its activity is to take there.
fn flow(execution: &Execution, goal: Activity, to: Activities<'_>) -> Option<String> {
    if execution.phase != Phase::After {
        return execution.flow_id.clone();
    }
    let outgoing = &to.node(goal).outgoing;
    match outgoing.as_slice() {
        [only] => Some(to.0.flows[*only].id.clone()),
        _ => execution.flow_id.clone().filter(|_| !outgoing.is_empty()),
    }
}

/// The BPMN id of the node at which an execution is.
fn at_node(execution: &Execution) -> String {
    let id = execution.activity_id.as_deref().unwrap_or_default();
    id.strip_suffix(BODY).unwrap_or(id).to_owned()
}

/// The names of the timeout listeners of a user task.
fn timeout_names<'p>(of: Activities<'p>, activity: Activity) -> impl Iterator<Item = &'p str> {
    let listeners = match &of.node(activity).kind {
        NodeKind::UserTask(task) => task.listeners.as_slice(),
        _ => &[],
    };
    let timeouts = listeners.iter().filter_map(|l| l.timeout.as_ref());
    timeouts.map(|(name, _)| name.as_str())
}
