//! Makes a decision, and tells how it came about as far as one asks.

use super::Definitions;
use super::error::Error;
use super::explain::Explained;
use super::given::{given_by, given_of};
use super::outcome::Outcome;
use super::result::by_output;
use super::run::Run;
use crate::feel::{Budget, Context, Fail, Limit, Type, Value};
use crate::value;
use chrono::{DateTime, Utc};

/// Evaluates a decision on process variables.
pub fn evaluate(
    definitions: &Definitions,
    decision: &str,
    variables: &value::Map,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<Outcome, Error> {
    definitions.sound(decision)?;
    let before = budget.reasons().len();
    let given = given_of(definitions, decision, variables, budget)?;
    let mut run = Run::new(definitions, given, now, budget).noting(before);
    run.trace = Some(Vec::new());
    run.decide(decision)?;
    Ok(run.outcome(decision).0)
}

/// Evaluates a decision, or calls a decision service or business knowledge model, on FEEL
/// values by name, and tells of everything that was evaluated on the way.
pub fn decide(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Explained {
    explained(definitions, id, inputs, now, budget, false)
}

/// The same with what the cells of every table said, and the entries of every context.
pub fn explain(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Explained {
    explained(definitions, id, inputs, now, budget, true)
}

fn explained(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    now: DateTime<Utc>,
    budget: &mut Budget,
    closely: bool,
) -> Explained {
    if let Err(error) = definitions.sound(id) {
        return Explained::failed(error);
    }
    let before = budget.reasons().len();
    let given = match given_by(definitions, id, inputs, budget) {
        Ok(given) => given,
        Err(error) => return Explained::failed(error),
    };
    let mut run = Run::new(definitions, given, now, budget).noting(before);
    run.trace = Some(Vec::new());
    run.evaluations = Some(Vec::new());
    if closely {
        run = run.closely();
    }
    let is_decision = definitions.decisions.contains_key(id);
    let value = match is_decision {
        true => run.decide(id),
        false => run.call(id),
    };
    let mut tables = run.verdicts.take().unwrap_or_default();
    let evaluations = run.evaluations.take().unwrap_or_default();
    // Also the decisions of a service, and those before the one that failed.
    let traces = run.trace.as_deref().unwrap_or_default();
    for verdict in &mut tables {
        let mut traces = traces.iter();
        if let Some(trace) = traces.find(|t| t.decision == verdict.decision) {
            verdict.mark(trace);
        }
    }
    let (outcome, values) = match value {
        Err(error) => (Err(error), Vec::new()),
        Ok(_) if is_decision => {
            let (outcome, values) = run.outcome(id);
            (Ok(outcome), values)
        }
        Ok(value) => {
            let name = definitions.knowledge.get(id).map(|k| k.name.clone());
            let results = by_output(&name.unwrap_or_default(), value);
            (Ok(Outcome::of(&results)), vec![results])
        }
    };
    Explained {
        outcome,
        values,
        tables,
        evaluations,
    }
}

/// Evaluates a decision, or calls a decision service, on FEEL values and gives the FEEL
/// value: of a table that of its only output, a context of several, a list of them for hit
/// policies that give several.
pub fn evaluate_feel(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<Value, Error> {
    let given = given_by(definitions, id, inputs, budget)?;
    let mut run = Run::new(definitions, given, now, budget);
    if definitions.decisions.contains_key(id) {
        run.decide(id)
    } else {
        run.call(id)
    }
}

/// An expression of a decision met a limit.
pub(super) fn stopped(decision: &str, expression: &str, limit: Limit, budget: &Budget) -> Error {
    Error::Feel {
        decision: decision.to_owned(),
        error: budget.stopped(expression, limit),
    }
}

/// A value as one of a declared type; null, with the reason, when it is not or is not allowed.
pub(super) fn typed(
    of: &Type,
    value: Value,
    name: &str,
    decision: &str,
    budget: &mut Budget,
) -> Result<Value, Error> {
    match of.coerce(value, budget) {
        Ok(value) => Ok(value),
        Err(Fail::Null(why)) => {
            budget.note(name, 0, || why.into_owned());
            Ok(Value::Null)
        }
        Err(Fail::Limit(limit)) => Err(stopped(decision, name, limit, budget)),
        Err(Fail::Stop(error)) => Err(Error::Feel {
            decision: decision.to_owned(),
            error,
        }),
    }
}
