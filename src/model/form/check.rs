//! From what a person typed to a value of the field's type, and back.

use super::{Constraint, FieldType, FormField, Widget};
use crate::feel::Budget;
use crate::regex::{Flavour, Regex};
use crate::value::Value;
use crate::value::time::{self, DatePattern};
use chrono::{DateTime, Local, NaiveDate, Utc};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Number, Value as Json};
use std::cmp::Ordering;

/// What is wrong with the input for a field, in words that say what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The field's id.
    pub field: String,
    /// What would be right; never what was typed, which may be secret.
    pub message: String,
}

impl FormField {
    /// The value that a typed text stands for, seen from now; nothing typed is `Null`.
    ///
    /// A date follows the field's pattern or is one that [`time::parse_when`] reads, such as
    /// ISO 8601 or `fri 17:00`. A field that is read-only takes nothing: leave it out.
    pub fn check(&self, input: &str, now: DateTime<Utc>) -> Result<Value, FieldError> {
        let given = match self.widget() {
            Widget::Secret => !input.is_empty(),
            _ => !input.trim().is_empty(),
        };
        if !given {
            return self.check_value(Value::Null, now);
        }
        let value = match self.kind {
            FieldType::String => Value::String(input.to_owned()),
            _ => self.convert(input.trim(), now)?,
        };
        self.check_value(value, now)
    }

    /// The same for a value that already has a type; text is read as if it were typed.
    pub fn check_value(&self, value: Value, now: DateTime<Utc>) -> Result<Value, FieldError> {
        if value.is_null() {
            return match self.required() && !self.readonly() {
                true => Err(self.error("fill this in, it is required")),
                false => Ok(Value::Null),
            };
        }
        if self.readonly() {
            return Err(self.error("leave this out, it is read-only"));
        }
        let value = match (&self.kind, value) {
            (FieldType::String, value @ (Value::String(_) | Value::Secret(_) | Value::File(_))) => {
                value
            }
            (FieldType::Boolean, value @ Value::Boolean(_)) => value,
            (FieldType::Date { .. }, value @ Value::Date(_)) => value,
            (FieldType::Enum(_) | FieldType::Several(_), Value::String(text)) => {
                self.convert(&text, now)?
            }
            (FieldType::Several(_), Value::Json(Json::Array(items))) => {
                self.convert(&listed(&items), now)?
            }
            (
                FieldType::Long | FieldType::Double | FieldType::Boolean | FieldType::Date { .. },
                Value::String(text),
            ) => self.convert(text.trim(), now)?,
            // A whole number is one of them.
            (FieldType::Double, value @ Value::Double(_)) => value,
            (FieldType::Double, value) => match value.as_i64() {
                Some(number) => Value::Long(number),
                None => return Err(self.error(self.expected())),
            },
            (FieldType::Long, value) => match value.as_i64() {
                Some(number) => Value::Long(number),
                None => return Err(self.error(self.expected())),
            },
            _ => return Err(self.error(self.expected())),
        };
        if value.is_null() {
            // A list of nothing.
            return self.check_value(value, now);
        }
        self.constrain(&value)?;
        Ok(match value {
            Value::Date(_) if self.is_kept_as_text() => Value::String(self.text(&value)),
            value => value,
        })
    }

    fn is_kept_as_text(&self) -> bool {
        self.properties
            .get(super::KEPT_AS)
            .is_some_and(|kept| kept == "text")
    }

    /// The text that a person edits for a value of this field.
    pub fn text(&self, value: &Value) -> String {
        match (&self.kind, value) {
            (FieldType::Date { pattern }, Value::Date(at)) => DatePattern::parse(pattern)
                .and_then(|pattern| pattern.format(*at, &Local))
                .unwrap_or_else(|_| value.to_string()),
            (_, Value::Secret(_)) => String::new(),
            (FieldType::Several(_), Value::Json(Json::Array(items))) => listed(items),
            _ => value.to_string(),
        }
    }

    fn error(&self, message: impl Into<String>) -> FieldError {
        FieldError {
            field: self.id.clone(),
            message: message.into(),
        }
    }

    /// What the field takes, in words.
    fn expected(&self) -> String {
        match &self.kind {
            FieldType::String => "write a text".to_owned(),
            FieldType::Long => match (self.min(), self.max()) {
                (Some(min), Some(max)) => format!("write a whole number from {min} to {max}"),
                (Some(min), None) => format!("write a whole number of at least {min}"),
                (None, Some(max)) => format!("write a whole number of at most {max}"),
                (None, None) => "write a whole number".to_owned(),
            },
            FieldType::Double => match (self.min(), self.max()) {
                (Some(min), Some(max)) => format!("write a number from {min} to {max}"),
                (Some(min), None) => format!("write a number of at least {min}"),
                (None, Some(max)) => format!("write a number of at most {max}"),
                (None, None) => "write a number such as 2.5".to_owned(),
            },
            FieldType::Boolean => "write true or false".to_owned(),
            FieldType::Date { pattern } => {
                let example = DatePattern::parse(pattern).ok().and_then(|pattern| {
                    let date = NaiveDate::from_ymd_opt(2026, 12, 31)?.and_hms_opt(17, 0, 0)?;
                    pattern.format(date.and_utc(), &Utc).ok()
                });
                let example = example.unwrap_or_else(|| "2026-12-31".to_owned());
                format!("write a date such as {example}, or as fri 17:00 or +2d")
            }
            FieldType::Enum(values) => {
                let ids: Vec<&str> = values.keys().map(String::as_str).collect();
                format!("choose one of {}", ids.join(", "))
            }
            FieldType::Several(values) if values.is_empty() => {
                format!("write at most {MOST}, with commas between")
            }
            FieldType::Several(values) => {
                let ids: Vec<&str> = values.keys().map(String::as_str).collect();
                format!("choose of {}, with commas between", ids.join(", "))
            }
        }
    }

    fn min(&self) -> Option<&Number> {
        self.constraints.iter().find_map(|c| match c {
            Constraint::Min(least) => Some(least),
            _ => None,
        })
    }

    fn max(&self) -> Option<&Number> {
        self.constraints.iter().find_map(|c| match c {
            Constraint::Max(most) => Some(most),
            _ => None,
        })
    }

    fn convert(&self, text: &str, now: DateTime<Utc>) -> Result<Value, FieldError> {
        let value = match &self.kind {
            FieldType::String => Some(Value::String(text.to_owned())),
            FieldType::Long => text.parse().ok().map(Value::Long),
            FieldType::Double => match text.parse::<i64>() {
                Ok(whole) => Some(Value::Long(whole)),
                Err(_) => {
                    let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
                    number.map(Value::Double)
                }
            },
            FieldType::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "y" => Some(Value::Boolean(true)),
                "false" | "no" | "n" => Some(Value::Boolean(false)),
                _ => None,
            },
            FieldType::Date { pattern } => read_date(pattern, text, now).map(Value::Date),
            FieldType::Enum(values) => chosen(values, text).map(Value::String),
            FieldType::Several(values) => several(values, text),
        };
        value.ok_or_else(|| self.error(self.expected()))
    }

    fn constrain(&self, value: &Value) -> Result<(), FieldError> {
        for constraint in &self.constraints {
            let held = match (constraint, value) {
                (Constraint::Min(min), value) => compare(value, min).is_none_or(Ordering::is_ge),
                (Constraint::Max(max), value) => compare(value, max).is_none_or(Ordering::is_le),
                (Constraint::MinLength(min), Value::String(s)) => {
                    s.chars().count() >= *min as usize
                }
                (Constraint::Pattern(pattern), Value::String(s)) => matches(pattern, s),
                (Constraint::MaxLength(max), Value::String(s)) => {
                    s.chars().count() <= *max as usize
                }
                _ => true,
            };
            if !held {
                return Err(self.error(match constraint {
                    Constraint::MinLength(n) => format!("write at least {n} characters"),
                    Constraint::MaxLength(n) => format!("write at most {n} characters"),
                    Constraint::Pattern(pattern) => format!("write what fits {pattern}"),
                    _ => self.expected(),
                }));
            }
        }
        Ok(())
    }
}

/// How a number stands to a bound: exactly where both are whole.
fn compare(value: &Value, bound: &Number) -> Option<Ordering> {
    match (value, bound.as_i64()) {
        (Value::Long(value), Some(bound)) => Some(value.cmp(&bound)),
        (Value::Long(value), None) => (*value as f64).partial_cmp(&bound.as_f64()?),
        (Value::Double(value), _) => value.partial_cmp(&bound.as_f64()?),
        _ => None,
    }
}

/// The id of a choice by its id or label.
fn chosen(values: &IndexMap<String, String>, text: &str) -> Option<String> {
    let by_label = || values.iter().find(|(_, l)| l.eq_ignore_ascii_case(text));
    let found = values.get_key_value(text).or_else(by_label);
    found.map(|(id, _)| id.clone())
}

/// Most that are chosen of a list.
const MOST: usize = 1_000;

/// Those that stand in a text, each once: with commas between, or as JSON where a comma is in one.
/// None of them is null.
fn several(values: &IndexMap<String, String>, text: &str) -> Option<Value> {
    let listed: Vec<String> = match serde_json::from_str::<Vec<String>>(text) {
        Ok(listed) => listed,
        Err(_) => text.split(',').map(str::trim).map(str::to_owned).collect(),
    };
    let mut found: IndexSet<String> = IndexSet::new();
    for text in listed.into_iter().filter(|text| !text.is_empty()) {
        found.insert(match values.is_empty() {
            true => text,
            false => chosen(values, &text)?,
        });
        if found.len() > MOST {
            return None;
        }
    }
    Some(match found.is_empty() {
        true => Value::Null,
        false => Value::Json(found.into_iter().collect()),
    })
}

/// The text of a list that [`several`] reads.
pub(super) fn listed(items: &[Json]) -> String {
    let text = |item: &Json| match item {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let texts: Vec<String> = items.iter().map(text).collect();
    match texts.iter().any(|text| text.contains(',')) {
        true => Json::from(texts).to_string(),
        false => texts.join(", "),
    }
}

/// A date by the pattern, else as people write dates.
fn read_date(pattern: &str, text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let by_pattern = DatePattern::parse(pattern)
        .and_then(|p| p.read(text, &Local))
        .ok();
    // A day alone is its first instant where the pattern has days alone, too.
    let days_alone = || {
        if pattern.contains(['H', 'h']) {
            None
        } else {
            time::instant(text)
        }
    };
    by_pattern
        .or_else(days_alone)
        .or_else(|| time::parse_when(text, now, &Local).ok())
}

/// Whether a text matches a regular expression of form-js somewhere, which is read like one of Java.
/// One that can not be read so, or that takes too long, refuses nothing.
fn matches(pattern: &str, text: &str) -> bool {
    let Ok(pattern) = Regex::parse(pattern, "", Flavour::Java) else {
        return true;
    };
    let text: Vec<char> = text.chars().collect();
    let mut budget = Budget::new(1_000_000, 1 << 22, 10);
    pattern
        .find(&text, 0, &mut budget)
        .map_or(true, |found| found.is_some())
}
