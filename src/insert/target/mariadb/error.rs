//! Errors of the server in words for people. Codes are those of the manual's "Error Codes".

use super::super::server::Lost;
use super::super::{Broken, Rejection, TAKEN};
use super::protocol::{ServerError, Trouble};
use super::{MariaDb, Place};
use crate::insert::InsertError;
use crate::value::words;

/// Whether an error is about a row, so that others may still go in.
pub(super) fn is_about_rows(error: &ServerError) -> bool {
    matches!(
        error.code,
        // Keys, NULL, references, checks, values that do not fit, what triggers signal.
        1022 | 1048
            | 1062
            | 1169
            | 1216
            | 1264
            | 1265
            | 1292
            | 1364
            | 1366
            | 1406
            | 1411
            | 1452
            | 1467
            | 1525
            | 1526
            | 1586
            | 1644
            | 1690
            | 1761
            | 3140
            | 3819
            | 4025
            | 4038
    )
}

/// Whether an error is about the connection, or has undone the transaction: 1205 does so where
/// `innodb_rollback_on_timeout` is set, 1213 always.
pub(super) fn ends_all(error: &ServerError) -> bool {
    matches!(error.code, 1205 | 1213) || breaks_off(error)
}

fn breaks_off(error: &ServerError) -> bool {
    matches!(
        error.code,
        1040 | 1053 | 1077 | 1080 | 1158..=1161 | 1184 | 1203 | 1226 | 1927
    )
}

/// Whether the table that was asked is not there, or not there for this user.
pub(super) fn is_missing(error: &ServerError) -> bool {
    matches!(error.code, 1142 | 1146)
}

/// Whether the server does not let clients send streams.
pub(super) fn forbids_streams(error: &ServerError) -> bool {
    matches!(error.code, 1148 | 3948 | 4166)
}

/// Why a row is refused that refers to none.
pub(super) fn no_such_row(parent: &str) -> String {
    format!("it refers to a row of {parent:?} that does not exist")
}

/// The last name in quotes of any kind.
fn last_name(message: &str) -> Option<&str> {
    let end = message.rfind(['`', '\''])?;
    let before = message.get(..end)?;
    let quote = message.get(end..)?.chars().next()?;
    before.rsplit_once(quote).map(|(_, name)| name)
}

impl MariaDb {
    /// Why a row is refused.
    pub(super) fn rejection(&self, error: &ServerError) -> Rejection {
        let said = |column: Option<&str>, reason: &str| Rejection {
            column: column.map(str::to_owned),
            reason: reason.to_owned(),
            broken: Broken::Other,
        };
        let message = error.message.as_str();
        match error.code {
            // "Duplicate entry '1-2' for key 'PRIMARY'", later "… for key 't.PRIMARY'".
            1022 | 1062 | 1169 | 1586 | 1761 => {
                let key = last_name(message).unwrap_or_default();
                let key = key.rsplit_once('.').map_or(key, |(_, key)| key);
                Rejection {
                    column: self.keys.get(key).cloned(),
                    reason: TAKEN.to_owned(),
                    broken: Broken::Key,
                }
            }
            1048 => said(last_name(message), "must not be NULL"),
            // "Field 'customer' doesn't have a default value"
            1364 => said(message.split('\'').nth(1), "must not be NULL"),
            1216 | 1452 => {
                let after = |word: &str| message.split_once(word).map(|(_, rest)| rest);
                let name = |word: &str| after(word)?.split('`').next();
                let column = name("FOREIGN KEY (`");
                let parent = name("REFERENCES `").unwrap_or("another table");
                Rejection {
                    broken: Broken::Reference,
                    ..said(column, &no_such_row(parent))
                }
            }
            3819 | 4025 => {
                let name = message.split(['`', '\'']).nth(1).unwrap_or(message);
                said(None, &format!("the check of the table fails: {name}"))
            }
            _ => {
                // "Data too long for column 'v' at row 1"
                let column = message.split_once("column ").and_then(|(_, rest)| {
                    let name = rest.split(" at row").next()?;
                    last_name(name)
                });
                let reason = message.split(" at row").next().unwrap_or(message);
                said(column, reason)
            }
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
            Trouble::Server(e) if matches!(e.code, 1045 | 1698 | 1130 | 4151) => refuse(format!(
                "the server refuses {}: {}; check user and password, and from where the user may \
                 log in",
                self.user, e.message
            )),
            Trouble::Server(e) if e.code == 1049 => {
                refuse(format!("{}; check the name of the database", e.message))
            }
            Trouble::Server(e) if e.code == 1044 => {
                refuse(format!("{}; ask for a GRANT on the database", e.message))
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
        match error.code {
            1205 => InsertError::Busy {
                target: self.name.clone(),
                seconds: self.busy_seconds,
            },
            3 | 1021 | 1030 | 1114 => InsertError::DiskFull {
                what: self.name.clone(),
            },
            _ if breaks_off(&error) => {
                self.unreachable(format!("the server breaks off ({message})"))
            }
            1213 => InsertError::Undone {
                target: self.name.clone(),
                reason: error.message,
            },
            1290 | 1792 | 1836 => self.says(&format!(
                "the server only reads ({message}); name the primary server"
            )),
            1142 | 1143 | 1044 | 1227 => self.says(&format!(
                "{message}; ask for GRANT SELECT, INSERT on the table, for replace also DELETE, for upsert UPDATE and CREATE TEMPORARY TABLES"
            )),
            1153 => self.says(&format!(
                "{message}: a row is too long for the server; raise max_allowed_packet there"
            )),
            code => self.says(&format!("{message} (error {code})")),
        }
    }
}
