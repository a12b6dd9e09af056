//! Taking a finished insertion back: a job of its own that refers to the insertion.
//!
//! Whether nobody has touched its rows is found out where they are, in one transaction of the
//! target; here stands who may, what is known of the insertion, and that it was taken back.

use super::act::Act;
use super::permission::{self, Operation};
use super::view::{InsertionView, InstanceView, PastInsertion, Role, UndoReport};
use super::work::Advance;
use super::{Caller, Desk, DeskError, Look, deploy, insertion, limits, people};
use crate::engine::Command;
use crate::insert::{self, Cancel, ConnectionUrl, LedgerEntry, Undoing, Undone};
use crate::store::{self, ExternalTaskRow, Insertion};
use crate::value::Map;
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::str::FromStr;
use std::time::Instant;

/// The topic of external tasks that take an insertion back.
pub const TOPIC: &str = "undo-insertion";
/// The process whose instance does it.
const PROCESS: &str = "undo-insertion";
/// The ledger key of the insertion.
pub const KEY: &str = "insertionKey";
/// The instance that did the insertion.
const INSTANCE: &str = "insertionInstance";
/// Whether it is taken back.
pub const UNDONE: &str = "undone";
/// Why it is not.
pub const REASON: &str = "undoReason";
/// How many rows of the insertion are gone.
pub const REMOVED: &str = "rowsRemoved";
/// How many rows are as they were before it.
pub const RESTORED: &str = "rowsRestored";
/// What the operation log calls it, on the instance that is taken back and on the one that does.
pub(super) const UNDO: &str = "UndoInsertion";
pub(super) const UNDOES: &str = "UndoesInsertion";
/// Overdue tables that one sweep drops.
const SWEEP: usize = 20;
/// How long a sweep waits for somebody else's lock, in seconds.
const PATIENCE: u64 = 5;

impl Desk {
    /// Begins to take the insertion of a finished instance back; the instance that does it.
    pub fn undo_insertion(&self, caller: &Caller, id: &str) -> Result<InstanceView, DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            let read = act.tx.read();
            let row = read.instance(&id)?;
            let found = read.insertion_of(&row.id)?.ok_or_else(|| {
                DeskError::Conflict(format!("no insertion of instance {} is known", row.id))
            })?;
            act.may_undo(&found)?;
            let title = row.title.clone().or(row.business_key.clone());
            let title = title.unwrap_or_else(|| found.table.clone());
            let definition = act
                .tx
                .newest_process(PROCESS)?
                .ok_or_else(|| deploy::not_deployed(&act.tx.read(), PROCESS))?;
            let mut variables = Map::new();
            let undo = format!("Undo {title}");
            variables.insert("title".to_owned(), undo.as_str().into());
            variables.insert(KEY.to_owned(), found.id.as_str().into());
            variables.insert(INSTANCE.to_owned(), row.id.as_str().into());
            variables.insert(insertion::TABLE.to_owned(), found.table.as_str().into());
            variables.insert(
                insertion::CONNECTION.to_owned(),
                found.connection.clone().into(),
            );
            let new = act.core.ids.next();
            let start = Command::Start {
                id: new.clone(),
                definition_id: definition.id.clone(),
                business_key: row.business_key.clone(),
                user: act.name().map(str::to_owned),
                variables,
                at: None,
            };
            act.start(&new, start, None)?;
            // Each of the two names the other.
            act.refers(UNDO, &row.id, (&new, &undo))?;
            act.refers(UNDOES, &new, (&row.id, &title))?;
            act.started(&new, &definition)
        })
    }

    /// Insertions that this desk did, the newest first: all for a head, else the caller's own.
    pub fn insertions(
        &self,
        caller: &Caller,
        most: usize,
    ) -> Result<Vec<PastInsertion>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Insert, false)?;
            let own = look.user.as_ref().filter(|user| user.role != Role::Head);
            let found = look
                .read
                .insertions(own.map(|user| user.id.as_str()), most)?;
            let past = found.into_iter().map(|row| PastInsertion {
                at: row.at,
                user_id: row.user.clone(),
                process_instance_id: row.process_instance_id.clone(),
                insertion: view(row, look.now),
            });
            Ok(past.collect())
        })
    }

    /// Takes an insertion back by its key, without a process.
    pub fn undo(
        &self,
        caller: &Caller,
        key: &str,
        progress: &mut dyn FnMut(Advance),
    ) -> Result<UndoReport, DeskError> {
        // Sent again it is the same undo: its line in the ledger says whether it is done.
        let named = caller.once().map(|(owner, once)| once.mark(owner));
        let caller = &caller.nameless();
        let found = self.look(caller, |look| {
            let found = look.insertion_meant(key)?;
            match named.is_some() && found.undone.is_some() {
                true => look.require_undo(&found)?,
                false => look.may_undo(&found)?,
            }
            Ok(found)
        })?;
        let user = self.look(caller, |look| Ok(look.user.clone()))?;
        let undoing = self.undoing_of(caller, &found, user.as_ref())?;
        let (instance, key) = (found.process_instance_id.clone(), found.id.clone());
        self.act(caller, move |act| {
            let row = store::Operation {
                operation: UNDO.to_owned(),
                entity: "Insertion".to_owned(),
                process_instance_id: instance.clone(),
                property: Some("key".to_owned()),
                new_value: Some(found.id.clone()),
                ..store::Operation::default()
            };
            let by = act.by();
            Ok(act.tx.log_operation(&by, &row)?)
        })?;
        let entry = LedgerEntry {
            key: named.unwrap_or_else(|| self.core.ids.next()),
            at: self.core.clock.now(),
        };
        let began = Instant::now();
        let mut tell = |p: insert::Progress| {
            progress(Advance {
                pass: "taking back",
                rows: p.rows,
                bytes: p.bytes,
                total_bytes: p.total_bytes,
                rate: p.rows as f64 / began.elapsed().as_secs_f64().max(0.001),
                waits: false,
            });
        };
        let mut allow = || Ok(());
        let done = insert::undo(&undoing, &entry, &mut allow, &mut tell, &Cancel::new())?;
        if done.undone {
            // The rows are back: that this is not noted is no failure of theirs.
            let _ = self.act(caller, move |act| {
                let (user, now) = (act.name().map(str::to_owned), act.now);
                Ok(act.tx.put_undone(&key, now, user.as_deref(), None)?)
            });
        }
        Ok(report(&done))
    }

    /// What an external task takes back: whoever started its instance must be one who may.
    pub(crate) fn undoing(
        &self,
        caller: &Caller,
        key: &str,
        process_instance: &str,
    ) -> Result<Undoing, DeskError> {
        let (found, user) = self.look(caller, |look| {
            let found = look.read.insertion(key)?.ok_or_else(|| unknown(key))?;
            let instance = look.read.instance_by_id(process_instance)?;
            let user = instance.and_then(|instance| instance.start_user);
            let user = match user {
                Some(user) => look.read.user(&user)?.map(people::view),
                None => None,
            };
            if let Some(user) = &user {
                let own = found.user.as_ref() == Some(&user.id);
                permission::require(user.role, Operation::UndoInsertion, own)?;
            }
            Ok((found, user))
        })?;
        self.undoing_of(caller, &found, user.as_ref())
    }

    /// The limits of the connection hold for whoever asks for it.
    fn undoing_of(
        &self,
        caller: &Caller,
        found: &Insertion,
        user: Option<&super::view::User>,
    ) -> Result<Undoing, DeskError> {
        let (target, password) = match &found.connection {
            None => (found.target.clone(), None),
            Some(name) => self.look(caller, |look| {
                let connection = look.connection(Some(name))?;
                let connection = connection.ok_or_else(|| super::connection::unknown(name))?;
                if let Some(user) = user {
                    limits::require_use(&connection, user)?;
                }
                let mode = found.mode.as_deref().unwrap_or_default();
                limits::check(&connection, &found.table, mode)
                    .map_err(|error| DeskError::Fields(vec![error]))?;
                if place(&connection.url)? != place(&found.target)? {
                    return Err(DeskError::Conflict(format!(
                        "the connection {name} leads to {} now, and the insertion went to {}",
                        connection.url, found.target
                    )));
                }
                // What is swept is swept as whoever inserted it.
                let who = user.map(|user| user.id.as_str()).or(found.user.as_deref());
                let (connection, password) = look.entrance(connection, who, &Map::new(), None)?;
                Ok((connection.url, password))
            })?,
        };
        Ok(Undoing {
            target: ConnectionUrl::from_str(&target)?,
            password,
            forbidden: self.forbidden_targets(),
            busy_seconds: 30,
            insertion: found.id.clone(),
        })
    }

    /// Drops what is kept for undos whose time is over, and forgets it; how many.
    pub(super) fn sweep_undo(&self) -> Result<u64, DeskError> {
        let now = self.core.clock.now();
        let overdue = self.store.read(|read| read.overdue_undo(now, SWEEP))?;
        let mut swept = 0;
        let mut out_of_reach = HashSet::new();
        for found in overdue {
            if out_of_reach.contains(&found.target) {
                continue;
            }
            // What is not in reach now is tried again another day, and one day given up.
            let dropped = self
                .undoing_of(&Caller::Desk, &found, None)
                .map(|undoing| Undoing {
                    busy_seconds: PATIENCE,
                    ..undoing
                })
                .and_then(|undoing| Ok(insert::forget_undo(&undoing)?));
            let long_ago = found
                .undo_until
                .is_none_or(|until| now - until > insert::UNDO_KEPT * 4);
            if dropped.is_ok() || long_ago {
                let id = found.id.clone();
                self.act(&Caller::Desk, move |act| Ok(act.tx.forget_undo(&id)?))?;
                swept += 1;
            } else {
                // Nobody waits a second time for a server that does not answer.
                out_of_reach.insert(found.target);
            }
        }
        Ok(swept)
    }
}

/// Where a URL leads, whoever logs in there.
fn place(url: &str) -> Result<ConnectionUrl, DeskError> {
    Ok(match ConnectionUrl::from_str(url)? {
        ConnectionUrl::Server(url) => ConnectionUrl::Server(insert::ServerUrl {
            user: String::new(),
            ..url
        }),
        file => file,
    })
}

/// What came of it, for whoever asked.
pub(crate) fn report(done: &Undone) -> UndoReport {
    UndoReport {
        undone: done.undone,
        reason: done.reason.clone(),
        table: done.table.clone(),
        rows_removed: done.rows_removed,
        rows_restored: done.rows_restored,
        table_dropped: done.dropped,
    }
}

/// What is known of an insertion.
pub(super) fn view(row: Insertion, now: DateTime<Utc>) -> InsertionView {
    InsertionView {
        key: row.id,
        table: row.table,
        connection: row.connection,
        mode: row.mode,
        rows: row.rows.unsigned_abs(),
        undo_until: row.undo_until.filter(|until| *until > now),
        undone: row.undone,
        undone_by: row.undone_by,
        undone_in: row.undone_in,
    }
}

/// Why an insertion can not be taken back at all.
fn obstacle(found: &Insertion, now: DateTime<Utc>) -> Result<(), DeskError> {
    if found.undone.is_some() {
        let by = found.undone_by.as_deref();
        let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
        return Err(DeskError::Conflict(format!(
            "this insertion was taken back already{by}"
        )));
    }
    match found.undo_until {
        Some(until) if until > now => Ok(()),
        Some(_) => Err(DeskError::Conflict(
            "what an undo needs was kept for 7 days, which are over".to_owned(),
        )),
        None => Err(DeskError::Conflict(
            "this insertion was not made undoable, or what that needs is kept no more; next time \
             say undoable: yes, or crewdesk insert --undoable"
                .to_owned(),
        )),
    }
}

fn unknown(key: &str) -> DeskError {
    DeskError::NotFound(format!(
        "no insertion of the key {key} is known; crewdesk insert --undoable tells it"
    ))
}

/// Insertions that are named where a part of a key fits several.
const MOST_LIKE: usize = 4;

impl Look<'_, '_> {
    /// The insertion of this key, or of the only one that begins or ends so.
    fn insertion_meant(&self, key: &str) -> Result<store::Insertion, DeskError> {
        if let Some(found) = self.read.insertion(key)? {
            return Ok(found);
        }
        let mut like = self.read.insertions_like(key, MOST_LIKE)?;
        match like.len() {
            0 => Err(unknown(key)),
            1 => Ok(like.swap_remove(0)),
            _ => {
                let keys: Vec<String> = like.into_iter().map(|found| found.id).collect();
                Err(DeskError::Invalid(format!(
                    "{key} fits several insertions, give more of the key: {}",
                    keys.join(", ")
                )))
            }
        }
    }

    fn require_undo(&self, found: &Insertion) -> Result<(), DeskError> {
        let user = self.user.as_ref();
        let own = user.is_some_and(|user| found.user.as_ref() == Some(&user.id));
        self.require(Operation::UndoInsertion, own)
    }

    fn may_undo(&self, found: &Insertion) -> Result<(), DeskError> {
        self.require_undo(found)?;
        obstacle(found, self.now)
    }
}

impl Act<'_, '_> {
    fn may_undo(&self, found: &Insertion) -> Result<(), DeskError> {
        let own = found.user.is_some() && self.is(found.user.as_deref());
        self.require(Operation::UndoInsertion, own)?;
        obstacle(found, self.now)
    }

    /// Notes on an instance which other one it has to do with.
    fn refers(
        &mut self,
        operation: &str,
        of: &str,
        (to, title): (&str, &str),
    ) -> Result<(), DeskError> {
        let row = store::Operation {
            operation: operation.to_owned(),
            entity: "ProcessInstance".to_owned(),
            process_instance_id: Some(of.to_owned()),
            property: Some("processInstanceId".to_owned()),
            new_value: Some(to.to_owned()),
            reason: Some(title.to_owned()),
            ..store::Operation::default()
        };
        Ok(self.tx.log_operation(&self.by(), &row)?)
    }

    /// Notes that the insertion of this key was taken back by an external task.
    pub(super) fn note_undone(
        &mut self,
        found: &ExternalTaskRow,
        key: &str,
    ) -> Result<(), DeskError> {
        let instance = &found.task.process_instance_id;
        let user = self
            .tx
            .read()
            .instance_by_id(instance)?
            .and_then(|instance| instance.start_user);
        let now = self.now;
        Ok(self
            .tx
            .put_undone(key, now, user.as_deref(), Some(instance))?)
    }
}
