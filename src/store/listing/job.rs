//! Jobs, and incidents that are open.

use super::*;

/// Jobs, as `GET /job` lists them.
pub static JOB: Listing = Listing {
    what: "Job",
    from: "job AS j
        LEFT JOIN process_definition AS d ON d.id = j.definition_id
        LEFT JOIN process_instance AS p ON p.id = j.process_instance_id",
    columns: &[
        plain("id", "j.id"),
        plain("jobDefinitionId", "NULL"),
        plain("processInstanceId", "j.process_instance_id"),
        plain("processDefinitionId", "j.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("executionId", "j.execution_id"),
        plain("exceptionMessage", "j.error_message"),
        plain(
            "failedActivityId",
            "CASE WHEN j.error_message IS NOT NULL THEN j.activity_id END",
        ),
        plain("retries", "j.retries"),
        date("dueDate", "j.due"),
        flag("suspended", SUSPENDED),
        plain("priority", "0"),
        plain("tenantId", "NULL"),
        date("createTime", "j.created"),
        plain("batchId", "NULL"),
    ],
    filters: &[
        text("jobId", "j.id = ?"),
        texts("jobIds", among!("j.id")),
        text("jobDefinitionId", NOTHING),
        text("processInstanceId", "j.process_instance_id = ?"),
        texts("processInstanceIds", among!("j.process_instance_id")),
        text("executionId", "j.execution_id = ?"),
        text("processDefinitionId", "j.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("activityId", "j.activity_id = ?"),
        only("withRetriesLeft", "j.retries > 0"),
        only(
            "executable",
            "j.retries > 0 AND j.due <= :now AND CASE WHEN p.id IS NULL
                 THEN ifnull(d.suspended, 0) = 0 ELSE p.state <> 'SUSPENDED' END",
        ),
        only("timers", "j.kind GLOB 'timer*'"),
        only("messages", "j.kind GLOB 'async-*'"),
        only("withException", "j.error_message IS NOT NULL"),
        text("exceptionMessage", "j.error_message = ?"),
        text(
            "failedActivityId",
            "j.error_message IS NOT NULL AND j.activity_id = ?",
        ),
        only("noRetriesLeft", "j.retries = 0"),
        only(
            "active",
            "CASE WHEN p.id IS NULL THEN ifnull(d.suspended, 0) = 0 ELSE p.state <> 'SUSPENDED' END",
        ),
        only("suspended", SUSPENDED),
        long("priorityLowerThanOrEquals", "0 <= ?"),
        long("priorityHigherThanOrEquals", "0 >= ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("includeJobsWithoutTenantId", "TRUE"),
        only("acquired", "j.lock_expires > :now"),
        // `dueDates` and `createTimes`, with an operator each.
        at("dueAfter", "j.due > ?"),
        at("dueBefore", "j.due < ?"),
        at("createdAfter", "j.created > ?"),
        at("createdBefore", "j.created < ?"),
    ],
    sorts: &[
        sort("jobId", "j.id"),
        sort("executionId", "j.execution_id"),
        sort("processInstanceId", "j.process_instance_id"),
        sort("processDefinitionId", "j.definition_id"),
        sort("processDefinitionKey", "d.key"),
        sort("jobPriority", "NULL"),
        sort("jobRetries", "j.retries"),
        sort("jobDueDate", "j.due"),
        sort("tenantId", "NULL"),
    ],
    key: "j.id",
    employee: Some(own_instance!("j.process_instance_id")),
    worker: Some(worked_on!("j.root_id")),
};

/// A timer that starts instances rests with its process.
const SUSPENDED: &str = "CASE WHEN p.id IS NULL THEN ifnull(d.suspended, 0) = 1
    ELSE p.state = 'SUSPENDED' END";

/// Open incidents, as `GET /incident` lists them.
pub static INCIDENT: Listing = Listing {
    what: "Incident",
    from: "incident AS i
        JOIN process_instance AS p ON p.id = i.process_instance_id
        JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "i.id"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processInstanceId", "i.process_instance_id"),
        plain("executionId", "i.execution_id"),
        date("incidentTimestamp", "i.created"),
        plain("incidentType", "i.kind"),
        plain("activityId", "i.activity_id"),
        plain("failedActivityId", "i.activity_id"),
        plain("causeIncidentId", "ifnull(i.cause, i.id)"),
        plain("rootCauseIncidentId", "ifnull(i.root_cause, i.id)"),
        plain("configuration", "nullif(i.configuration, '')"),
        plain("incidentMessage", "i.message"),
        plain("tenantId", "NULL"),
        plain("jobDefinitionId", "NULL"),
        plain("annotation", "NULL"),
    ],
    filters: &[
        text("incidentId", "i.id = ?"),
        text("incidentType", "i.kind = ?"),
        text("incidentMessage", "i.message = ?"),
        like("incidentMessageLike", "i.message GLOB ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        texts("processDefinitionKeyIn", among!("d.key")),
        text("processInstanceId", "i.process_instance_id = ?"),
        text("executionId", "i.execution_id = ?"),
        at("incidentTimestampBefore", "i.created < ?"),
        at("incidentTimestampAfter", "i.created > ?"),
        text("activityId", "i.activity_id = ?"),
        text("failedActivityId", "i.activity_id = ?"),
        text("causeIncidentId", "ifnull(i.cause, i.id) = ?"),
        text("rootCauseIncidentId", "ifnull(i.root_cause, i.id) = ?"),
        text("configuration", "i.configuration = ?"),
        texts("tenantIdIn", NOTHING),
        texts("jobDefinitionIdIn", NOTHING),
    ],
    sorts: &[
        sort("incidentId", "i.id"),
        sort("incidentMessage", "i.message"),
        sort("incidentTimestamp", "i.created"),
        sort("incidentType", "i.kind"),
        sort("executionId", "i.execution_id"),
        sort("activityId", "i.activity_id"),
        sort("processInstanceId", "i.process_instance_id"),
        sort("processDefinitionId", "p.definition_id"),
        sort("causeIncidentId", "ifnull(i.cause, i.id)"),
        sort("rootCauseIncidentId", "ifnull(i.root_cause, i.id)"),
        sort("configuration", "i.configuration"),
        sort("tenantId", "NULL"),
    ],
    key: "i.id",
    employee: Some(own_instance!("i.process_instance_id")),
    worker: Some(worked_on!("i.root_id")),
};
