//! Rows by their key: those that are in the table are updated, the others inserted.
//!
//! Nobody else writes meanwhile, so each row is looked for and then either inserted or updated:
//! a conflict of any other key refuses it. Which rows these are is kept in a temporary table,
//! with the place of the frame that each comes from.

use super::super::{Broken, Merged, Plan, Rejection, TWICE, Taken, quoted};
use super::insertion::{bind, is_reference, names, rejection};
use super::parents::Parents;
use super::{Place, schema};
use crate::insert::InsertError;
use crate::insert::batch::RowOf;
use crate::insert::flow::Supply;
use crate::insert::types::Cell;
use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

/// The temporary table of the rows: what finds each in the table, and its mark.
pub(super) const SEEN: &str = "temp.crewdesk_upserted";

/// Updates and inserts what comes.
pub(super) fn upsert(
    connection: &Connection,
    place: &Place,
    plan: &Plan<'_>,
    supply: &mut Supply,
) -> Result<(Taken, Merged), InsertError> {
    let mut upserter = Upserter::new(connection, place, plan)?;
    while let Some(mut batch) = supply.next() {
        for row in 0..batch.len() {
            place.cancel.check()?;
            let cells: Vec<Cell<'_>> = batch.cells(row, row + 1).collect();
            let of = batch.row_of(row).copied().unwrap_or_default();
            let rejection = upserter.try_row(&cells, &of)?;
            batch.rejected.extend(rejection.map(|why| (row, why)));
        }
        supply.done(batch);
    }
    Ok((Taken::All, upserter.merged))
}

/// What finds a row again: its number, or its key where rows have none.
pub(super) fn identity(connection: &Connection, plan: &Plan<'_>) -> rusqlite::Result<Vec<String>> {
    Ok(match schema::row_number(connection, plan.table)? {
        Some(number) => vec![number.to_owned()],
        None => plan.keys().map(|column| quoted(&column.name)).collect(),
    })
}

/// Runs a statement; what finds the row that it wrote, if it did.
fn returned(statement: &mut Statement<'_>) -> rusqlite::Result<Option<Vec<Value>>> {
    let mut rows = statement.raw_query();
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let width = row.as_ref().column_count();
    let identity: rusqlite::Result<_> = (0..width).map(|i| row.get(i)).collect();
    // To the end: only then the row stands.
    while rows.next()?.is_some() {}
    identity.map(Some)
}

/// Looks for the row of a key, and whether it is as the frame says.
pub(super) struct Finder<'a> {
    statement: Statement<'a>,
    identity: usize,
}

impl<'a> Finder<'a> {
    pub(super) fn new(connection: &'a Connection, plan: &Plan<'_>) -> rusqlite::Result<Self> {
        let identity = identity(connection, plan)?;
        let same: Vec<String> = plan
            .taken()
            .enumerate()
            .map(|(i, c)| format!("{} IS ?{} COLLATE BINARY", quoted(&c.name), i + 1))
            .collect();
        let place = |at: &usize| plan.columns.iter().position(|c| c == at);
        let on: Vec<String> = plan
            .key
            .iter()
            .zip(plan.keys())
            .filter_map(|(at, c)| Some(format!("{} = ?{}", quoted(&c.name), place(at)? + 1)))
            .collect();
        let sql = format!(
            "SELECT {}, {} FROM main.{} WHERE {}",
            identity.join(","),
            same.join(" AND "),
            quoted(&plan.table.name),
            on.join(" AND ")
        );
        Ok(Finder {
            statement: connection.prepare(&sql)?,
            identity: identity.len(),
        })
    }

    /// What finds the row, and whether it is the same; none if there is no such row.
    pub(super) fn find(
        &mut self,
        cells: &[Cell<'_>],
    ) -> rusqlite::Result<Option<(Vec<Value>, bool)>> {
        for (i, cell) in cells.iter().enumerate() {
            bind(&mut self.statement, i + 1, cell)?;
        }
        let mut rows = self.statement.raw_query();
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let identity: rusqlite::Result<Vec<Value>> =
            (0..self.identity).map(|i| row.get(i)).collect();
        Ok(Some((identity?, row.get(self.identity)?)))
    }
}

/// The running statements.
pub(super) struct Upserter<'a> {
    connection: &'a Connection,
    place: &'a Place,
    find: Finder<'a>,
    insert: Statement<'a>,
    update: Statement<'a>,
    seen: Statement<'a>,
    keep: Statement<'a>,
    /// Keeps a row as it was before it is updated.
    former: Option<Statement<'a>>,
    /// Triggers may fail after they changed something: each row is undone by itself.
    savepoints: bool,
    names: String,
    parents: Parents<'a>,
    pub(super) merged: Merged,
}

impl<'a> Upserter<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        place: &'a Place,
        plan: &Plan<'_>,
    ) -> Result<Self, InsertError> {
        Self::prepare(connection, place, plan).map_err(|e| place.error(&e))
    }

    fn prepare(
        connection: &'a Connection,
        place: &'a Place,
        plan: &Plan<'_>,
    ) -> rusqlite::Result<Self> {
        let identity = identity(connection, plan)?;
        let parts: Vec<String> = (0..identity.len()).map(|i| format!("k{i}")).collect();
        let parts = parts.join(",");
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE crewdesk_upserted({parts}, mark INTEGER, changed INTEGER, PRIMARY KEY({parts})) WITHOUT ROWID"
        ))?;
        let table = quoted(&plan.table.name);
        let width = plan.columns.len();
        let insert = format!(
            "INSERT OR ABORT INTO main.{table} ({}) VALUES ({}) RETURNING {}",
            names(plan, ""),
            vec!["?"; width].join(","),
            identity.join(",")
        );
        let set: Vec<String> = plan
            .taken()
            .enumerate()
            .map(|(i, c)| format!("{} = ?{}", quoted(&c.name), i + 1))
            .collect();
        let on = |names: &[String], first: usize| {
            let on = names.iter().enumerate();
            let on: Vec<String> = on
                .map(|(i, name)| format!("{name} = ?{}", first + i + 1))
                .collect();
            on.join(" AND ")
        };
        // What finds the row may be changed by it.
        let update = format!(
            "UPDATE OR ABORT main.{table} SET {} WHERE {} RETURNING {}",
            set.join(", "),
            on(&identity, width),
            identity.join(",")
        );
        let former = match plan.side {
            Some(side) => {
                let side = format!("main.{}", quoted(side));
                connection.execute_batch(&format!(
                    "CREATE TABLE {side} AS SELECT * FROM main.{table} WHERE 0"
                ))?;
                Some(connection.prepare(&format!(
                    "INSERT INTO {side} SELECT * FROM main.{table} WHERE {}",
                    on(&identity, 0)
                ))?)
            }
            None => None,
        };
        let kept: Vec<String> = (0..identity.len()).map(|i| format!("k{i}")).collect();
        let places = vec!["?"; identity.len() + 2].join(",");
        Ok(Upserter {
            connection,
            place,
            find: Finder::new(connection, plan)?,
            insert: connection.prepare(&insert)?,
            update: connection.prepare(&update)?,
            seen: connection.prepare(&format!("SELECT mark FROM {SEEN} WHERE {}", on(&kept, 0)))?,
            keep: connection.prepare(&format!("INSERT INTO {SEEN} VALUES ({places})"))?,
            former,
            // What was kept of a row that is refused goes with it.
            savepoints: plan.side.is_some() || schema::has_triggers(connection, &plan.table.name)?,
            names: plan.key_names(),
            parents: Parents::of(connection, plan),
            merged: Merged::default(),
        })
    }

    fn guard(&self, sql: &str) -> Result<(), InsertError> {
        match self.savepoints {
            true => self
                .connection
                .execute_batch(sql)
                .map_err(|e| self.place.error(&e)),
            false => Ok(()),
        }
    }

    /// Takes a row, or says why the table refuses it; the rows before it stay.
    pub(super) fn try_row(
        &mut self,
        cells: &[Cell<'_>],
        of: &RowOf,
    ) -> Result<Option<Rejection>, InsertError> {
        self.guard("SAVEPOINT crewdesk_row")?;
        let rejection = match self.step(cells, of) {
            Ok(None) => {
                self.guard("RELEASE crewdesk_row")?;
                return Ok(None);
            }
            Ok(Some(rejection)) => rejection,
            Err(e) => {
                let refused = rejection(&e).ok_or_else(|| self.place.error(&e))?;
                let known = is_reference(&e).then(|| self.parents.missing(cells));
                let known = known.transpose().map_err(|e| self.place.error(&e))?;
                known.flatten().unwrap_or(refused)
            }
        };
        if self.savepoints && self.connection.is_autocommit() {
            return Err(self.place.says(&format!(
                "the table undid the whole insertion at this row: {}",
                rejection.reason
            )));
        }
        self.guard("ROLLBACK TO crewdesk_row; RELEASE crewdesk_row")?;
        Ok(Some(rejection))
    }

    fn step(&mut self, cells: &[Cell<'_>], of: &RowOf) -> rusqlite::Result<Option<Rejection>> {
        let ignored = || Rejection {
            column: None,
            reason: "a trigger of the table ignored the row".into(),
            broken: Broken::Other,
        };
        let (identity, changed) = match self.find.find(cells)? {
            Some((mut identity, same)) => {
                if let Some(twice) = self.twice(&identity, of)? {
                    return Ok(Some(twice));
                }
                if !same {
                    if let Some(former) = &mut self.former {
                        for (i, value) in identity.iter().enumerate() {
                            former.raw_bind_parameter(i + 1, value)?;
                        }
                        former.raw_execute()?;
                    }
                    for (i, cell) in cells.iter().enumerate() {
                        bind(&mut self.update, i + 1, cell)?;
                    }
                    for (i, value) in identity.iter().enumerate() {
                        self.update.raw_bind_parameter(cells.len() + i + 1, value)?;
                    }
                    // The frame may give the row another number.
                    match returned(&mut self.update)? {
                        Some(now) => identity = now,
                        None => return Ok(Some(ignored())),
                    }
                    self.merged.updated += 1;
                } else {
                    self.merged.unchanged += 1;
                }
                (identity, !same)
            }
            None => {
                for (i, cell) in cells.iter().enumerate() {
                    bind(&mut self.insert, i + 1, cell)?;
                }
                match returned(&mut self.insert)? {
                    Some(identity) => (identity, true),
                    None => return Ok(Some(ignored())),
                }
            }
        };
        self.remember(&identity, of, changed)?;
        Ok(None)
    }

    /// Takes down a row of the table that is one of the frame, unless an earlier one was.
    pub(super) fn note(
        &mut self,
        identity: &[Value],
        of: &RowOf,
    ) -> rusqlite::Result<Option<Rejection>> {
        let twice = self.twice(identity, of)?;
        if twice.is_none() {
            self.remember(identity, of, false)?;
        }
        Ok(twice)
    }

    /// Why a row is refused that is the same row of the table as an earlier one, if it is.
    fn twice(&mut self, identity: &[Value], of: &RowOf) -> rusqlite::Result<Option<Rejection>> {
        Ok(self.mark(identity)?.map(|mark| Rejection {
            column: Some(self.names.clone()),
            reason: format!("{} {TWICE}", of.place(mark)),
            broken: Broken::Key,
        }))
    }

    fn remember(&mut self, identity: &[Value], of: &RowOf, changed: bool) -> rusqlite::Result<()> {
        for (i, value) in identity.iter().enumerate() {
            self.keep.raw_bind_parameter(i + 1, value)?;
        }
        self.keep
            .raw_bind_parameter(identity.len() + 1, of.mark())?;
        self.keep.raw_bind_parameter(identity.len() + 2, changed)?;
        self.keep.raw_execute().map(drop)
    }

    /// The mark of an earlier row of the frame that this row of the table was.
    fn mark(&mut self, identity: &[Value]) -> rusqlite::Result<Option<i64>> {
        for (i, value) in identity.iter().enumerate() {
            self.seen.raw_bind_parameter(i + 1, value)?;
        }
        let mut rows = self.seen.raw_query();
        rows.next()?.map(|row| row.get(0)).transpose()
    }
}
