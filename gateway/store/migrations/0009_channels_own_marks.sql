-- What a channel notes under keys of its own: the thread of a Message-ID, an address that bounced.
CREATE TABLE mark (
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (channel, kind, key)
);
CREATE INDEX mark_by_time ON mark (channel, kind, at);
