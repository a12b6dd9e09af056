-- What has ended is listed by when it ended.

DROP INDEX hist_process_instance_ended;
CREATE INDEX hist_process_instance_ended ON hist_process_instance (ended, id) WHERE ended IS NOT NULL;
