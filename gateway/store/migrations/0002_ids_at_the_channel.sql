-- A message's ids at its channel get a table of their own, so that a receipt or a bounce finds its message by index.

CREATE TABLE channel_message (
    channel TEXT NOT NULL,
    channel_message_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (channel, channel_message_id)
);
CREATE INDEX channel_message_by_message ON channel_message (session_id, seq);
INSERT INTO channel_message (channel, channel_message_id, session_id, seq)
    SELECT substr(session.thread_key, 1, THREAD_AT(session.thread_key) - 1), ids.value, message.session_id, message.seq
    FROM message
    JOIN session ON session.id = message.session_id
    JOIN EACH_TEXT(message.channel_ids) AS ids ON 1 = 1
    WHERE 1 = 1
    ON CONFLICT DO NOTHING;
ALTER TABLE message DROP COLUMN channel_ids;
