//! Decision definitions and the files of several of them, all versions. What both have is said once.

use super::*;

/// The columns that both have, then others.
macro_rules! columns {
    ($($more:expr),* $(,)?) => {
        &[
            plain("id", "d.id"),
            plain("key", "d.key"),
            plain("category", "d.category"),
            plain("name", "d.name"),
            plain("version", "d.version"),
            plain("resource", "r.name"),
            plain("deploymentId", "d.deployment_id"),
            plain("tenantId", "NULL"),
            $($more),*
        ]
    };
}

/// The filters that both have, by their table and the names of three, then others.
macro_rules! filters {
    ($table:literal, $id:literal, $ids:literal, $without_tenant:literal, $($more:expr),* $(,)?) => {
        &[
            text($id, "d.id = ?"),
            texts($ids, among!("d.id")),
            text("name", "d.name = ?"),
            like("nameLike", "d.name GLOB ?"),
            text("deploymentId", "d.deployment_id = ?"),
            text("key", "d.key = ?"),
            like("keyLike", "d.key GLOB ?"),
            text("category", "d.category = ?"),
            like("categoryLike", "d.category GLOB ?"),
            integer("version", "d.version = ?"),
            only(
                "latestVersion",
                concat!(
                    "NOT EXISTS (SELECT 1 FROM ", $table, " AS newer
                 WHERE newer.key = d.key AND newer.version > d.version)"
                ),
            ),
            text("resourceName", "r.name = ?"),
            like("resourceNameLike", "r.name GLOB ?"),
            texts("tenantIdIn", NOTHING),
            only("withoutTenantId", "TRUE"),
            only($without_tenant, "TRUE"),
            $($more),*
        ]
    };
}

/// The sortings that both have, then others.
macro_rules! sorts {
    ($($more:expr),* $(,)?) => {
        &[
            sort("category", "d.category"),
            sort("key", "d.key"),
            sort("id", "d.id"),
            sort("name", "d.name"),
            sort("version", "d.version"),
            sort("deploymentId", "d.deployment_id"),
            sort("tenantId", "NULL"),
            $($more),*
        ]
    };
}

/// Decision definitions, as `GET /decision-definition` lists them.
pub static DECISION_DEFINITION: Listing = Listing {
    what: "Decision definition",
    from: "decision_definition AS d
        JOIN resource AS r ON r.id = d.resource_id
        JOIN deployment AS p ON p.id = d.deployment_id
        LEFT JOIN decision_requirements AS g ON g.resource_id = d.resource_id",
    columns: columns![
        plain("decisionRequirementsDefinitionId", "g.id"),
        plain("decisionRequirementsDefinitionKey", "g.key"),
        plain("historyTimeToLive", "d.history_days"),
        plain("versionTag", "d.version_tag"),
    ],
    filters: filters![
        "decision_definition",
        "decisionDefinitionId",
        "decisionDefinitionIdIn",
        "includeDecisionDefinitionsWithoutTenantId",
        at("deployedAfter", "p.deployed > ?"),
        at("deployedAt", "p.deployed = ?"),
        text("decisionRequirementsDefinitionId", "g.id = ?"),
        text("decisionRequirementsDefinitionKey", "g.key = ?"),
        only("withoutDecisionRequirementsDefinition", "g.id IS NULL"),
        text("versionTag", "d.version_tag = ?"),
        like("versionTagLike", "d.version_tag GLOB ?"),
    ],
    sorts: sorts![
        sort("decisionRequirementsDefinitionKey", "g.key"),
        sort("deployTime", "p.deployed"),
        sort("versionTag", "d.version_tag"),
    ],
    key: "d.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};

/// Decision requirements definitions, as `GET /decision-requirements-definition` lists them.
pub static DECISION_REQUIREMENTS: Listing = Listing {
    what: "Decision requirements definition",
    from: "decision_requirements AS d JOIN resource AS r ON r.id = d.resource_id",
    columns: columns![],
    filters: filters![
        "decision_requirements",
        "decisionRequirementsDefinitionId",
        "decisionRequirementsDefinitionIdIn",
        "includeDecisionRequirementsDefinitionsWithoutTenantId",
    ],
    sorts: sorts![],
    key: "d.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};
