//! Makes a decision: what it requires first, each once.

use super::error::Error;
use super::outcome::{DecisionTrace, Outcome, TracedValue};
use super::script::{Script, Session};
use super::table::{HitPolicy, Table, TableResult};
use super::type_ref::TypeRef;
use super::{Decision, Definitions, Logic};
use crate::feel::{Budget, Context, Scope, Value};
use crate::value;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

/// Evaluates a decision on process variables.
pub fn evaluate(
    definitions: &Definitions,
    decision: &str,
    variables: &value::Map,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<Outcome, Error> {
    let order = definitions.order(decision)?;
    // Only what is named is converted: variables may be many and large.
    let mut scope = Scope::new();
    let named: HashSet<&str> = order.iter().flat_map(|d| d.names()).collect();
    for name in named {
        if let Some(variable) = variables.get(name) {
            let value =
                Value::from_variable(variable).map_err(|limit| too_large(decision, name, limit))?;
            scope.set(name, value);
        }
    }
    run(&order, scope, now, budget).map(|(outcome, _)| outcome)
}

/// Evaluates a decision on FEEL values and gives its FEEL value: that of its only output, a
/// context of several, a list of them for hit policies that give several.
pub fn evaluate_feel(
    definitions: &Definitions,
    decision: &str,
    inputs: &Context,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<Value, Error> {
    let order = definitions.order(decision)?;
    let mut scope = Scope::new();
    for (name, value) in inputs.entries() {
        scope.set(name.clone(), value.clone());
    }
    run(&order, scope, now, budget).map(|(_, value)| value)
}

fn too_large(decision: &str, expression: &str, limit: crate::feel::Limit) -> Error {
    let error = crate::feel::EvalError {
        expression: expression.to_owned(),
        limit,
    };
    Error::Feel {
        decision: decision.to_owned(),
        error,
    }
}

impl Definitions {
    /// A decision with all that it requires, required ones first.
    fn order(&self, decision: &str) -> Result<Vec<&Decision>, Error> {
        let root = self
            .decisions
            .get(decision)
            .ok_or_else(|| Error::UnknownDecision(decision.to_owned()))?;
        let mut order = Vec::new();
        let mut seen = HashSet::from([root.id.as_str()]);
        let mut open = vec![(root, 0)];
        while let Some((decision, next)) = open.last_mut() {
            match decision.requires.get(*next) {
                Some(required) => {
                    *next += 1;
                    let required = self.decisions.get(required);
                    if let Some(required) = required.filter(|r| seen.insert(&r.id)) {
                        open.push((required, 0));
                    }
                }
                None => {
                    order.push(*decision);
                    open.pop();
                }
            }
        }
        Ok(order)
    }
}

impl Decision {
    /// The variables that its expressions name.
    fn names(&self) -> Vec<&str> {
        match &self.logic {
            Logic::Expression(script) => script.names(),
            Logic::Table(table) => table.names(),
        }
    }
}

impl Table {
    fn names(&self) -> Vec<&str> {
        let inputs = self.inputs.iter().flat_map(|input| {
            input
                .expression
                .names()
                .into_iter()
                .chain(input.allowed.iter().flat_map(|test| test.names()))
        });
        let scripts = self
            .outputs
            .iter()
            .flat_map(|output| output.values.iter().chain(&output.default));
        let rules = self.rules.iter().flat_map(|rule| {
            let tests = rule.tests.iter().flat_map(|(_, test)| test.names());
            tests.chain(rule.outputs.iter().flatten().flat_map(Script::names))
        });
        inputs
            .chain(scripts.flat_map(Script::names))
            .chain(rules)
            .collect()
    }
}

/// Runs decisions in order; the last one's outcome and value.
fn run(
    order: &[&Decision],
    scope: Scope<'_>,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<(Outcome, Value), Error> {
    let mut scope = scope.at_instant(now);
    let mut session = Session {
        budget,
        now,
        juel: RefCell::new(crate::juel::Budget::default()),
    };
    let mut trace = Vec::with_capacity(order.len());
    let mut last = (Vec::new(), Value::Null);
    for decision in order {
        let reasons = session.budget.reasons().len();
        let (results, value, mut traced) = match &decision.logic {
            Logic::Expression(script) => expression(decision, script, &scope, &mut session)?,
            Logic::Table(table) => decide(decision, table, &scope, &mut session)?,
        };
        traced.reasons = session.budget.reasons()[reasons..].to_vec();
        trace.push(traced);
        // Others see the result under the decision's name; in Camunda under those of its outputs.
        for (name, value) in visible(decision, &results) {
            scope.set(name, value);
        }
        scope.set(decision.variable.as_str(), value.clone());
        last = (results, value);
    }
    let types = |name: &str| match order.last().map(|d| &d.logic) {
        Some(Logic::Table(table)) => table
            .outputs
            .iter()
            .find(|o| o.name == name)
            .and_then(|o| o.type_ref.as_ref()),
        _ => order.last().and_then(|d| d.type_ref.as_ref()),
    };
    let variables = |result: &IndexMap<String, Value>| {
        result
            .iter()
            .map(|(name, value)| (name.clone(), TypeRef::variable(types(name), value)))
            .collect()
    };
    let results = last.0.iter().map(variables).collect();
    Ok((Outcome { results, trace }, last.1))
}

type Step = (Vec<IndexMap<String, Value>>, Value, DecisionTrace);

fn traced(decision: &Decision) -> DecisionTrace {
    DecisionTrace {
        decision: decision.id.clone(),
        name: decision.name.clone(),
        hit_policy: decision
            .table()
            .map(|table| table.hit_policy.name().to_owned()),
        inputs: Vec::new(),
        rules: Vec::new(),
        result: None,
        reasons: Vec::new(),
    }
}

fn expression(
    decision: &Decision,
    script: &Script,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Result<Step, Error> {
    let value = script.eval(scope, session, &decision.id)?;
    let value = match &decision.type_ref {
        Some(of) => {
            let text = value.to_string();
            let place = format!("decision '{}'", decision.id);
            of.convert(value).ok_or_else(|| Error::Type {
                value: text,
                type_ref: of.name().to_owned(),
                place,
            })?
        }
        None => value,
    };
    let mut trace = traced(decision);
    let variable = TypeRef::variable(decision.type_ref.as_ref(), &value);
    trace.result = Some(TracedValue::new(
        &decision.id,
        decision.variable.clone(),
        variable,
    ));
    Ok((
        vec![IndexMap::from([(decision.variable.clone(), value.clone())])],
        value,
        trace,
    ))
}

fn decide(
    decision: &Decision,
    table: &Table,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Result<Step, Error> {
    let result = table.evaluate(&decision.id, scope, session)?;
    let mut trace = traced(decision);
    trace.rules = table.trace(&result.hits);
    let TableResult {
        inputs,
        hits,
        aggregate,
    } = result;
    trace.inputs = inputs;
    let output = table.outputs.first();
    if let Some(aggregate) = aggregate {
        let name = output.map(|o| o.name.clone()).unwrap_or_default();
        let variable = TypeRef::variable(output.and_then(|o| o.type_ref.as_ref()), &aggregate);
        trace.result = Some(TracedValue::new(
            output.map_or("", |o| &o.id),
            name.clone(),
            variable,
        ));
        return Ok((
            vec![IndexMap::from([(name, aggregate.clone())])],
            aggregate,
            trace,
        ));
    }
    let mut results: Vec<_> = hits.into_iter().map(|hit| hit.outputs).collect();
    if results.is_empty() {
        let defaults = table.defaults(&decision.id, scope, session)?;
        if !defaults.is_empty() {
            results.push(defaults);
        }
    }
    let single = table.outputs.len() == 1;
    let value_of = |outputs: &IndexMap<String, Value>| -> Result<Value, Error> {
        if single {
            return Ok(outputs.values().next().cloned().unwrap_or_default());
        }
        let mut context = Context::new();
        for output in &table.outputs {
            let value = outputs.get(&output.name).cloned().unwrap_or_default();
            context
                .put(output.name.as_str().into(), value)
                .map_err(|l| too_large(&decision.id, &output.name, l))?;
        }
        Ok(Value::Context(Arc::new(context)))
    };
    let value = if table.hit_policy.is_multiple() {
        let values = results.iter().map(value_of).collect::<Result<_, _>>()?;
        Value::list(values).map_err(|limit| too_large(&decision.id, &decision.name, limit))?
    } else {
        results
            .first()
            .map(value_of)
            .transpose()?
            .unwrap_or_default()
    };
    Ok((results, value, trace))
}

/// What Camunda shows of a required decision: each output as a variable, a list of its
/// values where the hit policy gives several.
fn visible(decision: &Decision, results: &[IndexMap<String, Value>]) -> Vec<(String, Value)> {
    let Some(table) = decision.table() else {
        return Vec::new();
    };
    let listed = matches!(table.hit_policy, HitPolicy::Collect | HitPolicy::RuleOrder)
        && table.aggregation.is_none();
    match results {
        [] => Vec::new(),
        [only] if !listed => only.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        several => table
            .outputs
            .iter()
            .map(|output| {
                let values = several
                    .iter()
                    .filter_map(|r| r.get(&output.name))
                    .cloned()
                    .collect();
                (output.name.clone(), Value::list(values).unwrap_or_default())
            })
            .collect(),
    }
}
