//! What stands beside tasks: comments, attachments, stored filters.

use super::*;

/// What an employee sees of a task, open or done: that of the history with one's own name, or
/// an open one that is one's own or offered to one. The argument is the column with its id.
macro_rules! own_past {
    ($id:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM hist_task AS past WHERE past.id = ",
            $id,
            "
                 AND (past.assignee = :user OR past.done_by = :user))
             OR EXISTS (SELECT 1 FROM task AS t WHERE t.id = ",
            $id,
            " AND (",
            own_task!("t"),
            "))"
        )
    };
}

/// Tasks that are or were there.
pub static KNOWN_TASK: Listing = Listing {
    what: "Task",
    from: "hist_task AS h",
    columns: &[
        plain("id", "h.id"),
        plain("processInstanceId", "NULLIF(h.process_instance_id, '')"),
    ],
    filters: &[],
    sorts: &[],
    key: "h.id",
    employee: Some(own_past!("h.id")),
    worker: None,
};

/// Comments on tasks and instances, as `GET /task/{id}/comment` lists them.
pub static COMMENT: Listing = Listing {
    what: "Comment",
    from: "comment AS c LEFT JOIN process_instance AS p ON p.id = c.process_instance_id",
    columns: &[
        plain("id", "c.id"),
        plain("userId", "c.user_id"),
        plain("taskId", "c.task_id"),
        plain("processInstanceId", "NULLIF(c.process_instance_id, '')"),
        date("time", "c.at"),
        plain("message", "c.message"),
        plain("removalTime", "NULL"),
        plain(
            "rootProcessInstanceId",
            "coalesce(p.root_id, NULLIF(c.process_instance_id, ''))",
        ),
    ],
    filters: &[
        text("taskId", "c.task_id = ?"),
        text("processInstanceId", "c.process_instance_id = ?"),
    ],
    sorts: &[sort("time", "c.at")],
    key: "c.id",
    employee: Some(concat!(
        own_past!("c.task_id"),
        " OR ",
        own_instance!("c.process_instance_id")
    )),
    worker: None,
};

/// Attachments of tasks, as `GET /task/{id}/attachment` lists them.
pub static ATTACHMENT: Listing = Listing {
    what: "Attachment",
    from: "attachment AS a LEFT JOIN process_instance AS p ON p.id = a.process_instance_id",
    columns: &[
        plain("id", "a.id"),
        plain("name", "a.name"),
        plain("description", "a.description"),
        plain("taskId", "a.task_id"),
        plain("type", "a.type"),
        plain("url", "a.url"),
        date("createTime", "a.created"),
        plain("removalTime", "NULL"),
        plain(
            "rootProcessInstanceId",
            "coalesce(p.root_id, NULLIF(a.process_instance_id, ''))",
        ),
    ],
    filters: &[text("taskId", "a.task_id = ?")],
    sorts: &[sort("created", "a.created")],
    key: "a.id",
    employee: Some(own_past!("a.task_id")),
    worker: None,
};

/// Stored filters, as `GET /filter` lists them; a filter without an owner is everybody's.
pub static FILTER: Listing = Listing {
    what: "Filter",
    from: "filter AS f",
    columns: &[
        plain("id", "f.id"),
        plain("resourceType", "f.resource_type"),
        plain("name", "f.name"),
        plain("owner", "f.owner"),
        plain("query", "f.query"),
        plain("properties", "f.properties"),
    ],
    filters: &[
        text("filterId", "f.id = ?"),
        text("resourceType", "f.resource_type = ?"),
        text("name", "f.name = ?"),
        like("nameLike", "f.name GLOB ?"),
        text("owner", "f.owner = ?"),
    ],
    sorts: &[
        sort("filterId", "f.id"),
        sort("name", "f.name"),
        sort("owner", "f.owner"),
        sort("resourceType", "f.resource_type"),
    ],
    key: "f.id",
    employee: Some("f.owner IS NULL OR f.owner = :user"),
    worker: None,
};
