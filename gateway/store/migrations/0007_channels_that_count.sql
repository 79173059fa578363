-- Channels that count what we send, that wait on the line for an answer, and whose files are fetched after the message is on record.

-- What may still be sent, a row a thread. A pocket's serial is the one that it was filled under.
CREATE TABLE allowance (
    thread_key TEXT NOT NULL PRIMARY KEY,
    said_count BIGINT NOT NULL,
    said_until BIGINT,
    said_serial BIGINT NOT NULL,
    touched_count BIGINT NOT NULL,
    touched_until BIGINT,
    touched_serial BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    why TEXT NOT NULL
);

-- Answers given on the line, by the event that they answer.
CREATE TABLE placed_answer (
    key TEXT NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX placed_answer_by_time ON placed_answer (until);

-- Messages with a part that is still to be fetched; the row goes when the message is amended.
CREATE TABLE arriving (
    session_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (session_id, seq)
);
CREATE INDEX arriving_by_time ON arriving (at);

-- The message that this one went out with, as one: what becomes of the one becomes of the other.
ALTER TABLE message ADD COLUMN sent_with BIGINT;

CREATE TABLE link_code (
    id TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX link_code_by_time ON link_code (expires_at);

-- What a channel notes down for itself: how far it has read, what was refused last.
CREATE TABLE notebook (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
