//! Functions of FEEL-Scala that DMN does not have or has otherwise, as Camunda 7.21 brings them
//! (1.17.5). They are known where the scope says so. Left out: `assert`, `random number`.

use super::{Call, Fail, Outcome, Row, context, list, row, text};
use crate::feel::budget::Reason;
use crate::feel::temporal::Date;
use crate::feel::value::Value;
use std::fmt::Write;

pub(super) static TABLE: &[Row] = &[
    row("is defined", &[&["value"]], |c| {
        excuse(c);
        Ok((!c.any(0).is_null()).into())
    }),
    row("get or else", &[&["value", "default"]], |c| {
        excuse(c);
        let given = usize::from(c.any(0).is_null());
        Ok(c.any(given).clone())
    }),
    row("substring", text::SUBSTRING, |c| text::substring(c, true)),
    row(
        "string join",
        &[
            &["list", "delimiter?"],
            &["list", "delimiter", "prefix", "suffix"],
        ],
        |c| match (c.any(2), c.any(3)) {
            (Value::Null, Value::Null) => text::string_join(c, "", ""),
            (Value::String(prefix), Value::String(suffix)) => {
                let (prefix, suffix) = (prefix.clone(), suffix.clone());
                text::string_join(c, &prefix, &suffix)
            }
            _ => Err(Fail::null("prefix and suffix go together, both strings")),
        },
    ),
    row("and", &[&["list"], &["b*"]], |c| list::quantifier(c, false)),
    row("or", &[&["list"], &["b*"]], |c| list::quantifier(c, true)),
    row("sublist", SUBLIST, |c| {
        let from = place(c)?;
        let items = c.list(0)?;
        let length = match c.has(2) {
            true => c.integer(2)?,
            false => items.len() as i64,
        };
        let (from, to) = (
            within(&items, from),
            within(&items, from.saturating_add(length)),
        );
        c.make(items.get(from..to).unwrap_or_default().to_vec())
    }),
    row("insert before", list::INSERT, |c| {
        let at = place(c)?;
        let list = c.list(0)?;
        let mut items = list.to_vec();
        items.insert(within(&list, at), c.any(2).clone());
        c.make(items)
    }),
    row("remove", list::REMOVE, |c| {
        let (from, to) = (place(c)?, index(c, 1)?);
        let list = c.list(0)?;
        let mut items = list[..within(&list, from)].to_vec();
        items.extend_from_slice(&list[within(&list, to)..]);
        c.make(items)
    }),
    row("string", &[&["from"]], |c| {
        let value = match c.any(0) {
            Value::Null => return Err(Fail::null("null has no text")),
            value => value.clone(),
        };
        let weight = value.weight();
        c.budget.step(weight)?;
        c.budget.allocate(weight as usize * 4)?;
        let mut text = String::new();
        match value {
            Value::String(own) => text.push_str(&own),
            value => write(&value, &mut text),
        }
        c.text(text)
    }),
    row("extract", &[&["input", "pattern"]], text::extract),
    row("duplicate values", &[&["list"]], list::duplicates),
    row("last day of month", &[&["date"]], |c| {
        let date = c.date(0)?;
        let first = Date::new(date.year(), date.month(), 1);
        let next = first.and_then(|first| first.add_months(1));
        let last = next.and_then(|next| Date::from_days(next.days() - 1));
        Ok(last.map_or(Value::Null, Value::Date))
    }),
    row("put", &[&["context", "key", "value"]], context::put),
    row("put all", &[&["contexts*"]], |c| -> Outcome {
        let contexts = c.items()?;
        context::merge(c, &contexts)
    }),
];

/// How `sublist` is called; FEEL-Scala's second parameter has a name of its own.
const SUBLIST: &[&[&str]] = &[
    &["list", "start position", "length?"],
    &["list", "start", "length?"],
];

/// That a name means nothing is what these ask, and no reason to tell.
fn excuse(c: &mut Call<'_, '_>) {
    let said = c.budget.reasons().len();
    let unknown = c.budget.reasons().last().is_some_and(Reason::is_unknown);
    if unknown && c.any(0).is_null() && !c.budget.has_all_reasons() {
        c.budget.forget_reasons_since(said - 1);
    }
}

/// The place from zero that a position means, perhaps outside of the list.
fn place(c: &mut Call<'_, '_>) -> Result<i64, Fail> {
    index(c, 0)
}

fn index(c: &mut Call<'_, '_>, behind: i64) -> Result<i64, Fail> {
    let length = c.list(0)?.len() as i64;
    let position = c.integer(1)?.saturating_add(behind);
    Ok(match position > 0 {
        true => position - 1,
        false => length.saturating_add(position),
    })
}

/// A place as one of the list or its end.
fn within(list: &[Value], place: i64) -> usize {
    usize::try_from(place).unwrap_or(0).min(list.len())
}

/// FEEL-Scala's `toString`. As deep as values nest.
fn write(value: &Value, text: &mut String) {
    let many = |text: &mut String, ix: usize| text.push_str(if ix > 0 { ", " } else { "" });
    match value {
        Value::Number(number) => text.push_str(&number.written()),
        Value::String(own) => _ = write!(text, "\"{own}\""),
        Value::List(items) => {
            text.push('[');
            for (ix, item) in items.iter().enumerate() {
                many(text, ix);
                write(item, text);
            }
            text.push(']');
        }
        Value::Context(context) => {
            text.push('{');
            for (ix, (key, value)) in context.entries().iter().enumerate() {
                many(text, ix);
                _ = write!(text, "{key}:");
                write(value, text);
            }
            text.push('}');
        }
        other => _ = write!(text, "{other}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::feel::{Budget, Expression, ParseScope, Scope, UnaryTests, Value};

    #[test]
    fn functions_do_as_those_of_feel_scala() {
        for (text, wanted) in [
            (
                "string join([\"a\", null, \"b\"], \"-\", \"<\", \">\")",
                "<a-b>",
            ),
            ("string join([\"a\", \"b\"], null, \"<\", \">\")", "<ab>"),
            ("string join([\"a\"], \",\", null, null)", "a"),
            ("string join([\"a\"], \",\", null, \">\")", "null"),
            ("string join([\"a\"], \",\", \"<\")", "null"),
            ("and([true, false])", "false"),
            ("and(true, null)", "null"),
            ("or([false, true, null])", "true"),
            ("or(false, false) and and([true])", "false"),
            ("sublist([1, 2, 3], 2, 9)", "[2, 3]"),
            ("sublist([1, 2, 3], 4)", "[]"),
            ("sublist(list: [1, 2, 3], start: 2)", "[2, 3]"),
            ("sublist([1, 2, 3], -5, 3)", "[1]"),
            ("sublist([1, 2, 3], -2)", "[2, 3]"),
            ("sublist([1, 2, 3], 1, -1)", "[]"),
            ("remove([1, 2, 3], 2)", "[1, 3]"),
            ("remove([1, 2, 3], -1)", "[1, 2]"),
            ("remove([1, 2, 3], 5)", "[1, 2, 3]"),
            ("remove([1, 2], 0)", "[1, 2, 1, 2]"),
            ("insert before([1, 2], 2, 9)", "[1, 9, 2]"),
            ("insert before([1, 2], 7, 9)", "[1, 2, 9]"),
            ("insert before([1, 2], -7, 9)", "[9, 1, 2]"),
            ("string(1.50)", "1.50"),
            ("string(1.5 * 2)", "3.0"),
            ("string(10/4)", "2.5"),
            (
                "string({a: 1, b c: [\"x\\\"y\", null]})",
                "{a:1, b c:[\"x\"y\", null]}",
            ),
            ("string(\"a\")", "a"),
            ("string(null)", "null"),
            ("string(@\"2026-01-31\")", "2026-01-31"),
        ] {
            let parsed = Expression::parse(text, &ParseScope::new().camunda());
            let parsed = parsed.unwrap_or_else(|e| panic!("{text}: {e}"));
            let value = parsed.eval(&Scope::new(), &mut Budget::default());
            assert_eq!(value.unwrap().to_string(), wanted, "{text}");
        }
        assert!(Expression::parse("and([true])", &ParseScope::new()).is_err());
    }

    #[test]
    fn a_cell_may_be_a_conjunction_by_name() {
        let cell = UnaryTests::parse("and([? > 1, ? < 5])", &ParseScope::new().camunda());
        let cell = cell.unwrap();
        let holds = |n: i64| cell.matches(&Value::from(n), &Scope::new(), &mut Budget::default());
        assert_eq!([holds(3).unwrap(), holds(7).unwrap()], [true, false]);
    }
}
