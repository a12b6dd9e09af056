//! Decision tables: which rules match, and what the hit policy makes of them.

use super::error::Error;
use super::evaluate;
use super::index::Index;
use super::outcome::{RuleTrace, TracedValue};
use super::script::{Script, Session, Test};
use super::type_ref::TypeRef;
use crate::feel::{Number, Scope, Type, Value};
use crate::model::Position;
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::fmt;

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
}

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

/// An input column.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its id.
    pub id: String,
    /// What people read above it.
    pub label: Option<String>,
    /// `camunda:inputVariable`: the name of the value in the cells.
    pub variable: String,
    /// Its expression.
    pub expression: Script,
    /// The type of its values.
    pub type_ref: Option<TypeRef>,
    /// The values that are allowed.
    pub(super) allowed: Option<Test>,
    /// The declared type, as FEEL has it.
    pub(super) declared: Option<Type>,
    /// What the file says of it.
    pub written: Written,
}

/// What the file says of a column, as it stands there.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Where the column begins.
    pub position: Position,
    /// The name of its type.
    pub type_name: Option<String>,
    /// The values that it may have.
    pub values: Option<String>,
    /// The value of an output when no rule matches.
    pub default: Option<String>,
}

impl Input {
    /// What people call it: its label, else its expression.
    pub fn title(&self) -> &str {
        let label = self.label.as_deref();
        label.unwrap_or_else(|| self.bare_expression())
    }

    /// Its expression without JUEL's braces: the file may leave them out, and they say nothing.
    pub(super) fn bare_expression(&self) -> &str {
        let source = self.expression.source();
        let bare = source
            .strip_prefix("${")
            .and_then(|inner| inner.strip_suffix('}'))
            .filter(|inner| !inner.contains(['{', '}']));
        bare.unwrap_or(source).trim()
    }

    /// The name of its declared type.
    pub(super) fn type_name(&self) -> &str {
        self.written.type_name.as_deref().unwrap_or("value")
    }

    /// Whether its values are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.type_ref, Some(TypeRef::Integer | TypeRef::Long))
    }
}

/// An output column.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its id.
    pub id: String,
    /// The name of the value in the result.
    pub name: String,
    /// What people read above it.
    pub label: Option<String>,
    /// The type of its values.
    pub type_ref: Option<TypeRef>,
    /// The declared type, as FEEL has it, where values are held to it.
    pub(super) declared: Option<Type>,
    /// The values it may have, the most important first.
    pub(super) values: Option<Script>,
    /// The values that are allowed, where values are held to them.
    pub(super) allowed: Option<Test>,
    /// Its value when no rule matches.
    pub(super) default: Option<Script>,
    /// What the file says of it.
    pub written: Written,
}

impl Output {
    /// What people call it: its label, else its name.
    pub fn title(&self) -> &str {
        let label = self.label.as_deref();
        label.unwrap_or(if self.name.is_empty() {
            "result"
        } else {
            &self.name
        })
    }
}

/// What a column asks of its values in the standard's dialect.
struct Column<'a> {
    title: &'a str,
    declared: Option<&'a Type>,
    allowed: Option<&'a Test>,
    what: &'static str,
}

impl Column<'_> {
    /// A value as one of the column's; null, with the reason, when it is not of its type or not
    /// among its values.
    fn hold(
        &self,
        value: Value,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<Value, Error> {
        let value = match self.declared {
            Some(of) => evaluate::typed(of, value, self.title, decision, session.budget)?,
            None => value,
        };
        let Some(allowed) = self.allowed.filter(|_| !value.is_null()) else {
            return Ok(value);
        };
        if allowed.matches(&value, scope, session, decision)? {
            return Ok(value);
        }
        let why = || {
            format!(
                "{} is not among the values of this {}",
                value.quoted(),
                self.what
            )
        };
        session.budget.note(self.title, 0, why);
        Ok(Value::Null)
    }
}

impl Output {
    /// A value as one of the column's: converted as Camunda does, or held to what the standard asks.
    fn hold(
        &self,
        value: Value,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
        place: impl Fn() -> String,
    ) -> Result<Value, Error> {
        if self.type_ref.is_some() {
            return typed(self.type_ref.as_ref(), value, place);
        }
        let column = Column {
            title: self.title(),
            declared: self.declared.as_ref(),
            allowed: self.allowed.as_ref(),
            what: "output",
        };
        column.hold(value, decision, scope, session)
    }
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

fn typed(of: Option<&TypeRef>, value: Value, place: impl Fn() -> String) -> Result<Value, Error> {
    let Some(of) = of else { return Ok(value) };
    of.convert(value).map_err(|value| Error::Type {
        value: value.to_string(),
        type_ref: of.name().to_owned(),
        place: place(),
    })
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
            let place = || format!("decision '{decision}', input '{}'", input.title());
            let value = match &input.type_ref {
                Some(of) => typed(Some(of), value, place)?,
                None => {
                    let column = Column {
                        title: input.title(),
                        declared: input.declared.as_ref(),
                        allowed: input.allowed.as_ref(),
                        what: "input",
                    };
                    column.hold(value, decision, scope, session)?
                }
            };
            values.push(value);
        }
        Ok(values)
    }

    /// The variables that its expressions name.
    pub(super) fn names(&self) -> Vec<&str> {
        let inputs = self.inputs.iter().flat_map(|input| {
            let allowed = input.allowed.iter().flat_map(|test| test.names());
            input.expression.names().into_iter().chain(allowed)
        });
        let scripts = self
            .outputs
            .iter()
            .flat_map(|output| output.values.iter().chain(&output.default));
        let rules = self.rules.iter().flat_map(|rule| {
            let tests = rule.tests.iter().flat_map(|(_, test)| test.names());
            tests.chain(rule.outputs.iter().flatten().flat_map(Script::names))
        });
        let outputs = self.outputs.iter().flat_map(|output| &output.allowed);
        inputs
            .chain(outputs.flat_map(Test::names))
            .chain(scripts.flat_map(Script::names))
            .chain(rules)
            .collect()
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

    fn apply_policy(
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
                hits.sort_by(|a, b| {
                    let by = |(column, values): (usize, &Value)| {
                        rank(values, &a.outputs, column).cmp(&rank(values, &b.outputs, column))
                    };
                    orders
                        .iter()
                        .enumerate()
                        .map(by)
                        .find(|order| order.is_ne())
                        .unwrap_or(Ordering::Equal)
                });
                if self.hit_policy == HitPolicy::Priority {
                    hits.truncate(1);
                }
            }
            _ => {}
        }
        Ok(())
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

    fn aggregate(
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

/// The cells of a table under evaluation: their inputs, and for each column the scope in which
/// the value has its name, made when a cell asks for it.
pub(super) struct Cells<'s> {
    table: &'s Table,
    scope: &'s Scope<'s>,
    values: &'s [Value],
    scopes: Vec<OnceCell<Scope<'s>>>,
}

impl<'s> Cells<'s> {
    pub fn new(table: &'s Table, scope: &'s Scope<'s>, values: &'s [Value]) -> Self {
        let scopes = values.iter().map(|_| OnceCell::new()).collect();
        Cells {
            table,
            scope,
            values,
            scopes,
        }
    }

    /// Whether the input of a column passes a test.
    pub fn matches(
        &self,
        column: usize,
        test: &Test,
        session: &mut Session<'_>,
        decision: &str,
    ) -> Result<bool, Error> {
        let Some(value) = self.values.get(column) else {
            return Ok(true);
        };
        if let Some(verdict) = test.matches_simply(value, session, decision)? {
            return Ok(verdict);
        }
        let named = || {
            let mut cell = Scope::inside(self.scope);
            if let Some(input) = self.table.inputs.get(column) {
                cell.set(input.variable.as_str(), value.clone());
            }
            cell
        };
        let scope = self
            .scopes
            .get(column)
            .map(|scope| scope.get_or_init(named));
        test.matches(value, scope.unwrap_or(self.scope), session, decision)
    }
}

fn numbers(rules: &[usize]) -> String {
    rules
        .iter()
        .map(|ix| (ix + 1).to_string())
        .collect::<Vec<_>>()
        .join(", ")
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
