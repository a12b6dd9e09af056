//! What people say about a task or an instance. It stands in the history and is never changed.

use super::act::Act;
use super::permission::Operation;
use super::view::HistoryEntry;
use super::{Caller, Desk, DeskError, Look, task};
use crate::store;

/// Most characters of one comment.
const LONGEST: usize = 4000;

impl Desk {
    /// Says something about a task: whoever may see the task.
    pub fn comment_task(&self, caller: &Caller, id: &str, text: &str) -> Result<(), DeskError> {
        let (id, text) = (id.to_owned(), checked(text)?);
        self.act(caller, move |act| {
            let found = act.tx.read().task(&id)?.task;
            let own = task::may(act.user.as_ref(), Operation::SeeTask, &found).is_ok();
            act.require(Operation::Comment, own)?;
            act.say(&found.process_instance_id, Some(found.id), text.clone())
        })
    }

    /// Says something about an instance: whoever may see the instance.
    pub fn comment_instance(&self, caller: &Caller, id: &str, text: &str) -> Result<(), DeskError> {
        let text = checked(text)?;
        let row = self.look(caller, |look| look.instance(id))?;
        self.act(caller, move |act| {
            act.require(Operation::Comment, true)?;
            act.say(&row.id, None, text.clone())
        })
    }
}

impl Act<'_, '_> {
    fn say(&mut self, instance: &str, task: Option<String>, text: String) -> Result<(), DeskError> {
        let row = store::Comment {
            id: self.core.ids.next(),
            process_instance_id: instance.to_owned(),
            task_id: task,
            user_id: self.name().map(str::to_owned),
            at: self.now,
            message: text,
        };
        Ok(self.tx.put_comment(&row)?)
    }
}

impl Look<'_, '_> {
    /// What was said about an instance, among what happened in it.
    pub(super) fn with_comments(
        &self,
        instance: &str,
        mut history: Vec<HistoryEntry>,
    ) -> Result<Vec<HistoryEntry>, DeskError> {
        let comments = self.read.comments(instance)?;
        if comments.is_empty() {
            return Ok(history);
        }
        history.extend(comments.into_iter().map(|comment| HistoryEntry {
            time: comment.at,
            kind: "comment".to_owned(),
            text: match &comment.user_id {
                Some(user) => format!("{user}: {}", comment.message),
                None => comment.message,
            },
            user_id: comment.user_id,
            activity_id: None,
            activity_name: None,
            round: None,
        }));
        history.sort_by_key(|entry| entry.time);
        Ok(history)
    }
}

fn checked(text: &str) -> Result<String, DeskError> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(DeskError::Invalid(
            "say something: the comment is empty".to_owned(),
        )),
        n if n > LONGEST => Err(DeskError::Invalid(format!(
            "a comment has at most {LONGEST} letters, this one has {n}; put what is long into a file and name the file"
        ))),
        _ => Ok(text.to_owned()),
    }
}
