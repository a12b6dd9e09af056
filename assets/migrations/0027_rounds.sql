-- Each instance of a multi-instance activity counts the rounds of the tasks inside it by itself.

ALTER TABLE execution ADD COLUMN visits TEXT;
