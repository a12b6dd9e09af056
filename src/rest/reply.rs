//! Answers, and refusals with Camunda's error bodies (`ExceptionDto`).

use crate::desk::DeskError;
use serde_json::{Value as Json, json};

/// What a handler gives back.
pub type Answer = Result<Reply, Fault>;

/// A good answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// 200 with JSON.
    Json(Json),
    /// 204.
    None,
    /// 200 with something else, such as a file.
    Bytes {
        /// Its media type.
        content_type: String,
        /// The name to save it under.
        filename: Option<String>,
        /// The content.
        bytes: Vec<u8>,
    },
}

impl Reply {
    /// `{"count": n}`, as Camunda counts.
    pub fn count(count: u64) -> Reply {
        Reply::Json(json!({ "count": count }))
    }

    /// Plain text; nothing is 204.
    pub fn text(text: Option<&str>) -> Reply {
        match text {
            None => Reply::None,
            Some(text) => Reply::Bytes {
                content_type: "text/plain".to_owned(),
                filename: None,
                bytes: text.as_bytes().to_vec(),
            },
        }
    }
}

impl From<Json> for Reply {
    fn from(json: Json) -> Reply {
        Reply::Json(json)
    }
}

/// A refusal: status and body as Camunda has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The status.
    pub status: u16,
    /// The simple name of Camunda's exception.
    pub kind: &'static str,
    /// What people read.
    pub message: String,
    /// Camunda's error code; none where its exception is none of the engine.
    pub code: Option<i32>,
    /// Further fields of the body.
    pub more: Option<Box<Json>>,
}

impl Fault {
    /// A refusal without an error code.
    pub fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Fault {
        let (message, code, more) = (message.into(), None, None);
        Fault {
            status,
            kind,
            message,
            code,
            more,
        }
    }

    /// 400 for what was asked in the wrong way.
    pub fn invalid(message: impl Into<String>) -> Fault {
        Fault::new(400, "InvalidRequestException", message)
    }

    /// 404 for what is not there.
    pub fn not_found(message: impl Into<String>) -> Fault {
        Fault::new(404, "InvalidRequestException", message)
    }

    /// 400 of the engine.
    pub fn bad_user_request(message: impl Into<String>) -> Fault {
        Fault::new(400, "BadUserRequestException", message).with_code(0)
    }

    /// 500 of the engine.
    pub fn engine(message: impl Into<String>) -> Fault {
        Fault::new(500, "ProcessEngineException", message).with_code(0)
    }

    /// 501 for a part of an operation that is not there.
    pub fn missing(what: &str) -> Fault {
        let message = format!("{what} is not implemented by crewdesk");
        Fault::new(501, "NotImplementedException", message)
    }

    /// With an error code of the engine.
    pub fn with_code(mut self, code: i32) -> Fault {
        self.code = Some(code);
        self
    }

    /// As a resource reports an error of the engine that it wraps: `RestException` with a text
    /// of its own before the engine's.
    pub fn wrapped(self, status: u16, before: &str) -> Fault {
        Fault {
            status,
            kind: "RestException",
            message: format!("{before}: {}", self.message),
            ..self
        }
    }

    /// The body.
    pub fn body(&self) -> Json {
        let mut body = json!({
            "type": self.kind,
            "message": self.message,
            "code": self.code,
        });
        if let (Some(body), Some(Json::Object(more))) = (body.as_object_mut(), self.more.as_deref())
        {
            body.extend(more.clone());
        }
        body
    }
}

/// The one mapping of the desk's refusals.
impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Fault {
        let message = error.to_string();
        match error {
            DeskError::NotFound(_) => Fault::not_found(message),
            DeskError::Forbidden(_) => Fault {
                more: Some(Box::new(json!({ "missingAuthorizations": [] }))),
                ..Fault::new(403, "AuthorizationException", message).with_code(0)
            },
            DeskError::AlreadyClaimed { .. } => {
                Fault::new(500, "TaskAlreadyClaimedException", message).with_code(0)
            }
            DeskError::SameBusinessKey { .. } | DeskError::Invalid(_) | DeskError::Conflict(_) => {
                Fault::bad_user_request(message)
            }
            DeskError::Fields(_) => {
                Fault::new(400, "FormFieldValidationException", message).with_code(0)
            }
            DeskError::Model(problems) => Fault {
                more: Some(Box::new(json!({ "details": details(&problems) }))),
                ..Fault::new(400, "ParseException", message).with_code(0)
            },
            DeskError::Storage(_) | DeskError::Engine(_) => Fault::engine(message),
        }
    }
}

/// `file:line:column: element: message` as Camunda's `ParseExceptionDto` has it: by resource.
fn details(problems: &[String]) -> Json {
    let mut details = serde_json::Map::new();
    for problem in problems {
        let mut parts = problem.splitn(4, ':');
        let file = parts.next().unwrap_or_default();
        let mut number = || parts.next().and_then(|n| n.trim().parse::<u32>().ok());
        let (line, column) = (number(), number());
        let text = parts.next().unwrap_or(problem).trim();
        let (element, message) = match text.split_once(": ") {
            Some((element, message)) if !element.contains(' ') => (Some(element), message),
            _ => (None, text),
        };
        let report = details
            .entry(file)
            .or_insert_with(|| json!({ "errors": [], "warnings": [] }));
        if let Some(errors) = report.get_mut("errors").and_then(Json::as_array_mut) {
            errors.push(json!({
                "message": message,
                "line": line,
                "column": column,
                "mainElementId": element,
                "elementIds": element.into_iter().collect::<Vec<_>>(),
            }));
        }
    }
    Json::Object(details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_those_of_camunda() {
        let fault = Fault::from(DeskError::NotFound("there is no task 7".to_owned()));
        assert_eq!(fault.status, 404);
        assert_eq!(
            fault.body(),
            json!({"type": "InvalidRequestException", "message": "there is no task 7", "code": null})
        );
        let fault = Fault::from(DeskError::Engine("no way on".to_owned()));
        let wrapped = fault.wrapped(500, "Cannot complete task 7");
        assert_eq!(
            wrapped.body(),
            json!({"type": "RestException", "message": "Cannot complete task 7: no way on", "code": 0})
        );
        let taken = DeskError::AlreadyClaimed {
            by: "mara".to_owned(),
        };
        assert_eq!(Fault::from(taken).status, 500);
    }

    #[test]
    fn a_refused_model_tells_its_places() {
        let fault = Fault::from(DeskError::Model(vec![
            "a.bpmn:3:7: task1: has no name".to_owned(),
            "a.bpmn:9:1: no process".to_owned(),
        ]));
        let details = &fault.body()["details"]["a.bpmn"];
        assert_eq!(details["errors"][0]["line"], 3);
        assert_eq!(details["errors"][0]["mainElementId"], "task1");
        assert_eq!(details["errors"][0]["message"], "has no name");
        assert_eq!(details["errors"][1]["message"], "no process");
        assert_eq!(fault.status, 400);
    }
}
