//! Running process instances.

use super::*;

/// Running process instances, as `GET /process-instance` lists them.
pub static PROCESS_INSTANCE: Listing = Listing {
    what: "Process instance",
    from: "process_instance AS p JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "p.id"),
        plain("definitionId", "p.definition_id"),
        plain("definitionKey", "d.key"),
        plain("businessKey", "p.business_key"),
        plain("caseInstanceId", "NULL"),
        flag("ended", "FALSE"),
        flag("suspended", "p.state = 'SUSPENDED'"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        texts("processInstanceIds", among!("p.id")),
        text("businessKey", "p.business_key = ?"),
        like("businessKeyLike", "p.business_key GLOB ?"),
        text("caseInstanceId", NOTHING),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts("processDefinitionKeyIn", among!("d.key")),
        texts(
            "processDefinitionKeyNotIn",
            "d.key NOT IN (SELECT value FROM json_each(?))",
        ),
        text("deploymentId", "d.deployment_id = ?"),
        text(
            "superProcessInstance",
            "EXISTS (SELECT 1 FROM hist_process_instance AS c WHERE c.id = p.id
                 AND c.called_by = ?)",
        ),
        text(
            "subProcessInstance",
            "p.id = (SELECT c.called_by FROM hist_process_instance AS c WHERE c.id = ?)",
        ),
        text("superCaseInstance", NOTHING),
        text("subCaseInstance", NOTHING),
        only("active", "p.state = 'ACTIVE'"),
        only("suspended", "p.state = 'SUSPENDED'"),
        only(
            "withIncident",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = p.root_id
                 AND i.process_instance_id = p.id)",
        ),
        text(
            "incidentId",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = p.root_id
                 AND i.process_instance_id = p.id AND i.id = ?)",
        ),
        text(
            "incidentType",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = p.root_id
                 AND i.process_instance_id = p.id AND i.kind = ?)",
        ),
        text(
            "incidentMessage",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = p.root_id
                 AND i.process_instance_id = p.id AND i.message = ?)",
        ),
        like(
            "incidentMessageLike",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = p.root_id
                 AND i.process_instance_id = p.id AND i.message GLOB ?)",
        ),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("processDefinitionWithoutTenantId", "TRUE"),
        texts(
            "activityIdIn",
            "EXISTS (SELECT 1 FROM execution AS e WHERE e.root_id = p.root_id
                 AND e.process_instance_id = p.id
                 AND e.activity_id IN (SELECT value FROM json_each(?)))",
        ),
        only("rootProcessInstances", "p.root_id = p.id"),
        text("rootProcessInstanceId", "p.root_id = ?"),
        only(
            "leafProcessInstances",
            "NOT EXISTS (SELECT 1 FROM hist_process_instance AS c
                 WHERE c.called_by = p.id AND c.ended IS NULL)",
        ),
        variables(
            "variables",
            "EXISTS (SELECT 1 FROM variable AS v WHERE v.root_id = p.root_id
                 AND v.scope_id = p.id AND {variable})",
        ),
    ],
    sorts: &[
        sort("instanceId", "p.id"),
        sort("definitionKey", "d.key"),
        sort("definitionId", "p.definition_id"),
        sort("tenantId", "NULL"),
        sort("businessKey", "p.business_key"),
    ],
    key: "p.id",
    employee: Some(own_instance!("p.id")),
    worker: Some(worked_on!("p.root_id")),
};
