//! Of events and calls: what was entered, thrown, caught and called.

use super::{MOST, Past, PastCall, PastEvent, PastThrown};
use crate::engine::InstanceState;
use crate::store::codec::{instant, instant_opt, millis, named, state};
use crate::store::history::A_MILLISECOND;
use crate::store::load::all;
use crate::store::{Snapshot, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// What an instance `c` on a definition `d` is called.
const NAMED: &str = "coalesce(nullif(c.title, ''), c.business_key, d.name, d.key, c.definition_id)";

/// The first number of the history at a moment: of what has none of its own.
fn number_at(at: DateTime<Utc>) -> i64 {
    millis(at).saturating_mul(A_MILLISECOND)
}

impl Snapshot<'_> {
    pub(super) fn past_visits(&self, id: &str, nodes: &[&str]) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT seq, activity_id, started, ended, canceled FROM hist_activity
                   WHERE process_instance_id = ?1
                     AND activity_id IN (SELECT value FROM json_each(?2))
                   ORDER BY started DESC, seq DESC LIMIT ?3";
        let asked = serde_json::json!(nodes).to_string();
        let rows = all(self.conn, sql, params![id, asked, MOST], |row| {
            let seq = row.get(0)?;
            let node: Option<String> = row.get(1)?;
            let visit = |seq, at, what| Past {
                seq,
                at,
                user: None,
                activity_id: node.clone(),
                what,
            };
            let entered = visit(seq, instant(row, 2)?, PastEvent::Entered);
            Ok(match instant_opt(row, 3)? {
                Some(at) if !row.get::<_, bool>(4)? => {
                    vec![entered, visit(number_at(at).max(seq), at, PastEvent::Left)]
                }
                _ => vec![entered],
            })
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// What was thrown in an instance, and what was thrown in those that it calls and caught in it.
    pub(super) fn past_thrown(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = format!(
            "SELECT h.seq, h.at, h.user_id, h.activity_id, h.error, h.code, h.message, h.worker_id,
                    h.caught_by, {NAMED}, h.process_instance_id <> ?1
             FROM (SELECT * FROM hist_thrown WHERE process_instance_id = ?1
                   UNION ALL SELECT * FROM hist_thrown
                   WHERE caught_in = ?1 AND caught_in <> process_instance_id) AS h
             LEFT JOIN hist_process_instance AS c ON c.id = CASE
                 WHEN h.process_instance_id <> ?1 THEN h.process_instance_id
                 WHEN h.caught_in <> h.process_instance_id THEN h.caught_in END
             LEFT JOIN process_definition AS d ON d.id = c.definition_id
             ORDER BY h.seq DESC LIMIT ?2"
        );
        all(self.conn, &sql, params![id, MOST], |row| {
            Ok(Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: row.get(2)?,
                activity_id: row.get(3)?,
                what: PastEvent::Thrown(PastThrown {
                    error: row.get(4)?,
                    code: row.get(5)?,
                    message: row.get(6)?,
                    worker: row.get(7)?,
                    caught_by: row.get(8)?,
                    beyond: row.get(9)?,
                    caught_here: row.get(10)?,
                }),
            })
        })
    }

    pub(super) fn past_calls(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = format!(
            "SELECT ifnull(a.seq, c.started * {A_MILLISECOND}), c.started, a.activity_id, {NAMED},
                    c.state, c.ended
             FROM hist_process_instance AS c
             LEFT JOIN hist_activity AS a ON a.process_instance_id = ?1 AND a.id = c.called_at
             LEFT JOIN process_definition AS d ON d.id = c.definition_id
             WHERE c.called_by = ?1 ORDER BY c.started DESC, c.id DESC LIMIT ?2"
        );
        let rows = all(self.conn, &sql, params![id, MOST], |row| {
            let seq = row.get(0)?;
            let call = PastCall {
                name: row.get(3)?,
                state: named(row, 4, state)?,
            };
            let entry = |seq, at, activity_id, what| Past {
                seq,
                at,
                user: None,
                activity_id,
                what,
            };
            let activity: Option<String> = row.get(2)?;
            let began = PastEvent::Called(call.clone());
            let mut entries = vec![entry(seq, instant(row, 1)?, activity.clone(), began)];
            // One that was ended otherwise is told where that is.
            if let Some(at) = instant_opt(row, 5)?
                && call.state == InstanceState::Completed
            {
                let seq = number_at(at).max(seq);
                entries.push(entry(seq, at, activity, PastEvent::CallEnded(call)));
            }
            Ok(entries)
        })?;
        Ok(rows.into_iter().flatten().collect())
    }
}
