//! The history of an instance as people read it.

use super::view::HistoryEntry;
use super::{Caller, Desk, DeskError, tell};

impl Desk {
    /// What happened in an instance, oldest first.
    pub fn history(&self, caller: &Caller, id: &str) -> Result<Vec<HistoryEntry>, DeskError> {
        self.look(caller, |look| {
            let row = look.instance(id)?;
            let process = look.core.catalog.process(look.read, &row.definition_id)?;
            let nodes = tell::nodes(&process);
            let past = look.read.past(&row.id, tell::VARIABLES, &nodes)?;
            look.with_comments(&row.id, tell::tell(&process, &past))
        })
    }
}
