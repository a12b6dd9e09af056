//! The rows of a query on a connection as a data frame: asked in a transaction that only reads,
//! written as CSV, and captured like any file. From then on the frame is what was read then.
//!
//! Texts stand in quotes, all else does not, and NULL is nothing: so each value comes back as it
//! was. Bytes have no place in such a frame, and are refused by the name of their column.

use super::frame::{Captured, Frame, FrameStore, Source};
use super::target::{self, ConnectionUrl, Reach};
use super::types::plain;
use super::{Cancel, Forbidden, InsertError, Password};
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How long a query may take until its last row.
pub const SOURCE_TIME: Duration = Duration::from_secs(900);
/// How much longer a server may take to say that it has stopped.
const GRACE: Duration = Duration::from_secs(5);
/// The longest query, in bytes.
const MAX_SQL: usize = 100_000;
/// The longest row, in bytes: as much as a record may have.
const MAX_ROW: usize = 16 << 20;
/// Bytes that are handed over at once, and how many times ahead.
const PIECE: usize = 1 << 16;
const AHEAD: usize = 4;

/// A query on a connection.
#[derive(Debug, Clone)]
pub struct SourceQuery {
    /// The database.
    pub connection: ConnectionUrl,
    /// Of the user that it names.
    pub password: Option<Password>,
    /// Databases that nobody may read from.
    pub forbidden: Forbidden,
    /// One SELECT, in the SQL of that database.
    pub sql: String,
    /// What messages call its rows.
    pub name: String,
    /// How long it may take.
    pub time: Duration,
    /// No more rows than these.
    pub most: Option<u64>,
}

impl SourceQuery {
    /// Asks, and captures the rows.
    pub fn capture(&self, store: &FrameStore, cancel: &Cancel) -> Result<Captured, InsertError> {
        self.rows(cancel, |rows, cancel| {
            store.capture(rows, &mut |_, _| {}, cancel)
        })
    }

    /// Asks, and gives the rows to look at.
    pub fn look(&self, store: &FrameStore, cancel: &Cancel) -> Result<Frame, InsertError> {
        self.rows(cancel, |rows, cancel| store.pass(rows, cancel))
    }

    fn rows<T>(
        &self,
        cancel: &Cancel,
        take: impl FnOnce(Source<'_>, &Cancel) -> Result<T, InsertError>,
    ) -> Result<T, InsertError> {
        check(&self.sql)?;
        let (to, from) = sync_channel(AHEAD);
        // The server stops by itself when the time is over: only one that is silent is given up.
        let cancel = cancel.with_deadline(self.time + GRACE);
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| self.ask(to, &cancel));
            let mut read = Pieces {
                from,
                piece: Vec::new(),
                at: 0,
            };
            let source = Source::Read {
                read: &mut read,
                name: &self.name,
                size: None,
            };
            let taken = take(source, &cancel);
            // Whoever still asks hears that nobody listens.
            drop(read);
            let asked = match asked.join() {
                Ok(asked) => asked,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            match (asked, taken) {
                // It stopped asking because the rows could not be kept.
                (Err(InsertError::Cancelled), Err(error)) => Err(error),
                (asked, taken) => asked.and(taken),
            }
        })
    }

    fn ask(&self, to: SyncSender<Piece>, cancel: &Cancel) -> Result<(), InsertError> {
        let reach = Reach {
            url: &self.connection,
            forbidden: &self.forbidden,
            busy_seconds: 30.min(self.time.as_secs()),
            password: self.password.as_ref(),
            cancel,
            read_only: true,
        };
        let mut rows = Selected {
            to: Some(to),
            text: Vec::with_capacity(2 * PIECE),
            row: 0,
            width: 0,
            names: Vec::new(),
            rows: 0,
            most: self.most,
            cancel,
            until: Instant::now().checked_add(self.time),
            time: self.time,
        };
        let asked = target::open(&reach)
            .and_then(|mut target| target.select(&self.sql, self.time, &mut rows))
            .and_then(|()| rows.finish());
        if asked.is_err() {
            rows.give_up();
        }
        match asked {
            Err(InsertError::Unreachable { .. }) if cancel.is_overdue() => Err(rows.too_slow()),
            asked => asked,
        }
    }
}

/// Refuses what is no SELECT at the first look. The database decides what the rest may do: it is
/// asked in a transaction that only reads.
pub(super) fn check(sql: &str) -> Result<(), InsertError> {
    let refuse = |reason: String| Err(InsertError::SourceQuery(reason));
    if sql.len() > MAX_SQL || sql.contains('\0') {
        return refuse(format!("it is longer than {MAX_SQL} bytes, or no text"));
    }
    let mut rest = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    while let Some(comment) = rest.strip_prefix("--") {
        let line = comment.split_once('\n').map_or("", |(_, rest)| rest);
        rest = line.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    }
    let end = rest.find(|c: char| !c.is_ascii_alphabetic());
    let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let reads = ["select", "with", "values", "table"];
    if !reads.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return refuse("it is no SELECT; begin with SELECT or WITH".to_owned());
    }
    // MariaDB writes files on its machine by SELECT.
    let lower = sql.to_ascii_lowercase();
    if ["outfile", "dumpfile"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return refuse("it must not write a file".to_owned());
    }
    Ok(())
}

/// True when something follows a semicolon that stands outside of quotes and comments. Quotes are
/// those of all three databases, so that what one of them would understand is perhaps not seen.
pub(super) fn is_several(sql: &str) -> bool {
    let mut rest = sql;
    let mut ended = false;
    while let Some(sign) = rest.chars().next() {
        let skipped = match sign {
            '\'' | '"' | '`' => rest.get(1..).and_then(|inside| inside.split_once(sign)),
            '-' if rest.starts_with("--") => rest.split_once('\n'),
            '/' if rest.starts_with("/*") => rest.split_once("*/"),
            // PostgreSQL's quotes: $$ or $tag$.
            '$' => rest.get(1..).and_then(|after| {
                let (tag, inside) = after.split_once('$')?;
                let is_tag = tag.chars().all(|c| c.is_alphanumeric() || c == '_');
                inside.split_once(&format!("${tag}$")).filter(|_| is_tag)
            }),
            _ => rest.get(sign.len_utf8()..).map(|rest| ("", rest)),
        };
        let comment = rest.starts_with("--") || rest.starts_with("/*");
        if ended && !comment && !sign.is_whitespace() && sign != ';' {
            return true;
        }
        ended |= sign == ';';
        // What is not closed goes on to the end.
        rest = match skipped {
            Some((_, rest)) => rest,
            None if sign == '$' => rest.get(1..).unwrap_or_default(),
            None => "",
        };
    }
    false
}

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Selection<'a> {
    Null,
    /// A number, a truth, a day or a time.
    Plain(&'a str),
    Text(&'a str),
}

/// Whoever takes the rows of a query in.
pub(super) trait Selecting {
    /// No more rows than these are wanted.
    fn most(&self) -> Option<u32> {
        None
    }
    /// The columns, which come first.
    fn columns(&mut self, names: Vec<String>) -> Result<(), InsertError>;
    /// A value of the row that is being read.
    fn value(&mut self, value: Selection<'_>) -> Result<(), InsertError>;
    /// The row is complete; whether more are wanted.
    fn end_row(&mut self) -> Result<bool, InsertError>;
    /// The error of a column.
    fn refuse(&self, at: usize, reason: &str) -> InsertError;
    /// The error of a column of bytes.
    fn no_bytes(&self, at: usize) -> InsertError;
    /// The error of a statement that gives no rows.
    fn no_columns(&self) -> InsertError {
        InsertError::SourceQuery("it gives no rows; write a SELECT".to_owned())
    }
    /// The error of a query that takes too long.
    fn too_slow(&self) -> InsertError;
}

/// Takes the rows of a query in, as CSV.
pub(super) struct Selected<'c> {
    to: Option<SyncSender<Piece>>,
    text: Vec<u8>,
    /// Where the row that is written begins.
    row: usize,
    width: usize,
    names: Vec<String>,
    /// Rows so far, and the header.
    rows: u64,
    most: Option<u64>,
    cancel: &'c Cancel,
    until: Option<Instant>,
    time: Duration,
}

impl Selected<'_> {
    fn pass(&mut self) -> Result<(), InsertError> {
        self.cancel.check()?;
        if self.until.is_some_and(|until| Instant::now() > until) {
            return Err(self.too_slow());
        }
        let piece = std::mem::replace(&mut self.text, Vec::with_capacity(2 * PIECE));
        self.row = 0;
        let sent = self.to.as_ref().map(|to| to.send(Piece::Bytes(piece)));
        match sent {
            Some(Ok(())) => Ok(()),
            // Whoever captures has given up, and says why.
            _ => Err(InsertError::Cancelled),
        }
    }

    fn finish(&mut self) -> Result<(), InsertError> {
        self.pass()?;
        self.to = None;
        Ok(())
    }

    fn give_up(&mut self) {
        if let Some(to) = self.to.take() {
            let _ = to.send(Piece::Failed);
        }
    }
}

impl Selecting for Selected<'_> {
    fn columns(&mut self, names: Vec<String>) -> Result<(), InsertError> {
        if names.is_empty() {
            return Err(self.no_columns());
        }
        for name in &names {
            self.value(Selection::Text(name))?;
        }
        self.names = names;
        self.end_row().map(drop)
    }

    fn value(&mut self, value: Selection<'_>) -> Result<(), InsertError> {
        if self.width > 0 {
            self.text.push(b',');
        }
        match value {
            Selection::Null => {}
            // Without an exponent, which may be the code of an article in a text.
            Selection::Plain(text) => self.text.extend(plain(text).as_bytes()),
            Selection::Text(text) => {
                self.text.push(b'"');
                let mut rest = text;
                while let Some((before, after)) = rest.split_once('"') {
                    self.text.extend(before.as_bytes());
                    self.text.extend(b"\"\"");
                    rest = after;
                }
                self.text.extend(rest.as_bytes());
                self.text.push(b'"');
            }
        }
        self.width += 1;
        match self.text.len() - self.row > MAX_ROW {
            true => Err(InsertError::SourceQuery(format!(
                "row {} has more than {} MiB",
                self.rows,
                MAX_ROW >> 20
            ))),
            false => Ok(()),
        }
    }

    fn end_row(&mut self) -> Result<bool, InsertError> {
        self.text.push(b'\n');
        (self.row, self.width) = (self.text.len(), 0);
        self.rows += 1;
        if self.text.len() >= PIECE {
            self.pass()?;
        }
        Ok(self.most.is_none_or(|most| self.rows <= most))
    }

    fn refuse(&self, at: usize, reason: &str) -> InsertError {
        let name = self.names.get(at).map_or("", String::as_str);
        let name = super::facts::shown(name);
        InsertError::SourceQuery(format!("column {name:?} {reason}"))
    }

    fn no_bytes(&self, at: usize) -> InsertError {
        self.refuse(
            at,
            "holds bytes, which a data frame can not; convert them in the query, such as by hex()",
        )
    }

    fn too_slow(&self) -> InsertError {
        InsertError::SourceQuery(format!(
            "stopped, it took more than {} s; let it give fewer rows, or fewer at a time",
            self.time.as_secs()
        ))
    }
}

/// What goes from who asks to who captures.
enum Piece {
    Bytes(Vec<u8>),
    /// There will be no more, and what came is not all.
    Failed,
}

/// The pieces as a stream.
struct Pieces {
    from: Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.from.recv() {
                Ok(Piece::Bytes(piece)) => (self.piece, self.at) = (piece, 0),
                Ok(Piece::Failed) => return Err(io::Error::other("the query failed")),
                Err(_) => return Ok(0),
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let n = rest.len().min(to.len());
        if let (Some(to), Some(from)) = (to.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_select_is_asked() {
        for sql in [
            "SELECT 1",
            "  (select 1)",
            "-- so\n(\nWITH a AS (SELECT 1) SELECT * FROM a",
            "values (1)",
            "TABLE orders",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
        for sql in [
            "",
            "DELETE FROM orders",
            "/*! DELETE */ SELECT 1",
            "-- SELECT",
            "SELECT 1 INTO OUTFILE '/tmp/x'",
            "SELECT '\0'",
            "selection",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
    }
}
