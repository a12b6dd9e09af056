-- Events of all kinds: what starts instances, what is kept to be compensated, who called whom.

ALTER TABLE event_subscription ADD COLUMN configuration TEXT;
ALTER TABLE hist_process_instance ADD COLUMN called_by TEXT;

-- What the newest version of a process waits for to start an instance.
CREATE TABLE start_subscription (
    id            TEXT PRIMARY KEY,
    kind          TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    definition_id TEXT    NOT NULL REFERENCES process_definition (id) ON DELETE CASCADE,
    activity_id   TEXT    NOT NULL,
    created       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX start_subscription_name ON start_subscription (kind, name);
CREATE INDEX start_subscription_definition ON start_subscription (definition_id);
