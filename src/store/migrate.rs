//! Migrations: numbered SQL files, applied in one transaction after a backup copy.

use super::StoreError;
use super::location::APPLICATION_ID;
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs;
use std::path::{Path, PathBuf};

/// One step of the schema. Its number is its place in the list, from 1.
pub(super) struct Migration {
    /// Its SQL.
    pub(super) sql: &'static str,
}

/// All steps, oldest first. A released one never changes.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        sql: include_str!("../../assets/migrations/0001_engine.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0002_history.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0003_desk.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0004_serve.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0005_keep.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0006_events.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0007_idempotency.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0008_tasklist.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0009_ended.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0010_insertions.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0011_limits.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0012_logins.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0013_undo.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0014_causes.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0015_calls.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0016_job_definitions.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0017_annotations.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0018_batches.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0019_cleanup.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0020_batch_counts.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0021_removal.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0022_requirements.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0023_schema_log.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0024_job_log.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0025_forms.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0026_secrets.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0027_rounds.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0028_held.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0029_thrown.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0030_back.sql"),
    },
    Migration {
        sql: include_str!("../../assets/migrations/0031_source.sql"),
    },
];

/// The schema version after all steps.
pub(super) fn newest(migrations: &[Migration]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the newest version: all steps or none.
pub(super) fn run(
    conn: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let to = newest(migrations);
    if version(conn)? == to {
        return Ok(());
    }
    // The lock comes first: two processes that start at once must not both migrate.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&tx)?;
    if from > to {
        return Err(StoreError::Newer {
            path: path.into(),
            found: from,
            known: to,
        });
    }
    if from == to {
        return Ok(());
    }
    if from > 0 {
        back_up(path, to)?;
    }
    let failed = |e: rusqlite::Error| match StoreError::from(e) {
        StoreError::Sqlite(detail) | StoreError::Value { detail } => StoreError::Migration {
            path: path.into(),
            to,
            detail,
        },
        other => other,
    };
    for migration in migrations.iter().skip(usize::try_from(from).unwrap_or(0)) {
        tx.execute_batch(migration.sql).map_err(failed)?;
    }
    log(&tx, to).map_err(failed)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)
        .and_then(|()| tx.pragma_update(None, "user_version", to))
        .map_err(failed)?;
    crate::crash::point("store.migrate.before_commit");
    tx.commit().map_err(failed)?;
    crate::crash::point("store.migrate.after_commit");
    Ok(())
}

/// Notes the step, where the schema has its log by now.
fn log(conn: &Connection, to: i64) -> rusqlite::Result<()> {
    let known = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_log')";
    if conn.query_row(known, [], |row| row.get(0))? {
        let sql = "INSERT INTO schema_log (id, version, at) VALUES (?1, ?2, unixepoch() * 1000)";
        conn.execute(sql, rusqlite::params![to, env!("CARGO_PKG_VERSION")])?;
    }
    Ok(())
}

fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Copies the database beside itself; the copy appears whole or not at all.
fn back_up(path: &Path, to: i64) -> Result<(), StoreError> {
    let copy = beside(path, &format!(".before-{to}.bak"));
    let unfinished = beside(path, &format!(".before-{to}.bak.new"));
    let system = |e: std::io::Error| StoreError::system(&copy, &e);
    match fs::remove_file(&unfinished) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(system(e)),
        _ => {}
    }
    let copied = copy_into(path, &unfinished).and_then(|()| {
        fs::File::open(&unfinished)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&unfinished, &copy))
            .map_err(system)
    });
    if copied.is_err() {
        // What is left of a copy that failed only takes space.
        let _ = fs::remove_file(&unfinished);
    }
    copied.map_err(|e| e.at(&copy))
}

fn copy_into(path: &Path, copy: &Path) -> Result<(), StoreError> {
    super::location::make(copy)?;
    let from = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut into = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    Backup::new(&from, &mut into)?.run_to_completion(1000, std::time::Duration::ZERO, None)?;
    // The copy is one file: no log belongs to it.
    into.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
