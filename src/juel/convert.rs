//! JUEL's coercions, and Java's text of values.

use super::error::{Fault, clip};
use crate::value::Value;
use chrono::{DateTime, Local, Utc};

/// The Java class that Camunda would have here, as its messages name it.
pub(super) fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Boolean(_) => "class java.lang.Boolean",
        Value::Short(_) => "class java.lang.Short",
        Value::Integer(_) => "class java.lang.Integer",
        Value::Long(_) => "class java.lang.Long",
        Value::Double(_) => "class java.lang.Double",
        Value::String(_) => "class java.lang.String",
        Value::Date(_) => "class java.util.Date",
        Value::Bytes(_) => "class [B",
        Value::File(_) => "class java.io.ByteArrayInputStream",
        Value::Json(_) => "class org.camunda.spin.impl.json.jackson.JacksonJsonNode",
        Value::Xml(_) => "class org.camunda.spin.impl.xml.dom.DomXmlElement",
        Value::List(_) => "class java.util.ArrayList",
        Value::Map(_) => "class java.util.LinkedHashMap",
        Value::Object(_) => "a serialized object",
        Value::Secret(_) => "a secret",
    }
}

fn incompatible(value: &Value, to: &str, why: &str) -> Fault {
    let text = text(value).unwrap_or_else(|_| "******".to_owned());
    Fault::failed(format!(
        "Cannot coerce '{}' of {} to class java.lang.{to} (incompatible {why})",
        clip(&text),
        class(value)
    ))
}

pub(super) fn boolean(value: &Value) -> Result<bool, Fault> {
    match value {
        Value::Null => Ok(false),
        Value::Boolean(b) => Ok(*b),
        Value::String(s) => Ok(s.eq_ignore_ascii_case("true")),
        other => Err(incompatible(other, "Boolean", "type")),
    }
}

pub(super) fn long(value: &Value) -> Result<i64, Fault> {
    match value {
        Value::Null => Ok(0),
        Value::String(s) if s.is_empty() => Ok(0),
        Value::String(s) => s.parse().map_err(|_| incompatible(value, "Long", "value")),
        // As Java's longValue: cut, and held within the bounds.
        Value::Double(n) => Ok(*n as i64),
        other => other
            .as_i64()
            .ok_or_else(|| incompatible(other, "Long", "type")),
    }
}

pub(super) fn double(value: &Value) -> Result<f64, Fault> {
    match value {
        Value::Null => Ok(0.0),
        Value::String(s) if s.is_empty() => Ok(0.0),
        Value::String(s) => parse_double(s).ok_or_else(|| incompatible(value, "Double", "value")),
        Value::Double(n) => Ok(*n),
        other => match other.as_i64() {
            Some(n) => Ok(n as f64),
            None => Err(incompatible(other, "Double", "type")),
        },
    }
}

/// Text as Java's `Double.valueOf` takes it, but for hexadecimal.
fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "NaN" | "Infinity") {
        return text.parse().ok();
    }
    let digits = unsigned
        .strip_suffix(['d', 'D', 'f', 'F'])
        .unwrap_or(unsigned);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.chars().any(|c| c.is_ascii_digit());
    let number: f64 = if plain {
        digits.parse().ok()?
    } else {
        return None;
    };
    Some(if text.starts_with('-') {
        -number
    } else {
        number
    })
}

/// The text of a value as JUEL coerces to String: null is empty.
pub(super) fn string(value: &Value) -> Result<String, Fault> {
    match value {
        Value::Null => Ok(String::new()),
        other => text(other),
    }
}

/// Java's `toString`; of a secret there is none.
pub fn java_text(value: &Value) -> Option<String> {
    text(value).ok()
}

/// Java's `toString`. A secret has none: it would leave its hiding place masked or clear,
/// and be wrong either way.
pub(super) fn text(value: &Value) -> Result<String, Fault> {
    let mut out = String::new();
    write_text(value, &mut out)?;
    Ok(out)
}

fn write_text(value: &Value, out: &mut String) -> Result<(), Fault> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Double(n) => out.push_str(&java_double(*n)),
        Value::String(s) | Value::Xml(s) => out.push_str(s),
        Value::Date(at) => out.push_str(&java_date(*at)),
        Value::Json(json) => out.push_str(&super::spin::text(json)),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_text(item, out)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                out.push_str(key);
                out.push('=');
                write_text(item, out)?;
            }
            out.push('}');
        }
        Value::Object(object) => out.push_str(&object.serialized),
        Value::Secret(_) => {
            return Err(Fault::failed(
                "a secret can only be passed on as a whole, not be read or put into text",
            ));
        }
        Value::Short(_) | Value::Integer(_) | Value::Long(_) | Value::Bytes(_) | Value::File(_) => {
            out.push_str(&value.to_string());
        }
    }
    Ok(())
}

/// Java's `Double.toString`: `1.0`, `2.5`, `1.0E10`.
pub(super) fn java_double(n: f64) -> String {
    if n.is_nan() {
        return "NaN".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = n.abs();
    if n == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{n:?}");
    }
    let scientific = format!("{n:e}");
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => format!("{mantissa}E{exponent}"),
        Some((mantissa, exponent)) => format!("{mantissa}.0E{exponent}"),
        None => scientific,
    }
}

/// Java's `Date.toString`, such as `Mon Nov 23 09:00:00 UTC 2026`.
fn java_date(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&Local);
    let zone = match local.offset().local_minus_utc() {
        0 => "UTC".to_owned(),
        _ => local.format("GMT%:z").to_string(),
    };
    format!(
        "{} {zone} {}",
        local.format("%a %b %d %H:%M:%S"),
        local.format("%Y")
    )
}
