//! How instants, states and values stand in a row. An instant is its milliseconds since 1970;
//! a value is the three columns of [`crate::value::storage`].

use super::StoreError;
use crate::engine::InstanceState;
use crate::value::Value;
use crate::value::storage::{self, Scalar, Stored};
use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::{Type, Value as Sql, ValueRef};

/// An instant as the store keeps it.
pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// The same for an optional one.
pub(super) fn millis_opt(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(millis)
}

/// The instant that a column holds.
pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let ms: i64 = row.get(column)?;
    DateTime::from_timestamp_millis(ms).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, ms))
}

/// The instant that a column holds, if any.
pub(super) fn instant_opt(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => instant(row, column).map(Some),
    }
}

/// Reads a name that must be one of a known set.
pub(super) fn named<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| unreadable(column, format!("'{text}' is unknown here")))
}

/// The state of that name.
pub(super) fn state(name: &str) -> Option<InstanceState> {
    [
        InstanceState::Active,
        InstanceState::Suspended,
        InstanceState::Completed,
        InstanceState::InternallyTerminated,
        InstanceState::ExternallyTerminated,
    ]
    .into_iter()
    .find(|state| state.as_str() == name)
}

/// The error for a column that holds what this version cannot read.
pub(super) fn unreadable(column: usize, why: impl Into<String>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into().into())
}

/// A value as three columns: type, value, info.
pub(super) struct Columns {
    pub(super) kind: String,
    pub(super) value: Sql,
    pub(super) info: Option<String>,
}

/// The columns of a value.
pub(super) fn columns(value: &Value) -> Result<Columns, StoreError> {
    let stored = storage::to_storage(value).map_err(|e| StoreError::Value {
        detail: e.to_string(),
    })?;
    Ok(Columns {
        kind: stored.type_name,
        value: match stored.value {
            Scalar::Null => Sql::Null,
            Scalar::Integer(n) => Sql::Integer(n),
            Scalar::Real(n) => Sql::Real(n),
            Scalar::Text(s) => Sql::Text(s),
            Scalar::Blob(b) => Sql::Blob(b),
        },
        info: stored.info,
    })
}

/// The value that three columns hold, beginning at `first`.
pub(super) fn value(row: &Row<'_>, first: usize) -> rusqlite::Result<Value> {
    let stored = Stored {
        type_name: row.get(first)?,
        value: match row.get::<_, Sql>(first + 1)? {
            Sql::Null => Scalar::Null,
            Sql::Integer(n) => Scalar::Integer(n),
            Sql::Real(n) => Scalar::Real(n),
            Sql::Text(s) => Scalar::Text(s),
            Sql::Blob(b) => Scalar::Blob(b),
        },
        info: row.get(first + 2)?,
    };
    storage::from_storage(stored).map_err(|e| unreadable(first, e.to_string()))
}
