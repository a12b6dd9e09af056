//! One request as a handler sees it: who calls, parameters, and a body that is read with
//! Camunda's leniency (unknown fields ignored, null as absent, numbers as text and back).

use super::reply::Fault;
use crate::desk::view::{Role, User};
use crate::desk::{Caller, Desk};
use crate::value::{Map, json, time};
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::sync::Arc;

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    /// The desk.
    pub desk: Arc<Desk>,
    /// On whose behalf.
    pub caller: Caller,
    /// Who that is; none where nobody logs in.
    pub user: Option<User>,
    /// The parameters in the path, decoded.
    pub path: Vec<(String, String)>,
    /// The query string, decoded.
    pub query: Vec<(String, String)>,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// The media types that the answer may have; none where all may be.
    pub accept: Option<String>,
    /// The body.
    pub body: Bytes,
    /// `/engine-rest` as the client called it, for links.
    pub base: String,
}

impl Call {
    /// True when a team head asks, or the desk itself.
    pub(super) fn by_head(&self) -> bool {
        let user = self.user.as_ref();
        user.is_none_or(|user| user.role == Role::Head)
    }

    /// A link to what may be done, as Camunda's `OPTIONS` answers list them.
    pub(super) fn link(&self, method: &str, path: &str, rel: &str) -> Json {
        serde_json::json!({ "method": method, "href": format!("{}{path}", self.base), "rel": rel })
    }

    /// A parameter of the path; the table says that it is there.
    pub fn param(&self, name: &str) -> &str {
        find(&self.path, name).unwrap_or_default()
    }

    /// A parameter of the query string.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// A parameter of the query string that is true or false.
    pub fn query_flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.query(name).map(|text| boolean(name, text)).transpose()
    }

    /// The first of these media types that the answer may have.
    pub(super) fn accepts<'a>(&self, kinds: &[&'a str]) -> Result<&'a str, Fault> {
        let wanted = self.accept.as_deref().unwrap_or("*/*");
        let admits = |kind: &&&str| {
            wanted.split(',').any(|part| {
                let name = part.split(';').next().unwrap_or_default().trim();
                let (group, all) = (kind.split('/').next(), name.strip_suffix("/*"));
                name.eq_ignore_ascii_case(kind) || name == "*/*" || all.is_some() && all == group
            })
        };
        let found = kinds.iter().find(admits).copied();
        found.ok_or_else(|| {
            let message = "No acceptable content-type found";
            Fault::new(406, "InvalidRequestException", message)
        })
    }

    /// The user's name; none where nobody logs in.
    pub fn user_id(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.id.as_str())
    }

    /// The body as a JSON object; no body and `null` are an empty one.
    pub fn object(&self) -> Result<Body, Fault> {
        match self.json()? {
            Json::Object(fields) => Ok(Body(fields)),
            Json::Null => Ok(Body::default()),
            _ => Err(mismatch("the body must be a JSON object")),
        }
    }

    /// The body as JSON; no body is `null`.
    pub fn json(&self) -> Result<Json, Fault> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Json::Null);
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Fault::new(400, "JsonParseException", error.to_string()))
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut pairs = pairs.iter();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// A refusal as Jackson's.
pub fn mismatch(message: impl Into<String>) -> Fault {
    Fault::new(400, "MismatchedInputException", message)
}

fn boolean(name: &str, text: &str) -> Result<bool, Fault> {
    truth(text).ok_or_else(|| unsettable(name, text, "java.lang.Boolean"))
}

/// True or false in the ways that Jackson reads: clients in Python write `True`.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Camunda's words for a query parameter of the wrong type.
pub fn unsettable(name: &str, value: &str, java: &str) -> Fault {
    Fault::invalid(format!(
        "Cannot set query parameter '{name}' to value '{value}': Cannot convert value \"{value}\" to java type {java}"
    ))
}

/// A JSON object of a body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body(pub serde_json::Map<String, Json>);

impl Body {
    /// An object inside.
    pub fn of(json: &Json) -> Result<Body, Fault> {
        match json {
            Json::Object(fields) => Ok(Body(fields.clone())),
            Json::Null => Ok(Body::default()),
            _ => Err(mismatch("a JSON object is expected")),
        }
    }

    /// A field that is there and not null.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// True when a field is there, be it null.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text; numbers and Booleans are taken as theirs.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        self.get(name).map(|json| text_of(name, json)).transpose()
    }

    /// A text that must be there.
    pub fn required(&self, name: &str) -> Result<String, Fault> {
        self.text(name)?
            .ok_or_else(|| Fault::invalid(format!("{name} must not be null")))
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        let texts = items.iter().map(|item| text_of(name, item));
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// A list.
    pub fn list(&self, name: &str) -> Result<Option<&[Json]>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Array(items)) => Ok(Some(items)),
            Some(_) => Err(mismatch(format!("{name} must be a list"))),
        }
    }

    /// A whole number of 64 bits.
    pub fn long(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(json) = self.get(name) else {
            return Ok(None);
        };
        let number = match json {
            Json::String(text) if text.is_empty() => return Ok(None),
            Json::String(text) => text.trim().parse().ok(),
            Json::Number(number) => number
                .as_i64()
                .or_else(|| number.as_f64().map(|number| number as i64)),
            _ => None,
        };
        let wrong = || mismatch(format!("{name}: {} is not a whole number", shown(json)));
        number.map(Some).ok_or_else(wrong)
    }

    /// A whole number of 32 bits.
    pub fn integer(&self, name: &str) -> Result<Option<i32>, Fault> {
        let Some(number) = self.long(name)? else {
            return Ok(None);
        };
        let wrong = |_| mismatch(format!("{name}: {number} does not fit 32 bits"));
        i32::try_from(number).map(Some).map_err(wrong)
    }

    /// True or false.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(json) => match json.as_str().and_then(truth) {
                Some(flag) => Ok(Some(flag)),
                None => Err(mismatch(format!(
                    "{name}: {} is neither true nor false",
                    shown(json)
                ))),
            },
        }
    }

    /// An instant in Camunda's format.
    pub fn date(&self, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let wrong = || {
            mismatch(format!(
                "{name}: '{text}' is no date such as 2013-01-23T14:42:45.000+0200"
            ))
        };
        time::instant(&text).map(Some).ok_or_else(wrong)
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Option<Body>, Fault> {
        self.get(name).map(Body::of).transpose()
    }

    /// Typed variables by name. Which of them are transient is said apart.
    pub fn variables(&self, name: &str) -> Result<Map, Fault> {
        match self.get(name) {
            None => Ok(Map::new()),
            Some(Json::Object(fields)) => variables(fields),
            Some(_) => Err(mismatch(format!("{name} must be an object of variables"))),
        }
    }
}

impl Body {
    /// Refuses fields that would change what is done and are not heeded here.
    pub fn without(&self, names: &[&str]) -> Result<(), Fault> {
        let asked = |name: &&&str| {
            self.get(name)
                .is_some_and(|value| *value != Json::Bool(false))
        };
        match names.iter().find(asked) {
            Some(name) => Err(Fault::missing(name)),
            None => Ok(()),
        }
    }
}

/// Typed variables by name.
pub fn variables(fields: &serde_json::Map<String, Json>) -> Result<Map, Fault> {
    fields
        .iter()
        .map(|(name, given)| Ok((name.clone(), variable(given)?)))
        .collect()
}

/// A typed variable.
pub fn variable(given: &Json) -> Result<crate::value::Value, Fault> {
    json::from_typed(given).map_err(|error| Fault::invalid(error.to_string()))
}

fn text_of(name: &str, json: &Json) -> Result<String, Fault> {
    match json {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(json.to_string()),
        _ => Err(mismatch(format!("{name} must be text"))),
    }
}

/// A value as an error shows it: not endless.
fn shown(json: &Json) -> String {
    json.to_string().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(json: Json) -> Body {
        Body::of(&json).expect("an object")
    }

    #[test]
    fn reads_with_jacksons_leniency() {
        let body =
            body(json!({"n": "7", "t": 5, "none": null, "f": "true", "l": [1, "a"], "d": 2.9}));
        assert_eq!(body.integer("n").unwrap(), Some(7));
        assert_eq!(body.long("d").unwrap(), Some(2));
        assert_eq!(body.text("t").unwrap().as_deref(), Some("5"));
        assert_eq!(body.text("none").unwrap(), None);
        assert_eq!(body.flag("f").unwrap(), Some(true));
        assert_eq!(body.texts("l").unwrap().unwrap(), ["1", "a"]);
        for wrong in [
            body.integer("l").map(drop),
            body.flag("t").map(drop),
            body.date("n").map(drop),
        ] {
            assert_eq!(wrong.unwrap_err().status, 400);
        }
    }
}
