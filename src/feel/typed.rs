//! Values as people type them: on the command line with the name of a type, in a dialog by what
//! the model says.

use super::budget::{Allowance, Budget, EvalError, Limit};
use super::builtins::at_literal;
use super::number::Number;
use super::scope::Scope;
use super::temporal::{Date, DateTime, Duration, Time};
use super::types::Type;
use super::value::Value;
use super::{Expression, ParseScope, SyntaxError};
use chrono::Utc;
use std::sync::Arc;
use thiserror::Error;

/// The types by whose names values are typed, with an example of each.
const TYPES: [(&str, &str); 8] = [
    ("string", "some text"),
    ("number", "0.5"),
    ("boolean", "true"),
    ("date", "2026-01-31"),
    ("time", "17:30:00"),
    ("dateTime", "2026-01-31T17:30:00"),
    ("duration", "P2D or P1Y6M"),
    ("feel", "[1, date(\"2026-01-31\")]"),
];

/// Why a text is no value of a type. Says nothing of the text, which may be a secret; except of an
/// expression, whose author needs to see where it is wrong, and which is no place for a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TypedError {
    /// No such type.
    #[error("there is no type '{0}'. Write {list}", list = names())]
    Unknown(String),
    /// A text that is no value of its type.
    #[error("the text is no {0}. Write it such as {1}")]
    Wrong(&'static str, &'static str),
    /// Not FEEL.
    #[error("the text is not valid FEEL: {0}")]
    Syntax(SyntaxError),
    /// An expression that met a limit.
    #[error("{0}")]
    Stopped(EvalError),
    /// An expression without a value.
    #[error("the expression gives null: {0}")]
    Null(String),
}

fn names() -> String {
    let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// The value that a text is of the type of a name: `string`, `number`, `boolean`, `date`, `time`,
/// `dateTime`, `duration`, or `feel` for an expression.
pub fn typed(name: &str, text: &str, now: chrono::DateTime<Utc>) -> Result<Value, TypedError> {
    let mut types = TYPES.iter().copied();
    let Some((name, example)) = types.find(|(known, _)| *known == name) else {
        return Err(TypedError::Unknown(name.chars().take(40).collect()));
    };
    let trimmed = text.trim();
    let value = match name {
        "string" => Some(Value::from(text)),
        "number" => Number::parse(trimmed).map(Value::Number),
        "boolean" => trimmed.parse().ok().map(Value::Boolean),
        "date" => Date::parse(trimmed).map(Value::Date),
        "time" => Time::parse(trimmed).map(Value::Time),
        "dateTime" => DateTime::parse(trimmed).map(Value::DateTime),
        "duration" => Duration::parse(trimmed).map(Value::Duration),
        _ => return evaluated(text, now),
    };
    value.ok_or(TypedError::Wrong(name, example))
}

fn evaluated(text: &str, now: chrono::DateTime<Utc>) -> Result<Value, TypedError> {
    let expression = Expression::parse(text, &ParseScope::new()).map_err(TypedError::Syntax)?;
    let mut budget = Allowance::default().budget();
    let scope = Scope::new().at(now);
    let value = expression.eval(&scope, &mut budget);
    match (
        value.map_err(TypedError::Stopped)?,
        budget.reasons().first(),
    ) {
        (Value::Null, Some(reason)) => Err(TypedError::Null(reason.message.clone())),
        (value, _) => Ok(value),
    }
}

/// What a person types where a model may say of what type it is: nothing and `null` are null, JSON
/// and FEEL's literals such as `@"2026-01-31"` mean that, a text of the type a value of it; all
/// else is text, as is everything where the model asks for text.
pub fn read(text: &str, of: Option<&Type>) -> Result<Value, Limit> {
    let trimmed = text.trim();
    let of = of.map(Type::bare);
    if matches!(trimmed, "" | "null") {
        return Ok(Value::Null);
    }
    if let Some(value) = of.and_then(|of| of.read(trimmed)) {
        return Ok(value);
    }
    let json = serde_json::from_str::<serde_json::Value>(trimmed);
    match json {
        Ok(serde_json::Value::String(text)) => return Ok(Value::from(text)),
        Ok(json) if of != Some(&Type::String) => {
            let value = Value::from_json(&json)?;
            return Ok(of.map_or(value.clone(), |of| of.understood(value)));
        }
        _ => {}
    }
    let literal = Expression::parse(trimmed, &ParseScope::new()).ok();
    if let Some(literal) = literal.filter(|e| e.is_literal() && of != Some(&Type::String)) {
        let value = literal.eval(&Scope::new(), &mut Budget::default());
        return Ok(value.unwrap_or_else(|_| Value::from(text)));
    }
    Ok(Value::from(text))
}

impl Type {
    /// The type without what it asks of its values.
    fn bare(&self) -> &Type {
        match self {
            Type::Restricted(restriction) => restriction.of.bare(),
            of => of,
        }
    }

    /// JSON has no dates, times and durations: those that the type asks for are read from the texts
    /// in a value. As deep as the value nests.
    pub fn understood(&self, value: Value) -> Value {
        let of = self.bare();
        match (of, &value) {
            (
                Type::Date | Type::Time | Type::DateTime | Type::Months | Type::Nanos,
                Value::String(text),
            ) => of.read(text).unwrap_or(value),
            (Type::List(of), Value::List(items)) => {
                let items = items.iter().map(|item| of.understood(item.clone()));
                Value::list(items.collect()).unwrap_or(value)
            }
            (Type::Context(members), Value::Context(context)) => {
                let mut context = (**context).clone();
                for (name, of) in members.iter() {
                    let Some(member) = context.get(name).cloned() else {
                        continue;
                    };
                    if context.put(name.clone(), of.understood(member)).is_err() {
                        return value;
                    }
                }
                Value::Context(Arc::new(context))
            }
            _ => value,
        }
    }

    /// A text as a number, truth, date, time or duration of the type, where it is one.
    pub fn read(&self, text: &str) -> Option<Value> {
        let value = match self.bare() {
            Type::Number => Number::parse(text).map(Value::Number),
            Type::Boolean => text.parse().ok().map(Value::Boolean),
            Type::Date | Type::Time | Type::DateTime | Type::Months | Type::Nanos => {
                at_literal(text)
            }
            _ => None,
        };
        value.filter(|value| self.conforms(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> chrono::DateTime<Utc> {
        chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_name_says_the_type() {
        let shown = |name: &str, text: &str| {
            let value = typed(name, text, now()).map_err(|e| e.to_string())?;
            Ok::<_, String>(format!("{}: {value}", value.type_name()))
        };
        for (name, text, wanted) in [
            ("string", "5", "string: 5"),
            ("number", "0.10", "number: 0.1"),
            ("boolean", "true", "boolean: true"),
            ("date", "2023-05-05", "date: 2023-05-05"),
            ("time", "10:00:00", "time: 10:00:00"),
            (
                "dateTime",
                "2023-05-05T10:00:00Z",
                "date and time: 2023-05-05T10:00:00Z",
            ),
            ("duration", "P1Y", "years and months duration: P1Y"),
            ("duration", "PT1H", "days and time duration: PT1H"),
            ("feel", "[1 + 1, @\"2023-05-05\"]", "list: [2, 2023-05-05]"),
        ] {
            assert_eq!(shown(name, text), Ok(wanted.to_owned()));
        }
        let told = shown("date", "hunter2").unwrap_err();
        assert_eq!(told, "the text is no date. Write it such as 2026-01-31");
        let told = shown("dat", "2023-05-05").unwrap_err();
        assert!(
            told.starts_with("there is no type 'dat'. Write string, number"),
            "{told}"
        );
        let told = shown("feel", "1 + \"a\"").unwrap_err();
        assert!(
            told.contains("number and string can not be added"),
            "{told}"
        );
    }

    #[test]
    fn what_is_typed_is_of_the_type_that_the_model_says() {
        let date = Type::Date;
        for (text, of, wanted) in [
            ("2023-05-05", Some(&date), "date: 2023-05-05"),
            ("2023-05-05", None, "string: 2023-05-05"),
            ("@\"2023-05-05\"", None, "date: 2023-05-05"),
            ("date(\"2023-05-05\")", None, "date: 2023-05-05"),
            ("soon", Some(&date), "string: soon"),
            ("007", Some(&Type::String), "string: 007"),
            ("\"7\"", Some(&Type::String), "string: 7"),
            ("7", None, "number: 7"),
            ("[1, \"a\"]", None, "list: [1, \"a\"]"),
            ("true", Some(&Type::Boolean), "boolean: true"),
            ("null", Some(&Type::String), "null: null"),
            (" ", None, "null: null"),
            ("an order", None, "string: an order"),
            (
                "0.1234567890123456789012345678",
                Some(&Type::Number),
                "number: 0.1234567890123456789012345678",
            ),
        ] {
            let value = read(text, of).unwrap();
            assert_eq!(format!("{}: {value}", value.type_name()), wanted, "{text}");
        }
    }
}
