//! Errors of the server in words for people. Codes are those of appendix A of its manual.

use super::super::server::Lost;
use super::super::{Broken, Rejection, TAKEN};
use super::Place;
use super::protocol::{ServerError, Trouble};
use crate::insert::InsertError;
use crate::value::words;

/// Whether an error is about the rows, so that others may still go in.
pub(super) fn is_about_rows(error: &ServerError) -> bool {
    // Data, constraints, and what triggers raise.
    matches!(error.code.get(..2), Some("22" | "23" | "P0" | "44"))
}

/// Why a row is refused that refers to none; the table in quotes.
pub(super) fn no_such_row(parent: &str) -> String {
    format!("it refers to a row of {parent} that does not exist")
}

/// Why a row is refused.
pub(super) fn rejection(error: &ServerError) -> Rejection {
    let detail = error.detail.as_deref().unwrap_or_default();
    // "Key (id, day)=(1, 2025-11-17) already exists."
    let key = detail
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(key, _)| key.replace('"', ""));
    let said = |column: Option<String>, reason: String| Rejection {
        column,
        reason,
        broken: Broken::Other,
    };
    match error.code.as_str() {
        "23505" | "23P01" => Rejection {
            column: key,
            reason: TAKEN.to_owned(),
            broken: Broken::Key,
        },
        "23502" => said(error.column.clone(), "must not be NULL".into()),
        "23503" => {
            let parent = detail.split_once("present in table ");
            let parent = parent.map_or("another table", |(_, table)| table.trim_end_matches('.'));
            Rejection {
                broken: Broken::Reference,
                ..said(key, no_such_row(parent))
            }
        }
        "23514" => said(
            None,
            format!(
                "the check of the table fails: {}",
                error.constraint.as_deref().unwrap_or(&error.message)
            ),
        ),
        _ => {
            // "COPY orders, line 1, column amount"
            let context = error.context.as_deref().unwrap_or_default();
            let column = context
                .lines()
                .next()
                .and_then(|line| line.split_once(", column "));
            let column = column.map(|(_, c)| c.split(':').next().unwrap_or(c).to_owned());
            said(column, error.message.clone())
        }
    }
}

impl Place {
    pub(super) fn says(&self, reason: &str) -> InsertError {
        InsertError::Target {
            target: self.name.clone(),
            reason: reason.to_owned(),
        }
    }

    fn unreachable(&self, reason: String) -> InsertError {
        InsertError::Unreachable {
            target: self.name.clone(),
            reason,
        }
    }

    /// An error on the way in.
    pub(super) fn entry(&self, trouble: Trouble) -> InsertError {
        let refuse = |reason: String| InsertError::Connection(format!("{}: {reason}", self.name));
        match &trouble {
            Trouble::Unwilling(reason) => refuse(reason.clone()),
            Trouble::Server(e) if matches!(e.code.as_str(), "28P01" | "28000") => refuse(format!(
                "the server refuses {}: {}; check user and password, and what the server allows in \
                 pg_hba.conf",
                self.user, e.message
            )),
            Trouble::Server(e) if e.code == "3D000" => {
                refuse(format!("{}; check the name of the database", e.message))
            }
            Trouble::Server(e) if e.code == "42501" => {
                refuse(format!("{}; ask for the right to connect", e.message))
            }
            Trouble::Lost(Lost::Unsafe(reason)) => refuse(reason.clone()),
            _ => self.error(trouble),
        }
    }

    /// An error of the server in words for people.
    pub(super) fn error(&self, trouble: Trouble) -> InsertError {
        let error = match trouble {
            Trouble::Lost(Lost::Cancelled) => return InsertError::Cancelled,
            Trouble::Unreachable(e) => {
                return self.unreachable(format!(
                    "can not be reached ({}); check host and port, and whether the server runs",
                    words::system(&e)
                ));
            }
            Trouble::Lost(Lost::Broken(e)) => {
                return self
                    .unreachable(format!("the connection was lost ({})", words::system(&e)));
            }
            Trouble::Lost(Lost::Nonsense(what)) => {
                return self.says(&format!("the server is not understood: {what}"));
            }
            Trouble::Lost(Lost::Unsafe(reason)) | Trouble::Unwilling(reason) => {
                return self.says(&reason);
            }
            Trouble::Server(error) => error,
        };
        let message = &error.message;
        match (error.code.get(..2), error.code.as_str()) {
            (_, "55P03") => InsertError::Busy {
                target: self.name.clone(),
                seconds: self.busy_seconds,
            },
            (_, "53100") => InsertError::DiskFull {
                what: self.name.clone(),
            },
            (Some("08" | "53" | "57" | "58"), code) if code != "57014" => {
                self.unreachable(format!("the server breaks off ({message})"))
            }
            // Of a statement that was under way, what became of it is not known.
            (_, "40003") => self.unreachable(format!("the server breaks off ({message})")),
            (Some("40"), _) => InsertError::Undone {
                target: self.name.clone(),
                reason: error.message,
            },
            (_, "25006") => self.says("the server only reads; name the primary server"),
            // COPY knows no policies.
            (_, "0A000") if message.contains("row-level security") => self.says(&format!(
                "{message}; insert as a user to whom its policies do not apply: its owner, or one with \
                 BYPASSRLS"
            )),
            (_, "42501") => self.says(&format!(
                "{message}; ask the owner of the table for GRANT SELECT, INSERT, for replace also \
                 DELETE"
            )),
            (Some("23"), _) => self.says(&format!(
                "a constraint is broken at the end of the transaction, nothing was kept ({message})"
            )),
            _ => self.says(&format!("{message} ({})", error.code)),
        }
    }
}
