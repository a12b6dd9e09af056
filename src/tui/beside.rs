//! The files that models import: found by namespace among the files that are given, then beside
//! the importing file where its `locationURI` says, never outside of its folder.

use crate::client::dmn::Header;
use std::path::{Component, Path, PathBuf};

/// Most files that are read because others import them.
const MOST: usize = 200;

/// A file by its name.
pub type File = (String, Vec<u8>);

/// The files that are given, by their paths, with those beside them that they import.
///
/// # Errors
/// A file that is there cannot be read, or there are too many.
pub fn with_imports(
    mut files: Vec<File>,
    read: impl Fn(&Path) -> Result<Vec<u8>, String>,
) -> Result<Vec<File>, String> {
    let given = files.len();
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
            if files.len() - given >= MOST {
                return Err(format!(
                    "{importing} imports more than {MOST} files, counting theirs"
                ));
            }
            let content = read(&path)?;
            headers.push(Header::read(&content));
            files.push((path.display().to_string(), content));
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
