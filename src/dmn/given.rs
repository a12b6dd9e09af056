//! What decisions are given: the variables that they ask for, and the values of these.

use super::error::Error;
use super::evaluate::{stopped, typed};
use super::{Decision, Definitions, Dialect, Logic};
use crate::feel::{Budget, Context, Limit, Scope, Value};
use crate::juel::Template;
use crate::value;
use indexmap::IndexSet;
use std::collections::{HashMap, HashSet};

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

/// Those of them that are named in JUEL, which fails where they are not given; FEEL takes null.
pub fn needed(definitions: &Definitions, decision: &str) -> HashSet<String> {
    let order = definitions.order(decision, &HashMap::new());
    let mut names = HashSet::new();
    for decision in order.unwrap_or_default() {
        let scripts: Vec<&Template> = match &decision.logic {
            Logic::Expression(script) => script.juel().into_iter().collect(),
            Logic::Table(table) => table.juel().collect(),
        };
        names.extend(scripts.into_iter().flat_map(Template::variables).cloned());
    }
    names
}

/// The variables that a decision and all that it requires name; in the standard's dialect those
/// of input data are held to its types.
pub(super) fn scope_of(
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

/// All values that are given, as the dialect takes variables; in the standard's held to the types
/// of the input data.
pub(super) fn scope_given(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    budget: &mut Budget,
) -> Result<Scope<'static>, Error> {
    let mut scope = Scope::new();
    for (name, value) in inputs.entries() {
        let value = definitions.dialect.given(value);
        scope.set(name.clone(), definitions.input(name, value, id, budget)?);
    }
    Ok(scope)
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

    /// A FEEL value in place of a process variable: a date would be one of Camunda's, which have a
    /// time.
    fn given(self, value: &Value) -> Value {
        let date_time = match (self, value) {
            (Dialect::Camunda, Value::Date(day)) => Some(day.midnight()),
            (Dialect::Camunda, Value::DateTime(at)) => at.without_zone(),
            _ => None,
        };
        date_time.map_or_else(|| value.clone(), Value::DateTime)
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
