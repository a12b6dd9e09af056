//! The types of FEEL, for `instance of` and for results that must conform.

use super::temporal::Duration;
use super::value::Value;
use std::sync::Arc;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Everything but null in `instance of`.
    Any,
    /// `Null`.
    Null,
    /// `number`.
    Number,
    /// `string`.
    String,
    /// `boolean`.
    Boolean,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `date and time`.
    DateTime,
    /// `years and months duration`.
    Months,
    /// `days and time duration`.
    Nanos,
    /// `list<T>`.
    List(Arc<Type>),
    /// `context<name: T, …>`.
    Context(Arc<[(Arc<str>, Type)]>),
    /// `range<T>`.
    Range(Arc<Type>),
    /// `function<T, …> -> T`; without a signature every function.
    Function(Option<Arc<Signature>>),
}

/// The parameters and the result of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// Types of the parameters.
    pub params: Vec<Type>,
    /// Type of the result.
    pub result: Type,
}

impl Type {
    /// The built-in type of this name.
    pub fn named(name: &str) -> Option<Type> {
        Some(match name {
            "Any" => Type::Any,
            "Null" => Type::Null,
            "number" => Type::Number,
            "string" => Type::String,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "time" => Type::Time,
            "date and time" | "dateTime" => Type::DateTime,
            "years and months duration" | "yearMonthDuration" => Type::Months,
            "days and time duration" | "dayTimeDuration" => Type::Nanos,
            "list" => Type::List(Arc::new(Type::Any)),
            "context" => Type::Context([].into()),
            "range" => Type::Range(Arc::new(Type::Any)),
            "function" => Type::Function(None),
            _ => return None,
        })
    }

    /// Whether a value that is not null is of the type.
    fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Any, value) => !value.is_null(),
            (Type::Null, Value::Null)
            | (Type::Number, Value::Number(_))
            | (Type::String, Value::String(_))
            | (Type::Boolean, Value::Boolean(_))
            | (Type::Date, Value::Date(_))
            | (Type::Time, Value::Time(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::Months, Value::Duration(Duration::Months(_)))
            | (Type::Nanos, Value::Duration(Duration::Nanos(_))) => true,
            (Type::List(of), Value::List(list)) => list.iter().all(|item| of.conforms(item)),
            (Type::Context(members), Value::Context(context)) => members
                .iter()
                .all(|(name, of)| context.get(name).is_some_and(|value| of.conforms(value))),
            (Type::Range(of), Value::Range(range)) => [&range.start, &range.end]
                .into_iter()
                .flatten()
                .all(|end| of.conforms(end)),
            (Type::Function(signature), Value::Function(function)) => signature
                .as_ref()
                .is_none_or(|signature| signature.params.len() == function.arity()),
            _ => false,
        }
    }

    /// `instance of`: null is of type `Null` only.
    pub fn has_instance(&self, value: &Value) -> bool {
        self.holds(value)
    }

    /// Whether a value may stand where the type is asked for; null always may.
    pub fn conforms(&self, value: &Value) -> bool {
        value.is_null() || self.holds(value)
    }

    /// The value as one of this type: itself, the only item of a list, or a list of itself;
    /// null when it can not be.
    pub fn coerce(&self, value: Value) -> Value {
        if self.conforms(&value) {
            return value;
        }
        match (self, &value) {
            (Type::List(of), single) if of.conforms(single) => {
                Value::list(vec![value]).unwrap_or_default()
            }
            (Type::DateTime, Value::Date(date)) => Value::DateTime(date.midnight().utc()),
            (_, Value::List(list)) if list.len() == 1 => list
                .iter()
                .next()
                .filter(|item| self.conforms(item))
                .cloned()
                .unwrap_or_default(),
            _ => Value::Null,
        }
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Type::Any => "Any",
            Type::Null => "Null",
            Type::Number => "number",
            Type::String => "string",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Time => "time",
            Type::DateTime => "date and time",
            Type::Months => "years and months duration",
            Type::Nanos => "days and time duration",
            Type::List(_) => "list",
            Type::Context(_) => "context",
            Type::Range(_) => "range",
            Type::Function(_) => "function",
        };
        f.write_str(name)
    }
}
