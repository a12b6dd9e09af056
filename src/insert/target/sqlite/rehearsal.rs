//! Rows taken on trial: the table's twin in memory refuses what the table would refuse by
//! itself, and look-ups in the target find keys that are taken and references to nothing.
//!
//! Not seen are triggers, references of a table to itself, and constraints that need functions
//! or collations of another program.

use super::super::{Plan, Rejection, quoted};
use super::insertion::Inserter;
use super::{Place, insertion, schema};
use crate::insert::InsertError;
use crate::insert::flow::Supply;
use crate::insert::types::Cell;
use rusqlite::{Connection, Statement};

/// Takes what comes, and keeps none of it.
pub(super) fn rehearse(
    connection: &Connection,
    place: &Place,
    plan: &Plan<'_>,
    supply: &mut Supply,
) -> Result<(), InsertError> {
    let twin = twin(connection, &plan.table.name).map_err(|e| place.error(&e))?;
    let inserter = match &twin {
        Some(twin) => Some(Inserter::new(twin, place, plan, false)?),
        None => None,
    };
    let lookups = lookups(connection, plan).map_err(|e| place.error(&e))?;
    let mut rehearsal = Rehearsal {
        inserter,
        lookups,
        place,
    };
    while let Some(mut batch) = supply.next() {
        for row in 0..batch.len() {
            place.cancel.check()?;
            let cells: Vec<Cell<'_>> = batch.cells(row, row + 1).collect();
            let rejection = rehearsal.try_row(&cells)?;
            batch.rejected.extend(rejection.map(|why| (row, why)));
        }
        supply.done(batch);
    }
    Ok(())
}

/// An empty table of the same make, in memory.
fn twin(connection: &Connection, table: &str) -> rusqlite::Result<Option<Connection>> {
    let twin = Connection::open_in_memory()?;
    twin.execute_batch("PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;")?;
    let mut statement = connection.prepare(
        "SELECT sql FROM main.sqlite_schema
         WHERE tbl_name = ?1 AND type IN ('table', 'index') AND sql IS NOT NULL
         ORDER BY type = 'index'",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        if twin.execute_batch(&row.get::<_, String>(0)?).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(twin))
}

/// A question to the target about some columns of a row.
struct Lookup<'a> {
    statement: Statement<'a>,
    /// Positions in the row.
    cells: Vec<usize>,
    names: String,
    /// What is refused: that there is such a row, or that there is none.
    refused_if: bool,
    reason: String,
}

fn lookups<'a>(connection: &'a Connection, plan: &Plan<'_>) -> rusqlite::Result<Vec<Lookup<'a>>> {
    let table = plan.table;
    let name_of = |at: &usize| table.columns.get(*at).map(|c| c.name.clone());
    let mut lookups = Vec::new();
    // A replaced table has no rows whose key could be taken.
    let keys = if plan.replace { &[][..] } else { &table.keys };
    for key in keys {
        let names: Vec<String> = key.iter().filter_map(name_of).collect();
        let reason = insertion::THERE.to_owned();
        lookups.extend(lookup(
            connection,
            plan,
            &table.name,
            &names,
            &names,
            true,
            reason,
        )?);
    }
    for key in schema::foreign_keys(connection, &table.name)? {
        // A row may refer to one that comes with it.
        if !key.parent.eq_ignore_ascii_case(&table.name) {
            let reason = format!("it refers to a row of {:?} that does not exist", key.parent);
            lookups.extend(lookup(
                connection,
                plan,
                &key.parent,
                &key.to,
                &key.from,
                false,
                reason,
            )?);
        }
    }
    Ok(lookups)
}

/// `None` if the frame has not all of the columns.
fn lookup<'a>(
    connection: &'a Connection,
    plan: &Plan<'_>,
    table: &str,
    there: &[String],
    here: &[String],
    refused_if: bool,
    reason: String,
) -> rusqlite::Result<Option<Lookup<'a>>> {
    let position = |name: &String| {
        let same = |at: &usize| {
            plan.table
                .columns
                .get(*at)
                .is_some_and(|c| c.name.eq_ignore_ascii_case(name))
        };
        plan.columns.iter().position(same)
    };
    let Some(cells) = here.iter().map(position).collect::<Option<Vec<usize>>>() else {
        return Ok(None);
    };
    if there.len() != here.len() || there.is_empty() {
        return Ok(None);
    }
    let conditions: Vec<String> = there
        .iter()
        .map(|name| format!("{} = ?", quoted(name)))
        .collect();
    let sql = format!(
        "SELECT 1 FROM main.{} WHERE {}",
        quoted(table),
        conditions.join(" AND ")
    );
    // A parent table that is missing: the insertion itself will say so.
    let Ok(statement) = connection.prepare(&sql) else {
        return Ok(None);
    };
    Ok(Some(Lookup {
        statement,
        cells,
        names: here.join(", "),
        refused_if,
        reason,
    }))
}

struct Rehearsal<'a> {
    inserter: Option<Inserter<'a>>,
    lookups: Vec<Lookup<'a>>,
    place: &'a Place,
}

impl Rehearsal<'_> {
    fn try_row(&mut self, cells: &[Cell<'_>]) -> Result<Option<Rejection>, InsertError> {
        for lookup in &mut self.lookups {
            let values = lookup
                .cells
                .iter()
                .map(|at| cells.get(*at).unwrap_or(&Cell::Null));
            if values.clone().any(|cell| *cell == Cell::Null) {
                continue;
            }
            let ask = || {
                for (i, cell) in values.enumerate() {
                    insertion::bind(&mut lookup.statement, i + 1, cell)?;
                }
                Ok(lookup.statement.raw_query().next()?.is_some())
            };
            let there: bool = ask().map_err(|e: rusqlite::Error| self.place.error(&e))?;
            if there == lookup.refused_if {
                return Ok(Some(Rejection {
                    column: Some(lookup.names.clone()),
                    reason: lookup.reason.clone(),
                    duplicate: lookup.refused_if,
                }));
            }
        }
        match &mut self.inserter {
            Some(inserter) => inserter.try_row(cells),
            None => Ok(None),
        }
    }
}
