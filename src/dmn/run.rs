//! An evaluation under way: decisions in the order in which they need each other, each once.

use super::error::Error;
use super::evaluate::{stopped, typed};
use super::explain::{Evaluation, Inside, TableVerdict};
use super::function::{Imported, KnowledgeKind, Service, functions};
use super::given::Given;
use super::imported::{InputValues, namespace_of};
use super::outcome::{DecisionTrace, Outcome, TracedValue};
use super::result::{by_output, decide_by, expression, traced, visible};
use super::script::Session;
use super::table::{Row, Table};
use super::type_ref::TypeRef;
use super::{Decision, Definitions, Dialect, Logic};
use crate::feel::{Budget, Context, Reason, Scope, Told, Value, shorten};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// An evaluation under way.
pub(super) struct Run<'a> {
    definitions: &'a Definitions,
    scope: Scope<'a>,
    /// Values of the inputs of imported models.
    inputs: InputValues,
    session: Session<'a>,
    /// Values of decisions by id.
    values: HashMap<String, Value>,
    functions: HashMap<String, Value>,
    /// What happened, where that is asked for.
    pub trace: Option<Vec<DecisionTrace>>,
    /// What the cells said, where that is asked for.
    pub verdicts: Option<Vec<TableVerdict>>,
    /// What was evaluated as FEEL values, where that is asked for.
    pub evaluations: Option<Vec<Evaluation>>,
    /// For what is evaluated again to be told: an evaluation may not fail of that.
    look: Option<Budget>,
    /// Why inputs are null, under their names.
    of_inputs: Vec<Reason>,
    last: Vec<Row>,
}

impl<'a> Run<'a> {
    pub fn new(
        definitions: &'a Definitions,
        given: Given<'a>,
        now: DateTime<Utc>,
        budget: &'a mut Budget,
    ) -> Self {
        Run {
            definitions,
            scope: given.scope.at(now),
            inputs: given.imported,
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
            look: None,
            of_inputs: Vec::new(),
            last: Vec::new(),
        }
    }

    /// With the reasons that were noted since, of its inputs.
    pub fn noting(mut self, since: usize) -> Self {
        let noted = self.session.budget.reasons().get(since..);
        self.of_inputs.extend_from_slice(noted.unwrap_or_default());
        self
    }

    /// With what the cells say, and what is inside of expressions.
    pub fn closely(mut self) -> Self {
        self.verdicts = Some(Vec::new());
        self.look = Some(self.session.budget.anew());
        self.session.budget.watch();
        self
    }

    /// Notes what was told of the inside of the last evaluation; a table that is all of it is there
    /// already.
    fn look_inside(&mut self, told: Vec<Told>, whole: Option<&Table>) {
        if told.is_empty() {
            return;
        }
        let is_whole = |inside: &Inside| match inside {
            Inside::Table { table, .. } => whole.is_some_and(|whole| std::ptr::eq(whole, &**table)),
            Inside::Part { .. } => false,
        };
        let Some(look) = &mut self.look else {
            return;
        };
        let mut look = self.session.with(look);
        let mut inside = self.definitions.inside(told, &mut look);
        inside.retain(|inside| !is_whole(inside));
        if let Some(this) = self.evaluations.as_mut().and_then(|all| all.last_mut()) {
            this.inside = inside;
        }
    }

    /// Why something in a decision is null: what was noted since, behind what is said of its inputs.
    fn reasons(&self, decision: &Decision, since: usize) -> Vec<Reason> {
        let mut reasons = self.of_inputs.clone();
        if !reasons.is_empty() {
            let names = decision.names();
            let imported = self.definitions.imported_names(decision);
            let imported: Vec<String> = imported.iter().map(|name| shorten(name)).collect();
            reasons.retain(|reason| {
                names.contains(&reason.expression.as_str()) || imported.contains(&reason.expression)
            });
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
    pub fn call(&mut self, id: &str) -> Result<Value, Error> {
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
            let given = service.inputs(definitions, &knowledge.params, &arguments);
            self.scope = given.scope.at(self.session.now);
            self.inputs = given.imported;
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
        if let (Some(verdicts), Some(look), Some(table)) =
            (&mut self.verdicts, &mut self.look, knowledge.table())
        {
            let mut look = self.session.with(look);
            let mut scope = Scope::new().at(self.session.now);
            knowledge.see(definitions, &self.functions, &mut scope);
            for (param, argument) in knowledge.params.iter().zip(&arguments) {
                scope.set(param.name.clone(), argument.clone());
            }
            let this = self.evaluations.as_mut().and_then(|all| all.last_mut());
            if let Some(mut verdict) = said(id, table, &scope, &mut look, this) {
                if let Ok(result) = table.evaluate(id, &scope, &mut look) {
                    verdict.count(result.hits.iter().map(|hit| hit.rule));
                }
                verdicts.push(verdict);
            }
        }
        let budget = &mut *self.session.budget;
        let value = function.call(arguments, &self.scope, budget);
        let value = value.map_err(|error| Error::Feel {
            decision: name.clone(),
            error,
        })?;
        let told = self.session.budget.take_told();
        self.look_inside(told, knowledge.table());
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
        let reasons = self.session.budget.reasons().len();
        self.note_missing(decision);
        let mut scope = Scope::inside(&self.scope);
        let mut imported = Imported::default();
        for id in &decision.requires {
            if let (Some(required), Some(value)) =
                (self.definitions.decisions.get(id), self.values.get(id))
            {
                let import = decision.under.get(id);
                // To Camunda an output of that name is seen in its place.
                let output = self.definitions.dialect == Dialect::Camunda
                    && required.outputs().contains(&required.variable.as_str());
                if !output {
                    imported.set(&mut scope, import, &required.variable, value);
                }
            }
        }
        if self.definitions.keeps_inputs_apart() {
            self.see_inputs(decision, &mut scope, &mut imported);
        } else {
            for input in &decision.imported_inputs {
                if let Some(value) = self.scope.get(&input.name) {
                    imported.set(&mut scope, Some(&input.import), &input.name, value);
                }
            }
        }
        let wanted = &decision.knowledge;
        if !wanted.is_empty() {
            let base = Scope::new().at(self.session.now);
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
        let mut traced = self.trace.is_some().then(|| traced(decision));
        let trace = traced.as_mut();
        let session = &mut self.session;
        if let Some(all) = &mut self.evaluations {
            all.push(Evaluation::begun(decision, &scope));
        }
        if let (Some(verdicts), Some(look), Some(table)) =
            (&mut self.verdicts, &mut self.look, decision.table())
        {
            let this = self.evaluations.as_mut().and_then(|all| all.last_mut());
            let mut look = session.with(look);
            verdicts.extend(said(&decision.id, table, &scope, &mut look, this));
        }
        let (mut results, mut value) = match &decision.logic {
            Logic::Expression(script) => expression(decision, script, &scope, session, trace)?,
            Logic::Table(table) => decide_by(decision, table, &scope, session, trace)?,
        };
        let told = session.budget.take_told();
        if let (Some(entries), Some(look)) = (&decision.entries, &mut self.look)
            && let Ok(Value::Context(entries)) = entries.eval(&scope, look)
            && let Some(this) = self.evaluations.as_mut().and_then(|all| all.last_mut())
        {
            this.entries = by_output("", Value::Context(entries));
        }
        drop(scope);
        self.look_inside(told, None);
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

    /// Sets the inputs of imported models that a decision sees: its own, where it is imported, under
    /// their names, those that it requires of others under the names of the imports.
    fn see_inputs(&self, decision: &Decision, scope: &mut Scope<'_>, imported: &mut Imported) {
        let value = |namespace: &str, name: &str| {
            let value = self.inputs.get(namespace, name);
            value.cloned().unwrap_or_default()
        };
        for input in &decision.imported_inputs {
            let value = value(&input.namespace, &input.name);
            imported.set(scope, Some(&input.import), &input.name, &value);
        }
        if let Some(namespace) = namespace_of(&decision.id) {
            for name in decision.names() {
                if self.definitions.models.input(namespace, name).is_some() {
                    scope.set(name, value(namespace, name));
                }
            }
        }
    }

    /// Says which inputs of imported models a decision needs that are not given.
    fn note_missing(&mut self, decision: &Decision) {
        for (namespace, name) in self.definitions.imported_inputs(decision) {
            if self.inputs.get(namespace, name).is_none() {
                let name = self.definitions.models.qualified(namespace, name);
                let budget = &mut *self.session.budget;
                budget.note(&name, 0, || Reason::unknown(&name));
            }
        }
    }

    /// The results as process variables and as FEEL values.
    pub fn outcome(self, id: &str) -> (Outcome, Vec<IndexMap<String, Value>>) {
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

/// What the cells of a table say; the values of its columns become the inputs of its evaluation. All
/// of that is evaluated again, as far as it counts; `None` where it fails, as the decision will.
fn said(
    id: &str,
    table: &Table,
    scope: &Scope<'_>,
    look: &mut Session<'_>,
    evaluation: Option<&mut Evaluation>,
) -> Option<TableVerdict> {
    let values = table.input_values(id, scope, look).ok()?;
    let verdict = TableVerdict::of(id, table, &values, scope, look);
    if let Some(evaluation) = evaluation {
        let titles = table.inputs.iter().map(|input| input.title().to_owned());
        evaluation.inputs = titles.zip(values).collect();
    }
    Some(verdict)
}

impl Definitions {
    /// A decision with all that it requires and is not there yet, required ones first.
    pub(super) fn order(
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
