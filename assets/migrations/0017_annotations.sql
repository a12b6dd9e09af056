-- What people note on an incident.

ALTER TABLE incident ADD COLUMN annotation TEXT;
ALTER TABLE hist_incident ADD COLUMN annotation TEXT;
