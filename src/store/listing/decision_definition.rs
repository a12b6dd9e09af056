//! Decision definitions, all versions.

use super::*;

/// Decision definitions, as `GET /decision-definition` lists them.
pub static DECISION_DEFINITION: Listing = Listing {
    what: "Decision definition",
    from: "decision_definition AS d
        JOIN resource AS r ON r.id = d.resource_id
        JOIN deployment AS p ON p.id = d.deployment_id",
    columns: &[
        plain("id", "d.id"),
        plain("key", "d.key"),
        plain("category", "NULL"),
        plain("name", "d.name"),
        plain("version", "d.version"),
        plain("resource", "r.name"),
        plain("deploymentId", "d.deployment_id"),
        plain("tenantId", "NULL"),
        plain("decisionRequirementsDefinitionId", "NULL"),
        plain("decisionRequirementsDefinitionKey", "NULL"),
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
        text("category", NOTHING),
        like("categoryLike", NOTHING),
        integer("version", "d.version = ?"),
        only(
            "latestVersion",
            "NOT EXISTS (SELECT 1 FROM decision_definition AS newer
                 WHERE newer.key = d.key AND newer.version > d.version)",
        ),
        text("resourceName", "r.name = ?"),
        like("resourceNameLike", "r.name GLOB ?"),
        text("decisionRequirementsDefinitionId", NOTHING),
        text("decisionRequirementsDefinitionKey", NOTHING),
        only("withoutDecisionRequirementsDefinition", "TRUE"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("includeDecisionDefinitionsWithoutTenantId", "TRUE"),
        text("versionTag", "d.version_tag = ?"),
        like("versionTagLike", "d.version_tag GLOB ?"),
    ],
    sorts: &[
        sort("category", "NULL"),
        sort("decisionRequirementsDefinitionKey", "NULL"),
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
