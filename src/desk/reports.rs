//! Reports over what has ended, for heads.

use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::value::time;
use chrono::{DateTime, Utc};

pub use crate::store::{Completed, Durations, Metric, Spans, TaskCount};

/// From one moment on, before another.
pub type Within = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

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

    /// How often something happened in a time.
    pub fn metric(
        &self,
        caller: &Caller,
        metric: Metric,
        (from, before): Within,
    ) -> Result<u64, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            Ok(look.read.metric(metric, from, before)?)
        })
    }

    /// The same in each span of so many seconds, the last one first; so many spans.
    pub fn metric_by(
        &self,
        caller: &Caller,
        metric: Metric,
        (from, before): Within,
        spans: (i64, usize),
    ) -> Result<Vec<(DateTime<Utc>, u64)>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            Ok(look.read.metric_by(metric, from, before, spans)?)
        })
    }

    /// Forgets who had tasks before a moment, by now without one: the metric counts them no more.
    pub fn delete_task_metrics(
        &self,
        caller: &Caller,
        before: Option<DateTime<Utc>>,
    ) -> Result<(), DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let before = before.unwrap_or(act.now).min(act.now);
            act.tx.count_people_since(before)?;
            act.log("Delete", "TaskMetrics", &time::camunda(before))
        })
    }
}
