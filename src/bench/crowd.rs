//! A desk with many tasks and a long history, made in bulk: rows as the desk would have left
//! them, written by a few large statements.

use super::BenchError;
use crate::client::{Host, Role};
use chrono::Utc;
use rusqlite::{Connection, params};
use std::path::Path;

/// The team head of the crowded desk.
pub(super) const HEAD: &str = "head";
/// The employee whose inbox is looked at.
pub(super) const EMPLOYEE: &str = "anna";
/// Everybody who has tasks.
const EMPLOYEES: [&str; 4] = [EMPLOYEE, "ben", "carla", "david"];
/// Their group.
const GROUP: &str = "data";

/// Rows of history that an open instance of the crowd has, and one that has ended.
const OPEN_ROWS: u32 = 8;
const ENDED_ROWS: u32 = 10;

/// What the crowded desk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowd {
    /// Open tasks.
    pub tasks: u64,
    /// Rows of history.
    pub history: u64,
}

/// Makes the desk; what it holds then. There are at least so many rows of history.
pub(super) fn fill(path: &Path, tasks: u32, history: u32) -> Result<Crowd, BenchError> {
    let ended = history
        .saturating_sub(tasks.saturating_mul(OPEN_ROWS))
        .div_ceil(ENDED_ROWS);
    fill_instances(path, tasks, ended)
}

/// The same, with so many open instances and so many that have ended.
pub(super) fn fill_instances(path: &Path, open: u32, ended: u32) -> Result<Crowd, BenchError> {
    let host = Host::open(path)?;
    host.add_first_user(HEAD, Role::Head, &[], None)?;
    let head = host.client(HEAD, None)?;
    for name in EMPLOYEES {
        head.add_user(name, Role::Employee, &[GROUP.to_owned()], None)?;
    }
    drop((head, host));
    let conn = Connection::open(path)?;
    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN")?;
    let now = Utc::now().timestamp_millis();
    let values = params![open, now];
    for sql in OPEN {
        conn.execute(&with(sql), values)?;
    }
    let values = params![ended, now];
    for sql in ENDED {
        conn.execute(&with(sql), values)?;
    }
    // A desk that has run for long has told of what is late.
    conn.execute(
        "INSERT INTO property VALUES ('toldOverdueUntil', ?1)",
        [now.to_string()],
    )?;
    conn.execute_batch("COMMIT; PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(Crowd {
        tasks: count(&conn, &["task"])?,
        history: count(
            &conn,
            &[
                "hist_process_instance",
                "hist_activity",
                "hist_flow",
                "hist_task",
                "hist_variable",
                "hist_detail",
            ],
        )?,
    })
}

/// How many instances a file holds, open and ended.
pub(super) fn instances(path: &Path) -> Result<u64, BenchError> {
    count(&Connection::open(path)?, &["hist_process_instance"])
}

fn count(conn: &Connection, tables: &[&str]) -> Result<u64, BenchError> {
    let mut all = 0;
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = conn.query_row(&sql, [], |row| row.get(0))?;
        all += u64::try_from(rows).unwrap_or(0);
    }
    Ok(all)
}

/// One row per instance `i`, below ?1, at the moment ?2. Half have an assignee, the others are
/// offered to the group; one in twenty is late, one in ten has no due date, one in fifty came
/// back.
fn with(sql: &str) -> String {
    format!(
        "WITH RECURSIVE
             number (i) AS (SELECT 0 WHERE ?1 > 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < ?1),
             person (n, name) AS (VALUES {people}),
             crowd AS (
                 SELECT i,
                     printf('%08x-0001-7000-8000-%012x', i, 1) AS id,
                     printf('%08x-0001-7000-8000-%012x', i, 2) AS token,
                     printf('%08x-0001-7000-8000-%012x', i, 3) AS task,
                     printf('%08x-0002-7000-8000-%012x', i, 1) AS past,
                     printf('%08x-0002-7000-8000-%012x', i, 3) AS past_task,
                     (SELECT id FROM process_definition WHERE key = 'database-insertion') AS definition,
                     person.name AS person,
                     CASE WHEN i % 8 < 4 THEN person.name END AS assignee,
                     (i % 50 = 0) AS back,
                     30 + i * 7919 % 5 * 10 AS priority,
                     ?2 - 86400000 + i % 86400000 AS created,
                     CASE WHEN i % 20 = 0 THEN ?2 - 60000 * (1 + i % 1000)
                         WHEN i % 10 <> 1 THEN ?2 + 7200000 + i * 7919 % 100000 * 6000 END AS due,
                     printf('Orders of shop %05d', i * 7919 % 100000) AS title,
                     printf('JOB-%06d', i) AS business_key,
                     (?2 - 86400000) * 4096 + i * 16 AS seq
                 FROM number JOIN person ON person.n = i % 4)
         {sql}",
        people = EMPLOYEES
            .iter()
            .enumerate()
            .map(|(n, name)| format!("({n}, '{name}')"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// The open instances with their tasks: 8 rows of history each.
const OPEN: [&str; 11] = [
    r#"INSERT INTO process_instance SELECT id, id, definition, business_key, 'head', created,
           'ACTIVE', '{"enter-data":{"count":1,"first_due":null}}' FROM crowd"#,
    "INSERT INTO execution SELECT id, id, NULL, id, NULL, 'active', NULL, created, 0,
         NULL FROM crowd",
    "INSERT INTO execution SELECT id, token, id, id, 'enter-data', 'active', 'to-enter-data',
         created, 1, NULL FROM crowd",
    "INSERT INTO variable SELECT id, id, v.name, printf('%08x-0001-7000-8000-%012x', i, v.n), id,
         'String', CASE v.n WHEN 4 THEN title ELSE 'orders' END, NULL
     FROM crowd JOIN (SELECT 4 AS n, 'title' AS name UNION ALL SELECT 5, 'tableName') AS v",
    "INSERT INTO task SELECT task, id, id, token, definition, 'enter-data', 'Enter the data', NULL,
         assignee, NULL, priority, created, due, due, NULL, 1 + back, back, 0, business_key, title,
         lower('enter the data' || char(10) || title || char(10) || business_key), NULL, NULL, NULL
     FROM crowd",
    "INSERT INTO task_candidate SELECT 'group', 'data', assignee IS NULL, back, due, priority,
         created, task, 0, 1,
         lower('enter the data' || char(10) || title || char(10) || business_key) FROM crowd",
    "INSERT INTO hist_process_instance (id, root_id, definition_id, business_key, title,
         start_user, started, state)
     SELECT id, id, definition, business_key, title, 'head', created, 'ACTIVE' FROM crowd",
    "INSERT INTO hist_activity SELECT id, v.node || ':' || v.n || token, seq + v.n, id, token,
         v.node, created, CASE v.n WHEN 1 THEN created END, 0
     FROM crowd JOIN (SELECT 1 AS n, 'launched' AS node UNION ALL SELECT 2, 'enter-data') AS v",
    "INSERT INTO hist_flow SELECT id, 'to-enter-data', 1, created FROM crowd",
    "INSERT INTO hist_task SELECT task, id, token, definition, 'enter-data', seq + 3,
         'Enter the data', NULL, title, business_key, assignee, NULL, priority, created, due, due,
         NULL, 1 + back, NULL, 0, NULL, NULL, NULL, NULL, NULL FROM crowd",
    "INSERT INTO hist_variable SELECT id, id, v.name,
         printf('%08x-0001-7000-8000-%012x', i, v.n), 'String',
         CASE v.n WHEN 4 THEN title ELSE 'orders' END, NULL, created, created, 0
     FROM crowd JOIN (SELECT 4 AS n, 'title' AS name UNION ALL SELECT 5, 'tableName'
         UNION ALL SELECT 6, 'mode') AS v",
];

/// Instances that have ended, over the last month: 10 rows of history each.
const ENDED: [&str; 6] = [
    "INSERT INTO hist_process_instance (id, root_id, definition_id, business_key, title,
         start_user, started, ended, state)
     SELECT past, past, definition, 'OLD-' || i, title, 'head', ?2 - 60000 * (60 + i % 43200),
         ?2 - 60000 * (i % 43200), 'COMPLETED' FROM crowd",
    "INSERT INTO hist_activity SELECT past, v.node || ':' || v.n || past,
         (?2 - 60000 * (60 + i % 43200)) * 4096 + v.n, past, past, v.node,
         ?2 - 60000 * (60 + i % 43200), ?2 - 60000 * (i % 43200), 0
     FROM crowd JOIN (SELECT 1 AS n, 'launched' AS node UNION ALL SELECT 2, 'enter-data') AS v",
    "INSERT INTO hist_flow SELECT past, 'to-enter-data', 1, ?2 - 60000 * (60 + i % 43200) FROM crowd",
    "INSERT INTO hist_task SELECT past_task, past, past, definition, 'enter-data',
         (?2 - 60000 * (60 + i % 43200)) * 4096 + 3, 'Enter the data', NULL, title, 'OLD-' || i,
         person, NULL, priority, ?2 - 60000 * (60 + i % 43200), NULL, NULL, NULL, 1 + back,
         ?2 - 60000 * (i % 43200), 1, CASE WHEN i % 9 THEN 1 ELSE 0 END, 'completed',
         (?2 - 60000 * (i % 43200)) * 4096, person, person FROM crowd",
    "INSERT INTO hist_variable SELECT past, past, v.name,
         printf('%08x-0002-7000-8000-%012x', i, v.n), 'String',
         CASE v.n WHEN 4 THEN title ELSE 'orders' END, NULL,
         ?2 - 60000 * (60 + i % 43200), ?2 - 60000 * (60 + i % 43200), 0
     FROM crowd JOIN (SELECT 4 AS n, 'title' AS name UNION ALL SELECT 5, 'tableName'
         UNION ALL SELECT 6, 'mode') AS v",
    "INSERT INTO hist_detail SELECT past, (?2 - 60000 * (60 + i % 43200)) * 4096 + 4 + v.n,
         ?2 - 60000 * (60 + i % 43200), printf('%08x-0002-7000-8000-%012x', i, 3 + v.n), past, past,
         'head', v.name, 'String', 'orders', NULL, 1
     FROM crowd JOIN (SELECT 1 AS n, 'title' AS name UNION ALL SELECT 2, 'tableName') AS v",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::TaskQuery;

    #[test]
    fn the_crowd_is_a_desk_that_people_can_use() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("desk.db");
        let crowd = fill(&path, 200, 2000).expect("the desk is filled");
        assert_eq!((crowd.tasks, crowd.history), (200, 2000));
        let host = Host::open(&path).expect("the desk opens");
        let anna = host.client(EMPLOYEE, None).expect("anna comes in");
        let claimable = TaskQuery {
            claimable: true,
            limit: 1,
            ..TaskQuery::default()
        };
        let page = anna.tasks(claimable).expect("the inbox is read");
        assert_eq!(page.total, 100);
        let first = page
            .items
            .first()
            .expect("there is a first task")
            .id
            .clone();
        assert_eq!(anna.claim(&first).expect("it is claimed").id, first);
        let detail = anna.task(&first).expect("it is shown");
        assert!(!detail.form.fields.is_empty());
        let head = host.client(HEAD, None).expect("the head comes in");
        let work = head.workload().expect("work is counted");
        assert_eq!(work.iter().map(|w| w.open).sum::<u64>(), 200);
        assert!(work.iter().map(|w| w.done).sum::<u64>() > 0);
    }
}
