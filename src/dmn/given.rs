//! What decisions are given: the variables that they ask for, and the values of these.

use super::error::Error;
use super::evaluate::{stopped, typed};
use super::imported::{InputValues, namespace_of};
use super::{Decision, Definitions, Dialect, Logic};
use crate::feel::{Budget, Context, Limit, Param, Scope, Use, Value};
use crate::juel::Template;
use crate::value;
use indexmap::{IndexMap, IndexSet};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// A variable that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name; of an input of an imported model the qualified one.
    pub name: String,
    /// Perhaps it is none: a filter names it, and what it filters may have a member of that name.
    pub perhaps: bool,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let perhaps = if self.perhaps { " (perhaps)" } else { "" };
        write!(f, "{}{perhaps}", self.name)
    }
}

/// The variables that a decision and all that it requires ask for, in the order in which they
/// are named; the parameters of a decision service or business knowledge model.
///
/// # Errors
/// There is no such decision.
pub fn variables(definitions: &Definitions, decision: &str) -> Result<Vec<Asked>, Error> {
    if let Some(knowledge) = definitions.knowledge.get(decision) {
        let params = knowledge.params.iter();
        let asked = |param: &Param| Asked {
            name: param.name.to_string(),
            perhaps: false,
        };
        return Ok(params.map(asked).collect());
    }
    let order = definitions.order(decision, &HashMap::new())?;
    let camunda = definitions.dialect == Dialect::Camunda;
    // What a model gives itself, under its namespace where it is imported.
    let mut own: HashSet<(Option<&str>, &str)> = HashSet::new();
    let apart = definitions.keeps_inputs_apart();
    let model = |id| if apart { namespace_of(id) } else { None };
    for decision in &order {
        let mut names = vec![decision.variable.as_str()];
        names.extend(decision.under.values().map(String::as_str));
        names.extend(decision.imported_inputs.iter().map(|i| i.import.as_str()));
        if camunda {
            names.extend(decision.outputs());
        }
        if let Some(table) = decision.table() {
            names.extend(table.inputs.iter().map(|input| input.variable.as_str()));
        }
        let model = model(&decision.id);
        own.extend(names.into_iter().map(|name| (model, name)));
    }
    let functions = definitions.knowledge.values();
    own.extend(functions.map(|k| (model(&k.id), k.name.as_str())));
    let declared = |name: &str| definitions.inputs.iter().any(|input| *input.name == *name);
    let members: HashSet<&str> = match camunda {
        true => HashSet::new(),
        false => definitions.members().into_iter().collect(),
    };
    let mut asked: IndexMap<String, bool> = IndexMap::new();
    let surely = |name| (name, true);
    for decision in order {
        let model = model(&decision.id);
        for (name, of) in decision.uses() {
            let builtin = crate::feel::Builtin::named(name).is_some();
            let is_input = match model {
                // It is asked for by its qualified name.
                Some(of) if definitions.models.input(of, name).is_some() => continue,
                _ => declared(name),
            };
            // What filters name may be members of what they filter; what is called is a function.
            let is_other = members.contains(name) || of == Use::Called;
            let is_other = is_other && !is_input;
            if !own.contains(&(model, name)) && !builtin && !is_other {
                *asked.entry(name.to_owned()).or_default() |= of != Use::Perhaps || is_input;
            }
        }
        match apart {
            true => asked.extend(definitions.imported_names(decision).into_iter().map(surely)),
            false => {
                let inputs = decision.imported_inputs.iter();
                asked.extend(inputs.map(|input| surely(input.name.to_string())));
            }
        }
    }
    let asked = asked.into_iter().map(|(name, surely)| Asked {
        name,
        perhaps: !surely,
    });
    Ok(asked.collect())
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

/// What an evaluation is given.
#[derive(Debug, Default)]
pub(super) struct Given<'a> {
    /// The variables.
    pub scope: Scope<'a>,
    /// The inputs of imported models.
    pub imported: InputValues,
}

/// The variables that a decision and all that it requires name; in the standard's dialect those
/// of input data are held to its types.
pub(super) fn given_of(
    definitions: &Definitions,
    decision: &str,
    variables: &value::Map,
    budget: &mut Budget,
) -> Result<Given<'static>, Error> {
    let order = definitions.order(decision, &HashMap::new())?;
    // Only what is named is converted: variables may be many and large.
    let mut given = Given::default();
    let mut named: IndexSet<Cow<'_, str>> = IndexSet::new();
    for decision in order {
        named.extend(decision.names().into_iter().map(Cow::Borrowed));
        let imported = decision.imported_inputs.iter();
        named.extend(imported.map(|input| Cow::Borrowed(&*input.name)));
        named.extend(
            definitions
                .imported_names(decision)
                .into_iter()
                .map(Cow::Owned),
        );
    }
    if definitions.keeps_inputs_apart() {
        named.extend(definitions.models.imports().map(Cow::Borrowed));
    }
    for name in &named {
        let Some(variable) = variables.get(&**name) else {
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
        given.take(definitions, name, value, decision, budget)?;
    }
    Ok(given)
}

/// All values that are given, as the dialect takes variables; in the standard's held to the types
/// of the input data.
pub(super) fn given_by(
    definitions: &Definitions,
    id: &str,
    inputs: &Context,
    budget: &mut Budget,
) -> Result<Given<'static>, Error> {
    let mut given = Given::default();
    for (name, value) in inputs.entries() {
        let value = definitions.dialect.given(value);
        given.take(definitions, name, value, id, budget)?;
    }
    Ok(given)
}

impl Given<'_> {
    /// Takes a value, held to the type of what it is for where the standard asks for it.
    fn take(
        &mut self,
        definitions: &Definitions,
        name: &str,
        mut value: Value,
        decision: &str,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        if definitions.keeps_inputs_apart() {
            let models = &definitions.models;
            for (of, input, value) in models.given(name, &value) {
                // A qualified name says more than a plain one.
                if *input.name == *name && self.imported.get(of, name).is_some() {
                    continue;
                }
                let qualified = models.qualified(of, &input.name);
                let value = typed(&input.of, value, &qualified, decision, budget)?;
                self.imported.set(of, input.name.clone(), value);
            }
        }
        let mut inputs = definitions.inputs.iter();
        if let Some(input) = inputs.find(|input| *input.name == *name)
            && definitions.dialect == Dialect::Standard
        {
            value = typed(&input.of, value, name, decision, budget)?;
        }
        self.scope.set(name, value);
        Ok(())
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

    /// A FEEL value in place of a process variable: a date would be one of Camunda's, which have a
    /// time.
    pub fn given(self, value: &Value) -> Value {
        let date_time = match (self, value) {
            (Dialect::Camunda, Value::Date(day)) => Some(day.midnight()),
            (Dialect::Camunda, Value::DateTime(at)) => at.without_zone(),
            _ => None,
        };
        date_time.map_or_else(|| value.clone(), Value::DateTime)
    }
}

impl Decision {
    /// The variables that its expressions name.
    pub(super) fn names(&self) -> Vec<&str> {
        self.uses().into_iter().map(|(name, _)| name).collect()
    }

    /// The same, and how they use them.
    pub(super) fn uses(&self) -> Vec<(&str, Use)> {
        match &self.logic {
            Logic::Expression(script) => script.uses(),
            Logic::Table(table) => table.uses(),
        }
    }
}
