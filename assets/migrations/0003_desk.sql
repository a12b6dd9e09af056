-- The desk: people, connections, secrets, frames, drafts, notifications, workers.

CREATE TABLE property (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id            TEXT PRIMARY KEY,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('head', 'employee', 'worker')),
    password_hash TEXT,
    created       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_group (
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_group_name ON user_group (name, user_id);

-- Ciphertext only. `owner` is the root instance or the connection that it goes with.
CREATE TABLE secret (
    handle  TEXT PRIMARY KEY,
    sealed  BLOB    NOT NULL,
    owner   TEXT    NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_owner ON secret (owner);

CREATE TABLE connection (
    name       TEXT PRIMARY KEY,
    url        TEXT    NOT NULL,
    user_name  TEXT,
    secret     TEXT REFERENCES secret (handle),
    created_by TEXT,
    created    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_secret ON connection (secret);

-- Frames in the frame store, by content hash.
CREATE TABLE frame (
    hash     TEXT PRIMARY KEY,
    bytes    INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    user_id  TEXT,
    captured INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    task_id TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    json    TEXT    NOT NULL,
    saved   INTEGER NOT NULL,
    PRIMARY KEY (task_id, user_id)
) STRICT, WITHOUT ROWID;

-- `dedupe` makes a thing be told once, whichever process notices it.
CREATE TABLE notification (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id             TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    text                TEXT    NOT NULL,
    task_id             TEXT,
    process_instance_id TEXT,
    created             INTEGER NOT NULL,
    read                INTEGER,
    dedupe              TEXT    NOT NULL,
    UNIQUE (user_id, dedupe)
) STRICT;
CREATE INDEX notification_user ON notification (user_id, id);
CREATE INDEX notification_unread ON notification (user_id, id) WHERE read IS NULL;

CREATE TABLE comment (
    id                  TEXT PRIMARY KEY,
    process_instance_id TEXT    NOT NULL,
    task_id             TEXT,
    user_id             TEXT,
    at                  INTEGER NOT NULL,
    message             TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX comment_process_instance ON comment (process_instance_id, at);

CREATE TABLE worker (
    id        TEXT PRIMARY KEY,
    host      TEXT    NOT NULL,
    pid       INTEGER NOT NULL,
    topics    TEXT    NOT NULL,
    started   INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far running work is: small, overwritten, no history.
CREATE TABLE progress (
    external_task_id    TEXT PRIMARY KEY,
    process_instance_id TEXT    NOT NULL,
    rows                INTEGER NOT NULL,
    bytes               INTEGER NOT NULL,
    total_bytes         INTEGER NOT NULL,
    rate                REAL    NOT NULL,
    updated             INTEGER NOT NULL,
    cancel              INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    user_id  TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    response TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
