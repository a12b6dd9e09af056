-- Errors and escalations: who threw them, and which event caught them, if any. What is thrown in
-- a called instance may be caught in another one.

CREATE TABLE hist_thrown (
    process_instance_id TEXT    NOT NULL,
    seq                 INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    activity_id         TEXT    NOT NULL,
    user_id             TEXT,
    worker_id           TEXT,
    error               INTEGER NOT NULL,
    code                TEXT,
    message             TEXT,
    caught_in           TEXT,
    caught_by           TEXT,
    PRIMARY KEY (process_instance_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX hist_thrown_caught ON hist_thrown (caught_in) WHERE caught_in <> process_instance_id;
