//! How a target is named: `sqlite:PATH`, later also servers.

use crate::insert::InsertError;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a target. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionUrl {
    /// A file of SQLite.
    Sqlite(PathBuf),
}

impl FromStr for ConnectionUrl {
    type Err = InsertError;

    fn from_str(text: &str) -> Result<Self, InsertError> {
        let form = "write sqlite:PATH, such as sqlite:/data/sales.db";
        let refuse = |what: String| Err(InsertError::Connection(format!("{what}; {form}")));
        let Some((scheme, rest)) = text.trim().split_once(':') else {
            return refuse("the URL has no scheme".into());
        };
        // A scheme is shown; what follows might hold a password and is not.
        if !scheme.eq_ignore_ascii_case("sqlite") {
            let known = scheme.len() <= 20 && scheme.chars().all(|c| c.is_ascii_alphanumeric());
            return refuse(match known {
                true => format!("databases of kind {scheme:?} are not supported"),
                false => "the URL has no scheme".into(),
            });
        }
        // `sqlite:///a` is `sqlite:/a`, as with other programs.
        let path = rest
            .strip_prefix("//")
            .filter(|p| p.starts_with('/'))
            .unwrap_or(rest);
        if path.is_empty() || path.contains('\0') {
            return refuse("the path of the database is missing".into());
        }
        if path == ":memory:" {
            return refuse("a database in memory is empty and gone at once".into());
        }
        Ok(ConnectionUrl::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for ConnectionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectionUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_and_all_else_is_refused() {
        for (text, path) in [
            ("sqlite:/a/b.db", "/a/b.db"),
            ("SQLite:b.db", "b.db"),
            ("sqlite:///a/b.db", "/a/b.db"),
            (" sqlite:C:\\x.db ", "C:\\x.db"),
        ] {
            assert_eq!(
                text.parse::<ConnectionUrl>().unwrap(),
                ConnectionUrl::Sqlite(path.into())
            );
        }
        for text in [
            "",
            "a.db",
            "sqlite:",
            "postgres://u:secret@h/db",
            "sqlite::memory:",
        ] {
            let error = text.parse::<ConnectionUrl>().unwrap_err().to_string();
            assert!(
                error.contains("sqlite:PATH") && !error.contains("secret"),
                "{error}"
            );
        }
    }
}
