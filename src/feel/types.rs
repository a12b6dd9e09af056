//! The types of FEEL, for `instance of` and for results that must conform.

use super::UnaryTests;
use super::budget::Budget;
use super::builtins::Fail;
use super::scope::Scope;
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
    /// A type of a model, of which not all values are allowed.
    Restricted(Arc<Restriction>),
}

/// Which values of a type are allowed.
#[derive(Debug, Clone)]
pub struct Restriction {
    /// The name that the model gives.
    pub name: Arc<str>,
    /// The type.
    pub of: Type,
    /// What the values have to pass.
    pub tests: UnaryTests,
}

impl PartialEq for Restriction {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.tests.source() == other.tests.source()
    }
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
            (Type::Restricted(restriction), value) => restriction.of.holds(value),
            _ => false,
        }
    }

    /// `instance of`: null is of type `Null` only, and restrictions do not count (as the TCK
    /// has it, 0070).
    pub fn has_instance(&self, value: &Value) -> bool {
        self.holds(value)
    }

    /// Whether a value may stand where the type is asked for, restrictions aside; null always may.
    pub fn conforms(&self, value: &Value) -> bool {
        value.is_null() || self.holds(value)
    }

    /// Whether something in it may be restricted: no more than a look, a type may be shared so
    /// often that going through all of it has no end.
    fn may_restrict(&self) -> bool {
        matches!(self, Type::Restricted(_) | Type::List(_) | Type::Context(_))
    }

    /// The restriction that a value of the type does not keep, with the part of the value. As long
    /// as the value, charged to the budget.
    fn broken<'v>(
        &'v self,
        value: &'v Value,
        budget: &mut Budget,
    ) -> Result<Option<(&'v Restriction, &'v Value)>, Fail> {
        if value.is_null() || !self.may_restrict() {
            return Ok(None);
        }
        budget.step(1)?;
        match (self, value) {
            (Type::Restricted(restriction), value) => {
                let inner = restriction.of.broken(value, budget)?;
                match restriction.tests.matches(value, &Scope::new(), budget)? {
                    false if inner.is_none() => Ok(Some((restriction, value))),
                    _ => Ok(inner),
                }
            }
            (Type::List(of), Value::List(items)) if of.may_restrict() => {
                for item in items.iter() {
                    if let Some(broken) = of.broken(item, budget)? {
                        return Ok(Some(broken));
                    }
                }
                Ok(None)
            }
            (Type::Context(members), Value::Context(context)) => {
                for (name, of) in members.iter() {
                    if let Some(value) = context.get(name)
                        && let Some(broken) = of.broken(value, budget)?
                    {
                        return Ok(Some(broken));
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// The value as one of this type: itself, the only item of a list, or a list of itself;
    /// null, with the reason, when it can not be or is not allowed.
    pub(crate) fn coerce(&self, value: Value, budget: &mut Budget) -> Result<Value, Fail> {
        let value = self.shaped(value)?;
        match self.broken(&value, budget)? {
            Some((restriction, part)) => Err(Fail::Null(
                format!("{} is not allowed for {}", part.quoted(), restriction.name).into(),
            )),
            None => Ok(value),
        }
    }

    /// The same, restrictions aside.
    fn shaped(&self, value: Value) -> Result<Value, Fail> {
        if self.conforms(&value) {
            return Ok(value);
        }
        let of = match self {
            Type::Restricted(restriction) => return restriction.of.shaped(value),
            of => of,
        };
        match (of, &value) {
            (Type::List(of), single) if of.conforms(single) => Ok(Value::list(vec![value])?),
            (Type::DateTime, Value::Date(date)) => Ok(Value::DateTime(date.midnight().utc())),
            (_, Value::List(list)) if list.len() == 1 && self.conforms(&list[0]) => {
                Ok(list[0].clone())
            }
            _ => Err(Fail::Null(self.misfit(&value).into())),
        }
    }
}

impl Type {
    /// In which part a value is not of the type, and how. As deep as the value nests.
    fn misfit(&self, value: &Value) -> String {
        let (mut of, mut value, mut at) = (self, value, String::new());
        loop {
            let (part, name, inner) = match (of, value) {
                (Type::Restricted(restriction), _) => {
                    of = &restriction.of;
                    continue;
                }
                (Type::List(inner), Value::List(items)) => {
                    let mut all = items.iter().enumerate();
                    let wrong = all.find(|(_, item)| !inner.conforms(item));
                    let Some((ix, item)) = wrong else { break };
                    (item, format!("item {}", ix + 1), &**inner)
                }
                (Type::Context(members), Value::Context(context)) => {
                    let kept = |(name, of): &&(Arc<str>, Type)| {
                        context.get(name).is_none_or(|value| !of.conforms(value))
                    };
                    let Some((name, inner)) = members.iter().find(kept) else {
                        break;
                    };
                    let Some(member) = context.get(name) else {
                        let at = at.trim_start_matches(", ");
                        return match at {
                            "" => format!("it has no `{name}`"),
                            at => format!("{at} has no `{name}`"),
                        };
                    };
                    (member, format!("`{name}`"), inner)
                }
                _ => break,
            };
            at.push_str(", ");
            at.push_str(&name);
            (of, value) = (inner, part);
        }
        let told = format!("{} is no {of}", value.quoted());
        match at.trim_start_matches(", ") {
            "" => told,
            at => format!("{at}: {told}"),
        }
    }
}

impl Value {
    /// As a sentence names it: texts in quotes, shortened; of what has parts only the type.
    pub(crate) fn quoted(&self) -> String {
        const LONGEST: usize = 40;
        let shown = match self {
            Value::List(_) | Value::Context(_) | Value::Function(_) | Value::Range(_) => {
                return format!("a {}", self.type_name());
            }
            Value::String(text) => format!("\"{text}\""),
            other => other.to_string(),
        };
        match shown.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &shown[..end]),
            None => shown,
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
            Type::Restricted(restriction) => &restriction.name,
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feel::value::Context;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let member = |name: &str, of: Type| (Arc::from(name), of);
        let order = Type::Context([member("id", Type::Number), member("on", Type::Date)].into());
        let orders = Type::List(Arc::new(order));
        for (json, told) in [
            ("5", "5 is no list"),
            (
                "[{\"id\": 1, \"on\": null}, {\"id\": true, \"on\": null}]",
                "item 2, `id`: true is no number",
            ),
            ("[{\"id\": 1}, {\"id\": 2}]", "item 1 has no `on`"),
        ] {
            let value = Value::from_json(&serde_json::from_str(json).unwrap()).unwrap();
            match orders.coerce(value, &mut Budget::default()) {
                Err(Fail::Null(why)) => assert_eq!(why, told),
                other => panic!("{json}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_type_that_is_shared_everywhere_is_gone_through_no_further_than_the_value() {
        let mut of = Type::Number;
        for _ in 0..60 {
            let member = |name: &str| (Arc::from(name), of.clone());
            of = Type::Context([member("a"), member("b"), member("c")].into());
        }
        let mut context = Context::new();
        for name in ["a", "b", "c"] {
            context.put(name.into(), Value::Null).unwrap();
        }
        let value = Value::Context(Arc::new(context));
        let kept = of.coerce(value.clone(), &mut Budget::default());
        assert!(kept.is_ok_and(|kept| kept.to_string() == value.to_string()));
    }
}
