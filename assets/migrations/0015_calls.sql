-- The activity instance of the call by which an instance was called. Unknown of those called before.

ALTER TABLE hist_process_instance ADD COLUMN called_at TEXT;
CREATE INDEX hist_process_instance_called ON hist_process_instance (called_by)
    WHERE called_by IS NOT NULL;
