//! `execution`, `task` and the other objects beside the variables: what their methods mean
//! for the [`Context`](super::Context).

use super::context::Builtin;
use super::error::Fault;
use super::eval::{Item, World};
use crate::value::Value;

pub(super) fn property(world: &mut World, object: Builtin, name: &str) -> Result<Item, Fault> {
    match find(world, object, name)? {
        Some(item) => Ok(item),
        None => Err(Fault::no_property(name, object.name())),
    }
}

/// A property, or what its getter would give.
fn find(world: &mut World, object: Builtin, name: &str) -> Result<Option<Item>, Fault> {
    let all = |world: &mut World, local: bool| {
        let map = world.context.get_variables(object, local);
        world.admit(Value::Map(map))
    };
    match name {
        "variables" => return all(world, false).map(Some),
        "variablesLocal" => return all(world, true).map(Some),
        "variableNames" | "variableNamesLocal" => {
            let map = world
                .context
                .get_variables(object, name == "variableNamesLocal");
            let names = map.into_keys().map(Value::String).collect();
            return world.admit(Value::List(names)).map(Some);
        }
        _ => {}
    }
    if let Some(other) = object.objects().iter().find(|other| other.name() == name) {
        // What called is null where nothing did.
        return Ok(Some(match world.context.has(*other) {
            true => Item::Builtin(*other),
            false => Value::Null.into(),
        }));
    }
    match world.context.property(object, name) {
        Some(value) => world.admit(value).map(Some),
        None => Ok(None),
    }
}

pub(super) fn call(
    world: &mut World,
    object: Builtin,
    name: &str,
    args: &[Item],
) -> Result<Item, Fault> {
    let (bare, local) = variable_method(name);
    match (bare, args) {
        ("getVariable", [key]) => {
            let key = world.text(key)?;
            let value = world.context.get_variable(object, &key, local);
            return world.admit(value.unwrap_or_default());
        }
        ("getVariableTyped", [key, ..]) => {
            let key = world.text(key)?;
            return Ok(match world.context.get_variable(object, &key, local) {
                Some(value) => {
                    world.budget.grow(value.weight())?;
                    Item::Typed(value)
                }
                None => Value::Null.into(),
            });
        }
        ("hasVariable", [key]) => {
            let key = world.text(key)?;
            let value = world.context.get_variable(object, &key, local);
            return Ok(value.is_some().into());
        }
        ("hasVariables", []) => {
            return Ok((!world.context.get_variables(object, local).is_empty()).into());
        }
        ("setVariable", [key, value]) => {
            let key = world.text(key)?;
            let value = value.clone().into_value()?;
            world.budget.grow(value.weight())?;
            let done = world.context.set_variable(object, &key, value, local);
            return done.map(|()| Value::Null.into()).map_err(Fault::failed);
        }
        ("setVariables", [Item::Value(Value::Map(values))]) => {
            for (key, value) in values {
                world.budget.grow(value.weight())?;
                let done = world
                    .context
                    .set_variable(object, key, value.clone(), local);
                done.map_err(Fault::failed)?;
            }
            return Ok(Value::Null.into());
        }
        ("removeVariables", [] | [Item::Value(Value::List(_))]) => {
            let names: Vec<String> = match args {
                [Item::Value(Value::List(names))] => names.iter().map(Value::to_string).collect(),
                _ => world
                    .context
                    .get_variables(object, local)
                    .into_keys()
                    .collect(),
            };
            for key in names {
                let done = world.context.remove_variable(object, &key, local);
                done.map_err(Fault::failed)?;
            }
            return Ok(Value::Null.into());
        }
        ("removeVariable", [key]) => {
            let key = world.text(key)?;
            let done = world.context.remove_variable(object, &key, local);
            return done.map(|()| Value::Null.into()).map_err(Fault::failed);
        }
        _ => {}
    }
    if args.is_empty()
        && let Some(property) = getter(name)
        && let Some(item) = find(world, object, &property)?
    {
        return Ok(item);
    }
    let values = args.iter().cloned().map(Item::into_value);
    let values = values.collect::<Result<Vec<Value>, Fault>>()?;
    match world.context.call(object, name, &values) {
        Ok(Some(value)) => world.admit(value),
        Ok(None) if needs_jvm(name) => Err(Fault::failed(format!(
            "{}.{name}() gives a Java object, and there is no JVM here",
            object.name()
        ))),
        Ok(None) => Err(Fault::no_method(name, object.name())),
        Err(reason) => Err(Fault::failed(reason)),
    }
}

/// A method on variables without its `Local`, and whether it had it.
fn variable_method(name: &str) -> (&str, bool) {
    match name {
        "getVariableLocalTyped" => ("getVariableTyped", true),
        _ => match name.strip_suffix("Local") {
            Some(bare) => (bare, true),
            None => (name, false),
        },
    }
}

/// The methods on variables, each also for local ones.
const OF_VARIABLES: &[&str] = &[
    "getVariable",
    "getVariableTyped",
    "hasVariable",
    "hasVariables",
    "setVariable",
    "setVariables",
    "removeVariable",
    "removeVariables",
];

/// Whether a built-in object has this property or, called, this method.
pub(super) fn has_member(object: Builtin, name: &str, called: bool) -> bool {
    let property = |name: &str| {
        let bare = name.strip_suffix("Local").unwrap_or(name);
        object.properties().contains(&name)
            || object.objects().iter().any(|other| other.name() == name)
            || object.has_variables() && matches!(bare, "variables" | "variableNames")
    };
    if !called {
        return property(name);
    }
    object.methods().contains(&name)
        || object.has_variables() && OF_VARIABLES.contains(&variable_method(name).0)
        || getter(name).is_some_and(|name| property(&name))
}

/// The property that a getter reads: `getName` and `isName` read `name`.
fn getter(method: &str) -> Option<String> {
    let name = method.strip_prefix("get").or(method.strip_prefix("is"))?;
    let mut letters = name.chars();
    let first = letters.next().filter(char::is_ascii_uppercase)?;
    Some(first.to_ascii_lowercase().to_string() + letters.as_str())
}

fn needs_jvm(method: &str) -> bool {
    method.starts_with("getProcessEngine")
        || method.starts_with("getBpmnModelInstance")
        || method.starts_with("getCmmnModel")
}
