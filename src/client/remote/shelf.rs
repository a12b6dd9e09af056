//! What was typed and has not reached a server: kept on this machine, in a file of the account
//! alone, until it has. A server that keeps no drafts leaves it there until the task is done.

use crate::client::model::{Form, Widget};
use crate::value::base64;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Longest draft in bytes of JSON; the desk keeps no longer one.
const LONGEST: u64 = 1 << 20;
/// How long a draft that nobody asks for any more is kept.
const KEPT: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// The drafts of one user of one server.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    folder: Option<PathBuf>,
    whose: String,
}

/// What was typed for a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) values: IndexMap<String, String>,
    /// The draft that it was typed over.
    pub(super) base: Option<DateTime<Utc>>,
    pub(super) saved: DateTime<Utc>,
}

impl Shelf {
    /// The shelf in this folder, or that of the account.
    pub(super) fn new(folder: Option<&Path>, server: &str, user: &str) -> Shelf {
        let own = || {
            let dirs = directories::ProjectDirs::from("", "", "crewdesk")?;
            Some(dirs.data_local_dir().join("unsent"))
        };
        Shelf {
            folder: folder.map(Path::to_path_buf).or_else(own),
            whose: format!("{server}\n{user}"),
        }
    }

    fn place(&self, task: &str) -> Option<PathBuf> {
        let hash = Sha256::digest(format!("{}\n{task}", self.whose));
        // Base 64 has signs that mean something in a path.
        let name = base64::encode(&hash)
            .replace('/', "-")
            .replace(['+', '='], "_");
        Some(self.folder.as_ref()?.join(format!("{name}.json")))
    }

    /// Keeps what was typed; secrets are left out. Whether it worked shows when it is needed: a
    /// full disk is no reason to stop typing.
    pub(super) fn put(&self, task: &str, form: &Form, mut draft: Draft) {
        draft.values.retain(|name, _| {
            let mut fields = form.fields.iter();
            fields.any(|field| field.id == *name && field.widget() != Widget::Secret)
        });
        let Some(place) = self.place(task) else {
            return;
        };
        let _ = serde_json::to_vec(&draft)
            .map_err(std::io::Error::from)
            .and_then(|json| write(&place, &json));
    }

    /// What is kept for a task.
    pub(super) fn get(&self, task: &str) -> Option<Draft> {
        let place = self.place(task)?;
        if fs::metadata(&place).ok()?.len() > LONGEST {
            return None;
        }
        serde_json::from_slice(&fs::read(place).ok()?).ok()
    }

    /// Keeps it no longer.
    pub(super) fn clear(&self, task: &str) {
        if let Some(place) = self.place(task) {
            let _ = fs::remove_file(place);
        }
    }

    /// Forgets what nobody asked for in a long time.
    pub(super) fn sweep(&self) {
        let found = self.folder.as_ref().and_then(|at| fs::read_dir(at).ok());
        for entry in found.into_iter().flatten().flatten() {
            let old = |at: SystemTime| at.elapsed().is_ok_and(|age| age > KEPT);
            let changed = entry.metadata().and_then(|found| found.modified());
            if changed.is_ok_and(old) && entry.path().extension().is_some_and(|e| e == "json") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Writes a file whole or not at all.
fn write(place: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(place);
    let mut make = fs::DirBuilder::new();
    let mut open = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        make.mode(0o700);
        open.mode(0o600);
    }
    make.recursive(true).create(folder)?;
    let new = place.with_extension(format!("{}.new", std::process::id()));
    let mut file = open.write(true).create(true).truncate(true).open(&new)?;
    file.write_all(content)?;
    drop(file);
    fs::rename(new, place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::model::{FieldType, FormField};

    fn field(id: &str, widget: &str) -> FormField {
        FormField {
            hide: None,
            id: id.to_owned(),
            label: id.to_owned(),
            kind: FieldType::String,
            default_value: None,
            constraints: Vec::new(),
            properties: IndexMap::from([("widget".to_owned(), widget.to_owned())]),
        }
    }

    #[test]
    fn what_was_typed_is_kept_without_its_secrets() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().join("unsent");
        let shelf = Shelf::new(Some(&at), "unix:/d", "ana");
        let form = Form {
            fields: vec![field("note", ""), field("key", "secret")],
            business_key: None,
        };
        let values = [("note", "typed"), ("key", "hunter2"), ("other", "x")];
        let values = values.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let draft = Draft {
            values: IndexMap::from(values),
            base: None,
            saved: DateTime::UNIX_EPOCH,
        };
        shelf.put("t1", &form, draft);
        let kept = shelf.get("t1").expect("kept");
        assert_eq!(kept.values.len(), 1);
        assert_eq!(kept.values["note"], "typed");
        assert_eq!(shelf.get("t2"), None);
        let other = Shelf::new(Some(&at), "unix:/d", "ben");
        assert_eq!(other.get("t1"), None, "each has a shelf of one's own");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = fs::read_dir(&at).expect("a folder").next().expect("one");
            let mode = file.and_then(|f| f.metadata()).expect("a file");
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        shelf.sweep();
        shelf.clear("t1");
        assert_eq!(shelf.get("t1"), None);
    }
}
