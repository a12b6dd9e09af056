//! Variables as they are or last were, and each of their changes.

use super::*;

/// Variables, as `GET /history/variable-instance` lists them.
pub static HISTORIC_VARIABLE: Listing = Listing {
    what: "HistoricVariableInstance",
    from: "hist_variable AS v
        JOIN hist_process_instance AS p ON p.id = v.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id
        LEFT JOIN hist_task AS t ON t.id = v.scope_id",
    columns: &[
        plain("id", "v.id"),
        plain("name", "v.name"),
        value("v.type, v.value, v.info"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processInstanceId", "v.process_instance_id"),
        plain("executionId", "ifnull(t.execution_id, v.scope_id)"),
        plain("activityInstanceId", WHERE),
        plain("caseDefinitionKey", "NULL"),
        plain("caseDefinitionId", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("caseExecutionId", "NULL"),
        plain("taskId", "t.id"),
        plain("errorMessage", "NULL"),
        plain("tenantId", "NULL"),
        plain(
            "state",
            "CASE v.removed WHEN 0 THEN 'CREATED' ELSE 'DELETED' END",
        ),
        date("createTime", "v.created"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
    ],
    filters: &[
        text("variableName", "v.name = ?"),
        text("variableName+folded", "lower(v.name) = lower(?)"),
        like("variableNameLike", "v.name GLOB ?"),
        like("variableNameLike+folded", "lower(v.name) GLOB lower(?)"),
        texts("variableNameIn", among!("v.name")),
        // `variableName` and `variableValue` together.
        variables("variableNameAndValue", "{variable}"),
        texts(
            "variableTypeIn",
            "lower(CASE v.type WHEN 'Secret' THEN 'String' WHEN 'List' THEN 'Object'
                 WHEN 'Map' THEN 'Object' ELSE v.type END)
             IN (SELECT lower(value) FROM json_each(?))",
        ),
        only("notDeleted", "v.removed = 0"),
        text("processInstanceId", "v.process_instance_id = ?"),
        texts("processInstanceIdIn", among!("v.process_instance_id")),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts(
            "executionIdIn",
            among!("ifnull(t.execution_id, v.scope_id)"),
        ),
        text("caseInstanceId", NOTHING),
        texts("caseExecutionIdIn", NOTHING),
        texts("caseActivityIdIn", NOTHING),
        texts("taskIdIn", among!("t.id")),
        texts(
            "activityInstanceIdIn",
            "(CASE WHEN v.scope_id = v.process_instance_id THEN v.scope_id
                  ELSE (SELECT a.id FROM hist_activity AS a
                        WHERE a.process_instance_id = v.process_instance_id
                        AND a.execution_id = ifnull(t.execution_id, v.scope_id)
                        ORDER BY a.seq LIMIT 1) END) IN (SELECT value FROM json_each(?))",
        ),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
    ],
    sorts: &[
        sort("instanceId", "v.process_instance_id"),
        sort("variableName", "v.name"),
        sort("tenantId", "NULL"),
    ],
    key: "v.id",
    employee: Some(own_instance!("v.process_instance_id")),
    worker: None,
};

/// The visit of an activity in whose scope a variable is.
const WHERE: &str = "CASE WHEN v.scope_id = v.process_instance_id THEN v.scope_id
    ELSE (SELECT a.id FROM hist_activity AS a
          WHERE a.process_instance_id = v.process_instance_id
          AND a.execution_id = ifnull(t.execution_id, v.scope_id)
          ORDER BY a.seq LIMIT 1) END";

/// Changes of variables, as `GET /history/detail` lists them.
pub static HISTORIC_DETAIL: Listing = Listing {
    what: "Historic detail",
    from: "hist_detail AS h
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id
        LEFT JOIN hist_task AS t ON t.id = h.scope_id",
    columns: &[
        value("h.type, h.value, h.info"),
        plain("id", "h.process_instance_id || ':' || h.seq"),
        plain("type", "'variableUpdate'"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionId", "p.definition_id"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("activityInstanceId", "h.activity_instance_id"),
        plain("executionId", "ifnull(t.execution_id, h.scope_id)"),
        plain("caseDefinitionKey", "NULL"),
        plain("caseDefinitionId", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("caseExecutionId", "NULL"),
        plain("taskId", "t.id"),
        plain("tenantId", "NULL"),
        plain("userOperationId", "NULL"),
        date("time", "h.at"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
        plain("variableName", "h.name"),
        plain("variableInstanceId", "h.variable_id"),
        plain(
            "variableType",
            "CASE h.type WHEN 'Secret' THEN 'String' WHEN 'List' THEN 'Object'
                 WHEN 'Map' THEN 'Object' ELSE h.type END",
        ),
        plain("revision", REVISION),
        plain("errorMessage", "NULL"),
        flag("initial", "h.created"),
    ],
    filters: &[
        text("processInstanceId", "h.process_instance_id = ?"),
        texts("processInstanceIdIn", among!("h.process_instance_id")),
        text("executionId", "ifnull(t.execution_id, h.scope_id) = ?"),
        text("taskId", "t.id = ?"),
        text("activityInstanceId", "h.activity_instance_id = ?"),
        text("caseInstanceId", NOTHING),
        text("caseExecutionId", NOTHING),
        text("variableInstanceId", "h.variable_id = ?"),
        texts(
            "variableTypeIn",
            "lower(CASE h.type WHEN 'Secret' THEN 'String' WHEN 'List' THEN 'Object'
                 WHEN 'Map' THEN 'Object' ELSE h.type END)
             IN (SELECT lower(value) FROM json_each(?))",
        ),
        like("variableNameLike", "h.name GLOB ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        text("userOperationId", NOTHING),
        only("formFields", "FALSE"),
        only("variableUpdates", "TRUE"),
        only("excludeTaskDetails", "t.id IS NULL"),
        only("initial", "h.created = 1"),
        at("occurredBefore", "h.at <= ?"),
        at("occurredAfter", "h.at >= ?"),
    ],
    sorts: &[
        sort("processInstanceId", "h.process_instance_id"),
        sort("variableName", "h.name"),
        sort("variableType", "h.type"),
        sort("variableRevision", REVISION),
        sort("formPropertyId", "NULL"),
        sort("time", "h.at"),
        sort("occurrence", "h.seq"),
        sort("tenantId", "NULL"),
    ],
    key: "h.process_instance_id || ':' || h.seq",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

const REVISION: &str = "(SELECT count(*) FROM hist_detail AS e
    WHERE e.process_instance_id = h.process_instance_id AND e.variable_id = h.variable_id
    AND e.seq < h.seq)";
