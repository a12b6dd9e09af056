//! Rows taken on trial: the table's twin in memory refuses what the table would refuse by
//! itself, and look-ups in the target find keys that are taken and references to nothing.
//!
//! Not seen are triggers, references of a table to itself, and constraints that need functions
//! or collations of another program.

use super::super::{Broken, Merged, Plan, Rejection, quoted};
use super::insertion::Inserter;
use super::upsert::{Finder, Upserter};
use super::{Place, insertion, parents, schema, upsert};
use crate::insert::batch::RowOf;
use crate::insert::flow::Supply;
use crate::insert::types::Cell;
use crate::insert::{InsertError, Mode};
use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

/// Takes what comes, and keeps none of it.
pub(super) fn rehearse(
    connection: &Connection,
    place: &Place,
    plan: &Plan<'_>,
    supply: &mut Supply,
) -> Result<Merged, InsertError> {
    let twin = twin(connection, &plan.table.name).map_err(|e| place.error(&e))?;
    let upserts = plan.mode == Mode::Upsert;
    let taker = match &twin {
        Some(twin) if upserts => Taker::Upsert(Upserter::new(twin, place, plan)?),
        Some(twin) => Taker::Insert(Inserter::new(twin, place, plan, false)?),
        None => Taker::Nobody,
    };
    let finder = upserts.then(|| Finder::new(connection, plan));
    let finder = finder.transpose().map_err(|e| place.error(&e))?;
    let whole = plan.table.columns.iter().enumerate();
    let whole = whole
        .filter(|(_, c)| c.not_null && !c.generated)
        .all(|(at, _)| plan.columns.contains(&at));
    let lookups = lookups(connection, plan).map_err(|e| place.error(&e))?;
    let mut rehearsal = Rehearsal {
        taker,
        finder,
        whole,
        lookups,
        place,
        merged: Merged::default(),
    };
    while let Some(mut batch) = supply.next() {
        for row in 0..batch.len() {
            place.cancel.check()?;
            let cells: Vec<Cell<'_>> = batch.cells(row, row + 1).collect();
            let of = batch.row_of(row).copied().unwrap_or_default();
            let rejection = rehearsal.try_row(&cells, &of)?;
            batch.rejected.extend(rejection.map(|why| (row, why)));
        }
        supply.done(batch);
    }
    Ok(rehearsal.merged)
}

/// An empty table of the same make, in a file that goes with it: memory stays flat.
fn twin(connection: &Connection, table: &str) -> rusqlite::Result<Option<Connection>> {
    let twin = Connection::open("")?;
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
    /// How many values tell which row was found, where that matters: a row may keep what it has.
    identity: usize,
}

fn lookups<'a>(connection: &'a Connection, plan: &Plan<'_>) -> rusqlite::Result<Vec<Lookup<'a>>> {
    let table = plan.table;
    let name_of = |at: &usize| table.columns.get(*at).map(|c| c.name.clone());
    let mut lookups = Vec::new();
    // A replaced table has no rows whose key could be taken.
    let keys = if plan.replaces() {
        &[][..]
    } else {
        &table.keys
    };
    for key in keys {
        // The key that tells rows apart is taken by the row that is updated.
        if plan.mode == Mode::Upsert && key == plan.key {
            continue;
        }
        let names: Vec<String> = key.iter().filter_map(name_of).collect();
        let reason = super::super::THERE.to_owned();
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
            let reason = parents::nowhere(&key.parent);
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
    let identity = match plan.mode {
        Mode::Upsert if refused_if => upsert::identity(connection, plan)?,
        _ => Vec::new(),
    };
    let found = match identity.is_empty() {
        true => "1".to_owned(),
        false => identity.join(","),
    };
    let sql = format!(
        "SELECT {found} FROM main.{} WHERE {}",
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
        identity: identity.len(),
    }))
}

/// Who takes rows on trial.
enum Taker<'a> {
    Nobody,
    Insert(Inserter<'a>),
    Upsert(Upserter<'a>),
}

struct Rehearsal<'a> {
    taker: Taker<'a>,
    /// Finds the rows that would be updated.
    finder: Option<Finder<'a>>,
    /// The frame brings all that a row must have.
    whole: bool,
    lookups: Vec<Lookup<'a>>,
    place: &'a Place,
    merged: Merged,
}

impl Rehearsal<'_> {
    fn try_row(
        &mut self,
        cells: &[Cell<'_>],
        of: &RowOf,
    ) -> Result<Option<Rejection>, InsertError> {
        let known = match &mut self.finder {
            Some(finder) => finder.find(cells).map_err(|e| self.place.error(&e))?,
            None => None,
        };
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
                let mut rows = lookup.statement.raw_query();
                let Some(row) = rows.next()? else {
                    return Ok(false);
                };
                let found = (0..lookup.identity).map(|i| row.get(i));
                let found: rusqlite::Result<Vec<Value>> = found.collect();
                let own = known.as_ref().map(|(identity, _)| identity);
                Ok(lookup.identity == 0 || own != Some(&found?))
            };
            let there: bool = ask().map_err(|e: rusqlite::Error| self.place.error(&e))?;
            if there == lookup.refused_if {
                return Ok(Some(Rejection {
                    column: Some(lookup.names.clone()),
                    reason: lookup.reason.clone(),
                    broken: match lookup.refused_if {
                        true => Broken::Key,
                        false => Broken::Reference,
                    },
                }));
            }
        }
        let rejection = match &mut self.taker {
            Taker::Insert(inserter) => inserter.try_row(cells)?,
            Taker::Upsert(upserter) => match &known {
                // What the frame does not bring, the row in the table has.
                Some((identity, _)) if !self.whole => {
                    let noted = upserter.note(identity, of);
                    noted.map_err(|e| self.place.error(&e))?
                }
                _ => upserter.try_row(cells, of)?,
            },
            Taker::Nobody => None,
        };
        if rejection.is_none() {
            match known {
                Some((_, true)) => self.merged.unchanged += 1,
                Some((_, false)) => self.merged.updated += 1,
                None => {}
            }
        }
        Ok(rejection)
    }
}
