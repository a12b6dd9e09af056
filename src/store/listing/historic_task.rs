//! User tasks, open and past.

use super::*;

/// User tasks, as `GET /history/task` lists them.
pub static HISTORIC_TASK: Listing = Listing {
    what: "Historic task instance",
    from: "hist_task AS h
        JOIN hist_process_instance AS p ON p.id = h.process_instance_id
        LEFT JOIN process_definition AS d ON d.id = h.definition_id",
    columns: &[
        plain("id", "h.id"),
        plain("processDefinitionKey", "d.key"),
        plain("processDefinitionId", "h.definition_id"),
        plain("processInstanceId", "h.process_instance_id"),
        plain("executionId", "h.execution_id"),
        plain("caseDefinitionKey", "NULL"),
        plain("caseDefinitionId", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("caseExecutionId", "NULL"),
        plain("activityInstanceId", ACTIVITY_INSTANCE),
        plain("name", "h.name"),
        plain("description", "h.description"),
        plain("deleteReason", "h.delete_reason"),
        plain("owner", "h.owner"),
        plain("assignee", "h.assignee"),
        date("startTime", "h.created"),
        date("endTime", "h.ended"),
        plain("duration", "h.ended - h.created"),
        plain("taskDefinitionKey", "h.task_definition_key"),
        plain("priority", "h.priority"),
        date("due", "h.due"),
        plain("parentTaskId", "NULL"),
        date("followUp", "h.follow_up"),
        plain("tenantId", "NULL"),
        date("removalTime", "NULL"),
        plain("rootProcessInstanceId", "p.root_id"),
        plain(
            "taskState",
            "CASE WHEN h.ended IS NULL AND h.assignee IS NULL THEN 'Created'
                  WHEN h.ended IS NULL THEN 'Updated'
                  WHEN h.completed = 1 THEN 'Completed' ELSE 'Deleted' END",
        ),
    ],
    filters: &[
        text("taskId", "h.id = ?"),
        text("taskParentTaskId", NOTHING),
        text("processInstanceId", "h.process_instance_id = ?"),
        text("rootProcessInstanceId", "p.root_id = ?"),
        text("processInstanceBusinessKey", "p.business_key = ?"),
        texts("processInstanceBusinessKeyIn", among!("p.business_key")),
        like("processInstanceBusinessKeyLike", "p.business_key GLOB ?"),
        text("executionId", "h.execution_id = ?"),
        text("processDefinitionId", "h.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        text("processDefinitionName", "d.name = ?"),
        text("caseInstanceId", NOTHING),
        text("caseExecutionId", NOTHING),
        text("caseDefinitionId", NOTHING),
        text("caseDefinitionKey", NOTHING),
        text("caseDefinitionName", NOTHING),
        texts(
            "activityInstanceIdIn",
            among!("h.task_definition_key || ':' || h.execution_id"),
        ),
        text("taskName", "lower(h.name) = lower(?)"),
        like("taskNameLike", "lower(h.name) GLOB lower(?)"),
        text("taskDescription", "lower(h.description) = lower(?)"),
        like("taskDescriptionLike", "lower(h.description) GLOB lower(?)"),
        text("taskDefinitionKey", "h.task_definition_key = ?"),
        texts("taskDefinitionKeyIn", among!("h.task_definition_key")),
        text("taskDeleteReason", "h.delete_reason = ?"),
        like("taskDeleteReasonLike", "h.delete_reason GLOB ?"),
        text("taskAssignee", "h.assignee = ?"),
        like("taskAssigneeLike", "h.assignee GLOB ?"),
        text("taskOwner", "h.owner = ?"),
        like("taskOwnerLike", "h.owner GLOB ?"),
        integer("taskPriority", "h.priority = ?"),
        only("assigned", "h.assignee IS NOT NULL"),
        only("unassigned", "h.assignee IS NULL"),
        only("finished", "h.ended IS NOT NULL"),
        only("unfinished", "h.ended IS NULL"),
        only("processFinished", "p.ended IS NOT NULL"),
        only("processUnfinished", "p.ended IS NULL"),
        at("taskDueDate", "h.due = ?"),
        at("taskDueDateBefore", "h.due <= ?"),
        at("taskDueDateAfter", "h.due >= ?"),
        only("withoutTaskDueDate", "h.due IS NULL"),
        at("taskFollowUpDate", "h.follow_up = ?"),
        at("taskFollowUpDateBefore", "h.follow_up <= ?"),
        at("taskFollowUpDateAfter", "h.follow_up >= ?"),
        at("startedBefore", "h.created <= ?"),
        at("startedAfter", "h.created >= ?"),
        at("finishedBefore", "h.ended <= ?"),
        at("finishedAfter", "h.ended >= ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
        variables(
            "taskVariables",
            "EXISTS (SELECT 1 FROM hist_variable AS v
                 WHERE v.process_instance_id = h.process_instance_id AND v.scope_id = h.id
                 AND v.removed = 0 AND {variable})",
        ),
        variables(
            "processVariables",
            "EXISTS (SELECT 1 FROM hist_variable AS v
                 WHERE v.process_instance_id = h.process_instance_id
                 AND v.scope_id = h.process_instance_id AND v.removed = 0 AND {variable})",
        ),
        text(
            "taskInvolvedUser",
            "h.assignee = ? OR h.owner = ? OR h.done_by = ?
             OR EXISTS (SELECT 1 FROM task_candidate AS k
                 WHERE k.task_id = h.id AND k.kind = 'user' AND k.name = ?)",
        ),
        text("taskInvolvedGroup", GROUP),
        text(
            "taskHadCandidateUser",
            "EXISTS (SELECT 1 FROM task_candidate AS k
                 WHERE k.task_id = h.id AND k.kind = 'user' AND k.name = ?)",
        ),
        text("taskHadCandidateGroup", GROUP),
        only("withCandidateGroups", WITH_GROUPS),
        only(
            "withoutCandidateGroups",
            "NOT EXISTS (SELECT 1 FROM task_candidate AS k
                 WHERE k.task_id = h.id AND k.kind = 'group')",
        ),
    ],
    sorts: &[
        sort("taskId", "h.id"),
        sort("activityInstanceId", ACTIVITY_INSTANCE),
        sort("processDefinitionId", "h.definition_id"),
        sort("processInstanceId", "h.process_instance_id"),
        sort("executionId", "h.execution_id"),
        sort("duration", "h.ended - h.created"),
        sort("endTime", "h.ended"),
        sort("startTime", "h.created"),
        sort("taskName", "h.name"),
        sort("taskDescription", "h.description"),
        sort("assignee", "h.assignee"),
        sort("owner", "h.owner"),
        sort("dueDate", "h.due"),
        sort("followUpDate", "h.follow_up"),
        sort("deleteReason", "h.delete_reason"),
        sort("taskDefinitionKey", "h.task_definition_key"),
        sort("priority", "h.priority"),
        sort("caseDefinitionId", "NULL"),
        sort("caseInstanceId", "NULL"),
        sort("caseExecutionId", "NULL"),
        sort("tenantId", "NULL"),
    ],
    key: "h.id",
    employee: Some(own_instance!("h.process_instance_id")),
    worker: None,
};

const ACTIVITY_INSTANCE: &str = "h.task_definition_key || ':' || h.execution_id";

/// Candidates are known while a task is open.
const GROUP: &str = "EXISTS (SELECT 1 FROM task_candidate AS k
    WHERE k.task_id = h.id AND k.kind = 'group' AND k.name = ?)";

const WITH_GROUPS: &str = "EXISTS (SELECT 1 FROM task_candidate AS k
    WHERE k.task_id = h.id AND k.kind = 'group')";
