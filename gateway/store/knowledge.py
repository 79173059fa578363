"""The knowledge base in the record: reading it, and the statements that `plan` writes it with."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.core.changes import Changes
from gateway.core.ids import EntryId
from gateway.core.knowledge import CONTENTS_KEPT_COUNT, LABELS_MAX_COUNT, DraftEntry, Label, Published, Revision
from gateway.core.ports import Page
from gateway.store.paging import number, page
from gateway.store.rows import body, draft_of, label_of, micros, revision_of
from gateway.store.steps import Fetch, Steps

_NEWEST = "SELECT body FROM knowledge_revision ORDER BY number DESC LIMIT 1"
_REVISION = "SELECT body FROM knowledge_revision WHERE number = ?"
_REVISIONS = "SELECT number, body FROM knowledge_revision WHERE number < ? ORDER BY number DESC LIMIT ?"
_ENTRIES = "SELECT entries FROM knowledge_content WHERE id = ?"
_DRAFTS = "SELECT body FROM knowledge_draft ORDER BY id"
_DRAFT = "SELECT body FROM knowledge_draft WHERE id = ?"
_DRAFT_COUNT = "SELECT count(*) FROM knowledge_draft"
_LABELS = "SELECT body FROM knowledge_label ORDER BY at DESC, id DESC LIMIT ?"

_ADD_CONTENT = "INSERT INTO knowledge_content (id, entries) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
_ADD_REVISION = "INSERT INTO knowledge_revision (number, content, body) VALUES (?, ?, ?)"
_DROP_CONTENTS = "DELETE FROM knowledge_content WHERE id NOT IN (SELECT content FROM knowledge_revision WHERE number > ?)"
_ADD_LABEL = "INSERT INTO knowledge_label (id, at, session_id, body) VALUES (?, ?, ?, ?)"
_DROP_LABELS = (
    "DELETE FROM knowledge_label WHERE (at, id) <= (SELECT at, id FROM knowledge_label ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?)"
)
_BEHIND_ALL = 2**62


def newest() -> Steps[Revision | None]:
    rows = yield Fetch(_NEWEST)
    return revision_of(rows[0][0]) if rows else None


def revision(wanted: int) -> Steps[Revision | None]:
    rows = yield Fetch(_REVISION, (wanted,))
    return revision_of(rows[0][0]) if rows else None


def revisions(limit: int, after: str) -> Steps[Page]:
    rows = yield Fetch(_REVISIONS, (number(after, _BEHIND_ALL), limit + 1))
    return page(rows, limit, lambda row: revision_of(row[1]), lambda row: str(row[0]))


def entries(digest: str) -> Steps[bytes | None]:
    rows = yield Fetch(_ENTRIES, (digest,))
    return bytes(rows[0][0]) if rows else None


def drafts() -> Steps[list[DraftEntry]]:
    return [draft_of(text) for (text,) in (yield Fetch(_DRAFTS))]


def draft(entry_id: EntryId) -> Steps[DraftEntry | None]:
    rows = yield Fetch(_DRAFT, (entry_id,))
    return draft_of(rows[0][0]) if rows else None


def draft_count() -> Steps[int]:
    ((count,),) = yield Fetch(_DRAFT_COUNT)
    return int(count)


def labels(limit: int) -> Steps[list[Label]]:
    return [label_of(text) for (text,) in (yield Fetch(_LABELS, (limit,)))]


def rows(changes: Changes) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What a Changes adds to it. Contents that only old revisions had go with the new one, and the oldest labels with the newest."""
    for published in changes.revisions:
        made = published.revision
        yield _ADD_CONTENT, (made.digest, published.entries)
        yield _ADD_REVISION, (made.number, made.digest, body(made))
    if changes.revisions:
        yield _DROP_CONTENTS, (_last(changes.revisions) - CONTENTS_KEPT_COUNT,)
    for label in changes.labels:
        yield _ADD_LABEL, (label.id, micros(label.at), label.session_id, body(label))
    if changes.labels:
        yield _DROP_LABELS, (LABELS_MAX_COUNT,)


def _last(published: Sequence[Published]) -> int:
    return max(one.revision.number for one in published)
