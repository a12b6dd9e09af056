//! What surrounds the work: drafts, notifications, frames, workers, progress,
//! properties of the desk, remembered answers, and entries of the operation log.

use super::codec::{instant, instant_opt, millis};
use super::feed::Topics;
use super::history::{self, Operation};
use super::load::{all, first};
use super::{By, Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// A form as it was typed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The fields as JSON; never with a secret in it.
    pub json: String,
    /// When it was saved.
    pub saved: DateTime<Utc>,
    /// What it was saved over without having seen it, and when that was saved.
    pub aside: Option<(String, DateTime<Utc>)>,
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id; grows with time. Given by the store.
    pub id: i64,
    /// Whom it is for.
    pub user_id: String,
    /// What kind.
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// The task, where there is one.
    pub task_id: Option<String>,
    /// The instance, where there is one.
    pub process_instance_id: Option<String>,
    /// When.
    pub created: DateTime<Utc>,
    /// When it was read.
    pub read: Option<DateTime<Utc>>,
    /// Of two with the same text here only the first is kept, per person.
    pub dedupe: String,
}

/// A data frame in the frame store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Hash of its content.
    pub hash: String,
    /// Size.
    pub bytes: i64,
    /// What its file was called.
    pub name: String,
    /// Who captured it.
    pub user_id: Option<String>,
    /// When.
    pub captured: DateTime<Utc>,
}

/// A worker process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its id.
    pub id: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
    /// Topics that it serves.
    pub topics: Vec<String>,
    /// Since when.
    pub started: DateTime<Utc>,
    /// Last sign of life.
    pub heartbeat: DateTime<Utc>,
}

/// How far an external task is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The external task.
    pub external_task_id: String,
    /// The instance.
    pub process_instance_id: String,
    /// Rows so far.
    pub rows: i64,
    /// Bytes so far.
    pub bytes: i64,
    /// Bytes in all.
    pub total_bytes: i64,
    /// Rows a second.
    pub rate: f64,
    /// When this was true.
    pub updated: DateTime<Utc>,
    /// Somebody asked to stop.
    pub cancel: bool,
    /// Its worker went to commit: only the target can tell whether it did.
    pub committing: bool,
}

impl Tx<'_> {
    /// Saves a draft.
    pub fn put_draft(&mut self, task: &str, user: &str, row: &Draft) -> Result<(), StoreError> {
        self.execute(
            Topics::NOTES,
            "INSERT INTO draft (task_id, user_id, json, saved, aside, aside_saved)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET
                 json = excluded.json, saved = excluded.saved, aside = excluded.aside,
                 aside_saved = excluded.aside_saved",
            params![
                task,
                user,
                row.json,
                millis(row.saved),
                row.aside.as_ref().map(|(json, _)| json),
                row.aside.as_ref().map(|(_, saved)| millis(*saved)),
            ],
        )
        .map(drop)
    }

    /// Forgets a draft.
    pub fn delete_draft(&mut self, task: &str, user: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM draft WHERE task_id = ?1 AND user_id = ?2";
        self.execute(Topics::NOTES, sql, [task, user]).map(drop)
    }

    /// Adds a notification, its `id` aside. False when the person was told already.
    pub fn insert_notification(&mut self, row: &Notification) -> Result<bool, StoreError> {
        let rows = self.execute(
            Topics::NONE,
            "INSERT INTO notification
                 (user_id, kind, text, task_id, process_instance_id, created, read, dedupe)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (user_id, dedupe) DO NOTHING",
            params![
                row.user_id,
                row.kind,
                row.text,
                row.task_id,
                row.process_instance_id,
                millis(row.created),
                row.read.map(millis),
                row.dedupe,
            ],
        )?;
        if rows > 0 {
            self.note(Topics::NOTIFICATIONS);
        }
        Ok(rows > 0)
    }

    /// Lets a notification say something else, which is new; where the person was told that already,
    /// it stays as it is.
    pub fn replace_notification(&mut self, id: i64, row: &Notification) -> Result<(), StoreError> {
        self.execute(
            Topics::NOTIFICATIONS,
            "UPDATE OR IGNORE notification SET text = ?2, process_instance_id = ?3, created = ?4, dedupe = ?5
             WHERE id = ?1",
            params![
                id,
                row.text,
                row.process_instance_id,
                millis(row.created),
                row.dedupe
            ],
        )
        .map(drop)
    }

    /// Forgets notifications; how many there were.
    pub fn delete_notifications(&mut self, ids: &[i64]) -> Result<usize, StoreError> {
        let mut gone = 0;
        for id in ids {
            gone += self.execute(
                Topics::NOTES,
                "DELETE FROM notification WHERE id = ?1",
                [id],
            )?;
        }
        Ok(gone)
    }

    /// Marks a person's notifications as read, up to and with this id.
    pub fn read_notifications(
        &mut self,
        user: &str,
        up_to: i64,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        self.execute(
            Topics::NOTIFICATIONS,
            "UPDATE notification SET read = ?3 WHERE user_id = ?1 AND id <= ?2 AND read IS NULL",
            params![user, up_to, millis(now)],
        )
    }

    /// Notes a captured frame; one with the same content stays as first captured.
    pub fn insert_frame(&mut self, row: &Frame) -> Result<(), StoreError> {
        self.execute(
            Topics::NOTES,
            "INSERT OR IGNORE INTO frame (hash, bytes, name, user_id, captured)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                row.hash,
                row.bytes,
                row.name,
                row.user_id,
                millis(row.captured)
            ],
        )
        .map(drop)
    }

    /// Forgets a captured frame.
    pub fn delete_frame(&mut self, hash: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM frame WHERE hash = ?1";
        self.execute(Topics::NOTES, sql, [hash]).map(drop)
    }

    /// A worker came, or gives a sign of life; only the first is news.
    pub fn put_worker(&mut self, row: &Worker) -> Result<(), StoreError> {
        let (topics, heartbeat) = (row.topics.join("\n"), millis(row.heartbeat));
        let known = self.execute(
            Topics::NONE,
            "UPDATE worker SET topics = ?2, heartbeat = ?3 WHERE id = ?1",
            params![row.id, topics, heartbeat],
        )?;
        if known > 0 {
            return Ok(());
        }
        self.execute(
            Topics::WORKERS,
            "INSERT INTO worker (id, host, pid, topics, started, heartbeat)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.id,
                row.host,
                row.pid,
                topics,
                millis(row.started),
                heartbeat
            ],
        )
        .map(drop)
    }

    /// A worker went.
    pub fn delete_worker(&mut self, id: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM worker WHERE id = ?1";
        self.execute(Topics::WORKERS, sql, [id]).map(drop)
    }

    /// Forgets workers that have been silent since before this.
    pub fn delete_silent_workers(&mut self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let sql = "DELETE FROM worker WHERE heartbeat < ?1";
        let gone = self.execute(Topics::NONE, sql, [millis(before)])?;
        if gone > 0 {
            self.note(Topics::WORKERS);
        }
        Ok(gone)
    }

    /// Says how far an external task is. False when somebody has asked to stop it; that stays
    /// until [`Tx::delete_progress`], and so does that its worker went to commit.
    pub fn put_progress(&mut self, row: &Progress) -> Result<bool, StoreError> {
        self.execute(
            Topics::PROGRESS,
            "INSERT INTO progress
                 (external_task_id, process_instance_id, rows, bytes, total_bytes, rate, updated,
                  cancel, committing)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (external_task_id) DO UPDATE SET
                 rows = excluded.rows, bytes = excluded.bytes,
                 total_bytes = excluded.total_bytes, rate = excluded.rate,
                 updated = excluded.updated",
            params![
                row.external_task_id,
                row.process_instance_id,
                row.rows,
                row.bytes,
                row.total_bytes,
                row.rate,
                millis(row.updated),
                row.cancel,
                row.committing,
            ],
        )?;
        let now = self.read().progress_of(&row.external_task_id)?;
        Ok(now.is_none_or(|progress| !progress.cancel))
    }

    /// Asks the worker of an external task to stop. True when it is running.
    pub fn cancel_progress(&mut self, external_task: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE progress SET cancel = 1 WHERE external_task_id = ?1";
        Ok(self.execute(Topics::PROGRESS, sql, [external_task])? > 0)
    }

    /// Notes that the worker of an external task goes to commit, or that it did not.
    pub fn mark_committing(&mut self, external_task: &str, on: bool) -> Result<(), StoreError> {
        let sql = "UPDATE progress SET committing = ?2 WHERE external_task_id = ?1";
        self.execute(Topics::PROGRESS, sql, params![external_task, on])
            .map(drop)
    }

    /// Forgets the progress of an external task.
    pub fn delete_progress(&mut self, external_task: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM progress WHERE external_task_id = ?1";
        self.execute(Topics::PROGRESS, sql, [external_task])
            .map(drop)
    }

    /// Sets a property of the desk.
    pub fn put_property(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.execute(
            Topics::NOTES,
            "INSERT INTO property (name, value) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET value = excluded.value",
            [name, value],
        )
        .map(drop)
    }

    /// Forgets a property of the desk.
    pub fn delete_property(&mut self, name: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM property WHERE name = ?1";
        self.execute(Topics::NOTES, sql, [name]).map(drop)
    }

    /// Forgets the answers to requests of before then.
    pub fn forget_answers(&mut self, before: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "DELETE FROM idempotency WHERE created < ?1";
        self.execute(Topics::NONE, sql, [millis(before)]).map(drop)
    }

    /// Remembers the answer to a request. False when one is remembered already.
    pub fn insert_answer(
        &mut self,
        user: &str,
        key: &str,
        response: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let rows = self.execute(
            Topics::NONE,
            "INSERT OR IGNORE INTO idempotency (user_id, key, response, created)
             VALUES (?1, ?2, ?3, ?4)",
            params![user, key, response, millis(now)],
        )?;
        Ok(rows > 0)
    }

    /// Adds an entry to the user operation log.
    pub fn log_operation(&mut self, by: &By, row: &Operation) -> Result<(), StoreError> {
        let seq = self.next_seq(by.now);
        self.note(Topics::INSTANCES);
        let logged = history::operation(self.conn, seq, by, row);
        self.checked(logged)
    }
}

const NOTIFICATION: &str = "SELECT id, user_id, kind, text, task_id, process_instance_id,
    created, read, dedupe FROM notification";

fn notification(row: &Row<'_>) -> rusqlite::Result<Notification> {
    Ok(Notification {
        id: row.get(0)?,
        user_id: row.get(1)?,
        kind: row.get(2)?,
        text: row.get(3)?,
        task_id: row.get(4)?,
        process_instance_id: row.get(5)?,
        created: instant(row, 6)?,
        read: instant_opt(row, 7)?,
        dedupe: row.get(8)?,
    })
}

const PROGRESS: &str = "SELECT external_task_id, process_instance_id, rows, bytes, total_bytes,
    rate, updated, cancel, committing FROM progress";

fn progress(row: &Row<'_>) -> rusqlite::Result<Progress> {
    Ok(Progress {
        external_task_id: row.get(0)?,
        process_instance_id: row.get(1)?,
        rows: row.get(2)?,
        bytes: row.get(3)?,
        total_bytes: row.get(4)?,
        rate: row.get(5)?,
        updated: instant(row, 6)?,
        cancel: row.get(7)?,
        committing: row.get(8)?,
    })
}

const DRAFT: &str = "SELECT json, saved, aside, aside_saved FROM draft";

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let aside: Option<String> = row.get(2)?;
    Ok(Draft {
        json: row.get(0)?,
        saved: instant(row, 1)?,
        aside: aside.zip(instant_opt(row, 3)?),
    })
}

impl Snapshot<'_> {
    /// A person's draft for a task.
    pub fn draft(&self, task: &str, user: &str) -> Result<Option<Draft>, StoreError> {
        let sql = format!("{DRAFT} WHERE task_id = ?1 AND user_id = ?2");
        first(self.conn, &sql, [task, user], draft)
    }

    /// The draft of a task that was saved last, whoever did.
    pub fn last_draft(&self, task: &str) -> Result<Option<Draft>, StoreError> {
        let sql = format!("{DRAFT} WHERE task_id = ?1 ORDER BY saved DESC, user_id LIMIT 1");
        first(self.conn, &sql, [task], draft)
    }

    /// A person's notifications, newest first.
    pub fn notifications(
        &self,
        user: &str,
        unread_only: bool,
        limit: usize,
    ) -> Result<Vec<Notification>, StoreError> {
        let unread = if unread_only { "AND read IS NULL" } else { "" };
        let sql = format!("{NOTIFICATION} WHERE user_id = ?1 {unread} ORDER BY id DESC LIMIT ?2");
        all(
            self.conn,
            &sql,
            params![user, limit_of(limit)],
            notification,
        )
    }

    /// A person's notifications of a kind that are not read, made since this moment.
    pub fn unread_of(
        &self,
        user: &str,
        kind: &str,
        since: DateTime<Utc>,
    ) -> Result<Vec<Notification>, StoreError> {
        let sql = format!(
            "{NOTIFICATION} WHERE user_id = ?1 AND read IS NULL AND kind = ?2 AND created >= ?3
             ORDER BY id"
        );
        let params = params![user, kind, millis(since)];
        all(self.conn, &sql, params, notification)
    }

    /// Notifications made before this moment, of what is no longer under way; at most so many.
    pub fn old_notifications(
        &self,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM notification WHERE created < ?1
                   AND NOT EXISTS (SELECT 1 FROM hist_process_instance AS h
                                   WHERE h.id = process_instance_id AND h.ended IS NULL)
                   ORDER BY id LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        all(self.conn, sql, params![millis(before), limit], |row| {
            row.get(0)
        })
    }

    /// How many notifications a person has not read.
    pub fn unread(&self, user: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM notification WHERE user_id = ?1 AND read IS NULL";
        self.count(sql, [user])
    }

    /// A captured frame.
    pub fn frame(&self, hash: &str) -> Result<Option<Frame>, StoreError> {
        let sql = "SELECT hash, bytes, name, user_id, captured FROM frame WHERE hash = ?1";
        first(self.conn, sql, [hash], |row| {
            Ok(Frame {
                hash: row.get(0)?,
                bytes: row.get(1)?,
                name: row.get(2)?,
                user_id: row.get(3)?,
                captured: instant(row, 4)?,
            })
        })
    }

    /// Whether anything that still goes on refers to a captured frame: a variable of a running
    /// instance, or a draft.
    pub fn needs_frame(&self, hash: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM variable
                       WHERE type = 'String' AND length(value) = 64 AND value = ?1)
                   OR EXISTS (SELECT 1 FROM draft WHERE instr(json, ?1) OR instr(aside, ?1))";
        Ok(self.count(sql, [hash])? > 0)
    }

    /// Workers that gave a sign of life at or after this.
    pub fn workers(&self, alive_since: DateTime<Utc>) -> Result<Vec<Worker>, StoreError> {
        let sql = "SELECT id, host, pid, topics, started, heartbeat FROM worker
                   WHERE heartbeat >= ?1 ORDER BY started, id";
        all(self.conn, sql, [millis(alive_since)], |row| {
            let topics: String = row.get(3)?;
            Ok(Worker {
                id: row.get(0)?,
                host: row.get(1)?,
                pid: row.get(2)?,
                topics: topics.lines().map(str::to_owned).collect(),
                started: instant(row, 4)?,
                heartbeat: instant(row, 5)?,
            })
        })
    }

    /// Progress of all that runs.
    pub fn progress(&self) -> Result<Vec<Progress>, StoreError> {
        all(
            self.conn,
            &format!("{PROGRESS} ORDER BY external_task_id"),
            [],
            progress,
        )
    }

    /// Progress of one external task.
    pub fn progress_of(&self, external_task: &str) -> Result<Option<Progress>, StoreError> {
        let sql = format!("{PROGRESS} WHERE external_task_id = ?1");
        first(self.conn, &sql, [external_task], progress)
    }

    /// A property of the desk.
    pub fn property(&self, name: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM property WHERE name = ?1";
        first(self.conn, sql, [name], |row| row.get(0))
    }

    /// The names of the properties that begin with `prefix`, 1,000 at most.
    pub fn properties(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM property WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1
                   ORDER BY name LIMIT 1000";
        all(self.conn, sql, [prefix], |row| row.get(0))
    }

    /// The remembered answer to a request.
    pub fn answer(&self, user: &str, key: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT response FROM idempotency WHERE user_id = ?1 AND key = ?2";
        first(self.conn, sql, [user, key], |row| row.get(0))
    }
}

/// A limit as SQLite has it.
pub(super) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
