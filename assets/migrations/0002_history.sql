-- History: what happened. Rows of running things take their end when it comes; everything
-- else is only ever added. `seq` orders all that happened, also within one millisecond.
-- Tables are clustered by process instance: a timeline reads one range of each.

CREATE TABLE hist_process_instance (
    id            TEXT PRIMARY KEY,
    root_id       TEXT    NOT NULL,
    definition_id TEXT    NOT NULL,
    business_key  TEXT,
    title         TEXT,
    start_user    TEXT,
    started       INTEGER NOT NULL,
    ended         INTEGER,
    state         TEXT    NOT NULL,
    delete_reason TEXT,
    delete_user   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX hist_process_instance_started ON hist_process_instance (started, id);
CREATE INDEX hist_process_instance_open ON hist_process_instance (started, id, ended) WHERE ended IS NULL;
CREATE INDEX hist_process_instance_ended ON hist_process_instance (started, id, ended) WHERE ended IS NOT NULL;
CREATE INDEX hist_process_instance_business_key ON hist_process_instance (business_key)
    WHERE business_key IS NOT NULL;
CREATE INDEX hist_process_instance_definition ON hist_process_instance (definition_id, started);

CREATE TABLE hist_activity (
    process_instance_id TEXT    NOT NULL,
    id                  TEXT    NOT NULL,
    seq                 INTEGER NOT NULL,
    parent_id           TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    started             INTEGER NOT NULL,
    ended               INTEGER,
    canceled            INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (process_instance_id, id, seq)
) STRICT, WITHOUT ROWID;

-- How often each sequence flow was taken, for the picture of the process.
CREATE TABLE hist_flow (
    process_instance_id TEXT    NOT NULL,
    flow_id             TEXT    NOT NULL,
    taken               INTEGER NOT NULL,
    last                INTEGER NOT NULL,
    PRIMARY KEY (process_instance_id, flow_id)
) STRICT, WITHOUT ROWID;

-- `in_time` judges a completed task by the due date it was created with; `done_by` is whoever
-- had it, or else whoever completed it.
CREATE TABLE hist_task (
    id                  TEXT PRIMARY KEY,
    process_instance_id TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    definition_id       TEXT    NOT NULL,
    task_definition_key TEXT    NOT NULL,
    seq                 INTEGER NOT NULL,
    name                TEXT    NOT NULL,
    description         TEXT,
    title               TEXT,
    business_key        TEXT,
    assignee            TEXT,
    owner               TEXT,
    priority            INTEGER NOT NULL,
    created             INTEGER NOT NULL,
    due                 INTEGER,
    first_due           INTEGER,
    follow_up           INTEGER,
    round               INTEGER NOT NULL,
    ended               INTEGER,
    completed           INTEGER NOT NULL DEFAULT 0,
    in_time             INTEGER,
    delete_reason       TEXT,
    end_seq             INTEGER,
    end_user            TEXT,
    done_by             TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX hist_task_process_instance ON hist_task (process_instance_id, seq);
CREATE INDEX hist_task_done ON hist_task (done_by, ended, id, in_time, round) WHERE done_by IS NOT NULL;

CREATE TABLE hist_variable (
    process_instance_id TEXT    NOT NULL,
    scope_id            TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    id                  TEXT    NOT NULL,
    type                TEXT    NOT NULL,
    value               ANY,
    info                TEXT,
    created             INTEGER NOT NULL,
    updated             INTEGER NOT NULL,
    removed             INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (process_instance_id, scope_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE hist_detail (
    process_instance_id  TEXT    NOT NULL,
    seq                  INTEGER NOT NULL,
    at                   INTEGER NOT NULL,
    variable_id          TEXT    NOT NULL,
    scope_id             TEXT    NOT NULL,
    activity_instance_id TEXT,
    user_id              TEXT,
    name                 TEXT    NOT NULL,
    type                 TEXT    NOT NULL,
    value                ANY,
    info                 TEXT,
    created              INTEGER NOT NULL,
    PRIMARY KEY (process_instance_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE hist_decision (
    process_instance_id    TEXT    NOT NULL,
    seq                    INTEGER NOT NULL,
    at                     INTEGER NOT NULL,
    activity_id            TEXT    NOT NULL,
    activity_instance_id   TEXT    NOT NULL,
    decision_definition_id TEXT    NOT NULL,
    decision_key           TEXT    NOT NULL,
    trace                  TEXT    NOT NULL,
    type                   TEXT    NOT NULL,
    value                  ANY,
    info                   TEXT,
    PRIMARY KEY (process_instance_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE hist_external_task_log (
    process_instance_id TEXT    NOT NULL,
    seq                 INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN ('created', 'failed', 'successful', 'deleted')),
    external_task_id    TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    topic               TEXT    NOT NULL,
    worker_id           TEXT,
    retries             INTEGER,
    priority            INTEGER NOT NULL,
    error_message       TEXT,
    error_details       TEXT,
    PRIMARY KEY (process_instance_id, seq)
) STRICT, WITHOUT ROWID;

-- Timers at the start of a process belong to no instance yet: '' stands for none.
CREATE TABLE hist_job_log (
    process_instance_id TEXT    NOT NULL,
    seq                 INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN ('failed', 'successful')),
    job_id              TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    definition_id       TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    due                 INTEGER NOT NULL,
    retries             INTEGER NOT NULL,
    error_message       TEXT,
    PRIMARY KEY (process_instance_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE hist_incident (
    id                  TEXT PRIMARY KEY,
    process_instance_id TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    seq                 INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    configuration       TEXT    NOT NULL,
    message             TEXT,
    created             INTEGER NOT NULL,
    resolved            INTEGER,
    resolved_seq        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX hist_incident_process_instance ON hist_incident (process_instance_id, seq);

-- The user operation log: who did what, when, to what, from which value to which, and why.
CREATE TABLE hist_operation (
    seq                 INTEGER PRIMARY KEY,
    at                  INTEGER NOT NULL,
    user_id             TEXT,
    operation           TEXT    NOT NULL,
    entity              TEXT    NOT NULL,
    process_instance_id TEXT,
    task_id             TEXT,
    activity_id         TEXT,
    property            TEXT,
    old_value           TEXT,
    new_value           TEXT,
    reason              TEXT
) STRICT;
CREATE INDEX hist_operation_process_instance ON hist_operation (process_instance_id, seq)
    WHERE process_instance_id IS NOT NULL;
