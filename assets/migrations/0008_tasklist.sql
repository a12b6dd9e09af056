-- What a tasklist keeps beside the engine's rows: delegation, attachments, filters, and what
-- people and groups are called.

ALTER TABLE task ADD COLUMN updated INTEGER;
ALTER TABLE task ADD COLUMN delegation TEXT CHECK (delegation IN ('PENDING', 'RESOLVED'));
ALTER TABLE task ADD COLUMN parent_id TEXT;

CREATE INDEX comment_task ON comment (task_id, at) WHERE task_id IS NOT NULL;

-- Either an address elsewhere or the content itself.
CREATE TABLE attachment (
    id                  TEXT PRIMARY KEY,
    task_id             TEXT    NOT NULL,
    process_instance_id TEXT    NOT NULL,
    name                TEXT,
    description         TEXT,
    type                TEXT,
    url                 TEXT,
    user_id             TEXT,
    created             INTEGER NOT NULL,
    content             BLOB
) STRICT;
CREATE INDEX attachment_task ON attachment (task_id, created);

-- `query` and `properties` are JSON as they were given.
CREATE TABLE filter (
    id            TEXT PRIMARY KEY,
    resource_type TEXT NOT NULL,
    name          TEXT NOT NULL,
    owner         TEXT,
    query         TEXT NOT NULL,
    properties    TEXT NOT NULL
) STRICT;

ALTER TABLE user ADD COLUMN first_name TEXT;
ALTER TABLE user ADD COLUMN last_name TEXT;
ALTER TABLE user ADD COLUMN email TEXT;

-- What a group is called; a group of `user_group` needs no row here.
CREATE TABLE team_group (
    id   TEXT PRIMARY KEY,
    name TEXT,
    type TEXT
) STRICT, WITHOUT ROWID;
