//! What was logged: incidents, jobs, external tasks, what people did.

use super::*;

/// Incidents, open and past, as `GET /history/incident` lists them.
pub static HISTORIC_INCIDENT: Listing = Listing {
    what: "Historic incident",
    from: "hist_incident AS h
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "h.id"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("executionId", "h.execution_id"),
        plain("rootProcessInstanceId", "p.root_id"),
        date("createTime", "h.created"),
        date("endTime", "h.resolved"),
        date("removalTime", "NULL"),
        plain("incidentType", "h.kind"),
        plain("activityId", "h.activity_id"),
        plain("failedActivityId", "h.activity_id"),
        plain("causeIncidentId", "ifnull(h.cause, h.id)"),
        plain("rootCauseIncidentId", "ifnull(h.root_cause, h.id)"),
        plain("configuration", "nullif(h.configuration, '')"),
        plain("historyConfiguration", FAILURE),
        plain("incidentMessage", "h.message"),
        plain("tenantId", "NULL"),
        plain("jobDefinitionId", "NULL"),
        flag("open", "h.resolved IS NULL"),
        flag("deleted", DELETED),
        flag("resolved", RESOLVED),
        plain("annotation", "h.annotation"),
    ],
    filters: &[
        text("incidentId", "h.id = ?"),
        text("incidentType", "h.kind = ?"),
        text("incidentMessage", "h.message = ?"),
        like("incidentMessageLike", "h.message GLOB ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts("processDefinitionKeyIn", among!("d.key")),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("executionId", "h.execution_id = ?"),
        at("createTimeBefore", "h.created < ?"),
        at("createTimeAfter", "h.created > ?"),
        at("endTimeBefore", "h.resolved < ?"),
        at("endTimeAfter", "h.resolved > ?"),
        text("activityId", "h.activity_id = ?"),
        text("failedActivityId", "h.activity_id = ?"),
        text("causeIncidentId", "ifnull(h.cause, h.id) = ?"),
        text("rootCauseIncidentId", "ifnull(h.root_cause, h.id) = ?"),
        text("configuration", "h.configuration = ?"),
        text(
            "historyConfiguration",
            "EXISTS (SELECT 1 FROM hist_external_task_log AS l
                 WHERE l.process_instance_id = h.process_instance_id
                 AND l.external_task_id = h.configuration
                 AND l.process_instance_id || ':' || l.seq = ?)
             OR EXISTS (SELECT 1 FROM hist_job_log AS l
                 WHERE l.process_instance_id = h.process_instance_id
                 AND l.job_id = h.configuration
                 AND l.process_instance_id || ':' || l.seq = ?)",
        ),
        only("open", "h.resolved IS NULL"),
        only("resolved", RESOLVED),
        only("deleted", DELETED),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        texts("jobDefinitionIdIn", NOTHING),
    ],
    sorts: &[
        sort("incidentId", "h.id"),
        sort("incidentMessage", "h.message"),
        sort("createTime", "h.created"),
        sort("endTime", "h.resolved"),
        sort("incidentType", "h.kind"),
        sort("executionId", "h.execution_id"),
        sort("activityId", "h.activity_id"),
        sort("processInstanceId", "h.process_instance_id"),
        sort("processDefinitionId", "p.definition_id"),
        sort("processDefinitionKey", "d.key"),
        sort("causeIncidentId", "ifnull(h.cause, h.id)"),
        sort("rootCauseIncidentId", "ifnull(h.root_cause, h.id)"),
        sort("configuration", "h.configuration"),
        sort("historyConfiguration", FAILURE),
        sort("tenantId", "NULL"),
        sort("incidentState", "h.resolved IS NOT NULL"),
    ],
    key: "h.id",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

/// The last failure before the incident, in the log of its job or external task.
const FAILURE: &str = "ifnull(
    (SELECT l.process_instance_id || ':' || l.seq FROM hist_external_task_log AS l
     WHERE l.process_instance_id = h.process_instance_id AND l.seq < h.seq
     AND l.state = 'failed' AND l.external_task_id = h.configuration
     ORDER BY l.seq DESC LIMIT 1),
    (SELECT l.process_instance_id || ':' || l.seq FROM hist_job_log AS l
     WHERE l.process_instance_id = h.process_instance_id AND l.seq < h.seq
     AND l.state = 'failed' AND l.job_id = h.configuration ORDER BY l.seq DESC LIMIT 1))";

/// It went with its instance, which was deleted or taken away with another.
const DELETED: &str = "h.resolved IS NOT NULL AND h.resolved = p.ended
    AND p.state GLOB '*NALLY_TERMINATED'";

const RESOLVED: &str = "h.resolved IS NOT NULL
    AND NOT (p.state GLOB '*NALLY_TERMINATED' AND h.resolved = p.ended)";

/// What jobs did, as `GET /history/job-log` lists it.
pub static JOB_LOG: Listing = Listing {
    what: "Historic job log",
    from: concat!(
        "hist_job_log AS h
        LEFT JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = h.definition_id
        LEFT JOIN job_definition AS k ON k.definition_id = h.definition_id
            AND k.kind = h.kind AND k.job_activity = h.activity_id ",
        node!("h.definition_id", "h.activity_id")
    ),
    columns: &[
        plain("id", "h.process_instance_id || ':' || h.seq"),
        date("timestamp", "h.at"),
        date("removalTime", "NULL"),
        plain("jobId", "h.job_id"),
        date("jobDueDate", "h.due"),
        plain("jobRetries", "h.retries"),
        plain("jobPriority", "h.priority"),
        plain("jobExceptionMessage", "h.error_message"),
        plain(
            "failedActivityId",
            "CASE h.state WHEN 'failed' THEN h.activity_id END",
        ),
        plain("jobDefinitionId", "k.id"),
        plain("jobDefinitionType", JOB_TYPE),
        plain("jobDefinitionConfiguration", CONFIGURATION),
        plain("activityId", "h.activity_id"),
        plain("executionId", "h.execution_id"),
        plain("processInstanceId", "p.id"),
        plain("processDefinitionId", "h.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("deploymentId", "d.deployment_id"),
        plain("rootProcessInstanceId", "p.root_id"),
        plain("tenantId", "NULL"),
        plain("hostname", "NULL"),
        plain("batchId", "NULL"),
        flag("creationLog", "FALSE"),
        flag("failureLog", "h.state = 'failed'"),
        flag("successLog", "h.state = 'successful'"),
        flag("deletionLog", "FALSE"),
    ],
    filters: &[
        text("logId", "h.process_instance_id || ':' || h.seq = ?"),
        text("jobId", "h.job_id = ?"),
        text("jobExceptionMessage", "h.error_message = ?"),
        text("jobDefinitionId", "k.id = ?"),
        text(
            "jobDefinitionType",
            "? = CASE WHEN h.kind = 'timer-start' THEN 'timer-start-event'
                 WHEN h.kind = 'timer' AND n.type = 'intermediateTimer'
                     THEN 'timer-intermediate-transition'
                 WHEN h.kind = 'timer' AND n.type = 'startTimerEvent'
                     THEN 'timer-start-event-subprocess'
                 WHEN h.kind = 'timer' THEN 'timer-transition'
                 ELSE 'async-continuation' END",
        ),
        text(
            "jobDefinitionConfiguration",
            "h.kind GLOB 'async-*' AND h.kind = ?",
        ),
        texts("activityIdIn", among!("h.activity_id")),
        texts(
            "failedActivityIdIn",
            "h.state = 'failed' AND h.activity_id IN (SELECT value FROM json_each(?))",
        ),
        texts("executionIdIn", among!("h.execution_id")),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("processDefinitionId", "h.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("deploymentId", "d.deployment_id = ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        text("hostname", NOTHING),
        long("jobPriorityLowerThanOrEquals", "h.priority <= ?"),
        long("jobPriorityHigherThanOrEquals", "h.priority >= ?"),
        only("creationLog", "FALSE"),
        only("failureLog", "h.state = 'failed'"),
        only("successLog", "h.state = 'successful'"),
        only("deletionLog", "FALSE"),
    ],
    sorts: &[
        sort("timestamp", "h.at"),
        sort("jobId", "h.job_id"),
        sort("jobDefinitionId", "k.id"),
        sort("jobDueDate", "h.due"),
        sort("jobRetries", "h.retries"),
        sort("jobPriority", "h.priority"),
        sort("activityId", "h.activity_id"),
        sort("executionId", "h.execution_id"),
        sort("processInstanceId", "h.process_instance_id"),
        sort("processDefinitionId", "h.definition_id"),
        sort("processDefinitionKey", "d.key"),
        sort("deploymentId", "d.deployment_id"),
        sort("hostname", "NULL"),
        sort("occurrence", "h.seq"),
        sort("tenantId", "NULL"),
    ],
    key: "h.process_instance_id || ':' || h.seq",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

const JOB_TYPE: &str = "CASE WHEN h.kind = 'timer-start' THEN 'timer-start-event'
    WHEN h.kind = 'timer' AND n.type = 'intermediateTimer' THEN 'timer-intermediate-transition'
    WHEN h.kind = 'timer' AND n.type = 'startTimerEvent' THEN 'timer-start-event-subprocess'
    WHEN h.kind = 'timer' THEN 'timer-transition' ELSE 'async-continuation' END";

const CONFIGURATION: &str = "CASE WHEN h.kind GLOB 'async-*' THEN h.kind END";

/// What became of external tasks, as `GET /history/external-task-log` lists it.
pub static EXTERNAL_TASK_LOG: Listing = Listing {
    what: "Historic external task log",
    from: "hist_external_task_log AS h
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "h.process_instance_id || ':' || h.seq"),
        plain("externalTaskId", "h.external_task_id"),
        date("timestamp", "h.at"),
        plain("topicName", "h.topic"),
        plain("workerId", "h.worker_id"),
        plain("retries", "h.retries"),
        plain("priority", "h.priority"),
        plain("errorMessage", "h.error_message"),
        plain("activityId", "h.activity_id"),
        plain(
            "activityInstanceId",
            "h.activity_id || ':' || h.execution_id",
        ),
        plain("executionId", "h.execution_id"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("tenantId", "NULL"),
        flag("creationLog", "h.state = 'created'"),
        flag("failureLog", "h.state = 'failed'"),
        flag("successLog", "h.state = 'successful'"),
        flag("deletionLog", "h.state = 'deleted'"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
    ],
    filters: &[
        text("logId", "h.process_instance_id || ':' || h.seq = ?"),
        text("externalTaskId", "h.external_task_id = ?"),
        text("topicName", "h.topic = ?"),
        text("workerId", "h.worker_id = ?"),
        text("errorMessage", "h.error_message = ?"),
        texts("activityIdIn", among!("h.activity_id")),
        texts(
            "activityInstanceIdIn",
            among!("h.activity_id || ':' || h.execution_id"),
        ),
        texts("executionIdIn", among!("h.execution_id")),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        long("priorityLowerThanOrEquals", "h.priority <= ?"),
        long("priorityHigherThanOrEquals", "h.priority >= ?"),
        only("creationLog", "h.state = 'created'"),
        only("failureLog", "h.state = 'failed'"),
        only("successLog", "h.state = 'successful'"),
        only("deletionLog", "h.state = 'deleted'"),
    ],
    sorts: &[
        sort("timestamp", "h.at"),
        sort("externalTaskId", "h.external_task_id"),
        sort("topicName", "h.topic"),
        sort("workerId", "h.worker_id"),
        sort("retries", "h.retries"),
        sort("priority", "h.priority"),
        sort("activityId", "h.activity_id"),
        sort(
            "activityInstanceId",
            "h.activity_id || ':' || h.execution_id",
        ),
        sort("executionId", "h.execution_id"),
        sort("processInstanceId", "h.process_instance_id"),
        sort("processDefinitionId", "p.definition_id"),
        sort("processDefinitionKey", "d.key"),
        sort("tenantId", "NULL"),
    ],
    key: "h.process_instance_id || ':' || h.seq",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

/// What a worker said of a failure at length, by the id in that log.
pub static EXTERNAL_TASK_ERROR: Listing = Listing {
    what: "Historic external task log",
    from: "hist_external_task_log AS h",
    columns: &[plain("errorDetails", "h.error_details")],
    filters: &[text("processInstanceId", "h.process_instance_id = ?")],
    sorts: &[],
    key: "h.process_instance_id || ':' || h.seq",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

/// Who did what, as `GET /history/user-operation` lists it.
pub static USER_OPERATION: Listing = Listing {
    what: "User operation",
    from: "hist_operation AS h
        LEFT JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "CAST(h.seq AS TEXT)"),
        plain("deploymentId", "d.deployment_id"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("executionId", "NULL"),
        plain("caseDefinitionId", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("caseExecutionId", "NULL"),
        plain("taskId", "h.task_id"),
        plain("jobId", "NULL"),
        plain("jobDefinitionId", "NULL"),
        plain("batchId", "NULL"),
        plain("userId", "h.user_id"),
        date("timestamp", "h.at"),
        plain("operationId", "CAST(h.seq AS TEXT)"),
        plain("externalTaskId", "NULL"),
        plain("operationType", "h.operation"),
        plain("entityType", "h.entity"),
        plain("property", "h.property"),
        plain("orgValue", "h.old_value"),
        plain("newValue", "h.new_value"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
        plain("category", CATEGORY),
        plain("annotation", "h.reason"),
    ],
    filters: &[
        text("deploymentId", "d.deployment_id = ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("executionId", NOTHING),
        text("caseDefinitionId", NOTHING),
        text("caseInstanceId", NOTHING),
        text("caseExecutionId", NOTHING),
        text("taskId", "h.task_id = ?"),
        text("externalTaskId", NOTHING),
        text("batchId", NOTHING),
        text("jobId", NOTHING),
        text("jobDefinitionId", NOTHING),
        text("userId", "h.user_id = ?"),
        text("operationId", "CAST(h.seq AS TEXT) = ?"),
        text("operationType", "h.operation = ?"),
        text("entityType", "h.entity = ?"),
        texts("entityTypeIn", among!("h.entity")),
        text(
            "category",
            "? = CASE WHEN h.entity = 'Task' THEN 'TaskWorker'
                 WHEN h.entity IN ('User', 'Group') THEN 'Admin' ELSE 'Operator' END",
        ),
        texts(
            "categoryIn",
            "(CASE WHEN h.entity = 'Task' THEN 'TaskWorker'
                 WHEN h.entity IN ('User', 'Group') THEN 'Admin' ELSE 'Operator' END)
             IN (SELECT value FROM json_each(?))",
        ),
        text("property", "h.property = ?"),
        at("afterTimestamp", "h.at >= ?"),
        at("beforeTimestamp", "h.at <= ?"),
    ],
    sorts: &[sort("timestamp", "h.at")],
    key: "h.seq",
    employee: Some(concat!(
        "h.user_id = :user OR ",
        own_instance!("h.process_instance_id")
    )),
    worker: None,
};

const CATEGORY: &str = "CASE WHEN h.entity = 'Task' THEN 'TaskWorker'
    WHEN h.entity IN ('User', 'Group') THEN 'Admin' ELSE 'Operator' END";

/// Who got and lost tasks, as `GET /history/identity-link-log` lists it: read off the log of
/// operations, in which each change of a task stands with both its ends.
pub static IDENTITY_LINK_LOG: Listing = Listing {
    what: "Identity link",
    from: "(SELECT seq, at, user_id, task_id, process_instance_id, property, 'delete' AS operation,
                old_value AS who FROM hist_operation
            WHERE entity = 'Task' AND property IN ('assignee', 'owner') AND old_value IS NOT NULL
            UNION ALL
            SELECT seq, at, user_id, task_id, process_instance_id, property, 'add', new_value
            FROM hist_operation
            WHERE entity = 'Task' AND property IN ('assignee', 'owner') AND new_value IS NOT NULL
        ) AS h
        LEFT JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "h.seq || ':' || h.operation"),
        date("time", "h.at"),
        plain("type", "h.property"),
        plain("userId", "h.who"),
        plain("groupId", "NULL"),
        plain("taskId", "h.task_id"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("operationType", "h.operation"),
        plain("assignerId", "h.user_id"),
        plain("tenantId", "NULL"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
    ],
    filters: &[
        text("type", "h.property = ?"),
        text("userId", "h.who = ?"),
        text("groupId", NOTHING),
        at("dateBefore", "h.at <= ?"),
        at("dateAfter", "h.at >= ?"),
        text("taskId", "h.task_id = ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("operationType", "h.operation = ?"),
        text("assignerId", "h.user_id = ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
    ],
    sorts: &[
        sort("time", "h.at"),
        sort("type", "h.property"),
        sort("userId", "h.who"),
        sort("groupId", "NULL"),
        sort("taskId", "h.task_id"),
        sort("processDefinitionId", "p.definition_id"),
        sort("processDefinitionKey", "d.key"),
        sort("operationType", "h.operation"),
        sort("assignerId", "h.user_id"),
        sort("tenantId", "NULL"),
    ],
    key: "h.seq || ':' || h.operation",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};
