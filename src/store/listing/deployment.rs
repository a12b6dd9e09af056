//! Deployments and their files.

use super::*;

/// Deployments, as `GET /deployment` lists them.
pub static DEPLOYMENT: Listing = Listing {
    what: "Deployment",
    from: "deployment AS p",
    columns: &[
        plain("id", "p.id"),
        plain("name", "p.name"),
        plain("source", "p.source"),
        date("deploymentTime", "p.deployed"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        text("id", "p.id = ?"),
        text("name", "p.name = ?"),
        like("nameLike", "p.name GLOB ?"),
        text("source", "p.source = ?"),
        only("withoutSource", "p.source IS NULL"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("includeDeploymentsWithoutTenantId", "TRUE"),
        at("after", "p.deployed > ?"),
        at("before", "p.deployed < ?"),
    ],
    sorts: &[
        sort("id", "p.id"),
        sort("name", "p.name"),
        sort("deploymentTime", "p.deployed"),
        sort("tenantId", "NULL"),
    ],
    key: "p.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};

/// The files of deployments, as `GET /deployment/{id}/resources` lists them.
pub static DEPLOYMENT_RESOURCE: Listing = Listing {
    what: "Deployment resource",
    from: "resource AS r",
    columns: &[
        plain("id", "r.id"),
        plain("name", "r.name"),
        plain("deploymentId", "r.deployment_id"),
    ],
    filters: &[text("deployment", "r.deployment_id = ?")],
    sorts: &[sort("name", "r.name")],
    key: "r.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};

/// When the schema changed, as `GET /schema/log` lists it.
pub static SCHEMA_LOG: Listing = Listing {
    what: "Schema log",
    from: "schema_log AS s",
    columns: &[
        plain("id", "CAST(s.id AS TEXT)"),
        date("timestamp", "s.at"),
        plain("version", "s.version"),
    ],
    filters: &[text("version", "s.version = ?")],
    sorts: &[sort("timestamp", "s.at")],
    key: "CAST(s.id AS TEXT)",
    employee: None,
    worker: None,
};
