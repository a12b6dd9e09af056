//! What has ended on each definition, and how much of it is to go.

use super::*;

/// Of process definitions, as `GET /history/process-definition/cleanable-process-instance-report`.
pub static CLEANABLE_PROCESS: Listing = Listing {
    what: "Report",
    from: "process_definition AS d LEFT JOIN (
            SELECT definition_id, count(*) AS finished,
                sum(removal IS NOT NULL AND removal <= :now) AS cleanable
            FROM hist_process_instance WHERE ended IS NOT NULL GROUP BY definition_id
        ) AS s ON s.definition_id = d.id",
    columns: &[
        plain("processDefinitionId", "d.id"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionName", "d.name"),
        plain("processDefinitionVersion", "d.version"),
        plain("historyTimeToLive", "d.history_days"),
        plain("finishedProcessInstanceCount", "coalesce(s.finished, 0)"),
        plain("cleanableProcessInstanceCount", "coalesce(s.cleanable, 0)"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        texts(
            "processDefinitionIdIn",
            "d.id IN (SELECT value FROM json_each(?))",
        ),
        texts(
            "processDefinitionKeyIn",
            "d.key IN (SELECT value FROM json_each(?))",
        ),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("compact", "s.finished > 0"),
    ],
    sorts: &[sort("finished", "coalesce(s.finished, 0)")],
    key: "d.id",
    employee: None,
    worker: None,
};

/// Of decision definitions, as
/// `GET /history/decision-definition/cleanable-decision-instance-report`: what was decided goes
/// with its process instance, or at a time of its own before.
pub static CLEANABLE_DECISION: Listing = Listing {
    what: "Report",
    from: "decision_definition AS d LEFT JOIN (
            SELECT h.decision_definition_id AS definition_id, count(*) AS finished,
                sum(ifnull(min(ifnull(h.removal, p.removal), ifnull(p.removal, h.removal)) <= :now, 0))
                    AS cleanable
            FROM hist_decision AS h JOIN hist_process_instance AS p ON p.id = h.process_instance_id
            GROUP BY 1
        ) AS s ON s.definition_id = d.id",
    columns: &[
        plain("decisionDefinitionId", "d.id"),
        plain("decisionDefinitionKey", "d.key"),
        plain("decisionDefinitionName", "d.name"),
        plain("decisionDefinitionVersion", "d.version"),
        plain("historyTimeToLive", "d.history_days"),
        plain("finishedDecisionInstanceCount", "coalesce(s.finished, 0)"),
        plain("cleanableDecisionInstanceCount", "coalesce(s.cleanable, 0)"),
        plain("tenantId", "NULL"),
    ],
    filters: &[
        texts(
            "decisionDefinitionIdIn",
            "d.id IN (SELECT value FROM json_each(?))",
        ),
        texts(
            "decisionDefinitionKeyIn",
            "d.key IN (SELECT value FROM json_each(?))",
        ),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        only("compact", "s.finished > 0"),
    ],
    sorts: &[sort("finished", "coalesce(s.finished, 0)")],
    key: "d.id",
    employee: None,
    worker: None,
};
