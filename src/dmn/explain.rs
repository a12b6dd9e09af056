//! How a decision came about: for every table that was evaluated, which cells let the input
//! pass, which rules match, and which cell stopped the others.

use super::error::Error;
use super::outcome::{DecisionTrace, Outcome, TracedValue};
use super::script::Session;
use super::table::{Cells, Table};
use super::{Decision, Definitions};
use crate::feel::{Budget, Scope, Value};
use crate::value;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// What came of a decision, and why.
#[derive(Debug)]
pub struct Explained {
    /// The results, or what went wrong.
    pub outcome: Result<Outcome, Error>,
    /// The tables that were evaluated, in order; the one asked for, if it is one, comes last.
    pub tables: Vec<TableVerdict>,
}

/// What the cells of a table say of its inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableVerdict {
    /// The decision's id.
    pub decision: String,
    /// The values of the input columns.
    pub inputs: Vec<TracedValue>,
    /// The rules in order.
    pub rules: Vec<RuleVerdict>,
}

/// What the cells of a rule say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleVerdict {
    /// By column, whether the input passes; `None` where that is not known.
    pub cells: Vec<Option<bool>>,
    /// True when all of them let it pass.
    pub matches: bool,
    /// True when the rule is part of the result, as the hit policy has it.
    pub counts: bool,
}

impl RuleVerdict {
    /// The first column that did not let its input pass.
    pub fn stopped_by(&self) -> Option<usize> {
        self.cells.iter().position(|cell| *cell == Some(false))
    }
}

impl TableVerdict {
    pub(super) fn of(
        decision: &Decision,
        table: &Table,
        values: &[Value],
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> TableVerdict {
        let cells = Cells::new(table, scope, values);
        let mut rules = Vec::with_capacity(table.rules.len());
        for rule in &table.rules {
            let mut verdicts = vec![Some(true); table.inputs.len()];
            for (column, test) in &rule.tests {
                if let Some(verdict) = verdicts.get_mut(*column) {
                    // A cell that fails is one of which nothing is known.
                    *verdict = cells.matches(*column, test, session, &decision.id).ok();
                }
            }
            rules.push(RuleVerdict {
                matches: verdicts.iter().all(|cell| *cell == Some(true)),
                counts: false,
                cells: verdicts,
            });
        }
        TableVerdict {
            decision: decision.id.clone(),
            inputs: table.trace_inputs(values),
            rules,
        }
    }

    /// Marks the rules that a trace says are part of the result.
    pub(super) fn mark(&mut self, trace: &DecisionTrace) {
        for rule in &trace.rules {
            if let Some(verdict) = self.rules.get_mut(rule.number.wrapping_sub(1)) {
                verdict.counts = true;
            }
        }
    }
}

/// The verdicts on a past evaluation, from what the history kept of it: the inputs and the
/// rules that counted. Cells that need more than the input may stay unknown. `None` when the
/// decision is no table of the model.
pub fn verdict_of(
    definitions: &Definitions,
    trace: &DecisionTrace,
    now: DateTime<Utc>,
) -> Option<TableVerdict> {
    let decision = definitions.decisions.get(&trace.decision)?;
    let table = decision.table()?;
    let value = |traced: &TracedValue| {
        let variable = value::json::from_typed(&traced.value).unwrap_or_default();
        Value::from_variable(&variable).unwrap_or_default()
    };
    let values: Vec<Value> = trace.inputs.iter().map(value).collect();
    let mut budget = Budget::default();
    let mut session = Session {
        budget: &mut budget,
        now,
        juel: RefCell::new(crate::juel::Budget::default()),
    };
    let scope = Scope::new().at_instant(now);
    let mut verdict = TableVerdict::of(decision, table, &values, &scope, &mut session);
    for rule in &trace.rules {
        // What counted did match, whatever its cells needed.
        if let Some(verdict) = verdict.rules.get_mut(rule.number.wrapping_sub(1)) {
            verdict.cells.fill(Some(true));
            verdict.matches = true;
        }
    }
    verdict.mark(trace);
    Some(verdict)
}
