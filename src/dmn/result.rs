//! What a decision gives: its results by output, their FEEL value, and what others see of them.

use super::error::Error;
use super::evaluate::stopped;
use super::outcome::{DecisionTrace, TracedValue};
use super::script::{Script, Session};
use super::table::{HitPolicy, Row, Table, TableResult};
use super::type_ref::TypeRef;
use super::{Decision, Logic};
use crate::feel::{Context, Scope, Value};
use indexmap::IndexMap;
use std::sync::Arc;

/// The results of a decision by output, and all of them as one value.
type Step = (Vec<Row>, Value);

pub(super) fn traced(decision: &Decision) -> DecisionTrace {
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

impl Decision {
    /// The names of its outputs.
    pub(super) fn outputs(&self) -> Vec<&str> {
        match &self.logic {
            Logic::Table(table) => table.outputs.iter().map(|o| o.name.as_str()).collect(),
            Logic::Expression(_) => vec![&self.variable],
        }
    }

    /// The rows of a value that took the place of its own; none where there were none.
    pub(super) fn rows(&self, value: &Value, some: bool) -> Vec<Row> {
        let outputs = self.outputs();
        let row = |value: &Value| -> Row {
            match (outputs.as_slice(), value) {
                ([_], value) => vec![Some(value.clone())],
                (several, Value::Context(context)) => {
                    several.iter().map(|o| context.get(o).cloned()).collect()
                }
                (several, _) => vec![Some(Value::Null); several.len()],
            }
        };
        let many = self.table().is_some_and(|table| {
            (table.hit_policy.is_multiple() && table.aggregation.is_none()) || outputs.len() > 1
        });
        match value {
            _ if !some && value.is_null() => Vec::new(),
            Value::List(items) if many => items.iter().map(row).collect(),
            value => vec![row(value)],
        }
    }

    /// A row by the names of the outputs.
    pub(super) fn named(&self, row: &Row) -> IndexMap<String, Value> {
        let names = self.outputs().into_iter().zip(row);
        names
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect()
    }
}

pub(super) fn expression(
    decision: &Decision,
    script: &Script,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
    trace: Option<&mut DecisionTrace>,
) -> Result<Step, Error> {
    let value = script.eval(scope, session, &decision.id)?;
    let value = match &decision.type_ref {
        Some(of) => of.convert(value).map_err(|value| Error::Type {
            value: value.to_string(),
            type_ref: of.name().to_owned(),
            place: format!("decision '{}'", decision.id),
        })?,
        None => value,
    };
    if let Some(trace) = trace {
        let variable = TypeRef::variable(decision.type_ref.as_ref(), &value);
        let name = decision.variable.clone();
        trace.result = Some(TracedValue::new(&decision.id, name, variable));
    }
    Ok((vec![vec![Some(value.clone())]], value))
}

pub(super) fn decide_by(
    decision: &Decision,
    table: &Table,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
    trace: Option<&mut DecisionTrace>,
) -> Result<Step, Error> {
    let result = table.evaluate(&decision.id, scope, session)?;
    if let Some(trace) = trace {
        trace.rules = table.trace(&result.hits);
        trace.inputs = table.trace_inputs(&result.inputs);
        if let (Some(aggregate), Some(output)) = (&result.aggregate, table.outputs.first()) {
            let variable = TypeRef::variable(output.type_ref.as_ref(), aggregate);
            trace.result = Some(TracedValue::new(&output.id, output.name.clone(), variable));
        }
    }
    results_of(&decision.id, table, result, scope, session)
}

/// The FEEL value of a table.
pub(super) fn value_of_table(
    id: &str,
    table: &Table,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Result<Value, Error> {
    let result = table.evaluate(id, scope, session)?;
    Ok(results_of(id, table, result, scope, session)?.1)
}

fn results_of(
    id: &str,
    table: &Table,
    result: TableResult,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
) -> Result<Step, Error> {
    let has_default = || table.outputs.iter().any(|o| o.default.is_some());
    let defaulted = result.hits.is_empty() && has_default();
    if let Some(aggregate) = result.aggregate.filter(|_| !defaulted) {
        return Ok((vec![vec![Some(aggregate.clone())]], aggregate));
    }
    let mut results: Vec<Row> = result.hits.into_iter().map(|hit| hit.outputs).collect();
    if defaulted {
        results.push(table.defaults(id, scope, session)?);
    }
    let single = table.outputs.len() == 1;
    let value_of = |row: &Row| -> Result<Value, Error> {
        if single {
            return Ok(row.first().cloned().flatten().unwrap_or_default());
        }
        let mut context = Context::new();
        for (output, value) in table.outputs.iter().zip(row) {
            let value = value.clone().unwrap_or_default();
            context
                .put(output.name.as_str().into(), value)
                .map_err(|limit| stopped(id, &output.name, limit, session.budget))?;
        }
        Ok(Value::Context(Arc::new(context)))
    };
    let value = if table.hit_policy.is_multiple() && !results.is_empty() {
        let values = results.iter().map(value_of).collect::<Result<_, _>>()?;
        Value::list(values).map_err(|limit| stopped(id, "the result", limit, session.budget))?
    } else {
        let only = results.first().map(value_of).transpose()?;
        only.unwrap_or_default()
    };
    Ok((results, value))
}

/// What Camunda shows of a decision: each output as a variable, a list of its values where
/// the hit policy gives several.
pub(super) fn visible(decision: &Decision, results: &[Row]) -> Vec<(String, Value)> {
    let listed = decision.table().is_some_and(|table| {
        matches!(table.hit_policy, HitPolicy::Collect | HitPolicy::RuleOrder)
            && table.aggregation.is_none()
    });
    match results {
        [] => Vec::new(),
        [only] if !listed => decision.named(only).into_iter().collect(),
        several => {
            let column = |(column, name): (usize, &str)| {
                let values = several.iter().filter_map(|row| row.get(column)?.clone());
                let list = Value::list(values.collect()).unwrap_or_default();
                (name.to_owned(), list)
            };
            let names = decision.outputs().into_iter().enumerate();
            names.map(column).collect()
        }
    }
}

/// What a function gave: a context by its entries, all else under the function's name.
pub(super) fn by_output(name: &str, value: Value) -> IndexMap<String, Value> {
    match value {
        Value::Context(context) => {
            let entries = context.entries().iter();
            entries.map(|(k, v)| (k.to_string(), v.clone())).collect()
        }
        value => [(name.to_owned(), value)].into_iter().collect(),
    }
}
