-- Whose credentials a connection uses, and the logins that people keep for themselves.

ALTER TABLE connection ADD COLUMN credentials TEXT NOT NULL DEFAULT 'shared';
ALTER TABLE connection ADD COLUMN password_by TEXT;
UPDATE connection SET password_by = created_by WHERE secret IS NOT NULL;

CREATE TABLE connection_login (
    connection TEXT NOT NULL REFERENCES connection (name) ON DELETE CASCADE,
    user_id    TEXT NOT NULL,
    user_name  TEXT,
    secret     TEXT NOT NULL REFERENCES secret (handle) ON DELETE CASCADE,
    PRIMARY KEY (connection, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_login_user ON connection_login (user_id);
CREATE INDEX connection_login_secret ON connection_login (secret);

-- A table is the same whoever logged in to it: who did is no part of a target any more.
UPDATE insertion SET target = substr(target, 1, instr(target, '://') + 2)
                              || substr(target, instr(target, '@') + 1)
 WHERE target LIKE '%://%@%';
