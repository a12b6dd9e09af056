//! What Camunda does not have.

use crate::rest::call::Call;
use crate::rest::openapi;
use crate::rest::operation::Access::Open;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "crewdesk",
    operations: &[
        run(Get, "/openapi.json", "getOpenApi", "What is served, as OpenAPI", Open, specification),
    ],
};

fn specification(_: &Call) -> Answer {
    Ok(openapi::specification().into())
}
