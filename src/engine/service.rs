//! Service tasks by expression, script and business rule tasks: done at once.

use super::change::Event;
use super::error::Error;
use super::expression::{Whence, script_failed};
use super::propagate::BpmnError;
use super::run::{At, Run, Step};
use super::world::DecisionRef;
use crate::juel::Template;
use crate::model::graph::{BusinessRuleTask, ExpressionTask, ScriptTask};
use crate::value::{Map, Value};
use crate::{dmn, javascript};

/// The raw result of a decision, seen by listeners and output parameters of its task.
pub(super) const DECISION_RESULT: &str = "decisionResult";

impl Run<'_> {
    /// A service task with `camunda:expression`.
    pub(super) fn evaluate_service(&mut self, at: &At, task: &ExpressionTask) -> Result<(), Error> {
        let value = self.eval(&task.expression, Whence::of(at))?;
        if let Some(name) = &task.result_variable {
            self.set_variable(at.id(), name, value)?;
        }
        self.push(Step::Leave(at.id().clone()));
        Ok(())
    }

    /// A script task.
    pub(super) fn run_script(&mut self, at: &At, task: &ScriptTask) -> Result<(), Error> {
        let value = match self.play_script(&task.script, Whence::of(at))? {
            Ok(value) => value,
            Err(javascript::Failure::Bpmn { code, message }) => {
                return self.throw_in(at, BpmnError::new(&code, message.as_deref()));
            }
            Err(failure) => return Err(script_failed(at.place(), &failure)),
        };
        if let Some(name) = &task.result_variable {
            self.set_variable(at.id(), name, value)?;
        }
        self.push(Step::Leave(at.id().clone()));
        Ok(())
    }

    /// A business rule task with `camunda:decisionRef`.
    pub(super) fn evaluate_decision(
        &mut self,
        at: &At,
        task: &BusinessRuleTask,
    ) -> Result<(), Error> {
        let key = self.required_text(at, &task.decision, "the key of its decision")?;
        let version = self.version(at, &task.binding, "its decision")?;
        let reference = DecisionRef { key, version };
        let decision = self.world.decision(&reference, || at.place())?;
        let key = reference.key;
        let variables = self.all_variables(at.id());
        let definitions = &decision.definitions;
        let budget = &mut self.decision_budget;
        budget.forget_reasons();
        let outcome = dmn::evaluate(definitions, &key, &variables, self.now, budget);
        let outcome = outcome.map_err(|cause| Error::Decision {
            at: at.place(),
            cause: Box::new(cause),
        })?;
        let results: Vec<Value> = outcome.results.iter().cloned().map(Value::Map).collect();
        self.event(Event::DecisionEvaluated {
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.node().id.clone(),
            activity_instance_id: at.execution.activity_instance_id(),
            decision_definition_id: decision.definition_id,
            decision_key: key,
            trace: serde_json::to_value(&outcome.trace).unwrap_or_default(),
            result: Value::List(results.clone()),
        });
        if let Some(name) = &task.result_variable {
            let mapped = dmn::map_result(&outcome, task.mapping);
            let value = mapped.map_err(|cause| Error::DecisionResult {
                at: at.place(),
                cause,
            })?;
            self.set_variable(at.id(), name, value)?;
        }
        let raw = Map::from_iter([(DECISION_RESULT.to_owned(), Value::List(results))]);
        self.transient.insert(at.id().clone(), raw);
        self.push(Step::Leave(at.id().clone()));
        Ok(())
    }

    /// The value of an expression that must give text.
    pub(super) fn required_text(
        &mut self,
        at: &At,
        template: &Template,
        what: &str,
    ) -> Result<String, Error> {
        let text = self.eval_text(template, Whence::of(at))?;
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| missing(at, what))
    }
}

fn missing(at: &At, what: &str) -> Error {
    Error::BadValue {
        at: at.place(),
        cause: format!("{what} is empty"),
    }
}
