//! Many files as one frame: of a folder or a pattern, in the order of their names, captured one
//! behind the other under one hash, with a list of them at the beginning.

use super::Frame;
use super::copying::Copying;
use crate::insert::{Cancel, InsertError};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a capture of several files begins; its list is the next line, as JSON.
pub(in crate::insert) const MAGIC: &[u8] = b"crewdesk data frame of files\n";
/// Files that one frame may have.
pub(super) const MAX_FILES: usize = 10_000;
/// Folders in each other that a pattern goes through.
const MAX_DEPTH: usize = 32;
/// Entries of folders that are looked at for them.
const MAX_ENTRIES: usize = 1_000_000;
/// The part of a pattern that stands for folders, none or many.
const ANY_DEPTH: &str = "**";
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

/// Files of a folder or a pattern.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The folder in which all of them are.
    folder: PathBuf,
    /// In the order of their names.
    pub(super) files: Vec<PathBuf>,
    /// Entries of folders that were looked at.
    seen: usize,
}

/// The files that a path means, where it is a folder or a pattern such as `orders_*.csv`,
/// `2026-*/orders.csv` or, at any depth, `in/**/*.csv`. Of a folder, and of those that `**` stands
/// for, hidden ones and those that begin with `_` are left out.
pub(super) fn files(path: &Path) -> io::Result<Option<Found>> {
    let (folder, pattern) = match pattern(path) {
        _ if path.is_dir() => (path.to_owned(), Vec::new()),
        Some(found) if !path.exists() => found,
        _ => return Ok(None),
    };
    let mut found = Found {
        folder,
        ..Found::default()
    };
    let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
    let folder = found.folder.clone();
    found.walk(&folder, &pattern, 0)?;
    found.files.sort();
    found.files.dedup();
    found.leave_links()?;
    Ok(Some(found))
}

/// The folder in which a pattern begins, and its parts; none where a path is none.
fn pattern(path: &Path) -> Option<(PathBuf, Vec<String>)> {
    let mut folder = PathBuf::new();
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        let name = component.as_os_str().to_str();
        let is_wild = name.is_some_and(|name| name.contains(['*', '?', '[']));
        match name {
            _ if parts.is_empty() && !is_wild => folder.push(component),
            // Twice any depth is any depth.
            Some(ANY_DEPTH) if parts.last().is_some_and(|last| last == ANY_DEPTH) => {}
            name => parts.push(name?.to_owned()),
        }
    }
    if folder == Path::new("") {
        folder.push(".");
    }
    (!parts.is_empty()).then_some((folder, parts))
}

impl Found {
    /// Their names in the folder.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |file: &PathBuf| {
            let inside = file.strip_prefix(&self.folder).unwrap_or(file);
            inside.display().to_string()
        };
        self.files.iter().map(name).collect()
    }

    /// Adds the files in a folder that the parts of a pattern mean; no part is the folder itself.
    fn walk(&mut self, folder: &Path, parts: &[&str], depth: usize) -> io::Result<()> {
        if depth > MAX_DEPTH {
            let reason = format!("its folders are more than {MAX_DEPTH} deep");
            return Err(io::Error::other(reason));
        }
        let (any_depth, rest) = match parts {
            [ANY_DEPTH, rest @ ..] => (true, rest),
            [_, rest @ ..] => (false, rest),
            [] => (false, parts),
        };
        // It stands for no folder, too.
        if any_depth && !rest.is_empty() {
            self.walk(folder, rest, depth)?;
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                let reason = format!("it has more than {MAX_ENTRIES} files and folders");
                return Err(io::Error::other(reason));
            }
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is_plain = !name.starts_with(['.', '_']);
            match parts.first() {
                // What a link leads to may lead back.
                Some(&ANY_DEPTH) => {
                    if is_plain && entry.file_type()?.is_dir() {
                        self.walk(&path, parts, depth + 1)?;
                    } else if is_plain && rest.is_empty() {
                        self.add(path)?;
                    }
                }
                Some(part) if !matches(part, &name) => {}
                Some(_) if rest.is_empty() => self.add(path)?,
                Some(_) if path.is_dir() => self.walk(&path, rest, depth + 1)?,
                Some(_) => {}
                None if is_plain => self.add(path)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Leaves out links to what is among the files anyway, as `latest.csv` often is.
    fn leave_links(&mut self) -> io::Result<()> {
        let is_link = |path: &PathBuf| path.is_symlink();
        if !self.files.iter().any(is_link) {
            return Ok(());
        }
        let mut places = HashSet::new();
        for file in self.files.iter().filter(|file| !is_link(file)) {
            places.insert(file.canonicalize()?);
        }
        let mut links = Vec::new();
        for link in self.files.iter().filter(|file| is_link(file)) {
            if !places.insert(link.canonicalize()?) {
                links.push(link.clone());
            }
        }
        self.files.retain(|file| !links.contains(file));
        Ok(())
    }

    fn add(&mut self, path: PathBuf) -> io::Result<()> {
        if path.is_file() {
            self.files.push(path);
        }
        match self.files.len() > MAX_FILES {
            true => Err(io::Error::other(format!(
                "it has more than {MAX_FILES} files"
            ))),
            false => Ok(()),
        }
    }
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
    fn a_pattern_goes_through_folders() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path();
        for file in [
            "top.csv",
            "2026-01/a.csv",
            "2026-01/b.txt",
            "2026-02/a.csv",
            "2026-02/deep/er/a.csv",
            "2026-02/_temporary/x.csv",
            ".hidden/x.csv",
            "2026-02/.a.txt",
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "id\n1\n").expect("written");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("2026-01/back")).expect("a link");
        let found = |pattern: &str| {
            let found = files(&root.join(pattern)).expect("looked at");
            found.map(|found| found.names()).unwrap_or_default()
        };
        let all = [
            "2026-01/a.csv",
            "2026-02/a.csv",
            "2026-02/deep/er/a.csv",
            "top.csv",
        ];
        assert_eq!(
            found("**/*.csv")[..],
            all,
            "at any depth, not hidden, not through links"
        );
        assert_eq!(found("**/**/*.csv")[..], all);
        assert_eq!(found("**/a.csv")[..], all[..3]);
        assert_eq!(found("2026-*/a.csv")[..], all[..2]);
        assert_eq!(
            found("2026-0[2]/**/a.csv")[..],
            ["a.csv", "deep/er/a.csv"].map(|name| format!("2026-02/{name}"))
        );
        assert_eq!(
            found("**")[..],
            ["2026-01/a.csv", "2026-01/b.txt", all[1], all[2], all[3]]
        );
        assert_eq!(found("2026-01"), ["a.csv", "b.txt"]);
        assert_eq!(found("2026-01/*.csv"), ["a.csv"]);
        #[cfg(unix)]
        {
            let link = |name: &str| root.join("2026-02").join(name);
            std::os::unix::fs::symlink(link("a.csv"), link("latest.csv")).expect("a link");
            std::os::unix::fs::symlink(root.join("top.csv"), link("other.csv")).expect("a link");
            assert_eq!(found("2026-02/*.csv"), ["a.csv", "other.csv"], "each once");
        }
        let none: [&str; 0] = [];
        assert_eq!(found("*.csv/x"), none);
        assert_eq!(found("top.csv"), none, "a file is no pattern");
        let mut deep = root.join("deep");
        (0..40).for_each(|_| deep.push("d"));
        fs::create_dir_all(&deep).expect("made");
        let error = files(&root.join("deep/**/*.csv")).expect_err("too deep");
        assert!(error.to_string().contains("32 deep"), "{error}");
    }

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
