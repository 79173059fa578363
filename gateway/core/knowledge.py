"""The knowledge base as the record keeps it: revisions that were published, drafts that wait for the next one, and questions whose right
answer somebody has told.

The files of `[bot] knowledge` are where it begins. What was published stands above them; a file that has changed since is told to people,
never preferred in silence.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from gateway.core.ids import EntryId, SessionId

HEAD = "knowledge/revision"
"""The setting whose version is the number of the revision in force: of two who publish at once, one finds it moved."""
SHELF = "knowledge/drafts"
"""The setting whose version rises with every change of a draft: what was decided by them holds only while it stands."""
CHANGED = "knowledge"
"""The topic of "a revision was published": every process that has a bot looks at the record."""

BECOMES = "knowledge/becomes"
"""The topic of what becomes of a revision in those processes: others hear it who have no bot to look at."""

DRAFTS_MAX_COUNT = 2_000
LABELS_MAX_COUNT = 20_000
"""The oldest go."""
CONTENTS_KEPT_COUNT = 200
"""Revisions whose entries are kept; of older ones only that they were."""
COMMENT_MAX_CHARS = 500


class Origin(StrEnum):
    """Where a revision comes from."""

    FILES = "files"
    """The files as they were when somebody first published, or took them over."""
    DRAFTS = "drafts"
    RESTORED = "restored"


class Revision(Struct, frozen=True, kw_only=True):
    """One state of the knowledge base that was published. Number 0 is the files as they were before the first."""

    number: int
    at: datetime
    by: str
    """An agent's id, or `command`."""
    comment: str = ""
    digest: str
    """Of its entries: equal ones have the same."""
    entry_count: int
    origin: Origin = Origin.DRAFTS
    restored_from: int | None = None
    files_digest: str = ""
    """Of the files as they were known when this was published: others mean that a file has changed since."""
    added_count: int = 0
    changed_count: int = 0
    dropped_count: int = 0
    """Entries that differ from the revision before."""


class Published(Struct, frozen=True, kw_only=True):
    """A revision with its entries, to be written: JSON lines in the contract's keys, compressed."""

    revision: Revision
    entries: bytes


class DraftEntry(Struct, frozen=True, kw_only=True):
    """An entry as somebody wants it next. `entry` has the contract's keys; None: it is to be dropped."""

    id: EntryId
    entry: dict[str, Any] | None
    base_digest: str
    """Of the entry in force that was changed; empty: there was none."""
    at: datetime
    by: str
    version: int = 0


class LabelSource(StrEnum):
    """Who says what a question means."""

    AGENT = "agent"
    THUMBS = "thumbs"
    HANDOFF = "handoff"


class Label(Struct, frozen=True, kw_only=True):
    """A real question and the entry that answers it; None: no entry does."""

    id: str
    text: str
    entry: EntryId | None
    source: LabelSource
    session_id: SessionId | None = None
    at: datetime
    by: str
