//! Context functions.

use super::{Call, Fail, Outcome, Row, row, wrong};
use crate::feel::value::{Context, List, Value};
use std::sync::Arc;

pub(super) static TABLE: &[Row] = &[
    row("get value", &[&["m", "key"]], |c| {
        let (m, key) = (c.context(0)?, c.string(1)?);
        m.get(&key)
            .cloned()
            .ok_or(Fail::null("the context has no such entry"))
    }),
    row("get entries", &[&["m"]], |c| {
        let m = c.context(0)?;
        let mut entries = Vec::with_capacity(m.entries().len());
        for (key, value) in m.entries() {
            entries.push(entry(c, key.clone(), value.clone())?);
        }
        c.make(entries)
    }),
    row("context", &[&["entries"]], from_entries),
    row(
        "context put",
        &[&["context", "key", "value"], &["context", "keys", "value"]],
        put,
    ),
    row("context merge", &[&["contexts"]], |c| {
        let contexts = c.list(0)?;
        merge(c, &contexts)
    }),
];

fn entry(c: &mut Call<'_, '_>, key: Arc<str>, value: Value) -> Outcome {
    c.budget.allocate(200)?;
    let mut entry = Context::new();
    entry.put("key".into(), Value::String(key))?;
    entry.put("value".into(), value)?;
    Ok(Value::Context(Arc::new(entry)))
}

fn from_entries(c: &mut Call<'_, '_>) -> Outcome {
    let entries = c.list(0)?;
    let mut made = Context::new();
    for entry in entries.iter() {
        let Value::Context(entry) = entry else {
            return Err(wrong("contexts with `key` and `value`", entry));
        };
        c.budget.allocate(80)?;
        match (entry.get("key"), entry.get("value")) {
            (Some(Value::String(key)), Some(value)) if made.get(key).is_none() => {
                made.put(key.clone(), value.clone())?
            }
            (Some(Value::String(_)), Some(_)) => {
                return Err(Fail::null("two entries have the same key"));
            }
            _ => return Err(Fail::null("an entry lacks `key` or `value`")),
        }
    }
    Ok(Value::Context(Arc::new(made)))
}

pub(super) fn put(c: &mut Call<'_, '_>) -> Outcome {
    let context = c.context(0)?;
    let value = c.any(2).clone();
    let path: Vec<Arc<str>> = match c.any(1) {
        Value::String(key) if c.form != Some(1) => vec![key.clone()],
        Value::List(keys) if !keys.is_empty() && c.form != Some(0) => {
            let key = |k: &Value| match k {
                Value::String(key) => Ok(key.clone()),
                other => Err(wrong("string keys", other)),
            };
            keys.iter().map(key).collect::<Result<_, _>>()?
        }
        other => return Err(wrong("a key", other)),
    };
    // Down to the context that changes, then back up with copies.
    let (last, outer) = path.split_last().ok_or(Fail::null("there is no key"))?;
    let mut contexts = vec![context];
    for key in outer {
        match contexts.last().and_then(|here| here.get(key)) {
            Some(Value::Context(inner)) => contexts.push(inner.clone()),
            _ => return Err(Fail::null("a key leads to no context")),
        }
    }
    let mut made = value;
    for (context, key) in contexts
        .iter()
        .rev()
        .zip(std::iter::once(last).chain(outer.iter().rev()))
    {
        c.budget.allocate(context.entries().len() * 80 + 80)?;
        c.budget.step(context.entries().len() as u64)?;
        let mut copy = Context::clone(context);
        copy.put(key.clone(), made)?;
        made = Value::Context(Arc::new(copy));
    }
    Ok(made)
}

pub(super) fn merge(c: &mut Call<'_, '_>, contexts: &List) -> Outcome {
    let mut made = Context::new();
    for context in contexts.iter() {
        let Value::Context(context) = context else {
            return Err(wrong("contexts", context));
        };
        c.budget.allocate(context.entries().len() * 80)?;
        c.budget.step(context.entries().len() as u64)?;
        for (key, value) in context.entries() {
            made.put(key.clone(), value.clone())?;
        }
    }
    Ok(Value::Context(Arc::new(made)))
}
