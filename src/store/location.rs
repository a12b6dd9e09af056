//! Where a database may lie: on a local disk, in a regular file that is ours to write.

use super::StoreError;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Marks a file as a desk's: `crdw`.
pub const APPLICATION_ID: i32 = 0x6372_6477;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// File systems whose locks and shared memory other machines do not see.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs3",
    "nfs4",
    "cifs",
    "smb",
    "smb2",
    "smb3",
    "smbfs",
    "ncpfs",
    "9p",
    "afs",
    "auristorfs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "beegfs",
    "orangefs",
    "coda",
    "davfs",
    "vboxsf",
    "prl_fs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.davfs2",
    "fuse.smbnetfs",
    "fuse.gcsfuse",
    "fuse.curlftpfs",
    "fuse.vmhgfs-fuse",
    "fuse.mount.davfs",
];

/// What stands at the path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or an empty file.
    Nothing,
    /// A file with SQLite's mark that is not known to be another program's.
    Database,
}

/// Looks at the file without opening it as a database.
pub(super) fn examine(path: &Path, known: i64) -> Result<Found, StoreError> {
    refuse_network_share(path)?;
    let mut file = match fs::File::open(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(StoreError::system(path, &e)),
        // Opened without blocking on a pipe: what is no regular file is refused first.
        Ok(file) => file,
    };
    let meta = file.metadata().map_err(|e| StoreError::system(path, &e))?;
    if meta.permissions().readonly() {
        return Err(StoreError::ReadOnly { path: path.into() });
    }
    let mut header = Vec::with_capacity(100);
    file.by_ref()
        .take(100)
        .read_to_end(&mut header)
        .map_err(|e| StoreError::system(path, &e))?;
    judge(path, &header, known)
}

fn judge(path: &Path, header: &[u8], known: i64) -> Result<Found, StoreError> {
    if header.is_empty() {
        return Ok(Found::Nothing);
    }
    let not_a_database = || StoreError::NotADatabase { path: path.into() };
    if header.get(..16) != Some(MAGIC.as_slice()) {
        return Err(not_a_database());
    }
    let field = |at: usize| -> Option<i32> {
        let bytes = header.get(at..at + 4)?;
        Some(i32::from_be_bytes(bytes.try_into().ok()?))
    };
    let version = field(60).ok_or_else(not_a_database)?;
    // In WAL mode the newest header may still be in the log: 0 proves nothing.
    match field(68).ok_or_else(not_a_database)? {
        0 => Ok(Found::Database),
        APPLICATION_ID if i64::from(version) > known => Err(StoreError::Newer {
            path: path.into(),
            found: version.into(),
            known,
        }),
        APPLICATION_ID => Ok(Found::Database),
        _ => Err(StoreError::Foreign { path: path.into() }),
    }
}

/// The path without links and relative parts, as far as it exists.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    let path = std::path::absolute(path).map_err(|e| StoreError::system(path, &e))?;
    match fs::metadata(&path) {
        Ok(meta) if !meta.is_file() => return Err(StoreError::NotAFile { path }),
        _ => {}
    }
    for ancestor in path.ancestors() {
        if let Ok(real) = fs::canonicalize(ancestor) {
            let rest = path.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return Ok(if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            });
        }
    }
    Ok(path)
}

/// Makes the folder for the file, closed to others, and the file itself with mode 0600.
pub(super) fn make(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder
        .create(folder)
        .map_err(|e| StoreError::system(folder, &e))?;
    check_folder(path)?;
    match options.open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(StoreError::system(path, &e)),
        Ok(_) => Ok(()),
    }
}

/// Refuses a folder in which SQLite could not make its log.
pub(super) fn check_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    match fs::metadata(folder) {
        Ok(meta) if meta.permissions().readonly() => Err(StoreError::ReadOnly {
            path: folder.into(),
        }),
        Ok(_) => Ok(()),
        Err(e) => Err(StoreError::system(folder, &e)),
    }
}

fn refuse_network_share(path: &Path) -> Result<(), StoreError> {
    // Only Linux tells this way; elsewhere nothing is known and nothing refused.
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else {
        return Ok(());
    };
    match network_share(&mounts, path) {
        Some(kind) => Err(StoreError::NetworkShare {
            path: path.into(),
            kind,
        }),
        None => Ok(()),
    }
}

/// The network file system that the absolute path lies on, by the text of `mountinfo`.
fn network_share(mounts: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((mount, kind)) = mount(line) else {
            continue;
        };
        let depth = mount.components().count();
        // Of two mounts at one place the later one is on top.
        if path.starts_with(&mount) && best.is_none_or(|(deepest, _)| depth >= deepest) {
            best = Some((depth, kind));
        }
    }
    let (_, kind) = best?;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

/// Mount point and file system of a line of `mountinfo`.
fn mount(line: &str) -> Option<(PathBuf, &str)> {
    let (left, right) = line.split_once(" - ")?;
    let point = left.split(' ').nth(4)?;
    Some((unescape(point), right.split(' ').next()?))
}

/// The kernel writes space, tab, newline and backslash as three octal digits.
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let octal = (byte == b'\\')
            .then(|| tail.get(..3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal {
            Some(escaped) => {
                bytes.push(escaped);
                rest = tail.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
