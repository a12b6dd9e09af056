//! Opening the file: refusals first, then connections with their settings, then migrations.

use super::location::{self, APPLICATION_ID, Found};
use super::migrate::{self, Migration};
use super::{Options, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Statements kept prepared per connection.
const STATEMENTS: usize = 256;

/// Opens the file at `path`, makes or migrates it, and gives its real path and the writer's connection.
pub(super) fn open(
    path: &Path,
    options: &Options,
    migrations: &[Migration],
) -> Result<(PathBuf, Connection), StoreError> {
    let path = location::absolute(path)?;
    let opened = open_at(&path, options, migrations).map_err(|e| e.at(&path))?;
    Ok((path, opened))
}

fn open_at(
    path: &Path,
    options: &Options,
    migrations: &[Migration],
) -> Result<Connection, StoreError> {
    let known = migrate::newest(migrations);
    let mut conn = match location::examine(path, known)? {
        Found::Nothing if !options.create && !path.exists() => {
            return Err(StoreError::Missing { path: path.into() });
        }
        Found::Nothing => {
            location::make(path)?;
            connect(path, options)?
        }
        Found::Database => {
            location::check_folder(path)?;
            inspect(path, options, known)?
        }
    };
    if conn.is_readonly("main")? {
        return Err(StoreError::ReadOnly { path: path.into() });
    }
    enter_wal(&conn, options.busy)?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA mmap_size = 1073741824;",
    )?;
    if let Some(pages) = options.max_pages {
        conn.pragma_update(None, "max_page_count", pages)?;
    }
    migrate::run(&mut conn, path, migrations)?;
    Ok(conn)
}

/// The longest log that is left beside the file, in bytes: whoever opens it next reads all of it.
const LOG: u64 = 256 << 10;

/// Whether what stands beside the file is quickly read.
pub(super) fn is_log_short(path: &Path) -> bool {
    let log = std::fs::metadata(log_of(path));
    log.map_or(true, |log| log.len() <= LOG)
}

/// The log of a file.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Asks SQLite, without writing, whether the file is a desk that this version knows.
fn inspect(path: &Path, options: &Options, known: i64) -> Result<Connection, StoreError> {
    let log_stood = log_of(path).exists();
    let conn = connect(path, options)?;
    if log_stood {
        // Somebody else's log is not ours to write back.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    let pragma = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id")?;
    let version = pragma("user_version")?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
    if application != i64::from(APPLICATION_ID) && (application != 0 || version != 0 || tables > 0)
    {
        return Err(StoreError::Foreign { path: path.into() });
    }
    if version > known {
        return Err(StoreError::Newer {
            path: path.into(),
            found: version,
            known,
        });
    }
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, options.keep_log)?;
    Ok(conn)
}

/// A connection for reading: it cannot write. It does not map the file either: SQLite takes the
/// map down whenever another connection has written, for which all processors must stop.
pub(super) fn reader(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let conn = connect(path, options).map_err(|e| e.at(path))?;
    conn.execute_batch("PRAGMA query_only = ON;")
        .map_err(|e| StoreError::from(e).at(path))?;
    Ok(conn)
}

fn connect(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.busy_handler(Some(patience(options.busy)))?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // A plan does not depend on bound values: else SQLite compiles a statement anew, time and
    // again, to look whether another value would allow a partial index.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, options.keep_log)?;
    conn.execute_batch(
        "PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(conn)
}

/// Waits for other processes: short naps, so that many of them share the file smoothly.
fn patience(limit: Duration) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut since = Instant::now();
    let jitter = u64::from(std::process::id() % 7);
    move |attempt| {
        if attempt == 0 {
            since = Instant::now();
        }
        let nap = 200 * (u64::try_from(attempt).unwrap_or(0).min(30) + 1) + 100 * jitter;
        std::thread::sleep(Duration::from_micros(nap));
        since.elapsed() < limit
    }
}

/// Switching to WAL does not ask the busy handler while another process does the same.
fn enter_wal(conn: &Connection, limit: Duration) -> Result<(), StoreError> {
    let since = Instant::now();
    loop {
        let entered = conn
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match entered.map_err(StoreError::from) {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(mode) => {
                return Err(StoreError::Sqlite(format!(
                    "it stays in journal mode {mode}; WAL needs a local file system with shared memory"
                )));
            }
            Err(StoreError::Busy { .. }) if since.elapsed() < limit => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests;
