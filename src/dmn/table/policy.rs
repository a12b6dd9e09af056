//! Hit policies and aggregations: what becomes of the rules that match.

use super::{Hit, Output, Row, Table, numbers};
use crate::dmn::Dialect;
use crate::dmn::error::Error;
use crate::dmn::evaluate::stopped;
use crate::dmn::script::Session;
use crate::dmn::type_ref::TypeRef;
use crate::feel::{Number, Scope, Value};
use std::fmt;

/// Hit policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitPolicy {
    /// At most one rule matches.
    Unique,
    /// The first that matches.
    First,
    /// The one with the output that comes first in the output values.
    Priority,
    /// All that match give the same.
    Any,
    /// All that match, in no order.
    Collect,
    /// All that match, in the order of the rules.
    RuleOrder,
    /// All that match, in the order of the output values.
    OutputOrder,
}

/// Aggregations of COLLECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// `+`
    Sum,
    /// `#`
    Count,
    /// `<`
    Min,
    /// `>`
    Max,
}

impl HitPolicy {
    /// True when the result is a list of rules.
    pub fn is_multiple(self) -> bool {
        matches!(
            self,
            HitPolicy::Collect | HitPolicy::RuleOrder | HitPolicy::OutputOrder
        )
    }

    /// As DMN writes it.
    pub fn name(self) -> &'static str {
        match self {
            HitPolicy::Unique => "UNIQUE",
            HitPolicy::First => "FIRST",
            HitPolicy::Priority => "PRIORITY",
            HitPolicy::Any => "ANY",
            HitPolicy::Collect => "COLLECT",
            HitPolicy::RuleOrder => "RULE ORDER",
            HitPolicy::OutputOrder => "OUTPUT ORDER",
        }
    }

    /// The policy of this name.
    pub fn named(name: &str) -> Option<HitPolicy> {
        use HitPolicy::*;
        [
            Unique,
            First,
            Priority,
            Any,
            Collect,
            RuleOrder,
            OutputOrder,
        ]
        .into_iter()
        .find(|p| p.name() == name)
    }
}

impl fmt::Display for HitPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Aggregation {
    /// As DMN writes it.
    pub fn name(self) -> &'static str {
        match self {
            Aggregation::Sum => "SUM",
            Aggregation::Count => "COUNT",
            Aggregation::Min => "MIN",
            Aggregation::Max => "MAX",
        }
    }

    /// The aggregation of this name.
    pub fn named(name: &str) -> Option<Aggregation> {
        use Aggregation::*;
        [Sum, Count, Min, Max]
            .into_iter()
            .find(|a| a.name() == name)
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Table {
    /// Keeps the rules that count, in their order.
    pub(super) fn apply_policy(
        &self,
        hits: &mut Vec<Hit>,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<(), Error> {
        match self.hit_policy {
            HitPolicy::Any => {
                let differ = hits
                    .windows(2)
                    .any(|pair| !same(&pair[0].outputs, &pair[1].outputs));
                if differ {
                    let rules: Vec<usize> = hits.iter().map(|hit| hit.rule).collect();
                    return Err(Error::Disagree {
                        decision: decision.to_owned(),
                        rules: numbers(&rules),
                    });
                }
                hits.truncate(1);
            }
            HitPolicy::Priority | HitPolicy::OutputOrder => {
                let mut orders = Vec::new();
                for output in &self.outputs {
                    let values = match &output.values {
                        Some(values) => values.eval(scope, session, decision)?,
                        None => Value::Null,
                    };
                    orders.push(values);
                }
                let mut ranked = Vec::with_capacity(hits.len());
                for hit in hits.drain(..) {
                    for values in &orders {
                        let paid = session.budget.step(values.weight());
                        let order = "the order of the outputs";
                        paid.map_err(|limit| stopped(decision, order, limit, session.budget))?;
                    }
                    let ranks = orders.iter().enumerate();
                    let ranks = ranks.map(|(column, values)| rank(values, &hit.outputs, column));
                    ranked.push((ranks.collect::<Vec<_>>(), hit));
                }
                ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
                hits.extend(ranked.into_iter().map(|(_, hit)| hit));
                if self.hit_policy == HitPolicy::Priority {
                    hits.truncate(1);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What COLLECT makes of the outputs.
    pub(super) fn aggregate(
        &self,
        aggregation: Aggregation,
        hits: &[Hit],
        decision: &str,
    ) -> Result<Value, Error> {
        let values = hits
            .iter()
            .filter_map(|hit| hit.outputs.first()?.as_ref())
            .filter(|v| !v.is_null());
        if aggregation == Aggregation::Count {
            return Ok(Value::Number(values.count().into()));
        }
        let read: Option<Vec<Value>> = match self.reads_numbers() {
            true => values.clone().map(number_in).collect(),
            false => None,
        };
        let values: Vec<&Value> = match &read {
            Some(numbers) => numbers.iter().collect(),
            None => values.collect(),
        };
        let wrong = |wanted, found: &Value| Error::Aggregate {
            aggregation,
            decision: decision.to_owned(),
            wanted,
            found: format!("{} '{found}'", found.type_name()),
        };
        let mut result: Option<Value> = None;
        for value in values {
            result = Some(match (aggregation, &result, value) {
                (Aggregation::Sum, sum, Value::Number(n)) => {
                    let sum = match sum {
                        Some(Value::Number(sum)) => *sum,
                        _ => Number::ZERO,
                    };
                    Value::Number(
                        sum.checked_add(*n)
                            .ok_or_else(|| wrong("numbers that can be added", value))?,
                    )
                }
                (Aggregation::Sum, _, other) => return Err(wrong("numbers", other)),
                (_, None, first) if first.compare(first).is_some() => first.clone(),
                (_, Some(best), next) => {
                    let order = next
                        .compare(best)
                        .ok_or_else(|| wrong("values that can be compared", next))?;
                    let better = if aggregation == Aggregation::Min {
                        order.is_lt()
                    } else {
                        order.is_gt()
                    };
                    if better { next.clone() } else { best.clone() }
                }
                (_, None, other) => return Err(wrong("values that can be compared", other)),
            });
        }
        Ok(result.unwrap_or_default())
    }
}

impl Table {
    /// Whether aggregations read numbers in texts: Camunda's do, of an output without a type.
    pub(in crate::dmn) fn reads_numbers(&self) -> bool {
        let mut outputs = self.outputs.iter();
        let is_untyped =
            |output: &Output| matches!(output.type_ref, None | Some(TypeRef::Other(_)));
        self.dialect == Dialect::Camunda && outputs.all(is_untyped)
    }
}

/// A number, also in a text.
pub(in crate::dmn) fn number_in(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => Number::parse(text.trim()).map(Value::Number),
        _ => None,
    }
}

fn same(a: &Row, b: &Row) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (Some(a), Some(b)) => a.equal(b) == Some(true),
        (a, b) => a.is_none() && b.is_none(),
    })
}

/// Where an output stands in the list of its values; behind all of them when it is not there.
fn rank(values: &Value, outputs: &Row, column: usize) -> usize {
    match (values, outputs.get(column).and_then(Option::as_ref)) {
        (Value::List(values), Some(output)) => values
            .iter()
            .position(|v| v.equal(output) == Some(true))
            .unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}
