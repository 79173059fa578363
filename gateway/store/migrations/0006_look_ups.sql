-- When a session's look-up may be taken for lost. Only sessions that wait for one are in the index.
ALTER TABLE session ADD COLUMN looking_until BIGINT;
CREATE INDEX session_by_look_up ON session (looking_until) WHERE looking_until IS NOT NULL;
