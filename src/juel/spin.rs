//! Spin's JSON nodes: `S(text)`, `JSON(text)`, and the methods of a `Json` variable.

use super::error::{Fault, clip};
use super::eval::{Item, World};
use super::path;
use crate::value::{Value, json};
use serde_json::Value as Json;

/// Deepest nesting that `append` and `prop` may build.
const DEEPEST: usize = 100;

/// The node of a value.
pub(super) fn parse(value: &Value) -> Result<Json, Fault> {
    match value {
        Value::Json(json) => Ok(json.clone()),
        Value::String(text) if text.trim_start().starts_with('<') => {
            Err(Fault::failed("Spin XML is not supported here, only JSON"))
        }
        Value::String(text) => serde_json::from_str(text)
            .map_err(|e| Fault::failed(format!("Unable to parse input into json node: {e}"))),
        Value::Secret(_) => Err(Fault::failed("a secret can not become JSON")),
        other => Ok(json::plain(other)),
    }
}

/// `toString` of a node: JSON, compact.
pub(super) fn text(json: &Json) -> String {
    json.to_string()
}

/// `None` if there is no such method.
pub(super) fn call(
    world: &mut World,
    node: &Json,
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    Ok(Some(match (name, args) {
        ("prop", [key]) => {
            let key = world.text(key)?;
            match node.get(&key) {
                Some(json) => world.admit(Value::Json(json.clone()))?,
                None => {
                    return Err(Fault::failed(format!(
                        "Unable to find property '{}' in the json object",
                        clip(&key)
                    )));
                }
            }
        }
        ("prop", [key, value]) => {
            let key = world.text(key)?;
            let value = parse_argument(value)?;
            world.budget.grow(Value::Json(node.clone()).weight())?;
            let mut changed = node.clone();
            let Some(object) = changed.as_object_mut() else {
                return Err(Fault::failed("prop(name, value) needs a json object"));
            };
            object.insert(key, value);
            bounded(changed)?
        }
        ("append", [value]) => {
            let value = parse_argument(value)?;
            world.budget.grow(Value::Json(node.clone()).weight())?;
            let mut changed = node.clone();
            let Some(array) = changed.as_array_mut() else {
                return Err(Fault::failed("append(value) needs a json array"));
            };
            array.push(value);
            bounded(changed)?
        }
        ("remove", [value]) => {
            let value = parse_argument(value)?;
            world.budget.grow(Value::Json(node.clone()).weight())?;
            let mut changed = node.clone();
            let Some(array) = changed.as_array_mut() else {
                return Err(Fault::failed("remove(value) needs a json array"));
            };
            if let Some(at) = array.iter().position(|item| *item == value) {
                array.remove(at);
            }
            Value::Json(changed).into()
        }
        ("hasProp", [key]) => {
            let key = world.text(key)?;
            node.get(&key).is_some().into()
        }
        ("stringValue", []) => match node {
            Json::String(text) => world.admit(Value::String(text.clone()))?,
            _ => return Err(not_a("String", node)),
        },
        ("numberValue", []) => match number(node) {
            Some(value) => value.into(),
            None => return Err(not_a("Number", node)),
        },
        ("boolValue", []) => match node {
            Json::Bool(b) => (*b).into(),
            _ => return Err(not_a("Boolean", node)),
        },
        ("value", []) => match node {
            Json::Null => Value::Null.into(),
            Json::Bool(b) => (*b).into(),
            Json::String(text) => world.admit(Value::String(text.clone()))?,
            _ => match number(node) {
                Some(value) => value.into(),
                None => return Err(not_a("value", node)),
            },
        },
        ("elements", []) => match node {
            Json::Array(items) => {
                let items = items.iter().cloned().map(Value::Json).collect();
                world.admit(Value::List(items))?
            }
            _ => return Err(not_a("array", node)),
        },
        ("fieldNames", []) => match node {
            Json::Object(object) => {
                let names = object.keys().cloned().map(Value::String).collect();
                world.admit(Value::List(names))?
            }
            _ => return Err(not_a("object", node)),
        },
        ("isArray", []) => node.is_array().into(),
        ("isObject", []) => node.is_object().into(),
        ("isValue", []) => (!node.is_array() && !node.is_object()).into(),
        ("isNull", []) => node.is_null().into(),
        ("isNumber", []) => node.is_number().into(),
        ("isString", []) => node.is_string().into(),
        ("isBoolean", []) => node.is_boolean().into(),
        ("jsonPath", [path]) => {
            let path = world.text(path)?;
            Item::Query(path::find(node, &path, world.budget)?)
        }
        ("mapTo", [_]) => {
            return Err(Fault::failed(
                "mapTo(…) makes a Java object, and there is no JVM here",
            ));
        }
        _ => return Ok(None),
    }))
}

/// The methods of what `jsonPath` found.
pub(super) fn query(
    world: &mut World,
    node: &Json,
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    match (name, args) {
        ("element", []) => world.admit(Value::Json(node.clone())).map(Some),
        ("elementList", []) => call(world, node, "elements", args),
        ("stringValue" | "numberValue" | "boolValue", []) => call(world, node, name, args),
        _ => Ok(None),
    }
}

fn parse_argument(item: &Item) -> Result<Json, Fault> {
    match item.clone().into_value()? {
        Value::Secret(_) => Err(Fault::failed("a secret can not become JSON")),
        value => Ok(json::plain(&value)),
    }
}

fn number(node: &Json) -> Option<Value> {
    node.is_number().then(|| json::from_plain(node))
}

fn not_a(kind: &str, node: &Json) -> Fault {
    let text = text(node);
    Fault::failed(format!("Unable to parse '{}' to {kind}", clip(&text)))
}

/// Spin's nodes may be appended to each other again and again; they must not grow so deep
/// that walking them overflows the native stack.
fn bounded(node: Json) -> Result<Item, Fault> {
    fn depth(node: &Json) -> usize {
        match node {
            Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Json::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
    if depth(&node) > DEEPEST {
        return Err(Fault::failed(format!(
            "JSON nested deeper than {DEEPEST} levels"
        )));
    }
    Ok(Value::Json(node).into())
}
