//! The one that writes: the commands of a group share a transaction and its COMMIT.
//!
//! Each command is undone alone when it fails. Answers and the change feed wait for COMMIT:
//! what was answered is kept, what was not kept is not told.

use super::cache::Cache;
use super::feed::{Feed, Topics};
use super::line::{Command, Done, Group, Line};
use super::tx::{State, Tx};
use super::{Options, StoreError};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What must be undone because a command failed.
enum Undo {
    /// Nothing is left of it.
    Nothing,
    /// It can not be undone alone.
    Group,
}

/// The writer's side of the store.
pub(super) struct Writer {
    conn: Connection,
    path: PathBuf,
    state: State,
    feed: Arc<Feed>,
    /// `PRAGMA data_version`: changes when another connection has written.
    data_version: i64,
    group: usize,
    window: Duration,
    /// Size of the last group: so many callers may come again at once.
    expected: usize,
}

impl Writer {
    pub(super) fn new(
        conn: Connection,
        path: PathBuf,
        feed: Arc<Feed>,
        options: &Options,
    ) -> Result<Self, StoreError> {
        let data_version = data_version(&conn)?;
        Ok(Writer {
            conn,
            path,
            state: State::new(Cache::new(options.cache_rows)),
            feed,
            data_version,
            group: options.group.max(1),
            window: options.window,
            expected: 1,
        })
    }

    /// Runs one group: what stands in the line, and what comes in time.
    pub(super) fn group(&mut self, line: &Line) -> Done {
        let closes = Instant::now() + self.window;
        let mut group = Group::default();
        let mut broken = None;
        while group.commands.len() < self.group {
            let linger = group.commands.len() < self.expected;
            let Some(command) = line.next(linger, closes) else {
                break;
            };
            if let Err(e) = self.run(command, &mut group) {
                broken = Some(e);
                break;
            }
            if Instant::now() >= closes {
                break;
            }
        }
        self.expected = group.commands.len();
        self.finish(group, broken)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        if !self.conn.is_autocommit() {
            // A leader broke down: what it left is undone, and memory no longer trusted.
            self.roll_back();
            self.state.clear();
        }
        self.statement("BEGIN IMMEDIATE")?;
        let ready = self
            .notice_foreign()
            .and_then(|_| self.state.read_last(&self.conn));
        if ready.is_err() {
            self.roll_back();
        }
        ready
    }

    /// Runs a command; one that fails is undone. As hardly any fails after it wrote, there are
    /// no savepoints (each would copy every page it touches) until one did: then all is undone,
    /// and the group done again with savepoints. An error means that the whole transaction is
    /// lost.
    fn run(&mut self, mut command: Box<dyn Command>, group: &mut Group) -> Result<(), StoreError> {
        let done = self.attempt(command.as_mut(), group);
        group.commands.push(command);
        match done? {
            Undo::Nothing => Ok(()),
            Undo::Group => self.again(group),
        }
    }

    /// Undoes the group and does it again, so that each command can be undone alone.
    fn again(&mut self, group: &mut Group) -> Result<(), StoreError> {
        self.statement("ROLLBACK")?;
        self.state.undone(&group.touched, group.topics);
        self.state.lost();
        let mut commands = std::mem::take(&mut group.commands);
        *group = Group {
            careful: true,
            ..Group::default()
        };
        let mut done = Ok(());
        for command in &mut commands {
            done = self.attempt(command.as_mut(), group).map(|_| ());
            if done.is_err() {
                break;
            }
        }
        group.commands = commands;
        done
    }

    fn attempt(
        &mut self,
        command: &mut dyn Command,
        group: &mut Group,
    ) -> Result<Undo, StoreError> {
        if !group.open {
            self.begin()?;
            group.open = true;
        }
        let savepoint = group.careful && group.kept;
        if savepoint {
            self.statement("SAVEPOINT command")?;
        }
        let before = self.conn.total_changes();
        let mut tx = Tx::new(&self.conn, &mut self.state);
        let keep = command.run(&mut tx);
        let (topics, touched, failure) = tx.end();
        let wrote = self.conn.total_changes() != before;
        if keep || self.conn.is_autocommit() {
            group.topics.insert(topics);
            group.touched.extend(touched);
        } else {
            self.state.undone(&touched, topics);
        }
        if self.conn.is_autocommit() {
            // A full disk or an I/O error rolls back everything by itself.
            return Err(failure.unwrap_or(StoreError::Sqlite(
                "the transaction was rolled back".to_owned(),
            )));
        }
        match (keep, wrote) {
            (true, _) => group.kept |= wrote,
            (false, false) => {}
            (false, true) if !group.kept => {
                group.open = false;
                self.statement("ROLLBACK")?;
            }
            (false, true) if savepoint => self.statement("ROLLBACK TO command")?,
            (false, true) => return Ok(Undo::Group),
        }
        if savepoint {
            self.statement("RELEASE command")?;
        }
        Ok(Undo::Nothing)
    }

    /// Commits; what was kept is told to all before it is told to the callers.
    fn finish(&mut self, group: Group, broken: Option<StoreError>) -> Done {
        let commands = group.commands;
        if broken.is_none() && !group.open {
            // Nothing is to be kept.
            return Done {
                commands,
                failed: None,
            };
        }
        crate::crash::point("store.before_commit");
        let committed = match broken {
            Some(e) => Err(e),
            None => self
                .state
                .write_last(&self.conn)
                .and_then(|()| self.statement("COMMIT")),
        };
        let failed = match committed {
            Ok(()) => {
                crate::crash::point("store.after_commit");
                self.feed.publish(group.topics);
                None
            }
            Err(e) => {
                self.roll_back();
                self.state.undone(&group.touched, group.topics);
                self.state.lost();
                Some(e.at(&self.path))
            }
        };
        Done { commands, failed }
    }

    fn roll_back(&self) {
        if !self.conn.is_autocommit() {
            // When even this fails the next BEGIN says so.
            let _ = self.statement("ROLLBACK");
        }
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Whether another process wrote since the last look.
    pub(super) fn foreign(&mut self) -> Result<bool, StoreError> {
        self.notice_foreign().map_err(|e| e.at(&self.path))
    }

    /// True when another process wrote since the last look; what memory holds is then dropped.
    fn notice_foreign(&mut self) -> Result<bool, StoreError> {
        let version = data_version(&self.conn)?;
        if version == self.data_version {
            return Ok(false);
        }
        self.data_version = version;
        self.state.clear();
        self.feed.publish(Topics::ALL);
        Ok(true)
    }
}

fn data_version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))?)
}

#[cfg(test)]
mod tests;
