-- What was decided and batches may go at a time of their own.

ALTER TABLE hist_decision ADD COLUMN removal INTEGER;
ALTER TABLE hist_batch ADD COLUMN removal INTEGER;
CREATE INDEX hist_decision_removal ON hist_decision (removal) WHERE removal IS NOT NULL;
CREATE INDEX hist_batch_removal ON hist_batch (removal) WHERE removal IS NOT NULL;
