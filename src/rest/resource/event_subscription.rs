//! `Event Subscription`.

use crate::desk::listing::EVENT_SUBSCRIPTION;
use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Event Subscription",
    operations: &[
        run(Get, "/event-subscription", "getEventSubscriptions", "Get List", All, list),
        run(Get, "/event-subscription/count", "getEventSubscriptionsCount", "Get List Count", All, count),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &EVENT_SUBSCRIPTION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &EVENT_SUBSCRIPTION)
}
