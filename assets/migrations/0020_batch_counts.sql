-- A batch counts what is left and what failed, so that no step of it counts all its items; what failed
-- waits until `due` (0: not tried yet). `stopped` says why nobody can go on with a batch.

ALTER TABLE batch ADD COLUMN remaining INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN stopped TEXT;
ALTER TABLE batch_item ADD COLUMN due INTEGER NOT NULL DEFAULT 0;

UPDATE batch SET
    remaining = (SELECT count(*) FROM batch_item AS i WHERE i.batch_id = batch.id),
    failed = (SELECT count(*) FROM batch_item AS i WHERE i.batch_id = batch.id AND i.retries = 0);

CREATE INDEX batch_created ON batch (created, id);
CREATE INDEX batch_item_due ON batch_item (batch_id, due, number) WHERE retries > 0;
CREATE INDEX batch_item_error ON batch_item (batch_id, number) WHERE error IS NOT NULL;
