//! Methods of `decisionResult`, which is a list of maps here: Camunda's `DmnDecisionResult`
//! and `DmnDecisionRuleResult`.

use super::error::Fault;
use super::eval::{Item, World};
use crate::value::{Map, Value};

/// On the list of results. `None` if there is no such method.
pub(super) fn on_results(
    world: &mut World,
    results: &[Value],
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    let value = match (name, args) {
        ("getFirstResult", []) => results.first().cloned().unwrap_or_default(),
        ("getSingleResult", []) => single(results)?.cloned().unwrap_or_default(),
        ("getSingleEntry", []) => match single(results)? {
            Some(Value::Map(result)) => single_entry(result)?,
            _ => Value::Null,
        },
        ("getResultList", []) => Value::List(results.to_vec()),
        ("collectEntries", [output]) => {
            let output = world.text(output)?;
            let entries = results.iter().filter_map(|result| match result {
                Value::Map(result) => result.get(&output).cloned(),
                _ => None,
            });
            Value::List(entries.collect())
        }
        _ => return Ok(None),
    };
    world.admit(value).map(Some)
}

/// On one result. `None` if there is no such method.
pub(super) fn on_result(
    world: &mut World,
    result: &Map,
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    let value = match (name, args) {
        ("getEntry", [output]) => {
            let output = world.text(output)?;
            result.get(&output).cloned().unwrap_or_default()
        }
        ("getFirstEntry", []) => result.values().next().cloned().unwrap_or_default(),
        ("getSingleEntry", []) => single_entry(result)?,
        ("getEntryMap", []) => Value::Map(result.clone()),
        _ => return Ok(None),
    };
    world.admit(value).map(Some)
}

fn single(results: &[Value]) -> Result<Option<&Value>, Fault> {
    match results {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        many => Err(Fault::failed(format!(
            "Unable to get single result: {} rules gave one",
            many.len()
        ))),
    }
}

fn single_entry(result: &Map) -> Result<Value, Fault> {
    match result.len() {
        0 | 1 => Ok(result.values().next().cloned().unwrap_or_default()),
        many => Err(Fault::failed(format!(
            "Unable to get single entry: the result has {many} outputs"
        ))),
    }
}
