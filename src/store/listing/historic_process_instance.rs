//! Process instances, running and past.

use super::*;

/// Process instances, as `GET /history/process-instance` lists them.
pub static HISTORIC_PROCESS_INSTANCE: Listing = Listing {
    what: "Historic process instance",
    from: "hist_process_instance AS h
        LEFT JOIN process_definition AS d ON d.id = h.definition_id",
    columns: &[
        plain("id", "h.id"),
        plain("businessKey", "h.business_key"),
        plain("processDefinitionId", "h.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionName", "d.name"),
        plain("processDefinitionVersion", "d.version"),
        date("startTime", "h.started"),
        date("endTime", "h.ended"),
        date("removalTime", "h.removal"),
        plain("durationInMillis", "h.ended - h.started"),
        plain("startUserId", "h.start_user"),
        plain(
            "startActivityId",
            // Until it is entered its job waits before it.
            "ifnull((SELECT a.activity_id FROM hist_activity AS a
                     WHERE a.process_instance_id = h.id ORDER BY a.seq LIMIT 1),
                (SELECT j.activity_id FROM job AS j WHERE j.process_instance_id = h.id
                 ORDER BY j.created, j.id LIMIT 1))",
        ),
        plain("deleteReason", "h.delete_reason"),
        plain("rootProcessInstanceId", "h.root_id"),
        plain("superProcessInstanceId", "h.called_by"),
        plain("superCaseInstanceId", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("tenantId", "NULL"),
        plain("state", "h.state"),
        plain("restartedProcessInstanceId", "NULL"),
    ],
    filters: &[
        text("processInstanceId", "h.id = ?"),
        texts("processInstanceIds", among!("h.id")),
        texts(
            "processInstanceIdNotIn",
            "h.id NOT IN (SELECT value FROM json_each(?))",
        ),
        text("processDefinitionId", "h.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts("processDefinitionKeyIn", among!("d.key")),
        texts(
            "processDefinitionKeyNotIn",
            "d.key NOT IN (SELECT value FROM json_each(?))",
        ),
        text("processDefinitionName", "d.name = ?"),
        like("processDefinitionNameLike", "d.name GLOB ?"),
        text("processInstanceBusinessKey", "h.business_key = ?"),
        texts("processInstanceBusinessKeyIn", among!("h.business_key")),
        like("processInstanceBusinessKeyLike", "h.business_key GLOB ?"),
        only("rootProcessInstances", "h.root_id = h.id"),
        text("rootProcessInstanceId", "h.root_id = ?"),
        only("finished", "h.ended IS NOT NULL"),
        only("unfinished", "h.ended IS NULL"),
        only(
            "withJobsRetrying",
            "EXISTS (SELECT 1 FROM job AS j WHERE j.root_id = h.root_id
                 AND j.process_instance_id = h.id AND j.error_message IS NOT NULL AND j.retries > 0)",
        ),
        only(
            "withIncidents",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id)",
        ),
        only(
            "withRootIncidents",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id
                 AND i.root_cause IS NULL)",
        ),
        texts(
            "incidentIdIn",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id
                 AND i.id IN (SELECT value FROM json_each(?)))",
        ),
        text(
            "incidentType",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id
                 AND i.kind = ?)",
        ),
        text(
            "incidentStatus",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id
                 AND ? = CASE WHEN i.resolved IS NULL THEN 'open' ELSE 'resolved' END)",
        ),
        text(
            "incidentMessage",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id
                 AND i.message = ?)",
        ),
        like(
            "incidentMessageLike",
            "EXISTS (SELECT 1 FROM hist_incident AS i WHERE i.process_instance_id = h.id
                 AND i.message GLOB ?)",
        ),
        at("startedBefore", "h.started <= ?"),
        at("startedAfter", "h.started >= ?"),
        at("finishedBefore", "h.ended <= ?"),
        at("finishedAfter", "h.ended >= ?"),
        at(
            "executedActivityAfter",
            "EXISTS (SELECT 1 FROM hist_activity AS a WHERE a.process_instance_id = h.id
                 AND a.started >= ?)",
        ),
        at(
            "executedActivityBefore",
            "EXISTS (SELECT 1 FROM hist_activity AS a WHERE a.process_instance_id = h.id
                 AND a.started <= ?)",
        ),
        at(
            "executedJobAfter",
            "EXISTS (SELECT 1 FROM hist_job_log AS j WHERE j.process_instance_id = h.id
                 AND j.at >= ?)",
        ),
        at(
            "executedJobBefore",
            "EXISTS (SELECT 1 FROM hist_job_log AS j WHERE j.process_instance_id = h.id
                 AND j.at <= ?)",
        ),
        text("startedBy", "h.start_user = ?"),
        text("superProcessInstanceId", "h.called_by = ?"),
        text(
            "subProcessInstanceId",
            "h.id = (SELECT c.called_by FROM hist_process_instance AS c WHERE c.id = ?)",
        ),
        text("superCaseInstanceId", NOTHING),
        text("subCaseInstanceId", NOTHING),
        text("caseInstanceId", NOTHING),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        texts("activityIdIn", AT),
        texts("activeActivityIdIn", ACTIVE),
        texts(
            "executedActivityIdIn",
            "EXISTS (SELECT 1 FROM hist_activity AS a WHERE a.process_instance_id = h.id
                 AND a.ended IS NOT NULL AND a.activity_id IN (SELECT value FROM json_each(?)))",
        ),
        only("active", "h.state = 'ACTIVE'"),
        only("suspended", "h.state = 'SUSPENDED'"),
        only("completed", "h.state = 'COMPLETED'"),
        only("externallyTerminated", "h.state = 'EXTERNALLY_TERMINATED'"),
        only("internallyTerminated", "h.state = 'INTERNALLY_TERMINATED'"),
        variables(
            "variables",
            "EXISTS (SELECT 1 FROM hist_variable AS v WHERE v.process_instance_id = h.id
                 AND v.scope_id = h.id AND v.removed = 0 AND {variable})",
        ),
    ],
    sorts: &[
        sort("instanceId", "h.id"),
        sort("definitionId", "h.definition_id"),
        sort("definitionKey", "d.key"),
        sort("definitionName", "d.name"),
        sort("definitionVersion", "d.version"),
        sort("businessKey", "h.business_key"),
        sort("startTime", "h.started"),
        sort("endTime", "h.ended"),
        sort("duration", "h.ended - h.started"),
        sort("tenantId", "NULL"),
    ],
    key: "h.id",
    employee: Some(own_instance!("h.id")),
    worker: None,
};

/// Where a token is, be it before or behind an activity; a scope around one is not meant.
const AT: &str = "EXISTS (SELECT 1 FROM execution AS e
    WHERE e.root_id = h.root_id AND e.process_instance_id = h.id
    AND e.activity_id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM execution AS c WHERE c.root_id = e.root_id
        AND c.parent_id = e.id AND c.process_instance_id = e.process_instance_id))
    OR EXISTS (SELECT 1 FROM job AS j
    WHERE j.root_id = h.root_id AND j.process_instance_id = h.id AND j.kind GLOB 'async-*'
    AND j.activity_id IN (SELECT value FROM json_each(?)))";

const ACTIVE: &str = "EXISTS (SELECT 1 FROM hist_activity AS a
    WHERE a.process_instance_id = h.id AND a.ended IS NULL
    AND a.activity_id IN (SELECT value FROM json_each(?)))";
