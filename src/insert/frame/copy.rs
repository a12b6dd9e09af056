//! One copy into the store: checked, hashed and written piece by piece into a file that only this
//! process knows, until it is published under its hash.

use super::hashing::Hashing;
use super::text::TextCheck;
use super::{Captured, EMPTY, FrameStore, source_error};
use crate::crash;
use crate::insert::InsertError;
use crate::value::words::io_error;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The end of the name of what is not published yet.
pub(super) const PARTIAL: &str = ".partial";

/// A copy under way.
#[derive(Debug)]
pub(super) struct Copy {
    partial: Partial,
    name: String,
    check: TextCheck,
    hashing: Hashing,
    bytes: u64,
    store: FrameStore,
}

impl Copy {
    /// Begins one; `name` is for messages.
    pub(super) fn begin(store: &FrameStore, name: &str) -> Result<Copy, InsertError> {
        Ok(Copy {
            partial: Partial::create(&store.dir)?,
            name: name.to_owned(),
            check: TextCheck::new(),
            hashing: Hashing::begin(),
            bytes: 0,
            store: store.clone(),
        })
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where they are.
    pub(super) fn path(&self) -> &Path {
        &self.partial.path
    }

    /// Copies the next piece: how many bytes, none at the end.
    pub(super) fn take(&mut self, from: &mut dyn Read) -> Result<usize, InsertError> {
        let filled = loop {
            match from.read(self.hashing.room()) {
                Ok(n) => break n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let reason = format!("can not be read: {}", io_error(&e));
                    return Err(source_error(&self.name, reason));
                }
            }
        };
        if filled == 0 {
            return Ok(0);
        }
        self.bytes += filled as u64;
        if self.bytes > self.store.limit {
            return Err(source_error(&self.name, self.store.too_large(self.bytes)));
        }
        let piece = self.hashing.room().get(..filled).unwrap_or_default();
        self.check.feed(piece).map_err(|e| e.of(&self.name))?;
        let written = self.partial.file.write_all(piece);
        written.map_err(|e| InsertError::io(&self.partial.path, e))?;
        self.hashing.hand_over(filled);
        Ok(filled)
    }

    /// The whole copy and what it is.
    pub(super) fn finish(mut self) -> Result<(Partial, Captured), InsertError> {
        self.check.finish().map_err(|e| e.of(&self.name))?;
        if self.bytes == 0 {
            return Err(source_error(&self.name, EMPTY.into()));
        }
        let captured = Captured {
            hash: self.hashing.finish(),
            bytes: self.bytes,
            name: self.name,
        };
        Ok((self.partial, captured))
    }
}

/// A file that is removed unless it is published.
#[derive(Debug)]
pub(super) struct Partial {
    file: File,
    pub(super) path: PathBuf,
    published: bool,
}

/// Locks a file that was just made, so that all know that its process lives; false where it was
/// taken for one that a dead process left.
fn is_held(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => fs::metadata(path).is_ok_and(|there| {
            let own = file.metadata();
            own.is_ok_and(|own| (own.dev(), own.ino()) == (there.dev(), there.ino()))
        }),
        Err(TryLockError::WouldBlock) => false,
        // Where files can not be locked their age tells.
        Err(TryLockError::Error(_)) => true,
    }
}

/// Removes a partial file whose process is gone, or which is old where that can not be told; true
/// if it did.
pub(super) fn sweep(path: &Path, old: bool) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    // Locked until it is gone: who makes one of this name meanwhile sees that.
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) if !old => false,
        _ => fs::remove_file(path).is_ok(),
    }
}

impl Partial {
    fn create(dir: &Path) -> Result<Partial, InsertError> {
        let pid = std::process::id();
        for n in 0u32.. {
            let path = dir.join(format!("{pid}-{n}{PARTIAL}"));
            match private(OpenOptions::new().write(true).create_new(true)).open(&path) {
                Ok(file) if is_held(&file, &path) => {
                    return Ok(Partial {
                        file,
                        path,
                        published: false,
                    });
                }
                // Somebody who swept was quicker.
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(InsertError::io(&path, e)),
            }
        }
        Err(InsertError::io(dir, io::ErrorKind::AlreadyExists.into()))
    }

    /// Makes it last under its name.
    pub(super) fn publish(mut self, to: &Path) -> Result<(), InsertError> {
        self.file
            .sync_all()
            .map_err(|e| InsertError::io(&self.path, e))?;
        crash::point("capture.before_rename");
        fs::rename(&self.path, to).map_err(|e| InsertError::io(to, e))?;
        self.published = true;
        crash::point("capture.after_rename");
        sync_dir(to.parent()).map_err(|e| InsertError::io(to, e))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.published {
            // Best effort: `sweep` takes what stays.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes a rename durable.
#[cfg(unix)]
fn sync_dir(dir: Option<&Path>) -> io::Result<()> {
    dir.map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

#[cfg(not(unix))]
fn sync_dir(_: Option<&Path>) -> io::Result<()> {
    Ok(())
}
