//! A table for a frame.
//!
//! Making a table ends the server's transaction: it can not be one with the rows. So the table is
//! made empty, with a mark of the job as its comment, and then filled in the transaction. When the
//! rows do not stay, the table goes again; where the worker died, the next run of the job finds
//! its mark, and so does any other job that wants a table of this name.

use super::super::LEDGER;
use super::error::is_missing;
use super::protocol::Trouble;
use super::{MariaDb, literal, quoted};
use crate::crash;
use crate::insert::InsertError;
use crate::insert::create::{NewColumn, NewKind, NewTable, nameable, there};

/// Characters of a name.
const LONGEST: usize = 64;
/// Characters of a text that is kept in the row itself, and of one that is a key.
const SHORT: usize = 255;
const LONGEST_KEY: usize = 500;
/// Short texts that a row has room for.
const SHORT_TEXTS: usize = 50;
/// Digits of a decimal, and those after its point.
const DIGITS: usize = 65;
const FRACTION: usize = 30;
/// Digits before the point of a decimal at least, and more than the frame has; those after it.
const USUAL: usize = 13;
const ROOM: usize = 3;
const CENTS: usize = 2;
/// What the comment of a table begins with that a job made and has not filled.
pub(super) const MARK: &str = "crewdesk fills it: ";

/// What a job is marked with, as the lock of its key is.
pub(super) fn digest(job: &str) -> String {
    format!("MD5({})", literal(job))
}

/// The name, in SQL, of the lock that tells that a job is under way.
pub(super) fn lock(job: &str) -> String {
    format!("CONCAT('crewdesk ', {})", digest(job))
}

impl MariaDb {
    /// The statement that makes it; refused where there is one of this name.
    pub(super) fn draft_table(&mut self, table: &NewTable) -> Result<String, InsertError> {
        nameable(&table.name, &[&table.name], LONGEST)?;
        let long = |name: &str| name.chars().count() > LONGEST;
        if let Some(column) = table.columns.iter().find(|c| long(&c.name)) {
            return Err(InsertError::Columns(format!(
                "{:?} is too long a name for a column; at most {LONGEST} characters",
                column.name
            )));
        }
        for (at, column) in table.columns.iter().enumerate() {
            let fits = match column.kind {
                NewKind::Text { longest } => longest <= LONGEST_KEY,
                NewKind::Blob => false,
                _ => true,
            };
            if table.is_key(at) && !fits {
                return Err(InsertError::Key(format!(
                    "the values of {:?} are too long for a key; name other key columns",
                    column.name
                )));
            }
        }
        if self.left_behind(&table.name)?.is_none() {
            let known = self.relations()?;
            let same = |name: &String| name.eq_ignore_ascii_case(&table.name);
            if let Some(found) = known.into_iter().map(|r| r.name).find(same) {
                return Err(there(&table.name, &found));
            }
        }
        let texts = table.columns.iter();
        let texts = texts
            .filter(|c| matches!(c.kind, NewKind::Text { .. }))
            .count();
        let kind =
            |at: usize, column: &NewColumn| kind(column, table.is_key(at), texts <= SHORT_TEXTS);
        let tail = " ENGINE=InnoDB CHARACTER SET utf8mb4";
        Ok(table.statement(&quoted(&table.name), quoted, kind, tail))
    }

    /// Makes a table, marked with the job, and begins the transaction anew.
    pub(super) fn make_table(&mut self, table: &NewTable, job: &str) -> Result<(), InsertError> {
        self.hold_key(job)?;
        self.alone_at(&table.name, |this| this.make_alone(table, job))?;
        crash::point("insert.after_create");
        self.start()
    }

    /// Does something with a table of this name while no other job makes or drops one.
    fn alone_at(
        &mut self,
        table: &str,
        work: impl FnOnce(&mut Self) -> Result<(), InsertError>,
    ) -> Result<(), InsertError> {
        let name = format!("CONCAT(DATABASE(), '.', {})", literal(table));
        let lock = format!("CONCAT('crewdesk ', MD5({name}))");
        self.hold(&lock)?;
        let done = work(self);
        let freed = self.run(&format!("SELECT RELEASE_LOCK({lock})"));
        done.and(freed.map(drop))
    }

    fn make_alone(&mut self, table: &NewTable, job: &str) -> Result<(), InsertError> {
        let sql = self.draft_table(table)?;
        self.open = false;
        if self.left_behind(&table.name)?.is_some() {
            self.run(&format!("DROP TABLE {}", quoted(&table.name)))?;
        }
        let digest = digest(job);
        let mark = self.value(&format!("SELECT {digest}"))?.unwrap_or_default();
        match self.session.query(&format!("{sql} COMMENT='{MARK}{mark}'")) {
            Ok(_) => Ok(()),
            Err(Trouble::Server(e)) if matches!(e.code, 1142 | 1044) => {
                Err(self.place.says(&format!(
                    "the table can not be made ({}); have an administrator run: GRANT CREATE, \
                     ALTER, DROP ON {} TO {}",
                    e.message,
                    quoted(&table.name),
                    self.place.user
                )))
            }
            Err(Trouble::Server(e)) if e.code == 1050 => Err(there(&table.name, &table.name)),
            Err(e) => Err(self.place.error(e)),
        }
    }

    /// The mark of a table of this name that a job made and did not fill, if no other is about to.
    pub(super) fn left_behind(&mut self, table: &str) -> Result<Option<String>, InsertError> {
        let comment = format!(
            "SELECT table_comment FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = {}",
            literal(table)
        );
        let comment = self.value(&comment)?.unwrap_or_default();
        let Some(mark) = comment.strip_prefix(MARK).map(str::to_owned) else {
            return Ok(None);
        };
        let lock = literal(&format!("crewdesk {mark}"));
        let busy = format!(
            "SELECT IS_USED_LOCK({lock}) IS NOT NULL AND IS_USED_LOCK({lock}) <> CONNECTION_ID()"
        );
        let done = format!(
            "SELECT EXISTS(SELECT 1 FROM {LEDGER} WHERE MD5(`key`) = {})",
            literal(&mark)
        );
        let any = format!("SELECT EXISTS(SELECT 1 FROM {})", quoted(table));
        for question in [&busy, &any, &done] {
            // Where there is no ledger, nothing was committed with it.
            let answer = match self.session.query(question) {
                Err(Trouble::Server(e)) if question == &done && is_missing(&e) => None,
                Err(e) => return Err(self.place.error(e)),
                Ok((rows, _)) => rows.into_iter().flatten().flatten().next(),
            };
            if answer.as_deref() == Some("1") {
                return Ok(None);
            }
        }
        Ok(Some(mark))
    }

    /// Takes away the table that this job made and did not fill; under the lock of its key.
    pub(super) fn discard_table(&mut self, table: &str, job: &str) -> Result<(), InsertError> {
        let own = self.value(&format!("SELECT {}", digest(job)))?;
        self.alone_at(table, |this| {
            if own.is_some() && this.left_behind(table)? == own {
                this.run(&format!("DROP TABLE {}", quoted(table)))?;
            }
            Ok(())
        })
    }

    /// The table is filled: its mark has no more meaning, and goes if it can.
    pub(super) fn unmark(&mut self) {
        if let Some(table) = self.made.take() {
            let _ = self
                .session
                .query(&format!("ALTER TABLE {} COMMENT=''", quoted(&table)));
        }
    }
}

fn kind(column: &NewColumn, is_key: bool, short: bool) -> String {
    match column.kind {
        NewKind::Integer => "BIGINT".into(),
        NewKind::Decimal {
            whole, fraction, ..
        } if whole + fraction <= DIGITS && fraction <= FRACTION => {
            // Later frames have greater numbers, and cents.
            let fraction = match fraction {
                0 => 0,
                some => some.max(CENTS.min(DIGITS - whole)),
            };
            let whole = (whole + ROOM).max(USUAL).min(DIGITS - fraction);
            format!("DECIMAL({},{fraction})", whole + fraction)
        }
        NewKind::Real | NewKind::Decimal { floats: true, .. } => "DOUBLE".into(),
        NewKind::Boolean => "BOOLEAN".into(),
        NewKind::Date => "DATE".into(),
        NewKind::Timestamp { zoned: true } => "TIMESTAMP(6) NULL DEFAULT NULL".into(),
        NewKind::Timestamp { zoned: false } => "DATETIME(6)".into(),
        NewKind::Time => "TIME(6)".into(),
        // As elsewhere, a key tells capital letters from small ones.
        NewKind::Text { longest } if is_key => {
            format!("VARCHAR({}) COLLATE utf8mb4_bin", longest.max(SHORT))
        }
        NewKind::Text { longest } if longest <= SHORT && short => format!("VARCHAR({SHORT})"),
        NewKind::Text { .. } | NewKind::Decimal { .. } => "LONGTEXT".into(),
        NewKind::Blob => "LONGBLOB".into(),
    }
}
