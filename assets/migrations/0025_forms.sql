-- A Camunda Form is found by the id in its file.

ALTER TABLE resource ADD COLUMN form_id ANY GENERATED ALWAYS AS (
    CASE WHEN lower(substr(name, -5)) = '.form' AND json_valid(CAST(bytes AS TEXT))
        THEN json_extract(CAST(bytes AS TEXT), '$.id') END) VIRTUAL;
CREATE INDEX resource_form ON resource (form_id) WHERE form_id IS NOT NULL;
