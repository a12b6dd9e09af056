//! `Historic Identity Link Log`.

use crate::desk::listing::IDENTITY_LINK_LOG;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Identity Link Log",
    operations: &[
        run(Get, "/history/identity-link-log", "getHistoricIdentityLinks", "Get Identity Link Logs", Team, list),
        run(Get, "/history/identity-link-log/count", "getHistoricIdentityLinksCount", "Get Identity Link Log Count", Team, count),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &IDENTITY_LINK_LOG)
}

fn count(call: &Call) -> Answer {
    query::count(call, &IDENTITY_LINK_LOG)
}
