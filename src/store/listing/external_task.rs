//! Open external tasks.

use super::*;

/// Those that could be locked now, narrowed as a topic of `POST /external-task/fetchAndLock`
/// says; the highest priority first, then the oldest.
pub static LOCKABLE: Listing = Listing {
    what: "External task",
    from: "external_task AS t
        JOIN process_definition AS d ON d.id = t.definition_id
        JOIN process_instance AS p ON p.id = t.process_instance_id
            AND t.suspended = 0 AND (t.retries IS NULL OR t.retries > 0)
            AND (t.lock_expires IS NULL OR t.lock_expires <= :now)",
    columns: &[plain("id", "t.id")],
    filters: &[
        text("topicName", "t.topic = ?"),
        text("businessKey", "p.business_key = ?"),
        text("processDefinitionId", "t.definition_id = ?"),
        texts(
            "processDefinitionIdIn",
            "t.definition_id IN (SELECT value FROM json_each(?))",
        ),
        text("processDefinitionKey", "d.key = ?"),
        texts(
            "processDefinitionKeyIn",
            "d.key IN (SELECT value FROM json_each(?))",
        ),
        text("processDefinitionVersionTag", "d.version_tag = ?"),
        texts("tenantIdIn", "? IS NULL"),
        only("withoutTenantId", "TRUE"),
        variables(
            "variables",
            "EXISTS (SELECT 1 FROM variable AS v WHERE v.root_id = t.root_id
                 AND v.scope_id = t.process_instance_id AND {variable})",
        ),
    ],
    sorts: &[
        sort("taskPriority", "t.priority"),
        sort("createTime", "t.created"),
    ],
    key: "t.id",
    employee: None,
    worker: None,
};

/// External tasks, as `GET /external-task` lists them.
pub static EXTERNAL_TASK: Listing = Listing {
    what: "External task",
    from: "external_task AS t
        JOIN process_definition AS d ON d.id = t.definition_id
        JOIN process_instance AS p ON p.id = t.process_instance_id",
    columns: &[
        plain("activityId", "t.activity_id"),
        plain(
            "activityInstanceId",
            "t.activity_id || ':' || t.execution_id",
        ),
        plain("errorMessage", "t.error_message"),
        plain("executionId", "t.execution_id"),
        plain("id", "t.id"),
        date("lockExpirationTime", "t.lock_expires"),
        plain("processDefinitionId", "t.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionVersionTag", "d.version_tag"),
        plain("processInstanceId", "t.process_instance_id"),
        plain("tenantId", "NULL"),
        plain("retries", "t.retries"),
        flag("suspended", "t.suspended"),
        plain("workerId", "t.worker_id"),
        plain("topicName", "t.topic"),
        plain("priority", "t.priority"),
        plain("businessKey", "p.business_key"),
        date("createTime", "t.created"),
    ],
    filters: &[
        text("externalTaskId", "t.id = ?"),
        texts(
            "externalTaskIdIn",
            "t.id IN (SELECT value FROM json_each(?))",
        ),
        text("topicName", "t.topic = ?"),
        text("workerId", "t.worker_id = ?"),
        only("locked", "t.lock_expires > :now"),
        only(
            "notLocked",
            "t.lock_expires IS NULL OR t.lock_expires <= :now",
        ),
        only("withRetriesLeft", "t.retries IS NULL OR t.retries > 0"),
        only("noRetriesLeft", "t.retries = 0"),
        at("lockExpirationAfter", "t.lock_expires > ?"),
        at("lockExpirationBefore", "t.lock_expires < ?"),
        text("activityId", "t.activity_id = ?"),
        texts(
            "activityIdIn",
            "t.activity_id IN (SELECT value FROM json_each(?))",
        ),
        text("executionId", "t.execution_id = ?"),
        text(
            "processInstanceId",
            "t.root_id = (SELECT root_id FROM process_instance WHERE id = ?) AND t.process_instance_id = ?",
        ),
        texts(
            "processInstanceIdIn",
            "t.process_instance_id IN (SELECT value FROM json_each(?))",
        ),
        text("processDefinitionId", "t.definition_id = ?"),
        texts("tenantIdIn", "? IS NULL"),
        only("active", "t.suspended = 0"),
        only("suspended", "t.suspended = 1"),
        long("priorityHigherThanOrEquals", "t.priority >= ?"),
        long("priorityLowerThanOrEquals", "t.priority <= ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts(
            "processDefinitionKeyIn",
            "d.key IN (SELECT value FROM json_each(?))",
        ),
        text("processDefinitionName", "d.name = ?"),
        like("processDefinitionNameLike", "d.name GLOB ?"),
        variables(
            "processVariables",
            "EXISTS (SELECT 1 FROM variable AS v WHERE v.root_id = t.root_id
                 AND v.scope_id = t.process_instance_id AND {variable})",
        ),
    ],
    sorts: &[
        sort("id", "t.id"),
        sort("lockExpirationTime", "t.lock_expires"),
        sort("processInstanceId", "t.process_instance_id"),
        sort("processDefinitionId", "t.definition_id"),
        sort("processDefinitionKey", "d.key"),
        sort("taskPriority", "t.priority"),
        sort("createTime", "t.created"),
        sort("tenantId", "NULL"),
    ],
    key: "t.id",
    employee: Some(own_instance!("t.process_instance_id")),
    worker: Some(
        "json_array_length(:topics) = 0 OR t.topic IN (SELECT value FROM json_each(:topics))",
    ),
};
