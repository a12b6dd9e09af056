//! Rows that are tried, and rows that are set aside to ask which of them are refused.

use super::super::server::{Answer, Aside, Dialect, Law, LawKind, MARK, Trial};
use super::super::{Plan, Rejection};
use super::error::{ends_all, is_about_rows, no_such_row};
use super::protocol::Trouble;
use super::{MariaDb, literal, quoted, rows};
use crate::insert::InsertError;
use crate::insert::batch::Batch;
use std::collections::BTreeSet;

/// The rows that are set aside.
const ASIDE: &str = "crewdesk_aside";

/// Joins begin with the rows that are set aside, and see what an INSERT would.
pub(super) const DIALECT: Dialect = Dialect {
    aside: ASIDE,
    join: "STRAIGHT_JOIN",
    lock: " LOCK IN SHARE MODE",
};

/// Rows that are tried by INSERT.
pub(super) struct Inserts<'p> {
    to: &'p mut MariaDb,
    plan: &'p Plan<'p>,
    into: String,
}

impl<'p> Inserts<'p> {
    pub(super) fn new(to: &'p mut MariaDb, plan: &'p Plan<'p>) -> Inserts<'p> {
        let into = format!("{} ({})", plan.table.quoted, rows::names(plan));
        Inserts { to, plan, into }
    }
}

impl Trial for Inserts<'_> {
    fn bring_in(
        &mut self,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError> {
        let (sql, tried) = rows::statement(&self.into, batch, rows, |_| None);
        let none = &mut |_: &[u8]| Ok::<(), InsertError>(());
        match self.to.session.run(&sql, none) {
            Ok(_) => {
                for row in rows.iter().take(tried) {
                    self.to.own.see(batch, *row, *row + 1);
                }
                Ok((tried, None))
            }
            Err(Trouble::Server(e)) if is_about_rows(&e) => {
                Ok((tried, Some(self.to.rejection(&e))))
            }
            Err(e) => Err(self.to.place.error(e)),
        }
    }

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn laws(&mut self) -> Result<Vec<Law>, InsertError> {
        let laws = match self.to.references(self.plan)? {
            Some(references) => {
                let known = self.to.knows_keys(self.plan)?;
                [Law::keys(self.plan, known, &quoted), references].concat()
            }
            None => Vec::new(),
        };
        self.to.make_aside(self.plan, laws)
    }

    fn set_aside(&mut self, batch: &Batch, rows: &[usize]) -> Result<bool, InsertError> {
        self.to.put_aside(self.plan, batch, rows)
    }

    fn ask_aside(&mut self, sql: &str) -> Result<Option<Answer>, InsertError> {
        self.to.ask_or_not(sql)
    }

    fn all_refused(&mut self, rows: &BTreeSet<usize>) -> Result<bool, InsertError> {
        let rows: Vec<String> = rows.iter().map(usize::to_string).collect();
        // IGNORE leaves out what is refused, and bends some of it first: what not even then goes in
        // does not go in at all.
        let sql = format!(
            "INSERT IGNORE INTO {} SELECT {} FROM {ASIDE} WHERE {MARK} IN ({})",
            self.into,
            rows::names(self.plan),
            rows.join(",")
        );
        match self.to.session.query(&sql) {
            Ok((_, effect)) => Ok(effect.rows == 0),
            Err(Trouble::Server(e)) if is_about_rows(&e) => Ok(false),
            Err(e) => Err(self.to.place.error(e)),
        }
    }

    fn clear_aside(&mut self) -> Result<(), InsertError> {
        self.to.clear_aside()
    }
}

impl MariaDb {
    /// That what rows refer to is there; none where they may refer to each other, so that their
    /// order counts.
    fn references(&mut self, plan: &Plan<'_>) -> Result<Option<Vec<Law>>, InsertError> {
        let found = self.ask(&format!(
            "SELECT constraint_name, column_name, referenced_table_schema, referenced_table_name, \
                    referenced_column_name, referenced_table_schema = DATABASE() \
             FROM information_schema.key_column_usage \
             WHERE table_schema = DATABASE() AND table_name = {} AND referenced_table_name IS NOT NULL \
             ORDER BY constraint_name, ordinal_position",
            literal(&plan.table.name)
        ))?;
        let mut laws: Vec<(String, Law)> = Vec::new();
        for row in found {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (name, column, schema, parent, other) = (next(), next(), next(), next(), next());
            if next() == "1" && parent.eq_ignore_ascii_case(&plan.table.name) {
                return Ok(None);
            }
            if laws.last().is_none_or(|(last, _)| *last != name) {
                let law = Law {
                    kind: LawKind::Reference,
                    columns: Vec::new(),
                    table: format!("{}.{}", quoted(&schema), quoted(&parent)),
                    others: Vec::new(),
                    blamed: column.clone(),
                    reason: no_such_row(&parent),
                    orders: false,
                };
                laws.push((name, law));
            }
            if let Some((_, law)) = laws.last_mut() {
                law.columns.push(quoted(&column));
                law.others.push(quoted(&other));
            }
        }
        let names: Vec<String> = plan.taken().map(|column| quoted(&column.name)).collect();
        let laws = laws.into_iter().map(|(_, law)| law);
        let brought = laws.filter(|law| law.columns.iter().all(|one| names.contains(one)));
        Ok(Some(brought.collect()))
    }
}

impl MariaDb {
    /// What the server answers, unless it refuses the statement alone.
    fn or_not<T>(&self, answer: Result<T, Trouble>) -> Result<Option<T>, InsertError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Trouble::Server(e)) if !ends_all(&e) => Ok(None),
            Err(e) => Err(self.place.error(e)),
        }
    }
}

impl Aside for MariaDb {
    fn knows_keys(&mut self, plan: &Plan<'_>) -> Result<bool, InsertError> {
        let count = format!(
            "SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name = {} AND non_unique = 0",
            literal(&plan.table.name)
        );
        let count = self.value(&count)?.and_then(|n| n.parse().ok());
        Ok(count == Some(plan.table.keys.len()))
    }

    fn make_aside(&mut self, plan: &Plan<'_>, laws: Vec<Law>) -> Result<Vec<Law>, InsertError> {
        if laws.is_empty() {
            return Ok(laws);
        }
        self.run(&format!("DROP TEMPORARY TABLE IF EXISTS {ASIDE}"))?;
        let make = format!(
            "CREATE TEMPORARY TABLE {ASIDE} ENGINE=InnoDB \
             SELECT {}, CAST(NULL AS SIGNED) AS {MARK} FROM {} LIMIT 0",
            rows::names(plan),
            plan.table.quoted
        );
        Ok(match self.ask_or_not(&make)? {
            Some(_) => laws,
            None => Vec::new(),
        })
    }

    fn put_aside(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<bool, InsertError> {
        self.run("SAVEPOINT crewdesk_aside")?;
        let into = format!("{ASIDE} ({},{MARK})", rows::names(plan));
        let mut rest = rows;
        while !rest.is_empty() {
            let mark = |row| i64::try_from(row).ok();
            let (sql, taken) = rows::statement(&into, batch, rest, mark);
            let none = &mut |_: &[u8]| Ok::<(), InsertError>(());
            let put = self.session.run(&sql, none);
            if self.or_not(put)?.is_none() {
                return Ok(false);
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(true)
    }

    fn ask_or_not(&mut self, sql: &str) -> Result<Option<Answer>, InsertError> {
        let answer = self.session.query(sql);
        Ok(self.or_not(answer)?.map(|(rows, _)| rows))
    }

    fn clear_aside(&mut self) -> Result<(), InsertError> {
        self.run("ROLLBACK TO SAVEPOINT crewdesk_aside")?;
        self.run("RELEASE SAVEPOINT crewdesk_aside").map(drop)
    }
}
