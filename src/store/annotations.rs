//! What people note on incidents and operations, and what they take out of the history.

use super::feed::Topics;
use super::{StoreError, Tx};
use rusqlite::params;

impl Tx<'_> {
    /// Sets or clears the note on an open incident. True when there is one.
    pub fn annotate_incident(&mut self, id: &str, note: Option<&str>) -> Result<bool, StoreError> {
        let mut rows = 0;
        for table in ["hist_incident", "incident"] {
            let sql = format!("UPDATE {table} SET annotation = ?2 WHERE id = ?1");
            rows = self.execute(Topics::INCIDENTS, &sql, params![id, note])?;
        }
        Ok(rows > 0)
    }

    /// Sets or clears the note on an entry of the log of operations. True when there is one.
    pub fn annotate_operation(&mut self, seq: i64, note: Option<&str>) -> Result<bool, StoreError> {
        let sql = "UPDATE hist_operation SET reason = ?2 WHERE seq = ?1";
        Ok(self.execute(Topics::NOTES, sql, params![seq, note])? > 0)
    }

    /// Removes what is remembered of a variable. True when there was something.
    pub fn delete_variable_history(&mut self, id: &str) -> Result<bool, StoreError> {
        self.delete_variables("id = ?1", "variable_id = ?1", id)
    }

    /// Removes what is remembered of all variables of a process instance. True when there was
    /// something.
    pub fn delete_variables_history(&mut self, instance: &str) -> Result<bool, StoreError> {
        let own = "process_instance_id = ?1";
        self.delete_variables(own, own, instance)
    }

    fn delete_variables(&mut self, last: &str, all: &str, id: &str) -> Result<bool, StoreError> {
        let topics = Topics::INSTANCES;
        self.execute(
            topics,
            &format!("DELETE FROM hist_detail WHERE {all}"),
            [id],
        )?;
        let sql = format!("DELETE FROM hist_variable WHERE {last}");
        Ok(self.execute(topics, &sql, [id])? > 0)
    }
}
