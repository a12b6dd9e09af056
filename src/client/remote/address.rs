//! Where a desk is served: `unix:PATH`, `http://HOST:PORT` or `https://HOST`.

use crate::client::{Answer, DeskError};
use std::fmt;
use std::path::PathBuf;

/// The base of Camunda's API where an address names none.
const BASE: &str = "/engine-rest";

/// A place and what stands there before every path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) place: Place,
    /// `/engine-rest`, without a slash at its end.
    pub(super) base: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Unix(PathBuf),
    Tcp { host: String, port: u16, tls: bool },
}

impl Address {
    /// Reads what `--server` says.
    pub(super) fn parse(text: &str) -> Answer<Address> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path.is_empty() {
                true => Err(wrong(text)),
                false => Ok(Address {
                    place: Place::Unix(path.into()),
                    base: BASE.to_owned(),
                }),
            };
        }
        let (tls, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return Err(wrong(text)),
        };
        let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if place.contains('@') {
            // Not repeated: it may hold a password.
            return Err(DeskError::Invalid(
                "an address of a server names nobody: say who you are with --user NAME".to_owned(),
            ));
        }
        if path.contains(['?', '#']) || text.contains(|c: char| c.is_control() || c == ' ') {
            return Err(wrong(text));
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or_else(|| wrong(text))?;
                (
                    host,
                    rest.strip_prefix(':').or(rest.is_empty().then_some("")),
                )
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, Some("")),
            },
        };
        let port = match (port, tls) {
            (Some(""), false) => Some(80),
            (Some(""), true) => Some(443),
            (port, _) => port.and_then(|port| port.parse().ok()),
        };
        let port = port
            .filter(|_| !host.is_empty())
            .ok_or_else(|| wrong(text))?;
        let base = path.trim_end_matches('/');
        Ok(Address {
            place: Place::Tcp {
                host: host.to_owned(),
                port,
                tls,
            },
            base: if base.is_empty() { BASE } else { base }.to_owned(),
        })
    }

    /// What stands in `Host`.
    pub(super) fn host(&self) -> String {
        match &self.place {
            Place::Unix(_) => "localhost".to_owned(),
            Place::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Place::Tcp { host, port, .. } => format!("{host}:{port}"),
        }
    }

    /// True when what is said there can be read on the way.
    pub(super) fn is_open(&self) -> bool {
        match &self.place {
            Place::Unix(_) | Place::Tcp { tls: true, .. } => false,
            Place::Tcp { host, .. } => {
                let ip = host.parse::<std::net::IpAddr>();
                !(host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback()))
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
            Place::Tcp { tls, .. } => {
                let scheme = if *tls { "https" } else { "http" };
                write!(f, "{scheme}://{}", self.host())
            }
        }
    }
}

fn wrong(text: &str) -> DeskError {
    DeskError::Invalid(format!(
        "{text} is no address of a server: write unix:PATH, http://HOST:PORT or https://HOST"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(text: &str) -> (String, u16, bool, String) {
        let address = Address::parse(text).expect(text);
        match address.place {
            Place::Tcp { host, port, tls } => (host, port, tls, address.base),
            Place::Unix(_) => panic!("{text}"),
        }
    }

    #[test]
    fn addresses_are_read() {
        let found = tcp("http://127.0.0.1:8080");
        assert_eq!(found, ("127.0.0.1".into(), 8080, false, BASE.into()));
        let found = tcp("https://desk.example.org/");
        assert_eq!(found, ("desk.example.org".into(), 443, true, BASE.into()));
        let found = tcp("http://[::1]:80/camunda/engine-rest/");
        assert_eq!(
            found,
            ("::1".into(), 80, false, "/camunda/engine-rest".into())
        );
        let unix = Address::parse("unix:/run/desk.sock").expect("unix");
        assert_eq!(unix.place, Place::Unix("/run/desk.sock".into()));
        assert_eq!(unix.to_string(), "unix:/run/desk.sock");
        for text in ["http://localhost:1", "http://[::1]:1", "https://a.example"] {
            assert!(!Address::parse(text).expect(text).is_open(), "{text}");
        }
        assert!(Address::parse("http://10.0.0.1:1").expect("open").is_open());
    }

    #[test]
    fn what_is_none_is_refused_with_what_is_right() {
        for text in [
            "localhost:8080",
            "unix:",
            "http://",
            "http://:80",
            "http://a:x",
            "http://[::1",
            "http://a:1?b",
            "http://a b",
            "ftp://a",
            "http://[::1]x",
        ] {
            let told = Address::parse(text).expect_err(text).to_string();
            assert!(told.contains("unix:PATH"), "{told}");
        }
        let told = Address::parse("http://mara:hunter2@a").expect_err("a password");
        assert!(!told.to_string().contains("hunter2"));
    }
}
