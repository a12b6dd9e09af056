//! The rows of a query that only reads, each value by its type.

use super::Sqlite;
use crate::insert::InsertError;
use crate::insert::source::{Selecting, Selection};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Error, ErrorCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Steps of SQLite between two looks at the limits.
const STEPS: i32 = 10_000;
/// The longest text and the longest SQL, in bytes.
const MAX_TEXT: i32 = 16 << 20;
const MAX_SQL: i32 = 100_000;
/// What a statement may ask for.
const LIMITS: [(Limit, i32); 4] = [
    (Limit::SQLITE_LIMIT_LENGTH, MAX_TEXT),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
];

impl Sqlite {
    /// Asks one statement that may do nothing but read.
    pub(super) fn select_rows(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        let late = Arc::new(AtomicBool::new(false));
        self.guard(time, &late).map_err(|e| self.place.error(&e))?;
        self.rows_of(sql, &late, rows)
    }

    /// The same in the transaction that is open, which goes on afterwards as before.
    pub(super) fn ask_rows(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        let limits = LIMITS.map(|(limit, _)| (limit, self.connection.limit(limit)));
        let late = Arc::new(AtomicBool::new(false));
        self.guard(time, &late).map_err(|e| self.place.error(&e))?;
        let asked = self.rows_of(sql, &late, rows);
        self.unguard(limits).map_err(|e| self.place.error(&e))?;
        self.watch()?;
        asked
    }

    fn unguard(&mut self, limits: [(Limit, rusqlite::Result<i32>); 4]) -> rusqlite::Result<()> {
        self.connection
            .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
        for (limit, value) in limits {
            self.connection.set_limit(limit, value?)?;
        }
        Ok(())
    }

    fn rows_of(
        &self,
        sql: &str,
        late: &Arc<AtomicBool>,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        let explain = |rows: &dyn Selecting, error: Error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) if late.load(Ordering::Relaxed) => {
                rows.too_slow()
            }
            Some(ErrorCode::OperationInterrupted) => InsertError::Cancelled,
            Some(ErrorCode::AuthorizationForStatementDenied) => {
                InsertError::SourceQuery("it must only read".to_owned())
            }
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt,
            ) => self.place.error(&error),
            _ => InsertError::SourceQuery(match error {
                Error::MultipleStatement => {
                    "one statement only; take away what follows `;`".to_owned()
                }
                Error::SqlInputError { msg, .. } => msg,
                Error::SqliteFailure(_, Some(message)) => message,
                other => other.to_string(),
            }),
        };
        let mut statement = self.connection.prepare(sql).map_err(|e| explain(rows, e))?;
        if !statement.readonly() || statement.is_explain() != 0 {
            return Err(InsertError::SourceQuery("it must only read".to_owned()));
        }
        if statement.parameter_count() > 0 {
            let reason = "parameters such as ? or :name have no value here; write the value";
            return Err(InsertError::SourceQuery(reason.to_owned()));
        }
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let width = names.len();
        rows.columns(names)?;
        let mut found = statement.raw_query();
        while let Some(row) = found.next().map_err(|e| explain(rows, e))? {
            for at in 0..width {
                match row.get_ref(at).map_err(|e| explain(rows, e))? {
                    ValueRef::Null => rows.value(Selection::Null)?,
                    ValueRef::Integer(n) => rows.value(Selection::Plain(&n.to_string()))?,
                    // The shortest digits that mean it.
                    ValueRef::Real(x) => rows.value(Selection::Plain(&x.to_string()))?,
                    ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                        Ok(text) => rows.value(Selection::Text(text))?,
                        Err(_) => return Err(rows.refuse(at, "holds a text that is not UTF-8")),
                    },
                    ValueRef::Blob(_) => return Err(rows.no_bytes(at)),
                }
            }
            if !rows.end_row()? {
                break;
            }
        }
        Ok(())
    }

    /// From here on the session reads and computes, within the limits. The flag is raised when
    /// the time is over.
    fn guard(&mut self, time: Duration, late: &Arc<AtomicBool>) -> rusqlite::Result<()> {
        for (limit, value) in LIMITS {
            self.connection.set_limit(limit, value)?;
        }
        self.connection.authorizer(Some(authorize))?;
        let (cancel, late) = (self.place.cancel.clone(), Arc::clone(late));
        let until = Instant::now().checked_add(time);
        self.connection.progress_handler(
            STEPS,
            Some(move || {
                let over = until.is_some_and(|until| Instant::now() >= until);
                if over {
                    late.store(true, Ordering::Relaxed);
                }
                over || cancel.is_cancelled()
            }),
        )
    }
}

fn authorize(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => true,
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            let reaches_out = [
                "load_extension",
                "readfile",
                "writefile",
                "edit",
                "fts3_tokenizer",
            ];
            !reaches_out.contains(&name.as_str())
        }
        _ => false,
    };
    match allowed {
        true => Authorization::Allow,
        false => Authorization::Deny,
    }
}
