//! A called instance that is left to itself: it is a root of its own from then on, and its history
//! goes when its own time is over.

use super::StoreError;
use super::put::execute;
use crate::engine::{Change, Event};
use rusqlite::Connection;

/// Where what runs stands by its root.
const RUNNING: [&str; 7] = [
    "execution",
    "variable",
    "task",
    "external_task",
    "job",
    "event_subscription",
    "incident",
];

/// The instances that a command left to themselves become roots, each with all that it called;
/// true if there are any. Their rows stand under the old root, which says who was called by whom
/// until the history is written.
pub(super) fn released(
    conn: &Connection,
    root: &str,
    changes: &[Change],
) -> Result<bool, StoreError> {
    let mut any = false;
    for change in changes {
        let Change::Event(Event::ProcessReleased {
            process_instance_id,
        }) = change
        else {
            continue;
        };
        any = true;
        let tree = "WITH RECURSIVE tree (id) AS (VALUES (?1) UNION
             SELECT h.id FROM hist_process_instance AS h JOIN tree ON h.called_by = tree.id)";
        for table in RUNNING {
            let sql = format!(
                "{tree} UPDATE {table} SET root_id = ?1
                 WHERE root_id = ?2 AND process_instance_id IN (SELECT id FROM tree)"
            );
            execute(conn, &sql, [process_instance_id, root])?;
        }
        for table in ["process_instance", "hist_process_instance"] {
            let sql =
                format!("{tree} UPDATE {table} SET root_id = ?1 WHERE id IN (SELECT id FROM tree)");
            execute(conn, &sql, [process_instance_id])?;
        }
    }
    Ok(any)
}
