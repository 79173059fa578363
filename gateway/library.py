"""The knowledge base as people change it: drafts over what is in force, and what they tell about real questions.

Whoever changes a draft moves the counter of the drafts (`SHELF`) in the same transaction: what was decided by them holds when it is
written, or is decided again.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from bot.writing import record
from gateway.contents import Record, digest_of
from gateway.core.changes import Changes
from gateway.core.errors import BadInput, Conflict, Faulty, NotFound, StaleSession
from gateway.core.handoff import AuditEvent
from gateway.core.ids import EntryId, SessionId
from gateway.core.knowledge import DRAFTS_MAX_COUNT, SHELF, DraftEntry, Label, LabelSource
from gateway.drafting import EntryState, Item, Shelf, read
from gateway.holdings import TRIES
from gateway.publishing import Publishing

QUESTION_MAX_CHARS = 500
"""Of a customer's words that become a question or a label."""

Decide = Callable[[Shelf], DraftEntry | None]
"""The draft that there is to be of one entry, without its version; None: there is to be none."""


class Library(Publishing):
    """Keeps drafts and labels; publishing stands beneath."""

    # ---- drafts

    async def put(self, actor: str, entry_id: EntryId, given: Mapping[str, Any], version: int) -> Item | None:
        """Keep this as what the entry is to be; `version` is the one that was seen (0: there was none). None: it is as in force again.

        Raises Faulty with everything wrong with it, StaleSession where it has changed, Conflict where there are too many drafts.
        """
        entry = record(await asyncio.to_thread(read, {"id": str(entry_id), **given}))
        if entry["id"] != entry_id:
            raise BadInput("bad_id", "an entry's id stays as it is: add a new one and drop this one")

        def decide(shelf: Shelf) -> DraftEntry | None:
            _check_seen(shelf, entry_id, version)
            return self._drafted(shelf, entry_id, entry, actor)

        await self._redraft(entry_id, decide, self._audit(actor, "knowledge_drafted", entry_id))
        return await self._item_or_none(entry_id)

    async def drop(self, actor: str, entry_id: EntryId, version: int) -> Item | None:
        """Want the entry gone with the next publication; a new one is gone at once (None). Raises NotFound, StaleSession."""

        def decide(shelf: Shelf) -> DraftEntry | None:
            _check_seen(shelf, entry_id, version)
            return self._drafted(shelf, entry_id, None, actor)

        await self._redraft(entry_id, decide, self._audit(actor, "knowledge_dropped", entry_id))
        return await self._item_or_none(entry_id)

    async def discard(self, actor: str, entry_id: EntryId, version: int) -> Item | None:
        """Take an entry's draft back. Raises NotFound, StaleSession."""

        def decide(shelf: Shelf) -> DraftEntry | None:
            _check_seen(shelf, entry_id, version)
            return None

        await self._redraft(entry_id, decide, self._audit(actor, "knowledge_discarded", entry_id))
        return await self._item_or_none(entry_id)

    async def add_question(
        self, actor: str, entry_id: EntryId, text: str, *, is_not: bool = False, session_id: SessionId | None = None
    ) -> Item:
        """Another way to ask for the entry (`is_not`: one that looks alike and isn't meant), with what it teaches about the real question.

        One that is there already changes nothing. Raises Faulty, NotFound.
        """
        question = _question(text)
        key = "not_questions" if is_not else "questions"

        def decide(shelf: Shelf) -> DraftEntry | None:
            item = shelf.item(entry_id)
            if item is None or item.state is EntryState.DROPPED:
                raise NotFound("no such entry")
            if question in item.entry.get(key, ()):
                return item.draft
            longer = {**item.entry, key: [*item.entry.get(key, ()), question]}
            return self._drafted(shelf, entry_id, record(read(longer)), actor)

        source = LabelSource.HANDOFF if session_id else LabelSource.AGENT
        labels = () if is_not else (self._label(actor, question, entry_id, source, session_id),)
        audit = self._audit(actor, "knowledge_question_added", entry_id, is_not=is_not, session_id=session_id)
        await self._redraft(entry_id, decide, audit, labels)
        return await self.item(entry_id)

    def _drafted(self, shelf: Shelf, entry_id: EntryId, entry: Record | None, actor: str) -> DraftEntry | None:
        """The draft for this content: none where it is what is in force, or a new one is dropped."""
        base = shelf.live.digests.get(entry_id, "")
        if (entry is None and not base) or (entry is not None and base == digest_of(entry)):
            return None
        return DraftEntry(
            id=entry_id, entry=None if entry is None else dict(entry), base_digest=base, at=self._clock.now(), by=actor,
        )  # fmt: skip

    async def _redraft(self, entry_id: EntryId, decide: Decide, audit: AuditEvent, labels: tuple[Label, ...] = ()) -> None:
        """Change one draft, with the counter of them all; decided again as long as others change drafts at the same moment."""
        for _ in range(TRIES):
            counter = await self._store.setting(SHELF)
            standing, known = await self.standing(), await self._store.draft(entry_id)
            wanted = decide(Shelf(standing.contents, {entry_id: known} if known else {}))
            if wanted == known and not labels:
                return
            if known is None and wanted is not None and await self._store.draft_count() >= DRAFTS_MAX_COUNT:
                raise Conflict(f"{DRAFTS_MAX_COUNT} drafts at most: publish or discard some first", code="drafts_full")
            changes = Changes(
                settings=(self._next(counter, SHELF, audit.actor),), audits=(audit,), labels=labels, **_rewritten(known, wanted)
            )
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self.tell(standing.number)
                return
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the drafts keep changing: try again")

    async def _item_or_none(self, entry_id: EntryId) -> Item | None:
        try:
            return await self.item(entry_id)
        except NotFound:
            return None

    # ---- labels

    async def add_label(self, actor: str, text: str, entry_id: EntryId | None, *, session_id: SessionId | None = None) -> Label:
        """Tell which entry a real question means (None: none of them). Raises Faulty, NotFound."""
        question = _question(text)
        if entry_id is not None:
            await self.item(entry_id)
        source = LabelSource.HANDOFF if session_id else LabelSource.AGENT
        label = self._label(actor, question, entry_id, source, session_id)
        audit = self._audit(actor, "knowledge_labelled", entry_id or "", session_id=session_id)
        (outcome,) = await self._store.commit([Changes(labels=(label,), audits=(audit,))])
        if outcome is not None:
            raise outcome
        return label

    def _label(self, actor: str, text: str, entry_id: EntryId | None, source: LabelSource, session_id: SessionId | None) -> Label:
        return Label(
            id=self._ids.new(), text=text, entry=entry_id, source=source, session_id=session_id, at=self._clock.now(), by=actor
        )  # fmt: skip


def _check_seen(shelf: Shelf, entry_id: EntryId, version: int) -> None:
    """Raises NotFound, StaleSession unless the entry stands as it was seen; 0: there was none."""
    item = shelf.item(entry_id)
    if item is None and version:
        raise NotFound("no such entry")
    if version != (item.version if item else 0):
        raise StaleSession("somebody else has changed this entry meanwhile: look at theirs first")


def _question(text: str) -> str:
    """A customer's words as one line. Raises Faulty."""
    question = " ".join(text.split())
    if not question or len(question) > QUESTION_MAX_CHARS:
        expected = f"1 to {QUESTION_MAX_CHARS} characters"
        code = ("too_long", {"max": str(QUESTION_MAX_CHARS)}) if question else ("blank", {})
        raise Faulty("bad_question", expected, [("text", f"text: expected {expected}")], [code])
    return question


def _rewritten(known: DraftEntry | None, wanted: DraftEntry | None) -> dict[str, Any]:
    """The rows that make one draft into another."""
    if wanted is not None:
        return {"drafts": (structs.replace(wanted, version=known.version + 1 if known else 1),)}
    return {"dropped_drafts": ((known.id, known.version),)} if known else {}
