//! The files that models import: found by namespace among the files that are given, then beside
//! the importing file where its `locationURI` says, never outside of its folder.

use super::deploy::read;
use crate::cli::Failure;
use crate::client::dmn::Header;
use crate::client::value::words::io_error;
use std::path::{Component, Path, PathBuf};

/// Most files that are read for one.
const MOST: usize = 200;

/// A file by its name.
pub type File = (String, Vec<u8>);

/// The content of a file.
///
/// # Errors
/// It cannot be read.
pub fn file(path: &Path) -> Result<File, Failure> {
    let name = path.display().to_string();
    match read(path) {
        _ if path.is_dir() => Err(Failure::new(format!(
            "{name} is a folder; name a DMN file in it"
        ))),
        Ok(content) => Ok((name, content)),
        Err(error) => Err(Failure::new(format!("{name}: {}", io_error(&error)))),
    }
}

/// The files that are given with those beside them that they import.
///
/// # Errors
/// A file that is there cannot be read, or there are too many.
pub fn with_imports(mut files: Vec<File>) -> Result<Vec<File>, Failure> {
    let mut headers: Vec<Option<Header>> = files.iter().map(|(_, b)| Header::read(b)).collect();
    let mut next = 0;
    while let Some(header) = headers.get(next) {
        for import in header.as_ref().map_or(Vec::new(), |h| h.imports.clone()) {
            let known = |header: &Header| header.is(&import.namespace);
            if headers.iter().flatten().any(known) {
                continue;
            }
            let (importing, _) = &files[next];
            let Some(path) = located(Path::new(importing), &import.location) else {
                continue;
            };
            if files.len() >= MOST {
                let told = format!("{importing} imports more than {MOST} files, counting theirs");
                return Err(Failure::new(told));
            }
            let found = file(&path)?;
            headers.push(Header::read(&found.1));
            files.push(found);
        }
        next += 1;
    }
    Ok(files)
}

/// The file that a location means, where it is in the folder of the importing one.
fn located(importing: &Path, location: &str) -> Option<PathBuf> {
    let location = location.replace("%20", " ");
    let relative = Path::new(&location);
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if location.is_empty() || !relative.components().all(inside) {
        return None;
    }
    let path = importing.parent()?.join(relative);
    let folder = importing.canonicalize().ok()?.parent()?.to_owned();
    // A link may lead out of the folder.
    let real = path.canonicalize().ok()?;
    (real.starts_with(folder) && real.is_file()).then_some(path)
}
