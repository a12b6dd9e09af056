//! Rows that go in by their key: what is the same on each server.

use super::super::{Plan, Rejection, Table};
use super::refused::{Answer, Dialect, Law, Trial};
use crate::insert::batch::Batch;
use crate::insert::{InsertError, Mode};
use std::collections::BTreeSet;

/// A server that can set rows aside to ask about them.
pub(in super::super) trait Aside {
    /// Whether the table has no other unique keys than those that are known of it, and nothing like
    /// them.
    fn knows_keys(&mut self, plan: &Plan<'_>) -> Result<bool, InsertError>;
    /// Makes the table of rows that are set aside; no law where that is not allowed.
    fn make_aside(&mut self, plan: &Plan<'_>, laws: Vec<Law>) -> Result<Vec<Law>, InsertError>;
    /// Sets rows aside; false if the server does not let us.
    fn put_aside(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<bool, InsertError>;
    /// Asks what may be refused, for want of a right.
    fn ask_or_not(&mut self, sql: &str) -> Result<Option<Answer>, InsertError>;
    /// Undoes all since rows were set aside.
    fn clear_aside(&mut self) -> Result<(), InsertError>;
}

/// A server that takes rows by their key.
pub(in super::super) trait ByKey: Aside {
    /// The keys that came, as SQL writes their table.
    const SEEN: &'static str;
    /// How it is asked about rows that nobody else changes.
    const DIALECT: Dialect;
    /// A name as its SQL writes it.
    fn quoted(name: &str) -> String;
    /// Brings rows in, or the first of them that fit a statement: how many were tried, and why they
    /// are refused if they are.
    fn try_by_key(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError>;
}

/// Rows that are tried by their key.
pub(in super::super) struct Upserts<'p, S> {
    pub(in super::super) to: &'p mut S,
    pub(in super::super) plan: &'p Plan<'p>,
}

impl<S: ByKey> Trial for Upserts<'_, S> {
    fn bring_in(
        &mut self,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError> {
        self.to.try_by_key(self.plan, batch, rows)
    }

    fn dialect(&self) -> Dialect {
        S::DIALECT
    }

    /// Only that a key comes once: what else is refused, a row by itself tells.
    fn laws(&mut self) -> Result<Vec<Law>, InsertError> {
        let known = self.to.knows_keys(self.plan)?;
        let law = Law::seen(self.plan, S::SEEN, known, &S::quoted);
        self.to.make_aside(self.plan, vec![law])
    }

    fn set_aside(&mut self, batch: &Batch, rows: &[usize]) -> Result<bool, InsertError> {
        self.to.put_aside(self.plan, batch, rows)
    }

    fn ask_aside(&mut self, sql: &str) -> Result<Option<Answer>, InsertError> {
        self.to.ask_or_not(sql)
    }

    /// The keys that came are kept here, and nothing changes them.
    fn all_refused(&mut self, _: &BTreeSet<usize>) -> Result<bool, InsertError> {
        Ok(true)
    }

    fn clear_aside(&mut self) -> Result<(), InsertError> {
        self.to.clear_aside()
    }
}

/// Another table that takes the rows of a plan.
pub(in super::super) fn stand_in(plan: &Plan<'_>, quoted: &str) -> Table {
    Table {
        quoted: quoted.to_owned(),
        ..plan.table.clone()
    }
}

/// The plan of whatever comes into such a table.
pub(in super::super) fn into<'a>(plan: &Plan<'a>, table: &'a Table) -> Plan<'a> {
    Plan {
        table,
        columns: plan.columns,
        mode: Mode::Append,
        key: &[],
        side: None,
        asked: false,
    }
}

/// The names of the key's columns, with what stands before each.
pub(in super::super) fn key(plan: &Plan<'_>, prefix: &str, quoted: fn(&str) -> String) -> String {
    let names = plan.keys().map(|column| quoted(&column.name));
    let names: Vec<String> = names.map(|name| format!("{prefix}{name}")).collect();
    names.join(",")
}

/// That two rows have the same key.
pub(in super::super) fn same_key(
    plan: &Plan<'_>,
    (one, other): (&str, &str),
    quoted: fn(&str) -> String,
) -> String {
    let names = plan.keys().map(|column| quoted(&column.name));
    let parts: Vec<String> = names
        .map(|name| format!("{one}.{name} = {other}.{name}"))
        .collect();
    parts.join(" AND ")
}
