//! Properties and methods of values, as Java's classes have them.

use super::context::{Budget, Metered};
use super::error::{Fault, clip};
use super::eval::{Item, World};
use super::operator::java_order;
use super::{builtin, convert, datetime, decision, format, spin};
use crate::regex::{Flavour, Regex};
use crate::value::{Map, Value};
use chrono::{DateTime, Datelike, Local, Timelike, Utc};
use std::cmp::Ordering;

/// `base.name`. Null has null in place of every property, a map of every key.
pub(super) fn property(world: &mut World, base: Item, name: &str) -> Result<Item, Fault> {
    match base {
        Item::Value(Value::Null) => Ok(base),
        Item::Value(Value::Map(mut map)) => Ok(map.swap_remove(name).unwrap_or_default().into()),
        Item::Builtin(object) => builtin::property(world, object, name),
        base => {
            let mut letters = name.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            let name_of_getter: String = first.into_iter().chain(letters).collect();
            for prefix in ["get", "is"] {
                let getter = format!("{prefix}{name_of_getter}");
                if let Some(item) = dispatch(world, &base, &getter, &[])? {
                    return Ok(item);
                }
            }
            Err(Fault::no_property(name, base.class()))
        }
    }
}

/// `base[index]`.
pub(super) fn index(world: &mut World, base: Item, index: Item) -> Result<Item, Fault> {
    match base {
        Item::Value(Value::List(mut items)) => {
            let at = match index {
                Item::Value(Value::Null) => return Ok(Value::Null.into()),
                Item::Value(Value::Boolean(b)) => i64::from(b),
                Item::Value(Value::String(text)) => text.trim().parse().map_err(|_| {
                    Fault::failed(format!("Cannot parse list index: {}", clip(&text)))
                })?,
                other => convert::long(&other.into_value()?)?,
            };
            let at = usize::try_from(at).ok().filter(|i| *i < items.len());
            Ok(at.map_or(Value::Null, |i| items.swap_remove(i)).into())
        }
        Item::Value(Value::Null) => Ok(base),
        base => {
            let name = world.text(&index)?;
            property(world, base, &name)
        }
    }
}

/// `base.name(args)`; the base is not null.
pub(super) fn call(
    world: &mut World,
    base: Item,
    name: &str,
    args: &[Item],
) -> Result<Item, Fault> {
    if let Item::Builtin(object) = base {
        return builtin::call(world, object, name, args);
    }
    match dispatch(world, &base, name, args)? {
        Some(item) => Ok(item),
        None => Err(Fault::no_method(name, base.class())),
    }
}

/// The methods that some value has.
pub(super) const METHODS: &[&str] = &[
    "add",
    "addAll",
    "after",
    "append",
    "before",
    "boolValue",
    "booleanValue",
    "charAt",
    "clear",
    "collectEntries",
    "compareTo",
    "concat",
    "contains",
    "containsAll",
    "containsKey",
    "containsValue",
    "deleteProp",
    "doubleValue",
    "element",
    "elementList",
    "elements",
    "endsWith",
    "entrySet",
    "equals",
    "equalsIgnoreCase",
    "fieldNames",
    "floatValue",
    "format",
    "get",
    "getDataFormatName",
    "getDate",
    "getDay",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getEntry",
    "getEntryMap",
    "getFilename",
    "getFirstEntry",
    "getFirstResult",
    "getHourOfDay",
    "getHours",
    "getKey",
    "getMillis",
    "getMillisOfSecond",
    "getMimeType",
    "getMinuteOfDay",
    "getMinuteOfHour",
    "getMinutes",
    "getMonth",
    "getMonthOfYear",
    "getOrDefault",
    "getResultList",
    "getSecondOfMinute",
    "getSeconds",
    "getSingleEntry",
    "getSingleResult",
    "getTime",
    "getValue",
    "getWeekOfWeekyear",
    "getYear",
    "hasProp",
    "indexOf",
    "insertAfter",
    "insertAt",
    "insertBefore",
    "intValue",
    "isAfter",
    "isArray",
    "isBefore",
    "isBlank",
    "isBoolean",
    "isEmpty",
    "isInfinite",
    "isNaN",
    "isNull",
    "isNumber",
    "isObject",
    "isString",
    "isValue",
    "join",
    "jsonPath",
    "keySet",
    "lastIndexOf",
    "length",
    "longValue",
    "mapTo",
    "matches",
    "numberValue",
    "prop",
    "put",
    "putAll",
    "putIfAbsent",
    "remove",
    "removeAt",
    "removeLast",
    "repeat",
    "replace",
    "replaceAll",
    "replaceFirst",
    "set",
    "shortValue",
    "size",
    "split",
    "startsWith",
    "stringValue",
    "strip",
    "subList",
    "substring",
    "toArray",
    "toDate",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "unwrap",
    "value",
    "values",
    "withDayOfMonth",
    "withDayOfWeek",
    "withDayOfYear",
    "withHourOfDay",
    "withMillisOfSecond",
    "withMinuteOfHour",
    "withMonthOfYear",
    "withSecondOfMinute",
    "withTime",
    "withTimeAtStartOfDay",
    "withYear",
];

/// Whether some value has a method of this name.
pub(super) fn exists(name: &str) -> bool {
    METHODS.binary_search(&name).is_ok() || datetime::is_shift(name)
}

/// `None` if there is no such method.
fn dispatch(
    world: &mut World,
    base: &Item,
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    match (name, args) {
        ("toString", []) => return Ok(Some(world.text(base)?.into())),
        ("equals", [other]) => return Ok(Some(same(base, other).into())),
        _ => {}
    }
    let value = match base {
        Item::DateTime(at) => return datetime::call(world, *at, name, args),
        Item::Typed(value) => {
            return Ok(match (name, args) {
                ("getValue", []) => Some(world.admit(value.clone())?),
                ("getFilename", []) => match value {
                    Value::File(file) => Some(file.filename.clone().into()),
                    _ => None,
                },
                ("getMimeType", []) => match value {
                    Value::File(file) => Some(file.mimetype.clone().into()),
                    _ => None,
                },
                _ => None,
            });
        }
        Item::Query(node) => return spin::query(world, node, name, args),
        Item::Builtin(_) => return Ok(None),
        Item::Value(value) => value,
    };
    match value {
        Value::String(text) => on_string(world, text, name, args),
        Value::Short(_) | Value::Integer(_) | Value::Long(_) | Value::Double(_) => {
            on_number(value, name, args)
        }
        Value::Boolean(b) => Ok(match (name, args) {
            ("booleanValue", []) => Some((*b).into()),
            ("compareTo", [Item::Value(Value::Boolean(other))]) => Some(sign(b.cmp(other))),
            _ => None,
        }),
        Value::Date(at) => on_date(*at, name, args),
        Value::List(items) => on_list(world, items, name, args),
        Value::Map(map) => on_map(world, map, name, args),
        Value::Json(json) => spin::call(world, json, name, args),
        _ => Ok(None),
    }
}

/// `equals`: same type, same content.
fn same(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Value(a), Item::Value(b)) | (Item::Typed(a), Item::Typed(b)) => a == b,
        (Item::DateTime(a), Item::DateTime(b)) => a == b,
        (Item::Builtin(a), Item::Builtin(b)) => a == b,
        _ => false,
    }
}

fn sign(order: Ordering) -> Item {
    (order as i32).into()
}

/// A whole number among the arguments.
pub(super) fn whole(item: &Item) -> Result<i64, Fault> {
    convert::long(&item.clone().into_value()?)
}

/// Java's `int` among the arguments.
fn int(item: &Item) -> Result<i32, Fault> {
    let n = whole(item)?;
    i32::try_from(n).map_err(|_| Fault::failed(format!("{n} does not fit 32 bits")))
}

fn on_string(
    world: &mut World,
    text: &str,
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    world.budget.grow(text.len())?;
    // Java counts UTF-16 units.
    let units = || text.encode_utf16().collect::<Vec<u16>>();
    let place = |at: Option<usize>| -> Item {
        let units = at
            .and_then(|at| text.get(..at))
            .map(|t| t.encode_utf16().count());
        units
            .and_then(|n| i32::try_from(n).ok())
            .unwrap_or(-1)
            .into()
    };
    Ok(Some(match (name, args) {
        ("length", []) => (units().len() as i32).into(),
        ("isEmpty", []) => text.is_empty().into(),
        ("isBlank", []) => text.trim().is_empty().into(),
        ("toLowerCase", []) => text.to_lowercase().into(),
        ("toUpperCase", []) => text.to_uppercase().into(),
        ("strip", []) => text.trim().into(),
        ("repeat", [many]) => {
            let many =
                usize::try_from(int(many)?).map_err(|_| Fault::failed("count is negative"))?;
            world.budget.grow(text.len().saturating_mul(many))?;
            text.repeat(many).into()
        }
        // Called as if it were one of each text, as EL calls what is static.
        ("format", [pattern, args @ ..]) => {
            let pattern = world.text(pattern)?;
            format::format(world, &pattern, args)?.into()
        }
        ("join", [between, parts @ ..]) => {
            let between = world.text(between)?;
            let parts: Vec<Item> = match parts {
                [Item::Value(Value::List(items))] => {
                    items.iter().cloned().map(Item::Value).collect()
                }
                parts => parts.to_vec(),
            };
            let mut texts = Vec::new();
            for part in &parts {
                world.budget.grow(between.len())?;
                texts.push(match part.is_null() {
                    true => "null".to_owned(),
                    false => world.text(part)?,
                });
            }
            texts.join(&between).into()
        }
        ("trim", []) => text.trim_matches(|c: char| c <= ' ').into(),
        ("equalsIgnoreCase", [other]) => {
            let other = world.text(other)?;
            (text.to_lowercase() == other.to_lowercase()).into()
        }
        ("compareTo", [other]) => {
            let other = world.text(other)?;
            sign(java_order(text, &other))
        }
        ("contains", [part]) => text.contains(&world.text(part)?).into(),
        ("startsWith", [part]) => text.starts_with(&world.text(part)?).into(),
        ("endsWith", [part]) => text.ends_with(&world.text(part)?).into(),
        ("indexOf", [part]) => place(text.find(&world.text(part)?)),
        ("lastIndexOf", [part]) => place(text.rfind(&world.text(part)?)),
        ("concat", [other]) => {
            let other = world.text(other)?;
            world.budget.grow(text.len() + other.len())?;
            format!("{text}{other}").into()
        }
        ("charAt", [at]) => {
            let at = int(at)?;
            slice(&units(), at, at.saturating_add(1))?.into()
        }
        ("substring", [from]) => {
            let units = units();
            slice(&units, int(from)?, units.len() as i32)?.into()
        }
        ("substring", [from, to]) => slice(&units(), int(from)?, int(to)?)?.into(),
        ("replace", [from, to]) => {
            let (from, to) = (world.text(from)?, world.text(to)?);
            let found = text.matches(&from).count();
            world.budget.grow(found.saturating_mul(to.len()))?;
            text.replace(&from, &to).into()
        }
        ("matches", [pattern]) => {
            let regex = regex(&world.text(pattern)?)?;
            let chars: Vec<char> = text.chars().collect();
            regex
                .matches_whole(&chars, &mut Metered(world.budget))?
                .into()
        }
        ("split", [pattern]) => {
            let pattern = world.text(pattern)?;
            let pieces = split(world.budget, text, &pattern)?;
            world.admit(Value::List(pieces))?
        }
        ("replaceAll", [pattern, to]) => {
            let (pattern, to) = (world.text(pattern)?, world.text(to)?);
            replaced(world.budget, text, (&pattern, usize::MAX), &to)?.into()
        }
        ("replaceFirst", [pattern, to]) => {
            let (pattern, to) = (world.text(pattern)?, world.text(to)?);
            replaced(world.budget, text, (&pattern, 1), &to)?.into()
        }
        _ => return Ok(None),
    }))
}

fn regex(pattern: &str) -> Result<Regex, Fault> {
    Regex::parse(pattern, "", Flavour::Java)
        .map_err(|why| Fault::failed(format!("regular expression '{}': {why}", clip(pattern))))
}

/// The pieces between matches; empty ones at the end fall away, as in Java, and so does an
/// empty one at the start that an empty match made.
fn split(budget: &mut Budget, text: &str, pattern: &str) -> Result<Vec<Value>, Fault> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces: Vec<String> = Vec::new();
    let mut from = 0;
    let found = regex(pattern)?.find_all(&chars, &mut Metered(budget))?;
    for (start, end) in found.into_iter().filter(|(_, end)| *end > 0) {
        pieces.push(chars.iter().skip(from).take(start - from).collect());
        from = end;
    }
    if from == 0 {
        return Ok(vec![text.into()]);
    }
    pieces.push(chars.iter().skip(from).collect());
    while pieces.last().is_some_and(String::is_empty) {
        pieces.pop();
    }
    Ok(pieces.into_iter().map(Value::String).collect())
}

/// The first matches replaced, at most so many.
fn replaced(
    budget: &mut Budget,
    text: &str,
    (pattern, most): (&str, usize),
    to: &str,
) -> Result<String, Fault> {
    if to.contains(['$', '\\']) {
        return Err(Fault::failed(
            "'$' and '\\' in a replacement are not supported",
        ));
    }
    let chars: Vec<char> = text.chars().collect();
    let found = regex(pattern)?.find_all(&chars, &mut Metered(budget))?;
    budget.grow(found.len().min(most).saturating_mul(to.len()))?;
    let mut out = String::new();
    let mut from = 0;
    for (start, end) in found.into_iter().take(most) {
        out.extend(chars.iter().skip(from).take(start - from));
        out.push_str(to);
        from = end;
    }
    out.extend(chars.iter().skip(from));
    Ok(out)
}

fn slice(units: &[u16], from: i32, to: i32) -> Result<String, Fault> {
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    range
        .and_then(|(from, to)| units.get(from..to))
        .map(String::from_utf16_lossy)
        .ok_or_else(|| {
            Fault::failed(format!(
                "begin {from}, end {to}, length {}: outside of the text",
                units.len()
            ))
        })
}

fn on_number(value: &Value, name: &str, args: &[Item]) -> Result<Option<Item>, Fault> {
    Ok(Some(match (name, args) {
        // Java's narrowing: a Double is held within the bounds, a Long cut to its low bits.
        ("intValue", []) => match value {
            Value::Double(n) => (*n as i32).into(),
            other => (convert::long(other)? as i32).into(),
        },
        ("shortValue", []) => Value::Short(convert::long(value)? as i16).into(),
        ("longValue", []) => convert::long(value)?.into(),
        ("isNaN", []) => matches!(value, Value::Double(n) if n.is_nan()).into(),
        ("isInfinite", []) => matches!(value, Value::Double(n) if n.is_infinite()).into(),
        ("floatValue", []) => f64::from(convert::double(value)? as f32).into(),
        ("doubleValue", []) => convert::double(value)?.into(),
        ("compareTo", [other]) => {
            let other = other.clone().into_value()?;
            match (value, &other) {
                (Value::Double(_), _) | (_, Value::Double(_)) => {
                    sign(convert::double(value)?.total_cmp(&convert::double(&other)?))
                }
                _ => sign(convert::long(value)?.cmp(&convert::long(&other)?)),
            }
        }
        _ => return Ok(None),
    }))
}

fn on_date(at: DateTime<Utc>, name: &str, args: &[Item]) -> Result<Option<Item>, Fault> {
    let other = || match args {
        [Item::Value(Value::Date(other)) | Item::DateTime(other)] => Ok(*other),
        _ => Err(Fault::failed(format!(
            "'{name}' of a Date takes another Date"
        ))),
    };
    let local = at.with_timezone(&Local);
    Ok(Some(match (name, args.len()) {
        ("before", 1) => (at < other()?).into(),
        ("after", 1) => (at > other()?).into(),
        ("compareTo", 1) => sign(at.cmp(&other()?)),
        ("getTime", 0) => at.timestamp_millis().into(),
        // Java's old getters: years from 1900, months from 0, Sunday is day 0.
        ("getYear", 0) => (local.year() - 1900).into(),
        ("getMonth", 0) => (local.month0() as i32).into(),
        ("getDate", 0) => (local.day() as i32).into(),
        ("getDay", 0) => (local.weekday().num_days_from_sunday() as i32).into(),
        ("getHours", 0) => (local.hour() as i32).into(),
        ("getMinutes", 0) => (local.minute() as i32).into(),
        ("getSeconds", 0) => (local.second() as i32).into(),
        _ => return Ok(None),
    }))
}

/// The items of a list among the arguments.
fn items_of<'i>(name: &str, item: &'i Item) -> Result<&'i [Value], Fault> {
    match item {
        Item::Value(Value::List(items)) => Ok(items),
        _ => Err(Fault::failed(format!("{name}(…) takes a list"))),
    }
}

/// Lists and maps of variables are values here: `add`, `put` and `remove` answer as in Java
/// but change a copy that nobody sees.
fn on_list(
    world: &mut World,
    items: &[Value],
    name: &str,
    args: &[Item],
) -> Result<Option<Item>, Fault> {
    let position = |wanted: &Item| match wanted {
        Item::Value(wanted) => items.iter().position(|item| item == wanted),
        _ => None,
    };
    Ok(Some(match (name, args) {
        ("size", []) => (items.len() as i32).into(),
        ("isEmpty", []) => items.is_empty().into(),
        ("get", [at]) => {
            let at = whole(at)?;
            let item = usize::try_from(at).ok().and_then(|i| items.get(i));
            let item = item.ok_or_else(|| {
                let length = items.len();
                Fault::failed(format!("Index {at} out of bounds for length {length}"))
            })?;
            world.admit(item.clone())?
        }
        ("contains", [item]) => position(item).is_some().into(),
        ("indexOf", [item]) => match position(item) {
            Some(at) => (at as i32).into(),
            None => (-1).into(),
        },
        ("lastIndexOf", [Item::Value(item)]) => {
            let at = items.iter().rposition(|other| other == item);
            at.and_then(|at| i32::try_from(at).ok())
                .unwrap_or(-1)
                .into()
        }
        ("subList", [from, to]) => {
            let (from, to) = (whole(from)?, whole(to)?);
            let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
            let part = range.and_then(|(from, to)| items.get(from..to));
            let part = part.ok_or_else(|| {
                let many = items.len();
                Fault::failed(format!(
                    "fromIndex {from}, toIndex {to} out of bounds for length {many}"
                ))
            })?;
            world.admit(Value::List(part.to_vec()))?
        }
        ("containsAll", [others]) => {
            let others = items_of(name, others)?;
            world.budget.step((items.len() * others.len()) as u64)?;
            others.iter().all(|other| items.contains(other)).into()
        }
        ("addAll", [others]) => (!items_of(name, others)?.is_empty()).into(),
        ("toArray", []) => world.admit(Value::List(items.to_vec()))?,
        ("set", [at, _]) => return on_list(world, items, "get", std::slice::from_ref(at)),
        ("clear", []) => Value::Null.into(),
        ("add", [_] | [_, _]) => true.into(),
        ("remove", [item]) => position(item).is_some().into(),
        _ => return decision::on_results(world, items, name, args),
    }))
}

fn on_map(world: &mut World, map: &Map, name: &str, args: &[Item]) -> Result<Option<Item>, Fault> {
    Ok(Some(match (name, args) {
        ("size", []) => (map.len() as i32).into(),
        ("isEmpty", []) => map.is_empty().into(),
        // An entry of `entrySet()`.
        ("getKey", []) if map.len() == 2 && map.contains_key("value") => {
            world.admit(map.get("key").cloned().unwrap_or_default())?
        }
        ("getValue", []) if map.len() == 2 && map.contains_key("key") => {
            world.admit(map.get("value").cloned().unwrap_or_default())?
        }
        ("entrySet", []) => {
            let entry = |(name, value): (&String, &Value)| {
                let entry = [("key", name.as_str().into()), ("value", value.clone())];
                Value::Map(
                    entry
                        .map(|(name, value)| (name.to_owned(), value))
                        .into_iter()
                        .collect(),
                )
            };
            world.admit(Value::List(map.iter().map(entry).collect()))?
        }
        ("putAll", [_]) | ("clear", []) => Value::Null.into(),
        ("get" | "remove", [key]) | ("put" | "putIfAbsent", [key, _]) => {
            let key = world.text(key)?;
            world.admit(map.get(&key).cloned().unwrap_or_default())?
        }
        ("getOrDefault", [key, default]) => {
            let key = world.text(key)?;
            match map.get(&key) {
                Some(value) => world.admit(value.clone())?,
                None => default.clone(),
            }
        }
        ("containsKey", [key]) => map.contains_key(&world.text(key)?).into(),
        ("containsValue", [Item::Value(value)]) => map.values().any(|v| v == value).into(),
        ("keySet", []) => {
            let keys = map.keys().cloned().map(Value::String).collect();
            world.admit(Value::List(keys))?
        }
        ("values", []) => world.admit(Value::List(map.values().cloned().collect()))?,
        _ => return decision::on_result(world, map, name, args),
    }))
}
