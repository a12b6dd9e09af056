-- Who may use a connection, for which tables, in which modes: JSON; none are no limits.

ALTER TABLE connection ADD COLUMN limits TEXT;
