//! Forms of tasks that were looked at: what is typed into one is kept on this machine by it, also
//! while the line is down.

use super::line::lock;
use crate::client::model::Form;
use indexmap::IndexMap;
use std::sync::Mutex;

/// Forms that are remembered; the one that was longest out of sight is forgotten first.
const FORMS: usize = 64;

/// Forms by their task.
#[derive(Default)]
pub(super) struct Forms(Mutex<IndexMap<String, Form>>);

impl Forms {
    pub(super) fn remember(&self, task: &str, form: &Form) {
        let mut forms = lock(&self.0);
        forms.shift_remove(task);
        if forms.len() >= FORMS {
            forms.shift_remove_index(0);
        }
        forms.insert(task.to_owned(), form.clone());
    }

    pub(super) fn get(&self, task: &str) -> Option<Form> {
        lock(&self.0).get(task).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_last_is_known() {
        let forms = Forms::default();
        for n in 0..FORMS {
            forms.remember(&n.to_string(), &Form::default());
        }
        forms.remember("0", &Form::default());
        forms.remember("new", &Form::default());
        assert!(forms.get("0").is_some() && forms.get("new").is_some());
        assert!(forms.get("1").is_none());
    }
}
