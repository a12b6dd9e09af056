//! `Telemetry`: nothing is sent anywhere, and Camunda sends nothing any more either.

use crate::rest::call::Call;
use crate::rest::operation::Access::Head;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run, todo};
use crate::rest::reply::{Answer, Reply};
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Telemetry",
    operations: &[
        run(Get, "/telemetry/configuration", "getTelemetryConfiguration", "Fetch Telemetry Configuration", Head, configuration),
        run(Post, "/telemetry/configuration", "configureTelemetry", "Configure Telemetry", Head, configure),
        todo(Get, "/telemetry/data", "getTelemetryData", "Fetch Telemetry Data"),
    ],
};

fn configuration(_: &Call) -> Answer {
    Ok(json!({ "enableTelemetry": false }).into())
}

/// Does nothing, as in Camunda since 7.21.
fn configure(call: &Call) -> Answer {
    call.object()?.flag("enableTelemetry")?;
    Ok(Reply::None)
}
