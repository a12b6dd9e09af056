//! `Historic Decision Requirements Definition`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Decision Requirements Definition",
    operations: &[
        todo(Get, "/history/decision-requirements-definition/{id}/statistics", "getDecisionStatistics", "Get DRD Statistics"),
    ],
};
