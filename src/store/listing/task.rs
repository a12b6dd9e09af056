//! Open user tasks.
//!
//! `includeAssignedTasks` changes what other filters mean: with it they are those whose name
//! ends in `+assigned`.

use super::*;

/// A variable of a task's scope or one around it.
macro_rules! variable {
    ($scope:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM variable AS v WHERE v.root_id = t.root_id AND ",
            $scope,
            " AND {variable})"
        )
    };
}

/// The value of the variable by which to sort.
macro_rules! by {
    ($scope:literal) => {
        concat!(
            "(SELECT v.value FROM variable AS v WHERE v.root_id = t.root_id AND v.scope_id = ",
            $scope,
            " AND v.name = ?) COLLATE NOCASE"
        )
    };
}

/// Open tasks, as `GET /task` lists them.
#[rustfmt::skip]
pub static TASK: Listing = Listing {
    what: "Task",
    from: "task AS t
        LEFT JOIN process_definition AS d ON d.id = t.definition_id
        LEFT JOIN process_instance AS p ON p.id = t.process_instance_id",
    columns: &[
        plain("id", "t.id"),
        plain("name", "t.name"),
        plain("assignee", "t.assignee"),
        date("created", "t.created"),
        date("lastUpdated", "t.updated"),
        date("due", "t.due"),
        date("followUp", "t.follow_up"),
        plain("delegationState", "t.delegation"),
        plain("description", "t.description"),
        plain("executionId", "NULLIF(t.execution_id, '')"),
        plain("owner", "t.owner"),
        plain("parentTaskId", "t.parent_id"),
        plain("priority", "t.priority"),
        plain("processDefinitionId", "NULLIF(t.definition_id, '')"),
        plain("processInstanceId", "NULLIF(t.process_instance_id, '')"),
        plain("taskDefinitionKey", "NULLIF(t.task_definition_key, '')"),
        plain("caseExecutionId", "NULL"),
        plain("caseInstanceId", "NULL"),
        plain("caseDefinitionId", "NULL"),
        flag("suspended", "p.state = 'SUSPENDED'"),
        plain("formKey", "NULL"),
        plain("camundaFormRef", "NULL"),
        plain("tenantId", "NULL"),
        plain("taskState", "CASE WHEN t.updated IS NULL THEN 'Created' ELSE 'Updated' END"),
        flag("attachment", "EXISTS (SELECT 1 FROM attachment AS a WHERE a.task_id = t.id)"),
        flag("comment", "EXISTS (SELECT 1 FROM comment AS n WHERE n.task_id = t.id)"),
    ],
    filters: &[
        text("taskId", "t.id = ?"),
        texts("taskIdIn", "t.id IN (SELECT value FROM json_each(?))"),
        text("processInstanceId", "t.process_instance_id = ?"),
        texts("processInstanceIdIn", "t.process_instance_id IN (SELECT value FROM json_each(?))"),
        text("processInstanceBusinessKey", "t.business_key = ?"),
        texts("processInstanceBusinessKeyIn", "t.business_key IN (SELECT value FROM json_each(?))"),
        like("processInstanceBusinessKeyLike", "t.business_key GLOB ?"),
        text("processDefinitionId", "t.definition_id = ?"),
        text("processDefinitionKey", "d.key = ?"),
        texts("processDefinitionKeyIn", "d.key IN (SELECT value FROM json_each(?))"),
        text("processDefinitionName", "d.name = ?"),
        like("processDefinitionNameLike", "d.name GLOB ?"),
        text("executionId", "t.execution_id = ?"),
        text("caseInstanceId", "? IS NULL"),
        text("caseInstanceBusinessKey", "? IS NULL"),
        text("caseDefinitionId", "? IS NULL"),
        text("caseDefinitionKey", "? IS NULL"),
        text("caseDefinitionName", "? IS NULL"),
        text("caseExecutionId", "? IS NULL"),
        like("caseInstanceBusinessKeyLike", "? IS NULL"),
        like("caseDefinitionNameLike", "? IS NULL"),
        texts("activityInstanceIdIn", "t.task_definition_key || ':' || t.execution_id IN (SELECT value FROM json_each(?))"),
        texts("tenantIdIn", "? IS NULL"),
        only("withoutTenantId", "TRUE"),
        text("assignee", "t.assignee = ?"),
        like("assigneeLike", "t.assignee GLOB ?"),
        texts("assigneeIn", "t.assignee IN (SELECT value FROM json_each(?))"),
        texts("assigneeNotIn", "t.assignee NOT IN (SELECT value FROM json_each(?))"),
        text("owner", "t.owner = ?"),
        text("candidateGroup", "t.assignee IS NULL AND EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group' AND c.name = ?)"),
        text("candidateGroup+assigned", "EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group' AND c.name = ?)"),
        like("candidateGroupLike", "t.assignee IS NULL AND EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group' AND c.name GLOB ?)"),
        like("candidateGroupLike+assigned", "EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group' AND c.name GLOB ?)"),
        texts("candidateGroups", "t.assignee IS NULL AND EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group' AND c.name IN (SELECT value FROM json_each(?)))"),
        texts("candidateGroups+assigned", "EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group' AND c.name IN (SELECT value FROM json_each(?)))"),
        text("candidateUser", "t.assignee IS NULL AND EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND ((c.kind = 'user' AND c.name = ?) OR (c.kind = 'group' AND c.name IN (SELECT m.name FROM user_group AS m WHERE m.user_id = ?))))"),
        text("candidateUser+assigned", "EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND ((c.kind = 'user' AND c.name = ?) OR (c.kind = 'group' AND c.name IN (SELECT m.name FROM user_group AS m WHERE m.user_id = ?))))"),
        text("involvedUser", "t.assignee = ? OR t.owner = ? OR EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'user' AND c.name = ?)"),
        only("assigned", "t.assignee IS NOT NULL"),
        only("unassigned", "t.assignee IS NULL"),
        only("withCandidateGroups", "t.assignee IS NULL AND EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group')"),
        only("withCandidateGroups+assigned", "EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group')"),
        only("withoutCandidateGroups", "t.assignee IS NULL AND NOT EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group')"),
        only("withoutCandidateGroups+assigned", "NOT EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group')"),
        only("withCandidateUsers", "t.assignee IS NULL AND EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'user')"),
        only("withCandidateUsers+assigned", "EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'user')"),
        only("withoutCandidateUsers", "t.assignee IS NULL AND NOT EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'user')"),
        only("withoutCandidateUsers+assigned", "NOT EXISTS (SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'user')"),
        text("taskDefinitionKey", "t.task_definition_key = ?"),
        texts("taskDefinitionKeyIn", "t.task_definition_key IN (SELECT value FROM json_each(?))"),
        texts("taskDefinitionKeyNotIn", "t.task_definition_key NOT IN (SELECT value FROM json_each(?))"),
        like("taskDefinitionKeyLike", "t.task_definition_key GLOB ?"),
        text("name", "lower(t.name) = lower(?)"),
        text("nameNotEqual", "lower(t.name) <> lower(?)"),
        like("nameLike", "lower(t.name) GLOB lower(?)"),
        like("nameNotLike", "lower(t.name) NOT GLOB lower(?)"),
        text("description", "lower(t.description) = lower(?)"),
        like("descriptionLike", "lower(t.description) GLOB lower(?)"),
        integer("priority", "t.priority = ?"),
        integer("maxPriority", "t.priority <= ?"),
        integer("minPriority", "t.priority >= ?"),
        at("dueDate", "t.due = ?"),
        at("dueAfter", "t.due > ?"),
        at("dueBefore", "t.due < ?"),
        at("followUpDate", "t.follow_up = ?"),
        at("followUpAfter", "t.follow_up > ?"),
        at("followUpBefore", "t.follow_up < ?"),
        only("withoutDueDate", "t.due IS NULL"),
        at("followUpBeforeOrNotExistent", "t.follow_up IS NULL OR t.follow_up < ?"),
        at("createdOn", "t.created = ?"),
        at("createdAfter", "t.created > ?"),
        at("createdBefore", "t.created < ?"),
        at("updatedAfter", "coalesce(t.updated, t.created) > ?"),
        text("delegationState", "t.delegation = ?"),
        text("parentTaskId", "t.parent_id = ?"),
        only("active", "p.state IS NULL OR p.state <> 'SUSPENDED'"),
        only("suspended", "p.state = 'SUSPENDED'"),
        variables("taskVariables", variable!("v.scope_id = t.id")),
        variables("processVariables", variable!("v.scope_id = t.process_instance_id")),
        variables("caseInstanceVariables", variable!("FALSE")),
    ],
    sorts: &[
        sort("instanceId", "t.process_instance_id"),
        sort("caseInstanceId", "NULL"),
        sort("dueDate", "t.due"),
        sort("followUpDate", "t.follow_up"),
        sort("executionId", "t.execution_id"),
        sort("caseExecutionId", "NULL"),
        sort("assignee", "t.assignee"),
        sort("created", "t.created"),
        sort("lastUpdated", "coalesce(t.updated, t.created)"),
        sort("description", "t.description"),
        sort("id", "t.id"),
        sort("name", "t.name"),
        sort("nameCaseInsensitive", "lower(t.name)"),
        sort("priority", "t.priority"),
        sort("tenantId", "NULL"),
        sort("caseExecutionVariable", "NULL || ?"),
        sort("caseInstanceVariable", "NULL || ?"),
        sort("processVariable", by!("t.process_instance_id")),
        sort("executionVariable", by!("t.execution_id")),
        sort("taskVariable", by!("t.id")),
    ],
    key: "t.id",
    employee: Some(own_task!("t")),
    worker: None,
};

/// How many tasks are offered to each group, as `GET /task/report/candidate-group-count`.
pub static TASK_GROUPS: Listing = Listing {
    what: "Task report",
    from: "(SELECT c.name, count(*) AS n FROM task_candidate AS c WHERE c.kind = 'group'
                GROUP BY c.name
            UNION ALL
            SELECT NULL, count(*) FROM task AS t WHERE NOT EXISTS (
                SELECT 1 FROM task_candidate AS c WHERE c.task_id = t.id AND c.kind = 'group')
                HAVING count(*) > 0) AS s",
    columns: &[plain("groupName", "s.name"), plain("taskCount", "s.n")],
    filters: &[],
    sorts: &[],
    key: "s.name",
    employee: None,
    worker: None,
};
