-- Which content went into which table of which target, so that a second time is noticed.

CREATE TABLE insertion (
    id                  TEXT PRIMARY KEY,
    hash                TEXT    NOT NULL,
    target              TEXT    NOT NULL,
    table_name          TEXT    NOT NULL,
    rows                INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    user_id             TEXT,
    process_instance_id TEXT
) STRICT;
CREATE INDEX insertion_place ON insertion (target, table_name, hash, at);
