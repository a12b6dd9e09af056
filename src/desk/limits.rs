//! Who may use a connection, for which tables, in which modes.

use super::permission::Operation;
use super::view::{Connection, ConnectionLimits, Role, User};
use super::{Caller, Desk, DeskError, FieldError, Look, insertion};
use crate::insert::Mode;
use std::str::FromStr;

/// Most entries of a list, and the longest of them in characters.
const MOST: usize = 100;

impl Desk {
    /// Sets the limits of a connection; empty ones take them away.
    pub fn limit_connection(
        &self,
        caller: &Caller,
        name: &str,
        limits: &ConnectionLimits,
    ) -> Result<Connection, DeskError> {
        let (name, limits) = (name.to_owned(), limits.clone());
        let lists = [&limits.groups, &limits.tables, &limits.modes];
        let sound = |text: &String| {
            !text.trim().is_empty()
                && text.chars().count() <= MOST
                && !text.contains(char::is_control)
        };
        if !lists
            .iter()
            .all(|list| list.len() <= MOST && list.iter().all(sound))
        {
            return Err(DeskError::Invalid(format!(
                "a limit has at most {MOST} names of 1 to {MOST} characters"
            )));
        }
        for mode in &limits.modes {
            Mode::from_str(mode).map_err(DeskError::Invalid)?;
        }
        self.act(caller, move |act| {
            act.require(Operation::ChangeConnections, false)?;
            let found = act.tx.read().connection(&name)?;
            let mut row = found.ok_or_else(|| super::connection::unknown(&name))?;
            row.limits = match limits.is_empty() {
                true => None,
                false => serde_json::to_string(&limits).ok(),
            };
            act.tx.put_connection(&row)?;
            act.log("Update", "Connection", &name)?;
            Ok(super::connection::shown(row))
        })
    }
}

impl Look<'_, '_> {
    /// True when whoever acts may use a connection.
    pub(super) fn may_use(&self, connection: &Connection) -> bool {
        let user = self.user.as_ref();
        user.is_none_or(|user| may_use(connection, user))
    }

    /// Refuses a connection that whoever acts may not use.
    pub(super) fn require_use(&self, connection: &Connection) -> Result<(), DeskError> {
        match &self.user {
            Some(user) => require_use(connection, user),
            None => Ok(()),
        }
    }
}

fn may_use(connection: &Connection, user: &User) -> bool {
    let groups = &connection.limits.groups;
    let free = groups.is_empty() || user.role != Role::Employee;
    free || user.groups.iter().any(|group| groups.contains(group))
}

/// Refuses a connection that a user may not use.
pub(super) fn require_use(connection: &Connection, user: &User) -> Result<(), DeskError> {
    match may_use(connection, user) {
        true => Ok(()),
        false => Err(DeskError::Fields(vec![FieldError {
            field: insertion::CONNECTION.to_owned(),
            message: format!(
                "{} is for {}; ask a team head",
                connection.name,
                connection.limits.groups.join(", ")
            ),
        }])),
    }
}

/// Refuses a table or a mode that the limits of a connection leave out.
pub fn check(connection: &Connection, table: &str, mode: &str) -> Result<(), FieldError> {
    let limits = &connection.limits;
    let refuse = |field: &str, what: &str, allowed: &[String]| FieldError {
        field: field.to_owned(),
        message: format!(
            "the connection {} is for {} only, not for {what}; a team head can change that",
            connection.name,
            allowed.join(", ")
        ),
    };
    if !limits.tables.is_empty() && !limits.tables.iter().any(|one| fits(one, table)) {
        return Err(refuse(insertion::TABLE, table, &limits.tables));
    }
    if !limits.modes.is_empty() && !limits.modes.iter().any(|one| one == mode) {
        return Err(refuse(insertion::MODE, mode, &limits.modes));
    }
    Ok(())
}

/// Refuses to read from a connection that is for some tables only: a query may name any.
pub fn check_read(connection: &Connection) -> Result<(), FieldError> {
    match connection.limits.tables.is_empty() {
        true => Ok(()),
        false => Err(FieldError {
            field: insertion::SOURCE.to_owned(),
            message: format!(
                "the connection {} is for {} only, and a query may read any table; a team head can change that",
                connection.name,
                connection.limits.tables.join(", ")
            ),
        }),
    }
}

/// Whether a name fits a pattern in which `*` stands for any letters.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.trim().to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, name, is) in [
            ("orders", "Orders", true),
            ("orders", "orders2", false),
            ("stock_*", "stock_at", true),
            ("stock_*", "stock", false),
            ("*_in", "orders_in", true),
            ("*_in", "in", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*b", "ab", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), is, "{pattern} {name}");
        }
    }
}
