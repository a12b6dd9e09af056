//! Decision definitions and the files that require them, all versions.

use super::*;

/// Decision definitions, as `GET /decision-definition` lists them.
pub static DECISION_DEFINITION: Listing = Listing {
    what: "Decision definition",
    from: "decision_definition AS d
        JOIN resource AS r ON r.id = d.resource_id
        JOIN deployment AS p ON p.id = d.deployment_id
        LEFT JOIN decision_requirements AS g ON g.resource_id = d.resource_id",
    columns: &[
        plain("id", "d.id"),
        plain("key", "d.key"),
        plain("category", "d.category"),
        plain("name", "d.name"),
        plain("version", "d.version"),
        plain("resource", "r.name"),
        plain("deploymentId", "d.deployment_id"),
        plain("tenantId", "NULL"),
        plain("decisionRequirementsDefinitionId", "g.id"),
        plain("decisionRequirementsDefinitionKey", "g.key"),
        plain("historyTimeToLive", "d.history_days"),
        plain("versionTag", "d.version_tag"),
    ],
    filters: &[
        text("decisionDefinitionId", "d.id = ?"),
        texts("decisionDefinitionIdIn", among!("d.id")),
        text("name", "d.name = ?"),
        like("nameLike", "d.name GLOB ?"),
        text("deploymentId", "d.deployment_id = ?"),
        at("deployedAfter", "p.deployed > ?"),
        at("deployedAt", "p.deployed = ?"),
        text("key", "d.key = ?"),
        like("keyLike", "d.key GLOB ?"),
        text("category", "d.category = ?"),
        like("categoryLike", "d.category GLOB ?"),
        integer("version", "d.version = ?"),
        only(
            "latestVersion",
            "NOT EXISTS (SELECT 1 FROM decision_definition AS newer
                 WHERE newer.key = d.key AND newer.version > d.version)",
        ),
        text("resourceName", "r.name = ?"),
        like("resourceNameLike", "r.name GLOB ?"),
        text("decisionRequirementsDefinitionId", "g.id = ?"),
        text("decisionRequirementsDefinitionKey", "g.key = ?"),
        only("withoutDecisionRequirementsDefinition", "g.id IS NULL"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("includeDecisionDefinitionsWithoutTenantId", "TRUE"),
        text("versionTag", "d.version_tag = ?"),
        like("versionTagLike", "d.version_tag GLOB ?"),
    ],
    sorts: &[
        sort("category", "d.category"),
        sort("decisionRequirementsDefinitionKey", "g.key"),
        sort("key", "d.key"),
        sort("id", "d.id"),
        sort("name", "d.name"),
        sort("version", "d.version"),
        sort("deploymentId", "d.deployment_id"),
        sort("deployTime", "p.deployed"),
        sort("versionTag", "d.version_tag"),
        sort("tenantId", "NULL"),
    ],
    key: "d.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};

/// Decision requirements definitions, as `GET /decision-requirements-definition` lists them.
pub static DECISION_REQUIREMENTS: Listing = Listing {
    what: "Decision requirements definition",
    from: "decision_requirements AS d JOIN resource AS r ON r.id = d.resource_id",
    columns: &[
        plain("id", "d.id"),
        plain("key", "d.key"),
        plain("category", "d.category"),
        plain("name", "d.name"),
        plain("version", "d.version"),
        plain("resource", "r.name"),
        plain("deploymentId", "d.deployment_id"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        text("decisionRequirementsDefinitionId", "d.id = ?"),
        texts("decisionRequirementsDefinitionIdIn", among!("d.id")),
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
            "NOT EXISTS (SELECT 1 FROM decision_requirements AS newer
                 WHERE newer.key = d.key AND newer.version > d.version)",
        ),
        text("resourceName", "r.name = ?"),
        like("resourceNameLike", "r.name GLOB ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only(
            "includeDecisionRequirementsDefinitionsWithoutTenantId",
            "TRUE",
        ),
    ],
    sorts: &[
        sort("category", "d.category"),
        sort("key", "d.key"),
        sort("id", "d.id"),
        sort("name", "d.name"),
        sort("version", "d.version"),
        sort("deploymentId", "d.deployment_id"),
        sort("tenantId", "NULL"),
    ],
    key: "d.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};
