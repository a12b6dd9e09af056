//! A table for a frame.

use super::super::quoted;
use super::protocol::Trouble;
use super::{Postgres, literal};
use crate::insert::InsertError;
use crate::insert::create::{NewColumn, NewKind, NewTable, nameable, there};

/// Bytes of a name.
const LONGEST: usize = 63;

impl Postgres {
    /// The statement that makes it; refused where there is one of this name.
    pub(super) fn draft_table(&mut self, table: &NewTable) -> Result<String, InsertError> {
        let parts: Vec<&str> = match table.name.split_once('.') {
            Some((schema, name)) => vec![schema, name],
            None => vec![table.name.as_str()],
        };
        nameable(&table.name, &parts, LONGEST)?;
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        if let Some(long) = columns.iter().find(|name| name.len() > LONGEST) {
            return Err(InsertError::Columns(format!(
                "{long:?} is too long a name for a column; at most {LONGEST} bytes"
            )));
        }
        let known = self.relations()?;
        let same = |shown: &String| shown.eq_ignore_ascii_case(&table.name);
        if let Some(found) = known.iter().map(|r| r.shown()).find(same) {
            return Err(there(&table.name, &found));
        }
        let names: Vec<String> = parts.into_iter().map(quoted).collect();
        let name = names.join(".");
        let any = format!("SELECT to_regclass({})", literal(&name));
        if self.value(&any)?.is_some() {
            return Err(there(&table.name, &table.name));
        }
        Ok(table.statement(&name, quoted, |_, column| kind(column).to_owned(), ""))
    }

    /// Makes a table within the transaction.
    pub(super) fn make_table(&mut self, sql: &str) -> Result<(), InsertError> {
        match self.session.query(sql) {
            Ok(_) => Ok(()),
            Err(Trouble::Server(e)) if e.code == "42501" => Err(self.place.says(&format!(
                "the table can not be made ({}); have an administrator run: GRANT CREATE ON \
                 SCHEMA public TO {}",
                e.message,
                quoted(&self.place.user)
            ))),
            Err(Trouble::Server(e)) if e.code == "3F000" => Err(self.place.says(&format!(
                "the table can not be made: {}; choose another schema",
                e.message
            ))),
            Err(e) => Err(self.place.error(e)),
        }
    }
}

fn kind(column: &NewColumn) -> &'static str {
    match column.kind {
        NewKind::Integer => "bigint",
        NewKind::Decimal { .. } => "numeric",
        NewKind::Real => "double precision",
        NewKind::Boolean => "boolean",
        NewKind::Date => "date",
        NewKind::Timestamp { zoned: true } => "timestamptz",
        NewKind::Timestamp { zoned: false } => "timestamp",
        NewKind::Time => "time",
        NewKind::Text { .. } => "text",
        NewKind::Blob => "bytea",
    }
}
