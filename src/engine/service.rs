//! Service tasks by expression, and business rule tasks: done at once.

use super::change::Event;
use super::error::Error;
use super::expression::Whence;
use super::run::{At, Run};
use super::world::{DecisionRef, DecisionVersion};
use crate::dmn;
use crate::juel::Template;
use crate::model::graph::{Binding, BusinessRuleTask, ExpressionTask};
use crate::value::{Map, Value};

/// The raw result of a decision, seen by listeners and output parameters of its task.
const DECISION_RESULT: &str = "decisionResult";

impl Run<'_> {
    /// A service task with `camunda:expression`.
    pub(super) fn evaluate_service(&mut self, at: &At, task: &ExpressionTask) -> Result<(), Error> {
        let value = self.eval(&task.expression, Whence::of(at))?;
        if let Some(name) = &task.result_variable {
            self.set_variable(at.id(), name, value)?;
        }
        self.leave(at)
    }

    /// A business rule task with `camunda:decisionRef`.
    pub(super) fn evaluate_decision(
        &mut self,
        at: &At,
        task: &BusinessRuleTask,
    ) -> Result<(), Error> {
        let key = self.required_text(at, &task.decision, "the key of its decision")?;
        let version = self.decision_version(at, &task.binding)?;
        let reference = DecisionRef { key, version };
        let decision = self.world.decision(&reference)?;
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
        self.leave(at)
    }

    fn decision_version(&mut self, at: &At, binding: &Binding) -> Result<DecisionVersion, Error> {
        Ok(match binding {
            Binding::Latest => DecisionVersion::Latest,
            Binding::Deployment => DecisionVersion::DeploymentOf(at.definition_id.clone()),
            Binding::Version(version) => match self.eval_number(version, Whence::of(at))? {
                Some(number) => DecisionVersion::Number(number),
                None => return Err(missing(at, "the version of its decision")),
            },
            Binding::VersionTag(tag) => {
                let what = "the version tag of its decision";
                DecisionVersion::Tag(self.required_text(at, tag, what)?)
            }
        })
    }

    fn required_text(&mut self, at: &At, template: &Template, what: &str) -> Result<String, Error> {
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
