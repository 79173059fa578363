-- The knowledge base as the desk keeps it: what was published, what waits to be, and which entry a real question meant.

CREATE TABLE knowledge_content (
    id TEXT NOT NULL PRIMARY KEY,
    entries BLOB NOT NULL
);

CREATE TABLE knowledge_revision (
    number BIGINT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE knowledge_draft (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE knowledge_label (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    session_id TEXT,
    body TEXT NOT NULL
);
CREATE INDEX knowledge_label_by_time ON knowledge_label (at, id);
CREATE INDEX knowledge_label_by_session ON knowledge_label (session_id) WHERE session_id IS NOT NULL;
