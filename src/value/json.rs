//! Values as JSON: plain, and typed as Camunda's REST API has them.

use super::Value;

/// The value as plain JSON. Dates become Camunda's text, a secret `null`.
pub fn plain(value: &Value) -> serde_json::Value {
    use serde_json::Value as J;
    match value {
        Value::Null | Value::Secret(_) => J::Null,
        Value::Boolean(b) => J::Bool(*b),
        Value::Short(n) => (*n).into(),
        Value::Integer(n) => (*n).into(),
        Value::Long(n) => (*n).into(),
        Value::Double(n) => serde_json::Number::from_f64(*n).map_or(J::Null, J::Number),
        Value::String(s) | Value::Xml(s) => J::String(s.clone()),
        Value::Date(d) => J::String(super::time::camunda(*d)),
        Value::Bytes(_) => J::Null,
        Value::File(f) => J::String(f.filename.clone()),
        Value::Json(j) => j.clone(),
        Value::List(items) => J::Array(items.iter().map(plain).collect()),
        Value::Map(map) => J::Object(map.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
        Value::Object(o) => J::String(o.serialized.clone()),
    }
}

/// A value for plain JSON. Whole numbers become `Integer` if they fit 32 bits, else `Long`,
/// all others `Double`; arrays and objects become a `Json` document, as they came.
pub fn from_plain(json: &serde_json::Value) -> Value {
    use serde_json::Value as J;
    match json {
        J::Null => Value::Null,
        J::Bool(b) => Value::Boolean(*b),
        J::Number(n) => match n.as_i64() {
            Some(n) => i32::try_from(n).map_or(Value::Long(n), Value::Integer),
            None => Value::Double(n.as_f64().unwrap_or(f64::NAN)),
        },
        J::String(s) => Value::String(s.clone()),
        J::Array(_) | J::Object(_) => Value::Json(json.clone()),
    }
}
