//! The databases that insertions are measured with, and the tools that come with them.

use super::frame;
use super::process::{output, run as process};
use super::{BenchError, process::Ran};
use crate::client::Client;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable with the password of a server.
pub const PASSWORD_VARIABLE: &str = "CREWDESK_BENCH_PASSWORD";

/// The table that a file is staged in to be merged.
const STAGE: &str = "stage";

/// What pandas runs.
const PANDAS: &str = include_str!("pandas.py");

/// Where the rows go.
pub(super) enum Store {
    /// A file for each table, in this folder.
    Sqlite(PathBuf),
    /// A database of PostgreSQL, by its URL, which its client understands.
    Postgres(String),
    /// A database of MariaDB or MySQL.
    MariaDb {
        url: String,
        host: String,
        port: String,
        user: String,
        database: String,
    },
}

impl Store {
    /// By its URL; none is SQLite, in files of `folder`.
    pub(super) fn new(url: Option<&str>, folder: &Path) -> Result<Store, BenchError> {
        let Some(url) = url else {
            return Ok(Store::Sqlite(folder.to_owned()));
        };
        let unknown = || BenchError::Url(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(unknown)?;
        match scheme {
            "postgres" | "postgresql" => Ok(Store::Postgres(url.to_owned())),
            "mariadb" | "mysql" => {
                let rest = rest.split('?').next().unwrap_or_default();
                let (user, place) = rest.split_once('@').ok_or_else(unknown)?;
                let (place, database) = place.split_once('/').ok_or_else(unknown)?;
                let (host, port) = place.split_once(':').unwrap_or((place, "3306"));
                Ok(Store::MariaDb {
                    url: url.to_owned(),
                    host: host.to_owned(),
                    port: port.to_owned(),
                    user: user.to_owned(),
                    database: database.to_owned(),
                })
            }
            _ => Err(unknown()),
        }
    }

    /// What the desk stands beside.
    pub(super) fn tool(&self, upsert: bool) -> &'static str {
        match (self, upsert) {
            (Store::Sqlite(_), false) => "sqlite3 .import",
            (Store::Postgres(_), false) => "psql \\copy",
            (Store::MariaDb { .. }, false) => "mariadb LOAD DATA LOCAL",
            (Store::Sqlite(_), true) => ".import, INSERT … ON CONFLICT",
            (Store::Postgres(_), true) => "\\copy, INSERT … ON CONFLICT",
            (Store::MariaDb { .. }, true) => "LOAD DATA, INSERT … ON DUPLICATE KEY",
        }
    }

    /// Makes the connection of the desk that leads to a table.
    pub(super) fn connect(&self, head: &dyn Client, name: &str) -> Result<(), BenchError> {
        let url = match self {
            Store::Sqlite(_) => format!("sqlite:{}", self.file(name).display()),
            Store::Postgres(url) | Store::MariaDb { url, .. } => url.clone(),
        };
        let password = std::env::var(PASSWORD_VARIABLE).ok();
        head.add_connection(name, &url, password.as_deref())?;
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        match self {
            Store::Sqlite(folder) => folder.join(format!("{name}.db")),
            _ => PathBuf::new(),
        }
    }

    /// The name of a table in its database.
    pub(super) fn table(&self, name: &str) -> String {
        match self {
            Store::Sqlite(_) => frame::TABLE.to_owned(),
            _ => format!("crewdesk_bench_{name}"),
        }
    }

    fn client(&self, sql: &str) -> Command {
        let password = std::env::var(PASSWORD_VARIABLE).unwrap_or_default();
        match self {
            Store::MariaDb {
                host,
                port,
                user,
                database,
                ..
            } => {
                let mut client = Command::new("mariadb");
                client
                    .args(["--local-infile=1", "--batch", "--skip-column-names"])
                    .args([
                        "--default-character-set=utf8mb4",
                        "-h",
                        host,
                        "-P",
                        port,
                        "-u",
                        user,
                    ])
                    .args(["-e", sql, database])
                    .env("MYSQL_PWD", password);
                client
            }
            _ => {
                let url = match self {
                    Store::Postgres(url) => url.as_str(),
                    _ => "",
                };
                let mut client = Command::new("psql");
                client
                    .args([
                        "-X",
                        "-q",
                        "-A",
                        "-t",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-c",
                        sql,
                        url,
                    ])
                    .env("PGPASSWORD", password);
                client
            }
        }
    }

    /// Makes a table anew, without rows.
    pub(super) fn clear(&self, name: &str) -> Result<(), BenchError> {
        if let Store::Sqlite(_) = self {
            let file = self.file(name);
            match std::fs::remove_file(&file) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(BenchError::system("the last run cannot be removed", e));
                }
                _ => {}
            }
            return Ok(Connection::open(&file)?.execute_batch(&frame::schema(frame::TABLE))?);
        }
        self.drop_table(name)?;
        let mut schema = frame::schema(&self.table(name));
        if let Store::MariaDb { .. } = self {
            // A TIMESTAMP there depends on the session's zone.
            schema = schema.replace("TIMESTAMP", "DATETIME");
        }
        output(&mut self.client(&schema)).map(|_| ())
    }

    /// Removes a table of a server; files go with their folder.
    pub(super) fn drop_table(&self, name: &str) -> Result<(), BenchError> {
        if let Store::Sqlite(_) = self {
            return Ok(());
        }
        let table = self.table(name);
        let mut client = self.client(&format!("DROP TABLE IF EXISTS {table}"));
        if let Store::Postgres(_) = self {
            client.env("PGOPTIONS", "-c client_min_messages=warning");
        }
        output(&mut client).map(|_| ())
    }

    /// The database's own tool inserts a file.
    pub(super) fn import(&self, name: &str, file: &Path) -> Result<Ran, BenchError> {
        let (table, file) = (self.table(name), file.display());
        let mut command = match self {
            Store::Sqlite(_) => {
                let mut command = Command::new("sqlite3");
                command
                    .arg(self.file(name))
                    .arg(".mode csv")
                    .arg(format!(".import --skip 1 \"{file}\" {table}"));
                command
            }
            Store::Postgres(_) => self.client(&copy(&table, &file)),
            Store::MariaDb { .. } => self.client(&load(&table, &file)),
        };
        process(&mut command)
    }

    /// The same of a file whose rows are there in part: what one writes by hand, a stage and one
    /// statement.
    pub(super) fn merge(&self, name: &str, file: &Path) -> Result<Ran, BenchError> {
        let (table, file) = (self.table(name), file.display());
        let columns = |new: &dyn Fn(&str) -> String| {
            let columns = frame::COLUMNS.map(|column| format!("{column} = {}", new(column)));
            columns.join(", ")
        };
        let insert = format!("INSERT INTO {table} SELECT * FROM {STAGE}");
        let conflict = format!(
            "{insert} WHERE true ON CONFLICT (id) DO UPDATE SET {}",
            columns(&|column| format!("excluded.{column}"))
        );
        let mut command = match self {
            Store::Sqlite(_) => {
                let mut command = Command::new("sqlite3");
                command
                    .arg(self.file(name))
                    .arg(frame::schema(STAGE).replacen("TABLE", "TEMP TABLE", 1))
                    .arg(".mode csv")
                    .arg(format!(".import --schema temp --skip 1 \"{file}\" {STAGE}"))
                    .arg(conflict);
                command
            }
            Store::Postgres(_) => {
                let mut command =
                    self.client(&frame::schema(STAGE).replacen("TABLE", "TEMP TABLE", 1));
                command.args(["-c", &copy(STAGE, &file), "-c", &conflict]);
                command
            }
            Store::MariaDb { .. } => self.client(&format!(
                "CREATE TEMPORARY TABLE {STAGE} LIKE {table}; {}; \
                 {insert} ON DUPLICATE KEY UPDATE {}",
                load(STAGE, &file),
                columns(&|column| format!("VALUES({column})"))
            )),
        };
        process(&mut command)
    }

    /// pandas inserts a file.
    pub(super) fn pandas(&self, python: &Path, name: &str, file: &Path) -> Result<Ran, BenchError> {
        let by = |url: &str, driver: &str| {
            let place = url.split_once("://").map_or("", |(_, place)| place);
            format!("{driver}://{}", place.split('?').next().unwrap_or_default())
        };
        let url = match self {
            Store::Sqlite(_) => format!("sqlite:///{}", self.file(name).display()),
            Store::Postgres(url) => by(url, "postgresql+psycopg2"),
            Store::MariaDb { url, .. } => by(url, "mysql+pymysql"),
        };
        let mut command = Command::new(python);
        command.args(["-c", PANDAS]).arg(file).arg(url);
        process(command.arg(self.table(name)))
    }

    /// How many rows a table has.
    pub(super) fn count(&self, name: &str) -> Result<u64, BenchError> {
        let sql = format!("SELECT count(*) FROM {}", self.table(name));
        if let Store::Sqlite(_) = self {
            let open = Connection::open(self.file(name))?;
            let count: i64 = open.query_row(&sql, [], |row| row.get(0))?;
            return Ok(u64::try_from(count).unwrap_or(0));
        }
        let found = output(&mut self.client(&sql))?;
        Ok(found.trim().parse().unwrap_or(0))
    }

    /// How two tables differ, if they do, or one has not so many rows.
    pub(super) fn differ(
        &self,
        one: &str,
        other: &str,
        rows: u64,
    ) -> Result<Option<String>, BenchError> {
        if let Store::Sqlite(_) = self {
            return files_differ(&self.file(one), &self.file(other), rows);
        }
        let (one, other) = (self.table(one), self.table(other));
        for sql in [
            format!("SELECT count(*) FROM {one}"),
            format!("SELECT count(*) FROM {other}"),
            format!("SELECT count(*) FROM (SELECT * FROM {one} INTERSECT SELECT * FROM {other}) b"),
        ] {
            let found = output(&mut self.client(&sql))?;
            if found.trim() != rows.to_string() {
                return Ok(Some(format!("{} rows of {rows}: {sql}", found.trim())));
            }
        }
        Ok(None)
    }
}

/// What copies a file into a table of PostgreSQL.
fn copy(table: &str, file: &impl Display) -> String {
    format!("\\copy {table} FROM '{file}' CSV HEADER")
}

/// What loads a file into a table of MariaDB.
fn load(table: &str, file: &impl Display) -> String {
    format!(
        "LOAD DATA LOCAL INFILE '{file}' INTO TABLE {table} CHARACTER SET utf8mb4 \
         FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' \
         LINES TERMINATED BY '\\n' IGNORE 1 LINES"
    )
}

fn files_differ(one: &Path, other: &Path, rows: u64) -> Result<Option<String>, BenchError> {
    let open = |path: &Path| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let (one, other) = (open(one)?, open(other)?);
    let sql = format!("SELECT * FROM {} ORDER BY id", frame::TABLE);
    let (mut one, mut other) = (one.prepare(&sql)?, other.prepare(&sql)?);
    let width = one.column_count();
    let (mut one, mut other) = (one.query([])?, other.query([])?);
    let mut count = 0;
    loop {
        match (one.next()?, other.next()?) {
            (None, None) if count == rows => return Ok(None),
            (None, None) => return Ok(Some(format!("{count} rows of {rows}"))),
            (Some(a), Some(b)) => {
                count += 1;
                for column in 0..width {
                    let (a, b): (Value, Value) = (a.get(column)?, b.get(column)?);
                    if a != b {
                        return Ok(Some(format!("row {count} holds {a:?} and {b:?}")));
                    }
                }
            }
            _ => return Ok(Some("one has more rows than the other".to_owned())),
        }
    }
}
