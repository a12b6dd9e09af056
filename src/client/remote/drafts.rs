//! What is typed on a served crewdesk: kept on this machine first, then by the server.

use super::desk::{Served, at, when};
use super::line::lock;
use super::shelf::Draft;
use crate::client::{Answer, DateTime, DeskError, DraftSaved, Utc};
use hyper::Method;
use indexmap::IndexMap;
use serde_json::json;

/// What a draft was typed over, and when it was saved.
pub(super) type Delivered = (Option<DateTime<Utc>>, DateTime<Utc>);

impl Served {
    /// Saves a draft. Until it has arrived it is kept on this machine.
    pub(super) fn draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
        swap: bool,
    ) -> Answer<DraftSaved> {
        let mut delivered = lock(&self.delivered);
        let base = match delivered.get(id) {
            Some((over, saved)) if *over == base => Some(*saved),
            _ => base,
        };
        let form = self.forms.get(id);
        if let Some(form) = &form {
            let draft = Draft {
                values: values.clone(),
                base,
                saved: Utc::now(),
            };
            self.shelf.put(id, form, draft);
        }
        match self.send_draft(id, values, base, swap) {
            Err(DeskError::Storage(why)) if form.is_some() => Err(DeskError::Storage(format!(
                "{why}; what you typed is kept on this machine meanwhile"
            ))),
            Ok(saved) => {
                self.shelf.clear(id);
                delivered.remove(id);
                Ok(saved)
            }
            // Refused: what was typed stays on this machine.
            refused => refused,
        }
    }

    /// Sends what was typed while the server was away, in this or an earlier session.
    pub(super) fn deliver(&self, id: &str) -> bool {
        if self.shelf.get(id).is_none() {
            return false;
        }
        let mut delivered = lock(&self.delivered);
        // It may have gone while this waited for its turn.
        let Some(draft) = self.shelf.get(id) else {
            return false;
        };
        match self.send_draft(id, &draft.values, draft.base, false) {
            Ok(saved) => drop(delivered.insert(id.to_owned(), (draft.base, saved.saved))),
            // Out of reach, or somebody else's task by now: it stays on this machine.
            Err(_) => return false,
        }
        self.shelf.clear(id);
        true
    }

    fn send_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
        swap: bool,
    ) -> Answer<DraftSaved> {
        let body = json!({ "values": values, "base": when(base), "swap": swap });
        self.ask
            .command(Method::PUT, at(&["tasks", id, "draft"]), body)
    }
}
