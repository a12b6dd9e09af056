//! Values as JSON: plain, and typed as Camunda's REST API has them.

use super::{FileValue, Map, ObjectValue, Value, base64, time};
use serde_json::{Value as Json, json};
use thiserror::Error;

/// Why a typed JSON value is refused, in Camunda's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// The value does not fit its type.
    #[error("Cannot convert value '{value}' of type '{type_name}' to java type {java}")]
    Convert {
        /// The value as text, cut if long.
        value: String,
        /// The type that was named.
        type_name: String,
        /// What Camunda would make of it.
        java: &'static str,
    },
    /// No such type.
    #[error("Unsupported value type '{0}'")]
    Unsupported(String),
    /// Serialized types travel as text.
    #[error("Must provide 'null' or String value for value of SerializableValue type '{0}'.")]
    NotText(String),
    /// A file without a name.
    #[error(
        "Cannot create file without filename! Please set a name into ValueInfo with key filename"
    )]
    NoFilename,
    /// Only a JVM could read it.
    #[error("Java serialization format is prohibited; use application/json")]
    JavaSerialization,
    /// Not an object with `value`, `type` and `valueInfo`.
    #[error("a variable is an object such as {{\"value\": 5, \"type\": \"Integer\"}}")]
    Shape,
}

/// The value as plain JSON. Dates become Camunda's text, a secret `null`.
pub fn plain(value: &Value) -> Json {
    match value {
        Value::Null | Value::Secret(_) => Json::Null,
        Value::Boolean(b) => Json::Bool(*b),
        Value::Short(n) => (*n).into(),
        Value::Integer(n) => (*n).into(),
        Value::Long(n) => (*n).into(),
        Value::Double(n) => serde_json::Number::from_f64(*n).map_or(Json::Null, Json::Number),
        Value::String(s) | Value::Xml(s) => Json::String(s.clone()),
        Value::Date(d) => Json::String(time::camunda(*d)),
        Value::Bytes(_) => Json::Null,
        Value::File(f) => Json::String(f.filename.clone()),
        Value::Json(j) => j.clone(),
        Value::List(items) => Json::Array(items.iter().map(plain).collect()),
        Value::Map(map) => Json::Object(map.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
        Value::Object(o) => Json::String(o.serialized.clone()),
    }
}

/// A value for plain JSON, as Camunda infers it: whole numbers become `Integer` if they fit
/// 32 bits, else `Long`, all others `Double`; arrays and objects become a `List` and a `Map`,
/// so that expressions and multi-instances can use them.
pub fn from_plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Boolean(*b),
        Json::Number(n) => match n.as_i64() {
            Some(n) => i32::try_from(n).map_or(Value::Long(n), Value::Integer),
            None => Value::Double(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => Value::String(s.clone()),
        Json::Array(items) => Value::List(items.iter().map(from_plain).collect()),
        Json::Object(map) => Value::Map(plain_map(map)),
    }
}

fn plain_map(map: &serde_json::Map<String, Json>) -> Map {
    map.iter()
        .map(|(key, json)| (key.clone(), from_plain(json)))
        .collect()
}

const JSON_FORMAT: &str = "application/json";

/// The value as `{"value", "type", "valueInfo"}`. Lists and maps are shown as JSON if
/// `deserialize`, else as the text of it, as Camunda's parameter `deserializeValues` asks.
/// The content of a file is `null`; a secret is a `String` that is `null`.
pub fn typed(value: &Value, deserialize: bool) -> Json {
    let (content, info) = match value {
        Value::Bytes(bytes) => (Json::String(base64::encode(bytes)), json!({})),
        Value::File(file) => (Json::Null, file_info(file)),
        Value::Json(document) => (Json::String(document.to_string()), json!({})),
        // JSON has no NaN and no infinity; Camunda writes them as text.
        Value::Double(n) if !n.is_finite() => {
            (Json::String(java_extreme(*n).to_owned()), json!({}))
        }
        Value::List(_) | Value::Map(_) => {
            let content = plain(value);
            let class = match value {
                Value::List(_) => "java.util.ArrayList",
                _ => "java.util.LinkedHashMap",
            };
            let info = json!({"objectTypeName": class, "serializationDataFormat": JSON_FORMAT});
            match deserialize {
                true => (content, info),
                false => (Json::String(content.to_string()), info),
            }
        }
        Value::Object(object) => (
            Json::String(object.serialized.clone()),
            json!({
                "objectTypeName": object.type_name,
                "serializationDataFormat": object.format,
            }),
        ),
        other => (plain(other), json!({})),
    };
    json!({"value": content, "type": value.type_name(), "valueInfo": info})
}

fn java_extreme(n: f64) -> &'static str {
    match n {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

fn file_info(file: &FileValue) -> Json {
    let mut info = json!({"filename": file.filename});
    if let Some(object) = info.as_object_mut() {
        for (key, text) in [("mimeType", &file.mimetype), ("encoding", &file.encoding)] {
            if let Some(text) = text {
                object.insert(key.to_owned(), Json::String(text.clone()));
            }
        }
    }
    info
}

/// Whether a typed JSON value asks not to be stored: `valueInfo.transient`.
pub fn is_transient(json: &Json) -> bool {
    let info = json.get("valueInfo");
    info.and_then(|info| info.get("transient")) == Some(&Json::Bool(true))
}

/// The value of `{"value", "type", "valueInfo"}`. Without a type it is inferred as by
/// [`from_plain`]; types may begin with a small letter, as some clients write them. Objects
/// of Java's lists and maps are read, those of other classes carried.
pub fn from_typed(json: &Json) -> Result<Value, JsonError> {
    let object = json.as_object().ok_or(JsonError::Shape)?;
    let value = object.get("value").unwrap_or(&Json::Null);
    let named = match object.get("type") {
        None | Some(Json::Null) => return Ok(from_plain(value)),
        Some(Json::String(name)) => name.as_str(),
        Some(_) => return Err(JsonError::Shape),
    };
    let info = |key: &str| -> Option<String> {
        let info = object.get("valueInfo")?.get(key)?;
        info.as_str().map(str::to_owned)
    };
    let mut letters = named.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    let type_name: String = first.into_iter().chain(letters).collect();
    let given = value.as_str();
    match (type_name.as_str(), value) {
        ("Json" | "Xml" | "Object", Json::Null) => Ok(Value::Null),
        ("Json", Json::Array(_) | Json::Object(_)) => Ok(Value::Json(value.clone())),
        ("Json", _) => {
            let text = given.ok_or_else(|| JsonError::NotText(named.to_owned()))?;
            let parsed = serde_json::from_str(text);
            parsed
                .map(Value::Json)
                .map_err(|_| convert(value, named, "org.camunda.spin.json.SpinJsonNode"))
        }
        ("Xml", _) => {
            let text = given.ok_or_else(|| JsonError::NotText(named.to_owned()))?;
            Ok(Value::Xml(text.to_owned()))
        }
        ("Object", _) => {
            let text = given.ok_or_else(|| JsonError::NotText(named.to_owned()))?;
            from_object(
                text,
                info("objectTypeName"),
                info("serializationDataFormat"),
            )
        }
        ("File", _) => Ok(Value::File(Box::new(FileValue {
            filename: info("filename").ok_or(JsonError::NoFilename)?,
            mimetype: info("mimeType").or(info("mimetype")),
            encoding: info("encoding"),
            content: match value {
                Json::Null => Vec::new(),
                _ => given
                    .and_then(base64::decode)
                    .ok_or_else(|| convert(value, named, "byte[]"))?,
            },
        }))),
        _ => primitive(&type_name, value)
            .ok_or_else(|| JsonError::Unsupported(named.to_owned()))?
            .map_err(|java| convert(value, named, java)),
    }
}

fn convert(value: &Json, type_name: &str, java: &'static str) -> JsonError {
    let text = scalar_text(value).unwrap_or_else(|| value.to_string());
    JsonError::Convert {
        value: time::shown(&text),
        type_name: type_name.to_owned(),
        java,
    }
}

fn scalar_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A value of a primitive type from JSON of that type or from its text; the Java class if it
/// does not fit, `None` if there is no such type. Null and empty text are null.
fn primitive(type_name: &str, json: &Json) -> Option<Result<Value, &'static str>> {
    let (java, parse): (_, fn(&str) -> Option<Value>) = match type_name {
        "String" => ("java.lang.String", |t| Some(t.into())),
        "Boolean" => ("java.lang.Boolean", |t| t.parse().ok().map(Value::Boolean)),
        "Short" => ("java.lang.Short", |t| t.parse().ok().map(Value::Short)),
        "Integer" => ("java.lang.Integer", |t| t.parse().ok().map(Value::Integer)),
        "Long" => ("java.lang.Long", |t| t.parse().ok().map(Value::Long)),
        "Double" => ("java.lang.Double", |t| t.parse().ok().map(Value::Double)),
        "Date" => ("java.util.Date", |t| time::instant(t).map(Value::Date)),
        "Bytes" => ("[B", |t| base64::decode(t).map(Value::Bytes)),
        "Null" => ("java.lang.Void", |_| None),
        _ => return None,
    };
    Some(match scalar_text(json) {
        _ if json.is_null() => Ok(Value::Null),
        Some(text) if text.is_empty() && !matches!(type_name, "String" | "Bytes") => {
            Ok(Value::Null)
        }
        Some(text) => parse(&text).ok_or(java),
        None => Err(java),
    })
}

fn from_object(
    text: &str,
    class: Option<String>,
    format: Option<String>,
) -> Result<Value, JsonError> {
    let format = format.unwrap_or_else(|| JSON_FORMAT.to_owned());
    if format == "application/x-java-serialized-object" {
        return Err(JsonError::JavaSerialization);
    }
    let class = class.unwrap_or_default();
    if format == JSON_FORMAT
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        // A class such as java.util.ArrayList<java.lang.String> names its items too.
        let raw = class.split('<').next().unwrap_or_default();
        let collection = raw.starts_with("java.util.");
        match &json {
            Json::Array(_) if collection => return Ok(from_plain(&json)),
            Json::Object(_) if collection && raw.ends_with("Map") => return Ok(from_plain(&json)),
            _ => {}
        }
    }
    Ok(Value::Object(Box::new(ObjectValue {
        type_name: class,
        format,
        serialized: text.to_owned(),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::SecretHandle;

    #[test]
    fn infers_the_type_of_plain_json() {
        for (text, value) in [
            ("null", Value::Null),
            ("true", Value::Boolean(true)),
            ("5", Value::Integer(5)),
            ("-2147483649", Value::Long(-2_147_483_649)),
            (
                "18446744073709551615",
                Value::Double(18_446_744_073_709_551_615.0),
            ),
            ("5.0", Value::Double(5.0)),
            ("\"5\"", "5".into()),
            (
                "[1, []]",
                Value::List(vec![Value::Integer(1), Value::List(vec![])]),
            ),
            (
                "{\"a\": 1}",
                Value::Map([("a".to_owned(), Value::Integer(1))].into_iter().collect()),
            ),
        ] {
            let json: Json = serde_json::from_str(text).expect("JSON");
            assert_eq!(from_plain(&json), value, "{text}");
            assert_eq!(from_typed(&json!({"value": json})), Ok(value), "{text}");
        }
    }

    #[test]
    fn reads_typed_values() {
        let instant = time::instant("2013-01-23T14:42:45.000+0200").expect("an instant");
        for (json, value) in [
            (json!({"value": "x", "type": "String"}), Value::from("x")),
            (json!({"value": 5, "type": "String"}), "5".into()),
            (json!({"value": "", "type": "String"}), "".into()),
            (json!({"value": "", "type": "Long"}), Value::Null),
            (json!({"value": null, "type": "Date"}), Value::Null),
            (json!({"type": "Null"}), Value::Null),
            (json!({"value": "true", "type": "boolean"}), true.into()),
            (json!({"value": "7", "type": "short"}), Value::Short(7)),
            (json!({"value": 7, "type": "long"}), Value::Long(7)),
            (json!({"value": 7, "type": "Double"}), Value::Double(7.0)),
            (
                json!({"value": "-Infinity", "type": "Double"}),
                Value::Double(f64::NEG_INFINITY),
            ),
            (
                json!({"value": "2013-01-23T14:42:45.000+0200", "type": "Date"}),
                Value::Date(instant),
            ),
            (
                json!({"value": "Zm9v", "type": "Bytes"}),
                Value::Bytes(b"foo".to_vec()),
            ),
            (
                json!({"value": "{\"a\":[1]}", "type": "json"}),
                Value::Json(json!({"a": [1]})),
            ),
            (
                json!({"value": {"a": [1]}, "type": "Json"}),
                Value::Json(json!({"a": [1]})),
            ),
            (
                json!({"value": "<a/>", "type": "xml"}),
                Value::Xml("<a/>".into()),
            ),
            (
                json!({"value": "[1]", "type": "Object", "valueInfo": {
                    "objectTypeName": "java.util.ArrayList<java.lang.Integer>",
                    "serializationDataFormat": "application/json"}}),
                Value::List(vec![Value::Integer(1)]),
            ),
            (
                json!({"value": "{\"a\":1}", "type": "Object", "valueInfo": {
                    "objectTypeName": "com.example.Order",
                    "serializationDataFormat": "application/json"}}),
                Value::Object(Box::new(ObjectValue {
                    type_name: "com.example.Order".into(),
                    format: "application/json".into(),
                    serialized: "{\"a\":1}".into(),
                })),
            ),
            (
                json!({"value": "Zm9v", "type": "File", "valueInfo": {
                    "filename": "a.csv", "mimetype": "text/csv", "encoding": "UTF-8"}}),
                Value::File(Box::new(FileValue {
                    filename: "a.csv".into(),
                    mimetype: Some("text/csv".into()),
                    encoding: Some("UTF-8".into()),
                    content: b"foo".to_vec(),
                })),
            ),
        ] {
            assert_eq!(from_typed(&json), Ok(value), "{json}");
        }
    }

    #[test]
    fn refuses_in_camundas_words() {
        for (json, message) in [
            (
                json!({"value": "abc", "type": "Integer"}),
                "Cannot convert value 'abc' of type 'Integer' to java type java.lang.Integer",
            ),
            (
                json!({"value": 70000, "type": "short"}),
                "Cannot convert value '70000' of type 'short' to java type java.lang.Short",
            ),
            (
                json!({"value": 5.5, "type": "Long"}),
                "Cannot convert value '5.5' of type 'Long' to java type java.lang.Long",
            ),
            (
                json!({"value": [1], "type": "String"}),
                "Cannot convert value '[1]' of type 'String' to java type java.lang.String",
            ),
            (
                json!({"value": "soon", "type": "Date"}),
                "Cannot convert value 'soon' of type 'Date' to java type java.util.Date",
            ),
            (
                json!({"value": 1, "type": "Money"}),
                "Unsupported value type 'Money'",
            ),
            (
                json!({"value": 5, "type": "Json"}),
                "Must provide 'null' or String value for value of SerializableValue type 'Json'.",
            ),
            (
                json!({"value": "", "type": "File"}),
                "Cannot create file without filename! Please set a name into ValueInfo with key filename",
            ),
            (
                json!({"value": "rO0=", "type": "Object", "valueInfo": {
                    "serializationDataFormat": "application/x-java-serialized-object"}}),
                "Java serialization format is prohibited; use application/json",
            ),
            (
                json!(5),
                "a variable is an object such as {\"value\": 5, \"type\": \"Integer\"}",
            ),
        ] {
            let error = from_typed(&json).expect_err("refused");
            assert_eq!(error.to_string(), message, "{json}");
        }
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        let file = FileValue {
            filename: "a.csv".into(),
            mimetype: Some("text/csv".into()),
            ..FileValue::default()
        };
        for value in [
            Value::Null,
            true.into(),
            Value::Short(-3),
            5.into(),
            Value::Long(1 << 40),
            2.5.into(),
            Value::Double(f64::INFINITY),
            "text".into(),
            Value::Date(time::instant("2026-03-01T09:30:00.123Z").expect("an instant")),
            Value::Bytes(vec![0, 255]),
            Value::File(Box::new(file)),
            Value::Json(json!({"b": 1, "a": [null]})),
            Value::Xml("<a/>".into()),
            Value::List(vec![1.into(), "x".into()]),
            Value::Map([("k".to_owned(), 1.into())].into_iter().collect()),
        ] {
            assert_eq!(from_typed(&typed(&value, false)), Ok(value));
        }
        let list = Value::List(vec![1.into()]);
        assert_eq!(typed(&list, true)["value"], json!([1]));
        assert_eq!(typed(&list, false)["value"], json!("[1]"));
        assert_eq!(typed(&list, true)["type"], json!("Object"));
    }

    #[test]
    fn a_secret_shows_nothing() {
        let secret = Value::Secret(SecretHandle("handle".into()));
        let shown = typed(&secret, true);
        assert_eq!(
            shown,
            json!({"value": null, "type": "String", "valueInfo": {}})
        );
        assert_eq!(plain(&Value::List(vec![secret])), json!([null]));
    }

    #[test]
    fn knows_transient_values() {
        assert!(is_transient(
            &json!({"value": 1, "valueInfo": {"transient": true}})
        ));
        assert!(!is_transient(&json!({"value": 1})));
    }
}
