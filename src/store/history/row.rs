//! The history of what hangs on an activity: tasks, variables, external tasks, jobs, incidents.

use super::*;

impl Log<'_> {
    pub(super) fn task_created(
        &self,
        seq: i64,
        task: &Task,
        title: Option<String>,
        business_key: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_task
                 (id, process_instance_id, execution_id, definition_id, task_definition_key, seq,
                  name, description, title, business_key, assignee, owner, priority, created,
                  due, first_due, follow_up, round)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18)",
            params![
                task.id,
                task.process_instance_id,
                task.execution_id,
                task.definition_id,
                task.task_definition_key,
                seq,
                task.name,
                task.description,
                title,
                business_key,
                task.assignee,
                task.owner,
                task.priority,
                millis(task.created),
                millis_opt(task.due),
                millis_opt(task.first_due),
                millis_opt(task.follow_up),
                task.round,
            ],
        )
    }

    /// The log has every change of a task. Who started an instance and who completed a task
    /// stand in their own rows.
    pub(super) fn task_changed(
        &self,
        seq: i64,
        task: &Task,
        operation: &str,
        property: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_task SET
                 name = ?2, description = ?3, assignee = ?4, owner = ?5, priority = ?6, due = ?7,
                 first_due = ?8, follow_up = ?9
             WHERE id = ?1",
            params![
                task.id,
                task.name,
                task.description,
                task.assignee,
                task.owner,
                task.priority,
                millis_opt(task.due),
                millis_opt(task.first_due),
                millis_opt(task.follow_up),
            ],
        )?;
        self.operation(
            seq,
            Operation {
                operation: operation.to_owned(),
                entity: "Task".to_owned(),
                process_instance_id: Some(task.process_instance_id.clone()),
                task_id: Some(task.id.clone()),
                activity_id: Some(task.task_definition_key.clone()),
                property: Some(property.to_owned()),
                old_value: from.map(str::to_owned),
                new_value: to.map(str::to_owned),
                reason: None,
            },
        )
    }

    pub(super) fn task_ended(&self, seq: i64, task: &Task, reason: &str) -> Result<(), StoreError> {
        let completed = reason == "completed";
        let done_by = task.assignee.as_ref().or(self.by.user.as_ref());
        let done_by = done_by.filter(|_| completed);
        let in_time = task.first_due.map(|due| self.by.now <= due);
        self.run(
            "UPDATE hist_task SET
                 assignee = ?2, ended = ?3, completed = ?4, in_time = ?5, delete_reason = ?6,
                 end_seq = ?7, end_user = ?8, done_by = ?9
             WHERE id = ?1",
            params![
                task.id,
                task.assignee,
                self.now(),
                completed,
                in_time.filter(|_| completed),
                reason,
                seq,
                self.by.user,
                done_by,
            ],
        )
    }

    pub(super) fn variable_set(
        &self,
        seq: i64,
        variable: &Variable,
        activity_instance_id: Option<&str>,
        created: bool,
    ) -> Result<(), StoreError> {
        let columns = columns(&variable.value)?;
        self.run(
            "INSERT INTO hist_variable
                 (process_instance_id, scope_id, name, id, type, value, info, created, updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
             ON CONFLICT DO UPDATE SET
                 id = excluded.id, type = excluded.type, value = excluded.value,
                 info = excluded.info, updated = excluded.updated, removed = 0",
            params![
                variable.process_instance_id,
                variable.scope_id,
                variable.name,
                variable.id,
                columns.kind,
                columns.value,
                columns.info,
                self.now(),
            ],
        )?;
        self.run(
            "INSERT INTO hist_detail
                 (process_instance_id, seq, at, variable_id, scope_id, activity_instance_id,
                  user_id, name, type, value, info, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                variable.process_instance_id,
                seq,
                self.now(),
                variable.id,
                variable.scope_id,
                activity_instance_id,
                self.by.user,
                variable.name,
                columns.kind,
                columns.value,
                columns.info,
                created,
            ],
        )
    }

    pub(super) fn external_task(
        &self,
        seq: i64,
        task: &ExternalTask,
        state: &str,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_external_task_log
                 (process_instance_id, seq, at, state, external_task_id, activity_id,
                  execution_id, topic, worker_id, retries, priority, error_message, error_details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                task.process_instance_id,
                seq,
                self.now(),
                state,
                task.id,
                task.activity_id,
                task.execution_id,
                task.topic,
                task.worker_id,
                task.retries,
                task.priority,
                task.error_message,
                task.error_details,
            ],
        )
    }

    pub(super) fn job(&self, seq: i64, job: &Job, state: &str) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_job_log
                 (process_instance_id, seq, at, state, job_id, kind, definition_id, activity_id,
                  due, retries, error_message, priority, execution_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                job.process_instance_id.as_deref().unwrap_or(""),
                seq,
                self.now(),
                state,
                job.id,
                job.kind.as_str(),
                job.definition_id,
                job.activity_id,
                millis(job.due),
                job.retries,
                job.error_message,
                job.priority,
                job.execution_id,
            ],
        )
    }

    pub(super) fn incident_created(&self, seq: i64, incident: &Incident) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_incident
                 (id, process_instance_id, execution_id, seq, kind, activity_id, configuration,
                  message, created, cause, root_cause)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                incident.id,
                incident.process_instance_id,
                incident.execution_id,
                seq,
                incident.kind,
                incident.activity_id,
                incident.configuration,
                incident.message,
                millis(incident.created),
                incident.cause,
                incident.root_cause,
            ],
        )
    }

    pub(super) fn thrown(&self, seq: i64, event: &Event) -> Result<(), StoreError> {
        let Event::Thrown {
            process_instance_id,
            activity_id,
            error,
            code,
            message,
            worker_id,
            caught_by,
        } = event
        else {
            return Ok(());
        };
        let caught = caught_by.as_ref();
        self.run(
            "INSERT INTO hist_thrown
                 (process_instance_id, seq, at, activity_id, user_id, worker_id, error, code,
                  message, caught_in, caught_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                process_instance_id,
                seq,
                self.now(),
                activity_id,
                self.by.user,
                worker_id,
                error,
                code,
                message,
                caught.map(|(instance, _)| instance),
                caught.map(|(_, event)| event),
            ],
        )
    }
}
