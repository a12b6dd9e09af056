-- A DMN file with more than one decision is a decision requirements definition, too. Those of what is
-- deployed already are made by whoever opens the desk first.

CREATE TABLE decision_requirements (
    id            TEXT PRIMARY KEY,
    key           TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    name          TEXT,
    category      TEXT,
    deployment_id TEXT    NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    resource_id   TEXT    NOT NULL UNIQUE REFERENCES resource (id) ON DELETE CASCADE,
    UNIQUE (key, version)
) STRICT;
CREATE INDEX decision_requirements_deployment ON decision_requirements (deployment_id);

ALTER TABLE decision_definition ADD COLUMN category TEXT;
INSERT INTO property (name, value) SELECT 'decisionRequirements', 'missing'
    WHERE EXISTS (SELECT 1 FROM decision_definition);
