//! `Version`: which version of Camunda's API this is.

use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Version",
    operations: &[
        run(Get, "/version", "getRestAPIVersion", "Get Rest API version", All, version),
    ],
};

fn version(_: &Call) -> Answer {
    Ok(json!({ "version": "7.24.0" }).into())
}
