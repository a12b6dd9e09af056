//! What whoever runs the desk says about connectors: a file beside the database, read anew for
//! each request, so that nothing needs to be started again.

use crate::desk::secret::Clear;
use serde::{Deserialize, Deserializer};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// More than anybody writes into it.
const MOST: u64 = 64 * 1024;

/// The settings; without a file the defaults.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    pub(super) http: Http,
    pub(super) mail: Option<Mail>,
}

/// `[http]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Http {
    /// The hosts that may be called; all when absent.
    pub(super) hosts: Option<Vec<String>>,
}

/// `[mail]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    #[serde(default)]
    pub(super) tls: Security,
    pub(super) user: Option<String>,
    #[serde(default, deserialize_with = "clear")]
    pub(super) password: Option<Clear>,
    /// The sender where the model names none.
    pub(super) from: Option<String>,
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Security {
    /// TLS after a greeting in the clear, which must not go on without.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: for a server on this machine.
    None,
}

impl Settings {
    /// Reads the file. What is wrong with it is told without a word of what stands in it.
    pub(super) fn read(path: &Path) -> Result<Settings, String> {
        let wrong = |why: &str| format!("{}: {why}", path.display());
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::default()),
            Err(error) => return Err(wrong(&crate::value::words::io_error(&error))),
        };
        let guarded = guarded(&file);
        let mut text = Zeroizing::new(String::new());
        file.take(MOST)
            .read_to_string(&mut text)
            .map_err(|error| wrong(&crate::value::words::io_error(&error)))?;
        let settings = Settings::parse(&text).map_err(|why| wrong(&why))?;
        let secret = settings.mail.as_ref().and_then(|m| m.password.as_ref());
        if secret.is_some() && !guarded {
            return Err(wrong(
                "a password stands in it and others may read it: chmod 600",
            ));
        }
        Ok(settings)
    }

    fn parse(text: &str) -> Result<Settings, String> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            // A message quotes values; its first words say enough.
            let message = error.message();
            let why = match message.contains("unknown field") || message.contains("missing field") {
                true => message,
                false => "this can not be read; see docs/SETTINGS.md",
            };
            format!("line {line}: {why}")
        })
    }
}

fn clear<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Clear>, D::Error> {
    Ok(Some(Clear::new(String::deserialize(from)?)))
}

/// Whether nobody but its owner may read a file.
#[cfg(unix)]
fn guarded(file: &File) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn guarded(_: &File) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        let text = "[mail]\nhost = \"m\"\npassword = sesame\n";
        let told = Settings::parse(text).unwrap_err();
        assert_eq!(told, "line 3: this can not be read; see docs/SETTINGS.md");
        let told = Settings::parse("[http]\nhost = []\n").unwrap_err();
        assert!(told.starts_with("line 2: unknown field `host`"), "{told}");
    }

    #[test]
    fn a_password_stands_in_no_debug_text() {
        let text = "[mail]\nhost = \"m\"\ntls = \"none\"\npassword = \"sesame\"\n";
        let settings = Settings::parse(text).unwrap();
        assert!(!format!("{settings:?}").contains("sesame"));
        assert_eq!(settings.mail.unwrap().tls, Security::None);
    }

    #[cfg(unix)]
    #[test]
    fn a_password_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, "[mail]\nhost = \"m\"\npassword = \"p\"\n").unwrap();
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Settings::read(&path)
        };
        assert!(mode(0o644).unwrap_err().ends_with("chmod 600"));
        assert!(mode(0o600).is_ok());
        assert!(Settings::read(&folder.path().join("none")).is_ok());
    }
}
