//! Makes a decision: what it requires first, each once.

use super::error::Error;
use super::explain::{Evaluation, Explained, TableVerdict};
use super::function::{Imported, KnowledgeKind, Service, functions};
use super::outcome::{DecisionTrace, Outcome, TracedValue};
use super::script::{Script, Session};
use super::table::{HitPolicy, Row, Table, TableResult};
use super::type_ref::TypeRef;
use super::{Decision, Definitions, Dialect, Logic};
use crate::feel::{Budget, Context, Fail, Limit, Reason, Scope, Type, Value};
use crate::value;
use chrono::{DateTime, Utc};
use indexmap::{IndexMap, IndexSet};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Evaluates a decision on process variables.
pub fn evaluate(
    definitions: &Definitions,
    decision: &str,
    variables: &value::Map,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<Outcome, Error> {
    let before = budget.reasons().len();
    let scope = scope_of(definitions, decision, variables, budget)?;
    let mut run = Run::new(definitions, scope, now, budget).noting(before);
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
    let before = budget.reasons().len();
    let scope = match scope_given(definitions, id, inputs, budget) {
        Ok(scope) => scope,
        Err(error) => return Explained::failed(error),
    };
    let mut run = Run::new(definitions, scope, now, budget).noting(before);
    run.trace = Some(Vec::new());
    run.evaluations = Some(Vec::new());
    run.verdicts = closely.then(Vec::new);
    let is_decision = definitions.decisions.contains_key(id);
    let value = match is_decision {
        true => run.decide(id),
        false => run.call(id),
    };
    let mut tables = run.verdicts.take().unwrap_or_default();
    let evaluations = run.evaluations.take().unwrap_or_default();
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
    if let Ok(outcome) = &outcome {
        for verdict in &mut tables {
            let mut traces = outcome.trace.iter();
            if let Some(trace) = traces.find(|t| t.decision == verdict.decision) {
                verdict.mark(trace);
            }
        }
    }
    Explained {
        outcome,
        values,
        tables,
        evaluations,
    }
}

/// What a function gave: a context by its entries, all else under the function's name.
fn by_output(name: &str, value: Value) -> IndexMap<String, Value> {
    match value {
        Value::Context(context) => {
            let entries = context.entries().iter();
            entries.map(|(k, v)| (k.to_string(), v.clone())).collect()
        }
        value => [(name.to_owned(), value)].into_iter().collect(),
    }
}

/// The variables that a decision and all that it requires ask for, in the order in which they
/// are named; the parameters of a decision service or business knowledge model.
///
/// # Errors
/// There is no such decision.
pub fn variables(definitions: &Definitions, decision: &str) -> Result<Vec<String>, Error> {
    if let Some(knowledge) = definitions.knowledge.get(decision) {
        let params = knowledge.params.iter();
        return Ok(params.map(|param| param.name.to_string()).collect());
    }
    let order = definitions.order(decision, &HashMap::new())?;
    let camunda = definitions.dialect == Dialect::Camunda;
    let mut own: HashSet<&str> = HashSet::new();
    for decision in &order {
        own.insert(&decision.variable);
        own.extend(decision.under.values().map(String::as_str));
        if camunda {
            own.extend(decision.outputs());
        }
        if let Some(table) = decision.table() {
            own.extend(table.inputs.iter().map(|input| input.variable.as_str()));
        }
    }
    own.extend(definitions.knowledge.values().map(|k| k.name.as_str()));
    if !camunda {
        // What filters name may be members of what they filter.
        let declared = |name: &&str| definitions.inputs.iter().any(|input| *input.name == **name);
        let members = definitions.members();
        own.extend(members.into_iter().filter(|name| !declared(name)));
    }
    let mut asked: Vec<String> = Vec::new();
    for name in order.iter().flat_map(|decision| decision.names()) {
        let builtin = crate::feel::Builtin::named(name).is_some();
        if !own.contains(name) && !builtin && !asked.iter().any(|known| known == name) {
            asked.push(name.to_owned());
        }
    }
    Ok(asked)
}

/// The variables that a decision and all that it requires name; in the standard's dialect those
/// of input data are held to its types.
fn scope_of(
    definitions: &Definitions,
    decision: &str,
    variables: &value::Map,
    budget: &mut Budget,
) -> Result<Scope<'static>, Error> {
    let order = definitions.order(decision, &HashMap::new())?;
    // Only what is named is converted: variables may be many and large.
    let mut scope = Scope::new();
    let named: IndexSet<&str> = order.iter().flat_map(|d| d.names()).collect();
    for name in named {
        let Some(variable) = variables.get(name) else {
            continue;
        };
        let value = definitions.dialect.value(variable);
        let value = value.map_err(|limit| stopped(decision, name, limit, budget))?;
        if value.is_null() && !variable.is_null() {
            let of = variable.type_name();
            budget.note(name, 0, || {
                format!("its value of type {of} is none that FEEL knows")
            });
        }
        scope.set(name, definitions.input(name, value, decision, budget)?);
    }
    Ok(scope)
}

/// All values that are given, held to the types of the input data.
fn scope_given(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    budget: &mut Budget,
) -> Result<Scope<'static>, Error> {
    let mut scope = Scope::new();
    for (name, value) in inputs.entries() {
        let value = definitions.input(name, value.clone(), id, budget)?;
        scope.set(name.clone(), value);
    }
    Ok(scope)
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
    let scope = scope_given(definitions, id, inputs, budget)?;
    let mut run = Run::new(definitions, scope, now, budget);
    if definitions.decisions.contains_key(id) {
        run.decide(id)
    } else {
        run.call(id)
    }
}

fn stopped(decision: &str, expression: &str, limit: Limit, budget: &Budget) -> Error {
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

impl Dialect {
    /// The FEEL value of a process variable: Camunda takes dates for what the clock shows, without a
    /// zone.
    pub(super) fn value(self, variable: &value::Value) -> Result<Value, Limit> {
        match self {
            Dialect::Standard => Value::from_variable(variable),
            Dialect::Camunda => Value::from_camunda(variable),
        }
    }
}

impl Definitions {
    /// A value that is given for an input, held to its type where the standard asks for it.
    fn input(
        &self,
        name: &str,
        value: Value,
        decision: &str,
        budget: &mut Budget,
    ) -> Result<Value, Error> {
        let mut inputs = self.inputs.iter();
        match inputs.find(|input| *input.name == *name) {
            Some(input) if self.dialect == Dialect::Standard => {
                typed(&input.of, value, name, decision, budget)
            }
            _ => Ok(value),
        }
    }

    /// A decision with all that it requires and is not there yet, required ones first.
    fn order(
        &self,
        decision: &str,
        there: &HashMap<String, Value>,
    ) -> Result<Vec<&Decision>, Error> {
        let unknown = || Error::UnknownDecision(decision.to_owned());
        let root: &Decision = self.decisions.get(decision).ok_or_else(unknown)?;
        if root.requires.is_empty() {
            return Ok(vec![root]);
        }
        let mut order = Vec::new();
        let mut seen = HashSet::from([root.id.as_str()]);
        let mut open = vec![(root, 0)];
        while let Some((decision, next)) = open.last_mut() {
            match decision.requires.get(*next) {
                Some(required) => {
                    *next += 1;
                    let required = self
                        .decisions
                        .get(required)
                        .map(|r| &**r)
                        .filter(|r| !there.contains_key(&r.id));
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
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = match &self.logic {
            Logic::Expression(script) => script.names(),
            Logic::Table(table) => table.names(),
        };
        names.extend(self.imported_inputs.iter().map(|(_, input)| &**input));
        names
    }
}

/// An evaluation under way.
pub(super) struct Run<'a> {
    definitions: &'a Definitions,
    scope: Scope<'a>,
    session: Session<'a>,
    /// Values of decisions by id.
    values: HashMap<String, Value>,
    functions: HashMap<String, Value>,
    /// What happened, where that is asked for.
    trace: Option<Vec<DecisionTrace>>,
    /// What the cells said, where that is asked for.
    verdicts: Option<Vec<TableVerdict>>,
    /// What was evaluated as FEEL values, where that is asked for.
    evaluations: Option<Vec<Evaluation>>,
    /// Why inputs are null, under their names.
    of_inputs: Vec<Reason>,
    last: Vec<Row>,
}

impl<'a> Run<'a> {
    pub fn new(
        definitions: &'a Definitions,
        scope: Scope<'a>,
        now: DateTime<Utc>,
        budget: &'a mut Budget,
    ) -> Self {
        Run {
            definitions,
            scope: scope.at_instant(now),
            session: Session {
                budget,
                now,
                dialect: definitions.dialect,
            },
            values: HashMap::new(),
            functions: HashMap::new(),
            trace: None,
            verdicts: None,
            evaluations: None,
            of_inputs: Vec::new(),
            last: Vec::new(),
        }
    }

    /// With the reasons that were noted since, of its inputs.
    fn noting(mut self, since: usize) -> Self {
        let noted = self.session.budget.reasons().get(since..);
        self.of_inputs.extend_from_slice(noted.unwrap_or_default());
        self
    }

    /// Why something in a decision is null: what was noted since, behind what is said of its inputs.
    fn reasons(&self, decision: &Decision, since: usize) -> Vec<Reason> {
        let mut reasons = self.of_inputs.clone();
        if !reasons.is_empty() {
            let names = decision.names();
            reasons.retain(|reason| names.contains(&reason.expression.as_str()));
        }
        let noted = self.session.budget.reasons().get(since..);
        reasons.extend_from_slice(noted.unwrap_or_default());
        reasons
    }

    /// With decisions whose values are given.
    pub fn given(mut self, values: HashMap<String, Value>) -> Self {
        self.values = values;
        self
    }

    /// The value of a decision.
    pub fn decide(&mut self, id: &str) -> Result<Value, Error> {
        if let Some(value) = self.values.get(id) {
            return Ok(value.clone());
        }
        for decision in self.definitions.order(id, &self.values)? {
            self.step(decision)?;
        }
        Ok(self.values.get(id).cloned().unwrap_or_default())
    }

    /// Calls a decision service or business knowledge model with the inputs of its names.
    fn call(&mut self, id: &str) -> Result<Value, Error> {
        let definitions = self.definitions;
        let unknown = || Error::UnknownDecision(id.to_owned());
        let knowledge = definitions.knowledge.get(id).ok_or_else(unknown)?;
        let name = &knowledge.name;
        let before = self.session.budget.reasons().len();
        let (mut arguments, mut inputs) = (Vec::new(), IndexMap::new());
        for param in &knowledge.params {
            let given = self.scope.get(&param.name).cloned().unwrap_or_default();
            let given = typed(&param.of, given, &param.name, name, self.session.budget)?;
            inputs.insert(param.name.to_string(), given.clone());
            arguments.push(given);
        }
        if let KnowledgeKind::Service(service) = &knowledge.kind {
            // Its decisions are made in this run, so that it is told how they came about.
            let mut scope = Scope::new().at_instant(self.session.now);
            for (name, value) in inputs {
                scope.set(name, value);
            }
            self.scope = scope;
            self.values = service.given(&arguments);
            let noted = self.session.budget.reasons().get(before..);
            self.of_inputs.extend_from_slice(noted.unwrap_or_default());
            return self.serve(service, name);
        }
        let budget = &mut *self.session.budget;
        let wanted = [id.to_owned()];
        let made = functions(
            definitions,
            &wanted,
            &mut self.functions,
            &self.scope,
            budget,
        )?;
        let Some((_, _, Value::Function(function))) = made.into_iter().next() else {
            return Err(unknown());
        };
        if let Some(all) = &mut self.evaluations {
            all.push(Evaluation::of(id, inputs));
        }
        let value = function.call(arguments, &self.scope, budget);
        let value = value.map_err(|error| Error::Feel {
            decision: name.clone(),
            error,
        })?;
        if let Some(this) = self.evaluations.as_mut().and_then(|all| all.last_mut()) {
            let noted = self.session.budget.reasons().get(before..);
            this.end(&value, noted.unwrap_or_default().to_vec());
        }
        Ok(value)
    }

    /// The value of a decision service whose inputs are in the scope, and its input decisions
    /// given: of its only output, or a context of several.
    pub fn serve(&mut self, service: &Service, name: &str) -> Result<Value, Error> {
        let mut results = Vec::new();
        for output in &service.outputs {
            let value = self.decide(output)?;
            let decision = self.definitions.decisions.get(output);
            let name = decision.map(|decision| decision.variable.as_str());
            results.push((name.unwrap_or_default(), value));
        }
        let budget = &mut *self.session.budget;
        let value = match results.as_slice() {
            [(_, only)] => only.clone(),
            several => {
                let mut context = Context::new();
                for (output, value) in several {
                    let put = context.put((*output).into(), value.clone());
                    put.map_err(|limit| stopped(name, output, limit, budget))?;
                }
                Value::Context(Arc::new(context))
            }
        };
        typed(&service.result, value, name, name, budget)
    }

    fn step(&mut self, decision: &Decision) -> Result<(), Error> {
        let mut scope = Scope::inside(&self.scope);
        let mut imported = Imported::default();
        for id in &decision.requires {
            if let (Some(required), Some(value)) =
                (self.definitions.decisions.get(id), self.values.get(id))
            {
                let import = decision.under.get(id);
                imported.set(&mut scope, import, &required.variable, value);
            }
        }
        for (import, input) in &decision.imported_inputs {
            if let Some(value) = self.scope.get(input) {
                imported.set(&mut scope, Some(import), input, value);
            }
        }
        let wanted = &decision.knowledge;
        if !wanted.is_empty() {
            let base = Scope::new().at_instant(self.session.now);
            for (id, name, value) in functions(
                self.definitions,
                wanted,
                &mut self.functions,
                &base,
                self.session.budget,
            )? {
                imported.set(&mut scope, decision.under.get(&id), &name, &value);
            }
        }
        imported.into(&mut scope);
        let reasons = self.session.budget.reasons().len();
        let mut traced = self.trace.is_some().then(|| traced(decision));
        let trace = traced.as_mut();
        let session = &mut self.session;
        if let Some(all) = &mut self.evaluations {
            all.push(Evaluation::begun(decision, &scope));
        }
        if let (Some(verdicts), Some(table)) = (&mut self.verdicts, decision.table()) {
            let values = table.input_values(&decision.id, &scope, session)?;
            verdicts.push(TableVerdict::of(decision, table, &values, &scope, session));
            if let Some(this) = self.evaluations.as_mut().and_then(|all| all.last_mut()) {
                let titles = table.inputs.iter().map(|input| input.title().to_owned());
                this.inputs = titles.zip(values).collect();
            }
            // All of that is evaluated again, as far as it counts.
            session.budget.forget_reasons_since(reasons);
        }
        let (mut results, mut value) = match &decision.logic {
            Logic::Expression(script) => expression(decision, script, &scope, session, trace)?,
            Logic::Table(table) => decide_by(decision, table, &scope, session, trace)?,
        };
        if let (Some(entries), Some(_)) = (&decision.entries, &self.verdicts) {
            let noted = session.budget.reasons().len();
            let entries = entries.eval(&scope, session.budget);
            session.budget.forget_reasons_since(noted);
            if let (Ok(Value::Context(entries)), Some(all)) = (entries, &mut self.evaluations)
                && let Some(this) = all.last_mut()
            {
                this.entries = by_output("", Value::Context(entries));
            }
        }
        drop(scope);
        if let Some(of) = &decision.result_type {
            let (fits, was_null) = (of.conforms(&value), value.is_null());
            let budget = &mut *self.session.budget;
            value = typed(of, value, &decision.variable, &decision.id, budget)?;
            // One truth: what is of another type, or not allowed, is so everywhere.
            if !fits || (value.is_null() && !was_null) {
                results = decision.rows(&value, !results.is_empty());
                if let Some(traced) = &mut traced {
                    let result = TypeRef::variable(None, &value);
                    let name = decision.variable.clone();
                    traced.result = Some(TracedValue::new(&decision.id, name, result));
                }
            }
        }
        if let Some(mut traced) = traced {
            traced.reasons = self.reasons(decision, reasons);
            self.trace.get_or_insert_default().push(traced);
        }
        if self.evaluations.is_some() {
            let reasons = self.reasons(decision, reasons);
            if let Some(this) = self.evaluations.as_mut().and_then(|all| all.last_mut()) {
                this.end(&value, reasons);
            }
        }
        if self.definitions.dialect == Dialect::Camunda {
            // Camunda shows results to all that comes later, under the names of the outputs.
            for (name, value) in visible(decision, &results) {
                self.scope.set(name, value);
            }
        }
        self.values.insert(decision.id.clone(), value);
        self.last = results;
        Ok(())
    }

    /// The results as process variables and as FEEL values.
    fn outcome(self, id: &str) -> (Outcome, Vec<IndexMap<String, Value>>) {
        let Some(decision) = self.definitions.decisions.get(id) else {
            return Default::default();
        };
        let types = |name: &str| match &decision.logic {
            Logic::Table(table) => table
                .outputs
                .iter()
                .find(|o| o.name == name)
                .and_then(|o| o.type_ref.as_ref()),
            Logic::Expression(_) => decision.type_ref.as_ref(),
        };
        let variables = |row: &Row| {
            let typed = |(name, value): (String, Value)| {
                let value = TypeRef::variable(types(&name), &value);
                (name, value)
            };
            decision.named(row).into_iter().map(typed).collect()
        };
        let titled = |row: &Row| {
            let title = |(name, value): (String, Value)| match name.is_empty() {
                true => (decision.variable.clone(), value),
                false => (name, value),
            };
            decision.named(row).into_iter().map(title).collect()
        };
        let values = self.last.iter().map(titled).collect();
        let outcome = Outcome {
            results: self.last.iter().map(variables).collect(),
            trace: self.trace.unwrap_or_default(),
        };
        (outcome, values)
    }
}

/// The results of a decision by output, and all of them as one value.
type Step = (Vec<Row>, Value);

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

impl Decision {
    /// The names of its outputs.
    fn outputs(&self) -> Vec<&str> {
        match &self.logic {
            Logic::Table(table) => table.outputs.iter().map(|o| o.name.as_str()).collect(),
            Logic::Expression(_) => vec![&self.variable],
        }
    }

    /// The rows of a value that took the place of its own; none where there were none.
    fn rows(&self, value: &Value, some: bool) -> Vec<Row> {
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
    fn named(&self, row: &Row) -> IndexMap<String, Value> {
        let names = self.outputs().into_iter().zip(row);
        names
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect()
    }
}

fn expression(
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

fn decide_by(
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
fn visible(decision: &Decision, results: &[Row]) -> Vec<(String, Value)> {
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
