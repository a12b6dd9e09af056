//! Events from outside and across instances: messages that find their one receiver, signals
//! that reach everybody, and the definitions that both start.

use super::act::Act;
use super::permission::Operation;
use super::{Caller, Desk, DeskError, prepare};
use crate::crash;
use crate::engine::{
    Change, Command, Event, InstanceState, Job, JobRule, StartSubscription, Subscription,
    SubscriptionKind, start_events, start_holds,
};
use crate::model::Process;
use crate::store::ProcessDefinition;
use crate::value::Map;

/// Most signals that one command may set off, one after the other.
const MOST_SIGNALS: usize = 1_000;

/// Most executions and processes that the events of one command may reach: it is one
/// transaction, for which everybody else waits.
const MOST_RECEIVERS: usize = 10_000;

/// A message, and whom it is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Its name.
    pub name: String,
    /// Only instances with this business key; also that of an instance that it starts.
    pub business_key: Option<String>,
    /// Only this process instance.
    pub process_instance_id: Option<String>,
    /// Only instances with these variables.
    pub keys: Map,
    /// Only executions with these variables of their own.
    pub local_keys: Map,
    /// Variables that it brings.
    pub variables: Map,
    /// Variables that it brings, for the execution alone.
    pub local_variables: Map,
    /// For all that fit, however many, instead of exactly one.
    pub all: bool,
}

/// Whom a message reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Reached {
    /// An execution that waited for it.
    Execution {
        /// The process instance.
        process_instance_id: String,
        /// The execution.
        execution_id: String,
    },
    /// The process instance that it started.
    Started {
        /// The process instance.
        process_instance_id: String,
    },
}

impl Reached {
    /// The process instance.
    pub fn process_instance_id(&self) -> &str {
        match self {
            Reached::Execution {
                process_instance_id,
                ..
            }
            | Reached::Started {
                process_instance_id,
            } => process_instance_id,
        }
    }
}

/// How many a signal reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// Executions that waited for it.
    pub executions: u64,
    /// Process instances that it started.
    pub started: u64,
}

/// A signal that was thrown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Thrown {
    name: String,
    variables: Map,
    /// The business key of the instances that it starts.
    business_key: Option<String>,
    /// The root instance in which everybody has heard it already.
    heard: Option<String>,
}

impl Desk {
    /// Gives a message to the one who waits for it: an execution, else a process that it
    /// starts (as Camunda's
    /// [correlation](https://docs.camunda.org/manual/7.24/reference/bpmn20/events/message-events/#message-correlation)).
    /// Nobody and several are errors, unless it is for all.
    pub fn correlate(&self, caller: &Caller, message: Message) -> Result<Vec<Reached>, DeskError> {
        prepare::bounded(&message.variables)?;
        prepare::bounded(&message.local_variables)?;
        crash::point("desk.correlate.before_write");
        let reached = self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            let found = act.receivers(&message)?;
            let starters = match message.all || found.is_empty() {
                true => act.starters(&message)?,
                false => Vec::new(),
            };
            if !message.all && found.len() > 1 {
                return Err(DeskError::Invalid(format!(
                    "Cannot correlate message '{}': {} executions match the correlation keys. Should be one or zero.",
                    message.name,
                    found.len()
                )));
            }
            if !message.all && found.is_empty() && starters.is_empty() {
                return Err(nobody(&message.name));
            }
            act.reach(found.len() + starters.len(), "message", &message.name)?;
            let mut reached = Vec::new();
            for (root, subscription) in found {
                match act.give_message(&root, subscription, &message) {
                    // An earlier receiver ended this one.
                    Err(DeskError::NotFound(_)) if message.all => {}
                    other => {
                        let one = other?;
                        act.log_message(one.process_instance_id(), &message.name)?;
                        reached.push(one);
                    }
                }
            }
            for start in starters {
                reached.push(act.start_by_message(start, &message)?);
            }
            Ok(reached)
        })?;
        crash::point("desk.correlate.after_write");
        Ok(reached)
    }

    /// Starts an instance by a message, whoever may wait for it.
    pub fn start_by_message(
        &self,
        caller: &Caller,
        message: Message,
    ) -> Result<Reached, DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            match act.starters(&message)?.into_iter().next() {
                Some(start) => act.start_by_message(start, &message),
                None => Err(nobody(&message.name)),
            }
        })
    }

    /// Gives a message to this execution, that waits for it.
    pub fn give(
        &self,
        caller: &Caller,
        execution: &str,
        message: Message,
    ) -> Result<(), DeskError> {
        prepare::bounded(&message.variables)?;
        let execution = execution.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            let read = act.tx.read();
            let waiting = read.subscriptions(SubscriptionKind::Message, &message.name)?;
            let found = waiting.into_iter().find(|(_, s)| s.execution_id == execution);
            let (root, subscription) = found.ok_or_else(|| {
                DeskError::Invalid(format!(
                    "Execution with id '{execution}' does not have a subscription to a message event with name '{}'",
                    message.name
                ))
            })?;
            let reached = act.give_message(&root, subscription, &message)?;
            act.log_message(reached.process_instance_id(), &message.name)
        })
    }

    /// Lets an execution go on that waits for no message.
    pub fn go_on(&self, caller: &Caller, execution: &str, variables: Map) -> Result<(), DeskError> {
        let execution = execution.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            let place = act.tx.read().execution_place(&execution)?;
            let (root, instance) = place.ok_or_else(|| {
                DeskError::Invalid(format!(
                    "execution {execution} doesn't exist: execution is null"
                ))
            })?;
            let variables = act.admit_into(&root, &instance, &variables)?;
            act.apply(
                &root,
                Command::Trigger {
                    execution: execution.clone(),
                    variables,
                },
            )
        })
    }

    /// Throws a signal: to one execution, or to everybody who waits for it. How many got it; those
    /// not counted whom signals reach that it sets off.
    pub fn signal(
        &self,
        caller: &Caller,
        name: &str,
        execution: Option<&str>,
        variables: Map,
    ) -> Result<Heard, DeskError> {
        let (name, execution) = (name.to_owned(), execution.map(str::to_owned));
        crash::point("desk.signal.before_write");
        let heard = self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            let Some(execution) = execution.clone() else {
                act.thrown.push(Thrown {
                    name: name.clone(),
                    variables: variables.clone(),
                    business_key: None,
                    heard: None,
                });
                return act.settle();
            };
            let waiting = act.tx.read().subscriptions(SubscriptionKind::Signal, &name)?;
            let found = waiting.into_iter().find(|(_, s)| s.execution_id == execution);
            let Some((root, subscription)) = found else {
                return Err(DeskError::Invalid(format!(
                    "Execution '{execution}' has not subscribed to a signal event with name '{name}'"
                )));
            };
            let instance = subscription.process_instance_id;
            let variables = act.admit_into(&root, &instance, &variables)?;
            act.apply(
                &root,
                Command::Signal {
                    execution,
                    signal: name.clone(),
                    variables,
                },
            )?;
            Ok(Heard {
                executions: 1,
                started: 0,
            })
        })?;
        crash::point("desk.signal.after_write");
        Ok(heard)
    }
}

/// Conditions that start instances, and what they are tested with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conditions {
    /// What they see, and what the instances begin with.
    pub variables: Map,
    /// The business key of the instances.
    pub business_key: Option<String>,
    /// Only those of this process definition, be it the newest version or not.
    pub definition_id: Option<String>,
}

impl Desk {
    /// Tests the conditions of start events and starts an instance for each that holds
    /// ([Conditional Start Events](https://docs.camunda.org/manual/7.24/reference/bpmn20/events/conditional-events/#conditional-start-event));
    /// the ids of the instances.
    pub fn evaluate_conditions(
        &self,
        caller: &Caller,
        given: Conditions,
    ) -> Result<Vec<String>, DeskError> {
        prepare::bounded(&given.variables)?;
        self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            let read = act.tx.read();
            let starts = match &given.definition_id {
                None => read.start_subscriptions(SubscriptionKind::Conditional, "")?,
                Some(id) => {
                    if read.process_definition(id)?.is_none() {
                        return Err(DeskError::NotFound(format!(
                            "there is no process definition {id}"
                        )));
                    }
                    let process = act.core.catalog.process(&read, id)?;
                    let ids = act.core.ids.clone();
                    let found = start_events(&process, id, act.now, &mut || ids.next())
                        .map_err(super::act::refused)?;
                    let mut starts = found.subscriptions;
                    starts.retain(|start| start.kind == SubscriptionKind::Conditional);
                    if starts.is_empty() {
                        return Err(DeskError::Invalid(format!(
                            "Process definition with id '{id}' does not declare conditional start event"
                        )));
                    }
                    starts
                }
            };
            let mut started = Vec::new();
            for start in starts {
                let process = act
                    .core
                    .catalog
                    .process(&act.tx.read(), &start.definition_id)?;
                let allowance = act.core.settings.expressions;
                let holds = start_holds(&process, &start, &given.variables, allowance, act.now);
                if holds.map_err(super::act::refused)? {
                    let key = given.business_key.clone();
                    let variables = Given::ByOthers(&given.variables);
                    let at = (&start.definition_id, &start.activity_id);
                    started.push(act.start_at(at.0, at.1, key, variables)?);
                }
            }
            Ok(started)
        })
    }
}

/// Where the variables of a start come from.
pub(super) enum Given<'v> {
    /// From a caller.
    ByOthers(&'v Map),
    /// From another instance, or nowhere.
    ByThrow(&'v Map),
}

fn nobody(name: &str) -> DeskError {
    DeskError::Invalid(format!(
        "Cannot correlate message '{name}': No process definition or execution matches the parameters"
    ))
}

/// The operation of sending a message by hand.
pub(super) const MESSAGE: &str = "CorrelateMessage";

impl Act<'_, '_> {
    fn log_message(&mut self, process_instance: &str, name: &str) -> Result<(), DeskError> {
        let said = ("messageName", name);
        self.log_deed(MESSAGE, "ProcessInstance", (process_instance, None), said)
    }

    /// Gives a message to all who wait for it.
    pub(super) fn correlate_all(&mut self, message: &Message) -> Result<(), DeskError> {
        let found = self.receivers(message)?;
        self.reach(found.len(), "message", &message.name)?;
        for (root, subscription) in found {
            match self.give_message(&root, subscription, message) {
                // An earlier receiver ended this one.
                Err(DeskError::NotFound(_)) => {}
                given => drop(given?),
            }
        }
        Ok(())
    }
    /// Who waits for a message and fits what it says, without those that are suspended.
    fn receivers(&mut self, message: &Message) -> Result<Vec<(String, Subscription)>, DeskError> {
        let read = self.tx.read();
        let mut found = read.receivers(
            &message.name,
            message.business_key.as_deref(),
            message.process_instance_id.as_deref(),
        )?;
        if message.keys.is_empty() && message.local_keys.is_empty() {
            return Ok(found);
        }
        let mut fitting = Vec::new();
        for (root, subscription) in found.drain(..) {
            let instance = self.tx.instance(&root)?;
            let wanted = |scope: &str, keys: &Map| {
                keys.iter().all(|(name, value)| {
                    let variable = instance.variable(scope, name);
                    variable.is_some_and(|variable| same(&variable.value, value))
                })
            };
            if wanted(&subscription.process_instance_id, &message.keys)
                && wanted(&subscription.execution_id, &message.local_keys)
            {
                fitting.push((root, subscription));
            }
        }
        Ok(fitting)
    }

    /// The processes that a message starts, without those that are suspended; none if it is for
    /// one instance alone.
    fn starters(&mut self, message: &Message) -> Result<Vec<StartSubscription>, DeskError> {
        if message.process_instance_id.is_some() {
            return Ok(Vec::new());
        }
        let read = self.tx.read();
        let mut found = Vec::new();
        for start in read.start_subscriptions(SubscriptionKind::Message, &message.name)? {
            let definition = read.process_definition(&start.definition_id)?;
            if definition.is_some_and(|definition| !definition.suspended) {
                found.push(start);
            }
        }
        Ok(found)
    }

    fn give_message(
        &mut self,
        root: &str,
        subscription: Subscription,
        message: &Message,
    ) -> Result<Reached, DeskError> {
        let instance = &subscription.process_instance_id;
        let variables = self.admit_into(root, instance, &message.variables)?;
        let local_variables = self.admit_into(root, instance, &message.local_variables)?;
        let command = Command::Correlate {
            execution: subscription.execution_id.clone(),
            message: message.name.clone(),
            variables,
            local_variables,
        };
        self.apply(root, command)?;
        Ok(Reached::Execution {
            process_instance_id: subscription.process_instance_id,
            execution_id: subscription.execution_id,
        })
    }

    fn start_by_message(
        &mut self,
        start: StartSubscription,
        message: &Message,
    ) -> Result<Reached, DeskError> {
        let mut variables = message.variables.clone();
        variables.extend(message.local_variables.clone());
        let key = message.business_key.clone();
        let given = Given::ByOthers(&variables);
        let id = self.start_at(&start.definition_id, &start.activity_id, key, given)?;
        Ok(Reached::Started {
            process_instance_id: id,
        })
    }

    /// Starts an instance of a definition at one of its start events.
    pub(super) fn start_at(
        &mut self,
        definition_id: &str,
        activity: &str,
        business_key: Option<String>,
        given: Given<'_>,
    ) -> Result<String, DeskError> {
        let definition = self.tx.read().process_definition(definition_id)?;
        if definition.is_some_and(|definition| definition.suspended) {
            return Err(DeskError::Conflict(format!(
                "process definition {definition_id} is suspended: it starts no instances now"
            )));
        }
        let id = self.core.ids.next();
        let process = self.core.catalog.process(&self.tx.read(), definition_id)?;
        let variables = match given {
            Given::ByOthers(given) => self.admit(&id, &process, given)?,
            Given::ByThrow(given) => {
                let mut variables = given.clone();
                self.withhold(&id, &process, &mut variables)?;
                variables
            }
        };
        let start = Command::Start {
            id: id.clone(),
            definition_id: definition_id.to_owned(),
            business_key,
            user: self.name().map(str::to_owned),
            variables,
            at: Some(activity.to_owned()),
        };
        self.start(&id, start, None)?;
        Ok(id)
    }

    /// Notes the signals that a command threw, for the other instances.
    pub(super) fn hear(&mut self, root: &str, changes: &[Change]) {
        for change in changes {
            if let Change::Event(Event::SignalThrown {
                name,
                variables,
                business_key,
                ..
            }) = change
            {
                self.thrown.push(Thrown {
                    name: name.clone(),
                    variables: variables.clone(),
                    business_key: business_key.clone(),
                    heard: Some(root.to_owned()),
                });
            }
        }
    }

    /// Brings every signal to whoever waits for it: each receiver is a command of its own in
    /// this transaction, and may throw more. How many got the first one.
    pub(super) fn settle(&mut self) -> Result<Heard, DeskError> {
        if self.settling {
            return Ok(Heard::default());
        }
        self.settling = true;
        let mut first = None;
        let mut next = 0;
        while let Some(thrown) = self.thrown.get(next).cloned() {
            next += 1;
            if next > MOST_SIGNALS {
                return Err(DeskError::Engine(format!(
                    "the signal '{}' sets off more than {MOST_SIGNALS} others; look for a circle of signals",
                    thrown.name
                )));
            }
            let heard = self.broadcast(thrown)?;
            first.get_or_insert(heard);
        }
        self.thrown.clear();
        self.settling = false;
        Ok(first.unwrap_or_default())
    }

    /// Counts whom the events of this command reach.
    fn reach(&mut self, more: usize, what: &str, name: &str) -> Result<(), DeskError> {
        self.reached += more;
        match self.reached <= MOST_RECEIVERS {
            true => Ok(()),
            false => Err(DeskError::Invalid(format!(
                "the {what} '{name}' would reach more than {MOST_RECEIVERS} receivers in one command; send it to some at a time: a signal by executionId, a message by process instance, business key or correlation keys"
            ))),
        }
    }

    fn broadcast(&mut self, thrown: Thrown) -> Result<Heard, DeskError> {
        let mut heard = Heard::default();
        let kind = SubscriptionKind::Signal;
        let waiting = self.tx.read().subscriptions(kind, &thrown.name)?;
        let starts = self.tx.read().start_subscriptions(kind, &thrown.name)?;
        self.reach(waiting.len() + starts.len(), "signal", &thrown.name)?;
        for (root, subscription) in waiting {
            if thrown.heard.as_ref() == Some(&root) {
                continue;
            }
            let instance = match self.tx.instance(&root) {
                Ok(instance) => instance,
                // An earlier receiver ended it.
                Err(crate::store::StoreError::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let process = instance.process(&subscription.process_instance_id);
            let active = process.is_some_and(|p| p.state == InstanceState::Active);
            if !active || instance.subscription(&subscription.id).is_none() {
                continue;
            }
            let variables = match thrown.heard {
                Some(_) => thrown.variables.clone(),
                None => {
                    let instance = &subscription.process_instance_id;
                    self.admit_into(&root, instance, &thrown.variables)?
                }
            };
            let command = Command::Signal {
                execution: subscription.execution_id,
                signal: thrown.name.clone(),
                variables,
            };
            self.apply(&root, command)?;
            heard.executions += 1;
        }
        for start in starts {
            let definition = self.tx.read().process_definition(&start.definition_id)?;
            if definition.is_some_and(|definition| !definition.suspended) {
                let given = match thrown.heard {
                    Some(_) => Given::ByThrow(&thrown.variables),
                    None => Given::ByOthers(&thrown.variables),
                };
                let key = thrown.business_key.clone();
                self.start_at(&start.definition_id, &start.activity_id, key, given)?;
                heard.started += 1;
            }
        }
        Ok(heard)
    }

    /// The newest version of a process starts instances by its events, older ones no more.
    pub(super) fn arm_start_events(
        &mut self,
        process: &Process,
        row: &ProcessDefinition,
    ) -> Result<(), DeskError> {
        self.tx.delete_start_events(&row.key)?;
        let ids = self.core.ids.clone();
        let found = start_events(process, &row.id, self.now, &mut || ids.next())
            .map_err(|error| DeskError::Model(vec![format!("{}: {error}", row.resource)]))?;
        for subscription in &found.subscriptions {
            let kind = subscription.kind;
            let others = match kind {
                SubscriptionKind::Message => self
                    .tx
                    .read()
                    .start_subscriptions(kind, &subscription.name)?,
                _ => Vec::new(),
            };
            if let Some(other) = others.first() {
                return Err(DeskError::Model(vec![format!(
                    "{}: {}: Cannot deploy process definition '{}': there already is a message event subscription for the message with name '{}' ({}). Rename one of the messages",
                    row.resource,
                    subscription.activity_id,
                    row.key,
                    subscription.name,
                    other.definition_id
                )]));
            }
            self.tx.insert_start_subscription(subscription)?;
        }
        for job in found.jobs {
            self.put_start_job(job)?;
        }
        Ok(())
    }

    /// A timer that starts instances, as its job definition says.
    pub(super) fn put_start_job(&mut self, mut job: Job) -> Result<(), DeskError> {
        let rules = self.tx.job_rules(&job.definition_id)?;
        let mut rules = rules.iter();
        let own = |rule: &&JobRule| (rule.kind, &rule.activity_id) == (job.kind, &job.activity_id);
        if let Some(rule) = rules.find(own) {
            job.suspended = rule.suspended;
            job.priority = rule.priority.unwrap_or(job.priority);
        }
        Ok(self.tx.put_own_job(&job)?)
    }
}

/// Whether a variable has the value of a correlation key; numbers by what they count.
fn same(variable: &crate::value::Value, key: &crate::value::Value) -> bool {
    variable == key
        || match (variable.as_i64(), key.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
}
