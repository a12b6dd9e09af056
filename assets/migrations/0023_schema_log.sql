-- When the schema changed to which number, and which version of crewdesk did it; from here on.

CREATE TABLE schema_log (
    id      INTEGER PRIMARY KEY,
    version TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
