//! The rounds of user tasks: how often each was entered, counted by the process instance or, inside
//! a multi-instance activity, by the one of its instances in which the task stands.

use super::error::Error;
use super::run::{At, Part, Run};
use super::state::*;
use crate::model::NodeKind;
use chrono::{DateTime, Utc};

impl Run<'_> {
    /// A user task is entered. Where a token came back to it, that is one round more; what begins
    /// again beside an activity or by a message is none. The instances of a multi-instance task are
    /// one round of it, each with a due date of its own.
    pub(super) fn visit(&mut self, at: &At, due: Option<DateTime<Utc>>) -> Result<Visits, Error> {
        if at.part != Part::Inner {
            return self.count_visit(at, due);
        }
        let activity = &at.node().id;
        let visits = match self.counting(at)? {
            Some(execution) => execution.visits.get(activity).copied(),
            None => self.process_of(at)?.visits.get(activity).copied(),
        };
        let count = visits.map_or(1, |visits| visits.count);
        Ok(Visits {
            count,
            first_due: due,
        })
    }

    /// The instances of a multi-instance task are made once more.
    pub(super) fn visit_body(&mut self, body: &At) -> Result<(), Error> {
        if matches!(body.node().kind, NodeKind::UserTask(_)) {
            self.count_visit(body, None)?;
        }
        Ok(())
    }

    /// The next rounds of a task remember the first due date that it had.
    pub(super) fn remember_due(&mut self, task: &Task) -> Result<(), Error> {
        let at = self.at(&task.execution_id)?;
        if at.part != Part::Inner && task.first_due.is_some() {
            self.note_visit(&at, |visits| {
                visits.first_due = visits.first_due.or(task.first_due);
            })?;
        }
        Ok(())
    }

    fn count_visit(&mut self, at: &At, due: Option<DateTime<Utc>>) -> Result<Visits, Error> {
        let recurs = at.node().recurs;
        self.note_visit(at, |visits| {
            if !recurs {
                *visits = Visits::default();
            }
            visits.count = visits.count.saturating_add(1);
            visits.first_due = visits.first_due.or(due);
        })
    }

    fn note_visit(&mut self, at: &At, note: impl FnOnce(&mut Visits)) -> Result<Visits, Error> {
        let activity = at.node().id.clone();
        if let Some(mut execution) = self.counting(at)? {
            let visits = execution.visits.entry(activity).or_default();
            note(visits);
            let visits = *visits;
            self.journal.put(execution);
            return Ok(visits);
        }
        let mut instance = self.process_of(at)?.clone();
        let visits = instance.visits.entry(activity).or_default();
        note(visits);
        let visits = *visits;
        self.journal.put(instance);
        Ok(visits)
    }

    fn process_of(&self, at: &At) -> Result<&ProcessInstance, Error> {
        self.process_instance(&at.execution.process_instance_id)
    }

    /// The instance of a multi-instance activity in which a node stands, if any does.
    fn counting(&self, at: &At) -> Result<Option<Execution>, Error> {
        let mut inside = at.scope().clone();
        loop {
            let around = self.at(&inside)?;
            if around.is_root() {
                return Ok(None);
            }
            if around.part == Part::Inner {
                return Ok(Some(around.execution));
            }
            inside.clone_from(around.scope());
        }
    }
}
