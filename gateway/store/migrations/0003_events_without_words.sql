-- Events that leave neither a message nor a rating (a customer ended the conversation): a second copy is known by its key.
CREATE TABLE handled_event (
    key TEXT NOT NULL PRIMARY KEY
);

-- The outbox keeps the order of a whole conversation, also across its sessions.
ALTER TABLE outbox ADD COLUMN thread_key TEXT NOT NULL DEFAULT '';
UPDATE outbox SET thread_key = coalesce((SELECT session.thread_key FROM session WHERE session.id = outbox.session_id), session_id);
CREATE INDEX outbox_by_thread ON outbox (thread_key, seq);
