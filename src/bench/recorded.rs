//! Which rows the desk leaves behind for one instance, command by command: the difference of all
//! tables before and after, as the statements that a program made for this one process would
//! prepare. Ids, instants and numbers made of instants become places that each instance fills
//! with its own.

use super::BenchError;
use super::compare::{Part, parts};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// Milliseconds since 1970 are below; a number that the desk makes of them is above.
const SEQUENCE: i64 = 100_000_000_000_000;
/// The first instant.
const INSTANT: i64 = 1_000_000_000_000;

/// What is written for an instance.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Each command's statements, in the order in which they may be written.
    pub commands: Vec<Vec<Line>>,
    /// The places that each command fills first.
    pub made: Vec<Vec<Kind>>,
    /// The place of the instance's own id.
    pub instance: usize,
}

/// What stands in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A new id.
    Id,
    /// The next number of a sequence.
    Sequence,
}

/// One row that is written, changed or removed.
#[derive(Debug)]
pub(super) struct Line {
    /// The statement.
    pub sql: String,
    /// Its values.
    pub values: Vec<Filled>,
}

/// A value of a row.
#[derive(Debug)]
pub(super) enum Filled {
    /// The same in each instance.
    Same(Value),
    /// The moment of the command.
    Now,
    /// What stands in a place.
    Place(usize),
    /// Text with places in it.
    Text(Vec<Piece>),
}

/// A part of a text.
#[derive(Debug)]
pub(super) enum Piece {
    /// The same in each instance.
    Same(String),
    /// The moment of the command.
    Now,
    /// What stands in a place.
    Place(usize),
}

/// Runs the commands of one instance on the desk, whose file is `path`, and keeps what each
/// leaves behind. The first one answers with the id of the instance.
pub(super) fn record(
    path: &Path,
    commands: usize,
    mut run: impl FnMut(usize) -> Result<String, BenchError>,
) -> Result<Script, BenchError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let tables = tables(&conn)?;
    let mut before = tables.iter().map(|t| t.rows(&conn)).collect::<Rows>()?;
    let mut places = Places::new(&before);
    let mut script = Script::default();
    let mut instance = String::new();
    for command in 0..commands {
        let id = run(command)?;
        if command == 0 {
            instance = id;
        }
        let after = tables.iter().map(|t| t.rows(&conn)).collect::<Rows>()?;
        let known = places.kinds.len();
        let lines = changes(&tables, &before, &after, &mut places);
        script.commands.push(lines);
        let made = places.kinds.get(known..).unwrap_or_default();
        script.made.push(made.to_vec());
        before = after;
    }
    let place = places.of.get(&instance);
    let none = || BenchError::Different(vec!["the instance left nothing behind".to_owned()]);
    script.instance = *place.ok_or_else(none)?;
    Ok(script)
}

/// Rows by their keys, and what is collected of all tables.
type Keyed = BTreeMap<String, Vec<Value>>;
type Rows = Result<Vec<Keyed>, BenchError>;

struct Table {
    name: String,
    columns: Vec<String>,
    /// Positions of what a row is known by.
    key: Vec<usize>,
    /// True where SQLite numbers the rows by itself.
    numbered: bool,
}

impl Table {
    fn rows(&self, conn: &Connection) -> Result<Keyed, BenchError> {
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{}\"", self.name))?;
        let rows = statement.query_map([], |row| {
            (0..self.columns.len())
                .map(|c| row.get::<_, Value>(c))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let mut keyed = Keyed::new();
        for row in rows {
            let row = row?;
            let key: Vec<_> = self.key.iter().filter_map(|c| row.get(*c)).collect();
            keyed.insert(format!("{key:?}"), row);
        }
        Ok(keyed)
    }
}

/// All tables, the oldest first: what others refer to comes before them.
fn tables(conn: &Connection) -> Result<Vec<Table>, BenchError> {
    let mut names = conn.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         ORDER BY rowid",
    )?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let mut tables = Vec::new();
    for name in names {
        let name = name?;
        let mut info = conn.prepare(&format!("PRAGMA table_info(\"{name}\")"))?;
        let info = info
            .query_map([], |row| {
                let (column, of) = (row.get::<_, String>(1)?, row.get::<_, String>(2)?);
                Ok((column, of, row.get::<_, i64>(5)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut key: Vec<usize> = (0..info.len()).collect();
        key.retain(|c| info.get(*c).is_some_and(|(_, _, rank)| *rank > 0));
        let numbered =
            matches!(key.as_slice(), [c] if info.get(*c).is_some_and(|i| i.1 == "INTEGER"));
        if key.is_empty() {
            // Without a key a row is known by all that stands in it.
            key = (0..info.len()).collect();
        }
        let columns = info.into_iter().map(|(column, ..)| column).collect();
        tables.push(Table {
            name,
            columns,
            key,
            numbered,
        });
    }
    Ok(tables)
}

/// Places by what stood in them while they were recorded.
struct Places {
    of: HashMap<String, usize>,
    kinds: Vec<Kind>,
    /// Ids that were there before the instance: of definitions, say.
    known: HashSet<String>,
}

impl Places {
    fn new(rows: &[Keyed]) -> Places {
        let mut known = HashSet::new();
        for value in rows.iter().flat_map(|t| t.values()).flatten() {
            if let Value::Text(text) = value {
                known.extend(parts(text).into_iter().filter_map(|part| match part {
                    Part::Id(id) => Some(id.to_owned()),
                    Part::Text(_) | Part::Instant(_) => None,
                }));
            }
        }
        Places {
            of: HashMap::new(),
            kinds: Vec::new(),
            known,
        }
    }

    fn place(&mut self, stood: &str, kind: Kind) -> usize {
        let kinds = &mut self.kinds;
        *self.of.entry(stood.to_owned()).or_insert_with(|| {
            kinds.push(kind);
            kinds.len() - 1
        })
    }

    fn fill(&mut self, value: &Value) -> Filled {
        match value {
            Value::Integer(n) if *n >= SEQUENCE => {
                Filled::Place(self.place(&n.to_string(), Kind::Sequence))
            }
            Value::Integer(n) if *n >= INSTANT => Filled::Now,
            Value::Text(text) => self.text(text),
            other => Filled::Same(other.clone()),
        }
    }

    fn text(&mut self, text: &str) -> Filled {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in parts(text) {
            let piece = match part {
                Part::Text("") => continue,
                Part::Id(id) if !self.known.contains(id) => Piece::Place(self.place(id, Kind::Id)),
                Part::Instant(digits) if digits.parse().is_ok_and(|n: i64| n < SEQUENCE) => {
                    Piece::Now
                }
                Part::Instant(digits) => Piece::Place(self.place(digits, Kind::Sequence)),
                Part::Text(same) | Part::Id(same) => Piece::Same(same.to_owned()),
            };
            match (pieces.last_mut(), piece) {
                (Some(Piece::Same(before)), Piece::Same(more)) => before.push_str(&more),
                (_, piece) => pieces.push(piece),
            }
        }
        match pieces.as_slice() {
            [Piece::Place(place)] => Filled::Place(*place),
            [Piece::Same(_)] | [] => Filled::Same(Value::Text(text.to_owned())),
            _ => Filled::Text(pieces),
        }
    }
}

/// What is written first, then changed, then removed.
fn changes(tables: &[Table], before: &[Keyed], after: &[Keyed], places: &mut Places) -> Vec<Line> {
    let (mut written, mut changed, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for ((table, before), after) in tables.iter().zip(before).zip(after) {
        for (key, row) in after {
            match before.get(key) {
                None => written.push(insert(table, row, places)),
                Some(was) if was != row => changed.push(update(table, was, row, places)),
                Some(_) => {}
            }
        }
        for (key, row) in before {
            if !after.contains_key(key) {
                removed.push(delete(table, row, places));
            }
        }
    }
    removed.reverse();
    written.into_iter().chain(changed).chain(removed).collect()
}

fn insert(table: &Table, row: &[Value], places: &mut Places) -> Line {
    let named = table.columns.iter().zip(row).enumerate();
    let named = named.filter(|(c, _)| !(table.numbered && table.key.contains(c)));
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for (_, (column, value)) in named {
        columns.push(format!("\"{column}\""));
        values.push(places.fill(value));
    }
    let marks = vec!["?"; columns.len()].join(", ");
    let columns = columns.join(", ");
    Line {
        sql: format!(
            "INSERT INTO \"{}\" ({columns}) VALUES ({marks})",
            table.name
        ),
        values,
    }
}

fn update(table: &Table, was: &[Value], row: &[Value], places: &mut Places) -> Line {
    let (mut set, mut values) = (Vec::new(), Vec::new());
    for ((column, was), value) in table.columns.iter().zip(was).zip(row) {
        if was != value {
            set.push(format!("\"{column}\" = ?"));
            values.push(places.fill(value));
        }
    }
    let found = found_by(table, row, places, &mut values);
    Line {
        sql: format!(
            "UPDATE \"{}\" SET {} WHERE {found}",
            table.name,
            set.join(", ")
        ),
        values,
    }
}

fn delete(table: &Table, row: &[Value], places: &mut Places) -> Line {
    let mut values = Vec::new();
    let found = found_by(table, row, places, &mut values);
    Line {
        sql: format!("DELETE FROM \"{}\" WHERE {found}", table.name),
        values,
    }
}

fn found_by(table: &Table, row: &[Value], places: &mut Places, values: &mut Vec<Filled>) -> String {
    let mut found = Vec::new();
    for c in &table.key {
        if let (Some(column), Some(value)) = (table.columns.get(*c), row.get(*c)) {
            found.push(format!("\"{column}\" = ?"));
            values.push(places.fill(value));
        }
    }
    found.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0198c0de-0000-7000-8000-00000000000a";
    const B: &str = "0198c0de-0000-7000-8000-00000000000b";

    #[test]
    fn a_command_is_the_rows_that_it_leaves_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows.db");
        let conn = Connection::open(&path).expect("a database");
        conn.execute_batch(&format!(
            "CREATE TABLE run (id TEXT PRIMARY KEY, at INTEGER, of TEXT, n INTEGER);
             CREATE TABLE note (n INTEGER PRIMARY KEY, said TEXT);
             INSERT INTO run VALUES ('{B}', 1, 'x', 1);"
        ))
        .expect("the schema is right");
        let steps = [
            format!(
                "INSERT INTO run VALUES ('{A}', 1790000000123, '{B}', 1);
                 INSERT INTO note (said) VALUES ('made:{A}:1790000000123 of {B}')"
            ),
            format!("UPDATE run SET n = 7331840000503808 WHERE id = '{A}'"),
            format!("DELETE FROM run WHERE id = '{A}'"),
        ];
        let script = record(&path, steps.len(), |step| {
            conn.execute_batch(&steps[step]).expect("the step is right");
            Ok(A.to_owned())
        })
        .expect("it is recorded");
        let sql: Vec<_> = script
            .commands
            .iter()
            .flatten()
            .map(|l| l.sql.as_str())
            .collect();
        assert_eq!(
            sql,
            [
                r#"INSERT INTO "run" ("id", "at", "of", "n") VALUES (?, ?, ?, ?)"#,
                r#"INSERT INTO "note" ("said") VALUES (?)"#,
                r#"UPDATE "run" SET "n" = ? WHERE "id" = ?"#,
                r#"DELETE FROM "run" WHERE "id" = ?"#,
            ]
        );
        assert_eq!(script.instance, 0);
        assert_eq!(script.made, [vec![Kind::Id], vec![Kind::Sequence], vec![]]);
        let values = format!("{:?}", script.commands[0][0].values);
        assert_eq!(
            values,
            format!("[Place(0), Now, Same(Text({B:?})), Same(Integer(1))]")
        );
        let values = format!("{:?}", script.commands[0][1].values);
        assert_eq!(
            values,
            format!(r#"[Text([Same("made:"), Place(0), Same(":"), Now, Same(" of {B}")])]"#)
        );
        assert_eq!(
            format!("{:?}", script.commands[1][0].values),
            "[Place(1), Place(0)]"
        );
    }
}
