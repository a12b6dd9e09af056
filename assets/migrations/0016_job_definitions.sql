-- Jobs have a priority and may be suspended apart from their instance; what all jobs of one kind at
-- one node have in common is their definition. `job_activity` is the jobs' activity_id.

ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN configuration TEXT;
UPDATE job SET suspended = 1 WHERE process_instance_id IN
    (SELECT id FROM process_instance WHERE state = 'SUSPENDED');
UPDATE job SET suspended = 1 WHERE root_id IS NULL AND definition_id IN
    (SELECT id FROM process_definition WHERE suspended = 1);
CREATE INDEX job_taken ON job (priority, ready, id) WHERE ready IS NOT NULL;

CREATE TABLE job_definition (
    id            TEXT PRIMARY KEY,
    definition_id TEXT    NOT NULL REFERENCES process_definition (id) ON DELETE CASCADE,
    kind          TEXT    NOT NULL,
    job_activity  TEXT    NOT NULL,
    activity_id   TEXT    NOT NULL,
    handler       TEXT    NOT NULL,
    configuration TEXT    NOT NULL,
    suspended     INTEGER NOT NULL,
    priority      INTEGER,
    UNIQUE (definition_id, kind, job_activity)
) STRICT, WITHOUT ROWID;

-- Those of what is deployed already are made by whoever opens the desk first.
INSERT INTO property (name, value) SELECT 'jobDefinitions', 'missing'
    WHERE EXISTS (SELECT 1 FROM process_definition);
