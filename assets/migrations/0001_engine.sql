-- Definitions and the state of what runs.
--
-- Instants are milliseconds since 1970, UTC. A value is a type name, a value of SQLite's own
-- class and, for files and objects, a description as JSON.
-- Rows of a root instance are clustered by its id: loading it reads neighbouring pages, and
-- an execution or a variable costs one B-tree entry.

CREATE TABLE deployment (
    id       TEXT PRIMARY KEY,
    name     TEXT,
    deployed INTEGER NOT NULL,
    user_id  TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE resource (
    id            TEXT PRIMARY KEY,
    deployment_id TEXT NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    hash          TEXT NOT NULL,
    bytes         BLOB NOT NULL,
    UNIQUE (deployment_id, name)
) STRICT;

CREATE TABLE process_definition (
    id            TEXT PRIMARY KEY,
    key           TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    name          TEXT,
    description   TEXT,
    version_tag   TEXT,
    deployment_id TEXT    NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    resource_id   TEXT    NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    suspended     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (key, version)
) STRICT;
CREATE INDEX process_definition_deployment ON process_definition (deployment_id);

CREATE TABLE decision_definition (
    id            TEXT PRIMARY KEY,
    key           TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    name          TEXT,
    version_tag   TEXT,
    deployment_id TEXT    NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    resource_id   TEXT    NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    UNIQUE (key, version)
) STRICT;
CREATE INDEX decision_definition_deployment ON decision_definition (deployment_id);

-- No foreign keys from here on: the engine gives rows and their ends as differences, in its
-- own order, and each check would cost a look-up.

CREATE TABLE process_instance (
    id            TEXT PRIMARY KEY,
    root_id       TEXT    NOT NULL,
    definition_id TEXT    NOT NULL,
    business_key  TEXT,
    start_user    TEXT,
    started       INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    visits        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX process_instance_called ON process_instance (root_id) WHERE root_id <> id;
CREATE INDEX process_instance_business_key ON process_instance (business_key) WHERE business_key IS NOT NULL;

CREATE TABLE execution (
    root_id             TEXT    NOT NULL,
    id                  TEXT    NOT NULL,
    parent_id           TEXT,
    process_instance_id TEXT    NOT NULL,
    activity_id         TEXT,
    phase               TEXT    NOT NULL,
    flow_id             TEXT,
    started             INTEGER NOT NULL,
    sequence            INTEGER NOT NULL,
    PRIMARY KEY (root_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE variable (
    root_id             TEXT NOT NULL,
    scope_id            TEXT NOT NULL,
    name                TEXT NOT NULL,
    id                  TEXT NOT NULL,
    process_instance_id TEXT NOT NULL,
    type                TEXT NOT NULL,
    value               ANY,
    info                TEXT,
    PRIMARY KEY (root_id, scope_id, name)
) STRICT, WITHOUT ROWID;

-- What an inbox shows and sorts by stands in the row itself: title and business key of the
-- instance, `came_back`, and `search`, the lower-case text that a filter looks into.
-- `open_to_all` is 1 while nobody has it and no candidates are named.
CREATE TABLE task (
    id                  TEXT PRIMARY KEY,
    root_id             TEXT    NOT NULL,
    process_instance_id TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    definition_id       TEXT    NOT NULL,
    task_definition_key TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    description         TEXT,
    assignee            TEXT,
    owner               TEXT,
    priority            INTEGER NOT NULL,
    created             INTEGER NOT NULL,
    due                 INTEGER,
    first_due           INTEGER,
    follow_up           INTEGER,
    round               INTEGER NOT NULL,
    came_back           INTEGER NOT NULL,
    open_to_all         INTEGER NOT NULL,
    business_key        TEXT,
    title               TEXT,
    search              TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX task_root ON task (root_id);
CREATE INDEX task_all ON task (came_back, due, priority DESC, created, id, search);
CREATE INDEX task_assignee ON task (assignee, came_back, due, priority DESC, created, id, search)
    WHERE assignee IS NOT NULL;
CREATE INDEX task_free ON task
    (open_to_all, came_back, due, priority DESC, created, id, search, assignee)
    WHERE assignee IS NULL;

-- Who may claim a task. The key repeats the order of the inbox, so that the first page of a
-- group's tasks is the beginning of a range; `free` is 1 while nobody has the task, `sole` is 1
-- when the task has no other candidate and so cannot be counted twice.
CREATE TABLE task_candidate (
    kind      TEXT    NOT NULL CHECK (kind IN ('user', 'group')),
    name      TEXT    NOT NULL,
    free      INTEGER NOT NULL,
    came_back INTEGER NOT NULL,
    due       INTEGER,
    priority  INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    task_id   TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    sole      INTEGER NOT NULL,
    search    TEXT    NOT NULL
) STRICT;
CREATE INDEX task_candidate_inbox ON task_candidate
    (kind, name, free, came_back, due, priority DESC, created, task_id, search, sole);
CREATE UNIQUE INDEX task_candidate_task ON task_candidate (task_id, kind, name);

CREATE TABLE external_task (
    id                  TEXT PRIMARY KEY,
    root_id             TEXT    NOT NULL,
    process_instance_id TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    definition_id       TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    topic               TEXT    NOT NULL,
    priority            INTEGER NOT NULL,
    retries             INTEGER,
    worker_id           TEXT,
    lock_expires        INTEGER,
    error_message       TEXT,
    error_details       TEXT,
    created             INTEGER NOT NULL,
    suspended           INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX external_task_root ON external_task (root_id);
CREATE INDEX external_task_topic ON external_task (topic, priority DESC, created, id);
CREATE INDEX external_task_lock ON external_task (lock_expires) WHERE lock_expires IS NOT NULL;

-- `ready` is the later of due date and back-off; NULL when no retries are left or it is suspended.
CREATE TABLE job (
    id                  TEXT PRIMARY KEY,
    root_id             TEXT,
    process_instance_id TEXT,
    execution_id        TEXT,
    kind                TEXT    NOT NULL,
    definition_id       TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    due                 INTEGER NOT NULL,
    cycle               TEXT,
    repeats             INTEGER,
    retries             INTEGER NOT NULL,
    retry_at            INTEGER,
    error_message       TEXT,
    created             INTEGER NOT NULL,
    ready               INTEGER,
    worker_id           TEXT,
    lock_expires        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX job_root ON job (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX job_ready ON job (ready, id) WHERE ready IS NOT NULL;
CREATE INDEX job_start ON job (definition_id) WHERE root_id IS NULL;

CREATE TABLE event_subscription (
    id                  TEXT PRIMARY KEY,
    root_id             TEXT    NOT NULL,
    process_instance_id TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    created             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX event_subscription_root ON event_subscription (root_id);
CREATE INDEX event_subscription_name ON event_subscription (kind, name);

CREATE TABLE incident (
    id                  TEXT PRIMARY KEY,
    root_id             TEXT    NOT NULL,
    process_instance_id TEXT    NOT NULL,
    execution_id        TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    activity_id         TEXT    NOT NULL,
    configuration       TEXT    NOT NULL,
    message             TEXT,
    created             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_root ON incident (root_id);
