//! Whether two databases hold the same: every table, row by row, except for what must differ,
//! which is ids and instants. An id is known by the places where it stands: two ids are alike
//! when they stand equally often in the same columns.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// Characters of a UUID.
const UUID: usize = 36;
/// Digits of an instant, which is milliseconds since 1970 or a number made of them: larger than
/// any count.
const DIGITS: usize = 13;
/// Differences that are named.
const NAMED: usize = 8;

/// A column's value, as it is compared.
type Cell = String;

struct Table {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// What two databases hold differently, in sentences; and how many rows were compared.
pub(super) fn differences(
    one: &Connection,
    other: &Connection,
) -> rusqlite::Result<(Vec<String>, usize)> {
    let (one, other) = (content(one)?, content(other)?);
    let mut found = Vec::new();
    let names = |tables: &BTreeMap<String, Vec<String>>| -> Vec<String> {
        tables.keys().cloned().collect()
    };
    if names(&one) != names(&other) {
        return Ok((vec!["they have other tables".to_owned()], 0));
    }
    let mut compared = 0;
    for (table, rows) in &one {
        let others = other.get(table).map(Vec::as_slice).unwrap_or_default();
        compared += rows.len();
        if rows.len() != others.len() {
            found.push(format!(
                "{table} has {} rows and {} rows",
                rows.len(),
                others.len()
            ));
        } else if let Some((row, instead)) = rows.iter().zip(others).find(|(a, b)| a != b) {
            found.push(format!("{table} holds ({row}) and ({instead})"));
        }
        if found.len() == NAMED {
            break;
        }
    }
    Ok((found, compared))
}

/// Every table's rows, sorted, ids and instants made comparable.
fn content(conn: &Connection) -> rusqlite::Result<BTreeMap<String, Vec<String>>> {
    let tables = tables(conn)?;
    let mut places: HashMap<&str, BTreeMap<(usize, usize), usize>> = HashMap::new();
    for (t, table) in tables.iter().enumerate() {
        for (c, cell) in table.rows.iter().flat_map(|row| row.iter().enumerate()) {
            for part in parts(cell) {
                if let Part::Id(id) = part {
                    *places.entry(id).or_default().entry((t, c)).or_default() += 1;
                }
            }
        }
    }
    let mut kinds: BTreeMap<&BTreeMap<(usize, usize), usize>, usize> = BTreeMap::new();
    for place in places.values() {
        kinds.insert(place, 0);
    }
    for (number, kind) in kinds.values_mut().enumerate() {
        *kind = number;
    }
    let mut content = BTreeMap::new();
    for table in &tables {
        let mut rows: Vec<String> = table
            .rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(&table.columns).map(|(cell, column)| {
                    let mut text = format!("{column} ");
                    for part in parts(cell) {
                        match part {
                            Part::Text(part) => text.push_str(part),
                            Part::Instant(_) => text.push_str("an instant"),
                            Part::Id(id) => {
                                let kind = places.get(id).and_then(|place| kinds.get(place));
                                text += &format!("id of kind {}", kind.copied().unwrap_or(0));
                            }
                        }
                    }
                    text
                });
                cells.collect::<Vec<_>>().join(", ")
            })
            .collect();
        rows.sort_unstable();
        content.insert(table.name.clone(), rows);
    }
    Ok(content)
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut names = conn.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         ORDER BY name",
    )?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let mut tables = Vec::new();
    for name in names {
        let name = name?;
        let quoted = name.replace('"', "\"\"");
        // A number that SQLite gives by itself says only who came first.
        let mut columns = conn.prepare(&format!("PRAGMA table_info(\"{quoted}\")"))?;
        let columns = columns
            .query_map([], |row| {
                let own = row.get::<_, i64>(5)? > 0 && row.get::<_, String>(2)? == "INTEGER";
                Ok((row.get::<_, String>(1)?, own))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let columns: Vec<String> = columns
            .into_iter()
            .filter(|(_, own)| !own)
            .map(|(name, _)| name)
            .collect();
        if columns.is_empty() {
            continue;
        }
        let list: Vec<String> = columns
            .iter()
            .map(|c| format!("\"{}\"", c.replace('"', "\"\"")))
            .collect();
        let mut statement =
            conn.prepare(&format!("SELECT {} FROM \"{quoted}\"", list.join(", ")))?;
        let rows = statement
            .query_map([], |row| {
                (0..columns.len()).map(|c| cell(row.get_ref(c)?)).collect()
            })?
            .collect::<Result<Vec<Vec<Cell>>, _>>()?;
        tables.push(Table {
            name,
            columns,
            rows,
        });
    }
    Ok(tables)
}

fn cell(value: ValueRef<'_>) -> rusqlite::Result<Cell> {
    Ok(match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) => n.to_string(),
        ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => format!("{bytes:?}"),
    })
}

/// A part of a text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'t> {
    Text(&'t str),
    Id(&'t str),
    Instant(&'t str),
}

/// A text in parts: ids and instants, and what stands between them.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (length, part) = match rest.get(..UUID) {
            Some(id) if is_uuid(id) => (UUID, Some(Part::Id(id))),
            _ if digits >= DIGITS => (digits, rest.get(..digits).map(Part::Instant)),
            _ => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                (digits.max(first), None)
            }
        };
        if let Some(part) = part {
            parts.extend(text.get(plain..at).map(Part::Text));
            parts.push(part);
            plain = at + length;
        }
        at += length;
    }
    parts.extend(text.get(plain..).map(Part::Text));
    parts
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "CREATE TABLE parent (id TEXT PRIMARY KEY, made INTEGER, name TEXT);
         CREATE TABLE child (n INTEGER PRIMARY KEY, parent TEXT, key TEXT, seen INTEGER);";

    fn database(rows: &str) -> Connection {
        let conn = Connection::open_in_memory().expect("memory is there");
        conn.execute_batch(SCHEMA).expect("the schema is right");
        conn.execute_batch(rows).expect("the rows are right");
        conn
    }

    fn id(n: u32) -> String {
        format!("0198c0de-0000-7000-8000-{n:012x}")
    }

    fn differ(one: &str, other: &str) -> Vec<String> {
        let (found, _) = differences(&database(one), &database(other)).expect("both are read");
        found
    }

    fn family(first: u32, made: i64, child: &str) -> String {
        let (a, b) = (id(first), id(first + 1));
        format!(
            "INSERT INTO parent VALUES ('{a}', {made}, 'a'), ('{b}', {made}, 'b');
             INSERT INTO child (parent, key, seen) VALUES {child};"
        )
        .replace("$a", &a)
        .replace("$b", &b)
    }

    #[test]
    fn ids_and_instants_may_differ_and_nothing_else() {
        let child = "('$a', 'made:$a:1790000000123', NULL)";
        let one = family(1, 1_790_000_000_000, child);
        let later = family(7, 1_790_000_000_999, child).replace("000123", "000456");
        assert_eq!(differ(&one, &later), Vec::<String>::new());
        assert_eq!(differ(&one, &one.replace("'b')", "'c')")).len(), 1);
        assert_eq!(differ(&one, &one.replace("made:", "gone:")).len(), 1);
        assert_eq!(differ(&one, &one.replace("NULL", "0")).len(), 1);
    }

    #[test]
    fn an_id_in_the_wrong_place_is_seen() {
        let right = family(1, 1_790_000_000_000, "('$a', '$a', 1), ('$b', '$b', 1)");
        let wrong = family(1, 1_790_000_000_000, "('$a', '$a', 1), ('$a', '$b', 1)");
        assert!(!differ(&right, &wrong).is_empty());
        let strange = right.replace(&format!("('{0}', '{0}', 1)", id(2)), "('x', 'x', 1)");
        assert!(!differ(&right, &strange).is_empty());
    }

    #[test]
    fn missing_rows_and_tables_are_named() {
        let one = family(1, 1, "('$a', '$a', 1), ('$b', '$b', 1)");
        let found = differ(&one, &family(1, 1, "('$a', '$a', 1)"));
        assert_eq!(
            found.first().map(String::as_str),
            Some("child has 2 rows and 1 rows")
        );
        assert_eq!(
            differ(&one, &format!("{one} CREATE TABLE more (x);")),
            ["they have other tables"]
        );
    }

    #[test]
    fn the_order_of_rows_says_nothing() {
        let one = family(1, 1, "('$a', 'x', 1), ('$b', 'y', 2)");
        let other = family(1, 1, "('$b', 'y', 2), ('$a', 'x', 1)");
        assert_eq!(differ(&one, &other), Vec::<String>::new());
    }
}
