-- Serving: to which topics a worker account is limited, and which account of the operating
-- system a user has where it is not of the same name.

CREATE TABLE user_topic (
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE user ADD COLUMN account TEXT;
CREATE UNIQUE INDEX user_account ON user (account) WHERE account IS NOT NULL;
