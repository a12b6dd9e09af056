//! How a decision came about: for every table that was evaluated, which cells let the input
//! pass, which rules match, and which cell stopped the others.

use super::error::Error;
use super::outcome::{DecisionTrace, Outcome, TracedValue};
use super::script::{Session, Test};
use super::table::{Cells, Table};
use super::{Decision, Definitions, Dialect};
use crate::feel::{Budget, Builtin, Reason, Scope, Told, Value};
use crate::value;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Steps, bytes and depth for looking at a past evaluation again, which a screen waits for.
const PAST: (u64, u64, u32) = (5_000_000, 64 << 20, 1_000);

/// What came of a decision, and why.
#[derive(Debug)]
pub struct Explained {
    /// The results, or what went wrong.
    pub outcome: Result<Outcome, Error>,
    /// The results as FEEL has them, whole; none where it went wrong.
    pub values: Vec<IndexMap<String, Value>>,
    /// The tables that were evaluated, in order; the one asked for, if it is one, comes last.
    /// Where only the decision is asked for, none.
    pub tables: Vec<TableVerdict>,
    /// What was evaluated, in order; where it went wrong, the last is what failed.
    pub evaluations: Vec<Evaluation>,
}

impl Explained {
    pub(super) fn failed(error: Error) -> Explained {
        Explained {
            outcome: Err(error),
            values: Vec::new(),
            tables: Vec::new(),
            evaluations: Vec::new(),
        }
    }
}

/// A decision, or a function that was asked for, that was evaluated, as FEEL values.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Its id.
    pub decision: String,
    /// The variables that its expressions name and that were known, functions aside; where the cells of a table are
    /// asked for, its columns.
    pub inputs: IndexMap<String, Value>,
    /// The entries of a boxed context, where they are asked for.
    pub entries: IndexMap<String, Value>,
    /// What its boxes and the functions that it calls did, in order; the first of it.
    pub inside: Vec<Inside>,
    /// Its value; none where it failed.
    pub result: Option<Value>,
    /// Why something in it was null.
    pub reasons: Vec<Reason>,
}

/// Something inside of an expression that was evaluated.
#[derive(Debug, Clone)]
pub enum Inside {
    /// A part of a conditional, an iterator or a filter.
    Part {
        /// `if`, `then`, `else`, `in`, `return`, `satisfies`, `match`, or the name of an iterator.
        name: String,
        /// Its value.
        value: Value,
    },
    /// A table of a box or function.
    Table {
        /// The table.
        table: Arc<Table>,
        /// The values of its columns.
        inputs: IndexMap<String, Value>,
        /// What its cells said.
        verdict: TableVerdict,
    },
}

impl Definitions {
    /// What was told of the inside of an expression.
    pub(super) fn inside(&self, told: Vec<Told>, look: &mut Session<'_>) -> Vec<Inside> {
        let inside = |told: Told| match told {
            Told::Part { name, value } => Some(Inside::Part { name, value }),
            Told::Call {
                function,
                arguments,
            } => {
                let called = Arc::as_ptr(&function).addr();
                let mut boxed = self.boxed.iter().chain(&*self.imported_boxed);
                let boxed = boxed.find(|b| Arc::as_ptr(&b.function).addr() == called)?;
                let scope = boxed.function.scope(arguments).at(look.now);
                let (owner, table) = (&boxed.owner, &boxed.table);
                let values = table.input_values(owner, &scope, look).ok()?;
                let mut verdict = TableVerdict::of(owner, table, &values, &scope, look);
                if let Ok(result) = table.evaluate(owner, &scope, look) {
                    verdict.count(result.hits.iter().map(|hit| hit.rule));
                }
                let titles = table.inputs.iter().map(|input| input.title().to_owned());
                Some(Inside::Table {
                    inputs: titles.zip(values).collect(),
                    table: table.clone(),
                    verdict,
                })
            }
        };
        told.into_iter().filter_map(inside).collect()
    }
}

impl Evaluation {
    /// One that is under way.
    pub(super) fn begun(decision: &Decision, scope: &Scope<'_>) -> Evaluation {
        let known = |name: &str| {
            let value = scope.get(name)?.clone();
            let function = matches!(value, Value::Function(_));
            (!function).then(|| (name.to_owned(), value))
        };
        let inputs = decision.names().into_iter().filter_map(known).collect();
        Evaluation::of(&decision.id, inputs)
    }

    /// One of these inputs that is under way.
    pub(super) fn of(id: &str, inputs: IndexMap<String, Value>) -> Evaluation {
        Evaluation {
            decision: id.to_owned(),
            inputs,
            entries: IndexMap::new(),
            inside: Vec::new(),
            result: None,
            reasons: Vec::new(),
        }
    }

    /// It has a value, and reasons why something in it is null.
    pub(super) fn end(&mut self, value: &Value, reasons: Vec<Reason>) {
        self.result = Some(value.clone());
        self.reasons = reasons;
    }
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
        id: &str,
        table: &Table,
        values: &[Value],
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> TableVerdict {
        TableVerdict::within(id, table, values, scope, session, &|_, _| true)
    }

    /// The same where not all is known that cells take from the scope: `knows` of a cell of a
    /// column, whether it does.
    fn within(
        id: &str,
        table: &Table,
        values: &[Value],
        scope: &Scope<'_>,
        session: &mut Session<'_>,
        knows: &dyn Fn(usize, &Test) -> bool,
    ) -> TableVerdict {
        let cells = Cells::new(table, scope, values);
        let mut rules = Vec::with_capacity(table.rules.len());
        for rule in &table.rules {
            let mut verdicts = vec![Some(true); table.inputs.len()];
            for (column, test) in &rule.tests {
                if let Some(verdict) = verdicts.get_mut(*column) {
                    // A cell that fails is one of which nothing is known.
                    let known = knows(*column, test);
                    let said = known.then(|| cells.matches(*column, test, session, id));
                    *verdict = said.and_then(Result::ok);
                }
            }
            rules.push(RuleVerdict {
                matches: verdicts.iter().all(|cell| *cell == Some(true)),
                counts: false,
                cells: verdicts,
            });
        }
        TableVerdict {
            decision: id.to_owned(),
            inputs: table.trace_inputs(values),
            rules,
        }
    }

    /// Whether no rule of its table matches, so that the default output is the result.
    pub fn is_default(&self, table: &Table) -> bool {
        table.has_default() && !self.rules.iter().any(|rule| rule.matches)
    }

    /// Marks the rules that a trace says are part of the result.
    pub(super) fn mark(&mut self, trace: &DecisionTrace) {
        let numbers = trace.rules.iter().map(|rule| rule.number);
        self.count(numbers.map(|number| number.wrapping_sub(1)));
    }

    /// Marks rules that are part of the result, by their places.
    pub(super) fn count(&mut self, rules: impl Iterator<Item = usize>) {
        for rule in rules {
            if let Some(verdict) = self.rules.get_mut(rule) {
                verdict.counts = true;
            }
        }
    }
}

/// What the cells said in a past evaluation, from what the history kept: the inputs and the
/// rules that counted, of all the decisions that were made together. Cells that need more stay
/// unknown. `None` when the decision at `ix` is no table of the model.
pub fn verdict_of(
    definitions: &Definitions,
    together: &[DecisionTrace],
    ix: usize,
    now: DateTime<Utc>,
) -> Option<TableVerdict> {
    let trace = together.get(ix)?;
    let (id, decision) = definitions.decisions.get_key_value(&trace.decision)?;
    let table = decision.table()?;
    let values: Vec<Value> = trace
        .inputs
        .iter()
        .map(|input| value_of(input, definitions.dialect))
        .collect();
    let mut budget = Budget::new(PAST.0, PAST.1, PAST.2);
    let mut session = Session {
        budget: &mut budget,
        now,
        dialect: definitions.dialect,
    };
    let mut scope = Scope::new().at(now);
    for trace in together {
        if let Some(decision) = definitions.decisions.get(&trace.decision) {
            remember(&mut scope, decision, trace, definitions.dialect);
        }
    }
    let knows = |column: usize, test: &Test| {
        let own = table.inputs.get(column).map(|i| i.variable.as_str());
        let known = |name: &str| {
            own == Some(name) || scope.get(name).is_some() || Builtin::named(name).is_some()
        };
        test.names().into_iter().all(known)
    };
    let mut verdict = TableVerdict::within(id, table, &values, &scope, &mut session, &knows);
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

fn value_of(traced: &TracedValue, dialect: Dialect) -> Value {
    let variable = value::json::from_typed(&traced.value).unwrap_or_default();
    dialect.value(&variable).unwrap_or_default()
}

/// What others see of a past evaluation: the variables that inputs just name, and the results.
fn remember(scope: &mut Scope<'_>, decision: &Decision, trace: &DecisionTrace, dialect: Dialect) {
    let inputs = decision.table().map(|table| table.inputs.as_slice());
    for (input, traced) in inputs.unwrap_or_default().iter().zip(&trace.inputs) {
        let name = input.expression.source().trim();
        if input.expression.names() == [name] {
            scope.set(name, value_of(traced, dialect));
        }
    }
    let outputs = match (&trace.result, trace.rules.as_slice()) {
        (Some(result), _) => std::slice::from_ref(result),
        // Of several rules the results are lists, or come in another order.
        (None, [only])
            if decision
                .table()
                .is_some_and(|t| !t.hit_policy.is_multiple()) =>
        {
            only.outputs.as_slice()
        }
        _ => &[],
    };
    for output in outputs {
        scope.set(output.name.as_str(), value_of(output, dialect));
    }
    if let [only] = outputs {
        scope.set(decision.variable.as_str(), value_of(only, dialect));
    }
}
