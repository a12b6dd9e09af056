//! Decisions that were evaluated.

use super::*;

/// Decisions that were evaluated, also those that others required, as
/// `GET /history/decision-instance` lists them. `trace` is how it came about.
pub static HISTORIC_DECISION: Listing = Listing {
    what: "Historic decision instance",
    from: "hist_decision AS h
        JOIN json_each(h.trace) AS t
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = p.definition_id
        LEFT JOIN decision_definition AS asked ON asked.id = h.decision_definition_id
        LEFT JOIN decision_definition AS x ON x.resource_id = asked.resource_id
            AND x.deployment_id = asked.deployment_id AND x.key = t.value ->> 'decision'
        LEFT JOIN decision_requirements AS g ON g.resource_id = x.resource_id",
    columns: &[
        plain(
            "id",
            "h.process_instance_id || ':' || h.seq || ':' || t.key",
        ),
        plain("decisionDefinitionId", "x.id"),
        plain("decisionDefinitionKey", "t.value ->> 'decision'"),
        plain("decisionDefinitionName", "t.value ->> 'name'"),
        date("evaluationTime", "h.at"),
        date(
            "removalTime",
            "ifnull(min(h.removal, p.removal), coalesce(h.removal, p.removal))",
        ),
        plain("processDefinitionId", "p.definition_id"),
        plain("processDefinitionKey", "d.key"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("caseDefinitionId", "NULL"),
        plain("caseDefinitionKey", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("activityId", "h.activity_id"),
        plain("activityInstanceId", "h.activity_instance_id"),
        plain("tenantId", "NULL"),
        plain("userId", "NULL"),
        plain("collectResultValue", "NULL"),
        plain("rootDecisionInstanceId", ROOT),
        plain("rootProcessInstanceId", "p.root_id"),
        plain("decisionRequirementsDefinitionId", "g.id"),
        plain("decisionRequirementsDefinitionKey", "g.key"),
        plain("trace", "t.value"),
    ],
    filters: &[
        text(
            "decisionInstanceId",
            "h.process_instance_id || ':' || h.seq || ':' || t.key = ?",
        ),
        texts(
            "decisionInstanceIdIn",
            among!("h.process_instance_id || ':' || h.seq || ':' || t.key"),
        ),
        text("decisionDefinitionId", "x.id = ?"),
        texts("decisionDefinitionIdIn", among!("x.id")),
        text("decisionDefinitionKey", "t.value ->> 'decision' = ?"),
        texts("decisionDefinitionKeyIn", among!("t.value ->> 'decision'")),
        text("decisionDefinitionName", "t.value ->> 'name' = ?"),
        like("decisionDefinitionNameLike", "t.value ->> 'name' GLOB ?"),
        text("processDefinitionId", "p.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("caseDefinitionId", NOTHING),
        text("caseDefinitionKey", NOTHING),
        text("caseInstanceId", NOTHING),
        texts("activityIdIn", among!("h.activity_id")),
        texts("activityInstanceIdIn", among!("h.activity_instance_id")),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        at("evaluatedBefore", "h.at <= ?"),
        at("evaluatedAfter", "h.at >= ?"),
        text("userId", NOTHING),
        text(
            "rootDecisionInstanceId",
            "h.process_instance_id || ':' || h.seq || ':' || (json_array_length(h.trace) - 1) = ?",
        ),
        only(
            "rootDecisionInstancesOnly",
            "t.key = json_array_length(h.trace) - 1",
        ),
        text("decisionRequirementsDefinitionId", "g.id = ?"),
        text("decisionRequirementsDefinitionKey", "g.key = ?"),
    ],
    sorts: &[sort("evaluationTime", "h.at"), sort("tenantId", "NULL")],
    key: "h.process_instance_id || ':' || h.seq || ':' || t.key",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

/// The decision asked for comes last; it is the root of those that it required.
const ROOT: &str = "CASE WHEN t.key < json_array_length(h.trace) - 1
    THEN h.process_instance_id || ':' || h.seq || ':' || (json_array_length(h.trace) - 1) END";
