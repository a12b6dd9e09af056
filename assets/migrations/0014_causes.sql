-- An incident of a called instance is one of its callers too: what caused it, and what is at the
-- bottom of it. None for an incident that is its own cause.

ALTER TABLE incident ADD COLUMN cause TEXT;
ALTER TABLE incident ADD COLUMN root_cause TEXT;
ALTER TABLE hist_incident ADD COLUMN cause TEXT;
ALTER TABLE hist_incident ADD COLUMN root_cause TEXT;
