//! Which instance called which.

use super::load::{all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError};
use rusqlite::{Row, params};

/// A call, seen from one of its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The instance at the other end.
    pub instance: String,
    /// BPMN id of the call activity, where that is known.
    pub activity_id: Option<String>,
}

fn call(row: &Row<'_>) -> rusqlite::Result<Call> {
    // `<activity id>:<execution id>`; a BPMN id has no colon.
    let at: Option<String> = row.get(1)?;
    let activity = at.as_deref().and_then(|at| at.split(':').next());
    Ok(Call {
        instance: row.get(0)?,
        activity_id: activity.map(str::to_owned),
    })
}

impl Snapshot<'_> {
    /// The instance that called another one.
    pub fn caller_of(&self, instance: &str) -> Result<Option<Call>, StoreError> {
        let sql = "SELECT called_by, called_at FROM hist_process_instance
                   WHERE id = ?1 AND called_by IS NOT NULL";
        first(self.conn, sql, [instance], call)
    }

    /// The instances that another one called: what runs first, then the newest.
    pub fn called_by(&self, instance: &str, limit: usize) -> Result<Vec<Call>, StoreError> {
        let sql = "SELECT id, called_at FROM hist_process_instance WHERE called_by = ?1
                   ORDER BY ended IS NOT NULL, started DESC, id DESC LIMIT ?2";
        all(self.conn, sql, params![instance, limit_of(limit)], call)
    }
}
