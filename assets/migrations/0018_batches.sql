-- Batches: one thing done to many, to each in a transaction of its own. An item goes in the
-- transaction in which it is done; a batch goes with its last one, its history stays.

CREATE TABLE batch (
    id            TEXT PRIMARY KEY,
    type          TEXT    NOT NULL,
    total         INTEGER NOT NULL,
    configuration TEXT    NOT NULL,
    suspended     INTEGER NOT NULL DEFAULT 0,
    user_id       TEXT,
    -- Whoever made it came over the network: what such people may not name they may not here, either.
    remote        INTEGER NOT NULL,
    created       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `retries` 0: it failed for good, until somebody gives it new ones.
CREATE TABLE batch_item (
    batch_id TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    item     TEXT    NOT NULL,
    retries  INTEGER NOT NULL,
    error    TEXT,
    PRIMARY KEY (batch_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE hist_batch (
    id      TEXT PRIMARY KEY,
    type    TEXT    NOT NULL,
    total   INTEGER NOT NULL,
    user_id TEXT,
    started INTEGER NOT NULL,
    ended   INTEGER
) STRICT, WITHOUT ROWID;
