//! A root process instance in memory: its rows, and indexes that keep every question cheap.

use super::change::Change;
use super::state::*;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

/// Ids are the desk's own: nobody chooses them so that they collide.
type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// One row of an [`Instance`].
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A process instance.
    Process(ProcessInstance),
    /// An execution.
    Execution(Execution),
    /// A variable.
    Variable(Variable),
    /// A user task.
    Task(Task),
    /// An external task.
    ExternalTask(ExternalTask),
    /// A job.
    Job(Job),
    /// An event subscription.
    Subscription(Subscription),
    /// An incident.
    Incident(Incident),
}

/// What names a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A process instance.
    Process(Id),
    /// An execution.
    Execution(Id),
    /// A variable, by scope and name.
    Variable(Id, String),
    /// A user task.
    Task(Id),
    /// An external task.
    ExternalTask(Id),
    /// A job.
    Job(Id),
    /// An event subscription.
    Subscription(Id),
    /// An incident.
    Incident(Id),
}

impl Row {
    /// The row's key.
    pub fn key(&self) -> Key {
        match self {
            Row::Process(r) => Key::Process(r.id.clone()),
            Row::Execution(r) => Key::Execution(r.id.clone()),
            Row::Variable(r) => Key::Variable(r.scope_id.clone(), r.name.clone()),
            Row::Task(r) => Key::Task(r.id.clone()),
            Row::ExternalTask(r) => Key::ExternalTask(r.id.clone()),
            Row::Job(r) => Key::Job(r.id.clone()),
            Row::Subscription(r) => Key::Subscription(r.id.clone()),
            Row::Incident(r) => Key::Incident(r.id.clone()),
        }
    }

    /// The execution that it is attached to and goes with.
    fn execution_id(&self) -> Option<&Id> {
        match self {
            Row::Process(_) | Row::Execution(_) | Row::Variable(_) => None,
            Row::Task(r) => Some(&r.execution_id),
            Row::ExternalTask(r) => Some(&r.execution_id),
            Row::Job(r) => r.execution_id.as_ref(),
            Row::Subscription(r) => Some(&r.execution_id),
            Row::Incident(r) => Some(&r.execution_id),
        }
    }
}

macro_rules! rows {
    ($($row:ident),*) => { $(
        impl From<$row> for Row {
            fn from(row: $row) -> Row {
                Row::$row(row)
            }
        }
    )* };
}
rows!(
    Execution,
    Variable,
    Task,
    ExternalTask,
    Job,
    Subscription,
    Incident
);

impl From<ProcessInstance> for Row {
    fn from(row: ProcessInstance) -> Row {
        Row::Process(row)
    }
}

/// What is waited for: a kind of event and its name.
type Awaited = (SubscriptionKind, String);

/// A condition that is waited for: in which process instance, at which event, and whether it may
/// hold already.
type AwaitedCondition = (Id, String, bool);

/// A root process instance with everything that runs in it.
///
/// Only [`apply`](super::apply) and [`Instance::record`] change it; reading is free.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instance {
    processes: HashMap<Id, ProcessInstance>,
    executions: HashMap<Id, Execution>,
    variables: HashMap<Id, BTreeMap<String, Variable>>,
    tasks: HashMap<Id, Task>,
    external_tasks: HashMap<Id, ExternalTask>,
    jobs: HashMap<Id, Job>,
    subscriptions: HashMap<Id, Subscription>,
    incidents: HashMap<Id, Incident>,
    /// Children of an execution in their order.
    children: HashMap<Id, BTreeSet<(u64, Id)>>,
    /// Completed scopes that are kept below an execution.
    kept: HashMap<Id, BTreeSet<(u64, Id)>>,
    /// Inclusive gateways at which tokens wait, with the scope around them.
    merging: BTreeMap<(Id, String), BTreeSet<(u64, Id)>>,
    /// Subscriptions by what they wait for, in their order; those of conditions are apart.
    waiting: HashMap<Awaited, BTreeSet<(DateTime<Utc>, Id)>>,
    /// Conditions that are waited for.
    conditions: BTreeMap<AwaitedCondition, BTreeSet<(DateTime<Utc>, Id)>>,
    /// Tokens that wait at a joining gateway, by scope and gateway.
    joining: HashMap<(Id, String), BTreeSet<(u64, Id)>>,
    /// Tasks, jobs, … of an execution.
    attached: HashMap<Id, BTreeSet<Key>>,
    /// Sequence numbers in use.
    sequences: BTreeSet<(u64, Id)>,
    /// How many process instances there are of each definition.
    definitions: BTreeMap<String, usize>,
}

impl Instance {
    /// The instance that these rows describe, in any order.
    pub fn from_rows(rows: impl IntoIterator<Item = Row>) -> Instance {
        let mut instance = Instance::default();
        for row in rows {
            instance.put(row);
        }
        instance
    }

    /// All rows, in no order that means anything.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let processes = self.processes.values().cloned().map(Row::from);
        let executions = self.executions.values().cloned().map(Row::from);
        let variables = self.variables.values().flat_map(BTreeMap::values);
        let tasks = self.tasks.values().cloned().map(Row::from);
        let external = self.external_tasks.values().cloned().map(Row::from);
        let jobs = self.jobs.values().cloned().map(Row::from);
        let subscriptions = self.subscriptions.values().cloned().map(Row::from);
        let incidents = self.incidents.values().cloned().map(Row::from);
        processes
            .chain(executions)
            .chain(variables.cloned().map(Row::from))
            .chain(tasks)
            .chain(external)
            .chain(jobs)
            .chain(subscriptions)
            .chain(incidents)
    }

    /// Follows a change that was made elsewhere, so that a cached instance stays true.
    pub fn record(&mut self, change: &Change) {
        match change.clone() {
            Change::PutProcess(r) => drop(self.put(r.into())),
            Change::PutExecution(r) => drop(self.put(r.into())),
            Change::PutVariable(r) => drop(self.put(r.into())),
            Change::PutTask(r) => drop(self.put(r.into())),
            Change::PutExternalTask(r) => drop(self.put(r.into())),
            Change::PutJob(r) => drop(self.put(r.into())),
            Change::PutSubscription(r) => drop(self.put(r.into())),
            Change::PutIncident(r) => drop(self.put(r.into())),
            Change::DeleteProcess(id) => drop(self.remove(&Key::Process(id))),
            Change::DeleteExecution(id) => drop(self.remove(&Key::Execution(id))),
            Change::DeleteVariable(scope, name) => drop(self.remove(&Key::Variable(scope, name))),
            Change::DeleteTask(id) => drop(self.remove(&Key::Task(id))),
            Change::DeleteExternalTask(id) => drop(self.remove(&Key::ExternalTask(id))),
            Change::DeleteJob(id) => drop(self.remove(&Key::Job(id))),
            Change::DeleteSubscription(id) => drop(self.remove(&Key::Subscription(id))),
            Change::DeleteIncident(id) => drop(self.remove(&Key::Incident(id))),
            Change::Event(_) => {}
        }
    }

    /// True when nothing runs any more (or yet).
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// A process instance.
    pub fn process(&self, id: &str) -> Option<&ProcessInstance> {
        self.processes.get(id)
    }

    /// The process instances: the root and those it calls.
    pub fn processes(&self) -> impl Iterator<Item = &ProcessInstance> {
        self.processes.values()
    }

    /// The ids of the definitions of which there are process instances.
    pub fn definitions(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }

    /// The root process instance: the one whose root execution came first.
    pub fn root(&self) -> Option<&ProcessInstance> {
        self.processes
            .values()
            .min_by_key(|p| self.executions.get(&p.id).map(|e| e.sequence))
    }

    /// An execution.
    pub fn execution(&self, id: &str) -> Option<&Execution> {
        self.executions.get(id)
    }

    /// The running executions, in no order.
    pub fn executions(&self) -> impl Iterator<Item = &Execution> {
        self.executions.values()
    }

    /// The executions directly below one, in their order.
    pub fn children(&self, id: &str) -> impl DoubleEndedIterator<Item = &Execution> {
        self.children
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|(_, child)| self.executions.get(child))
    }

    /// The tokens that wait at a joining gateway of a scope, in their order.
    pub fn joining(&self, scope: &str, activity: &str) -> impl Iterator<Item = &Execution> {
        self.joining
            .get(&(scope.to_owned(), activity.to_owned()))
            .into_iter()
            .flatten()
            .filter_map(|(_, token)| self.executions.get(token))
    }

    /// The completed scopes that are kept below an execution, in their order.
    pub(super) fn kept(&self, id: &str) -> impl Iterator<Item = &Execution> {
        self.kept
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|(_, scope)| self.executions.get(scope))
    }

    /// The inclusive gateways at which tokens wait, scope and gateway: where one came first, first.
    pub(super) fn merging(&self) -> Vec<(Id, String)> {
        let mut places: Vec<_> = self.merging.iter().collect();
        places.sort_by_key(|(_, tokens)| tokens.first());
        places.into_iter().map(|(place, _)| place.clone()).collect()
    }

    /// The tokens that wait at an inclusive gateway of a scope, in their order.
    pub(super) fn merging_at(&self, scope: &str, gateway: &str) -> Vec<Id> {
        let tokens = self.merging.get(&(scope.to_owned(), gateway.to_owned()));
        let tokens = tokens.into_iter().flatten();
        tokens.map(|(_, token)| token.clone()).collect()
    }

    /// The conditions that a process instance waits for: the event, whether it may hold already,
    /// and the subscriptions.
    pub(super) fn conditions(
        &self,
        process_instance: &str,
    ) -> impl Iterator<Item = (&str, bool, &BTreeSet<(DateTime<Utc>, Id)>)> {
        let first = (process_instance.to_owned(), String::new(), false);
        let from = self.conditions.range(first..);
        from.take_while(move |((process, ..), _)| process == process_instance)
            .map(|((_, event, may_hold), waiting)| (event.as_str(), *may_hold, waiting))
    }

    /// The subscriptions for a message or signal, the oldest first.
    pub fn waiting(
        &self,
        kind: SubscriptionKind,
        name: &str,
    ) -> impl DoubleEndedIterator<Item = &Subscription> {
        self.waiting
            .get(&(kind, name.to_owned()))
            .into_iter()
            .flatten()
            .filter_map(|(_, id)| self.subscriptions.get(id))
    }

    /// A variable of this very scope.
    pub fn variable(&self, scope: &str, name: &str) -> Option<&Variable> {
        self.variables.get(scope)?.get(name)
    }

    /// The variables of this very scope, by name.
    pub fn variables(&self, scope: &str) -> impl Iterator<Item = &Variable> {
        self.variables
            .get(scope)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    /// An open user task.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.get(id)
    }

    /// The open user tasks, in no order.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// An open external task.
    pub fn external_task(&self, id: &str) -> Option<&ExternalTask> {
        self.external_tasks.get(id)
    }

    /// The open external tasks, in no order.
    pub fn external_tasks(&self) -> impl Iterator<Item = &ExternalTask> {
        self.external_tasks.values()
    }

    /// A job.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.get(id)
    }

    /// The jobs, in no order.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// An event subscription.
    pub fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.get(id)
    }

    /// The event subscriptions, in no order.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values()
    }

    /// An open incident.
    pub fn incident(&self, id: &str) -> Option<&Incident> {
        self.incidents.get(id)
    }

    /// The open incidents, in no order.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// The keys of the tasks, jobs, … of an execution.
    pub(super) fn attached(&self, execution: &str) -> impl Iterator<Item = &Key> {
        self.attached.get(execution).into_iter().flatten()
    }

    /// True when an execution has others below it.
    pub(super) fn has_children(&self, execution: &str) -> bool {
        self.children.contains_key(execution)
    }

    /// How many tokens wait at a joining gateway of a scope.
    pub(super) fn joining_count(&self, scope: &str, activity: &str) -> usize {
        self.joining
            .get(&(scope.to_owned(), activity.to_owned()))
            .map_or(0, BTreeSet::len)
    }

    /// The sequence number of the next execution. It depends on the rows alone, so that an
    /// instance that was loaded goes on exactly as one that stayed in memory.
    pub(super) fn next_sequence(&self) -> u64 {
        self.sequences.last().map_or(0, |(last, _)| last + 1)
    }

    /// A copy of one row.
    pub(super) fn row(&self, key: &Key) -> Option<Row> {
        match key {
            Key::Process(id) => self.processes.get(id).cloned().map(Row::from),
            Key::Execution(id) => self.executions.get(id).cloned().map(Row::from),
            Key::Variable(scope, name) => self.variable(scope, name).cloned().map(Row::from),
            Key::Task(id) => self.tasks.get(id).cloned().map(Row::from),
            Key::ExternalTask(id) => self.external_tasks.get(id).cloned().map(Row::from),
            Key::Job(id) => self.jobs.get(id).cloned().map(Row::from),
            Key::Subscription(id) => self.subscriptions.get(id).cloned().map(Row::from),
            Key::Incident(id) => self.incidents.get(id).cloned().map(Row::from),
        }
    }

    /// Inserts or replaces a row; gives back the one that it replaces.
    pub(super) fn put(&mut self, row: Row) -> Option<Row> {
        let row = match row {
            Row::Execution(r) if self.stays(&r) => {
                return self.executions.insert(r.id.clone(), r).map(Row::from);
            }
            row => row,
        };
        let key = row.key();
        let old = self.remove(&key);
        if let Some(execution) = row.execution_id() {
            let attached = self.attached.entry(execution.clone()).or_default();
            attached.insert(key);
        }
        match row {
            Row::Process(r) => {
                *self.definitions.entry(r.definition_id.clone()).or_default() += 1;
                self.processes.insert(r.id.clone(), r);
            }
            Row::Execution(r) => {
                self.index_execution(&r);
                self.executions.insert(r.id.clone(), r);
            }
            Row::Variable(r) => {
                let scope = self.variables.entry(r.scope_id.clone()).or_default();
                scope.insert(r.name.clone(), r);
            }
            Row::Task(r) => drop(self.tasks.insert(r.id.clone(), r)),
            Row::ExternalTask(r) => drop(self.external_tasks.insert(r.id.clone(), r)),
            Row::Job(r) => drop(self.jobs.insert(r.id.clone(), r)),
            Row::Subscription(r) => {
                let event = match condition(&r) {
                    Some(condition) => self.conditions.entry(condition).or_default(),
                    None => self.waiting.entry((r.kind, r.name.clone())).or_default(),
                };
                event.insert((r.created, r.id.clone()));
                self.subscriptions.insert(r.id.clone(), r);
            }
            Row::Incident(r) => drop(self.incidents.insert(r.id.clone(), r)),
        }
        old
    }

    /// True for a token that only moves on: all indexes have it where it belongs.
    fn stays(&self, new: &Execution) -> bool {
        self.executions.get(&new.id).is_some_and(|old| {
            old.sequence == new.sequence
                && old.parent_id == new.parent_id
                && !old.phase.is_indexed()
                && !new.phase.is_indexed()
        })
    }

    /// Removes a row and gives it back.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Row> {
        let row = match key {
            Key::Process(id) => {
                let process = self.processes.remove(id)?;
                if let Some(count) = self.definitions.get_mut(&process.definition_id) {
                    *count -= 1;
                    if *count == 0 {
                        self.definitions.remove(&process.definition_id);
                    }
                }
                process.into()
            }
            Key::Execution(id) => {
                let execution = self.executions.remove(id)?;
                self.unindex_execution(&execution);
                execution.into()
            }
            Key::Variable(scope, name) => {
                let variables = self.variables.get_mut(scope)?;
                let variable = variables.remove(name)?;
                if variables.is_empty() {
                    self.variables.remove(scope);
                }
                variable.into()
            }
            Key::Task(id) => self.tasks.remove(id)?.into(),
            Key::ExternalTask(id) => self.external_tasks.remove(id)?.into(),
            Key::Job(id) => self.jobs.remove(id)?.into(),
            Key::Subscription(id) => {
                let subscription = self.subscriptions.remove(id)?;
                let event = (subscription.kind, subscription.name.clone());
                let place = (subscription.created, id.clone());
                match condition(&subscription) {
                    Some(condition) => pick_out(&mut self.conditions, &condition, &place),
                    None => take_out(&mut self.waiting, &event, &place),
                }
                subscription.into()
            }
            Key::Incident(id) => self.incidents.remove(id)?.into(),
        };
        if let Some(execution) = Row::execution_id(&row)
            && let Some(attached) = self.attached.get_mut(execution)
        {
            attached.remove(key);
            if attached.is_empty() {
                self.attached.remove(execution);
            }
        }
        Some(row)
    }

    fn index_execution(&mut self, execution: &Execution) {
        let place = (execution.sequence, execution.id.clone());
        self.sequences.insert(place.clone());
        let Some(parent) = &execution.parent_id else {
            return;
        };
        if execution.phase == Phase::Kept {
            self.kept.entry(parent.clone()).or_default().insert(place);
            return;
        }
        if let Some(activity) = &execution.activity_id {
            let gateway = || (parent.clone(), activity.clone());
            let tokens = match execution.phase {
                Phase::Joining => Some(self.joining.entry(gateway()).or_default()),
                Phase::Merging => Some(self.merging.entry(gateway()).or_default()),
                _ => None,
            };
            tokens.map(|tokens| tokens.insert(place.clone()));
        }
        self.children
            .entry(parent.clone())
            .or_default()
            .insert(place);
    }

    fn unindex_execution(&mut self, execution: &Execution) {
        let place = (execution.sequence, execution.id.clone());
        self.sequences.remove(&place);
        let Some(parent) = &execution.parent_id else {
            return;
        };
        if execution.phase == Phase::Kept {
            take_out(&mut self.kept, parent, &place);
            return;
        }
        if let Some(activity) = &execution.activity_id {
            let gateway = || (parent.clone(), activity.clone());
            match execution.phase {
                Phase::Joining => take_out(&mut self.joining, &gateway(), &place),
                Phase::Merging => pick_out(&mut self.merging, &gateway(), &place),
                _ => {}
            }
        }
        take_out(&mut self.children, parent, &place);
    }
}

/// What a subscription for a condition is found by.
fn condition(subscription: &Subscription) -> Option<AwaitedCondition> {
    (subscription.kind == SubscriptionKind::Conditional).then(|| {
        (
            subscription.process_instance_id.clone(),
            subscription.activity_id.clone(),
            subscription.may_hold(),
        )
    })
}

/// The same of an index in order.
fn pick_out<K: Ord, P: Ord>(index: &mut BTreeMap<K, BTreeSet<P>>, key: &K, place: &P) {
    if let Some(places) = index.get_mut(key) {
        places.remove(place);
        if places.is_empty() {
            index.remove(key);
        }
    }
}

/// Takes a place out of an index, and the entry with its last place.
fn take_out<K: Eq + Hash, P: Ord>(index: &mut HashMap<K, BTreeSet<P>>, key: &K, place: &P) {
    if let Some(places) = index.get_mut(key) {
        places.remove(place);
        if places.is_empty() {
            index.remove(key);
        }
    }
}
