//! `Event Subscription`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Event Subscription",
    operations: &[
        todo(Get, "/event-subscription", "getEventSubscriptions", "Get List"),
        todo(Get, "/event-subscription/count", "getEventSubscriptionsCount", "Get List Count"),
    ],
};
