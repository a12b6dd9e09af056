//! What decisions can call: business knowledge models, decision services, and decision
//! tables inside boxed expressions.

use super::error::Error;
use super::given::Given;
use super::part::Kind;
use super::result::value_of_table;
use super::run::Run;
use super::script::Session;
use super::table::Table;
use super::{Definitions, Dialect};
use crate::feel::{
    Budget, CallError, Callable, Context, Expression, Function, Param, Scope, Type, Value,
};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Something that decisions require and call by name.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// Its id.
    pub id: String,
    /// The name it is called by.
    pub name: String,
    /// What it takes; of a function whose parameters are known only when it is made, none.
    pub params: Vec<Param>,
    /// The knowledge it requires itself.
    pub(super) requires: Vec<String>,
    /// The imports under whose names it sees some of that, by id.
    pub(super) under: HashMap<String, String>,
    pub(super) kind: KnowledgeKind,
    pub(super) table: Option<Arc<Table>>,
}

impl Knowledge {
    /// The decision table that it is, where its function is nothing else.
    pub fn table(&self) -> Option<&Table> {
        self.table.as_deref()
    }

    /// The ids of what it requires, and of the decisions that it evaluates.
    pub(super) fn uses(&self) -> impl Iterator<Item = &str> {
        let outputs = match &self.kind {
            KnowledgeKind::Service(service) => service.outputs.as_slice(),
            KnowledgeKind::Function(_) => &[],
        };
        self.requires.iter().chain(outputs).map(String::as_str)
    }

    /// Sets the functions that it requires, of those that are made.
    pub(super) fn see(
        &self,
        definitions: &Definitions,
        made: &HashMap<String, Value>,
        scope: &mut Scope<'_>,
    ) {
        let mut imported = Imported::default();
        for id in &self.requires {
            if let (Some(required), Some(value)) = (definitions.knowledge.get(id), made.get(id)) {
                imported.set(scope, self.under.get(id), &required.name, value);
            }
        }
        imported.into(scope);
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match self.kind {
            KnowledgeKind::Function(_) => Kind::BusinessKnowledgeModel,
            KnowledgeKind::Service(_) => Kind::DecisionService,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) enum KnowledgeKind {
    /// An expression that gives a function.
    Function(Expression),
    Service(Service),
}

/// A decision service.
#[derive(Debug, Clone)]
pub(super) struct Service {
    /// Of the inputs, its first parameters, the namespaces of the models that they are from; `None`
    /// is its own.
    pub inputs: Vec<Option<String>>,
    /// Decisions whose values are given.
    pub input_decisions: Vec<String>,
    pub outputs: Vec<String>,
    /// The type of its result.
    pub result: Type,
}

/// The functions of so much knowledge, by id and name, with all that it requires in turn.
pub(super) fn functions(
    definitions: &Definitions,
    wanted: &[String],
    made: &mut HashMap<String, Value>,
    base: &Scope<'_>,
    budget: &mut Budget,
) -> Result<Vec<(String, String, Value)>, Error> {
    let mut open: Vec<(&Knowledge, usize)> = Vec::new();
    let mut seen = HashSet::new();
    for id in wanted {
        open.extend(
            definitions
                .knowledge
                .get(id)
                .filter(|_| seen.insert(id.as_str()))
                .map(|k| (k, 0)),
        );
        while let Some((knowledge, next)) = open.last_mut() {
            if let Some(required) = knowledge.requires.get(*next) {
                *next += 1;
                let required = definitions
                    .knowledge
                    .get(required)
                    .filter(|k| seen.insert(&k.id));
                open.extend(required.map(|k| (k, 0)));
                continue;
            }
            let knowledge = *knowledge;
            open.pop();
            if made.contains_key(&knowledge.id) {
                continue;
            }
            let value = match &knowledge.kind {
                KnowledgeKind::Service(service) => {
                    let service = ServiceFunction {
                        name: knowledge.name.clone(),
                        params: knowledge.params.clone(),
                        definitions: definitions.clone(),
                        service: service.clone(),
                    };
                    Value::Function(Arc::new(Function::Host(Arc::new(service))))
                }
                KnowledgeKind::Function(expression) => {
                    let mut scope = Scope::inside(base);
                    knowledge.see(definitions, made, &mut scope);
                    let failed = |error| Error::Feel {
                        decision: knowledge.id.clone(),
                        error,
                    };
                    expression.eval(&scope, budget).map_err(failed)?
                }
            };
            made.insert(knowledge.id.clone(), value);
        }
    }
    let named = wanted.iter().filter_map(|id| {
        let name = definitions.knowledge.get(id)?.name.clone();
        Some((id.clone(), name, made.get(id)?.clone()))
    });
    Ok(named.collect())
}

/// What is seen under the names of imports: contexts that grow until they are set.
#[derive(Default)]
pub(super) struct Imported(IndexMap<String, Context>);

impl Imported {
    /// Sets a name, under that of its import where it is imported.
    pub fn set(
        &mut self,
        scope: &mut Scope<'_>,
        import: Option<&String>,
        name: &str,
        value: &Value,
    ) {
        match import {
            None => scope.set(name, value.clone()),
            Some(import) => {
                let members = self.0.entry(import.clone()).or_default();
                // A value that nests too deeply is not seen.
                let _ = members.put(name.into(), value.clone());
            }
        }
    }

    /// Sets the names of the imports.
    pub fn into(self, scope: &mut Scope<'_>) {
        for (import, members) in self.0 {
            scope.set(import, Value::Context(Arc::new(members)));
        }
    }
}

/// A decision service as a function.
#[derive(Debug)]
struct ServiceFunction {
    name: String,
    params: Vec<Param>,
    definitions: Definitions,
    service: Service,
}

fn call_error(error: Error) -> CallError {
    match error {
        Error::Feel { error, .. } => CallError::Stop(error),
        other => CallError::Null(other.to_string()),
    }
}

impl Callable for ServiceFunction {
    fn params(&self) -> &[Param] {
        &self.params
    }

    fn call(
        &self,
        arguments: Vec<Value>,
        now: Option<DateTime<Utc>>,
        budget: &mut Budget,
    ) -> Result<Value, CallError> {
        let service = &self.service;
        let now = now.unwrap_or_default();
        let inputs = service.inputs(&self.definitions, &self.params, &arguments);
        let given = service.given(&arguments);
        let mut run = Run::new(&self.definitions, inputs, now, budget).given(given);
        run.serve(service, &self.name).map_err(call_error)
    }
}

impl Service {
    /// What its decisions see of its arguments.
    pub fn inputs(
        &self,
        definitions: &Definitions,
        params: &[Param],
        arguments: &[Value],
    ) -> Given<'static> {
        let mut given = Given::default();
        for (ix, (param, argument)) in params.iter().zip(arguments).enumerate() {
            match self.inputs.get(ix) {
                Some(Some(namespace)) if definitions.keeps_inputs_apart() => {
                    let name = param.name.clone();
                    given.imported.set(namespace, name, argument.clone());
                }
                _ => given.scope.set(param.name.clone(), argument.clone()),
            }
        }
        given
    }

    /// The values of its input decisions by id: the last of its arguments.
    pub fn given(&self, arguments: &[Value]) -> HashMap<String, Value> {
        let inputs = arguments.len().saturating_sub(self.input_decisions.len());
        let values = arguments.iter().skip(inputs).cloned();
        self.input_decisions.iter().cloned().zip(values).collect()
    }
}

/// A decision table inside a boxed expression: takes what its cells name.
#[derive(Debug)]
pub(super) struct TableFunction {
    id: String,
    table: Arc<Table>,
    dialect: Dialect,
    params: Vec<Param>,
}

impl TableFunction {
    pub fn new(id: &str, table: Arc<Table>, dialect: Dialect) -> TableFunction {
        let own: HashSet<&str> = table.inputs.iter().map(|i| i.variable.as_str()).collect();
        let names: IndexMap<&str, ()> = table
            .names()
            .into_iter()
            .filter(|n| !own.contains(n))
            .map(|n| (n, ()))
            .collect();
        let params = names
            .keys()
            .map(|name| Param {
                name: (*name).into(),
                of: Type::Any,
            })
            .collect();
        TableFunction {
            id: id.to_owned(),
            table,
            dialect,
            params,
        }
    }

    /// What its cells see where it is called with these.
    pub fn scope(&self, arguments: Vec<Value>) -> Scope<'static> {
        let mut scope = Scope::new();
        for (param, argument) in self.params.iter().zip(arguments) {
            scope.set(param.name.clone(), argument);
        }
        scope
    }
}

impl Callable for TableFunction {
    fn params(&self) -> &[Param] {
        &self.params
    }

    fn call(
        &self,
        arguments: Vec<Value>,
        now: Option<DateTime<Utc>>,
        budget: &mut Budget,
    ) -> Result<Value, CallError> {
        let now = now.unwrap_or_default();
        let scope = self.scope(arguments).at(now);
        let mut session = Session {
            budget,
            now,
            dialect: self.dialect,
        };
        value_of_table(&self.id, &self.table, &scope, &mut session).map_err(call_error)
    }
}
