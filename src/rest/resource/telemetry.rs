//! `Telemetry`: nothing is sent anywhere, and Camunda sends nothing any more either.

use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Reply};
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Telemetry",
    operations: &[
        run(Get, "/telemetry/configuration", "getTelemetryConfiguration", "Fetch Telemetry Configuration", May(Of::Operate), configuration),
        run(Post, "/telemetry/configuration", "configureTelemetry", "Configure Telemetry", May(Of::Operate), configure),
        run(Get, "/telemetry/data", "getTelemetryData", "Fetch Telemetry Data", May(Of::Operate), data),
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

/// What this is; nothing of how it is used is collected.
fn data(_: &Call) -> Answer {
    Ok(json!({
        "installation": null,
        "product": {
            "name": "crewdesk",
            "version": env!("CARGO_PKG_VERSION"),
            "edition": "community",
            "internals": {
                "database": { "vendor": "sqlite", "version": crate::desk::database_version() },
                "application-server": null,
                "license-key": null,
                "camunda-integration": [],
                "commands": {},
                "metrics": {},
                "webapps": [],
                "jdk": null,
                "data-collection-start-date": null,
            },
        },
    })
    .into())
}
