//! FEEL values from and to process variables.

use super::budget::{Limit, MAX_VALUE_DEPTH};
use super::number::Number;
use super::temporal::DateTime;
use super::value::{Context, Value};
use crate::value::Value as Variable;
use std::sync::Arc;

/// How dates and doubles come in.
#[derive(Clone, Copy)]
struct Ways {
    dates: fn(chrono::DateTime<chrono::Utc>) -> Option<DateTime>,
    doubles: fn(f64) -> Option<Number>,
}

impl Value {
    /// The FEEL value of a process variable. A date is an instant, and becomes the date-time that
    /// this machine's clock shows then, with its offset: the day is the one that
    /// [`to_variable`](Value::to_variable) was given. A secret and what only another machine
    /// understands become null.
    pub fn from_variable(variable: &Variable) -> Result<Value, Limit> {
        let ways = Ways {
            dates: DateTime::here,
            doubles: Number::from_f64,
        };
        from_variable(variable, MAX_VALUE_DEPTH, ways)
    }

    /// The same as Camunda has it: a `java.util.Date` becomes that date-time without its offset, a
    /// `Double` keeps the zero of its text (FEEL-Scala's `DefaultValueMapper`).
    pub fn from_camunda(variable: &Variable) -> Result<Value, Limit> {
        let ways = Ways {
            dates: DateTime::by_local_clock,
            doubles: as_written,
        };
        from_variable(variable, MAX_VALUE_DEPTH, ways)
    }

    /// The FEEL value of JSON.
    pub fn from_json(json: &serde_json::Value) -> Result<Value, Limit> {
        from_json(json, MAX_VALUE_DEPTH)
    }

    /// The process variable that a FEEL value becomes: a number a Long when it is whole and
    /// fits, else a Double; a date or date-time a Date (without a zone: by this machine's clock);
    /// times, durations, ranges and functions their text.
    pub fn to_variable(&self) -> Variable {
        match self {
            Value::Null => Variable::Null,
            Value::Boolean(b) => Variable::Boolean(*b),
            Value::Number(n) => n
                .to_i64()
                .map_or_else(|| Variable::Double(n.to_f64()), Variable::Long),
            Value::String(s) => Variable::String(s.to_string()),
            Value::Date(d) => date(d.midnight(), self),
            Value::DateTime(t) => date(*t, self),
            Value::List(items) => Variable::List(items.iter().map(Value::to_variable).collect()),
            Value::Context(context) => Variable::Map(
                context
                    .entries()
                    .iter()
                    .map(|(k, v)| (k.to_string(), v.to_variable()))
                    .collect(),
            ),
            Value::Time(_) | Value::Duration(_) | Value::Range(_) | Value::Function(_) => {
                Variable::String(self.to_string())
            }
        }
    }
}

/// An instant, or its text where a process variable can not hold it.
fn date(moment: DateTime, value: &Value) -> Variable {
    moment
        .to_utc()
        .map_or_else(|| Variable::String(value.to_string()), Variable::Date)
}

/// A double as Java writes it, `3.0`, as far as it has no exponent there.
fn as_written(double: f64) -> Option<Number> {
    let plain = (1e-3..1e7).contains(&double.abs());
    let written = plain.then(|| Number::parse(&format!("{double:?}")));
    written.unwrap_or_else(|| Number::from_f64(double))
}

fn from_variable(variable: &Variable, levels: u16, ways: Ways) -> Result<Value, Limit> {
    let below = levels.checked_sub(1).ok_or(Limit::Nesting)?;
    Ok(match variable {
        Variable::Null
        | Variable::Secret(_)
        | Variable::Bytes(_)
        | Variable::File(_)
        | Variable::Object(_) => Value::Null,
        Variable::Boolean(b) => Value::Boolean(*b),
        Variable::Short(n) => Value::from(i64::from(*n)),
        Variable::Integer(n) => Value::from(i64::from(*n)),
        Variable::Long(n) => Value::from(*n),
        Variable::Double(f) => (ways.doubles)(*f).map_or(Value::Null, Value::Number),
        Variable::String(s) | Variable::Xml(s) => Value::from(s.as_str()),
        Variable::Date(at) => (ways.dates)(*at).map_or(Value::Null, Value::DateTime),
        Variable::Json(json) => from_json(json, levels)?,
        Variable::List(items) => Value::list(
            items
                .iter()
                .map(|v| from_variable(v, below, ways))
                .collect::<Result<_, _>>()?,
        )?,
        Variable::Map(map) => context(map.iter(), |v| from_variable(v, below, ways))?,
    })
}

fn from_json(json: &serde_json::Value, levels: u16) -> Result<Value, Limit> {
    use serde_json::Value as J;
    let below = levels.checked_sub(1).ok_or(Limit::Nesting)?;
    Ok(match json {
        J::Null => Value::Null,
        J::Bool(b) => Value::Boolean(*b),
        J::Number(n) => Number::parse(&n.to_string()).map_or(Value::Null, Value::Number),
        J::String(s) => Value::from(s.as_str()),
        J::Array(items) => Value::list(
            items
                .iter()
                .map(|v| from_json(v, below))
                .collect::<Result<_, _>>()?,
        )?,
        J::Object(map) => context(map.iter(), |v| from_json(v, below))?,
    })
}

fn context<'a, T: 'a>(
    entries: impl Iterator<Item = (&'a String, &'a T)>,
    convert: impl Fn(&T) -> Result<Value, Limit>,
) -> Result<Value, Limit> {
    let mut context = Context::new();
    for (key, value) in entries {
        context.put(key.as_str().into(), convert(value)?)?;
    }
    Ok(Value::Context(Arc::new(context)))
}
