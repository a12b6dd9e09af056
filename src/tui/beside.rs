//! The files that are deployed together: models and forms of a folder; what decision models
//! import, found by namespace among the files that are given, then beside the importing file where
//! its `locationURI` says; forms and scripts that processes name. Never outside of a file's folder.

use crate::client::{dmn::Header, named_by};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Most files that are read because others import them.
const MOST: usize = 200;

/// How models and forms end.
const MODELS: [&str; 3] = ["bpmn", "dmn", "form"];

/// A file by its name.
pub type File = (String, Vec<u8>);

/// The models and forms that lie in a folder, by their names.
///
/// # Errors
/// It cannot be read, or has none.
pub fn models_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is = |known: &&str| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(known));
        if MODELS.iter().any(is) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(io::Error::other(
            "this folder has no model; they end in .bpmn, .dmn or .form",
        )),
        false => Ok(found),
    }
}

/// The files that are given, by their paths, with those beside them that they import or name.
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
        let (importing, content) = &files[next];
        let wanted: Vec<String> = match header {
            Some(header) => {
                let known = |namespace: &str| headers.iter().flatten().any(|h| h.is(namespace));
                let missing = header.imports.iter().filter(|i| !known(&i.namespace));
                missing.map(|import| import.location.clone()).collect()
            }
            None => {
                let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
                let known = |named: &str| files.iter().any(|(name, _)| last(name) == last(named));
                let named = named_by(content).into_iter();
                named.filter(|name| !known(name)).collect()
            }
        };
        let importing = importing.clone();
        for location in wanted {
            let Some(path) = located(Path::new(&importing), &location) else {
                continue;
            };
            // It may be of another namespace than the import says, or come by another way.
            if files.iter().any(|(name, _)| Path::new(name) == path) {
                continue;
            }
            if files.len() - given >= MOST {
                return Err(format!(
                    "{importing} needs more than {MOST} files, counting what they need"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_namespace_comes_along_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let dmn = "https://www.omg.org/spec/DMN/20191111/MODEL/";
        let model = |namespace: &str, imports: &str| {
            format!(r#"<definitions xmlns="{dmn}" namespace="{namespace}">{imports}</definitions>"#)
        };
        let import =
            format!(r#"<import name="x" namespace="x" locationURI="x.dmn" importType="{dmn}"/>"#);
        std::fs::write(folder.path().join("x.dmn"), model("other", "")).expect("a file");
        let importing = ["a", "b"].map(|name| {
            let path = folder.path().join(format!("{name}.dmn"));
            let text = model(name, &import);
            std::fs::write(&path, &text).expect("a file");
            (path.display().to_string(), text.into_bytes())
        });
        let read = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
        let found = with_imports(importing.to_vec(), read).expect("the files");
        assert_eq!(found.len(), 3);
    }
}
