//! SQLite: schema, migrations, the writer with group commit, readers, the change feed.
//!
//! Floor 5. Knows the engine's rows and keeps them; decides nothing about BPMN, about who may
//! do what, or about what a person sees. Never reads a clock: whoever calls says what time it is.

mod annotations;
mod archive;
mod batches;
mod cache;
mod calls;
mod cleanup;
mod codec;
mod comments;
mod decision_files;
mod definitions;
mod deployments;
mod error;
mod feed;
mod history;
mod insertions;
mod instances;
mod job_definitions;
mod line;
pub mod listing;
mod load;
mod location;
mod metrics;
mod migrate;
mod notes;
mod open;
#[cfg(test)]
mod pace;
mod past;
mod people;
#[cfg(test)]
mod plans;
mod put;
mod queue;
mod release;
mod reports;
mod starts;
mod tasklist;
mod tasks;
#[cfg(test)]
mod testing;
mod tx;
mod versions;
mod writer;

pub use archive::{Activity, DecisionLog, HistoricTask, Work};
pub use batches::{Batch, BatchItem};
pub use calls::Call;
pub use cleanup::Lived;
pub use comments::{About, Comment};
pub use decision_files::DecisionFile;
pub use definitions::{DecisionDefinition, ProcessDefinition, Requirements};
pub use deployments::{CamundaForm, Deployment, Resource};
pub use error::{StoreError, panic_message};
pub use feed::{Listener, Subscription, Topics};
pub use history::Operation;
pub use insertions::Insertion;
pub use instances::{InstanceFilter, InstanceName, InstanceRow, VariableRow};
pub use job_definitions::{JobDefinitionRow, JobScope};
pub use location::APPLICATION_ID;
pub use metrics::Metric;
pub use notes::{Draft, Frame, Notification, Progress, Worker};
pub use past::{DoneTask, DueTask, Past, PastCall, PastEvent, PastTask, PastThrown};
pub use people::{Login, TargetConnection, User};
pub use put::{TITLE, title};
pub use queue::{ExternalTaskRow, JobRow};
pub use reports::{Completed, Durations, Spans, TaskCount};
pub use tasklist::{Attachment, Profile, StoredFilter, TeamGroup};
pub use tasks::{TaskFilter, TaskRow, TaskScope};
pub use tx::{By, Tx};
pub use versions::Standing;

use feed::Feed;
use line::Line;
use rusqlite::{Connection, Params};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use writer::Writer;

/// The version of SQLite.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// Connections kept open for readers: opening one costs more than a hundred small reads.
const READERS: usize = 64;

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Make the file when it is missing.
    pub create: bool,
    /// How long to wait for other processes.
    pub busy: Duration,
    /// Rows of instances kept in memory.
    pub cache_rows: usize,
    /// Most commands in one commit.
    pub group: usize,
    /// Longest time that a group stays open.
    pub window: Duration,
    /// Most pages of 4096 bytes that the file may have.
    pub max_pages: Option<u32>,
    /// Whoever closes the file last leaves its log beside it, while it is short, for whoever opens it
    /// next: a short command does not wait until the disk has both.
    pub keep_log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            create: true,
            busy: Duration::from_secs(30),
            cache_rows: 200_000,
            group: 100,
            window: Duration::from_millis(10),
            max_pages: None,
            keep_log: false,
        }
    }
}

/// The desk's database. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    options: Options,
    /// Closed before the writer, whose connection then writes the log back into the file.
    readers: Mutex<Vec<Connection>>,
    line: Line,
    feed: Arc<Feed>,
}

impl Store {
    /// Opens the desk's file: makes it, or migrates it after a backup copy. What is newer,
    /// damaged, read-only, on a network share or of another program is refused and left as it is.
    pub fn open(path: &Path, options: Options) -> Result<Store, StoreError> {
        let mut options = options;
        options.keep_log &= open::is_log_short(path);
        let (path, conn) = open::open(path, &options, migrate::MIGRATIONS)?;
        let feed = Arc::new(Feed::default());
        let writer =
            Writer::new(conn, path.clone(), feed.clone(), &options).map_err(|e| e.at(&path))?;
        Ok(Store {
            inner: Arc::new(Inner {
                path,
                options,
                readers: Mutex::new(Vec::new()),
                line: Line::new(writer),
                feed,
            }),
        })
    }

    /// The file, without links or relative parts.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs a command and waits until it is on disk. It shares its commit with what other
    /// threads want written at that moment, one of which runs it; when it fails it alone is
    /// undone. It may be run twice, when another one is undone. An answer, good or bad, comes
    /// after COMMIT.
    pub fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.line.run(work)
    }

    /// Reads one consistent snapshot, never waiting for the writer.
    pub fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Snapshot<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        let kept = self.readers().pop();
        let conn = match kept {
            Some(conn) => conn,
            None => open::reader(&self.inner.path, &self.inner.options)?,
        };
        let at = |e: StoreError| e.at(&self.inner.path);
        put::execute(&conn, "BEGIN", []).map_err(at)?;
        let result = work(&Snapshot::new(&conn));
        // A connection that cannot end its transaction is not used again.
        if put::execute(&conn, "COMMIT", []).is_ok() {
            let mut readers = self.readers();
            if readers.len() < READERS {
                readers.push(conn);
            }
        }
        result
    }

    /// Follows what changes from now on.
    pub fn changes(&self) -> Subscription {
        self.inner.feed.subscribe()
    }

    /// Calls back on the thread that wrote after each commit, until the listener is dropped.
    /// It must not write and should only wake somebody.
    pub fn listen(&self, callback: impl Fn(Topics) + Send + Sync + 'static) -> Listener {
        self.inner.feed.listen(Arc::new(callback))
    }

    /// Looks whether another process wrote since the last look: if so, memory is dropped and
    /// subscribers hear [`Topics::ALL`]. Cheap; meant to be asked a few times a second.
    pub fn poll_foreign(&self) -> Result<bool, StoreError> {
        self.inner.line.foreign()
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.inner.path.display())
    }
}

/// A consistent state of the database, to read from.
pub struct Snapshot<'c> {
    conn: &'c Connection,
}

impl<'c> Snapshot<'c> {
    fn new(conn: &'c Connection) -> Self {
        Snapshot { conn }
    }

    /// What SQLite finds wrong with the file; nothing when it is whole. Reads all of it.
    pub fn check_integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.conn.prepare("PRAGMA quick_check(20)")?;
        let found = statement.query_map([], |row| row.get::<_, String>(0))?;
        let found = found.collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// The number that a query counts.
    fn count(&self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        let n: Option<i64> = load::first(self.conn, sql, params, |row| row.get(0))?;
        Ok(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }
}
