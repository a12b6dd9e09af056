//! Functions of FEEL-Scala that DMN does not have or has otherwise, as Camunda 7.21 brings them
//! (1.17.5). They are known where the scope says so. Left out: `assert`, `random number`.

use super::{Outcome, Row, context, list, row, text};
use crate::feel::temporal::Date;
use crate::feel::value::Value;

pub(super) static TABLE: &[Row] = &[
    row("is defined", &[&["value"]], |c| {
        Ok((!c.any(0).is_null()).into())
    }),
    row("get or else", &[&["value", "default"]], |c| {
        let given = usize::from(c.any(0).is_null());
        Ok(c.any(given).clone())
    }),
    row("substring", text::SUBSTRING, |c| text::substring(c, true)),
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
