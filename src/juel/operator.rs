//! JUEL's operators on values.

use super::convert::{boolean, class, double, long, string};
use super::error::Fault;
use super::parse::Binary;
use crate::value::Value;
use std::cmp::Ordering;

pub(super) fn binary(operator: Binary, a: &Value, b: &Value) -> Result<Value, Fault> {
    Ok(match operator {
        Binary::Eq => Value::Boolean(equal(a, b)?),
        Binary::Ne => Value::Boolean(!equal(a, b)?),
        Binary::Lt | Binary::Gt | Binary::Le | Binary::Ge => {
            Value::Boolean(ordered(operator, a, b)?)
        }
        _ => arithmetic(operator, a, b)?,
    })
}

fn is_whole(value: &Value) -> bool {
    matches!(value, Value::Short(_) | Value::Integer(_) | Value::Long(_))
}

fn either(a: &Value, b: &Value, is: impl Fn(&Value) -> bool) -> bool {
    is(a) || is(b)
}

fn is_double(value: &Value) -> bool {
    matches!(value, Value::Double(_))
}

fn is_string(value: &Value) -> bool {
    matches!(value, Value::String(_))
}

pub(super) fn equal(a: &Value, b: &Value) -> Result<bool, Fault> {
    if a.is_null() || b.is_null() {
        return Ok(a.is_null() && b.is_null());
    }
    if either(a, b, is_double) {
        // As Double.equals: NaN is itself, and 0.0 is not -0.0.
        return Ok(double(a)?.total_cmp(&double(b)?).is_eq());
    }
    if either(a, b, is_whole) {
        return Ok(long(a)? == long(b)?);
    }
    if either(a, b, |v| matches!(v, Value::Boolean(_))) {
        return Ok(boolean(a)? == boolean(b)?);
    }
    if either(a, b, is_string) {
        return Ok(string(a)? == string(b)?);
    }
    Ok(a == b)
}

fn ordered(operator: Binary, a: &Value, b: &Value) -> Result<bool, Fault> {
    if a.is_null() || b.is_null() {
        return Ok(a.is_null() && b.is_null() && matches!(operator, Binary::Le | Binary::Ge));
    }
    let order = compare(a, b)?;
    // `<=` is "not greater", so that NaN answers as in Java.
    Ok(match operator {
        Binary::Lt => order == Some(Ordering::Less),
        Binary::Gt => order == Some(Ordering::Greater),
        Binary::Le => order != Some(Ordering::Greater),
        _ => order != Some(Ordering::Less),
    })
}

fn compare(a: &Value, b: &Value) -> Result<Option<Ordering>, Fault> {
    if either(a, b, is_double) {
        return Ok(double(a)?.partial_cmp(&double(b)?));
    }
    if either(a, b, is_whole) {
        return Ok(Some(long(a)?.cmp(&long(b)?)));
    }
    if either(a, b, is_string) {
        return Ok(Some(java_order(&string(a)?, &string(b)?)));
    }
    match (a, b) {
        (Value::Date(a), Value::Date(b)) => Ok(Some(a.cmp(b))),
        (Value::Boolean(a), Value::Boolean(b)) => Ok(Some(a.cmp(b))),
        _ => Err(Fault::failed(format!(
            "Cannot compare '{}' and '{}'",
            class(a),
            class(b)
        ))),
    }
}

/// `String.compareTo`: by UTF-16 units.
pub(super) fn java_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn arithmetic(operator: Binary, a: &Value, b: &Value) -> Result<Value, Fault> {
    if a.is_null() && b.is_null() {
        return Ok(Value::Long(0));
    }
    if operator == Binary::Div || either(a, b, is_fractional) {
        let (a, b) = (double(a)?, double(b)?);
        return Ok(Value::Double(match operator {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Mod => a % b,
            _ => a / b,
        }));
    }
    let (a, b) = (long(a)?, long(b)?);
    // Java's longs wrap around.
    Ok(Value::Long(match operator {
        Binary::Add => a.wrapping_add(b),
        Binary::Sub => a.wrapping_sub(b),
        Binary::Mul => a.wrapping_mul(b),
        _ if b == 0 => return Err(Fault::failed("/ by zero")),
        _ => a.wrapping_rem(b),
    }))
}

/// A Double, or text that looks like one.
fn is_fractional(value: &Value) -> bool {
    match value {
        Value::Double(_) => true,
        Value::String(s) => s.contains(['.', 'e', 'E']),
        _ => false,
    }
}

pub(super) fn negate(value: &Value) -> Result<Value, Fault> {
    Ok(match value {
        Value::Null => Value::Long(0),
        Value::Short(n) => Value::Short(n.wrapping_neg()),
        Value::Integer(n) => Value::Integer(n.wrapping_neg()),
        Value::Long(n) => Value::Long(n.wrapping_neg()),
        Value::Double(n) => Value::Double(-n),
        Value::String(_) if is_fractional(value) => Value::Double(-double(value)?),
        Value::String(_) => Value::Long(long(value)?.wrapping_neg()),
        other => return Err(Fault::failed(format!("Cannot negate '{}'", class(other)))),
    })
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}
