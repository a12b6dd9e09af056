-- How many days the history of what ended stays, and when it goes. Definitions that are there have no
-- time to live until somebody says one: what stood in their models was not heeded before.

ALTER TABLE process_definition ADD COLUMN history_days INTEGER;
ALTER TABLE decision_definition ADD COLUMN history_days INTEGER;
ALTER TABLE hist_process_instance ADD COLUMN removal INTEGER;
CREATE INDEX hist_process_instance_removal ON hist_process_instance (removal) WHERE removal IS NOT NULL;
CREATE INDEX hist_process_instance_under ON hist_process_instance (root_id) WHERE root_id <> id;
