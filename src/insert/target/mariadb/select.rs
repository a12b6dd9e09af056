//! The rows of a query that only reads, as text, each value by its type.

use super::MariaDb;
use super::protocol::{Rows, Trouble, Values};
use crate::insert::InsertError;
use crate::insert::source::{Selecting, Selection};
use crate::insert::target::Target;
use crate::insert::target::server::Lost;
use std::cell::RefCell;
use std::time::Duration;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// A point in time, of UTC here.
    Instant,
    Text,
    Bytes,
    /// A number that is written with fewer digits than it has.
    Float,
}

impl Kind {
    /// By the number of the type and of the character set, 63 of which is none.
    fn of(kind: u8, charset: u16) -> Kind {
        match kind {
            4 => Kind::Float,
            7 => Kind::Instant,
            0..=14 | 246 => Kind::Plain,
            // JSON of MySQL.
            245 => Kind::Text,
            16 | 255 => Kind::Bytes,
            _ if charset == 63 => Kind::Bytes,
            _ => Kind::Text,
        }
    }
}

/// Why no more rows are taken in.
enum Stop {
    Lost(Lost),
    Taker(InsertError),
    Enough,
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Stop {
        Stop::Lost(lost)
    }
}

/// What is known of the rows while they come.
struct Taking<'s> {
    rows: &'s mut dyn Selecting,
    names: Vec<String>,
    kinds: Vec<Kind>,
    told: bool,
    text: String,
}

impl Taking<'_> {
    fn column(&mut self, packet: &[u8]) -> Result<(), Lost> {
        let mut values = Values(packet);
        let mut name = String::new();
        // The catalogue, the schema, the table by two names, the column by two.
        for at in 0..6 {
            let text = values.next()?.flatten().unwrap_or_default();
            if at == 4 {
                name = String::from_utf8_lossy(text).into_owned();
            }
        }
        let [_, low, high, _, _, _, _, kind, ..] = values.0 else {
            return Err(Lost::Nonsense("a column that is cut off"));
        };
        self.names.push(name);
        self.kinds
            .push(Kind::of(*kind, u16::from_le_bytes([*low, *high])));
        Ok(())
    }

    /// Tells the columns, once they are all known.
    fn head(&mut self) -> Result<(), Stop> {
        if std::mem::replace(&mut self.told, true) {
            return Ok(());
        }
        let names = std::mem::take(&mut self.names);
        self.rows.columns(names).map_err(Stop::Taker)?;
        for (at, kind) in self.kinds.iter().enumerate() {
            match kind {
                Kind::Bytes => return Err(Stop::Taker(self.rows.no_bytes(at))),
                Kind::Float => {
                    let reason = "is FLOAT, of which the server writes not all digits; CAST it AS \
                                  DOUBLE in the query";
                    return Err(Stop::Taker(self.rows.refuse(at, reason)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn row(&mut self, packet: &[u8]) -> Result<(), Stop> {
        self.head()?;
        let mut values = Values(packet);
        for at in 0..self.kinds.len() {
            let bytes = values.next()?;
            let bytes = bytes.ok_or(Lost::Nonsense("a row that is cut off"))?;
            let text = bytes
                .map(std::str::from_utf8)
                .transpose()
                .map_err(|_| Stop::Taker(self.rows.refuse(at, "holds a text that is not UTF-8")))?;
            let value = match (text, self.kinds.get(at)) {
                (None, _) => Selection::Null,
                (Some(text), Some(Kind::Text)) => Selection::Text(text),
                (Some(text), Some(Kind::Instant)) => {
                    self.text.clear();
                    self.text.push_str(text);
                    self.text.push('Z');
                    Selection::Plain(&self.text)
                }
                (Some(text), _) => Selection::Plain(text),
            };
            self.rows.value(value).map_err(Stop::Taker)?;
        }
        match self.rows.end_row() {
            Ok(true) => Ok(()),
            // Where the server was told how many, it ends by itself.
            Ok(false) if self.rows.most().is_some() => Ok(()),
            Ok(false) => Err(Stop::Enough),
            Err(error) => Err(Stop::Taker(error)),
        }
    }
}

impl MariaDb {
    /// Asks one statement in a transaction that only reads.
    pub(super) fn select_rows(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        self.limit(Some(time))?;
        self.run("START TRANSACTION READ ONLY")?;
        self.open = true;
        self.rows_of(sql, rows)?;
        self.rollback();
        Ok(())
    }

    /// The same in the transaction that is open, which goes on afterwards as before. It can not be
    /// made to read only any more: what a statement writes all the same is undone, and told.
    pub(super) fn ask_rows(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        self.run("SAVEPOINT crewdesk_check")?;
        let before = self.written()?;
        let most = rows.most().map(|most| most.to_string());
        let most = most.as_deref().unwrap_or("DEFAULT");
        self.run(&format!("SET SESSION sql_select_limit = {most}"))?;
        self.limit(Some(time))?;
        self.rows_of(sql, rows)?;
        self.limit(None)?;
        self.run("SET SESSION sql_select_limit = DEFAULT")?;
        let wrote = self.written()? != before;
        self.run("ROLLBACK TO SAVEPOINT crewdesk_check")?;
        match wrote {
            true => Err(InsertError::SourceQuery("it must only read".to_owned())),
            false => Ok(()),
        }
    }

    /// How long a statement may take.
    fn limit(&mut self, time: Option<Duration>) -> Result<(), InsertError> {
        let seconds = time.map(|time| time.as_secs().max(1));
        let or_default = |n: Option<u64>| n.map_or("DEFAULT".to_owned(), |n| n.to_string());
        // MariaDB's, else MySQL's.
        let limit = format!("SET SESSION max_statement_time = {}", or_default(seconds));
        if self.session.query(&limit).is_err() {
            let millis = seconds.map(|seconds| seconds.saturating_mul(1000));
            let limit = format!("SET SESSION max_execution_time = {}", or_default(millis));
            self.run(&limit)?;
        }
        Ok(())
    }

    /// How many statements that write this session has run, those inside of functions among them.
    /// What the server writes into tables of its own to answer a SELECT is no statement.
    fn written(&mut self) -> Result<Rows, InsertError> {
        self.ask(
            "SHOW SESSION STATUS WHERE Variable_name IN ('Com_insert', 'Com_insert_select', \
             'Com_update', 'Com_update_multi', 'Com_delete', 'Com_delete_multi', 'Com_replace', \
             'Com_replace_select', 'Com_load', 'Com_truncate')",
        )
    }

    fn rows_of(&mut self, sql: &str, rows: &mut dyn Selecting) -> Result<(), InsertError> {
        let taking = RefCell::new(Taking {
            rows,
            names: Vec::new(),
            kinds: Vec::new(),
            told: false,
            text: String::new(),
        });
        let asked = self.session.run_with(
            sql.as_bytes(),
            &mut |column| taking.borrow_mut().column(column).map_err(Stop::Lost),
            &mut |row| taking.borrow_mut().row(row),
        );
        let mut taking = taking.into_inner();
        let stop = match asked {
            Ok(Ok(_)) if taking.kinds.is_empty() => Stop::Taker(taking.rows.no_columns()),
            Ok(Ok(_)) => match taking.head() {
                Ok(()) => return Ok(()),
                Err(stop) => stop,
            },
            Ok(Err(stop)) => stop,
            Err(Trouble::Server(e)) if matches!(e.code, 1969 | 3024) => {
                Stop::Taker(taking.rows.too_slow())
            }
            // Another time it may go well.
            Err(Trouble::Server(e)) if matches!(e.code, 1053 | 1205 | 1213) => {
                Stop::Taker(self.place.error(Trouble::Server(e)))
            }
            Err(Trouble::Server(e)) => Stop::Taker(InsertError::SourceQuery(match e.code {
                1792 => "it must only read".to_owned(),
                _ => e.message,
            })),
            Err(other) => return Err(self.place.error(other)),
        };
        // The session may be in the middle of the rows, and goes.
        self.open = false;
        match stop {
            Stop::Enough => Ok(()),
            Stop::Taker(error) => Err(error),
            Stop::Lost(lost) => Err(self.place.error(Trouble::Lost(lost))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_by_their_type() {
        for (kind, charset, written) in [
            (3, 63, Kind::Plain),
            (246, 63, Kind::Plain),
            (12, 63, Kind::Plain),
            (7, 63, Kind::Instant),
            (253, 45, Kind::Text),
            (253, 63, Kind::Bytes),
            (252, 63, Kind::Bytes),
            (252, 45, Kind::Text),
            (245, 63, Kind::Text),
            (16, 63, Kind::Bytes),
            (4, 63, Kind::Float),
        ] {
            assert_eq!(Kind::of(kind, charset), written, "{kind} {charset}");
        }
    }
}
