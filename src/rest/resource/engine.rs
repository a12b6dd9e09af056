//! `Engine`: one desk is one engine, by the name `default`.

use crate::rest::call::Call;
use crate::rest::operation::Access::Open;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Engine",
    operations: &[
        run(Get, "/engine", "getProcessEngineNames", "Get List", Open, names),
    ],
};

fn names(_: &Call) -> Answer {
    Ok(json!([{ "name": "default" }]).into())
}
