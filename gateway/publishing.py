"""Putting the knowledge base in force: drafts as a new revision, an old revision again, or the files as they are now.

Whoever publishes moves the number of the revision (`HEAD`) in the same transaction, and the counter of the drafts (`SHELF`) where it takes
them along: of two who do so at once one finds it moved. Nothing here touches a bot; those who have one hear of a revision by a signal, and
look for themselves every now and then.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.contents import Contents, difference, packed
from gateway.core.changes import Changes
from gateway.core.desk import Setting
from gateway.core.errors import Conflict, StaleSession
from gateway.core.handoff import AuditEvent
from gateway.core.ids import EntryId
from gateway.core.knowledge import CHANGED, COMMENT_MAX_CHARS, HEAD, SHELF, Origin, Published, Revision
from gateway.drafting import Shelf
from gateway.holdings import TRIES, Holdings, Standing, counted


class Publishing(Holdings):
    """Publishes, restores, takes the files over."""

    async def publish(self, actor: str, comment: str, base: int, *, mark: int | None = None) -> Revision:
        """Put all drafts in force, as the revision behind `base`. `mark`, where it is given, is that of the drafts that were seen.

        Raises StaleSession where somebody else has published, or the drafts are others; Conflict where there are none (`no_drafts`), or
        what they changed is in other words now (`outdated`); Faulty where one is not fit for use.
        """
        for _ in range(TRIES):
            counter = await self._store.setting(SHELF)
            standing, shelf = await self.shelf()
            _check_base(standing, base)
            if mark is not None and mark != counted(counter):
                raise StaleSession("the drafts have changed: look at them first")
            _check_drafts(shelf)
            after = await asyncio.to_thread(shelf.merged)
            revision = self._revision(actor, comment, standing, after, Origin.DRAFTS)
            dropped = tuple((draft.id, draft.version) for draft in shelf.drafts.values())
            audit = self._audit(actor, "knowledge_published", str(revision.number), **_counts(revision))
            if await self._written(revision, standing, after, audit, counter, dropped):
                return revision
        raise StaleSession("the drafts keep changing: try again")

    async def restore(self, actor: str, number: int, base: int, comment: str = "") -> Revision:
        """Put what revision `number` said in force again, as a revision behind `base`; drafts stay. Raises NotFound, StaleSession."""
        standing, after = await self.standing(), (await self.revision(number)).contents
        _check_base(standing, base)
        revision = self._revision(actor, comment, standing, after, Origin.RESTORED, restored_from=number)
        audit = self._audit(actor, "knowledge_restored", str(revision.number), restored_from=number, **_counts(revision))
        if not await self._written(revision, standing, after, audit):
            raise StaleSession("somebody else has published meanwhile: look at that first")
        return revision

    async def take_files(self, actor: str, comment: str) -> Revision:
        """Put in force what the files say now; drafts stay. Raises ConfigError, StaleSession, Conflict (`no_change`)."""
        standing, after = await self.standing(), await asyncio.to_thread(self._files.contents)
        if standing.revision is not None and standing.contents.digest == after.digest:
            raise Conflict("the files say what is in force already", code="no_change")
        revision = self._revision(actor, comment, standing, after, Origin.FILES, files_digest=after.digest)
        audit = self._audit(actor, "knowledge_published", str(revision.number), origin=Origin.FILES.value, **_counts(revision))
        if not await self._written(revision, standing, after, audit):
            raise StaleSession("somebody else has published meanwhile: look at that first")
        return revision

    async def note_failed(self, revision: int, why: str) -> None:
        """Leave a trace of a revision that a process could not put to work. `why` is fit for an operator's eyes."""
        audit = self._audit("system", "knowledge_failed", str(revision), why=why)
        (outcome,) = await self._store.commit([Changes(audits=(audit,))])
        if outcome is not None:
            raise outcome

    def _revision(
        self, actor: str, comment: str, standing: Standing, after: Contents, origin: Origin, *, restored_from: int | None = None,
        files_digest: str = "",
    ) -> Revision:  # fmt: skip
        before = standing.revision
        changed = difference(standing.contents, after)
        known_files = before.files_digest if before else standing.contents.digest
        return Revision(
            number=standing.number + 1, at=self._clock.now(), by=actor, comment=comment.strip()[:COMMENT_MAX_CHARS], digest=after.digest,
            entry_count=len(after.entries), origin=origin, restored_from=restored_from, files_digest=files_digest or known_files,
            added_count=len(changed.added), changed_count=len(changed.changed), dropped_count=len(changed.dropped),
        )  # fmt: skip

    async def _written(
        self, revision: Revision, standing: Standing, after: Contents, audit: AuditEvent, counter: Setting | None = None,
        dropped: tuple[tuple[EntryId, int], ...] = (),
    ) -> bool:  # fmt: skip
        """Commit a revision, with the files' own before the first; False: somebody was faster."""
        first = () if standing.revision else (await self._published(self._zero(standing, revision.by), standing.contents),)
        head = Setting(name=HEAD, value=None, at=revision.at, by=revision.by, version=revision.number)
        shelf = (self._next(counter, SHELF, revision.by),) if dropped else ()
        changes = Changes(
            settings=(head, *shelf), revisions=(*first, await self._published(revision, after)), dropped_drafts=dropped, audits=(audit,)
        )
        (outcome,) = await self._store.commit([changes])
        if isinstance(outcome, Conflict):
            return False
        await self._signal(CHANGED, b"")
        await self.tell(revision.number, "building")
        return True

    async def _published(self, revision: Revision, contents: Contents) -> Published:
        return Published(revision=revision, entries=await asyncio.to_thread(packed, contents))

    def _zero(self, standing: Standing, actor: str) -> Revision:
        """Number 0: the files, before anybody published."""
        contents = standing.contents
        return Revision(
            number=0, at=self._clock.now(), by=actor, digest=contents.digest, entry_count=len(contents.entries), origin=Origin.FILES,
            files_digest=contents.digest,
        )  # fmt: skip


def _check_base(standing: Standing, base: int) -> None:
    if standing.number != base:
        raise StaleSession("somebody else has published meanwhile: look at that first")


def _check_drafts(shelf: Shelf) -> None:
    if not shelf.drafts:
        raise Conflict("there are no drafts", code="no_drafts")
    if outdated := shelf.outdated:
        raise Conflict(
            "what these drafts change is in other words now: save or discard them first", code="outdated", entries=", ".join(outdated[:20])
        )


def _counts(revision: Revision) -> Mapping[str, Any]:
    return {"added": revision.added_count, "changed": revision.changed_count, "dropped": revision.dropped_count}
