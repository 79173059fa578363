-- The record: what was said, who had it, what goes out, and the desk.
-- Times are microseconds since 1970. A body is the whole value as JSON; a column beside it is there to be looked for.
-- Sessions and messages lie in the order of their coming, not of their random keys: what is busy together shares pages (half the cost).

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    thread_key TEXT NOT NULL,
    episode BIGINT NOT NULL,
    address TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    agent_id TEXT,
    seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX session_by_thread ON session (thread_key, episode);
CREATE INDEX session_by_address ON session (address, opened_at);
CREATE INDEX session_by_state ON session (state, opened_at, id);

CREATE TABLE message (
    session_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    key TEXT,
    status TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    channel_ids TEXT NOT NULL DEFAULT '[]',
    body TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
);
CREATE UNIQUE INDEX message_by_key ON message (key) WHERE key IS NOT NULL;

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    channel TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    parts_sent BIGINT NOT NULL,
    parts_begun BIGINT NOT NULL,
    token BIGINT NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX outbox_by_session ON outbox (session_id, seq);
CREATE INDEX outbox_by_due ON outbox (due_at);

CREATE TABLE session_interval (
    id RISING,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    queue TEXT,
    agent_id TEXT
);
CREATE INDEX session_interval_by_session ON session_interval (session_id, id);

CREATE TABLE status_interval (
    id RISING,
    agent_id TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL
);
CREATE INDEX status_interval_by_agent ON status_interval (agent_id, started_at);

CREATE TABLE rating (
    key TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    score BIGINT NOT NULL,
    comment TEXT NOT NULL,
    at BIGINT NOT NULL,
    agent_id TEXT
);
CREATE INDEX rating_by_session ON rating (session_id);

CREATE TABLE note (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX note_by_session ON note (session_id, at);

CREATE TABLE trace (
    id RISING,
    session_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX trace_by_session ON trace (session_id, id);

CREATE TABLE handoff (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    queue TEXT NOT NULL,
    stage TEXT NOT NULL,
    agent_id TEXT,
    units BIGINT NOT NULL,
    requested_at BIGINT NOT NULL,
    accepted_at BIGINT,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX handoff_waiting ON handoff (requested_at, id) WHERE stage IN ('queued', 'offered');
CREATE INDEX handoff_held ON handoff (agent_id, units) WHERE stage IN ('offered', 'accepted');
CREATE INDEX handoff_accepted ON handoff (queue, accepted_at) WHERE accepted_at IS NOT NULL;
CREATE INDEX handoff_by_session ON handoff (session_id);

CREATE TABLE service_case (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX service_case_by_status ON service_case (status, opened_at, id);
CREATE INDEX service_case_by_session ON service_case (session_id, opened_at);

CREATE TABLE agent (
    id TEXT NOT NULL PRIMARY KEY,
    name_key TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE contact (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE identity (
    id RISING,
    address TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX identity_by_address ON identity (address, id);
CREATE INDEX identity_by_contact ON identity (contact_id);

CREATE TABLE dead_letter (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX dead_letter_by_time ON dead_letter (at, id);

CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE TABLE audit_head (
    id BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, hash) VALUES (0, '');

CREATE TABLE lane (
    lane BIGINT NOT NULL PRIMARY KEY,
    token BIGINT NOT NULL,
    position TEXT NOT NULL
);

CREATE TABLE secret (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE login (
    token_hash TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_by_agent ON login (agent_id);

-- The durable log under the local bus. `log_key` outlives its event, so that a late repeat is still known.

-- sqlite only
CREATE TABLE log_event (
    lane BIGINT NOT NULL,
    id BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lane, id)
) CLUSTERED;
-- sqlite only
CREATE TABLE log_key (
    id INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    key TEXT NOT NULL UNIQUE
);
-- sqlite only
CREATE TABLE log_mark (last BIGINT NOT NULL);
-- sqlite only
INSERT INTO log_mark (last) VALUES (0);
-- sqlite only
CREATE TABLE log_lease (
    name TEXT NOT NULL PRIMARY KEY,
    worker TEXT NOT NULL,
    token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
-- sqlite only
CREATE TABLE log_worker (
    team TEXT NOT NULL,
    worker TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (team, worker)
);
