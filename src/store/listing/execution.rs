//! Executions, their variables and what they wait for.

use super::*;

/// Executions, as `GET /execution` lists them.
pub static EXECUTION: Listing = Listing {
    what: "Execution",
    from: "execution AS e
        JOIN process_instance AS p ON p.id = e.process_instance_id
        JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "e.id"),
        plain("processInstanceId", "e.process_instance_id"),
        flag("ended", "FALSE"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        text("businessKey", "p.business_key = ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("processInstanceId", "e.process_instance_id = ?"),
        text("activityId", "e.activity_id = ?"),
        text(
            "signalEventSubscriptionName",
            "EXISTS (SELECT 1 FROM event_subscription AS s WHERE s.root_id = e.root_id
                 AND s.execution_id = e.id AND s.kind = 'signal' AND s.name = ?)",
        ),
        text(
            "messageEventSubscriptionName",
            "EXISTS (SELECT 1 FROM event_subscription AS s WHERE s.root_id = e.root_id
                 AND s.execution_id = e.id AND s.kind = 'message' AND s.name = ?)",
        ),
        only("active", "p.state = 'ACTIVE'"),
        only("suspended", "p.state = 'SUSPENDED'"),
        text(
            "incidentId",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = e.root_id
                 AND i.execution_id = e.id AND i.id = ?)",
        ),
        text(
            "incidentType",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = e.root_id
                 AND i.execution_id = e.id AND i.kind = ?)",
        ),
        text(
            "incidentMessage",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = e.root_id
                 AND i.execution_id = e.id AND i.message = ?)",
        ),
        like(
            "incidentMessageLike",
            "EXISTS (SELECT 1 FROM incident AS i WHERE i.root_id = e.root_id
                 AND i.execution_id = e.id AND i.message GLOB ?)",
        ),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        variables(
            "variables",
            "EXISTS (SELECT 1 FROM variable AS v WHERE v.root_id = e.root_id
                 AND v.scope_id = e.id AND {variable})",
        ),
        variables(
            "processVariables",
            "EXISTS (SELECT 1 FROM variable AS v WHERE v.root_id = e.root_id
                 AND v.scope_id = e.process_instance_id AND {variable})",
        ),
    ],
    sorts: &[
        sort("instanceId", "e.process_instance_id"),
        sort("definitionKey", "d.key"),
        sort("definitionId", "p.definition_id"),
        sort("tenantId", "NULL"),
    ],
    key: "e.id",
    employee: Some(own_instance!("e.process_instance_id")),
    worker: Some(worked_on!("e.root_id")),
};

/// Variables of what runs, as `GET /variable-instance` lists them.
pub static VARIABLE_INSTANCE: Listing = Listing {
    what: "Variable instance",
    from: "variable AS v
        JOIN process_instance AS p ON p.id = v.process_instance_id
        LEFT JOIN task AS t ON t.id = v.scope_id
        LEFT JOIN execution AS e ON e.root_id = v.root_id
            AND e.id = ifnull(t.execution_id, v.scope_id)",
    columns: &[
        plain("id", "v.id"),
        plain("name", "v.name"),
        value("v.type, v.value, v.info"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processInstanceId", "v.process_instance_id"),
        plain("executionId", "ifnull(t.execution_id, v.scope_id)"),
        plain("caseInstanceId", "NULL"),
        plain("caseExecutionId", "NULL"),
        plain("taskId", "t.id"),
        plain("batchId", "NULL"),
        plain(
            "activityInstanceId",
            "ifnull(e.activity_id || ':' || e.id, v.scope_id)",
        ),
        plain("errorMessage", "NULL"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        text("variableName", "v.name = ?"),
        like("variableNameLike", "v.name GLOB ?"),
        texts("processInstanceIdIn", among!("v.process_instance_id")),
        texts(
            "executionIdIn",
            among!("ifnull(t.execution_id, v.scope_id)"),
        ),
        texts("caseInstanceIdIn", NOTHING),
        texts("caseExecutionIdIn", NOTHING),
        texts("taskIdIn", among!("t.id")),
        texts("batchIdIn", NOTHING),
        texts(
            "activityInstanceIdIn",
            among!("ifnull(e.activity_id || ':' || e.id, v.scope_id)"),
        ),
        texts("tenantIdIn", NOTHING),
        variables("variableValues", "{variable}"),
        texts("variableScopeIdIn", among!("v.scope_id")),
    ],
    sorts: &[
        sort("variableName", "v.name"),
        sort("variableType", "v.type"),
        sort(
            "activityInstanceId",
            "ifnull(e.activity_id || ':' || e.id, v.scope_id)",
        ),
        sort("tenantId", "NULL"),
    ],
    key: "v.id",
    employee: Some(own_instance!("v.process_instance_id")),
    worker: Some(worked_on!("v.root_id")),
};

/// What waits for an event, as `GET /event-subscription` lists it: executions, and processes that
/// an event starts.
pub static EVENT_SUBSCRIPTION: Listing = Listing {
    what: "Event subscription",
    from: "(SELECT id, root_id, process_instance_id, execution_id, kind, name, activity_id, created
              FROM event_subscription
            UNION ALL
            SELECT id, NULL, NULL, NULL, kind, name, activity_id, created
              FROM start_subscription) AS s",
    columns: &[
        plain("id", "s.id"),
        plain("eventType", "s.kind"),
        plain("eventName", "nullif(s.name, '')"),
        plain("executionId", "s.execution_id"),
        plain("processInstanceId", "s.process_instance_id"),
        plain("activityId", "s.activity_id"),
        date("createdDate", "s.created"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        text("eventSubscriptionId", "s.id = ?"),
        text("eventName", "s.name = ?"),
        text("eventType", "s.kind = ?"),
        text("executionId", "s.execution_id = ?"),
        text("processInstanceId", "s.process_instance_id = ?"),
        text("activityId", "s.activity_id = ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("includeEventSubscriptionsWithoutTenantId", "TRUE"),
    ],
    sorts: &[sort("created", "s.created"), sort("tenantId", "NULL")],
    key: "s.id",
    employee: Some(own_instance!("s.process_instance_id")),
    worker: Some(worked_on!("s.root_id")),
};
