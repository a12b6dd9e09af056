//! Secrets: clear text that shows nothing of itself, and the vault that encrypts it at rest.
//!
//! A secret is stored as XChaCha20-Poly1305 under the desk's key, bound to its handle, so
//! that neither reading nor exchanging rows of the database gives one away.

use super::DeskError;
use crate::value::SecretHandle;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The environment variable that may hold the key: 64 hexadecimal digits.
pub const KEY_VARIABLE: &str = "CREWDESK_KEY";

/// Longest secret in bytes.
pub const LONGEST: usize = 4096;

const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Clear text of a secret. Wiped when dropped; `Debug` and `Display` show asterisks.
#[derive(Clone, PartialEq, Eq)]
pub struct Clear(Zeroizing<String>);

impl Clear {
    /// Takes over clear text.
    pub fn new(text: impl Into<String>) -> Self {
        Clear(Zeroizing::new(text.into()))
    }

    /// The clear text itself; for whoever logs in with it, and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Clear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

impl fmt::Display for Clear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// Where the desk's key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeySource {
    /// [`KEY_VARIABLE`] where it is set, else a key file beside the database.
    #[default]
    EnvironmentOrFile,
    /// This key file, made when it is missing.
    File(PathBuf),
    /// This text: 64 hexadecimal digits.
    Text(Clear),
}

/// The desk's key.
pub struct Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(******)")
    }
}

impl Key {
    /// Finds the key; makes a key file where there is none and `make` allows it.
    pub fn find(source: &KeySource, beside: &Path, make: bool) -> Result<Key, DeskError> {
        match source {
            KeySource::Text(text) => Key::parse(text.expose(), "the given key"),
            KeySource::File(path) => Key::file(path, make),
            KeySource::EnvironmentOrFile => match std::env::var(KEY_VARIABLE) {
                Ok(text) => Key::parse(&Zeroizing::new(text), KEY_VARIABLE),
                Err(std::env::VarError::NotPresent) => Key::file(beside, make),
                Err(_) => Err(malformed(KEY_VARIABLE)),
            },
        }
    }

    fn parse(text: &str, origin: &str) -> Result<Key, DeskError> {
        let text = text.trim();
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(malformed(origin));
        }
        let mut key = Zeroizing::new([0u8; 32]);
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = pair.iter().filter_map(|d| (*d as char).to_digit(16));
            *byte = digits.fold(0, |n, digit| n << 4 | digit as u8);
        }
        Ok(Key(key))
    }

    fn file(path: &Path, may_make: bool) -> Result<Key, DeskError> {
        match read(path) {
            Err(e) if e.kind() == ErrorKind::NotFound && may_make => {
                make(path).map_err(|e| unusable(path, &e.to_string()))?;
                read(path)
            }
            other => other,
        }
        .map_err(|e| unusable(path, &e.to_string()))
        .and_then(|text| Key::parse(&text, &path.display().to_string()))
    }

    /// A short mark of the key by which a desk knows its own.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::new()
            .chain_update(b"crewdesk key fingerprint")
            .chain_update(self.0.as_slice())
            .finalize();
        hex(&hash[..8])
    }
}

fn malformed(origin: &str) -> DeskError {
    DeskError::Storage(format!(
        "{origin} is not a key: a key is 64 hexadecimal digits; restore the one this desk was set up with"
    ))
}

fn unusable(path: &Path, why: &str) -> DeskError {
    DeskError::Storage(format!(
        "the key file {} cannot be used: {why}; make it yours with mode 0600, or restore it from a backup",
        path.display()
    ))
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn read(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(std::io::Error::other(format!(
                "its mode is {mode:04o}, so that others may read it"
            )));
        }
    }
    let mut text = Zeroizing::new(String::new());
    file.take(4096).read_to_string(&mut text)?;
    Ok(text)
}

/// Makes a key file. It appears whole or not at all; where two processes race, one key wins.
fn make(path: &Path) -> std::io::Result<()> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(std::io::Error::other)?;
    let text = Zeroizing::new(hex(bytes.as_slice()) + "\n");
    let mut name = path.as_os_str().to_owned();
    let mut suffix = [0u8; 8];
    getrandom::fill(&mut suffix).map_err(std::io::Error::other)?;
    name.push(format!(".{}.new", hex(&suffix)));
    let temporary = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&temporary)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    crate::crash::point("desk.key.before_link");
    let linked = written.and_then(|()| fs::hard_link(&temporary, path));
    crate::crash::point("desk.key.after_link");
    fs::remove_file(&temporary)?;
    match linked {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
        Ok(()) => match path.parent().filter(|p| !p.as_os_str().is_empty()) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        },
    }
}

/// Encrypts and decrypts the desk's secrets.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    /// What marks begin with; never the key itself.
    marks: Zeroizing<[u8; 32]>,
    fingerprint: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.fingerprint)
    }
}

impl Vault {
    /// A vault under this key.
    pub fn new(key: &Key) -> Self {
        Vault {
            cipher: XChaCha20Poly1305::new((&*key.0).into()),
            marks: Zeroizing::new(digest(&[b"crewdesk marks", &*key.0])),
            fingerprint: key.fingerprint(),
        }
    }

    /// What only who has the key can work out of some bytes.
    pub fn mark(&self, bytes: &[u8]) -> [u8; 32] {
        // Hashed twice, so that nothing can be put behind the bytes.
        let inner = digest(&[&*self.marks, bytes]);
        digest(&[&*self.marks, &inner])
    }

    /// The mark of its key.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Encrypts a secret for the place with this handle.
    pub fn seal(&self, handle: &SecretHandle, clear: &Clear) -> Result<Vec<u8>, DeskError> {
        let text = clear.expose();
        if text.len() > LONGEST {
            return Err(DeskError::Invalid(format!(
                "a secret may have at most {LONGEST} bytes"
            )));
        }
        let nonce =
            XNonce::try_generate().map_err(|_| lost("no random numbers to encrypt with"))?;
        let payload = Payload {
            msg: text.as_bytes(),
            aad: handle.0.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&nonce, payload)
            .map_err(|_| lost("a secret could not be encrypted"))?;
        let mut row = Vec::with_capacity(1 + NONCE + sealed.len());
        row.push(VERSION);
        row.extend_from_slice(&nonce);
        row.extend_from_slice(&sealed);
        Ok(row)
    }

    /// Decrypts what [`Vault::seal`] made for the same handle.
    pub fn open(&self, handle: &SecretHandle, row: &[u8]) -> Result<Clear, DeskError> {
        let refused = || {
            lost(
                "a secret cannot be decrypted: the key is another one, or the row was changed; type the secret again",
            )
        };
        let (&VERSION, rest) = row.split_first().ok_or_else(refused)? else {
            return Err(refused());
        };
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(refused)?;
        let nonce: &XNonce = nonce.try_into().map_err(|_| refused())?;
        let payload = Payload {
            msg: sealed,
            aad: handle.0.as_bytes(),
        };
        let clear = Zeroizing::new(self.cipher.decrypt(nonce, payload).map_err(|_| refused())?);
        std::str::from_utf8(&clear)
            .map(Clear::new)
            .map_err(|_| refused())
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

fn lost(text: &str) -> DeskError {
    DeskError::Storage(text.to_owned())
}

#[cfg(test)]
mod tests;
