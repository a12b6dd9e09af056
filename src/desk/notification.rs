//! A person's notifications.

use super::view::Notification;
use super::{Caller, Desk, DeskError};

/// Notifications in a list unless told otherwise.
const MOST: usize = 200;

impl Desk {
    /// The caller's notifications, newest first; `limit` 0 means the usual.
    pub fn notifications(
        &self,
        caller: &Caller,
        unread_only: bool,
        limit: usize,
    ) -> Result<Vec<Notification>, DeskError> {
        let limit = if limit == 0 { MOST } else { limit };
        let user = self.whoami(caller)?;
        self.remind_if_time()?;
        let rows = self
            .store
            .read(|read| read.notifications(&user.id, unread_only, limit))?;
        let shown = rows.into_iter().map(|row| Notification {
            id: row.id,
            kind: row.kind,
            text: row.text,
            task_id: row.task_id,
            process_instance_id: row.process_instance_id,
            created: row.created,
            read: row.read.is_some(),
        });
        Ok(shown.collect())
    }

    /// Marks the caller's notifications up to this id as read.
    pub fn mark_read(&self, caller: &Caller, up_to: i64) -> Result<(), DeskError> {
        self.act(caller, move |act| {
            let user = act.name().unwrap_or_default().to_owned();
            act.tx.read_notifications(&user, up_to, act.now)?;
            Ok(())
        })
    }
}
