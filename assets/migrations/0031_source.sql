-- Which program a deployment came from, and which files have the same name.

ALTER TABLE deployment ADD COLUMN source TEXT;
CREATE INDEX deployment_name ON deployment (name, deployed);
CREATE INDEX resource_name ON resource (name);
