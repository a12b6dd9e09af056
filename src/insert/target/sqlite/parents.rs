//! References to rows that do not exist: SQLite says that one is broken, and not which.

use super::super::{Broken, Plan, Rejection, quoted};
use super::insertion::bind;
use super::schema::{self, ForeignKey};
use crate::insert::facts::shown;
use crate::insert::types::Cell;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result};

/// The references of a table, read when they are asked for.
pub(super) struct Parents<'a> {
    connection: &'a Connection,
    table: String,
    /// The columns of the rows.
    columns: Vec<String>,
    keys: Option<Vec<ForeignKey>>,
}

impl<'a> Parents<'a> {
    pub(super) fn of(connection: &'a Connection, plan: &Plan<'_>) -> Parents<'a> {
        Parents {
            connection,
            table: plan.table.name.clone(),
            columns: plan.taken().map(|column| column.name.clone()).collect(),
            keys: None,
        }
    }

    /// Why a row is refused that refers to nothing, as far as its own values tell.
    pub(super) fn missing(&mut self, cells: &[Cell<'_>]) -> Result<Option<Rejection>> {
        let (connection, columns) = (self.connection, &self.columns);
        let keys = match &mut self.keys {
            Some(keys) => keys,
            none => none.insert(schema::foreign_keys(connection, &self.table)?),
        };
        missing(connection, keys, columns, cells)
    }
}

fn missing(
    connection: &Connection,
    keys: &[ForeignKey],
    columns: &[String],
    cells: &[Cell<'_>],
) -> Result<Option<Rejection>> {
    for key in keys {
        let position = |name: &String| columns.iter().position(|c| c.eq_ignore_ascii_case(name));
        let positions = key
            .from
            .iter()
            .map(position)
            .collect::<Option<Vec<usize>>>();
        let values = positions.into_iter().flatten();
        let values: Vec<&Cell<'_>> = values.filter_map(|at| cells.get(at)).collect();
        let whole = values.len() == key.from.len() && key.to.len() == key.from.len();
        if !whole || values.contains(&&Cell::Null) {
            continue;
        }
        let conditions = key.to.iter().map(|name| format!("{} = ?", quoted(name)));
        let conditions: Vec<String> = conditions.collect();
        let sql = format!(
            "SELECT 1 FROM main.{} WHERE {}",
            quoted(&key.parent),
            conditions.join(" AND ")
        );
        // Without such a table there is no such row either.
        let there = match connection.prepare_cached(&sql) {
            Ok(mut ask) => {
                for (at, value) in values.iter().enumerate() {
                    bind(&mut ask, at + 1, value)?;
                }
                ask.raw_query().next()?.is_some()
            }
            Err(_) => false,
        };
        if !there {
            return Ok(Some(Rejection {
                column: Some(key.from.join(", ")),
                reason: nowhere(&key.parent),
                broken: Broken::Reference,
            }));
        }
    }
    Ok(None)
}

/// What is said of a reference to a row of this table.
pub(super) fn nowhere(parent: &str) -> String {
    format!("it refers to a row of {parent:?} that does not exist")
}

/// The first reference of a table that leads nowhere as the rows stand in the transaction, in words.
/// What other tables hold is nobody's who inserts into this one.
pub(super) fn broken(connection: &Connection, table: &str) -> Result<Option<String>> {
    let check = "SELECT rowid, parent, fkid, count(*) OVER () \
                 FROM pragma_foreign_key_check(?1) LIMIT 1";
    type Found = (Option<i64>, String, i64, i64);
    let found: Option<Found> = connection
        .query_row(check, [table], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((number, parent, key, rows)) = found else {
        return Ok(None);
    };
    let columns: Vec<String> = connection
        .prepare("SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq")?
        .query_map((table, key), |row| row.get(0))?
        .collect::<Result<_>>()?;
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let values = number.map(|number| {
        let sql = format!(
            "SELECT {} FROM main.{} WHERE rowid = ?1",
            names.join(","),
            quoted(table)
        );
        connection.query_row(&sql, [number], |row| {
            let value = |at| Ok(text(row.get(at)?));
            (0..names.len()).map(value).collect::<Result<Vec<String>>>()
        })
    });
    let values = values.transpose()?;
    let values = values.map_or(String::new(), |v| format!(" {:?}", shown(&v.join(", "))));
    let others = match rows {
        1 => String::new(),
        n => format!(", and {} more rows refer to nothing", n - 1),
    };
    Ok(Some(format!(
        "{table}, {}{values}: {}{others}",
        columns.join(", "),
        nowhere(&parent)
    )))
}

fn text(value: Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) => x.to_string(),
        Value::Text(text) => text,
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
