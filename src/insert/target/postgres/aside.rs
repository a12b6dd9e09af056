//! Rows that are tried, and rows that are set aside to ask which of them are refused.

use super::super::server::{Answer, Aside, Dialect, Law, LawKind, MARK, Trial, stand_in};
use super::super::{Plan, Rejection, quoted};
use super::error::no_such_row;
use super::protocol::Trouble;
use super::{Postgres, copy, literal};
use crate::insert::InsertError;
use crate::insert::batch::Batch;
use std::collections::BTreeSet;

/// The rows that are set aside.
const ASIDE: &str = "pg_temp.crewdesk_aside";

pub(super) const DIALECT: Dialect = Dialect {
    aside: ASIDE,
    join: "JOIN",
    lock: "",
};

/// Rows that are tried by COPY.
pub(super) struct Copies<'p> {
    to: &'p mut Postgres,
    plan: &'p Plan<'p>,
}

impl<'p> Copies<'p> {
    pub(super) fn new(to: &'p mut Postgres, plan: &'p Plan<'p>) -> Copies<'p> {
        Copies { to, plan }
    }
}

impl Trial for Copies<'_> {
    fn bring_in(
        &mut self,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError> {
        let refused = self.to.try_part(self.plan, batch, rows)?;
        Ok((rows.len(), refused))
    }

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn laws(&mut self) -> Result<Vec<Law>, InsertError> {
        let laws = match self.to.is_lawful(self.plan)? {
            true => {
                let known = self.to.knows_keys(self.plan)?;
                let references = self.to.references(self.plan)?;
                [Law::keys(self.plan, known, &quoted), references].concat()
            }
            false => Vec::new(),
        };
        self.to.make_aside(self.plan, laws)
    }

    fn set_aside(&mut self, batch: &Batch, rows: &[usize]) -> Result<bool, InsertError> {
        self.to.put_aside(self.plan, batch, rows)
    }

    fn ask_aside(&mut self, sql: &str) -> Result<Option<Answer>, InsertError> {
        self.to.ask_or_not(sql)
    }

    /// Nothing changes a row on its way into this table.
    fn all_refused(&mut self, _: &BTreeSet<usize>) -> Result<bool, InsertError> {
        Ok(true)
    }

    fn clear_aside(&mut self) -> Result<(), InsertError> {
        self.to.clear_aside()
    }
}

impl Postgres {
    /// Whether nothing but keys, references and checks decides about rows, and their order says
    /// nothing: no trigger, no rule, no reference of the table to itself, no table that inherits.
    fn is_lawful(&mut self, plan: &Plan<'_>) -> Result<bool, InsertError> {
        let lawful = format!(
            "SELECT NOT c.relhasrules AND c.relkind = 'r' AND NOT c.relhassubclass \
               AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) \
               AND NOT EXISTS (SELECT 1 FROM pg_constraint \
                 WHERE conrelid = c.oid AND contype = 'f' AND confrelid = c.oid) \
             FROM pg_class c WHERE c.oid = {}::regclass",
            literal(&plan.table.quoted)
        );
        Ok(self.value(&lawful)?.as_deref() == Some("t"))
    }

    /// That what rows refer to is there, where that is looked at with each statement. A reference
    /// to a table in parts has one more for each part, which the server does not look at; and of
    /// a table whose rows are not shown to everybody it sees all.
    fn references(&mut self, plan: &Plan<'_>) -> Result<Vec<Law>, InsertError> {
        let found = self.ask(&format!(
            "SELECT c.oid, c.confrelid::regclass, p.relname, a.attname, b.attname \
             FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid \
             CROSS JOIN unnest(c.conkey, c.confkey) WITH ORDINALITY k(here, there, place) \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.here \
             JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.there \
             WHERE c.conrelid = {}::regclass AND c.contype = 'f' AND NOT c.condeferred \
               AND c.confmatchtype = 's' AND c.conparentid = 0 AND NOT p.relrowsecurity ORDER BY c.oid, k.place",
            literal(&plan.table.quoted)
        ))?;
        let mut laws: Vec<(String, Law)> = Vec::new();
        for row in found {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (oid, table, parent, column, other) = (next(), next(), next(), next(), next());
            match laws.last_mut().filter(|(last, _)| *last == oid) {
                Some((_, law)) => {
                    law.blamed += &format!(", {column}");
                    law.columns.push(quoted(&column));
                    law.others.push(quoted(&other));
                }
                None => {
                    let law = Law {
                        kind: LawKind::Reference,
                        columns: vec![quoted(&column)],
                        table,
                        others: vec![quoted(&other)],
                        blamed: column,
                        reason: no_such_row(&format!("{parent:?}")),
                        orders: false,
                    };
                    laws.push((oid, law));
                }
            }
        }
        let names: Vec<String> = plan.taken().map(|column| quoted(&column.name)).collect();
        let laws = laws.into_iter().map(|(_, law)| law);
        let brought = laws.filter(|law| law.columns.iter().all(|one| names.contains(one)));
        Ok(brought.collect())
    }
}

impl Aside for Postgres {
    fn knows_keys(&mut self, plan: &Plan<'_>) -> Result<bool, InsertError> {
        let other = format!(
            "SELECT EXISTS(SELECT 1 FROM pg_index WHERE indrelid = {}::regclass \
               AND (indisunique OR indisexclusion) AND (indisexclusion OR indpred IS NOT NULL \
               OR indexprs IS NOT NULL OR pg_get_indexdef(indexrelid) LIKE '% NULLS NOT DISTINCT%'))",
            literal(&plan.table.quoted)
        );
        Ok(self.value(&other)?.as_deref() == Some("f"))
    }

    fn make_aside(&mut self, plan: &Plan<'_>, laws: Vec<Law>) -> Result<Vec<Law>, InsertError> {
        if laws.is_empty() {
            return Ok(laws);
        }
        self.run("SAVEPOINT crewdesk_aside")?;
        let make = format!(
            "DROP TABLE IF EXISTS {ASIDE}; CREATE TEMPORARY TABLE crewdesk_aside ON COMMIT DROP AS \
             SELECT {}, 0::bigint AS {MARK} FROM {} WITH NO DATA",
            copy::names(plan),
            plan.table.quoted
        );
        let made = self.ask_or_not(&make)?.is_some();
        let end = match made {
            true => "RELEASE crewdesk_aside",
            false => "ROLLBACK TO crewdesk_aside; RELEASE crewdesk_aside",
        };
        self.run(end)?;
        Ok(if made { laws } else { Vec::new() })
    }

    fn put_aside(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<bool, InsertError> {
        // The tables' keys lead to the few rows that matter, which the planner can not know of a
        // table that it has not looked at.
        self.run(
            "SAVEPOINT crewdesk_aside; SET LOCAL enable_hashjoin = off; \
             SET LOCAL enable_mergejoin = off",
        )?;
        let aside = stand_in(plan, ASIDE);
        let codecs = self.codecs(plan);
        let into = Plan {
            table: &aside,
            ..*plan
        };
        if self.begin_copy(&into, Some(MARK))?.is_some() {
            return Ok(false);
        }
        let mark = |row| i64::try_from(row).unwrap_or(i64::MAX);
        self.write_rows(&codecs, batch, rows, Some(&mark))?;
        Ok(self.end_copy()?.is_none())
    }

    fn ask_or_not(&mut self, sql: &str) -> Result<Option<Answer>, InsertError> {
        match self.session.query(sql) {
            Ok(rows) => Ok(Some(rows)),
            Err(Trouble::Server(_)) => Ok(None),
            Err(e) => Err(self.place.error(e)),
        }
    }

    fn clear_aside(&mut self) -> Result<(), InsertError> {
        self.run("ROLLBACK TO crewdesk_aside; RELEASE crewdesk_aside")
    }
}
