//! String functions; positions count code points from one.

use super::{Call, Fail, Outcome, Row, row};
use crate::feel::value::Value;

pub(super) static TABLE: &[Row] = &[
    row(
        "substring",
        &[&["string", "start position", "length?"]],
        substring,
    ),
    row("string length", &[&["string"]], |c| {
        let s = c.string(0)?;
        c.budget.step(s.len() as u64 / 64)?;
        Ok(Value::Number(s.chars().count().into()))
    }),
    row("upper case", &[&["string"]], |c| {
        let s = c.string(0)?.to_uppercase();
        c.text(s)
    }),
    row("lower case", &[&["string"]], |c| {
        let s = c.string(0)?.to_lowercase();
        c.text(s)
    }),
    row("trim", &[&["string"]], |c| {
        let s = c.string(0)?.trim().to_owned();
        c.text(s)
    }),
    row("substring before", &[&["string", "match"]], |c| {
        let (s, found) = (c.string(0)?, c.string(1)?);
        let before = s.find(&*found).map_or("", |at| &s[..at]).to_owned();
        c.text(before)
    }),
    row("substring after", &[&["string", "match"]], |c| {
        let (s, found) = (c.string(0)?, c.string(1)?);
        let after = s
            .find(&*found)
            .map_or("", |at| &s[at + found.len()..])
            .to_owned();
        c.text(after)
    }),
    row("contains", &[&["string", "match"]], |c| {
        Ok(c.string(0)?.contains(&*c.string(1)?).into())
    }),
    row("starts with", &[&["string", "match"]], |c| {
        Ok(c.string(0)?.starts_with(&*c.string(1)?).into())
    }),
    row("ends with", &[&["string", "match"]], |c| {
        Ok(c.string(0)?.ends_with(&*c.string(1)?).into())
    }),
    row("string join", &[&["list", "delimiter?"]], string_join),
];

fn substring(c: &mut Call<'_, '_>) -> Outcome {
    let s = c.string(0)?;
    c.budget.step(s.len() as u64 / 64)?;
    let length = s.chars().count() as i64;
    let start = match c.integer(1)? {
        0 => return Err(Fail::null("positions count from one")),
        n if n > 0 => n - 1,
        n => length.saturating_add(n),
    };
    if !(0..length.max(1)).contains(&start) {
        return Err(Fail::null("the start is outside of the string"));
    }
    let count = if c.has(2) { c.integer(2)? } else { length };
    if count < 1 && c.has(2) {
        return Err(Fail::null("the length is less than one"));
    }
    let part = s
        .chars()
        .skip(start as usize)
        .take(usize::try_from(count).unwrap_or(0))
        .collect();
    c.text(part)
}

fn string_join(c: &mut Call<'_, '_>) -> Outcome {
    let items = c.list(0)?;
    let delimiter = if c.has(1) { c.string(1)? } else { "".into() };
    let mut parts: Vec<&str> = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item {
            Value::String(s) => parts.push(s),
            Value::Null => {}
            other => return Err(super::wrong("strings", other)),
        }
    }
    let bytes = parts
        .iter()
        .map(|p| p.len() + delimiter.len())
        .sum::<usize>();
    c.budget.allocate(bytes)?;
    c.text(parts.join(&delimiter))
}
