//! The one thread that writes: commands that arrive while a commit runs share the next one.
//!
//! Each command runs in a savepoint and is undone alone when it fails. Answers and the change
//! feed wait for COMMIT: what was answered is kept, what was not kept is not told.

use super::cache::Cache;
use super::feed::{Feed, Topics};
use super::tx::{State, Tx};
use super::{Options, StoreError};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

/// How long a group waits for callers that were there a moment ago.
const LINGER: Duration = Duration::from_micros(300);

/// A command on its way to the writer.
pub(super) trait Command: Send {
    /// Runs the command. True when its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers the caller: the command's own result, or why nothing was kept.
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

/// What the writer is asked for.
pub(super) enum Request {
    /// A command.
    Run(Box<dyn Command>),
    /// Whether another process wrote.
    Foreign(SyncSender<Result<bool, StoreError>>),
}

/// A closure with its caller.
pub(super) struct Call<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: Sender<Result<T, E>>,
}

impl<F, T, E> Call<F, T, E> {
    pub(super) fn new(work: F, reply: Sender<Result<T, E>>) -> Self {
        Call {
            work: Some(work),
            result: None,
            reply,
        }
    }
}

impl<F, T, E> Command for Call<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|panic| {
            let detail = panic_message(panic.as_ref());
            Err(StoreError::Panicked { detail }.into())
        });
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let result = match (failed, self.result) {
            (None, Some(result)) => result,
            (Some(error), _) => Err(error.into()),
            (None, None) => Err(StoreError::Closed.into()),
        };
        // A caller that is gone no longer wants an answer.
        let _ = self.reply.send(result);
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
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

/// What a group has gathered until its COMMIT.
#[derive(Default)]
struct Group {
    commands: Vec<Box<dyn Command>>,
    topics: Topics,
    touched: Vec<String>,
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

    /// Serves requests until nobody can make any more.
    pub(super) fn serve(mut self, requests: &Receiver<Request>) {
        while let Ok(request) = requests.recv() {
            match request {
                Request::Run(command) => self.group(command, requests),
                Request::Foreign(reply) => {
                    let _ = reply.send(self.foreign());
                }
            }
        }
    }

    /// Runs one group: the first command and those that come in time.
    fn group(&mut self, first: Box<dyn Command>, requests: &Receiver<Request>) {
        if let Err(e) = self.begin() {
            return first.answer(Some(e.at(&self.path)));
        }
        let closes = Instant::now() + self.window;
        let mut group = Group::default();
        let mut polls = Vec::new();
        let mut next = Some(first);
        let mut broken = None;
        while let Some(command) = next.take() {
            if let Err(e) = self.run(command, &mut group) {
                broken = Some(e);
                break;
            }
            while next.is_none() && group.commands.len() < self.group {
                match self.more(requests, group.commands.len(), closes) {
                    Some(Request::Run(command)) => next = Some(command),
                    Some(Request::Foreign(reply)) => polls.push(reply),
                    None => break,
                }
            }
        }
        self.expected = group.commands.len();
        self.finish(group, broken);
        for reply in polls {
            let _ = reply.send(self.foreign());
        }
    }

    /// The next request of this group: at once what is there, and a moment's wait for callers
    /// of the last group. A lone caller waits for nobody.
    fn more(&self, requests: &Receiver<Request>, have: usize, closes: Instant) -> Option<Request> {
        let left = closes.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        match requests.try_recv() {
            Ok(request) => Some(request),
            Err(TryRecvError::Empty) if have < self.expected => {
                requests.recv_timeout(left.min(LINGER)).ok()
            }
            Err(_) => None,
        }
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.statement("BEGIN IMMEDIATE")?;
        let ready = self
            .notice_foreign()
            .and_then(|_| self.state.read_last(&self.conn));
        if ready.is_err() {
            self.roll_back();
        }
        ready
    }

    /// Runs a command in a savepoint. An error means that the whole transaction is lost.
    fn run(&mut self, mut command: Box<dyn Command>, group: &mut Group) -> Result<(), StoreError> {
        if let Err(e) = self.statement("SAVEPOINT command") {
            group.commands.push(command);
            return Err(e);
        }
        let mut tx = Tx::new(&self.conn, &mut self.state);
        let keep = command.run(&mut tx);
        let (topics, touched, failure) = tx.end();
        group.commands.push(command);
        if self.conn.is_autocommit() {
            // A full disk or an I/O error rolls back everything by itself.
            group.touched.extend(touched);
            return Err(failure.unwrap_or(StoreError::Sqlite(
                "the transaction was rolled back".to_owned(),
            )));
        }
        if keep {
            group.topics.insert(topics);
            group.touched.extend(touched);
        } else {
            self.state.forget(&touched);
            self.statement("ROLLBACK TO command")?;
        }
        self.statement("RELEASE command")
    }

    /// Commits and answers.
    fn finish(&mut self, group: Group, broken: Option<StoreError>) {
        crate::crash::point("store.before_commit");
        let committed = match broken {
            Some(e) => Err(e),
            None => self
                .state
                .write_last(&self.conn)
                .and_then(|()| self.statement("COMMIT")),
        };
        match committed {
            Ok(()) => {
                crate::crash::point("store.after_commit");
                self.feed.publish(group.topics);
                for command in group.commands {
                    command.answer(None);
                }
            }
            Err(e) => {
                self.roll_back();
                self.state.lost(&group.touched);
                let e = e.at(&self.path);
                for command in group.commands {
                    command.answer(Some(e.clone()));
                }
            }
        }
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

    fn foreign(&mut self) -> Result<bool, StoreError> {
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
