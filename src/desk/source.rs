//! A query on another connection as the data frame of a form: whoever acts must be one who may
//! use that connection, and what is read is captured like a file.

use super::insertion::{self, SOURCE, SOURCE_QUERY};
use super::looked::Looked;
use super::view::{Connection, Credentials};
use super::{Desk, DeskError, FieldError, Look, limits};
use crate::insert::{self, Cancel, Captured, ConnectionUrl, Password, SourceQuery};
use crate::model::Form;
use crate::value::Map;
use std::str::FromStr;
use std::time::Duration;

/// The field that names rows which only another worker reads.
pub(super) const LOCATION: &str = "location";

/// A connection that may be asked, and what it is asked.
pub(super) struct Source {
    connection: Connection,
    password: Option<Password>,
    sql: String,
}

impl Look<'_, '_> {
    /// The query that values name as their frame, if they do: there is either a file or a query.
    pub(super) fn source(&self, values: &Map) -> Result<Option<Source>, DeskError> {
        let wrong = |field: &str, message: String| {
            let field = field.to_owned();
            DeskError::Fields(vec![FieldError { field, message }])
        };
        let said = |name: &str| insertion::text(values, name);
        let (name, sql) = match (said(SOURCE), said(SOURCE_QUERY)) {
            (None, None) => return Ok(None),
            (Some(name), Some(sql)) => (name.trim(), sql),
            (Some(name), None) => {
                let message = format!("write the SELECT whose rows {name} gives");
                return Err(wrong(SOURCE_QUERY, message));
            }
            (None, Some(_)) => {
                let message = "choose the connection that the source query asks".to_owned();
                return Err(wrong(SOURCE, message));
            }
        };
        if said(insertion::FRAME).is_some() {
            let message = "there is a data frame, too; clear one of them".to_owned();
            return Err(wrong(SOURCE, message));
        }
        let unknown = || {
            let message = insertion::no_connection(name).message;
            wrong(SOURCE, message)
        };
        let found = self.connection(Some(name))?.ok_or_else(unknown)?;
        let at_source = |error: DeskError| match error {
            DeskError::Fields(fields) => match fields.into_iter().next() {
                Some(field) => wrong(SOURCE, field.message),
                None => DeskError::Fields(Vec::new()),
            },
            other => other,
        };
        self.require_use(&found).map_err(at_source)?;
        limits::check_read(&found).map_err(|e| DeskError::Fields(vec![e]))?;
        if found.credentials == Credentials::Asked {
            let message = format!(
                "{name} asks for a password each time, which is not asked for a source; choose another connection"
            );
            return Err(wrong(SOURCE, message));
        }
        let entrance = self.own_entrance(found, &Map::new(), None);
        let (connection, password) = entrance.map_err(at_source)?;
        Ok(Some(Source {
            connection,
            password,
            sql: sql.to_owned(),
        }))
    }
}

impl Source {
    /// What it gives to whoever fills in this task.
    pub(super) fn looked(&self, task: &str, user: Option<&str>) -> Looked {
        Looked::Query {
            task: task.to_owned(),
            user: user.map(str::to_owned),
            url: self.connection.url.clone(),
            sql: self.sql.clone(),
        }
    }
}

impl Desk {
    /// Asks, and keeps the rows.
    pub(super) fn capture_source(&self, source: Source) -> Result<Captured, DeskError> {
        let query = self.source_query(source, None, insert::SOURCE_TIME)?;
        Ok(query.capture(&self.core.frames, &Cancel::new())?)
    }

    /// The first rows, to look at; they are kept no longer than that.
    pub(super) fn look_at_source(&self, source: Source) -> Result<insert::Frame, DeskError> {
        let query = self.source_query(source, Some(insert::SAMPLE + 1), insert::PATIENCE)?;
        Ok(query.look(&self.core.frames, &Cancel::new())?)
    }

    fn source_query(
        &self,
        source: Source,
        most: Option<u64>,
        time: Duration,
    ) -> Result<SourceQuery, DeskError> {
        Ok(SourceQuery {
            connection: ConnectionUrl::from_str(&source.connection.url)?,
            password: source.password,
            forbidden: self.forbidden_targets(),
            sql: source.sql,
            name: format!("query on {}", source.connection.name),
            time,
            most,
        })
    }
}

/// Refuses a form that asks for a frame in more than one way and is given none.
pub(super) fn required(form: &Form, values: &Map, given: bool) -> Result<(), DeskError> {
    let has = |id: &str| form.fields.iter().any(|field| field.id == id);
    // What only another worker reads may stand elsewhere.
    if given
        || !has(SOURCE_QUERY)
        || has(LOCATION)
        || insertion::text(values, insertion::FRAME).is_some()
    {
        return Ok(());
    }
    Err(DeskError::Fields(vec![FieldError {
        field: insertion::FRAME.to_owned(),
        message: "choose a data frame, or a connection and a query as its source".to_owned(),
    }]))
}
