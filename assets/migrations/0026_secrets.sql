-- Whoever else holds a secret, when its instance ends.

CREATE INDEX variable_secret ON variable (value) WHERE type = 'Secret';
