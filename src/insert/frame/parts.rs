//! Many files as one frame: of a folder or a pattern, in the order of their names, captured one
//! behind the other under one hash, with a list of them at the beginning.

use super::Frame;
use super::copying::Copying;
use crate::insert::{Cancel, InsertError};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a capture of several files begins; its list is the next line, as JSON.
pub(in crate::insert) const MAGIC: &[u8] = b"crewdesk data frame of files\n";
/// Files that one frame may have.
pub(super) const MAX_FILES: usize = 10_000;
/// Bytes that their list may have.
const MAX_LIST: u64 = 16 << 20;

/// A file of the list.
#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
}

/// The bytes of a frame: a file, or a part of one.
#[derive(Debug)]
pub struct Content {
    file: File,
    start: u64,
    end: u64,
    at: u64,
    cancel: Option<Cancel>,
    /// What has to be copied before it can be read.
    copying: Option<Arc<Copying>>,
}

impl Content {
    pub(super) fn open(frame: &Frame) -> io::Result<Content> {
        let copying = frame.copying.clone();
        let copy = copying.as_ref().map(|copying| copying.path()).transpose()?;
        let mut file = File::open(copy.as_ref().unwrap_or(&frame.path))?;
        let (start, end) = match frame.range {
            Some((start, end)) => (start, end),
            None if copying.is_some() => (0, frame.bytes),
            None => (0, file.metadata()?.len()),
        };
        file.seek(SeekFrom::Start(start))?;
        Ok(Content {
            file,
            start,
            end,
            at: start,
            cancel: frame.cancel.clone(),
            copying,
        })
    }
}

impl Read for Content {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        // Also what reads much before its first row stops here.
        let stop = |cancel: &Cancel| cancel.is_cancelled() || cancel.is_overdue();
        if self.cancel.as_ref().is_some_and(stop) {
            return Err(io::Error::other("stopped"));
        }
        let mut left = self.end.saturating_sub(self.at);
        if let Some(copying) = self.copying.as_ref().filter(|_| left > 0) {
            let copied = copying.reach(self.at + left.min(to.len() as u64))?;
            left = left.min(copied.saturating_sub(self.at));
        }
        let most = to.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let n = self.file.read(to.get_mut(..most).unwrap_or_default())?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Content {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => self.start.checked_add(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
            SeekFrom::End(n) => self.end.checked_add_signed(n),
        };
        let at = at.filter(|at| *at >= self.start);
        self.at = self
            .file
            .seek(SeekFrom::Start(at.ok_or(io::ErrorKind::InvalidInput)?))?;
        Ok(self.at - self.start)
    }
}

/// The files that a path means, where it is a folder or a pattern such as `orders_*.csv`, in the
/// order of their names. Hidden files and those that begin with `_` are left out.
pub(super) fn files(path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    let pattern = match path.file_name().and_then(|name| name.to_str()) {
        _ if path.is_dir() => None,
        Some(name) if name.contains(['*', '?', '[']) && !path.exists() => Some(name),
        _ => return Ok(None),
    };
    let folder = match (pattern, path.parent()) {
        (None, _) => path,
        (Some(_), Some(parent)) if parent != Path::new("") => parent,
        (Some(_), _) => Path::new("."),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let wanted = match pattern {
            Some(pattern) => matches(pattern, &name),
            None => !name.starts_with(['.', '_']),
        };
        if wanted && path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(io::Error::other(format!(
                "it has more than {MAX_FILES} files"
            )));
        }
    }
    files.sort();
    Ok(Some(files))
}

/// Whether a name is as a pattern says: `*` is anything, `?` any one character, `[12]`, `[a-z]` one of
/// these and `[!12]` any other.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where to go on if what follows the last star does not fit.
    let mut back = None;
    while n < name.len() {
        let fits = match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, n + 1));
                p += 1;
                continue;
            }
            Some('[') => one_of(&pattern, p, name.get(n)),
            Some(c) if *c == '?' || name.get(n) == Some(c) => Some(p + 1),
            _ => None,
        };
        match (fits, back) {
            (Some(after), _) => (p, n) = (after, n + 1),
            (None, Some((after, from))) => {
                (p, n) = (after, from);
                back = Some((after, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// Where a pattern goes on behind the signs in brackets at `open`, if the sign is one of them. A
/// bracket that is not closed is a sign like any other.
fn one_of(pattern: &[char], open: usize, sign: Option<&char>) -> Option<usize> {
    let inside = pattern.get(open + 1..)?;
    let Some(length) = inside.iter().skip(1).position(|c| *c == ']') else {
        return (sign == Some(&'[')).then_some(open + 1);
    };
    let signs = inside.get(..=length)?;
    let (other, mut signs) = match signs.split_first() {
        Some(('!' | '^', rest)) => (true, rest),
        _ => (false, signs),
    };
    let mut found = false;
    while let Some((first, rest)) = signs.split_first() {
        signs = match rest {
            ['-', last, rest @ ..] => {
                found |= sign.is_some_and(|sign| (first..=last).contains(&sign));
                rest
            }
            rest => {
                found |= sign == Some(first);
                rest
            }
        };
    }
    (sign.is_some() && found != other).then_some(open + 1 + length + 2)
}

/// The beginning of a capture of files with these names and sizes.
pub(super) fn begin(files: &[(String, u64)]) -> Vec<u8> {
    let entries = files.iter().map(|(name, bytes)| Entry {
        name: name.clone(),
        bytes: *bytes,
    });
    let list = serde_json::to_vec(&entries.collect::<Vec<_>>()).unwrap_or_default();
    [MAGIC, &list, b"\n"].concat()
}

/// The files one behind the other, each as long as it was when they were listed.
pub(super) struct Chain {
    files: std::vec::IntoIter<(PathBuf, u64)>,
    current: Option<io::Take<File>>,
}

impl Chain {
    pub(super) fn new(files: Vec<(PathBuf, u64)>) -> Chain {
        Chain {
            files: files.into_iter(),
            current: None,
        }
    }
}

impl Read for Chain {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.current {
                let n = file.read(to)?;
                if n > 0 || to.is_empty() {
                    return Ok(n);
                }
                if file.limit() > 0 {
                    return Err(io::Error::other("a file of it was cut while it was read"));
                }
            }
            match self.files.next() {
                Some((path, bytes)) => self.current = Some(File::open(path)?.take(bytes)),
                None => return Ok(0),
            }
        }
    }
}

/// The files of a captured frame; none if it is one file.
pub(super) fn of(path: &Path, hash: &str, size: u64) -> Result<Vec<Frame>, InsertError> {
    let damaged = || InsertError::Frame {
        hash: hash.to_owned(),
        reason: "has a damaged list of its files".into(),
    };
    let failed = |e| InsertError::io(path, e);
    let mut file = File::open(path).map_err(failed)?;
    let mut start = Vec::new();
    let length = MAGIC.len() as u64;
    file.by_ref()
        .take(length)
        .read_to_end(&mut start)
        .map_err(failed)?;
    if start != MAGIC {
        return Ok(Vec::new());
    }
    let mut list = Vec::new();
    io::BufRead::read_until(
        &mut io::BufReader::new(file.take(MAX_LIST)),
        b'\n',
        &mut list,
    )
    .map_err(failed)?;
    let entries: Vec<Entry> = serde_json::from_slice(&list).map_err(|_| damaged())?;
    let mut at = length + list.len() as u64;
    let mut frames = Vec::new();
    for Entry { name, bytes } in entries {
        let end = at
            .checked_add(bytes)
            .filter(|end| *end <= size)
            .ok_or_else(damaged)?;
        frames.push(Frame {
            hash: String::new(),
            bytes,
            name,
            path: path.to_owned(),
            range: Some((at, end)),
            patch: None,
            cancel: None,
            _passing: None,
            copying: None,
            files: Vec::new(),
        });
        at = end;
    }
    match frames.is_empty() || frames.len() > MAX_FILES {
        true => Err(damaged()),
        false => Ok(frames),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, name) in [
            ("*.csv", "a.csv"),
            ("a*b?", "axxbxbc"),
            ("*", ""),
            ("?", "ü"),
            ("a[12].csv", "a2.csv"),
            ("*[0-9a].csv", "ab7.csv"),
            ("[!1]x", "2x"),
            ("a[", "a["),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.csv", "a.csv.gz"),
            ("a?", "a"),
            ("b*", "ab"),
            ("a[12]", "a3"),
            ("[!1]", "1"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
