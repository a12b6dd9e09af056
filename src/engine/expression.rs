//! What expressions see of an instance: variables, `execution` and `task`.

use super::error::{Error, Place, ThrownError};
use super::run::{At, Run};
use super::state::*;
use crate::juel::{Budget, Builtin, Context, EvalError, Template};
use crate::model::{NodeIx, Script};
use crate::value::{Map, Value};
use crate::{feel, javascript};
use chrono::{DateTime, Utc};

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Whence<'w> {
    at: &'w At,
    node: NodeIx,
    flow: Option<&'w str>,
    task: Option<&'w str>,
    external: Option<&'w ExternalTask>,
    event: &'w str,
    connector: bool,
    local: bool,
}

impl<'w> Whence<'w> {
    /// In an execution.
    pub(super) fn of(at: &'w At) -> Self {
        Whence {
            at,
            node: at.node_ix,
            flow: None,
            task: None,
            external: None,
            event: "",
            connector: false,
            local: false,
        }
    }

    /// In a parameter of a connector.
    pub(super) fn connector(self) -> Self {
        Whence {
            connector: true,
            ..self
        }
    }

    /// That sees the variables of this very scope alone.
    pub(super) fn local(self, local: bool) -> Self {
        Whence { local, ..self }
    }

    /// On behalf of another node, such as a boundary event.
    pub(super) fn node(self, node: NodeIx) -> Self {
        Whence { node, ..self }
    }

    /// On behalf of a flow.
    pub(super) fn flow(self, flow: &'w str) -> Self {
        let flow = Some(flow);
        Whence { flow, ..self }
    }

    /// Seen from a task.
    pub(super) fn task(self, task: &'w str) -> Self {
        let task = Some(task);
        Whence { task, ..self }
    }

    /// Seen from an external task.
    pub(super) fn external(self, task: &'w ExternalTask) -> Self {
        let external = Some(task);
        Whence { external, ..self }
    }

    /// In a listener for this event.
    pub(super) fn event(self, event: &'w str) -> Self {
        Whence { event, ..self }
    }

    /// Where the expression stands.
    pub(super) fn place(&self) -> Place {
        let mut place = self.at.place_of(self.node);
        if let Some(flow) = self.flow {
            flow.clone_into(&mut place.element);
        }
        place
    }

    fn scope(&self) -> &'w str {
        self.task.unwrap_or(self.at.id())
    }
}

impl Run<'_> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, template: &Template, whence: Whence) -> Result<Value, Error> {
        if let Some(text) = template.literal() {
            return Ok(text.into());
        }
        self.with_context(whence, |context, budget| template.eval(context, budget))
    }

    /// The value of a condition, which must be a Boolean.
    pub(super) fn test(&mut self, template: &Template, whence: Whence) -> Result<bool, Error> {
        self.with_context(whence, |context, budget| template.test(context, budget))
    }

    /// The value of a script.
    pub(super) fn eval_script(&mut self, script: &Script, whence: Whence) -> Result<Value, Error> {
        self.play_script(script, whence)?.map_err(|thrown| {
            let execution = &whence.at.execution;
            match thrown {
                javascript::Failure::Bpmn { code, message }
                    if execution.phase.has_begun() || execution.phase == Phase::After =>
                {
                    let what = ThrownError {
                        execution: execution.id.clone(),
                        code,
                        message,
                    };
                    Error::Thrown {
                        at: whence.place(),
                        what: Box::new(what),
                    }
                }
                failure => script_failed(whence.place(), &failure),
            }
        })
    }

    /// What a script comes to, or the BPMN error that it throws.
    pub(super) fn play_script(
        &mut self,
        script: &Script,
        whence: Whence,
    ) -> Result<Result<Value, javascript::Failure>, Error> {
        match script {
            Script::Juel(template) => self.eval(template, whence).map(Ok),
            Script::Feel(expression) => self.eval_feel(expression, whence).map(Ok),
            Script::JavaScript(source) => {
                let mut budget = self.budget;
                let seed = seed(whence.scope(), self.now);
                let mut scope = Scope { run: self, whence };
                let result = javascript::run(source, &mut scope, seed, &mut budget);
                self.budget = budget;
                match result {
                    Ok(value) => Ok(Ok(value)),
                    Err(thrown @ javascript::Failure::Bpmn { .. }) => Ok(Err(thrown)),
                    Err(failure) => Err(script_failed(whence.place(), &failure)),
                }
            }
        }
    }

    /// The value of a condition, which must be a Boolean.
    pub(super) fn test_script(&mut self, script: &Script, whence: Whence) -> Result<bool, Error> {
        if let Script::Juel(template) = script {
            return self.test(template, whence);
        }
        match self.eval_script(script, whence)? {
            Value::Boolean(holds) => Ok(holds),
            other => Err(Error::BadValue {
                at: whence.place(),
                cause: format!(
                    "the condition '{}' gives a {}; expected true or false",
                    script.source(),
                    other.type_name()
                ),
            }),
        }
    }

    fn eval_feel(&mut self, expression: &feel::Expression, whence: Whence) -> Result<Value, Error> {
        let failed = |cause: String| Error::BadValue {
            at: whence.place(),
            cause,
        };
        let mut scope = feel::Scope::new().at(self.now);
        for name in expression.names() {
            if let Some(value) = self.variable(whence.scope(), name) {
                let value = feel::Value::from_camunda(&value);
                scope.set(name, value.map_err(|limit| failed(limit.to_string()))?);
            }
        }
        self.decision_budget.forget_reasons();
        let value = expression.eval(&scope, &mut self.decision_budget);
        Ok(value.map_err(|e| failed(e.to_string()))?.to_variable())
    }

    /// The value of an expression that must give text or null.
    pub(super) fn eval_text(
        &mut self,
        template: &Template,
        whence: Whence,
    ) -> Result<Option<String>, Error> {
        match self.eval(template, whence)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(Error::BadValue {
                at: whence.place(),
                cause: format!(
                    "'{}' gives a {}; expected text",
                    template.source(),
                    other.type_name()
                ),
            }),
        }
    }

    /// The value of an expression that must give a whole number, as a number or as text.
    pub(super) fn eval_number(
        &mut self,
        template: &Template,
        whence: Whence,
    ) -> Result<Option<i64>, Error> {
        let value = self.eval(template, whence)?;
        let number = match &value {
            Value::Null => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(Error::BadValue {
                at: whence.place(),
                cause: format!(
                    "'{}' gives '{value}'; expected a whole number",
                    template.source()
                ),
            }),
        }
    }

    fn with_context<T>(
        &mut self,
        whence: Whence,
        evaluate: impl FnOnce(&mut Scope<'_, '_, '_>, &mut Budget) -> Result<T, EvalError>,
    ) -> Result<T, Error> {
        let mut budget = self.budget;
        let mut scope = Scope { run: self, whence };
        let result = evaluate(&mut scope, &mut budget);
        self.budget = budget;
        result.map_err(|cause| Error::Expression {
            at: whence.place(),
            cause,
        })
    }
}

pub(super) fn script_failed(at: Place, failure: &javascript::Failure) -> Error {
    Error::BadValue {
        at,
        cause: format!("the script fails: {failure}"),
    }
}

/// Where the chance of a script begins: the same whenever the command is done again.
fn seed(id: &str, now: DateTime<Utc>) -> u32 {
    let bytes = id.bytes().chain(now.timestamp_millis().to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The world of one expression.
struct Scope<'s, 'r, 'w> {
    run: &'s mut Run<'r>,
    whence: Whence<'w>,
}

impl Scope<'_, '_, '_> {
    fn scope_of(&self, on: Builtin) -> &str {
        match on {
            Builtin::Task => self.whence.scope(),
            Builtin::ProcessInstance => &self.whence.at.execution.process_instance_id,
            Builtin::SuperExecution => self.caller().unwrap_or(self.whence.at.id()),
            _ => self.whence.at.id(),
        }
    }

    /// The execution that called the process instance.
    fn caller(&self) -> Option<&str> {
        let root = &self.whence.at.execution.process_instance_id;
        self.run.instance().execution(root)?.parent_id.as_deref()
    }

    fn execution_property(&self, at: &At, name: &str) -> Option<Value> {
        let execution = &at.execution;
        Some(match name {
            "id" => execution.id.as_str().into(),
            "processInstanceId" => execution.process_instance_id.as_str().into(),
            "processDefinitionId" => at.definition_id.as_str().into(),
            "businessKey" | "processBusinessKey" => {
                let instance = self.run.instance().process(&execution.process_instance_id);
                instance
                    .and_then(|instance| instance.business_key.clone())
                    .into()
            }
            "currentActivityId" => at.node().id.as_str().into(),
            "currentActivityName" => at.node().name.clone().into(),
            "activityInstanceId" => execution.activity_instance_id().into(),
            "parentActivityInstanceId" => {
                let parent = self.run.instance().around(&at.process, execution);
                parent.map(Execution::activity_instance_id).into()
            }
            "parentId" => execution.parent_id.clone().into(),
            "currentTransitionId" => self.whence.flow.into(),
            "eventName" => self.whence.event.into(),
            "tenantId" => Value::Null,
            "variableScopeKey" => "execution".into(),
            _ => return None,
        })
    }

    fn definition_property(&self, name: &str) -> Option<Value> {
        let at = self.whence.at;
        Some(match name {
            "id" => at.definition_id.as_str().into(),
            "key" => at.process.id.as_str().into(),
            "name" => at.process.name.clone().into(),
            "version" => {
                let version = at.definition_id.split(':').nth(1);
                version.and_then(|n| n.parse::<i32>().ok()).into()
            }
            "versionTag" => at.process.version_tag.clone().into(),
            _ => return None,
        })
    }

    /// The element as the model has it: in a listener of a flow that flow.
    fn element_property(&self, name: &str) -> Option<Value> {
        let process = &self.whence.at.process;
        let taken = self.whence.flow.filter(|_| self.whence.event == "take");
        let flow = taken.and_then(|id| process.flows.iter().find(|flow| flow.id == id));
        let node = &process.nodes[self.whence.node];
        let (id, label) = match flow {
            Some(flow) => (&flow.id, &flow.name),
            None => (&node.id, &node.name),
        };
        match name {
            "id" => Some(id.as_str().into()),
            "name" => Some(label.clone().into()),
            _ => None,
        }
    }

    fn external_task_property(&self, name: &str) -> Option<Value> {
        let task = self.whence.external?;
        Some(match name {
            "id" => task.id.as_str().into(),
            "topicName" => task.topic.as_str().into(),
            "workerId" => task.worker_id.clone().into(),
            "priority" => Value::Long(task.priority),
            "retries" => task.retries.map_or(Value::Null, Value::Integer),
            "errorMessage" => task.error_message.clone().into(),
            "errorDetails" => task.error_details.clone().into(),
            "activityId" => task.activity_id.as_str().into(),
            "executionId" => task.execution_id.as_str().into(),
            "processInstanceId" => task.process_instance_id.as_str().into(),
            "processDefinitionId" => task.definition_id.as_str().into(),
            "tenantId" => Value::Null,
            _ => return None,
        })
    }

    fn task_property(&self, name: &str) -> Option<Value> {
        let task = self.run.instance().task(self.whence.task?)?;
        Some(match name {
            "id" => task.id.as_str().into(),
            "name" => task.name.as_str().into(),
            "description" => task.description.clone().into(),
            "assignee" => task.assignee.clone().into(),
            "owner" => task.owner.clone().into(),
            "priority" => task.priority.into(),
            "dueDate" => task.due.into(),
            "followUpDate" => task.follow_up.into(),
            "createTime" => task.created.into(),
            "eventName" => self.whence.event.into(),
            "taskDefinitionKey" => task.task_definition_key.as_str().into(),
            "executionId" => task.execution_id.as_str().into(),
            "processInstanceId" => task.process_instance_id.as_str().into(),
            "processDefinitionId" => task.definition_id.as_str().into(),
            "tenantId" => Value::Null,
            _ => return None,
        })
    }
}

impl Context for Scope<'_, '_, '_> {
    fn variable(&self, name: &str) -> Option<Value> {
        if self.whence.local {
            return self.run.local_variable(self.whence.scope(), name);
        }
        self.run.variable(self.whence.scope(), name)
    }

    fn now(&self) -> DateTime<Utc> {
        self.run.now
    }

    fn in_connector(&self) -> bool {
        self.whence.connector
    }

    fn has(&self, object: Builtin) -> bool {
        match object {
            Builtin::Execution => true,
            Builtin::Task => self.whence.task.is_some(),
            Builtin::ExternalTask => self.whence.external.is_some(),
            Builtin::ProcessInstance | Builtin::Element | Builtin::ProcessDefinition => true,
            Builtin::SuperExecution => self.caller().is_some(),
            _ => false,
        }
    }

    fn property(&self, of: Builtin, name: &str) -> Option<Value> {
        match of {
            Builtin::Execution => self.execution_property(self.whence.at, name),
            Builtin::ProcessInstance | Builtin::SuperExecution => {
                let other = self.run.at(self.scope_of(of)).ok()?;
                self.execution_property(&other, name)
            }
            Builtin::Element => self.element_property(name),
            Builtin::ProcessDefinition => self.definition_property(name),
            Builtin::Task => self.task_property(name),
            Builtin::ExternalTask => self.external_task_property(name),
            _ => None,
        }
    }

    fn call(&mut self, on: Builtin, method: &str, args: &[Value]) -> Result<Option<Value>, String> {
        match (on, self.whence.task) {
            (Builtin::Task, Some(task)) => {
                let done = self.run.call_on_task(task, method, args)?;
                Ok(done.then_some(Value::Null))
            }
            (Builtin::Execution | Builtin::ProcessInstance, _) => {
                let done = self.run.call_on_execution(self.whence.at, method, args)?;
                Ok(done.then_some(Value::Null))
            }
            _ => Ok(None),
        }
    }

    fn get_variable(&self, on: Builtin, name: &str, local: bool) -> Option<Value> {
        let scope = self.scope_of(on);
        match local {
            true => self.run.local_variable(scope, name),
            false => self.run.variable(scope, name),
        }
    }

    fn get_variables(&self, on: Builtin, local: bool) -> Map {
        let scope = self.scope_of(on);
        match local {
            true => self.run.local_variables(scope),
            false => self.run.all_variables(scope),
        }
    }

    fn set_variable(
        &mut self,
        on: Builtin,
        name: &str,
        value: Value,
        local: bool,
    ) -> Result<(), String> {
        let scope = self.scope_of(on).to_owned();
        let done = match local {
            true => self.run.set_local_variable(&scope, name, value),
            false => self.run.set_variable(&scope, name, value),
        };
        done.map_err(|e| e.to_string())
    }

    fn remove_variable(&mut self, on: Builtin, name: &str, local: bool) -> Result<(), String> {
        let scope = self.scope_of(on).to_owned();
        let holder = match local {
            true => Some(scope),
            false => self.run.holder(&scope, name),
        };
        if let Some(holder) = holder {
            self.run.remove_variable(&holder, name);
        }
        Ok(())
    }

    fn current_user(&self) -> Option<String> {
        self.run.user.clone()
    }

    fn current_user_groups(&self) -> Vec<String> {
        self.run.world.groups.clone()
    }
}
