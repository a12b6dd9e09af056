//! Process definitions, all versions.

use super::*;

/// Process definitions, as `GET /process-definition` lists them.
pub static PROCESS_DEFINITION: Listing = Listing {
    what: "Process definition",
    from: "process_definition AS d
        JOIN resource AS r ON r.id = d.resource_id
        JOIN deployment AS p ON p.id = d.deployment_id",
    columns: &[
        plain("id", "d.id"),
        plain("key", "d.key"),
        plain("category", "NULL"),
        plain("description", "d.description"),
        plain("name", "d.name"),
        plain("version", "d.version"),
        plain("resource", "r.name"),
        plain("deploymentId", "d.deployment_id"),
        plain("diagram", "NULL"),
        flag("suspended", "d.suspended"),
        plain("tenantId", "NULL"),
        plain("versionTag", "d.version_tag"),
        plain("historyTimeToLive", "d.history_days"),
        flag("startableInTasklist", "TRUE"),
    ],
    filters: &[
        text("processDefinitionId", "d.id = ?"),
        texts("processDefinitionIdIn", "d.id IN (SELECT value FROM json_each(?))"),
        text("name", "d.name = ?"),
        like("nameLike", "d.name GLOB ?"),
        text("deploymentId", "d.deployment_id = ?"),
        at("deployedAfter", "p.deployed > ?"),
        at("deployedAt", "p.deployed = ?"),
        text("key", "d.key = ?"),
        texts("keysIn", "d.key IN (SELECT value FROM json_each(?))"),
        like("keyLike", "d.key GLOB ?"),
        text("category", "? IS NULL"),
        like("categoryLike", "? IS NULL"),
        integer("version", "d.version = ?"),
        only("latestVersion", NEWEST),
        text("resourceName", "r.name = ?"),
        like("resourceNameLike", "r.name GLOB ?"),
        only("active", "d.suspended = 0"),
        only("suspended", "d.suspended = 1"),
        text(
            "incidentId",
            "EXISTS (SELECT 1 FROM incident AS i JOIN process_instance AS x
                 ON x.id = i.process_instance_id WHERE x.definition_id = d.id AND i.id = ?)",
        ),
        text(
            "incidentType",
            "EXISTS (SELECT 1 FROM incident AS i JOIN process_instance AS x
                 ON x.id = i.process_instance_id WHERE x.definition_id = d.id AND i.kind = ?)",
        ),
        text(
            "incidentMessage",
            "EXISTS (SELECT 1 FROM incident AS i JOIN process_instance AS x
                 ON x.id = i.process_instance_id WHERE x.definition_id = d.id AND i.message = ?)",
        ),
        like(
            "incidentMessageLike",
            "EXISTS (SELECT 1 FROM incident AS i JOIN process_instance AS x
                 ON x.id = i.process_instance_id WHERE x.definition_id = d.id AND i.message GLOB ?)",
        ),
        texts("tenantIdIn", "? IS NULL"),
        only("withoutTenantId", "TRUE"),
        only("includeProcessDefinitionsWithoutTenantId", "TRUE"),
        text("versionTag", "d.version_tag = ?"),
        like("versionTagLike", "d.version_tag GLOB ?"),
        only("withoutVersionTag", "d.version_tag IS NULL"),
        only("startableInTasklist", "TRUE"),
        only("notStartableInTasklist", "FALSE"),
        only("startablePermissionCheck", "TRUE"),
    ],
    sorts: &[
        sort("category", "NULL"),
        sort("key", "d.key"),
        sort("id", "d.id"),
        sort("name", "d.name"),
        sort("version", "d.version"),
        sort("deploymentId", "d.deployment_id"),
        sort("deployTime", "p.deployed"),
        sort("tenantId", "NULL"),
        sort("versionTag", "d.version_tag"),
    ],
    key: "d.id",
    employee: Some("TRUE"),
    worker: Some("TRUE"),
};

const NEWEST: &str = "NOT EXISTS (SELECT 1 FROM process_definition AS newer
    WHERE newer.key = d.key AND newer.version > d.version)";
