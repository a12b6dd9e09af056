//! What a server answers, as the desk's own answers and errors. crewdesk says its own error
//! beside Camunda's fields; of others the type and the status tell what is meant.

use super::address::Address;
use super::line::Reply;
use crate::client::{Answer, DeskError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Longest text of a stranger that is shown.
const LONGEST: usize = 400;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    error: Option<DeskError>,
    details: Option<Json>,
}

/// Reads an answer.
pub(super) fn read<T: DeserializeOwned>(from: &Address, reply: Reply) -> Answer<T> {
    if reply.status == 401 {
        // It did when one came in.
        return Err(DeskError::Forbidden(format!(
            "{from} does not know you any more: come in again"
        )));
    }
    if !(200..300).contains(&reply.status) {
        return Err(refused(from, &reply));
    }
    if reply.body.is_empty() {
        // A command that was repeated, of which nothing is left to show.
        return serde_json::from_str("null").map_err(|_| {
            DeskError::Conflict(
                "it is done, and has gone on since; look at what became of it".to_owned(),
            )
        });
    }
    serde_json::from_slice(&reply.body)
        .map_err(|e| DeskError::Storage(format!("{from} answers what this crewdesk does not understand ({e}); are both of the same version?")))
}

/// Why something was refused.
pub(super) fn refused(from: &Address, reply: &Reply) -> DeskError {
    let refusal: Refusal = serde_json::from_slice(&reply.body)
        .or_else(|_| {
            // An error of its own that this version does not know.
            let mut body: Json = serde_json::from_slice(&reply.body)?;
            if let Some(body) = body.as_object_mut() {
                body.remove("error");
            }
            serde_json::from_value(body)
        })
        .unwrap_or_default();
    if let Some(error) = refusal.error {
        return error;
    }
    let kind = refusal.kind.unwrap_or_default();
    // "HTTP 404 Not Found" is a word for programs.
    let told = |message: &String| !message.is_empty() && !message.starts_with("HTTP ");
    let message = refusal.message.filter(told);
    let message: String = message
        .unwrap_or_else(|| format!("{from} {}", silent(reply.status)))
        .chars()
        .take(LONGEST)
        .collect();
    match (reply.status, kind.as_str()) {
        (_, "ParseException") => DeskError::Model(problems(refusal.details, message)),
        (_, "OptimisticLockingException" | "TaskAlreadyClaimedException") | (409, _) => {
            DeskError::Conflict(message)
        }
        (501, _) => DeskError::Invalid(format!("{from} does not offer this")),
        (401 | 403, _) | (_, "AuthorizationException") => DeskError::Forbidden(message),
        (404, _) | (_, "NullValueException") => DeskError::NotFound(message),
        (500.., "ProcessEngineException" | "RestException") => DeskError::Engine(message),
        (500, _) if kind.is_empty() => {
            DeskError::Engine(format!("{from} stumbled over a fault of its own"))
        }
        _ => DeskError::Invalid(message),
    }
}

/// What a refusal without a word means, by its status.
fn silent(status: u16) -> &'static str {
    match status {
        403 => "does not let you do this",
        404 | 405 => "does not have this",
        408 => "took it for given up: the line is slow; try again",
        413 => "finds this too large",
        429 => "is asked too often; wait a moment",
        500.. => "stumbled over a fault of its own",
        _ => "refuses this and does not say why",
    }
}

/// The places in models, as Camunda's `ParseExceptionDto` has them.
fn problems(details: Option<Json>, message: String) -> Vec<String> {
    let mut found = Vec::new();
    for (file, report) in details.iter().filter_map(Json::as_object).flatten() {
        for error in report["errors"].as_array().into_iter().flatten() {
            let element = error["mainElementId"].as_str();
            let element = element.map(|id| format!("{id}: ")).unwrap_or_default();
            found.push(format!(
                "{file}:{}:{}: {element}{}",
                error["line"],
                error["column"],
                error["message"].as_str().unwrap_or_default()
            ));
        }
    }
    match found.is_empty() {
        true => vec![message],
        false => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(status: u16, body: Json) -> DeskError {
        let from = Address::parse("unix:/d").expect("an address");
        let body = body.to_string().into();
        refused(&from, &Reply { status, body })
    }

    #[test]
    fn refusals_keep_their_kind() {
        let own = DeskError::AlreadyClaimed { by: "ben".into() };
        let body = json!({"type": "x", "message": "y", "error": own});
        assert_eq!(told(500, body), own);
        let camunda = |kind: &str| json!({"type": kind, "message": "m"});
        let m = || "m".to_owned();
        assert_eq!(
            told(404, camunda("InvalidRequestException")),
            DeskError::NotFound(m())
        );
        assert_eq!(
            told(403, camunda("AuthorizationException")),
            DeskError::Forbidden(m())
        );
        assert_eq!(
            told(500, camunda("ProcessEngineException")),
            DeskError::Engine(m())
        );
        assert_eq!(
            told(400, camunda("BadUserRequestException")),
            DeskError::Invalid(m())
        );
        let unknown = json!({"type": "x", "message": "m", "error": {"New": 1}});
        assert_eq!(told(400, unknown), DeskError::Invalid(m()));
        let parse = json!({"type": "ParseException", "message": "m", "details": {"a.bpmn": {
            "errors": [{"line": 3, "column": 7, "mainElementId": "t", "message": "no name"}]}}});
        assert_eq!(
            told(400, parse),
            DeskError::Model(vec!["a.bpmn:3:7: t: no name".into()])
        );
    }

    #[test]
    fn people_read_no_status_and_no_path() {
        let from = Address::parse("unix:/d").expect("an address");
        let refused = |status, body: &'static str| {
            let body = body.into();
            refused(&from, &Reply { status, body }).to_string()
        };
        let own = r#"{"type":"NotFoundException","message":"HTTP 404 Not Found"}"#;
        for status in [400, 403, 404, 405, 408, 413, 415, 429, 500, 501, 503] {
            for body in ["", "<html>", own] {
                let told = refused(status, body);
                assert!(told.starts_with("unix:/d "), "{told}");
                assert!(!told.contains("HTTP") && !told.contains("40"), "{told}");
            }
        }
        let unserved =
            r#"{"type":"NotImplementedException","message":"GET /x (x) is not implemented"}"#;
        assert_eq!(refused(501, unserved), "unix:/d does not offer this");
        let reply = Reply {
            status: 401,
            body: "{}".into(),
        };
        let told: Answer<u64> = read(&from, reply);
        assert!(told.is_err_and(|e| e.to_string().contains("come in again")));
    }

    #[test]
    fn what_is_no_answer_of_a_desk_is_said() {
        let from = Address::parse("unix:/d").expect("an address");
        let page = |status| Reply {
            status,
            body: "<html>".into(),
        };
        assert!(matches!(refused(&from, &page(500)), DeskError::Engine(_)));
        let found: Answer<u64> = read(&from, page(200));
        assert!(matches!(found, Err(DeskError::Storage(_))));
    }
}
