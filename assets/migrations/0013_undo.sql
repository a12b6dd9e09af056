-- What of an insertion can be taken back, and that it was.

ALTER TABLE insertion ADD COLUMN connection TEXT;
ALTER TABLE insertion ADD COLUMN mode TEXT;
-- Until when what an undo needs is kept; none if it was not asked for, or is kept no more.
ALTER TABLE insertion ADD COLUMN undo_until INTEGER;
-- When it was taken back, by whom, and by which instance.
ALTER TABLE insertion ADD COLUMN undone INTEGER;
ALTER TABLE insertion ADD COLUMN undone_by TEXT;
ALTER TABLE insertion ADD COLUMN undone_in TEXT;
-- The insertion that replaced its rows.
ALTER TABLE insertion ADD COLUMN replaced_by TEXT;
CREATE INDEX insertion_undo ON insertion (undo_until) WHERE undo_until IS NOT NULL;
CREATE INDEX insertion_instance ON insertion (process_instance_id) WHERE process_instance_id IS NOT NULL;
CREATE INDEX insertion_replaced ON insertion (replaced_by) WHERE replaced_by IS NOT NULL;
