//! A table for a frame.

use super::super::quoted;
use super::{Sqlite, schema};
use crate::insert::InsertError;
use crate::insert::create::{NewColumn, NewKind, NewTable, nameable, there};

/// Digits that a float of 64 bits keeps, whatever they are.
const DIGITS: usize = 15;

/// The statement that makes it; refused where there is one of this name.
pub(super) fn draft(sqlite: &Sqlite, table: &NewTable) -> Result<String, InsertError> {
    let bare = table.name.strip_prefix("main.").unwrap_or(&table.name);
    nameable(&table.name, &[bare], 500)?;
    if bare.to_ascii_lowercase().starts_with("sqlite_") {
        return Err(InsertError::Table {
            table: table.name.clone(),
            reason: "names that begin with sqlite_ are SQLite's own; choose another".into(),
        });
    }
    let found = schema::named(&sqlite.connection, bare).map_err(|e| sqlite.place.error(&e))?;
    if let Some(found) = found {
        return Err(there(&table.name, &found));
    }
    let name = format!("main.{}", quoted(bare));
    Ok(table.statement(&name, quoted, |_, column| kind(column).to_owned(), ""))
}

fn kind(column: &NewColumn) -> &'static str {
    match column.kind {
        NewKind::Integer => "INTEGER",
        // Each digit is kept: as a number, as it is that of a float, or as text.
        NewKind::Decimal {
            whole, fraction, ..
        } if whole + fraction <= DIGITS => "NUMERIC",
        NewKind::Decimal { floats: true, .. } => "REAL",
        NewKind::Decimal { .. } | NewKind::Text { .. } => "TEXT",
        NewKind::Real => "REAL",
        NewKind::Boolean => "BOOLEAN",
        NewKind::Date => "DATE",
        NewKind::Timestamp { .. } => "TIMESTAMP",
        NewKind::Time => "TIME",
        NewKind::Blob => "BLOB",
    }
}
