//! `Schema Log`.

use crate::desk::listing::SCHEMA_LOG;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Schema Log",
    operations: &[
        run(Get, "/schema/log", "getSchemaLog", "Get List", May(Of::Operate), list),
        run(Post, "/schema/log", "querySchemaLog", "Get List (POST)", May(Of::Operate), list),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &SCHEMA_LOG)
}
