-- Answers to requests are forgotten by age.
CREATE INDEX idempotency_created ON idempotency (created);
