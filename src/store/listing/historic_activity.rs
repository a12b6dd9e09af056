//! Visits of activities, running and past.

use super::*;

/// Visits of activities, as `GET /history/activity-instance` lists them.
pub static HISTORIC_ACTIVITY: Listing = Listing {
    what: "Historic activity instance",
    from: concat!(
        "hist_activity AS h
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id
        LEFT JOIN hist_task AS t ON t.id = (
            SELECT x.id FROM hist_task AS x WHERE x.process_instance_id = h.process_instance_id
            AND x.execution_id = h.execution_id AND x.task_definition_key = h.activity_id LIMIT 1) ",
        node!("p.definition_id", "h.activity_id")
    ),
    columns: &[
        plain("id", "h.id"),
        plain("parentActivityInstanceId", "h.parent_id"),
        plain("activityId", "h.activity_id"),
        plain("activityName", "n.name"),
        plain("activityType", "n.type"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("executionId", "h.execution_id"),
        plain("taskId", "t.id"),
        plain(
            "calledProcessInstanceId",
            "CASE n.type WHEN 'callActivity' THEN (SELECT c.id FROM hist_process_instance AS c
                 WHERE c.called_by = h.process_instance_id AND c.called_at = h.id) END",
        ),
        plain("calledCaseInstanceId", "NULL"),
        plain("assignee", "t.assignee"),
        date("startTime", "h.started"),
        date("endTime", "h.ended"),
        plain("durationInMillis", "h.ended - h.started"),
        flag("canceled", "h.canceled"),
        flag("completeScope", COMPLETES),
        plain("tenantId", "NULL"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
    ],
    filters: &[
        text("activityInstanceId", "h.id = ?"),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("executionId", "h.execution_id = ?"),
        text("activityId", "h.activity_id = ?"),
        text("activityName", "n.name = ?"),
        text("activityType", "n.type = ?"),
        text("taskAssignee", "t.assignee = ?"),
        only("finished", "h.ended IS NOT NULL"),
        only("unfinished", "h.ended IS NULL"),
        only("canceled", "h.canceled = 1"),
        only("completeScope", COMPLETES),
        at("startedBefore", "h.started <= ?"),
        at("startedAfter", "h.started >= ?"),
        at("finishedBefore", "h.ended <= ?"),
        at("finishedAfter", "h.ended >= ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
    ],
    sorts: &[
        sort("activityInstanceId", "h.id"),
        sort("instanceId", "h.process_instance_id"),
        sort("executionId", "h.execution_id"),
        sort("activityId", "h.activity_id"),
        sort("activityName", "n.name"),
        sort("activityType", "n.type"),
        sort("startTime", "h.started"),
        sort("endTime", "h.ended"),
        sort("duration", "h.ended - h.started"),
        sort("definitionId", "p.definition_id"),
        sort("occurrence", "h.seq"),
        sort("tenantId", "NULL"),
    ],
    key: "h.id",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

/// What was completed and leads nowhere completes its scope.
const COMPLETES: &str = "h.ended IS NOT NULL AND h.canceled = 0 AND ifnull(n.ends, 0)";

/// How often each instance went through each activity, from which
/// `GET /history/process-definition/{id}/statistics` is summed up.
pub static HISTORIC_STATISTICS: Listing = Listing {
    what: "Historic activity",
    from: concat!(
        "(SELECT a.process_instance_id, a.activity_id, sum(a.ended IS NULL) AS running,
            sum(a.canceled) AS canceled, sum(a.ended IS NOT NULL) AS ended
          FROM hist_activity AS a GROUP BY a.process_instance_id, a.activity_id) AS h
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id ",
        node!("p.definition_id", "h.activity_id")
    ),
    columns: &[
        plain("id", "h.activity_id"),
        plain("instances", "h.running"),
        plain("canceled", "h.canceled"),
        plain("finished", "h.ended"),
        plain(
            "completeScope",
            "CASE WHEN n.ends THEN h.ended - h.canceled ELSE 0 END",
        ),
        plain(
            "openIncidents",
            "(SELECT count(*) FROM hist_incident AS i
              WHERE i.process_instance_id = p.id AND i.activity_id = h.activity_id
              AND i.resolved IS NULL)",
        ),
        plain(
            "resolvedIncidents",
            "(SELECT count(*) FROM hist_incident AS i
              WHERE i.process_instance_id = p.id AND i.activity_id = h.activity_id
              AND i.resolved IS NOT NULL)",
        ),
    ],
    filters: &[
        text("definition", "p.definition_id = ?"),
        at("startedBefore", "p.started <= ?"),
        at("startedAfter", "p.started >= ?"),
        at("finishedBefore", "p.ended <= ?"),
        at("finishedAfter", "p.ended >= ?"),
        texts("processInstanceIdIn", among!("p.id")),
    ],
    sorts: &[sort("activityId", "h.activity_id")],
    key: "h.activity_id",
    employee: None,
    worker: None,
};
