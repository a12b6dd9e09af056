//! The same work by hand-written SQLite: what a program for this one process would do that
//! keeps the desk's tables. Statements are prepared once and write exactly the rows that the
//! desk leaves behind; nothing is asked that need not be known.

use super::BenchError;
use super::engine::{EMPLOYEE, HEAD};
use chrono::Utc;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Statement, params};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// The most commands in one transaction, as in the desk.
const GROUP: u32 = 100;
/// How long the writer waits for callers that were there a moment ago, as in the desk.
const LINGER: Duration = Duration::from_micros(300);

/// A file like the desk's.
pub(super) struct ByHand {
    conn: Connection,
    definition: String,
}

impl ByHand {
    /// Opens it as durable as the desk does.
    pub(super) fn open(path: &Path) -> Result<ByHand, BenchError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        conn.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA cache_size = -16384;
             PRAGMA mmap_size = 1073741824;
             PRAGMA temp_store = MEMORY;",
        )?;
        let definition = conn.query_row(
            "SELECT id FROM process_definition WHERE key = 'bench'",
            [],
            |row| row.get(0),
        )?;
        Ok(ByHand { conn, definition })
    }

    /// Prepares the statements.
    pub(super) fn writer(&self) -> Result<Writer<'_>, BenchError> {
        Writer::new(&self.conn, &self.definition)
    }
}

/// Prepared statements.
pub(super) struct Writer<'c> {
    definition: &'c str,
    seq: i64,
    begin: Statement<'c>,
    commit: Statement<'c>,
    put_process: Statement<'c>,
    put_execution: Statement<'c>,
    put_task: Statement<'c>,
    begin_process: Statement<'c>,
    put_activity: Statement<'c>,
    put_flow: Statement<'c>,
    begin_task: Statement<'c>,
    notify: Statement<'c>,
    find_task: Statement<'c>,
    delete_task: Statement<'c>,
    delete_executions: Statement<'c>,
    delete_process: Statement<'c>,
    end_process: Statement<'c>,
    end_activity: Statement<'c>,
    end_task: Statement<'c>,
}

impl<'c> Writer<'c> {
    fn new(conn: &'c Connection, definition: &'c str) -> Result<Writer<'c>, BenchError> {
        Ok(Writer {
            definition,
            seq: 0,
            begin: conn.prepare("BEGIN IMMEDIATE")?,
            commit: conn.prepare("COMMIT")?,
            put_process: conn.prepare(
                r#"INSERT INTO process_instance VALUES
                   (?1, ?1, ?2, NULL, ?3, ?4, 'ACTIVE', '{"work":{"count":1,"first_due":null}}')"#,
            )?,
            put_execution: conn.prepare(
                "INSERT INTO execution VALUES (?1, ?2, ?3, ?1, ?4, 'active', ?5, ?6, ?7)",
            )?,
            put_task: conn.prepare(
                "INSERT INTO task VALUES (?1, ?2, ?2, ?3, ?4, 'work', 'Work', NULL, ?5, NULL, 50,
                     ?6, NULL, NULL, NULL, 1, 0, 0, NULL, NULL, 'work', NULL, NULL, NULL)",
            )?,
            begin_process: conn.prepare(
                "INSERT INTO hist_process_instance VALUES
                     (?1, ?1, ?2, NULL, NULL, ?3, ?4, NULL, 'ACTIVE', NULL, NULL, NULL)",
            )?,
            put_activity: conn.prepare(
                "INSERT INTO hist_activity VALUES (?1, ?4 || ':' || ?2, ?3, ?1, ?2, ?4, ?5, ?6, 0)",
            )?,
            put_flow: conn.prepare("INSERT INTO hist_flow VALUES (?1, ?2, 1, ?3)")?,
            begin_task: conn.prepare(
                "INSERT INTO hist_task VALUES
                     (?1, ?2, ?3, ?4, 'work', ?5, 'Work', NULL, NULL, NULL, ?6, NULL, 50, ?7,
                      NULL, NULL, NULL, 1, NULL, 0, NULL, NULL, NULL, NULL, NULL)",
            )?,
            notify: conn.prepare(
                "INSERT INTO notification
                     (user_id, kind, text, task_id, process_instance_id, created, dedupe)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
            find_task: conn.prepare("SELECT id, execution_id FROM task WHERE root_id = ?1")?,
            delete_task: conn.prepare("DELETE FROM task WHERE id = ?1")?,
            delete_executions: conn.prepare("DELETE FROM execution WHERE root_id = ?1")?,
            delete_process: conn.prepare("DELETE FROM process_instance WHERE id = ?1")?,
            end_process: conn.prepare(
                "UPDATE hist_process_instance SET ended = ?2, state = 'COMPLETED' WHERE id = ?1",
            )?,
            end_activity: conn.prepare(
                "UPDATE hist_activity SET ended = ?3
                 WHERE process_instance_id = ?1 AND id = 'work:' || ?2 AND ended IS NULL",
            )?,
            end_task: conn.prepare(
                "UPDATE hist_task SET ended = ?2, completed = 1, delete_reason = 'completed',
                     end_seq = ?3, end_user = ?4, done_by = ?4
                 WHERE id = ?1",
            )?,
        })
    }

    /// Runs one command in a transaction of its own.
    pub(super) fn singly<T>(
        &mut self,
        command: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<T, BenchError> {
        self.begin.execute([])?;
        let done = command(self)?;
        self.commit.execute([])?;
        Ok(done)
    }

    /// Starts an instance; its id.
    pub(super) fn start(&mut self) -> rusqlite::Result<String> {
        let now = Utc::now().timestamp_millis();
        let [id, begin, token, task] = std::array::from_fn(|_| uuid::Uuid::now_v7().to_string());
        let definition = self.definition;
        let none = None::<&str>;
        self.put_process
            .execute(params![id, definition, HEAD, now])?;
        self.put_execution
            .execute(params![id, id, none, none, none, now, 0])?;
        self.put_execution
            .execute(params![id, token, id, "work", "toWork", now, 1])?;
        self.put_task
            .execute(params![task, id, token, definition, EMPLOYEE, now])?;
        self.begin_process
            .execute(params![id, definition, HEAD, now])?;
        let seq = self.next(now);
        self.put_activity
            .execute(params![id, begin, seq, "start", now, now])?;
        self.put_flow.execute(params![id, "toWork", now])?;
        let seq = self.next(now);
        self.put_activity
            .execute(params![id, token, seq, "work", now, none])?;
        let seq = self.next(now);
        self.begin_task
            .execute(params![task, id, token, definition, seq, EMPLOYEE, now])?;
        let (text, dedupe) = ("Bench is yours: Work", format!("assigned:{task}:{now}"));
        self.notify
            .execute(params![EMPLOYEE, "assigned", text, task, id, now, dedupe])?;
        Ok(id)
    }

    /// Finds the task of an instance and completes it, which ends the instance.
    pub(super) fn finish(&mut self, id: &str) -> rusqlite::Result<()> {
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let Some((task, token)) = self.find_task.query_row([id], row).optional()? else {
            return Ok(());
        };
        let now = Utc::now().timestamp_millis();
        let end = uuid::Uuid::now_v7().to_string();
        self.delete_task.execute([&task])?;
        self.delete_executions.execute([id])?;
        self.delete_process.execute([id])?;
        let seq = self.next(now);
        self.end_task.execute(params![task, now, seq, EMPLOYEE])?;
        self.end_activity.execute(params![id, token, now])?;
        self.put_flow.execute(params![id, "toEnd", now])?;
        let seq = self.next(now);
        self.put_activity
            .execute(params![id, end, seq, "end", now, now])?;
        self.end_process.execute(params![id, now])?;
        let none = None::<&str>;
        let (text, dedupe) = ("Bench is done", format!("doneInTime:{id}"));
        self.notify
            .execute(params![HEAD, "doneInTime", text, none, id, now, dedupe])?;
        Ok(())
    }

    fn next(&mut self, now: i64) -> i64 {
        self.seq = (self.seq + 1).max(now.saturating_mul(4096));
        self.seq
    }

    /// Starts and ends so many instances, with the commands of so many callers in each
    /// transaction; how long that took.
    pub(super) fn serve(&mut self, instances: u32, callers: u32) -> Result<Duration, BenchError> {
        let group = callers.clamp(1, GROUP);
        let began = Instant::now();
        let mut left = instances;
        while left > 0 {
            let now = group.min(left);
            let open = self.singly(|writer| {
                (0..now)
                    .map(|_| writer.start())
                    .collect::<rusqlite::Result<Vec<_>>>()
            })?;
            self.singly(|writer| open.iter().try_for_each(|id| writer.finish(id)))?;
            left -= now;
        }
        Ok(began.elapsed())
    }

    /// The same for callers who each wait for their answer: a thread each, and this one, which
    /// commits for all who wait. How long that took.
    pub(super) fn serve_callers(
        &mut self,
        instances: u32,
        callers: u32,
    ) -> Result<Duration, BenchError> {
        let left = AtomicU32::new(instances);
        let (ask, asked) = channel::<Request>();
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..callers {
                let (ask, left) = (ask.clone(), &left);
                scope.spawn(move || call(&ask, left));
            }
            drop(ask);
            self.answer(&asked, callers)
        })?;
        Ok(began.elapsed())
    }

    /// Commits what waits, until nobody can ask any more.
    fn answer(&mut self, asked: &Receiver<Request>, callers: u32) -> Result<(), BenchError> {
        let most = callers.clamp(1, GROUP) as usize;
        let mut expected = most;
        let mut answers = Vec::new();
        while let Ok(first) = asked.recv() {
            self.begin.execute([])?;
            let mut next = Some(first);
            while let Some((instance, reply)) = next.take() {
                let id = match instance {
                    None => self.start()?,
                    Some(id) => self.finish(&id).map(|()| id)?,
                };
                answers.push((reply, id));
                if answers.len() < most {
                    next = asked.try_recv().ok();
                }
                // Those of the last group are about to come again.
                if next.is_none() && answers.len() < expected {
                    next = asked.recv_timeout(LINGER).ok();
                }
            }
            self.commit.execute([])?;
            expected = answers.len();
            for (reply, id) in answers.drain(..) {
                // A caller that is gone no longer wants an answer.
                let _ = reply.send(id);
            }
        }
        Ok(())
    }
}

/// To start an instance, or to finish the one of this id; and where to answer.
type Request = (Option<String>, Sender<String>);

/// One caller: starts and ends instances while some are left.
fn call(ask: &Sender<Request>, left: &AtomicU32) {
    let (reply, answer) = channel();
    let said = |instance| {
        ask.send((instance, reply.clone())).ok()?;
        answer.recv().ok()
    };
    let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    while take().is_ok() {
        let Some(id) = said(None) else { return };
        if said(Some(id)).is_none() {
            return;
        }
    }
}
