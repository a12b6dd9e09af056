-- The log of jobs tells their priority, and the execution that each belonged to.

ALTER TABLE hist_job_log ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hist_job_log ADD COLUMN execution_id TEXT;
