//! FEEL values as JSON, whole: numbers with all their digits; dates, times and durations as their
//! text in ISO 8601; ranges and functions as FEEL writes them.

use super::value::Value;
use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

impl Serialize for Value {
    /// As deep as values nest.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => to.serialize_unit(),
            Value::Boolean(b) => to.serialize_bool(*b),
            Value::Number(n) => RawValue::from_string(n.short())
                .map_err(S::Error::custom)?
                .serialize(to),
            Value::String(s) => to.serialize_str(s),
            Value::List(items) => {
                let mut seq = to.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Context(context) => {
                let mut map = to.serialize_map(Some(context.entries().len()))?;
                for (key, value) in context.entries() {
                    map.serialize_entry(&**key, value)?;
                }
                map.end()
            }
            other => to.collect_str(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feel::{Budget, Expression, ParseScope, Scope};

    #[test]
    fn nothing_is_lost() {
        for (text, json) in [
            ("1/3", "0.3333333333333333333333333333333333"),
            ("10**400", "1E+400"),
            ("-0.10", "-0.1"),
            ("9007199254740993", "9007199254740993"),
            ("[date(\"2023-05-05\"), null]", r#"["2023-05-05",null]"#),
            (
                "{a b: @\"P1Y2M\", \"c\\\"\": \"x\\ny\"}",
                r#"{"a b":"P1Y2M","c\"":"x\ny"}"#,
            ),
            (
                "@\"2023-05-05T10:00:00@Europe/Paris\"",
                r#""2023-05-05T10:00:00@Europe/Paris""#,
            ),
            ("[1..5)", r#""[1..5)""#),
            ("function(a) a", r#""function(a)""#),
        ] {
            let expression = Expression::parse(text, &ParseScope::new()).unwrap();
            let value = expression.eval(&Scope::new(), &mut Budget::default());
            assert_eq!(
                serde_json::to_string(&value.unwrap()).unwrap(),
                json,
                "{text}"
            );
        }
    }
}
