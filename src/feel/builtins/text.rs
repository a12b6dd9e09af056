//! String functions; positions count code points from one.

use super::{Call, Fail, Outcome, Row, row};
use crate::feel::value::Value;
use crate::regex::{Flavour, Groups, Regex};

pub(super) static TABLE: &[Row] = &[
    row("substring", SUBSTRING, |c| substring(c, false)),
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
    row("string join", &[&["list", "delimiter?"]], |c| {
        string_join(c, "", "")
    }),
    row("matches", &[&["input", "pattern", "flags?"]], |c| {
        let input: Vec<char> = c.string(0)?.chars().collect();
        let regex = regex(c, 1, 2)?;
        Ok(regex.find(&input, 0, c.budget)?.is_some().into())
    }),
    row(
        "replace",
        &[&["input", "pattern", "replacement", "flags?"]],
        replace,
    ),
    row("split", &[&["string", "delimiter"]], |c| {
        let input: Vec<char> = c.string(0)?.chars().collect();
        let regex = regex(c, 1, 2)?;
        let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
        while let Some(found) = next(&regex, &input, at, c)? {
            let (start, end) = found[0].unwrap_or((at, at));
            if end == start {
                return Err(Fail::null("the delimiter matches nothing at all"));
            }
            parts.push(Value::from(input[from..start].iter().collect::<String>()));
            (from, at) = (end, end);
        }
        parts.push(Value::from(input[from..].iter().collect::<String>()));
        c.budget.allocate(input.len())?;
        c.make(parts)
    }),
];

/// How `substring` is called.
pub(super) const SUBSTRING: &[&[&str]] = &[&["string", "start position", "length?"]];

/// A part of a text. A length beyond its end is out of the domain in DMN (table 74, note 1);
/// FEEL-Scala gives what there is.
pub(super) fn substring(c: &mut Call<'_, '_>, to_end: bool) -> Outcome {
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
    if c.has(2) && !to_end && count > length - start {
        return Err(Fail::null("the string ends before that"));
    }
    let part = s
        .chars()
        .skip(start as usize)
        .take(usize::try_from(count).unwrap_or(0))
        .collect();
    c.text(part)
}

/// Texts one behind the other, between a prefix and a suffix.
pub(super) fn string_join(c: &mut Call<'_, '_>, prefix: &str, suffix: &str) -> Outcome {
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
    c.budget.allocate(bytes + prefix.len() + suffix.len())?;
    let joined = [prefix, &parts.join(&delimiter), suffix].concat();
    c.text(joined)
}

/// Every match of a pattern.
pub(super) fn extract(c: &mut Call<'_, '_>) -> Outcome {
    let input: Vec<char> = c.string(0)?.chars().collect();
    let regex = Regex::parse(&c.string(1)?, "", Flavour::Java)
        .map_err(|why| Fail::Null(format!("the pattern is not valid: {why}").into()))?;
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(groups) = next(&regex, &input, at, c)? {
        let (start, end) = groups[0].unwrap_or((at, at));
        c.budget.allocate(end - start + 16)?;
        found.push(Value::from(input[start..end].iter().collect::<String>()));
        at = end.max(start + 1);
    }
    c.make(found)
}

/// The pattern and flags of a call.
fn regex(c: &Call<'_, '_>, pattern: usize, flags: usize) -> Result<Regex, Fail> {
    let flags = if c.has(flags) {
        c.string(flags)?
    } else {
        "".into()
    };
    Regex::parse(&c.string(pattern)?, &flags, Flavour::XPath)
        .map_err(|why| Fail::Null(format!("the pattern is not valid: {why}").into()))
}

fn next(
    regex: &Regex,
    input: &[char],
    at: usize,
    c: &mut Call<'_, '_>,
) -> Result<Option<Groups>, Fail> {
    if at > input.len() {
        Ok(None)
    } else {
        Ok(regex.find(input, at, c.budget)?)
    }
}

/// Replaces every match; `$1` to `$99` are its groups, `$0` all of it.
fn replace(c: &mut Call<'_, '_>) -> Outcome {
    let input: Vec<char> = c.string(0)?.chars().collect();
    let replacement: Vec<char> = c.string(2)?.chars().collect();
    let regex = regex(c, 1, 3)?;
    let (mut output, mut from) = (String::new(), 0);
    while let Some(found) = next(&regex, &input, from, c)? {
        let (start, end) = found[0].unwrap_or((from, from));
        if end == start {
            return Err(Fail::null("the pattern matches nothing at all"));
        }
        let before = output.len();
        output.extend(&input[from..start]);
        expand(&replacement, &found, &input, &mut output)?;
        c.budget.allocate(output.len() - before)?;
        from = end;
    }
    output.extend(&input[from.min(input.len())..]);
    c.text(output)
}

fn expand(
    replacement: &[char],
    found: &Groups,
    input: &[char],
    output: &mut String,
) -> Result<(), Fail> {
    let mut at = 0;
    while let Some(&c) = replacement.get(at) {
        at += 1;
        match (c, replacement.get(at)) {
            ('\\', Some(&escaped @ ('\\' | '$'))) => {
                output.push(escaped);
                at += 1;
            }
            ('$', Some(digit)) if digit.is_ascii_digit() => {
                let mut group = 0;
                // As many digits as there are groups for.
                while let Some(digit) = replacement.get(at).and_then(|d| d.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if group > 0 && longer >= found.len() {
                        break;
                    }
                    group = longer;
                    at += 1;
                }
                if let Some((start, end)) = found.get(group).copied().flatten() {
                    output.extend(&input[start..end]);
                }
            }
            ('$' | '\\', _) => {
                return Err(Fail::null(
                    "write `\\\\$` for a dollar sign in the replacement",
                ));
            }
            (other, _) => output.push(other),
        }
    }
    Ok(())
}
