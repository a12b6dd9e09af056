//! Data frames: the employee's file is read on the employee's machine and sent; what the form
//! says then is the hash of its content.

use super::ask::{Ask, query};
use super::line::lock;
use crate::client::model::{Form, Widget};
use crate::client::{Answer, DeskError, FieldError};
use crate::desk::insertion::{file_of, is_pasted};
use crate::value::words::io_error;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

/// How a file field names a frame that was sent.
pub(super) const SENT: &str = "frame:";
/// Files whose frames are remembered.
const REMEMBERED: usize = 64;

#[derive(serde::Deserialize)]
struct Kept {
    frame: String,
}

/// What was sent: a file as it was, and what the server calls its content.
type Sent = HashMap<(PathBuf, u64, Option<SystemTime>), String>;

/// The frames that this client has sent.
#[derive(Default)]
pub(super) struct Frames(Mutex<Sent>);

impl Frames {
    /// Sends the files that fields name, and names them as the server knows them. What is wrong
    /// with a file is told at its field.
    pub(super) fn send(
        &self,
        ask: &Ask,
        form: &Form,
        mut text: impl FnMut(&str) -> Option<String>,
    ) -> Answer<Vec<(String, String)>> {
        let mut sent = Vec::new();
        for field in form.fields.iter().filter(|f| f.widget() == Widget::File) {
            let Some(typed) = text(&field.id).filter(|typed| !stays(typed)) else {
                continue;
            };
            let frame = self
                .one(ask, &file_of(&typed))
                .map_err(|error| match error {
                    DeskError::Invalid(message) => DeskError::Fields(vec![FieldError {
                        field: field.id.clone(),
                        message,
                    }]),
                    error => error,
                })?;
            sent.push((field.id.clone(), frame));
        }
        Ok(sent)
    }

    /// Sends a file, unless it was sent before and has not changed since.
    pub(super) fn one(&self, ask: &Ask, path: &Path) -> Answer<String> {
        let wrong = |error: &std::io::Error| {
            DeskError::Invalid(format!("{}: {}", path.display(), io_error(error)))
        };
        let found = std::fs::metadata(path).map_err(|error| wrong(&error))?;
        if !found.is_file() {
            let what = if found.is_dir() {
                "is a folder; name a file in it"
            } else {
                "is not a regular file"
            };
            return Err(wrong(&std::io::Error::other(what)));
        }
        let key = (path.to_owned(), found.len(), found.modified().ok());
        if let Some(frame) = lock(&self.0).get(&key) {
            return Ok(frame.clone());
        }
        // Here it is known whether it may be read; later only that the line broke.
        std::fs::File::open(path).map_err(|error| wrong(&error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let to = query(
            &["crewdesk", "frames", &name],
            &[("size", &found.len().to_string())],
        );
        let kept: Kept = ask.file(to, path, found.len())?;
        let mut sent = lock(&self.0);
        if sent.len() >= REMEMBERED {
            sent.clear();
        }
        sent.insert(key, kept.frame.clone());
        Ok(kept.frame)
    }

    /// Forgets the frames that a refusal names: the server has them no more. True when there
    /// were any, so that they can be sent again.
    pub(super) fn forget(&self, refusal: &DeskError) -> bool {
        let told = refusal.to_string();
        let mut sent = lock(&self.0);
        let before = sent.len();
        sent.retain(|_, frame| !told.contains(frame.trim_start_matches(SENT)));
        sent.len() < before
    }
}

/// True when a text names no file of this machine.
fn stays(typed: &str) -> bool {
    typed.trim().is_empty() || is_pasted(typed) || typed.trim().starts_with(SENT)
}
