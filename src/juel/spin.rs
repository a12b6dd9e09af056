//! Spin's JSON nodes: `S(text)`, `JSON(text)`, and the methods of a `Json` variable.

use super::error::{Fault, clip};
use super::eval::{Item, World};
use super::method::whole;
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
                None => return Err(no_property(&key)),
            }
        }
        ("prop", [key, value]) => {
            let key = world.text(key)?;
            let value = parse_argument(value)?;
            let mut changed = copied(world, node)?;
            let Some(object) = changed.as_object_mut() else {
                return Err(Fault::failed("prop(name, value) needs a json object"));
            };
            object.insert(key, value);
            bounded(changed)?
        }
        ("deleteProp", [keys]) => {
            let mut changed = copied(world, node)?;
            let all = match keys {
                Item::Value(Value::List(keys)) => keys.iter().cloned().map(Item::Value).collect(),
                key => vec![key.clone()],
            };
            for key in &all {
                let key = world.text(key)?;
                let entries = changed.as_object_mut();
                if entries.and_then(|all| all.shift_remove(&key)).is_none() {
                    return Err(no_property(&key));
                }
            }
            Value::Json(changed).into()
        }
        ("append", [value]) => changed(world, node, name, |array| {
            array.push(parse_argument(value)?);
            Ok(())
        })?,
        ("insertAt", [at, value]) => changed(world, node, name, |array| {
            let at = match whole(at)? {
                at if usize::try_from(at).is_ok_and(|at| at == array.len()) => array.len(),
                at => place(array, at)?,
            };
            array.insert(at, parse_argument(value)?);
            Ok(())
        })?,
        ("insertBefore", [known, value]) => changed(world, node, name, |array| {
            array.insert(found(array, known, false)?, parse_argument(value)?);
            Ok(())
        })?,
        ("insertAfter", [known, value]) => changed(world, node, name, |array| {
            array.insert(found(array, known, false)? + 1, parse_argument(value)?);
            Ok(())
        })?,
        ("removeAt", [at]) => changed(world, node, name, |array| {
            array.remove(place(array, whole(at)?)?);
            Ok(())
        })?,
        ("remove" | "removeLast", [value]) => changed(world, node, name, |array| {
            array.remove(found(array, value, name == "removeLast")?);
            Ok(())
        })?,
        ("indexOf" | "lastIndexOf", [value]) => {
            let at = found(array(node, name)?, value, name == "lastIndexOf")?;
            (at as i32).into()
        }
        ("contains", [value]) => {
            let value = parse_argument(value)?;
            array(node, name)?.contains(&value).into()
        }
        ("getDataFormatName", []) => "application/json".into(),
        ("unwrap", []) => world.admit(Value::Json(node.clone()))?,
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

fn no_property(key: &str) -> Fault {
    let key = clip(key);
    Fault::failed(format!(
        "Unable to find property '{key}' in the json object"
    ))
}

fn copied(world: &mut World, node: &Json) -> Result<Json, Fault> {
    let copy = node.clone();
    world.budget.grow(Value::Json(copy.clone()).weight())?;
    Ok(copy)
}

fn array<'n>(node: &'n Json, name: &str) -> Result<&'n Vec<Json>, Fault> {
    let array = node.as_array();
    array.ok_or_else(|| Fault::failed(format!("{name}(…) needs a json array")))
}

/// A copy of an array, changed: values of expressions never change themselves.
fn changed(
    world: &mut World,
    node: &Json,
    name: &str,
    change: impl FnOnce(&mut Vec<Json>) -> Result<(), Fault>,
) -> Result<Item, Fault> {
    array(node, name)?;
    let mut copy = copied(world, node)?;
    if let Some(array) = copy.as_array_mut() {
        change(array)?;
    }
    bounded(copy)
}

/// Where an index is, counted from the end below 0.
fn place(array: &[Json], at: i64) -> Result<usize, Fault> {
    let many = array.len();
    let from_end = || many.checked_sub(usize::try_from(at.unsigned_abs()).ok()?);
    let place = if at < 0 {
        from_end()
    } else {
        usize::try_from(at).ok()
    };
    place
        .filter(|place| *place < many)
        .ok_or_else(|| Fault::failed(format!("Index is out of bound! Index: {at}, Size: {many}")))
}

fn found(array: &[Json], value: &Item, last: bool) -> Result<usize, Fault> {
    let value = parse_argument(value)?;
    let mut all = array.iter();
    let at = match last {
        true => all.rposition(|one| *one == value),
        false => all.position(|one| *one == value),
    };
    at.ok_or_else(|| {
        let value = text(&value);
        Fault::failed(format!("Unable to find '{}' in JsonNode", clip(&value)))
    })
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
