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
