//! What an undo needs, kept in tables beside the target, and the undo itself.

use super::super::swept::{Back, Fate};
use super::super::{CHANGES, GONE, Plan, STAYS, quoted, refer, side_rows};
use super::{Sqlite, insertion, schema, upsert};
use crate::insert::undo::{Kept, Trail};
use crate::insert::{InsertError, Mode};
use rusqlite::{Connection, ErrorCode};

/// A table of the main database by its name.
fn named(name: &str) -> String {
    format!("main.{}", quoted(name))
}

/// Keeps all rows of the table, which go.
pub(super) fn keep_replaced(connection: &Connection, plan: &Plan<'_>) -> rusqlite::Result<()> {
    let Some(side) = plan.side else {
        return Ok(());
    };
    connection.execute_batch(&format!(
        "CREATE TABLE {} AS SELECT * FROM {}",
        named(side),
        named(&plan.table.name)
    ))
}

impl Sqlite {
    pub(super) fn keep_rows(&mut self, plan: &Plan<'_>) -> rusqlite::Result<Kept> {
        let Some(side) = plan.side else {
            return Ok(Kept::default());
        };
        let connection = &self.connection;
        let rows = match plan.mode {
            Mode::Upsert => {
                let names = match schema::row_number(connection, plan.table)? {
                    Some(_) => "k0 AS first, k0 AS last".to_owned(),
                    None => {
                        let names = (0..plan.key.len()).map(|i| format!("k{i}"));
                        names.collect::<Vec<_>>().join(",")
                    }
                };
                format!("SELECT {names} FROM {} WHERE changed", upsert::SEEN)
            }
            _ => format!("SELECT * FROM {}", insertion::ROWS),
        };
        connection.execute_batch(&format!(
            "CREATE TABLE {} AS {rows}",
            named(&side_rows(side))
        ))?;
        let former = match plan.mode {
            Mode::Replace | Mode::Upsert => {
                let count = format!("SELECT count(*) FROM {}", named(side));
                connection.query_row(&count, [], |row| row.get::<_, i64>(0))?
            }
            _ => 0,
        };
        Ok(Kept {
            former: former.unsigned_abs(),
            own: None,
        })
    }

    /// Where the rows of a trail are, and how the table's are found by them.
    pub(super) fn found_by(
        &self,
        plan: &Plan<'_>,
        side: &str,
    ) -> rusqlite::Result<(String, String)> {
        let on = match plan.mode {
            Mode::Upsert if schema::row_number(&self.connection, plan.table)?.is_none() => {
                let keys = plan.keys().enumerate();
                let parts: Vec<String> = keys
                    .map(|(i, column)| format!("t.{} = r.k{i}", quoted(&column.name)))
                    .collect();
                parts.join(" AND ")
            }
            _ => insertion::own(&self.connection, plan.table)?,
        };
        Ok((named(&side_rows(side)), on))
    }

    fn exists(&self, name: &str) -> rusqlite::Result<bool> {
        Ok(schema::named(&self.connection, name)?.is_some())
    }

    /// Why it can not be taken back. Nobody else writes meanwhile.
    pub(super) fn obstacle(
        &self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> rusqlite::Result<Option<String>> {
        let connection = &self.connection;
        if !self.exists(&side_rows(&trail.side))?
            || trail.former > 0 && !self.exists(&trail.side)?
        {
            return Ok(Some(GONE.to_owned()));
        }
        if plan.replaces() {
            let count = format!("SELECT count(*) FROM {}", named(&plan.table.name));
            let rows: i64 = connection.query_row(&count, [], |row| row.get(0))?;
            let others = rows.unsigned_abs().saturating_sub(trail.rows);
            if others > 0 {
                return Ok(Some(format!("{others} other rows came since")));
            }
        }
        Ok(None)
    }

    pub(super) fn take_rows_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError> {
        match self.try_take_back(plan, trail) {
            Ok(done) => Ok(done),
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Ok(Err(format!("other rows stand in its way ({e})")))
            }
            Err(e) => Err(self.place.error(&e)),
        }
    }

    fn try_take_back(
        &self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> rusqlite::Result<Result<u64, String>> {
        let connection = &self.connection;
        let table = named(&plan.table.name);
        let (side, (rows, on)) = (named(&trail.side), self.found_by(plan, &trail.side)?);
        let number = schema::row_number(connection, plan.table)?;
        let identity = match number {
            Some(number) => vec![number.to_owned()],
            None if plan.mode == Mode::Upsert => {
                plan.keys().map(|column| quoted(&column.name)).collect()
            }
            None => insertion::key_names(plan.table).map(quoted).collect(),
        };
        let names = |prefix: &str| -> String {
            let names = identity.iter().map(|name| format!("{prefix}{name}"));
            names.collect::<Vec<_>>().join(",")
        };
        let same = |t: &str| {
            let keys = plan.keys().map(|column| quoted(&column.name));
            let same: Vec<String> = keys.map(|name| format!("{t}.{name} = f.{name}")).collect();
            same.join(" AND ")
        };
        let but = |t: &str| match plan.mode {
            Mode::Upsert if trail.former > 0 => {
                let same = same(t);
                format!(" AND NOT EXISTS (SELECT 1 FROM {side} AS f WHERE {same})")
            }
            _ => String::new(),
        };
        if plan.mode == Mode::Upsert && trail.former > 0 {
            let keys: Vec<String> = plan.keys().map(|column| quoted(&column.name)).collect();
            connection.execute_batch(&format!(
                "CREATE INDEX {} ON {} ({})",
                named(&format!("{}_key", trail.side)),
                quoted(&trail.side),
                keys.join(",")
            ))?;
        }
        let going = |t: &str| match number {
            Some(number) => format!(
                "ifnull((SELECT r.last FROM {rows} AS r WHERE r.first <= {t}.{number} \
                 ORDER BY r.first DESC LIMIT 1) >= {t}.{number}, 0){}",
                but(t)
            ),
            None => {
                let keys = identity.iter().enumerate();
                let same: Vec<String> = keys
                    .map(|(i, name)| format!("{t}.{name} = r.k{i}"))
                    .collect();
                format!(
                    "EXISTS (SELECT 1 FROM {rows} AS r WHERE {}){}",
                    same.join(" AND "),
                    but(t)
                )
            }
        };
        let sweeps = schema::sweeps(connection, &plan.table.name, Fate::Deleted)?;
        if sweeps.iter().any(|sweep| sweep.itself) {
            let keys: Vec<String> = match number {
                Some(_) => vec!["first".to_owned()],
                None => (0..identity.len()).map(|i| format!("k{i}")).collect(),
            };
            let rows = side_rows(&trail.side);
            connection.execute_batch(&format!(
                "CREATE INDEX {} ON {} ({})",
                named(&format!("{rows}_key")),
                quoted(&rows),
                keys.join(",")
            ))?;
        }
        if let Some(child) = schema::swept_along(connection, &plan.table.name, Some(&going))? {
            return Ok(Err(refer(&child)));
        }
        connection.execute(
            &format!(
                "DELETE FROM {table} AS t WHERE ({}) IN \
                 (SELECT {} FROM {rows} AS r CROSS JOIN {table} AS t ON {on}){}",
                names(""),
                names("t."),
                but("t")
            ),
            [],
        )?;
        let left = format!(
            "SELECT 1 FROM {rows} AS r CROSS JOIN {table} AS t ON {on}{}",
            but("t")
        );
        if connection.prepare(&left)?.exists([])? {
            return Ok(Err(STAYS.to_owned()));
        }
        let mut restored = 0;
        if trail.former > 0 {
            // A column that was added since is not among what was kept.
            let kept: Vec<String> = connection
                .prepare("SELECT name FROM pragma_table_info(?1, 'main')")?
                .query_map([&trail.side], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let columns = plan.table.columns.iter();
            let columns = columns.filter(|c| !c.generated && kept.contains(&c.name));
            let columns: Vec<String> = columns.map(|c| quoted(&c.name)).collect();
            let list = columns.join(",");
            let mut came = format!("{table} AS t");
            restored = match plan.mode {
                Mode::Upsert => {
                    let same = same("t");
                    came = format!("{side} AS f CROSS JOIN {table} AS t ON {same}");
                    let key: Vec<String> = plan.keys().map(|c| quoted(&c.name)).collect();
                    let others = columns.iter().filter(|name| !key.contains(name));
                    let others: Vec<String> = others.cloned().collect();
                    let (name, back) = (
                        &plan.table.name,
                        Back {
                            side: &side,
                            same: &same,
                        },
                    );
                    if let Some(child) =
                        schema::changed_with(connection, name, &others, Some(&back))?
                    {
                        return Ok(Err(refer(&child)));
                    }
                    let set: Vec<String> = columns
                        .iter()
                        .map(|name| format!("{name} = f.{name}"))
                        .collect();
                    connection.execute(
                        &format!(
                            "UPDATE {table} AS t SET {} FROM {side} AS f WHERE {same}",
                            set.join(",")
                        ),
                        [],
                    )?
                }
                _ => connection.execute(
                    &format!("INSERT INTO {table} ({list}) SELECT {list} FROM {side}"),
                    [],
                )?,
            };
            // Of equal rows each counts. What was kept has no collation: all signs are compared.
            let rows = |of: &str, from: &str| {
                let names: Vec<String> =
                    columns.iter().map(|name| format!("{of}.{name}")).collect();
                let names = names.join(",");
                format!("SELECT {names}, count(*) FROM {from} GROUP BY {names}")
            };
            let (kept, came) = (rows("f", &format!("{side} AS f")), rows("t", &came));
            let changed = format!("{kept} EXCEPT {came} LIMIT 1");
            if connection.prepare(&changed)?.exists([])? {
                return Ok(Err(CHANGES.to_owned()));
            }
        }
        self.drop_side(&trail.side)?;
        Ok(Ok(restored as u64))
    }

    /// Drops a table that is empty and that nothing else hangs on: no view, trigger or index
    /// that somebody made for it, no reference of another table.
    pub(super) fn drop_empty(&self, table: &str) -> rusqlite::Result<bool> {
        let connection = &self.connection;
        let table = table.strip_prefix("main.").unwrap_or(table);
        let used = format!(
            "SELECT EXISTS(SELECT 1 FROM {})
               OR EXISTS(SELECT 1 FROM main.sqlite_schema
                         WHERE type = 'index' AND sql IS NOT NULL AND lower(tbl_name) = lower(?1))
               OR EXISTS(SELECT 1 FROM main.sqlite_schema
                         WHERE type IN ('view', 'trigger') AND instr(lower(sql), lower(?1)) > 0)
               OR EXISTS(SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f
                         WHERE s.type = 'table' AND lower(f.\"table\") = lower(?1))",
            named(table)
        );
        if connection.query_row(&used, [table], |row| row.get(0))? {
            return Ok(false);
        }
        connection.execute_batch(&format!("DROP TABLE {}", named(table)))?;
        Ok(true)
    }

    pub(super) fn drop_side(&self, side: &str) -> rusqlite::Result<()> {
        self.connection.execute_batch(&format!(
            "DROP TABLE IF EXISTS {}; DROP TABLE IF EXISTS {}",
            named(side),
            named(&side_rows(side))
        ))
    }
}
