-- The status bar tells of failed insertions that wait, past failed work of other topics.

CREATE INDEX external_task_held ON external_task (topic, created, id)
    WHERE error_message IS NOT NULL AND (retries = 0 OR lock_expires > 0);
