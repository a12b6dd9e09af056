//! `Historic Detail`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Detail",
    operations: &[
        todo(Get, "/history/detail", "getHistoricDetails", "Get Historic Details"),
        todo(Post, "/history/detail", "queryHistoricDetails", "Get Historic Details (POST)"),
        todo(Get, "/history/detail/count", "getHistoricDetailsCount", "Get Historic Detail Count"),
        todo(Get, "/history/detail/{id}", "historicDetail", "Get Historic Detail"),
        todo(Get, "/history/detail/{id}/data", "historicDetailBinary", "Get Historic Detail (Binary)"),
    ],
};
