//! Typed process variables: Camunda 7's types, their JSON, coercions and time text.
//!
//! Floor 1. Knows nothing of BPMN, of expressions or of the desk.

pub mod base64;
pub mod cron;
pub mod json;
pub mod near;
pub mod period;
pub mod storage;
pub mod time;
pub mod words;

pub use cron::Cron;
pub use period::Period;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::fmt;

/// An insertion-ordered map with text keys, as FEEL contexts and JSON objects are.
pub type Map = IndexMap<String, Value>;

/// The value of a process variable, with the type Camunda 7 gives it
/// ([Process Variables](https://docs.camunda.org/manual/7.24/user-guide/process-engine/variables/#supported-variable-values)).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Camunda's `Null`.
    #[default]
    Null,
    /// `Boolean`.
    Boolean(bool),
    /// `Short`, 16 bits.
    Short(i16),
    /// `Integer`, 32 bits.
    Integer(i32),
    /// `Long`, 64 bits.
    Long(i64),
    /// `Double`.
    Double(f64),
    /// `String`.
    String(String),
    /// `Date`: an instant; Camunda keeps milliseconds.
    Date(DateTime<Utc>),
    /// `Bytes`.
    Bytes(Vec<u8>),
    /// `File`.
    File(Box<FileValue>),
    /// `Json`: a Spin JSON document.
    Json(serde_json::Value),
    /// `Xml`: a Spin XML document as text.
    Xml(String),
    /// A `java.util.List`; Camunda shows it as `Object`.
    List(Vec<Value>),
    /// A `java.util.Map`; Camunda shows it as `Object`.
    Map(Map),
    /// A serialized Java object that only its own worker understands; carried, never opened.
    Object(Box<ObjectValue>),
    /// A handle to a secret. The clear text is kept elsewhere, encrypted, and reaches
    /// only the worker that holds the lock and names the variable.
    Secret(SecretHandle),
}

/// Content and description of a `File` variable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileValue {
    /// File name without a path.
    pub filename: String,
    /// Media type, such as `text/csv`.
    pub mimetype: Option<String>,
    /// Character encoding, such as `UTF-8`.
    pub encoding: Option<String>,
    /// The bytes.
    pub content: Vec<u8>,
}

/// A serialized object of a type unknown here.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ObjectValue {
    /// `valueInfo.objectTypeName`.
    pub type_name: String,
    /// `valueInfo.serializationDataFormat`, such as `application/json`.
    pub format: String,
    /// The serialized form.
    pub serialized: String,
}

/// The opaque name of a secret. Safe to store, log and show.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretHandle(pub String);

impl Value {
    /// Camunda's name of the type (`String`, `Long`, …). A secret presents itself as `String`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "Null",
            Value::Boolean(_) => "Boolean",
            Value::Short(_) => "Short",
            Value::Integer(_) => "Integer",
            Value::Long(_) => "Long",
            Value::Double(_) => "Double",
            Value::String(_) | Value::Secret(_) => "String",
            Value::Date(_) => "Date",
            Value::Bytes(_) => "Bytes",
            Value::File(_) => "File",
            Value::Json(_) => "Json",
            Value::Xml(_) => "Xml",
            Value::List(_) | Value::Map(_) | Value::Object(_) => "Object",
        }
    }

    /// True for `Null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The text of a `String`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The whole number of a `Short`, `Integer` or `Long`.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Short(n) => Some((*n).into()),
            Value::Integer(n) => Some((*n).into()),
            Value::Long(n) => Some(*n),
            _ => None,
        }
    }
}

impl Value {
    /// About how many bytes it holds, for budgets.
    pub fn weight(&self) -> usize {
        fn json(node: &serde_json::Value) -> usize {
            use serde_json::Value as J;
            let inner: usize = match node {
                J::String(s) => s.len(),
                J::Array(items) => items.iter().map(json).sum(),
                J::Object(map) => map.iter().map(|(k, v)| 48 + k.len() + json(v)).sum(),
                _ => 0,
            };
            std::mem::size_of::<serde_json::Value>() + inner
        }
        let inner: usize = match self {
            Value::String(s) | Value::Xml(s) => s.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::File(file) => file.content.len() + file.filename.len(),
            Value::Json(j) => json(j),
            Value::List(items) => items.iter().map(Value::weight).sum(),
            Value::Map(map) => map.iter().map(|(k, v)| 48 + k.len() + v.weight()).sum(),
            Value::Object(object) => object.serialized.len() + object.type_name.len(),
            _ => 0,
        };
        std::mem::size_of::<Value>() + inner
    }
}

/// What a person sees: text as it is, dates in local time, a secret as `******`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str(""),
            Value::Boolean(b) => write!(f, "{b}"),
            Value::Short(n) => write!(f, "{n}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Long(n) => write!(f, "{n}"),
            Value::Double(n) => write!(f, "{n}"),
            Value::String(s) | Value::Xml(s) => f.write_str(s),
            Value::Date(d) => f.write_str(&time::camunda(*d)),
            Value::Bytes(b) => write!(f, "{} bytes", b.len()),
            Value::File(file) => f.write_str(&file.filename),
            Value::Json(j) => write!(f, "{j}"),
            Value::List(_) | Value::Map(_) => write!(f, "{}", json::plain(self)),
            Value::Object(o) => write!(f, "{} ({})", o.type_name, o.format),
            Value::Secret(_) => f.write_str("******"),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Boolean(b)
    }
}
impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Value::Integer(n)
    }
}
impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Long(n)
    }
}
impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Value::Double(n)
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::String(s.to_owned())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::String(s)
    }
}
impl From<DateTime<Utc>> for Value {
    fn from(d: DateTime<Utc>) -> Self {
        Value::Date(d)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}
