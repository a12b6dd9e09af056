//! `Historic Identity Link Log`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Identity Link Log",
    operations: &[
        todo(Get, "/history/identity-link-log", "getHistoricIdentityLinks", "Get Identity Link Logs"),
        todo(Get, "/history/identity-link-log/count", "getHistoricIdentityLinksCount", "Get Identity Link Log Count"),
    ],
};
