//! What a team asks about an insertion beyond its facts: rows that refer to what is not there, and
//! statements of its own that give one value each. Both are asked inside the transaction, after the
//! rows went in and before anybody judges, so that the verdict can refuse them.

use super::facts::{self, ColumnFacts};
use super::source::{self, Selecting, Selection};
use super::target::{Link, Plan, Table, Target};
use super::{InsertError, Insertion};
use crate::value::near::{did_you_mean, same_column};
use serde_json::{Map, Value};
use std::str::FromStr;
use std::time::Duration;

/// How long one statement may take.
pub const CHECK_TIME: Duration = Duration::from_secs(60);
/// Statements, and references, of one insertion.
const MOST: usize = 100;
/// Characters of a value.
const LONGEST: usize = 4000;

/// A statement of the team's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What its value is called.
    pub name: String,
    /// One SELECT that gives one value, in the SQL of the target.
    pub sql: String,
}

impl Check {
    /// What can be seen to be wrong with it without a database.
    pub fn look(&self) -> Result<(), String> {
        match source::check(&self.sql) {
            Err(InsertError::SourceQuery(reason)) => return Err(reason),
            Err(error) => return Err(error.to_string()),
            Ok(()) => {}
        }
        match source::is_several(&self.sql) {
            true => Err("one statement only; take away what follows `;`".to_owned()),
            false => Ok(()),
        }
    }
}

/// A column whose values must be in a column of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The column.
    pub column: String,
    /// The table that has its values.
    pub table: String,
    /// By which column.
    pub to: String,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} -> {}.{}", self.column, self.table, self.to)
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Reference, String> {
        let wrong = || format!("{text:?} is no reference; write `column -> table.column`");
        let parts = split(text, "->");
        let [column, to] = parts.as_slice() else {
            return Err(wrong());
        };
        let mut path = split(to, ".");
        let (Some(to), false) = (path.pop(), path.is_empty()) else {
            return Err(wrong());
        };
        // What stands before is one name for the target, quotes and all: schema.table.
        let table = match path.as_slice() {
            [table] => bare(table),
            parts => parts.join("."),
        };
        let reference = Reference {
            column: bare(column),
            table,
            to: bare(to),
        };
        let empty = [&reference.column, &reference.table, &reference.to];
        match empty.iter().any(|name| name.is_empty()) {
            true => Err(wrong()),
            false => Ok(reference),
        }
    }
}

/// References, separated by line breaks or commas.
pub fn references(text: &str) -> Result<Vec<Reference>, String> {
    let lines = text.lines().flat_map(|line| split(line, ","));
    let lines = lines.filter(|line| !line.trim().is_empty());
    let found = lines.map(str::parse).collect::<Result<Vec<_>, _>>()?;
    match found.len() <= MOST {
        true => Ok(found),
        false => Err(format!("more than {MOST} references")),
    }
}

/// The parts of a text between signs that stand outside of quotes.
fn split<'t>(text: &'t str, sign: &str) -> Vec<&'t str> {
    let (mut parts, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        let here = text.get(at..).is_some_and(|rest| rest.starts_with(sign));
        if here && !quoted {
            parts.extend(text.get(from..at));
            from = at + sign.len();
        }
    }
    parts.extend(text.get(from..));
    parts
}

/// A name without the quotes around it.
fn bare(name: &str) -> String {
    let name = name.trim();
    let inner = name.strip_prefix('"').and_then(|n| n.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// References and statements of an insertion, made ready.
pub(super) struct Asked<'i> {
    insertion: &'i Insertion,
    links: Vec<(Link, &'i Reference)>,
    /// Orphans that were there before, where rows are told apart by that.
    before: Vec<u64>,
}

impl<'i> Asked<'i> {
    /// Looks for the tables that are referred to.
    pub(super) fn new(
        insertion: &'i Insertion,
        target: &mut dyn Target,
    ) -> Result<Asked<'i>, InsertError> {
        let mut links = Vec::new();
        let wanted = match insertion.rows_only {
            true => [].as_slice(),
            false => insertion.references.as_slice(),
        };
        for reference in wanted {
            let wrong = |reason: String| InsertError::Check {
                name: reference.to_string(),
                reason,
            };
            let table = target
                .describe(&reference.table)
                .map_err(|error| match error {
                    InsertError::Table { reason, .. } => {
                        wrong(format!("table {}: {reason}", reference.table))
                    }
                    error => error,
                })?;
            let column = column(&table, &reference.to).map_err(wrong)?;
            let link = Link {
                column: String::new(),
                table: table.quoted.clone(),
                to: column,
            };
            links.push((link, reference));
        }
        Ok(Asked {
            insertion,
            links,
            before: Vec::new(),
        })
    }

    /// Names the columns as the table of the rows has them.
    pub(super) fn of(&mut self, table: &Table) -> Result<(), InsertError> {
        counted(&self.insertion.exact_distinct, table)?;
        for (link, reference) in &mut self.links {
            link.column =
                column(table, &reference.column).map_err(|reason| InsertError::Check {
                    name: reference.to_string(),
                    reason,
                })?;
        }
        Ok(())
    }

    /// Counts what is there before the rows come, for a target that reads it before and after.
    pub(super) fn look_before(
        &mut self,
        target: &mut dyn Target,
        plan: &Plan<'_>,
    ) -> Result<(), InsertError> {
        let to_itself = |(link, _): &&(Link, &Reference)| link.table == plan.table.quoted;
        if let Some((_, reference)) = self.links.iter().find(to_itself) {
            // What was missing before may come with the rows, so that the difference says nothing.
            return Err(InsertError::Check {
                name: reference.to_string(),
                reason: format!(
                    "{} refers to itself, and has no primary key of one whole number by which its \
                     new rows are told from those that were there; give it one, or take the \
                     reference away",
                    plan.table.name
                ),
            });
        }
        self.before = self.count(target, plan)?;
        Ok(())
    }

    /// The orphans among the rows, by column and in all.
    pub(super) fn orphans(
        &self,
        target: &mut dyn Target,
        plan: &Plan<'_>,
        columns: &mut Vec<ColumnFacts>,
    ) -> Result<Option<u64>, InsertError> {
        if self.links.is_empty() {
            return Ok(None);
        }
        let mut all = 0;
        let counts = self.count(target, plan)?;
        for (at, (found, (link, _))) in counts.into_iter().zip(&self.links).enumerate() {
            let before = self.before.get(at).copied().unwrap_or(0);
            let found = found.saturating_sub(before);
            all += found;
            // Where some were there before, nobody knows whose a value is.
            let lost = match found > 0 && before == 0 {
                true => target.lost(plan, link)?.map(|lost| facts::shown(&lost)),
                false => None,
            };
            let facts = columns.iter_mut().find(|c| c.name == link.column);
            match facts {
                Some(facts) => {
                    *facts.orphans.get_or_insert(0) += found;
                    facts.lost = facts.lost.take().or(lost);
                }
                // The frame has no such column: the table fills it by itself.
                None => columns.push(ColumnFacts {
                    name: link.column.clone(),
                    orphans: Some(found),
                    lost,
                    ..ColumnFacts::default()
                }),
            }
        }
        Ok(Some(all))
    }

    fn count(&self, target: &mut dyn Target, plan: &Plan<'_>) -> Result<Vec<u64>, InsertError> {
        let counts = self.links.iter().map(|(link, reference)| {
            let counted = target.orphans(plan, link);
            counted.map_err(|error| match error {
                InsertError::Target { reason, .. } => InsertError::Check {
                    name: reference.to_string(),
                    reason,
                },
                error => error,
            })
        });
        counts.collect()
    }

    /// The values of the statements, by their names.
    pub(super) fn values(
        &self,
        target: &mut dyn Target,
    ) -> Result<Map<String, Value>, InsertError> {
        let mut values = Map::new();
        let checks = &self.insertion.checks;
        for check in checks.iter().filter(|_| !self.insertion.rows_only) {
            let wrong = |reason: String| InsertError::Check {
                name: check.name.clone(),
                reason,
            };
            if checks.len() > MOST {
                return Err(wrong(format!("there are more than {MOST} checks")));
            }
            let mut one = One::new(self.insertion.check_time);
            source::check(&check.sql)
                .and_then(|()| target.ask(&check.sql, self.insertion.check_time, &mut one))
                .and_then(|()| one.only())
                .map(|value| {
                    values.insert(check.name.clone(), value);
                })
                .map_err(|error| match error {
                    InsertError::SourceQuery(reason) => wrong(reason),
                    error => error,
                })?;
        }
        Ok(values)
    }
}

/// Refuses columns whose values are to be counted and that the table has not.
pub(super) fn counted(names: &[String], table: &Table) -> Result<(), InsertError> {
    let named = names
        .iter()
        .filter(|name| !name.eq_ignore_ascii_case("all"));
    for name in named {
        column(table, name).map_err(|reason| InsertError::Check {
            name: format!("of different values in {name}"),
            reason,
        })?;
    }
    Ok(())
}

/// The name of a column of a table as the table has it.
fn column(table: &Table, name: &str) -> Result<String, String> {
    let mut columns = table.columns.iter();
    let found = columns
        .clone()
        .find(|c| c.name == name)
        .or_else(|| columns.find(|c| same_column(&c.name, name)));
    match found {
        Some(column) => Ok(column.name.clone()),
        None => {
            let names = table.columns.iter().map(|c| c.name.as_str());
            let hint = did_you_mean(name, names);
            Err(format!("{} has no column {name:?}{hint}", table.name))
        }
    }
}

/// Takes in the only value of a statement.
struct One {
    time: Duration,
    rows: u64,
    value: Value,
}

impl One {
    fn new(time: Duration) -> One {
        One {
            time,
            rows: 0,
            value: Value::Null,
        }
    }

    fn only(self) -> Result<Value, InsertError> {
        match self.rows {
            0 | 1 => Ok(self.value),
            _ => Err(InsertError::SourceQuery(
                "it gives more than one row; let it give one, such as by count(*) or LIMIT 1"
                    .to_owned(),
            )),
        }
    }
}

impl Selecting for One {
    fn most(&self) -> Option<u32> {
        Some(2)
    }

    fn columns(&mut self, names: Vec<String>) -> Result<(), InsertError> {
        match names.len() {
            1 => Ok(()),
            n => Err(InsertError::SourceQuery(format!(
                "it gives {n} columns; let it give one value"
            ))),
        }
    }

    fn value(&mut self, value: Selection<'_>) -> Result<(), InsertError> {
        let text = match value {
            Selection::Null => {
                self.value = Value::Null;
                return Ok(());
            }
            Selection::Plain(text) | Selection::Text(text) => text,
        };
        if text.chars().count() > LONGEST {
            return Err(InsertError::SourceQuery(format!(
                "its value has more than {LONGEST} characters"
            )));
        }
        let number = || match facts::whole(text) {
            Some(whole) => Some(Value::from(whole)),
            None => facts::real(text).map(Value::from),
        };
        self.value = match value {
            // PostgreSQL's truths.
            Selection::Plain("true") => Value::Bool(true),
            Selection::Plain("false") => Value::Bool(false),
            Selection::Plain(_) => number().unwrap_or_else(|| Value::from(text)),
            _ => Value::from(text),
        };
        Ok(())
    }

    fn end_row(&mut self) -> Result<bool, InsertError> {
        self.rows += 1;
        Ok(self.rows < 2)
    }

    fn refuse(&self, _: usize, reason: &str) -> InsertError {
        InsertError::SourceQuery(format!("its value {reason}"))
    }

    fn no_bytes(&self, at: usize) -> InsertError {
        self.refuse(at, "is bytes; convert them, such as by hex()")
    }

    fn too_slow(&self) -> InsertError {
        InsertError::SourceQuery(format!(
            "stopped, it took more than {} s; let it look at less, or make an index for it",
            self.time.as_secs()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_with_quotes_and_schemas() {
        let read = |text: &str| {
            let found = references(text).unwrap();
            let parts = found
                .into_iter()
                .map(|r| [r.column, r.table, r.to].join("|"));
            parts.collect::<Vec<_>>()
        };
        assert_eq!(
            read(
                "customer_id -> customers.id\n\"Order, No\"->\"my -> t\".\"the \"\"id\"\"\", a->s.t.id,"
            ),
            [
                "customer_id|customers|id",
                "Order, No|my -> t|the \"id\"",
                "a|s.t|id"
            ]
        );
        for wrong in [
            "a",
            "a -> b",
            "a -> b.",
            " -> b.c",
            "a -> b.c -> d",
            "a -> .c",
        ] {
            let said = references(wrong).unwrap_err();
            assert!(said.contains("column -> table.column"), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_statement_gives_one_value() {
        let value = |value: Selection<'_>| {
            let mut one = One::new(CHECK_TIME);
            one.value(value).unwrap();
            one.end_row().unwrap();
            one.only().unwrap()
        };
        assert_eq!(value(Selection::Plain("3")), Value::from(3));
        assert_eq!(value(Selection::Plain("2.50")), Value::from(2.5));
        assert_eq!(value(Selection::Plain("true")), Value::Bool(true));
        assert_eq!(
            value(Selection::Plain("2026-01-01")),
            Value::from("2026-01-01")
        );
        assert_eq!(value(Selection::Text("3")), Value::from("3"));
        assert_eq!(value(Selection::Null), Value::Null);
        let mut one = One::new(CHECK_TIME);
        assert!(one.columns(vec!["a".into(), "b".into()]).is_err());
        assert!(one.end_row().unwrap() && !one.end_row().unwrap());
        assert!(
            one.only()
                .unwrap_err()
                .to_string()
                .contains("more than one row")
        );
        assert_eq!(One::new(CHECK_TIME).only().unwrap(), Value::Null);
        let long = "x".repeat(LONGEST + 1);
        assert!(One::new(CHECK_TIME).value(Selection::Text(&long)).is_err());
    }
}
