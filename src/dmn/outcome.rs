//! What a decision gave, how it came about, and what a business rule task makes of it.

use crate::feel;
use crate::model::graph::DecisionMapping;
use crate::value::{Map, Value, json};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The result of a decision, as Camunda's `DmnDecisionResult`: one entry per rule that
/// counts, each with its outputs by name; a literal expression gives one entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// The results.
    pub results: Vec<IndexMap<String, Value>>,
    /// What was evaluated, in order; the decision asked for comes last.
    pub trace: Vec<DecisionTrace>,
}

/// One decision that was evaluated, for the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTrace {
    /// The decision's id.
    pub decision: String,
    /// Its name.
    pub name: String,
    /// Its hit policy, where it is a table.
    pub hit_policy: Option<String>,
    /// The values of the input columns.
    pub inputs: Vec<TracedValue>,
    /// The rules that count.
    pub rules: Vec<RuleTrace>,
    /// The aggregate of a table, or the value of an expression.
    pub result: Option<TracedValue>,
    /// Why something in it was null.
    pub reasons: Vec<crate::feel::Reason>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleTrace {
    /// Its id.
    pub id: String,
    /// Its number, from one.
    pub number: usize,
    /// Its outputs.
    pub outputs: Vec<TracedValue>,
}

/// A value with the column it stands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedValue {
    /// The column's id.
    pub id: String,
    /// What people read above it.
    pub name: String,
    /// `{"value", "type"}`, as Camunda's REST API has it.
    pub value: serde_json::Value,
}

impl TracedValue {
    pub(super) fn new(id: &str, name: String, value: Value) -> TracedValue {
        TracedValue {
            id: id.to_owned(),
            name,
            value: json::typed(&value, true),
        }
    }

    /// The value in words: a date as this machine's clock shows it.
    pub fn in_words(&self) -> String {
        let date = match json::from_typed(&self.value) {
            Ok(Value::Date(at)) => feel::temporal::DateTime::by_local_clock(at),
            _ => None,
        };
        date.map_or_else(|| self.value["value"].to_string(), |at| at.to_string())
    }
}

/// A result that does not have the shape that `camunda:mapDecisionResult` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code} The decision result mapper failed to process '{mapping}': {reason}")]
pub struct MappingError {
    /// Camunda's code: 22001, for `collectEntries` 22002.
    pub code: &'static str,
    /// The mapping.
    pub mapping: &'static str,
    /// What is wrong with the result.
    pub reason: String,
}

impl Outcome {
    /// One result of these values.
    pub(super) fn of(values: &IndexMap<String, feel::Value>) -> Outcome {
        let variables = values.iter().map(|(k, v)| (k.clone(), v.to_variable()));
        Outcome {
            results: vec![variables.collect()],
            trace: Vec::new(),
        }
    }

    /// Camunda's `getSingleEntry`: the only value of the only result, null without a result.
    pub fn single_entry(&self) -> Result<Value, String> {
        let entry = match self.single()? {
            Some(entry) => entry,
            None => return Ok(Value::Null),
        };
        match entry.len() {
            0 | 1 => Ok(entry.values().next().cloned().unwrap_or_default()),
            n => Err(format!(
                "the result has {n} outputs where one is needed: {}",
                names(entry)
            )),
        }
    }

    fn single(&self) -> Result<Option<&IndexMap<String, Value>>, String> {
        match self.results.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            several => Err(format!(
                "{} rules gave a result where one is needed",
                several.len()
            )),
        }
    }
}

fn names(entry: &IndexMap<String, Value>) -> String {
    entry
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn map_of(entry: &IndexMap<String, Value>) -> Value {
    Value::Map(
        entry
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Map>(),
    )
}

/// The value of the result variable of a business rule task.
pub fn map_result(outcome: &Outcome, mapping: DecisionMapping) -> Result<Value, MappingError> {
    let (name, mapped) = match mapping {
        DecisionMapping::SingleEntry => ("singleEntry", outcome.single_entry()),
        DecisionMapping::SingleResult => (
            "singleResult",
            outcome
                .single()
                .map(|entry| entry.map_or(Value::Null, map_of)),
        ),
        DecisionMapping::CollectEntries => ("collectEntries", collect_entries(outcome)),
        DecisionMapping::ResultList => (
            "resultList",
            Ok(Value::List(outcome.results.iter().map(map_of).collect())),
        ),
    };
    let code = match mapping {
        DecisionMapping::CollectEntries => "ENGINE-22002",
        _ => "ENGINE-22001",
    };
    mapped.map_err(|reason| MappingError {
        code,
        mapping: name,
        reason,
    })
}

/// The values of the only output, over all rules.
fn collect_entries(outcome: &Outcome) -> Result<Value, String> {
    let mut outputs: Vec<&String> = outcome.results.iter().flat_map(IndexMap::keys).collect();
    outputs.dedup();
    outputs.sort();
    outputs.dedup();
    match outputs.as_slice() {
        [] => Ok(Value::List(Vec::new())),
        [only] => Ok(Value::List(
            outcome
                .results
                .iter()
                .filter_map(|entry| entry.get(*only))
                .cloned()
                .collect(),
        )),
        several => {
            let all = several
                .iter()
                .map(|s| s.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            Err(format!(
                "the result has {} outputs where one is needed: {all}",
                several.len()
            ))
        }
    }
}
