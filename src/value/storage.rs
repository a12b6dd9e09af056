//! Values as database columns: every value comes back exactly as it was.

use super::{FileValue, Map, ObjectValue, SecretHandle, Value, base64};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use thiserror::Error;

/// Deepest nesting of a value that is stored.
pub const DEEPEST: usize = 100;

/// What a database column can hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Scalar {
    /// Nothing.
    #[default]
    Null,
    /// A whole number.
    Integer(i64),
    /// A number; never NaN, which SQLite would make NULL.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A value as three columns. Numbers, text and dates (milliseconds since 1970) stand in
/// `value` as they are, so that queries can compare them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// Camunda's name of the type; `List`, `Map` and `Secret` beside those.
    pub type_name: String,
    /// The content.
    pub value: Scalar,
    /// What else belongs to it, as JSON.
    pub info: Option<String>,
}

/// Why a value can not be stored or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StorageError {
    /// It would not be readable again.
    #[error("the value is nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// The row was not written by this program, or damaged.
    #[error("a stored value of type '{0}' is damaged")]
    Damaged(String),
}

/// The columns of a value.
pub fn to_storage(value: &Value) -> Result<Stored, StorageError> {
    if depth(value) > DEEPEST {
        return Err(StorageError::TooDeep);
    }
    let (type_name, scalar, info) = match value {
        Value::List(items) => (
            "List",
            text(Json::Array(items.iter().map(nested).collect())),
            None,
        ),
        Value::Map(map) => ("Map", text(nested_map(map)), None),
        Value::Json(document) => ("Json", text(document.clone()), None),
        other => flat(other),
    };
    Ok(Stored {
        type_name: type_name.to_owned(),
        value: scalar,
        info: info.map(|info| info.to_string()),
    })
}

fn text(json: Json) -> Scalar {
    Scalar::Text(json.to_string())
}

/// All but lists, maps and JSON documents.
fn flat(value: &Value) -> (&'static str, Scalar, Option<Json>) {
    let mut info = None;
    let scalar = match value {
        Value::Null | Value::List(_) | Value::Map(_) | Value::Json(_) => Scalar::Null,
        Value::Boolean(b) => Scalar::Integer((*b).into()),
        Value::Short(n) => Scalar::Integer((*n).into()),
        Value::Integer(n) => Scalar::Integer((*n).into()),
        Value::Long(n) => Scalar::Integer(*n),
        Value::Double(n) if n.is_nan() => Scalar::Null,
        Value::Double(n) => Scalar::Real(*n),
        Value::String(s) | Value::Xml(s) => Scalar::Text(s.clone()),
        Value::Date(at) => {
            let millis = at.timestamp_millis();
            let rest = at.timestamp_subsec_nanos() % 1_000_000;
            info = (rest > 0).then(|| rest.into());
            Scalar::Integer(millis)
        }
        Value::Bytes(bytes) => Scalar::Blob(bytes.clone()),
        Value::File(file) => {
            info = Some(json!([file.filename, file.mimetype, file.encoding]));
            Scalar::Blob(file.content.clone())
        }
        Value::Object(object) => {
            info = Some(json!([object.type_name, object.format]));
            Scalar::Text(object.serialized.clone())
        }
        Value::Secret(handle) => Scalar::Text(handle.0.clone()),
    };
    let name = match value {
        Value::Secret(_) => "Secret",
        other => other.type_name(),
    };
    (name, scalar, info)
}

/// A value inside a list or map: `null`, Booleans, text and `Integer` as they are, a map as
/// an object, all else an array that begins with the type.
fn nested(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(b) => Json::Bool(*b),
        Value::String(s) => Json::String(s.clone()),
        Value::Integer(n) => (*n).into(),
        Value::List(items) => {
            let tag = std::iter::once(Json::from("List"));
            Json::Array(tag.chain(items.iter().map(nested)).collect())
        }
        Value::Map(map) => nested_map(map),
        Value::Json(document) => json!(["Json", document]),
        other => {
            let (name, scalar, info) = flat(other);
            let scalar = match scalar {
                Scalar::Null => Json::Null,
                Scalar::Integer(n) => n.into(),
                // As text, which also has infinities.
                Scalar::Real(n) => n.to_string().into(),
                Scalar::Text(s) => s.into(),
                Scalar::Blob(bytes) => base64::encode(&bytes).into(),
            };
            match info {
                Some(info) => json!([name, scalar, info]),
                None => json!([name, scalar]),
            }
        }
    }
}

fn nested_map(map: &Map) -> Json {
    let entries = map.iter().map(|(key, value)| (key.clone(), nested(value)));
    Json::Object(entries.collect())
}

/// The value of its columns.
pub fn from_storage(stored: Stored) -> Result<Value, StorageError> {
    let type_name = stored.type_name;
    let value = match (type_name.as_str(), stored.value) {
        ("List", Scalar::Text(text)) => match serde_json::from_str(&text) {
            Ok(Json::Array(items)) => list(items.into_iter()),
            _ => None,
        },
        ("Map", Scalar::Text(text)) => match serde_json::from_str(&text) {
            Ok(json @ Json::Object(_)) => unnest(json),
            _ => None,
        },
        ("Json", Scalar::Text(text)) => serde_json::from_str(&text).ok().map(Value::Json),
        (name, scalar) => match stored.info.as_deref().map(serde_json::from_str) {
            Some(Err(_)) => None,
            info => unflat(name, scalar, info.and_then(Result::ok)),
        },
    };
    value.ok_or(StorageError::Damaged(type_name))
}

/// A map of values inside of something else that is kept as JSON: `#[serde(with = …)]`. Every
/// value comes back exactly as it was.
pub mod whole {
    use super::{Map, Value, nested_map, unnest};
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    /// Writes the values.
    pub fn serialize<S: Serializer>(map: &Map, to: S) -> Result<S::Ok, S::Error> {
        nested_map(map).serialize(to)
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Map, D::Error> {
        match unnest(serde_json::Value::deserialize(from)?) {
            Some(Value::Map(map)) => Ok(map),
            _ => Err(D::Error::custom("these are no values")),
        }
    }
}

fn list(items: impl Iterator<Item = Json>) -> Option<Value> {
    items.map(unnest).collect::<Option<_>>().map(Value::List)
}

fn unflat(type_name: &str, scalar: Scalar, info: Option<Json>) -> Option<Value> {
    let part = |at: usize| -> Option<String> {
        let part = info.as_ref()?.get(at)?;
        part.as_str().map(str::to_owned)
    };
    Some(match (type_name, scalar) {
        ("Null", Scalar::Null) => Value::Null,
        ("Boolean", Scalar::Integer(n @ 0..=1)) => Value::Boolean(n == 1),
        ("Short", Scalar::Integer(n)) => Value::Short(n.try_into().ok()?),
        ("Integer", Scalar::Integer(n)) => Value::Integer(n.try_into().ok()?),
        ("Long", Scalar::Integer(n)) => Value::Long(n),
        ("Double", Scalar::Real(n)) => Value::Double(n),
        ("Double", Scalar::Null) => Value::Double(f64::NAN),
        ("String", Scalar::Text(s)) => Value::String(s),
        ("Xml", Scalar::Text(s)) => Value::Xml(s),
        ("Date", Scalar::Integer(millis)) => {
            let rest = info.as_ref().map_or(Some(0), Json::as_i64)?;
            let at: DateTime<Utc> = DateTime::from_timestamp_millis(millis)?;
            Value::Date(at.checked_add_signed(TimeDelta::nanoseconds(rest))?)
        }
        ("Bytes", Scalar::Blob(bytes)) => Value::Bytes(bytes),
        ("File", Scalar::Blob(content)) => Value::File(Box::new(FileValue {
            filename: part(0)?,
            mimetype: part(1),
            encoding: part(2),
            content,
        })),
        ("Object", Scalar::Text(serialized)) => Value::Object(Box::new(ObjectValue {
            type_name: part(0)?,
            format: part(1)?,
            serialized,
        })),
        ("Secret", Scalar::Text(handle)) => Value::Secret(SecretHandle(handle)),
        _ => return None,
    })
}

fn unnest(json: Json) -> Option<Value> {
    let mut items = match json {
        Json::Null => return Some(Value::Null),
        Json::Bool(b) => return Some(Value::Boolean(b)),
        Json::String(s) => return Some(Value::String(s)),
        Json::Number(n) => {
            let n = i32::try_from(n.as_i64()?).ok()?;
            return Some(Value::Integer(n));
        }
        Json::Object(map) => {
            let entries = map
                .into_iter()
                .map(|(key, json)| Some((key, unnest(json)?)));
            return entries.collect::<Option<Map>>().map(Value::Map);
        }
        Json::Array(items) => items.into_iter(),
    };
    let tag = items.next()?;
    let tag = tag.as_str()?;
    if tag == "List" {
        return list(items);
    }
    let content = items.next()?;
    let info = items.next();
    let scalar = match (tag, content) {
        ("Json", document) => return Some(Value::Json(document)),
        (_, Json::Null) => Scalar::Null,
        (_, Json::Number(n)) => Scalar::Integer(n.as_i64()?),
        ("Double", Json::String(s)) => Scalar::Real(s.parse().ok()?),
        ("Bytes" | "File", Json::String(s)) => Scalar::Blob(base64::decode(&s)?),
        (_, Json::String(s)) => Scalar::Text(s),
        _ => return None,
    };
    unflat(tag, scalar, info)
}

/// Levels of lists, maps and JSON in a value.
fn depth(value: &Value) -> usize {
    fn document(json: &Json) -> usize {
        match json {
            Json::Array(items) => 1 + items.iter().map(document).max().unwrap_or(0),
            Json::Object(map) => 1 + map.values().map(document).max().unwrap_or(0),
            _ => 0,
        }
    }
    match value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Json(json) => document(json),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Boolean),
            any::<i16>().prop_map(Value::Short),
            any::<i32>().prop_map(Value::Integer),
            any::<i64>().prop_map(Value::Long),
            any::<f64>().prop_map(Value::Double),
            "\\PC{0,6}".prop_map(Value::String),
            (-4_000_000_000_i64..90_000_000_000, 0..1_000_000_000_u32)
                .prop_map(|(s, n)| Value::Date(DateTime::from_timestamp(s, n).expect("in range"))),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            (
                "[a-z]{1,5}",
                proptest::option::of("[a-z/]{0,5}"),
                any::<Vec<u8>>()
            )
                .prop_map(|(filename, mimetype, content)| {
                    Value::File(Box::new(FileValue {
                        filename,
                        mimetype,
                        encoding: None,
                        content,
                    }))
                }),
            (any::<f64>(), "\\PC{0,4}").prop_map(|(n, s)| Value::Json(json!({"n": n, "s": [s]}))),
            "\\PC{0,6}".prop_map(Value::Xml),
            ("[a-z.]{0,5}", "\\PC{0,5}").prop_map(|(type_name, serialized)| {
                let format = "application/json".to_owned();
                Value::Object(Box::new(ObjectValue {
                    type_name,
                    format,
                    serialized,
                }))
            }),
            "[a-z0-9]{4}".prop_map(|h| Value::Secret(SecretHandle(h))),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::List),
                vec(("\\PC{0,3}", inner), 0..4)
                    .prop_map(|entries| Value::Map(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn comes_back_exactly(value in values()) {
            let stored = to_storage(&value).expect("storable");
            // NaN is not equal to itself; its text is.
            prop_assert_eq!(format!("{:?}", from_storage(stored)), format!("{:?}", Ok::<_, ()>(value)));
        }

        #[test]
        fn damage_never_panics(
            type_name in "Null|Boolean|Short|Integer|Double|Date|File|Object|Json|List|Map|Secret|x",
            text in "[\\[\\]{}\",:A-Za-z0-9.-]{0,20}",
            n: i64,
            info in proptest::option::of("[\\[\\]\",a-z0-9]{0,8}"),
        ) {
            for value in [Scalar::Null, Scalar::Integer(n), Scalar::Text(text)] {
                let _ = from_storage(Stored { type_name: type_name.clone(), value, info: info.clone() });
            }
        }
    }

    #[test]
    fn columns_can_be_compared() {
        let date = Value::Date(DateTime::from_timestamp_millis(1_700_000_000_123).expect("a date"));
        for (value, column) in [
            (Value::Integer(5), Scalar::Integer(5)),
            (Value::Boolean(true), Scalar::Integer(1)),
            (Value::Double(2.5), Scalar::Real(2.5)),
            (Value::from("x"), Scalar::Text("x".into())),
            (date, Scalar::Integer(1_700_000_000_123)),
        ] {
            let stored = to_storage(&value).expect("storable");
            assert_eq!((stored.value, stored.info), (column, None));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nest = |levels| (0..levels).fold(Value::Short(1), |v, _| Value::List(vec![v]));
        let deepest = nest(DEEPEST);
        let stored = to_storage(&deepest).expect("storable");
        assert_eq!(from_storage(stored), Ok(deepest));
        assert_eq!(to_storage(&nest(DEEPEST + 1)), Err(StorageError::TooDeep));
    }

    #[test]
    fn says_what_is_damaged() {
        let stored = Stored {
            type_name: "Integer".into(),
            value: Scalar::Text("5".into()),
            info: None,
        };
        let error = from_storage(stored).expect_err("damaged");
        assert_eq!(
            error.to_string(),
            "a stored value of type 'Integer' is damaged"
        );
    }
}
