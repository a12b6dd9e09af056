//! `Telemetry`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Telemetry",
    operations: &[
        todo(Get, "/telemetry/configuration", "getTelemetryConfiguration", "Fetch Telemetry Configuration"),
        todo(Post, "/telemetry/configuration", "configureTelemetry", "Configure Telemetry"),
        todo(Get, "/telemetry/data", "getTelemetryData", "Fetch Telemetry Data"),
    ],
};
