//! `typeRef`: how Camunda 7 brings values to the type that a column declares.

use super::java;
use crate::feel::temporal::DateTime;
use crate::feel::{Number, Value};
use crate::value::Value as Variable;
use std::fmt;

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeRef {
    /// `string`
    String,
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `long`
    Long,
    /// `double`
    Double,
    /// `date`: an instant.
    Date,
    /// Any other; values stay as they are.
    Other(String),
}

impl TypeRef {
    /// The type of this name, whatever its prefix and its case.
    pub fn named(name: &str) -> TypeRef {
        let own = name.rsplit(':').next().unwrap_or(name);
        match own.to_ascii_lowercase().as_str() {
            "string" => TypeRef::String,
            "boolean" => TypeRef::Boolean,
            "integer" => TypeRef::Integer,
            "long" => TypeRef::Long,
            "double" => TypeRef::Double,
            "date" => TypeRef::Date,
            _ => TypeRef::Other(name.to_owned()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            TypeRef::String => "string",
            TypeRef::Boolean => "boolean",
            TypeRef::Integer => "integer",
            TypeRef::Long => "long",
            TypeRef::Double => "double",
            TypeRef::Date => "date",
            TypeRef::Other(name) => name,
        }
    }

    /// The value as one of this type, or the value back when it can not be. Null always can.
    pub fn convert(&self, value: Value) -> Result<Value, Value> {
        self.converted(&value).ok_or(value)
    }

    fn converted(&self, value: &Value) -> Option<Value> {
        if value.is_null() {
            return Some(Value::Null);
        }
        let number = |value: &Value| match value {
            Value::Number(n) => Some(*n),
            Value::String(s) => Number::parse(s.trim()),
            _ => None,
        };
        let whole = |value: &Value, least: i64, greatest: i64| {
            let whole = match value {
                // As `Integer.parseInt` reads a text.
                Value::String(s) => s.parse().ok()?,
                other => number(other)?.to_i64()?,
            };
            Some(whole)
                .filter(|n| (least..=greatest).contains(n))
                .map(Value::from)
        };
        match self {
            TypeRef::String => match value {
                Value::String(_) => Some(value.clone()),
                other => Some(Value::from(java::text(other))),
            },
            TypeRef::Boolean => match value {
                Value::Boolean(_) => Some(value.clone()),
                Value::String(s) if s.eq_ignore_ascii_case("true") => Some(Value::Boolean(true)),
                Value::String(s) if s.eq_ignore_ascii_case("false") => Some(Value::Boolean(false)),
                _ => None,
            },
            TypeRef::Integer => whole(value, i32::MIN.into(), i32::MAX.into()),
            TypeRef::Long => whole(value, i64::MIN, i64::MAX),
            TypeRef::Double => number(value).map(Value::Number),
            // Camunda's date is an instant, which FEEL sees as what the clock shows then; a day
            // without a time is none.
            TypeRef::Date => match value {
                Value::DateTime(t) => t.without_zone(),
                Value::String(s) if s.contains('T') => match DateTime::parse(s) {
                    Some(t) => t.without_zone(),
                    None => crate::value::time::instant(s).and_then(DateTime::by_local_clock),
                },
                _ => None,
            }
            .map(Value::DateTime),
            TypeRef::Other(_) => Some(value.clone()),
        }
    }

    /// The process variable of a converted value.
    pub fn variable(of: Option<&TypeRef>, value: &Value) -> Variable {
        match (of, value.to_variable()) {
            (Some(TypeRef::Integer), Variable::Long(n)) => {
                i32::try_from(n).map_or(Variable::Long(n), Variable::Integer)
            }
            (Some(TypeRef::Double), Variable::Long(n)) => Variable::Double(n as f64),
            (_, variable) => variable,
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_as_camunda_does() {
        let s = |text: &str| Value::from(text);
        let shown = |of: TypeRef, v: Value| of.convert(v).ok().map(|v| v.to_string());
        assert_eq!(shown(TypeRef::Integer, s("5")), Some("5".into()));
        for wrong in ["5.5", "3.0", " 3 ", "1e1"] {
            assert_eq!(shown(TypeRef::Integer, s(wrong)), None, "{wrong}");
            assert_eq!(shown(TypeRef::Long, s(wrong)), None, "{wrong}");
        }
        assert_eq!(
            shown(TypeRef::Integer, Value::from(i64::from(i32::MAX) + 1)),
            None
        );
        assert_eq!(shown(TypeRef::String, Value::from(5)), Some("5".into()));
        assert_eq!(shown(TypeRef::Boolean, s("TRUE")), Some("true".into()));
        assert_eq!(shown(TypeRef::Boolean, Value::from(1)), None);
        assert_eq!(shown(TypeRef::Long, Value::Null), Some("null".into()));
        assert_eq!(
            shown(TypeRef::Date, s("2026-01-31T10:00:00")),
            Some("2026-01-31T10:00:00".into())
        );
        assert_eq!(shown(TypeRef::Date, s("tomorrow")), None);
        // Camunda's pattern asks for a time.
        assert_eq!(shown(TypeRef::Date, s("2026-01-31")), None);
        let zoned = DateTime::parse("2026-01-31T10:00:00+05:00").unwrap();
        let local = DateTime::by_local_clock(zoned.to_utc().unwrap()).unwrap();
        for same in [s("2026-01-31T10:00:00+05:00"), Value::DateTime(zoned)] {
            assert_eq!(shown(TypeRef::Date, same), Some(local.to_string()));
        }
    }

    #[test]
    fn numbers_become_the_variables_of_their_type() {
        let five = Value::from(5);
        assert_eq!(
            TypeRef::variable(Some(&TypeRef::Integer), &five),
            Variable::Integer(5)
        );
        assert_eq!(
            TypeRef::variable(Some(&TypeRef::Double), &five),
            Variable::Double(5.0)
        );
        assert_eq!(TypeRef::variable(None, &five), Variable::Long(5));
    }
}
