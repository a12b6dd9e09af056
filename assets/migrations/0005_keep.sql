-- What must not be lost: rows that are being committed, drafts typed twice, frames in use.

-- A worker sets this before the COMMIT of its target: from then on only the ledger can tell
-- whether the rows are in, and nobody takes the external task away.
ALTER TABLE progress ADD COLUMN committing INTEGER NOT NULL DEFAULT 0;

-- What another desk of the same person had saved, when this draft was saved over it.
ALTER TABLE draft ADD COLUMN aside TEXT;
ALTER TABLE draft ADD COLUMN aside_saved INTEGER;

-- Which running instances refer to a captured frame: content hashes have 64 digits.
CREATE INDEX variable_hash ON variable (value) WHERE type = 'String' AND length(value) = 64;
