//! Service tasks by expression, and business rule tasks: done at once.

use super::change::Event;
use super::error::Error;
use super::expression::Whence;
use super::run::{At, Run};
use super::world::{DecisionOutcome, DecisionRef, DecisionVersion};
use crate::juel::Template;
use crate::model::graph::{Binding, BusinessRuleTask, DecisionMapping, ExpressionTask};
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
        let decision = self.world.decision(reference.clone())?;
        let DecisionRef { key, .. } = reference;
        let variables = self.all_variables(at.id());
        let outcome = decision
            .evaluate(&variables, self.now)
            .map_err(|cause| Error::Decision {
                at: at.place(),
                decision: key.clone(),
                cause,
            })?;
        self.event(Event::DecisionEvaluated {
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.node().id.clone(),
            activity_instance_id: at.execution.activity_instance_id(),
            decision_definition_id: decision.definition_id().to_owned(),
            decision_key: key.clone(),
            trace: outcome.trace.clone(),
            result: outcome.to_value(),
        });
        if let Some(name) = &task.result_variable {
            let mapped = map_result(&outcome, task.mapping);
            let value = mapped.map_err(|cause| Error::DecisionResult {
                at: at.place(),
                decision: key,
                cause,
            })?;
            self.set_variable(at.id(), name, value)?;
        }
        let raw = Map::from_iter([(DECISION_RESULT.to_owned(), outcome.to_value())]);
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

/// A decision's result as the value of `camunda:resultVariable`.
fn map_result(outcome: &DecisionOutcome, mapping: DecisionMapping) -> Result<Value, String> {
    let rules = &outcome.results;
    match mapping {
        DecisionMapping::ResultList => Ok(outcome.to_value()),
        DecisionMapping::SingleResult | DecisionMapping::SingleEntry => match rules.as_slice() {
            [] => Ok(Value::Null),
            [only] if mapping == DecisionMapping::SingleResult => Ok(Value::Map(only.clone())),
            [only] => single_entry(only),
            many => Err(format!(
                "{} rules matched, but its mapping expects at most one",
                many.len()
            )),
        },
        DecisionMapping::CollectEntries => {
            let mut name = None;
            for (key, _) in rules.iter().flatten() {
                if *name.get_or_insert(key) != key {
                    return Err("it has several outputs, but 'collectEntries' expects one".into());
                }
            }
            let entries = rules.iter().map(single_entry);
            Ok(Value::List(entries.collect::<Result<_, _>>()?))
        }
    }
}

fn single_entry(rule: &Map) -> Result<Value, String> {
    match rule.len() {
        0 | 1 => Ok(rule.values().next().cloned().unwrap_or_default()),
        many => Err(format!(
            "it has {many} outputs, but its mapping expects one"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(rules: &[&[(&str, i64)]]) -> DecisionOutcome {
        let rule = |rule: &&[(&str, i64)]| {
            let entries = rule.iter().map(|(k, v)| ((*k).to_owned(), Value::Long(*v)));
            entries.collect::<Map>()
        };
        DecisionOutcome {
            results: rules.iter().map(rule).collect(),
            ..DecisionOutcome::default()
        }
    }

    #[test]
    fn maps_results_as_asked() {
        use DecisionMapping::*;
        let none = outcome(&[]);
        let one = outcome(&[&[("a", 1)]]);
        let wide = outcome(&[&[("a", 1), ("b", 2)]]);
        let long = outcome(&[&[("a", 1)], &[("a", 2)]]);
        let mixed = outcome(&[&[("a", 1)], &[("b", 2)]]);
        assert_eq!(map_result(&none, SingleEntry), Ok(Value::Null));
        assert_eq!(map_result(&one, SingleEntry), Ok(Value::Long(1)));
        assert!(map_result(&wide, SingleEntry).is_err());
        assert!(map_result(&long, SingleEntry).is_err());
        assert_eq!(map_result(&none, SingleResult), Ok(Value::Null));
        assert_eq!(
            map_result(&wide, SingleResult),
            Ok(Value::Map(wide.results[0].clone()))
        );
        assert!(map_result(&long, SingleResult).is_err());
        assert_eq!(
            map_result(&long, CollectEntries),
            Ok(Value::List(vec![Value::Long(1), Value::Long(2)]))
        );
        assert_eq!(map_result(&none, CollectEntries), Ok(Value::List(vec![])));
        assert!(map_result(&wide, CollectEntries).is_err());
        assert!(map_result(&mixed, CollectEntries).is_err());
        assert_eq!(map_result(&wide, ResultList), Ok(wide.to_value()));
    }
}
