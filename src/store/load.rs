//! The engine's rows, read back.

use super::StoreError;
use super::codec::{instant, instant_opt, named, state, unreadable, value};
use crate::engine::{
    Execution, ExternalTask, Incident, Instance, Job, JobKind, Phase, ProcessInstance, Row,
    Subscription, SubscriptionKind, Task, Variable, Visits,
};
use rusqlite::{Connection, Params, Row as Columns};
use std::collections::{BTreeMap, HashMap};

pub(super) const PROCESS: &str =
    "id, definition_id, business_key, start_user, started, state, visits";
pub(super) const TASK: &str = "task.id, task.process_instance_id, task.execution_id,
    task.definition_id, task.task_definition_key, task.name, task.description, task.assignee,
    task.owner, task.priority, task.created, task.due, task.first_due, task.follow_up, task.round";
/// Columns of [`TASK`].
pub(super) const TASK_COLUMNS: usize = 15;
pub(super) const EXTERNAL_TASK: &str = "id, process_instance_id, execution_id, definition_id,
    activity_id, topic, priority, retries, worker_id, lock_expires, error_message, error_details,
    created";
/// Columns of [`EXTERNAL_TASK`].
pub(super) const EXTERNAL_TASK_COLUMNS: usize = 13;
pub(super) const JOB: &str = "id, process_instance_id, execution_id, kind, definition_id,
    activity_id, due, cycle, repeats, retries, retry_at, error_message, created, priority,
    suspended, configuration";
/// Columns of [`JOB`].
pub(super) const JOB_COLUMNS: usize = 16;
pub(super) const VARIABLE: &str = "id, scope_id, process_instance_id, name, type, value, info";
pub(super) const SUBSCRIPTION: &str =
    "id, process_instance_id, execution_id, kind, name, activity_id, created, configuration";
pub(super) const INCIDENT: &str = "id, process_instance_id, execution_id, kind, activity_id,
    configuration, message, created, cause, root_cause";
const EXECUTION: &str = "id, parent_id, process_instance_id, activity_id, phase, flow_id, started,
    sequence, visits";

/// A running root instance with all its rows, or what it called and left running; none when nothing
/// of it runs.
pub(super) fn instance(conn: &Connection, root: &str) -> Result<Option<Instance>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut candidates = Candidates::of_root(conn, root)?;
    let process = |filter: &str| format!("SELECT {PROCESS} FROM process_instance WHERE {filter}");
    let of = |columns: &str, table: &str| {
        format!("SELECT {columns} FROM {table} WHERE {table}.root_id = ?1")
    };
    let called = process("root_id = ?1 AND root_id <> id");
    add(
        conn,
        &mut rows,
        &process("id = ?1 AND root_id = id"),
        root,
        self::process,
    )?;
    add(conn, &mut rows, &called, root, self::process)?;
    if rows.is_empty() {
        return Ok(None);
    }
    add(
        conn,
        &mut rows,
        &of(EXECUTION, "execution"),
        root,
        execution,
    )?;
    add(conn, &mut rows, &of(VARIABLE, "variable"), root, variable)?;
    add(conn, &mut rows, &of(TASK, "task"), root, |row| {
        let mut task = task(row)?;
        candidates.give_to(&mut task);
        Ok(task)
    })?;
    add(
        conn,
        &mut rows,
        &of(EXTERNAL_TASK, "external_task"),
        root,
        external_task,
    )?;
    add(conn, &mut rows, &of(JOB, "job"), root, job)?;
    add(
        conn,
        &mut rows,
        &of(SUBSCRIPTION, "event_subscription"),
        root,
        subscription,
    )?;
    add(conn, &mut rows, &of(INCIDENT, "incident"), root, incident)?;
    Ok(Some(Instance::from_rows(rows)))
}

fn add<T: Into<Row>>(
    conn: &Connection,
    rows: &mut Vec<Row>,
    sql: &str,
    root: &str,
    read: impl FnMut(&Columns<'_>) -> rusqlite::Result<T>,
) -> Result<(), StoreError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = conn.prepare_cached(sql)?;
    for row in statement.query_map([root], read)? {
        rows.push(row?.into());
    }
    #[cfg(test)]
    super::plans::count(&statement);
    Ok(())
}

/// All rows of a query.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Columns<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?;
    let rows = rows.collect::<rusqlite::Result<Vec<T>>>()?;
    #[cfg(test)]
    super::plans::count(&statement);
    Ok(rows)
}

/// The first row of a query, if it has one.
pub(super) fn first<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Columns<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    use rusqlite::OptionalExtension;
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_row(params, read).optional()?;
    #[cfg(test)]
    super::plans::count(&statement);
    Ok(found)
}

/// Candidate users and groups by task.
pub(super) struct Candidates(HashMap<String, (Vec<String>, Vec<String>)>);

impl Candidates {
    fn of_root(conn: &Connection, root: &str) -> Result<Self, StoreError> {
        Self::read(
            conn,
            "SELECT c.task_id, c.kind, c.name
             FROM task JOIN task_candidate AS c ON c.task_id = task.id
             WHERE task.root_id = ?1 ORDER BY c.task_id, c.position",
            root,
        )
    }

    /// Of the tasks in a JSON array of ids.
    pub(super) fn of_tasks(conn: &Connection, ids: &str) -> Result<Self, StoreError> {
        Self::read(
            conn,
            "SELECT task_id, kind, name FROM task_candidate
             WHERE task_id IN (SELECT value FROM json_each(?1)) ORDER BY task_id, position",
            ids,
        )
    }

    /// Of one task.
    pub(super) fn of_task(conn: &Connection, id: &str) -> Result<Self, StoreError> {
        Self::read(
            conn,
            "SELECT task_id, kind, name FROM task_candidate WHERE task_id = ?1 ORDER BY position",
            id,
        )
    }

    fn read(conn: &Connection, sql: &str, id: &str) -> Result<Self, StoreError> {
        let mut by_task: HashMap<String, (Vec<String>, Vec<String>)> = HashMap::new();
        let rows = all(conn, sql, [id], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
        })?;
        for (task, kind, name) in rows {
            let (users, groups) = by_task.entry(task).or_default();
            match kind.as_str() {
                "user" => users.push(name),
                _ => groups.push(name),
            }
        }
        Ok(Candidates(by_task))
    }

    pub(super) fn give_to(&mut self, task: &mut Task) {
        if let Some((users, groups)) = self.0.remove(&task.id) {
            task.candidate_users = users;
            task.candidate_groups = groups;
        }
    }
}

fn process(row: &Columns<'_>) -> rusqlite::Result<ProcessInstance> {
    let visits: String = row.get(6)?;
    Ok(ProcessInstance {
        id: row.get(0)?,
        definition_id: row.get(1)?,
        business_key: row.get(2)?,
        start_user: row.get(3)?,
        started: instant(row, 4)?,
        state: named(row, 5, state)?,
        visits: visits_of(&visits, 6)?,
    })
}

fn visits_of(json: &str, column: usize) -> rusqlite::Result<BTreeMap<String, Visits>> {
    serde_json::from_str(json).map_err(|e| unreadable(column, e.to_string()))
}

fn execution(row: &Columns<'_>) -> rusqlite::Result<Execution> {
    Ok(Execution {
        id: row.get(0)?,
        parent_id: row.get(1)?,
        process_instance_id: row.get(2)?,
        activity_id: row.get(3)?,
        phase: named(row, 4, Phase::parse)?,
        flow_id: row.get(5)?,
        started: instant(row, 6)?,
        sequence: u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
        visits: match row.get::<_, Option<String>>(8)? {
            Some(visits) => visits_of(&visits, 8)?,
            None => BTreeMap::new(),
        },
    })
}

pub(super) fn variable(row: &Columns<'_>) -> rusqlite::Result<Variable> {
    Ok(Variable {
        id: row.get(0)?,
        scope_id: row.get(1)?,
        process_instance_id: row.get(2)?,
        name: row.get(3)?,
        value: value(row, 4)?,
    })
}

/// A task without its candidates.
pub(super) fn task(row: &Columns<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: row.get(0)?,
        process_instance_id: row.get(1)?,
        execution_id: row.get(2)?,
        definition_id: row.get(3)?,
        task_definition_key: row.get(4)?,
        name: row.get(5)?,
        description: row.get(6)?,
        assignee: row.get(7)?,
        owner: row.get(8)?,
        candidate_users: Vec::new(),
        candidate_groups: Vec::new(),
        priority: row.get(9)?,
        created: instant(row, 10)?,
        due: instant_opt(row, 11)?,
        first_due: instant_opt(row, 12)?,
        follow_up: instant_opt(row, 13)?,
        round: row.get(14)?,
    })
}

pub(super) fn external_task(row: &Columns<'_>) -> rusqlite::Result<ExternalTask> {
    Ok(ExternalTask {
        id: row.get(0)?,
        process_instance_id: row.get(1)?,
        execution_id: row.get(2)?,
        definition_id: row.get(3)?,
        activity_id: row.get(4)?,
        topic: row.get(5)?,
        priority: row.get(6)?,
        retries: row.get(7)?,
        worker_id: row.get(8)?,
        lock_expires: instant_opt(row, 9)?,
        error_message: row.get(10)?,
        error_details: row.get(11)?,
        created: instant(row, 12)?,
    })
}

pub(super) fn job(row: &Columns<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        process_instance_id: row.get(1)?,
        execution_id: row.get(2)?,
        kind: named(row, 3, JobKind::parse)?,
        definition_id: row.get(4)?,
        activity_id: row.get(5)?,
        due: instant(row, 6)?,
        cycle: row.get(7)?,
        repeats: row.get(8)?,
        retries: row.get(9)?,
        retry_at: instant_opt(row, 10)?,
        error_message: row.get(11)?,
        created: instant(row, 12)?,
        priority: row.get(13)?,
        suspended: row.get(14)?,
        configuration: row.get(15)?,
    })
}

pub(super) fn subscription(row: &Columns<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        id: row.get(0)?,
        process_instance_id: row.get(1)?,
        execution_id: row.get(2)?,
        kind: named(row, 3, SubscriptionKind::parse)?,
        name: row.get(4)?,
        activity_id: row.get(5)?,
        created: instant(row, 6)?,
        configuration: row.get(7)?,
    })
}

pub(super) fn incident(row: &Columns<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        id: row.get(0)?,
        process_instance_id: row.get(1)?,
        execution_id: row.get(2)?,
        kind: row.get(3)?,
        activity_id: row.get(4)?,
        configuration: row.get(5)?,
        message: row.get(6)?,
        created: instant(row, 7)?,
        cause: row.get(8)?,
        root_cause: row.get(9)?,
    })
}
