//! What a database of SQLite says about its tables.

use super::super::swept::{Back, Fate, RULES, Sweep, changed, swept};
use super::super::{Column, LEDGER, NO_TABLE, Table, quoted};
use crate::insert::types::ColumnType;
use crate::insert::undo::SIDE;
use crate::value::near;
use rusqlite::{Connection, OptionalExtension, Result};

/// The names of the tables that can be inserted into.
pub(super) fn tables(connection: &Connection) -> Result<Vec<String>> {
    let all = relations(connection)?;
    Ok(all
        .into_iter()
        .filter(|r| r.refusal().is_none())
        .map(|r| r.name)
        .collect())
}

/// The table of this name, or why it can not take rows.
pub(super) fn describe(
    connection: &Connection,
    wanted: &str,
) -> Result<std::result::Result<Table, String>> {
    let all = relations(connection)?;
    let bare = wanted.trim();
    let bare = bare.strip_prefix("main.").unwrap_or(bare);
    let found = all
        .iter()
        .find(|r| r.name == bare)
        .or_else(|| all.iter().find(|r| r.name.eq_ignore_ascii_case(bare)));
    let Some(relation) = found else {
        let names = all
            .iter()
            .filter(|r| r.refusal().is_none())
            .map(|r| r.name.as_str());
        let hint = near::did_you_mean(bare, names);
        return Ok(Err(format!("{NO_TABLE}{hint}")));
    };
    if let Some(reason) = relation.refusal() {
        return Ok(Err(reason.to_owned()));
    }
    let (columns, primary) = columns(connection, relation)?;
    let mut keys = Vec::new();
    if !primary.is_empty() {
        keys.push(primary);
    }
    for key in unique_keys(connection, &relation.name, &columns)? {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(Ok(Table {
        name: relation.name.clone(),
        quoted: format!("main.{}", quoted(&relation.name)),
        columns,
        keys,
    }))
}

/// A table, a view or the like.
struct Relation {
    name: String,
    kind: String,
    without_rowid: bool,
    strict: bool,
}

impl Relation {
    fn refusal(&self) -> Option<&'static str> {
        if self.name.to_ascii_lowercase().starts_with("sqlite_") {
            return Some("belongs to the database system; choose one of your own tables");
        }
        if self.name.eq_ignore_ascii_case(LEDGER) {
            return Some("is the ledger of insertions and not for data; choose another table");
        }
        if self.name.to_ascii_lowercase().starts_with(SIDE) {
            return Some("is what an undo needs and not for data; choose another table");
        }
        match self.kind.as_str() {
            "table" => None,
            "view" => Some("is a view; name the table behind it"),
            _ => Some("is a virtual table; choose an ordinary one"),
        }
    }
}

fn relations(connection: &Connection) -> Result<Vec<Relation>> {
    connection
        .prepare("SELECT name, type, wr, strict FROM pragma_table_list WHERE schema='main' ORDER BY name")?
        .query_map([], |row| {
            Ok(Relation {
                name: row.get(0)?,
                kind: row.get(1)?,
                without_rowid: row.get(2)?,
                strict: row.get(3)?,
            })
        })?
        .collect()
}

/// The table, view or index that has this name, whatever its case.
pub(super) fn named(connection: &Connection, name: &str) -> Result<Option<String>> {
    connection
        .query_row(
            "SELECT name FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE",
            [name],
            |row| row.get(0),
        )
        .optional()
}

/// The columns, and the positions of those that make the primary key.
fn columns(connection: &Connection, of: &Relation) -> Result<(Vec<Column>, Vec<usize>)> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL AND upper(dflt_value) <> 'NULL', pk, hidden
         FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid",
    )?;
    let mut primary = Vec::new();
    let mut columns = Vec::new();
    let mut rows = statement.query([&of.name])?;
    while let Some(row) = rows.next()? {
        let (declared, pk): (String, i64) = (row.get(1)?, row.get(4)?);
        if pk > 0 {
            primary.push((pk, columns.len()));
        }
        let kind = match ColumnType::sqlite(&declared) {
            ColumnType::Any { .. } if of.strict => ColumnType::Any { numeric: false },
            kind => kind,
        };
        columns.push(Column {
            name: row.get(0)?,
            kind,
            // SQLite lets NULL into most primary keys, against the standard and the word.
            not_null: row.get::<_, bool>(2)? || pk > 0,
            has_default: row.get(3)?,
            primary_key: pk > 0,
            generated: row.get::<_, i64>(5)? > 1,
            declared,
        });
    }
    primary.sort_unstable();
    let primary: Vec<usize> = primary.into_iter().map(|(_, at)| at).collect();
    // NULL asks SQLite to choose the row's number.
    if let [only] = primary.as_slice()
        && !of.without_rowid
        && has_no_key_index(connection, &of.name)?
        && let Some(column) = columns.get_mut(*only)
    {
        column.not_null = false;
        column.has_default = true;
    }
    Ok((columns, primary))
}

/// Whether the primary key, if there is one, is the row's number: it has no index of its own.
fn has_no_key_index(connection: &Connection, table: &str) -> Result<bool> {
    let indexes = "SELECT count(*) FROM pragma_index_list(?1, 'main') WHERE origin='pk'";
    connection.query_row(indexes, [table], |row| Ok(row.get::<_, i64>(0)? == 0))
}

/// Whether an INTEGER PRIMARY KEY is the number of the rows.
pub(super) fn numbers_rows(connection: &Connection, table: &Table) -> Result<bool> {
    let primary = table.columns.iter().filter(|c| c.primary_key).count();
    Ok(primary == 1
        && row_number(connection, table)?.is_some()
        && has_no_key_index(connection, &table.name)?)
}

/// The unique keys whose columns are all columns of the table.
fn unique_keys(
    connection: &Connection,
    table: &str,
    columns: &[Column],
) -> Result<Vec<Vec<usize>>> {
    let names: Vec<String> = connection
        .prepare(
            "SELECT name FROM pragma_index_list(?1, 'main')
             WHERE \"unique\" AND NOT partial AND origin <> 'pk' ORDER BY seq",
        )?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_>>()?;
    let mut keys = Vec::new();
    for index in names {
        let parts: Vec<Option<String>> = connection
            .prepare("SELECT name FROM pragma_index_info(?1, 'main') ORDER BY seqno")?
            .query_map([&index], |row| row.get(0))?
            .collect::<Result<_>>()?;
        let key = parts
            .iter()
            .map(|part| columns.iter().position(|c| Some(&c.name) == part.as_ref()))
            .collect::<Option<Vec<usize>>>();
        keys.extend(key);
    }
    Ok(keys)
}

/// A name for the row's number that no column takes away; none for tables without one.
pub(super) fn row_number(connection: &Connection, table: &Table) -> Result<Option<&'static str>> {
    let without = "SELECT wr FROM pragma_table_list WHERE schema='main' AND name=?1";
    if connection.query_row(without, [&table.name], |row| row.get(0))? {
        return Ok(None);
    }
    let free = |name: &&str| {
        !table
            .columns
            .iter()
            .any(|c| c.name.eq_ignore_ascii_case(name))
    };
    Ok(["rowid", "_rowid_", "oid"].into_iter().find(free))
}

/// Whether something of the schema runs when a row is inserted.
pub(super) fn has_triggers(connection: &Connection, table: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM main.sqlite_schema WHERE type='trigger' AND tbl_name=?1 COLLATE NOCASE";
    connection
        .query_row(sql, [table], |row| row.get::<_, i64>(0))
        .map(|n| n > 0)
}

/// A foreign key of one table to another.
pub(super) struct ForeignKey {
    pub(super) child: String,
    pub(super) parent: String,
    pub(super) on_delete: String,
    pub(super) on_update: String,
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
}

/// The foreign keys of a table.
pub(super) fn foreign_keys(connection: &Connection, child: &str) -> Result<Vec<ForeignKey>> {
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update \
         FROM pragma_foreign_key_list(?1, 'main')
         ORDER BY id, seq",
    )?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    let mut rows = statement.query([child])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if keys.last().is_none_or(|(last, _)| *last != id) {
            keys.push((
                id,
                ForeignKey {
                    child: child.to_owned(),
                    parent: row.get(1)?,
                    on_delete: row.get(4)?,
                    on_update: row.get(5)?,
                    from: Vec::new(),
                    to: Vec::new(),
                },
            ));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.from.push(row.get(2)?);
            key.to.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    let mut keys: Vec<ForeignKey> = keys.into_iter().map(|(_, key)| key).collect();
    for key in &mut keys {
        if key.to.is_empty() {
            // Without columns the primary key is meant.
            key.to = connection
                .prepare("SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 ORDER BY pk")?
                .query_map([&key.parent], |row| row.get(0))?
                .collect::<Result<_>>()?;
        }
    }
    Ok(keys)
}

/// The foreign keys by which rows go or change with those of `table`.
pub(super) fn sweeps(connection: &Connection, table: &str, fate: Fate) -> Result<Vec<Sweep>> {
    let mut sweeps = Vec::new();
    for relation in relations(connection)?.iter().filter(|r| r.kind == "table") {
        for key in foreign_keys(connection, &relation.name)? {
            let rule = match fate {
                Fate::Deleted => &key.on_delete,
                Fate::Changed => &key.on_update,
            };
            if !RULES.contains(&rule.as_str()) || !key.parent.eq_ignore_ascii_case(table) {
                continue;
            }
            let columns = key.from.iter().zip(&key.to);
            let columns = columns.map(|(from, to)| (quoted(from), quoted(to)));
            sweeps.push(Sweep {
                quoted: format!("main.{}", quoted(&key.child)),
                columns: columns.collect(),
                itself: key.child.eq_ignore_ascii_case(table),
                child: key.child,
            });
        }
    }
    Ok(sweeps)
}

/// A table with rows that would go or change if the rows of `table` were deleted, those of them
/// that `going` names.
pub(super) fn swept_along(
    connection: &Connection,
    table: &str,
    going: Option<&dyn Fn(&str) -> String>,
) -> Result<Option<String>> {
    let name = format!("main.{}", quoted(table));
    let sweeps = sweeps(connection, table, Fate::Deleted)?;
    swept(sweeps, &name, going, |query| {
        connection.prepare(&query)?.exists([])
    })
}

/// A table with rows that would change if the rows of `table` got other values in these columns.
pub(super) fn changed_with(
    connection: &Connection,
    table: &str,
    columns: &[String],
    back: Option<&Back<'_>>,
) -> Result<Option<String>> {
    let name = format!("main.{}", quoted(table));
    let sweeps = sweeps(connection, table, Fate::Changed)?;
    changed(sweeps, &name, columns, back, |query| {
        connection.prepare(&query)?.exists([])
    })
}
