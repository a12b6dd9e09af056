//! What people say about a task or an instance. It stands in the history; who said it about a
//! task, and a head, may change it or take it back.

use super::act::Act;
use super::permission::Operation;
use super::view::HistoryEntry;
use super::{Caller, Desk, DeskError, Look, task};
use crate::store;
pub use crate::store::About;

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
                .map(drop)
        })
    }

    /// Says something about the task of this whole id; the comment's id.
    pub fn comment_on(&self, caller: &Caller, id: &str, text: &str) -> Result<String, DeskError> {
        self.task_row(caller, id, Operation::SeeTask)?;
        let (id, text) = (id.to_owned(), checked(text)?);
        self.act(caller, move |act| {
            let found = act.tx.read().task(&id)?.task;
            act.require(Operation::Comment, true)?;
            act.say(&found.process_instance_id, Some(found.id), text.clone())
        })
    }

    /// Changes what oneself said; false when there is no such comment.
    pub fn reword(
        &self,
        caller: &Caller,
        about: About,
        id: &str,
        text: &str,
    ) -> Result<bool, DeskError> {
        let (id, text) = (id.to_owned(), checked(text)?);
        self.act(caller, move |act| {
            act.own_comment(&about, &id)?;
            Ok(act.tx.reword_comment(&about, &id, &text)?)
        })
    }

    /// Takes back one comment, or, for a head, all; how many there were.
    pub fn unsay(
        &self,
        caller: &Caller,
        about: About,
        id: Option<&str>,
    ) -> Result<usize, DeskError> {
        let id = id.map(str::to_owned);
        self.act(caller, move |act| {
            match &id {
                Some(id) => act.own_comment(&about, id)?,
                None => act.require(Operation::Comment, false)?,
            }
            Ok(act.tx.delete_comments(&about, id.as_deref())?)
        })
    }

    /// Says something about an instance: whoever may see the instance.
    pub fn comment_instance(&self, caller: &Caller, id: &str, text: &str) -> Result<(), DeskError> {
        let text = checked(text)?;
        let row = self.look(caller, |look| look.instance(id))?;
        self.act(caller, move |act| {
            act.require(Operation::Comment, true)?;
            act.say(&row.id, None, text.clone()).map(drop)
        })
    }
}

impl Act<'_, '_> {
    /// A comment is its author's.
    fn own_comment(&mut self, about: &About, id: &str) -> Result<(), DeskError> {
        let by = self.tx.read().comment_by(about, id)?.flatten();
        self.require(Operation::Comment, self.is(by.as_deref()) && by.is_some())
    }

    fn say(
        &mut self,
        instance: &str,
        task: Option<String>,
        text: String,
    ) -> Result<String, DeskError> {
        let row = store::Comment {
            id: self.core.ids.next(),
            process_instance_id: instance.to_owned(),
            task_id: task,
            user_id: self.name().map(str::to_owned),
            at: self.now,
            message: text,
        };
        self.tx.put_comment(&row)?;
        Ok(row.id)
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
