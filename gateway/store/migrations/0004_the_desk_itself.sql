-- What the desk keeps for itself, what customers fill in, and the ways by which agents find a session again.

CREATE TABLE canned_reply (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE setting (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE filled_form (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX filled_form_by_address ON filled_form (address, at);

-- The audit log by actor and by action.
ALTER TABLE audit ADD COLUMN actor TEXT TAKEN_FROM(body, actor);
ALTER TABLE audit ADD COLUMN action TEXT TAKEN_FROM(body, action);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);

-- A case by the number that people quote.
ALTER TABLE service_case ADD COLUMN number TEXT TAKEN_FROM(body, number);
CREATE INDEX service_case_by_number ON service_case (number);

-- Sessions that people have had, newest first: written when one is handed off or a case is opened, never by a turn.
CREATE INDEX handoff_by_time ON handoff (requested_at, session_id);
CREATE INDEX handoff_by_agent ON handoff (agent_id, requested_at, session_id) WHERE accepted_at IS NOT NULL;
CREATE INDEX service_case_by_time ON service_case (opened_at, session_id);
