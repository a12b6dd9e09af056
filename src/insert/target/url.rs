//! How a target is named: `sqlite:PATH`, `postgres://…`, `mariadb://…`.

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
    /// A database on a server.
    Server(ServerUrl),
}

/// What a server understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// PostgreSQL and what speaks its protocol.
    Postgres,
    /// MariaDB and MySQL.
    MariaDb,
}

/// When the way to a server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Never.
    Disable,
    /// If the server can; nobody proves that it is the right one.
    #[default]
    Prefer,
    /// Always; nobody proves that it is the right server.
    Require,
    /// Always, and the server's certificate must be signed and bear its name.
    VerifyFull,
}

/// A database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// What it understands.
    pub kind: ServerKind,
    /// Its name or address; a path from `/` is the folder of a socket.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who logs in; empty if it is not said.
    pub user: String,
    /// The database.
    pub database: String,
    /// When the way is encrypted.
    pub tls: Tls,
    /// A file with the certificates that are trusted, instead of the system's.
    pub roots: Option<PathBuf>,
}

const FORM: &str = "write sqlite:PATH, such as sqlite:/data/sales.db, or \
                    postgres://USER@HOST/DATABASE, or mariadb://USER@HOST/DATABASE";

fn refuse<T>(what: impl fmt::Display) -> Result<T, InsertError> {
    Err(InsertError::Connection(format!("{what}; {FORM}")))
}

impl ServerKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            ServerKind::Postgres => "PostgreSQL",
            ServerKind::MariaDb => "MariaDB",
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            ServerKind::Postgres => "postgres",
            ServerKind::MariaDb => "mariadb",
        }
    }

    fn port(self) -> u16 {
        match self {
            ServerKind::Postgres => 5432,
            ServerKind::MariaDb => 3306,
        }
    }
}

impl FromStr for Tls {
    type Err = InsertError;

    fn from_str(text: &str) -> Result<Tls, InsertError> {
        match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "disable" | "disabled" => Ok(Tls::Disable),
            "prefer" | "preferred" => Ok(Tls::Prefer),
            "require" | "required" => Ok(Tls::Require),
            "verify-full" | "verify-identity" => Ok(Tls::VerifyFull),
            _ => Err(InsertError::Connection(
                "sslmode is one of disable, prefer, require, verify-full".into(),
            )),
        }
    }
}

impl FromStr for ConnectionUrl {
    type Err = InsertError;

    fn from_str(text: &str) -> Result<Self, InsertError> {
        let Some((scheme, rest)) = text.trim().split_once(':') else {
            return refuse("the URL has no scheme");
        };
        // A scheme is shown; what follows might hold a password and is not.
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => sqlite(rest),
            "postgres" | "postgresql" => server(ServerKind::Postgres, rest),
            "mariadb" | "mysql" => server(ServerKind::MariaDb, rest),
            scheme if scheme.len() <= 20 && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
                refuse(format!("databases of kind {scheme:?} are not supported"))
            }
            _ => refuse("the URL has no scheme"),
        }
    }
}

fn sqlite(rest: &str) -> Result<ConnectionUrl, InsertError> {
    // `sqlite:///a` is `sqlite:/a`, as with other programs.
    let path = rest
        .strip_prefix("//")
        .filter(|p| p.starts_with('/'))
        .unwrap_or(rest);
    if path.is_empty() || path.contains('\0') {
        return refuse("the path of the database is missing");
    }
    if path == ":memory:" {
        return refuse("a database in memory is empty and gone at once");
    }
    Ok(ConnectionUrl::Sqlite(PathBuf::from(path)))
}

fn server(kind: ServerKind, rest: &str) -> Result<ConnectionUrl, InsertError> {
    let Some(rest) = rest.strip_prefix("//") else {
        return refuse("after the scheme come two slashes");
    };
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return Err(InsertError::Connection(
            "leave the password out of the URL, where others can read it; give it by itself, on \
             the command line with --password-stdin"
                .into(),
        ));
    }
    let (host, port) = match place.strip_prefix('[').and_then(|p| p.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => match port.parse() {
            Ok(port) => port,
            Err(_) => return refuse("the port is no number up to 65535"),
        },
        None => kind.port(),
    };
    let mut url = ServerUrl {
        kind,
        host: decoded(host)?,
        port,
        user: decoded(user)?,
        database: decoded(database)?,
        tls: Tls::default(),
        roots: None,
    };
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = decoded(value)?;
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "sslmode" | "ssl-mode" => url.tls = value.parse()?,
            "sslrootcert" | "ssl-ca" => url.roots = Some(PathBuf::from(value)),
            "host" => url.host = value,
            _ => return refuse("of options only sslmode, sslrootcert and host are known"),
        }
    }
    if url.host.is_empty() {
        url.host = "localhost".to_owned();
    }
    if url.database.is_empty() {
        return refuse("the database is missing");
    }
    let plain = |text: &str| !text.chars().any(char::is_control);
    match plain(&url.host) && plain(&url.user) && plain(&url.database) {
        true => Ok(ConnectionUrl::Server(url)),
        false => refuse("there are characters in it that no name has"),
    }
}

/// A part of a URL with its `%41` resolved.
fn decoded(text: &str) -> Result<String, InsertError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = tail.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => bytes.push(byte),
            None => return refuse("after % come two hexadecimal digits"),
        }
        rest = tail.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).or_else(|_| refuse("it is not UTF-8"))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

impl ConnectionUrl {
    /// The address, whoever logs in there; of a file however its path is written.
    pub fn place(&self) -> String {
        match self {
            ConnectionUrl::Sqlite(path) => match path.canonicalize() {
                Ok(path) => ConnectionUrl::Sqlite(path).to_string(),
                Err(_) => self.to_string(),
            },
            ConnectionUrl::Server(url) => ServerUrl {
                user: String::new(),
                ..url.clone()
            }
            .to_string(),
        }
    }
}

impl fmt::Display for ConnectionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectionUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            ConnectionUrl::Server(url) => url.fmt(f),
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.kind.scheme())?;
        if !self.user.is_empty() {
            write!(f, "{}@", encoded(&self.user))?;
        }
        let mut options = Vec::new();
        match self.host.as_str() {
            host if host.contains(':') => write!(f, "[{host}]")?,
            host if host.starts_with('/') => options.push(format!("host={}", encoded(host))),
            host => f.write_str(&encoded(host))?,
        }
        if self.port != self.kind.port() {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "/{}", encoded(&self.database))?;
        match self.tls {
            Tls::Disable => options.push("sslmode=disable".into()),
            Tls::Prefer => {}
            Tls::Require => options.push("sslmode=require".into()),
            Tls::VerifyFull => options.push("sslmode=verify-full".into()),
        }
        if let Some(roots) = &self.roots {
            let roots = encoded(&roots.to_string_lossy()).replace("%2F", "/");
            options.push(format!("sslrootcert={roots}"));
        }
        match options.is_empty() {
            true => Ok(()),
            false => write!(f, "?{}", options.join("&")),
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
            "oracle://u:secret@h/db",
            "sqlite::memory:",
            "postgres:h/db",
            "postgres://h",
            "postgres://h:x/db",
            "mysql://h/db?secret=1",
            "mysql://h/%zz",
        ] {
            let error = text.parse::<ConnectionUrl>().unwrap_err().to_string();
            assert!(
                error.contains("sqlite:PATH") && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn servers_are_named_as_elsewhere_and_come_back_as_they_were() {
        for (text, shown) in [
            (
                "postgresql://ana@db.example:5433/sales",
                "postgres://ana@db.example:5433/sales",
            ),
            (
                "postgres://ana@[::1]/sales?sslmode=verify-full&sslrootcert=/a/ca.pem",
                "",
            ),
            (
                "mysql://h:3306/d%20b?ssl-mode=REQUIRED",
                "mariadb://h/d%20b?sslmode=require",
            ),
            (
                "postgres:///sales?host=/run/postgresql",
                "postgres:///sales?host=%2Frun%2Fpostgresql",
            ),
            ("mariadb://a%40b@h/d?sslmode=disable", ""),
            ("postgres:///d", "postgres://localhost/d"),
        ] {
            let url: ConnectionUrl = text.parse().unwrap();
            let shown = if shown.is_empty() { text } else { shown };
            assert_eq!(url.to_string(), shown);
            assert_eq!(shown.parse::<ConnectionUrl>().unwrap(), url);
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_repeated() {
        let error = "postgres://u:hush@h/db"
            .parse::<ConnectionUrl>()
            .unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("--password-stdin") && !said.contains("hush"),
            "{said}"
        );
    }
}
