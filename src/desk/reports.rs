//! Reports over what has ended, for heads.

use super::permission::Operation;
use super::{Caller, Desk, DeskError};

pub use crate::store::{Completed, Durations, Spans, TaskCount};

impl Desk {
    /// How long instances took, by the month or quarter in which they began.
    pub fn instance_durations(
        &self,
        caller: &Caller,
        wanted: &Durations,
    ) -> Result<Vec<Spans>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            Ok(look.read.instance_durations(wanted)?)
        })
    }

    /// How long completed tasks took, by the month or quarter in which they began.
    pub fn task_durations(
        &self,
        caller: &Caller,
        wanted: &Completed,
        quarters: bool,
    ) -> Result<Vec<Spans>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            Ok(look.read.task_durations(wanted, quarters)?)
        })
    }

    /// How many tasks were completed, by process definition or also by their name.
    pub fn task_counts(
        &self,
        caller: &Caller,
        wanted: &Completed,
        by_name: bool,
    ) -> Result<Vec<TaskCount>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            Ok(look.read.task_counts(wanted, by_name)?)
        })
    }
}
