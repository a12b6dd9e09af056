//! The rows of a query that only reads, as text, each value by its type.

use super::Postgres;
use super::protocol::{Body, Session, Trouble, server_error};
use crate::insert::InsertError;
use crate::insert::source::{Selecting, Selection};
use crate::insert::target::Target;
use std::time::Duration;

/// Types, by their numbers in `pg_type`, whose values are no texts.
const PLAIN: [i32; 12] = [20, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1266, 1700];
const BOOL: i32 = 16;
const BYTEA: i32 = 17;

/// Why the rows ended.
enum End {
    Trouble(Trouble),
    /// Whoever takes them in does not go on.
    Taker(InsertError),
    /// No more are wanted.
    Enough,
}

impl<T: Into<Trouble>> From<T> for End {
    fn from(trouble: T) -> End {
        End::Trouble(trouble.into())
    }
}

impl Postgres {
    /// Asks one statement in a transaction that only reads.
    pub(super) fn select_rows(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        let millis = time.as_millis().max(1);
        self.run(&format!(
            "SET statement_timeout = {millis}; BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        ))?;
        self.open = true;
        self.rows_of(sql, rows)?;
        self.rollback();
        Ok(())
    }

    /// The same in the transaction that is open, which goes on afterwards as before.
    pub(super) fn ask_rows(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        let millis = time.as_millis().max(1);
        // Both settings end with the savepoint.
        self.run(&format!(
            "SAVEPOINT crewdesk_check; SET LOCAL transaction_read_only = on; \
             SET LOCAL statement_timeout = {millis}"
        ))?;
        self.rows_of(sql, rows)?;
        if self.open {
            self.run("ROLLBACK TO crewdesk_check; RELEASE crewdesk_check")?;
        }
        Ok(())
    }

    fn rows_of(&mut self, sql: &str, rows: &mut dyn Selecting) -> Result<(), InsertError> {
        match self.session.select(sql, rows) {
            Ok(()) => Ok(()),
            // The session is in the middle of the rows, and goes.
            Err(End::Enough) => {
                self.open = false;
                Ok(())
            }
            Err(End::Taker(error)) => {
                self.open = false;
                Err(error)
            }
            Err(End::Trouble(Trouble::Server(e))) if e.code == "57014" => Err(rows.too_slow()),
            // Another time it may go well.
            Err(End::Trouble(Trouble::Server(e)))
                if e.code == "55P03"
                    || ["08", "40", "53", "57"].contains(&e.code.get(..2).unwrap_or_default()) =>
            {
                Err(self.place.error(Trouble::Server(e)))
            }
            Err(End::Trouble(Trouble::Server(e))) => {
                let reason = match e.code.as_str() {
                    "25006" => "it must only read".to_owned(),
                    "42601" if e.message.contains("multiple commands") => {
                        "one statement only; take away what follows `;`".to_owned()
                    }
                    _ => e.message.clone(),
                };
                Err(InsertError::SourceQuery(reason))
            }
            Err(End::Trouble(other)) => Err(self.place.error(other)),
        }
    }
}

impl Session {
    /// One statement, by the extended protocol, which takes no second one. It is not run before it
    /// is known to give rows.
    fn select(&mut self, sql: &str, rows: &mut dyn Selecting) -> Result<(), End> {
        self.message(b'P', &[b"\0", sql.as_bytes(), b"\0", &[0, 0]].concat());
        // No parameters; all values as text.
        self.message(b'B', &[0, 0, 0, 0, 0, 0, 0, 0]);
        self.message(b'D', b"P\0");
        self.message(b'H', b"");
        self.send()?;
        let types = loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'T' => {
                    let (names, kinds) = columns(body)?;
                    rows.columns(names).map_err(End::Taker)?;
                    break kinds;
                }
                b'n' => return Err(End::Taker(rows.no_columns())),
                b'E' => {
                    let error = server_error(body);
                    self.message(b'S', b"");
                    self.send()?;
                    self.read_on()?;
                    return Err(Trouble::Server(Box::new(error)).into());
                }
                _ => {}
            }
        };
        let bytes = types.iter().position(|kind| *kind == BYTEA);
        if let Some(at) = bytes {
            return Err(End::Taker(rows.no_bytes(at)));
        }
        // The portal has no name; 0 are all rows.
        let most = rows.most().unwrap_or(0).to_be_bytes();
        self.message(b'E', &[&[0], most.as_slice()].concat());
        self.message(b'S', b"");
        self.send()?;
        let limited = rows.most().is_some();
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                // Where the server was told how many, it ends by itself.
                b'D' if !row(body, &types, rows)? && !limited => return Err(End::Enough),
                b'E' => {
                    let error = server_error(body);
                    self.read_on()?;
                    return Err(Trouble::Server(Box::new(error)).into());
                }
                b'Z' => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads until the server is ready again.
    fn read_on(&mut self) -> Result<(), Trouble> {
        while self.receive()?.0 != b'Z' {}
        Ok(())
    }
}

/// The names of the columns, and the numbers of their types.
fn columns(body: &[u8]) -> Result<(Vec<String>, Vec<i32>), Trouble> {
    let mut body = Body(body);
    let count = body.i16()?;
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let end = body
            .0
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or_default();
        names.push(String::from_utf8_lossy(body.bytes(end)?).into_owned());
        // The zero, the table and the column that it comes from.
        body.bytes(7)?;
        kinds.push(body.i32()?);
        // The size and a modifier of the type, and how it is written.
        body.bytes(8)?;
    }
    Ok((names, kinds))
}

/// Takes a row in; whether more are wanted.
fn row(body: &[u8], types: &[i32], rows: &mut dyn Selecting) -> Result<bool, End> {
    let mut body = Body(body);
    let count = body.i16()?;
    for at in 0..usize::try_from(count).unwrap_or_default() {
        let value = match usize::try_from(body.i32()?) {
            Err(_) => Selection::Null,
            Ok(length) => {
                let bytes = body.bytes(length)?;
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| End::Taker(rows.refuse(at, "holds a text that is not UTF-8")))?;
                match types.get(at) {
                    Some(&BOOL) => Selection::Plain(if text == "t" { "true" } else { "false" }),
                    Some(kind) if PLAIN.contains(kind) => Selection::Plain(text),
                    _ => Selection::Text(text),
                }
            }
        };
        rows.value(value).map_err(End::Taker)?;
    }
    rows.end_row().map_err(End::Taker)
}
