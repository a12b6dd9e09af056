-- What came back, by whose it is and by day: how the last days went.

CREATE INDEX hist_task_back ON hist_task (assignee, created) WHERE round > 1;
