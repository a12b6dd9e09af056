//! The frame store: data frames copied under their content hash, so that an insertion never
//! depends on a path of somebody's machine.
//!
//! A capture streams into a partial file, is checked on its way (text, UTF-8, within the
//! limit), synced, and renamed to its hash; whoever sees the hash sees the whole content.

mod copy;
mod copying;
mod hashing;
mod parts;
mod text;

pub use parts::Content;
pub(super) use parts::MAGIC;

use super::patch::Patch;
use super::{Cancel, InsertError, file};
use crate::value::words::io_error;
use copy::{Copy, PARTIAL, Partial};
use copying::Copying;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The greatest data frame that is taken unless told otherwise.
pub const DEFAULT_LIMIT: u64 = 64 << 30;

/// The largest frame that is read whole beforehand, only to know its content, in bytes.
pub const HASHED: u64 = 64 << 20;

/// A folder of captured frames.
#[derive(Debug, Clone)]
pub struct FrameStore {
    dir: PathBuf,
    limit: u64,
    closed: Vec<PathBuf>,
}

/// Where a data frame comes from.
pub enum Source<'a> {
    /// A file, a folder or a pattern.
    Path(&'a Path),
    /// Several files, as one frame.
    Files(&'a [PathBuf]),
    /// Pasted text.
    Text(&'a str),
    /// Anything that can be read, with a name for messages and its size where known.
    Read {
        /// The bytes.
        read: &'a mut dyn Read,
        /// What to call it.
        name: &'a str,
        /// Its size, where known.
        size: Option<u64>,
    },
}

/// A frame that the store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// SHA-256 of the content in lower-case hexadecimal.
    pub hash: String,
    /// The size.
    pub bytes: u64,
    /// The name it came with: a file name, or `pasted text`.
    pub name: String,
}

/// A captured frame, ready to be read.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Its content hash.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// What messages call it.
    pub name: String,
    path: PathBuf,
    /// Where it stands in the file, if it is not all of it.
    range: Option<(u64, u64)>,
    /// The files that it is made of, if there are several.
    files: Vec<Frame>,
    /// What stands over it, and its hash.
    patch: Option<Arc<(Patch, String)>>,
    /// Whoever may want its reading to stop.
    cancel: Option<Cancel>,
    /// Its file, where that goes with the last who reads it.
    _passing: Option<Arc<Partial>>,
    /// Its copy, where it is made as it is read.
    copying: Option<Arc<Copying>>,
}

impl Frame {
    /// What stands over it.
    pub fn patch(&self) -> Option<&Patch> {
        self.patch.as_deref().map(|(patch, _)| patch)
    }

    /// How many rows of it are fixed.
    pub(super) fn fixed(&self) -> u64 {
        self.patch().map_or(0, |patch| patch.count().0)
    }

    /// Lays a patch over it.
    pub(super) fn lay(&mut self, patch: Patch, hash: &str) {
        if !self.hash.is_empty() {
            self.hash = hash_of(&[&self.hash, hash]);
        }
        self.patch = Some(Arc::new((patch, hash.to_owned())));
    }

    /// A fresh reader from the start.
    pub fn read(&self) -> Result<Content, InsertError> {
        Content::open(self).map_err(|e| InsertError::io(&self.path, e))
    }

    /// Keeps the copy of a frame that is copied as it is read, whole: from then on it is captured.
    pub(super) fn settle(&self) -> Result<(), InsertError> {
        let copying = self.copying.as_ref();
        copying.map_or(Ok(()), |copying| copying.settle())
    }

    /// What a frame that was copied as it was read was captured as, once it is whole: before
    /// anybody judges an insertion of it. None for all others.
    pub fn settled(&self) -> Option<Captured> {
        self.copying.as_ref()?.settled()
    }

    /// The same, for whoever waits while an insertion reads it; none where that gives up.
    pub fn once_settled(&self) -> Option<Captured> {
        self.copying.as_ref()?.once_settled()
    }

    /// Nobody reads on: a copy that is not whole by now is not kept.
    pub fn give_up(&self) {
        if let Some(copying) = &self.copying {
            copying.give_up();
        }
    }

    /// Whether it is copied as it is read.
    pub fn is_copied_as_read(&self) -> bool {
        self.copying.is_some()
    }

    /// The same where it lies, not its copy.
    pub fn in_place(&self) -> Frame {
        Frame {
            copying: None,
            ..self.clone()
        }
    }

    /// Why it could not be copied, if that is why it could not be read.
    pub fn trouble(&self) -> Option<InsertError> {
        self.copying.as_ref().and_then(|copying| copying.trouble())
    }

    /// The files that it is made of, if there are several.
    pub(super) fn files(&self) -> &[Frame] {
        &self.files
    }

    /// The names of these files.
    pub(super) fn file_names(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }

    /// The hash of its content: known of a captured frame, found out of a file that lies
    /// elsewhere and has at most so many bytes. With a patch over it, that of both.
    pub fn hash_within(&self, bytes: u64) -> Option<String> {
        let own = self.own_hash(bytes)?;
        Some(match &self.patch {
            Some(patch) if self.hash.is_empty() => hash_of(&[&own, &patch.1]),
            _ => own,
        })
    }

    fn own_hash(&self, bytes: u64) -> Option<String> {
        if let Some(captured) = self.settled() {
            return Some(captured.hash);
        }
        if !self.hash.is_empty() || self.bytes > bytes {
            return Some(self.hash.clone()).filter(|hash| !hash.is_empty());
        }
        let mut file = self.read().ok()?.take(bytes);
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer).ok()? {
                0 => return Some(hex(hasher)),
                n => hasher.update(buffer.get(..n)?),
            }
        }
    }

    /// The same frame, whose reading stops where that is wanted.
    pub(super) fn watched(&self, cancel: &Cancel) -> Frame {
        let files = self.files.iter().map(|file| file.watched(cancel));
        Frame {
            files: files.collect(),
            cancel: Some(cancel.clone()),
            ..self.clone()
        }
    }

    /// A frame for messages that name it as its author did.
    pub fn named(mut self, name: impl Into<String>) -> Frame {
        self.name = name.into();
        self
    }
}

/// One hash for several.
pub(super) fn hash_of(hashes: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hashes.iter().for_each(|hash| hasher.update(hash));
    hex(hasher)
}

fn hex(hasher: Sha256) -> String {
    let digest = hasher.finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

impl FrameStore {
    /// Opens the store in `dir`, which is made if it is missing.
    pub fn new(dir: impl Into<PathBuf>) -> Result<FrameStore, InsertError> {
        let dir = dir.into();
        make_dir(&dir).map_err(|e| InsertError::io(&dir, e))?;
        Ok(FrameStore {
            dir,
            limit: DEFAULT_LIMIT,
            closed: Vec::new(),
        })
    }

    /// The same store, which never opens these files: databases that this process has open,
    /// whose locks the system drops when any handle to them is closed.
    pub fn without(mut self, files: Vec<PathBuf>) -> FrameStore {
        self.closed = files;
        self
    }

    /// The same store with another limit on the size of a frame, in bytes.
    pub fn with_limit(mut self, limit: u64) -> FrameStore {
        self.limit = limit;
        self
    }

    /// Copies a data frame into the store. `progress` hears the bytes done and, where known,
    /// of how many. Capturing the same content again changes nothing.
    pub fn capture(
        &self,
        source: Source<'_>,
        progress: &mut dyn FnMut(u64, Option<u64>),
        cancel: &Cancel,
    ) -> Result<Captured, InsertError> {
        match source {
            Source::Path(path) => {
                let found = self.files_of(path)?;
                let path = match found.files.as_slice() {
                    [] => path,
                    [only] => only,
                    _ => {
                        let names = found.names();
                        return self.capture_files(path, found.files, names, progress, cancel);
                    }
                };
                let (mut file, size) = self.open_source(path)?;
                let shown = path.display().to_string();
                if size > self.limit {
                    return Err(source_error(&shown, self.too_large(size)));
                }
                let mut captured = self.copy(&mut file, &shown, Some(size), progress, cancel)?;
                if let Some(name) = path.file_name() {
                    captured.name = name.to_string_lossy().into_owned();
                }
                Ok(captured)
            }
            Source::Files(files) => {
                let (all, names) = (PathBuf::from(SEVERAL), listed_names(files)?);
                self.capture_files(&all, files.to_vec(), names, progress, cancel)
            }
            Source::Text(text) => {
                let size = text.len() as u64;
                self.copy(&mut text.as_bytes(), PASTED, Some(size), progress, cancel)
            }
            Source::Read { read, name, size } => self.copy(read, name, size, progress, cancel),
        }
    }

    /// A frame to look at, for a preview: a file where it lies, without a hash; anything else
    /// is copied for as long as it is looked at.
    pub fn look(&self, source: Source<'_>) -> Result<Frame, InsertError> {
        match source {
            Source::Path(path) => {
                let found = self.files_of(path)?;
                match found.files.as_slice() {
                    [] => self.look_at(path),
                    [only] => self.look_at(only),
                    files => self.look_at_files(path, files, found.names()),
                }
            }
            Source::Files(files) => {
                self.look_at_files(Path::new(SEVERAL), files, listed_names(files)?)
            }
            source => self.pass(source, &Cancel::new()),
        }
    }

    /// Several files where they lie.
    fn look_at_files(
        &self,
        path: &Path,
        files: &[PathBuf],
        names: Vec<String>,
    ) -> Result<Frame, InsertError> {
        let files = files.iter().zip(names);
        let files = files.map(|(file, name)| Ok(self.look_at(file)?.named(name)));
        let files = files.collect::<Result<Vec<Frame>, InsertError>>()?;
        Ok(Frame {
            hash: String::new(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            name: path.display().to_string(),
            path: path.to_owned(),
            range: None,
            files,
            patch: None,
            cancel: None,
            _passing: None,
            copying: None,
        })
    }

    /// A copy of what is no file, which goes with the frame: nobody else finds it by its hash.
    pub(super) fn pass(&self, source: Source<'_>, cancel: &Cancel) -> Result<Frame, InsertError> {
        let none = &mut |_, _| {};
        let (copy, captured) = match source {
            Source::Path(_) | Source::Files(_) => return self.look(source),
            Source::Text(text) => {
                let size = Some(text.len() as u64);
                self.fill(&mut text.as_bytes(), PASTED, size, none, cancel)?
            }
            Source::Read { read, name, size } => self.fill(read, name, size, none, cancel)?,
        };
        Ok(Frame {
            hash: captured.hash,
            bytes: captured.bytes,
            name: captured.name,
            path: copy.path.clone(),
            range: None,
            files: Vec::new(),
            patch: None,
            cancel: None,
            _passing: Some(Arc::new(copy)),
            copying: None,
        })
    }

    /// A file where it lies.
    fn look_at(&self, path: &Path) -> Result<Frame, InsertError> {
        let (_, bytes) = self.open_source(path)?;
        self.looked_at(path, bytes)
    }

    /// A file of this size where it lies.
    fn looked_at(&self, path: &Path, bytes: u64) -> Result<Frame, InsertError> {
        let shown = path.display().to_string();
        match bytes {
            0 => Err(source_error(&shown, EMPTY.into())),
            bytes if bytes > self.limit => Err(source_error(&shown, self.too_large(bytes))),
            bytes => Ok(Frame {
                hash: String::new(),
                bytes,
                name: shown,
                path: path.to_owned(),
                range: None,
                files: Vec::new(),
                patch: None,
                cancel: None,
                _passing: None,
                copying: None,
            }),
        }
    }

    /// The captured frame of this hash.
    pub fn open(&self, hash: &str) -> Result<Frame, InsertError> {
        let missing = |reason: &str| InsertError::Frame {
            hash: hash.to_owned(),
            reason: reason.into(),
        };
        if !is_hash(hash) {
            return Err(missing("is no content hash"));
        }
        let path = self.dir.join(hash);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_file() => Ok(Frame {
                hash: hash.to_owned(),
                bytes: meta.len(),
                name: hash.chars().take(8).collect(),
                files: parts::of(&path, hash, meta.len())?,
                path,
                range: None,
                patch: None,
                cancel: None,
                _passing: None,
                copying: None,
            }),
            Ok(_) => Err(missing("is not a file")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(missing("is not in the frame store"))
            }
            Err(e) => Err(InsertError::io(&path, e)),
        }
    }

    /// True for the hash of a frame that the store does not have, or no longer has.
    pub fn is_gone(&self, hash: &str) -> bool {
        is_hash(hash) && self.dir.join(hash).try_exists().is_ok_and(|there| !there)
    }

    /// The hashes of frames that were captured, or captured again, more than `age` before `now`.
    pub fn old(&self, now: SystemTime, age: Duration) -> Result<Vec<String>, InsertError> {
        let entries = fs::read_dir(&self.dir).map_err(|e| InsertError::io(&self.dir, e))?;
        let old = entries.flatten().filter(|entry| {
            let modified = entry.metadata().and_then(|meta| meta.modified());
            modified.is_ok_and(|at| is_old(at, now, age))
        });
        let names = old.map(|entry| entry.file_name().to_string_lossy().into_owned());
        Ok(names.filter(|name| is_hash(name)).collect())
    }

    /// Removes a frame, unless it was captured again meanwhile; whether it did. Who captures
    /// must look, before anything refers to the frame, whether it is still there.
    pub fn remove(&self, hash: &str, now: SystemTime, age: Duration) -> Result<bool, InsertError> {
        let path = self.dir.join(hash);
        let modified = fs::metadata(&path).and_then(|meta| meta.modified());
        if !is_hash(hash) || !modified.is_ok_and(|at| is_old(at, now, age)) {
            return Ok(false);
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(InsertError::io(&path, e)),
        }
    }

    /// Removes partial files that captures which died left behind; where nobody can tell whether
    /// they died, those of more than `age` before `now`.
    pub fn sweep(&self, now: SystemTime, age: Duration) -> Result<usize, InsertError> {
        let mut removed = 0;
        let entries = fs::read_dir(&self.dir).map_err(|e| InsertError::io(&self.dir, e))?;
        for entry in entries.flatten() {
            let partial = entry.file_name().to_string_lossy().ends_with(PARTIAL);
            let modified = entry.metadata().and_then(|meta| meta.modified());
            let old = modified.is_ok_and(|at| is_old(at, now, age));
            if partial && copy::sweep(&entry.path(), old) {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The files that a path means, where it is a folder or a pattern.
    fn files_of(&self, path: &Path) -> Result<parts::Found, InsertError> {
        let failed = |reason: String| source_error(&path.display().to_string(), reason);
        let found = parts::files(path);
        match found.map_err(|e| failed(format!("can not be read: {}", io_error(&e))))? {
            None => Ok(parts::Found::default()),
            Some(found) if found.files.is_empty() => Err(failed(
                "is a folder or a pattern without a file; name one that has files".into(),
            )),
            Some(found) => Ok(found),
        }
    }

    /// Copies several files as one frame.
    fn capture_files(
        &self,
        path: &Path,
        files: Vec<PathBuf>,
        names: Vec<String>,
        progress: &mut dyn FnMut(u64, Option<u64>),
        cancel: &Cancel,
    ) -> Result<Captured, InsertError> {
        let shown = path.display().to_string();
        let (mut list, mut listed) = (Vec::new(), Vec::new());
        for (file, name) in files.into_iter().zip(names) {
            let bytes = self.look_at(&file)?.bytes;
            list.push((name, bytes));
            listed.push((file, bytes));
        }
        let start = parts::begin(&list);
        let size = start.len() as u64 + list.iter().map(|(_, bytes)| *bytes).sum::<u64>();
        if size > self.limit {
            return Err(source_error(&shown, self.too_large(size)));
        }
        let mut read = start.as_slice().chain(parts::Chain::new(listed));
        let captured = self.copy(&mut read, &shown, Some(size), progress, cancel)?;
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        Ok(Captured {
            name: format!("{name}, {} files", list.len()),
            ..captured
        })
    }

    /// Opens a regular file. Looks before it opens, because opening a pipe would wait for its writer.
    fn open_source(&self, path: &Path) -> Result<(File, u64), InsertError> {
        let failed = |reason: &str| source_error(&path.display().to_string(), reason.into());
        let by_error = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => failed("there is no such file; check the path"),
            io::ErrorKind::PermissionDenied => {
                failed("no permission to read it; ask its owner for the right to read")
            }
            io::ErrorKind::NotADirectory => {
                failed("a part of the path is no folder; check the path")
            }
            _ => failed(&format!("can not be read: {}", io_error(&e))),
        };
        let meta = fs::metadata(path).map_err(by_error)?;
        if meta.is_dir() {
            return Err(failed("is a folder"));
        }
        if !meta.is_file() {
            return Err(failed(
                "is a pipe, a socket or a device; save its content to a file first",
            ));
        }
        if file::is_among(&meta, &self.closed) {
            return Err(failed("belongs to the desk itself; choose a data frame"));
        }
        let file = File::open(path).map_err(by_error)?;
        Ok((file, meta.len()))
    }

    fn too_large(&self, size: u64) -> String {
        format!(
            "its size of {size} bytes is over the limit of {} bytes; split it or raise the limit",
            self.limit
        )
    }

    fn copy(
        &self,
        from: &mut dyn Read,
        name: &str,
        size: Option<u64>,
        progress: &mut dyn FnMut(u64, Option<u64>),
        cancel: &Cancel,
    ) -> Result<Captured, InsertError> {
        let (partial, captured) = self.fill(from, name, size, progress, cancel)?;
        partial.publish(&self.dir.join(&captured.hash))?;
        Ok(captured)
    }

    /// Copies into a file that only this process knows.
    fn fill(
        &self,
        from: &mut dyn Read,
        name: &str,
        size: Option<u64>,
        progress: &mut dyn FnMut(u64, Option<u64>),
        cancel: &Cancel,
    ) -> Result<(Partial, Captured), InsertError> {
        let mut copy = Copy::begin(self, name)?;
        loop {
            cancel.check()?;
            match copy.take(from)? {
                0 => break,
                _ => progress(copy.bytes(), size),
            }
        }
        copy.finish()
    }

    /// A file that is copied as it is read, so that nobody waits for it; none of several files.
    pub fn capture_as_read(&self, path: &Path) -> Result<Option<Frame>, InsertError> {
        let found = self.files_of(path)?;
        let path = match found.files.as_slice() {
            [] => path,
            [only] => only,
            _ => return Ok(None),
        };
        let (mut file, size) = self.open_source(path)?;
        let look = self.looked_at(path, size)?;
        let mut start = Vec::new();
        let begun = file
            .by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut start);
        let begun = begun.and_then(|_| file.rewind());
        begun.map_err(|e| InsertError::io(path, e))?;
        if start == MAGIC {
            return Ok(None);
        }
        let copy = Copy::begin(self, &look.name)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let copying = Copying::new(file.take(size), copy, &name, &self.dir);
        Ok(Some(Frame {
            bytes: size,
            name: name.into_owned(),
            copying: Some(Arc::new(copying)),
            ..look
        }))
    }
}

/// What several files are called together.
const SEVERAL: &str = "these files";

/// The names of files of one folder.
fn file_names(files: &[PathBuf]) -> Vec<String> {
    let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_owned();
    let names = files.iter().map(name);
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Those of files that were listed, each of them once: as in one folder, so that the same files are
/// the same frame however their folder is written; or as they were written where that tells them
/// apart.
fn listed_names(files: &[PathBuf]) -> Result<Vec<String>, InsertError> {
    if files.len() > parts::MAX_FILES {
        let reason = format!(
            "are more than {}; insert some of them at a time",
            parts::MAX_FILES
        );
        return Err(source_error(SEVERAL, reason));
    }
    let mut seen = HashSet::new();
    for file in files {
        // What can not be found is told by whoever opens it.
        let Ok(place) = fs::canonicalize(file) else {
            continue;
        };
        if !seen.insert(place) {
            let reason = "stands twice in the list; name each file once".to_owned();
            return Err(source_error(&file.display().to_string(), reason));
        }
    }
    let short = file_names(files);
    let unlike: HashSet<&String> = short.iter().collect();
    Ok(match unlike.len() == short.len() {
        true => short,
        false => files
            .iter()
            .map(|file| file.display().to_string())
            .collect(),
    })
}

/// True for the name of a frame: its hash.
fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_old(at: SystemTime, now: SystemTime, age: Duration) -> bool {
    now.duration_since(at).is_ok_and(|passed| passed >= age)
}

const EMPTY: &str = "is empty; it needs a header and at least one row";
const PASTED: &str = "pasted text";

fn source_error(name: &str, reason: String) -> InsertError {
    InsertError::Source {
        name: name.to_owned(),
        reason,
    }
}

#[cfg(unix)]
fn make_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

#[cfg(not(unix))]
fn make_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests;
