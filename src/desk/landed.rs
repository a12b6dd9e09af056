//! Which content is in which table: noted with the end of each insertion, told before the next.

use super::act::Act;
use super::view::InsertedBefore;
use super::{Caller, Desk, DeskError, Look};
use crate::insert::{self, Insertion as Plan, LedgerEntry, Report};
use crate::store::{ExternalTaskRow, Insertion};
use chrono::{DateTime, Utc};

/// An insertion that is in its table.
#[derive(Debug, Clone)]
pub(crate) struct Landed {
    hash: String,
    target: String,
    table: String,
    rows: u64,
    mode: insert::Mode,
    connection: Option<String>,
    undo_until: Option<DateTime<Utc>>,
}

impl Landed {
    /// Of this plan, through this connection, as its report says.
    pub(crate) fn of(plan: &Plan, connection: Option<&str>, report: &Report) -> Landed {
        Landed {
            hash: plan.content(0).unwrap_or_default(),
            target: plan.target.place(),
            table: report.table.to_lowercase(),
            rows: report.facts.rows_inserted,
            mode: plan.mode,
            connection: connection.map(str::to_owned),
            undo_until: report.trail.as_ref().map(|trail| trail.until),
        }
    }
}

impl Act<'_, '_> {
    /// Notes the insertion of an external task.
    pub(super) fn note_landed(
        &mut self,
        found: &ExternalTaskRow,
        landed: &Landed,
    ) -> Result<(), DeskError> {
        let instance = &found.task.process_instance_id;
        let sent = self.tx.read().last_done_task(instance)?;
        let user = sent.and_then(|task| task.assignee);
        self.put_landed(&found.task.id, landed, user, Some(instance.clone()))
    }

    /// Notes an insertion by its key.
    pub(super) fn put_landed(
        &mut self,
        key: &str,
        landed: &Landed,
        user: Option<String>,
        process_instance_id: Option<String>,
    ) -> Result<(), DeskError> {
        let row = Insertion {
            id: key.to_owned(),
            hash: landed.hash.clone(),
            target: landed.target.clone(),
            table: landed.table.clone(),
            rows: i64::try_from(landed.rows).unwrap_or(i64::MAX),
            at: self.now,
            user,
            process_instance_id,
            connection: landed.connection.clone(),
            mode: Some(landed.mode.to_string()),
            undo_until: landed.undo_until,
            undone: None,
            undone_by: None,
            undone_in: None,
        };
        let replaces = landed.mode == insert::Mode::Replace;
        Ok(self.tx.put_insertion(&row, replaces)?)
    }
}

impl Desk {
    /// The insertion by which the content of a plan is in its table already, that this desk or, by
    /// these lines, the ledger knows. From then on the desk knows it, too.
    pub(super) fn known_before(
        &self,
        caller: &Caller,
        plan: &Plan,
        (table, lines): (&str, &[LedgerEntry]),
    ) -> Result<Option<InsertedBefore>, DeskError> {
        let (before, news) = self.look(caller, |look| {
            let before = match look.of_line(lines.first())? {
                Some(before) => Some(before),
                None => look.inserted_before(plan, table, None)?,
            };
            let mut news = false;
            for line in lines {
                news |= look.read.insertion(&line.key)?.is_none();
            }
            Ok((before, news))
        })?;
        if news {
            self.hear(&Caller::Desk, plan, table, lines)?;
        }
        Ok(before)
    }

    /// Of these lines of a ledger one that nobody was told of who completed a task at that moment.
    /// From now on the desk knows it, and tells.
    pub(crate) fn not_told(
        &self,
        caller: &Caller,
        (plan, table): (&Plan, &str),
        lines: &[LedgerEntry],
        completed: DateTime<Utc>,
    ) -> Result<Option<LedgerEntry>, DeskError> {
        let untold = self.look(caller, |look| {
            for line in lines {
                let noted = look.read.insertion(&line.key)?;
                if noted.is_none_or(|noted| noted.at > completed) {
                    return Ok(Some(line.clone()));
                }
            }
            Ok(None)
        })?;
        if untold.is_some() {
            self.hear(caller, plan, table, lines)?;
        }
        Ok(untold)
    }

    /// Notes what only a ledger knew as of now, when it can first be told, until whoever did it notes
    /// it better.
    fn hear(
        &self,
        caller: &Caller,
        plan: &Plan,
        table: &str,
        lines: &[LedgerEntry],
    ) -> Result<(), DeskError> {
        let at = self.core.clock.now();
        let heard = lines.iter().map(|line| Insertion {
            id: line.key.clone(),
            hash: plan.content(insert::HASHED).unwrap_or_default(),
            target: plan.target.place(),
            table: table.to_lowercase(),
            rows: 0,
            at,
            user: None,
            process_instance_id: None,
            connection: None,
            mode: None,
            undo_until: None,
            undone: None,
            undone_by: None,
            undone_in: None,
        });
        let heard: Vec<Insertion> = heard.collect();
        self.act(caller, move |act| {
            for row in &heard {
                act.tx.put_insertion(row, false)?;
            }
            Ok(())
        })
    }
}

impl Look<'_, '_> {
    /// The last insertion of the same content into the same table, where rows are added: in no
    /// other mode they would be there twice. That of the key `own` is the plan's own.
    pub(super) fn inserted_before(
        &self,
        plan: &Plan,
        table: &str,
        own: Option<&str>,
    ) -> Result<Option<InsertedBefore>, DeskError> {
        if plan.mode != insert::Mode::Append {
            return Ok(None);
        }
        let Some(hash) = plan.content(insert::HASHED) else {
            return Ok(None);
        };
        let (target, table) = (plan.target.place(), table.to_lowercase());
        let found = self.read.last_insertion(&hash, &target, &table)?;
        let Some(found) = found.filter(|found| Some(found.id.as_str()) != own) else {
            return Ok(None);
        };
        Ok(Some(self.told(found)))
    }

    /// What is told of a noted insertion: whoever may not see its job hears only when and by whom.
    fn told(&self, found: Insertion) -> InsertedBefore {
        let instance = found.process_instance_id.as_deref();
        let job = instance.and_then(|instance| self.instance(instance).ok());
        InsertedBefore {
            at: found.at,
            user: found.user,
            process_instance_id: job.as_ref().map(|job| job.id.clone()),
            title: job.and_then(|job| job.title.or(job.business_key)),
        }
    }

    /// The same before the first row goes in. To know a file that is copied as it is read it has to be
    /// read once more: only where that may save sending it.
    pub(super) fn known_before(
        &self,
        plan: &Plan,
        once: bool,
        own: Option<&str>,
    ) -> Result<Option<InsertedBefore>, DeskError> {
        if !plan.frame.is_copied_as_read() {
            return self.inserted_before(plan, &plan.table, own);
        }
        let (target, table) = (plan.target.place(), plan.table.to_lowercase());
        if !once || !self.read.has_insertions(&target, &table)? {
            return Ok(None);
        }
        let in_place = Plan {
            frame: plan.frame.in_place(),
            ..plan.clone()
        };
        self.inserted_before(&in_place, &in_place.table, own)
    }

    /// The insertion of a line of a ledger, whether this desk did it or not; the ledger is right
    /// about what is in the table.
    pub(super) fn of_line(
        &self,
        line: Option<&LedgerEntry>,
    ) -> Result<Option<InsertedBefore>, DeskError> {
        let Some(line) = line else {
            return Ok(None);
        };
        let noted = self.read.insertion(&line.key)?;
        // Of what was only heard of nobody knows who did it.
        let own = noted.filter(|noted| noted.mode.is_some());
        Ok(Some(own.map_or_else(
            || InsertedBefore {
                at: line.at,
                user: None,
                process_instance_id: None,
                title: None,
            },
            |own| self.told(own),
        )))
    }
}
