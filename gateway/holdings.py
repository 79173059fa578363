"""What is in force of the knowledge base, for whoever reads it; and the little that all who change it share.

Any number of processes may have one; what it remembers is a cache by digest.
"""

import asyncio
import logging
from typing import Any

from msgspec import Struct

from config.problems import ConfigError
from gateway.contents import Contents, unpacked
from gateway.core.bus import Bus
from gateway.core.desk import Setting
from gateway.core.errors import Busy, NotFound
from gateway.core.handoff import AuditEvent
from gateway.core.ids import EntryId, Ids
from gateway.core.knowledge import BECOMES, SHELF, Revision
from gateway.core.ports import Clock, Store
from gateway.core.signals import DESK, DeskSignal, KnowledgeNow, pack
from gateway.drafting import Item, Shelf
from gateway.knowledge import KnowledgeFiles

log = logging.getLogger(__name__)

TRIES = 8
"""How often something is decided again where others change drafts at the same moment."""


class Standing(Struct, frozen=True):
    """What is in force. `revision` is None where nobody has published: then the files hold."""

    revision: Revision | None
    contents: Contents

    @property
    def number(self) -> int:
        """Of the revision; 0: the files."""
        return self.revision.number if self.revision else 0


class Holdings:
    """Reads the knowledge base, from the record or the files."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, ids: Ids, files: KnowledgeFiles) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._files = files
        self._standing: Standing | None = None
        self._first: Contents | None = None
        self._reading = asyncio.Lock()

    async def standing(self) -> Standing:
        """What is in force. Raises Busy, and ConfigError where it can't be read."""
        async with self._reading:
            revision = await self._store.newest_revision()
            known = self._standing
            if revision is None:
                contents = await self._start()
            elif known is not None and known.contents.digest == revision.digest:
                contents = known.contents
            else:
                contents = await self._contents(revision)
            self._standing = Standing(revision, contents)
            return self._standing

    async def revision(self, number: int) -> Standing:
        """What a revision says. Raises NotFound where there is none, or its entries are kept no more; ConfigError."""
        revision = await self._store.revision(number)
        if revision is None:
            raise NotFound("no such revision")
        return Standing(revision, await self._contents(revision))

    async def shelf(self) -> tuple[Standing, Shelf]:
        """What is in force, and the drafts over it."""
        standing = await self.standing()
        return standing, Shelf(standing.contents, {draft.id: draft for draft in await self._store.drafts()})

    async def mark(self) -> int:
        """Rises with every change of a draft."""
        return counted(await self._store.setting(SHELF))

    async def item(self, entry_id: EntryId) -> Item:
        """One entry as it stands. Raises NotFound."""
        standing, draft = await self.standing(), await self._store.draft(entry_id)
        item = Shelf(standing.contents, {draft.id: draft} if draft else {}).item(entry_id)
        if item is None:
            raise NotFound("no such entry")
        return item

    async def has_changed_files(self) -> bool:
        """Whether the files say something else than when they were last taken over, and than what is in force."""
        standing = await self.standing()
        try:
            digest = (await asyncio.to_thread(self._files.contents)).digest
        except ConfigError:
            return True  # they are broken: nobody would take them over as they are, but something has happened to them
        return digest != standing.contents.digest and (standing.revision is None or digest != standing.revision.files_digest)

    async def _start(self) -> Contents:
        """The files as they were when this process first read them: what is saved in an editor is not in force yet."""
        if self._first is None:
            self._first = await asyncio.to_thread(self._files.contents)
        return self._first

    async def _contents(self, revision: Revision) -> Contents:
        kept = await self._store.revision_entries(revision.digest)
        if kept is None:
            raise NotFound("the entries of this revision are kept no more")
        return await asyncio.to_thread(unpacked, kept, f"revision {revision.number}")

    # ---- telling

    async def tell(self, revision: int, state: str = "", detail: str = "") -> None:
        """Tell every desk how the knowledge base stands."""
        now = KnowledgeNow(revision, state, await self._drafts_left(), detail)
        payload = pack(DeskSignal("knowledge", knowledge=now))
        await self._signal(DESK, payload)
        if state:
            await self._signal(BECOMES, payload)

    async def _drafts_left(self) -> int:
        try:
            return await self._store.draft_count()
        except Busy:
            return -1

    async def _signal(self, topic: str, payload: bytes) -> None:
        try:
            await self._bus.signal(topic, payload)
        except (Busy, OSError, TimeoutError) as error:
            log.warning("a signal is lost", extra={"topic": topic, "error": type(error).__name__})

    # ---- parts

    def _next(self, known: Setting | None, name: str, actor: str) -> Setting:
        """The next version of a counter."""
        return Setting(name=name, value=None, at=self._clock.now(), by=actor, version=counted(known) + 1)

    def _audit(self, actor: str, action: str, subject: str, **detail: Any) -> AuditEvent:
        kept = {key: value for key, value in detail.items() if value not in (None, "", False)}
        return AuditEvent(at=self._clock.now(), actor=actor, action=action, subject=subject, detail=kept)


def counted(setting: Setting | None) -> int:
    """How far a counter has come."""
    return setting.version if setting else 0
