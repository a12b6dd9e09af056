//! Decision tables: which rules match, and what the hit policy makes of them.

mod cells;
mod column;
mod policy;

use super::Dialect;
use super::error::Error;
use super::index::Index;
use super::outcome::{RuleTrace, TracedValue};
use super::script::{Script, Session, Test};
use super::type_ref::TypeRef;
use crate::feel::{Scope, Use, Value};
use crate::juel::Template;
use crate::model::Position;
pub(super) use cells::Cells;
pub use column::{Input, Output, Written};
pub(super) use policy::number_in;
pub use policy::{Aggregation, HitPolicy};

/// A decision table, compiled.
#[derive(Debug, Clone)]
pub struct Table {
    /// Where it begins in its file.
    pub position: Position,
    /// What happens when several rules match.
    pub hit_policy: HitPolicy,
    /// What COLLECT does with the outputs.
    pub aggregation: Option<Aggregation>,
    /// The input columns.
    pub inputs: Vec<Input>,
    /// The output columns.
    pub outputs: Vec<Output>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Which of them may match.
    pub(super) index: Option<Index>,
    /// Whose ways it follows.
    pub(super) dialect: Dialect,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Where it begins in its file.
    pub position: Position,
    /// The annotation.
    pub description: Option<String>,
    /// The texts of its input entries.
    pub input_texts: Vec<String>,
    /// The texts of its output entries.
    pub output_texts: Vec<String>,
    /// Where its entries begin in the file, those of the inputs first.
    pub(super) places: Vec<Position>,
    /// Tests by column; those that let everything pass are left out.
    pub(super) tests: Vec<(usize, Test)>,
    /// `None` for an empty entry.
    pub(super) outputs: Vec<Option<Script>>,
}

impl Rule {
    /// Where an entry of the rule begins; the rule itself when there is none.
    pub(super) fn place(&self, entry: usize) -> Position {
        self.places.get(entry).copied().unwrap_or(self.position)
    }

    /// Its test of a column; `None` where everything passes.
    pub(super) fn cell(&self, column: usize) -> Option<&Test> {
        let found = self.tests.iter().find(|(own, _)| *own == column);
        found.map(|(_, test)| test)
    }
}

/// The outputs of a rule by column; `None` for an empty entry.
pub(super) type Row = Vec<Option<Value>>;

/// A rule that matched.
pub(super) struct Hit {
    pub rule: usize,
    pub outputs: Row,
}

/// What a table gave.
pub(super) struct TableResult {
    pub inputs: Vec<Value>,
    pub hits: Vec<Hit>,
    /// The aggregate, in place of the hits.
    pub aggregate: Option<Value>,
}

impl Table {
    /// Evaluates the table.
    pub(super) fn evaluate(
        &self,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<TableResult, Error> {
        let values = self.input_values(decision, scope, session)?;
        let cells = Cells::new(self, scope, &values);
        let mut matching = Vec::new();
        let index = self.index.as_ref();
        let candidates = index.and_then(|index| index.candidates(&values));
        let all = candidates.is_none().then_some(0..self.rules.len());
        for ix in candidates
            .into_iter()
            .flatten()
            .chain(all.into_iter().flatten())
        {
            let mut matches = true;
            for (column, test) in &self.rules[ix].tests {
                if !cells.matches(*column, test, session, decision)? {
                    matches = false;
                    break;
                }
            }
            if matches {
                matching.push(ix);
                if self.hit_policy == HitPolicy::First {
                    break;
                }
            }
        }
        drop(cells);
        if self.hit_policy == HitPolicy::Unique && matching.len() > 1 {
            let policy = self.hit_policy;
            return Err(Error::SeveralRules {
                policy,
                decision: decision.to_owned(),
                rules: numbers(&matching),
            });
        }
        let mut hits = Vec::with_capacity(matching.len());
        for ix in matching {
            let outputs = self.outputs_of(ix, decision, scope, session)?;
            hits.push(Hit { rule: ix, outputs });
        }
        self.apply_policy(&mut hits, decision, scope, session)?;
        let aggregate = match self.aggregation {
            // Of no rule Camunda makes nothing but their number.
            Some(Aggregation::Sum | Aggregation::Min | Aggregation::Max)
                if hits.is_empty() && self.dialect == Dialect::Camunda =>
            {
                None
            }
            Some(aggregation) if self.hit_policy == HitPolicy::Collect => {
                Some(self.aggregate(aggregation, &hits, decision)?)
            }
            _ => None,
        };
        Ok(TableResult {
            inputs: values,
            hits,
            aggregate,
        })
    }

    /// The values of the input columns.
    pub(super) fn input_values(
        &self,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<Vec<Value>, Error> {
        let mut values = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let value = input.expression.eval(scope, session, decision)?;
            values.push(input.hold(value, decision, scope, session)?);
        }
        Ok(values)
    }

    /// The variables that its expressions name.
    pub(super) fn names(&self) -> Vec<&str> {
        self.uses().into_iter().map(|(name, _)| name).collect()
    }

    /// The same, and how it uses them.
    pub(super) fn uses(&self) -> Vec<(&str, Use)> {
        let inputs = self.inputs.iter().flat_map(|input| {
            let allowed = input.allowed.iter().flat_map(|test| test.uses());
            input.expression.uses().into_iter().chain(allowed)
        });
        let scripts = self
            .outputs
            .iter()
            .flat_map(|output| output.values.iter().chain(&output.default));
        let rules = self.rules.iter().flat_map(|rule| {
            let tests = rule.tests.iter().flat_map(|(_, test)| test.uses());
            tests.chain(rule.outputs.iter().flatten().flat_map(Script::uses))
        });
        let outputs = self.outputs.iter().flat_map(|output| &output.allowed);
        inputs
            .chain(outputs.flat_map(Test::uses))
            .chain(scripts.flat_map(Script::uses))
            .chain(rules)
            .collect()
    }

    /// Its expressions and tests in JUEL.
    pub(super) fn juel(&self) -> impl Iterator<Item = &Template> {
        let entries = self.rules.iter().flat_map(|rule| &rule.outputs);
        let inputs = self.inputs.iter().map(|input| &input.expression);
        let defaults = self.outputs.iter().flat_map(|output| &output.default);
        let scripts = inputs.chain(defaults).chain(entries.flatten());
        let tests = self.rules.iter().flat_map(|rule| &rule.tests);
        let tests = tests.filter_map(|(_, test)| test.juel());
        scripts.filter_map(Script::juel).chain(tests)
    }

    fn outputs_of(
        &self,
        ix: usize,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<Row, Error> {
        let rule = &self.rules[ix];
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for (output, entry) in self.outputs.iter().zip(&rule.outputs) {
            let Some(entry) = entry else {
                outputs.push(None);
                continue;
            };
            let value = entry.eval(scope, session, decision)?;
            let place = || {
                let rule = match rule.id.as_str() {
                    "" => format!("rule {}", ix + 1),
                    id => format!("rule '{id}'"),
                };
                format!("decision '{decision}', {rule}, output '{}'", output.title())
            };
            outputs.push(Some(output.hold(value, decision, scope, session, place)?));
        }
        Ok(outputs)
    }

    /// Whether an output has a value when no rule matches.
    pub fn has_default(&self) -> bool {
        self.outputs.iter().any(|output| output.default.is_some())
    }

    /// The value of every output when no rule matches, if there is one.
    pub(super) fn defaults(
        &self,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<Row, Error> {
        let mut defaults = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            let Some(default) = &output.default else {
                defaults.push(None);
                continue;
            };
            let value = default.eval(scope, session, decision)?;
            let place = || format!("decision '{decision}', default of output '{}'", output.name);
            let value = output.hold(value, decision, scope, session, place)?;
            defaults.push(Some(value));
        }
        Ok(defaults)
    }

    /// The trace of the inputs.
    pub(super) fn trace_inputs(&self, values: &[Value]) -> Vec<TracedValue> {
        let traced = |(input, value): (&Input, &Value)| {
            let value = TypeRef::variable(input.type_ref.as_ref(), value);
            TracedValue::new(&input.id, input.title().to_owned(), value)
        };
        self.inputs.iter().zip(values).map(traced).collect()
    }

    /// The trace of the rules that count.
    pub(super) fn trace(&self, hits: &[Hit]) -> Vec<RuleTrace> {
        let output = |(output, value): (&Output, &Option<Value>)| {
            let value = TypeRef::variable(output.type_ref.as_ref(), value.as_ref()?);
            Some(TracedValue::new(&output.id, output.name.clone(), value))
        };
        let rule = |hit: &Hit| RuleTrace {
            id: self.rules[hit.rule].id.clone(),
            number: hit.rule + 1,
            outputs: self
                .outputs
                .iter()
                .zip(&hit.outputs)
                .filter_map(output)
                .collect(),
        };
        hits.iter().map(rule).collect()
    }
}

fn numbers(rules: &[usize]) -> String {
    rules
        .iter()
        .map(|ix| (ix + 1).to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
