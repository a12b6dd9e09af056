//! The history of instances and their activities.

use super::*;

impl Log<'_> {
    pub(super) fn process_started(
        &self,
        row: &ProcessInstance,
        caller: (Option<&str>, Option<&str>),
        title: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_process_instance
                 (id, root_id, definition_id, business_key, title, start_user, started, state,
                  called_by, called_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.id,
                self.root,
                row.definition_id,
                row.business_key,
                title,
                row.start_user,
                millis(row.started),
                row.state.as_str(),
                caller.0,
                caller.1,
            ],
        )
    }

    pub(super) fn process_ended(
        &self,
        id: &str,
        state: InstanceState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let user = match state {
            InstanceState::ExternallyTerminated => self.by.user.as_deref(),
            _ => None,
        };
        self.run(
            "UPDATE hist_process_instance
             SET ended = ?2, state = ?3, delete_reason = ?4, delete_user = ?5 WHERE id = ?1",
            params![id, self.now(), state.as_str(), reason, user],
        )?;
        match id == self.root {
            true => self.lives_for_a_while(id),
            false => Ok(()),
        }
    }

    /// The history of an ended root instance, with all that it called, goes so many days later as
    /// its definition says.
    fn lives_for_a_while(&self, root: &str) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_process_instance SET removal = ended + 86400000 *
                 (SELECT history_days FROM process_definition AS d WHERE d.id = definition_id)
             WHERE id = ?1",
            [root],
        )?;
        self.run(
            "UPDATE hist_process_instance
             SET removal = (SELECT removal FROM hist_process_instance WHERE id = ?1)
             WHERE root_id = ?1 AND root_id <> id",
            [root],
        )
    }

    pub(super) fn process_state_changed(
        &self,
        seq: i64,
        id: &str,
        state: InstanceState,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_process_instance SET state = ?2 WHERE id = ?1",
            params![id, state.as_str()],
        )?;
        let operation = match state {
            InstanceState::Suspended => "Suspend",
            _ => "Activate",
        };
        self.operation(
            seq,
            Operation {
                operation: operation.to_owned(),
                entity: "ProcessInstance".to_owned(),
                process_instance_id: Some(id.to_owned()),
                ..Operation::default()
            },
        )
    }

    pub(super) fn process_migrated(
        &self,
        seq: i64,
        id: &str,
        from: &str,
        to: &str,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_process_instance SET definition_id = ?2 WHERE id = ?1",
            [id, to],
        )?;
        self.operation(
            seq,
            Operation {
                operation: "Migrate".to_owned(),
                entity: "ProcessInstance".to_owned(),
                process_instance_id: Some(id.to_owned()),
                property: Some("processDefinitionId".to_owned()),
                old_value: Some(from.to_owned()),
                new_value: Some(to.to_owned()),
                ..Operation::default()
            },
        )
    }

    /// What runs has the id of its new activity; what refers to it follows.
    pub(super) fn activity_migrated(&self, event: &Event) -> Result<(), StoreError> {
        let Event::ActivityMigrated {
            process_instance_id,
            from,
            id,
            parent_id,
            activity_id,
        } = event
        else {
            return Ok(());
        };
        self.run(
            "UPDATE hist_activity SET id = ?3, parent_id = ?4, activity_id = ?5
             WHERE process_instance_id = ?1 AND id = ?2 AND ended IS NULL",
            params![process_instance_id, from, id, parent_id, activity_id],
        )?;
        if from == id {
            return Ok(());
        }
        for sql in [
            "UPDATE hist_activity SET parent_id = ?3
             WHERE process_instance_id = ?1 AND parent_id = ?2",
            "UPDATE hist_detail SET activity_instance_id = ?3
             WHERE process_instance_id = ?1 AND activity_instance_id = ?2",
            "UPDATE hist_process_instance SET called_at = ?3
             WHERE called_by = ?1 AND called_at = ?2",
        ] {
            self.run(sql, [process_instance_id, from, id])?;
        }
        Ok(())
    }

    pub(super) fn activity_started(
        &self,
        seq: i64,
        event: &Event,
        end: Option<ActivityEnd>,
    ) -> Result<(), StoreError> {
        let Event::ActivityStarted {
            id,
            parent_id,
            process_instance_id,
            execution_id,
            activity_id,
        } = event
        else {
            return Ok(());
        };
        self.run(
            "INSERT INTO hist_activity
                 (process_instance_id, id, seq, parent_id, execution_id, activity_id, started,
                  ended, canceled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                process_instance_id,
                id,
                seq,
                parent_id,
                execution_id,
                activity_id,
                self.now(),
                end.map(|_| self.now()),
                end == Some(ActivityEnd::Canceled),
            ],
        )
    }

    pub(super) fn activity_ended(
        &self,
        process_instance: &str,
        id: &str,
        end: ActivityEnd,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_activity SET ended = ?3, canceled = ?4
             WHERE process_instance_id = ?1 AND id = ?2 AND ended IS NULL",
            params![
                process_instance,
                id,
                self.now(),
                end == ActivityEnd::Canceled
            ],
        )
    }
}
