"""Mails out of an open mailbox, in order and in batches, the next one fetched while the last is being taken.

A batch is at most 50 mails and 8 MB, or one mail. A mail that breaks what fetches it is found by going one by one, tried three times whole,
three times by its first 64 KiB, and then set aside: it must not hold up the rest for ever.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.email.imap.connection import Body, Connection, Head
from adapters.email.imap.errors import ImapTrouble
from adapters.email.imap.places import Place, is_ours
from adapters.email.words import HEAD_BYTES, Fetched

BATCH_MAX_COUNT = 50
BATCH_MAX_BYTES = 8 * 1024 * 1024
HEADS_COUNT = 500
"""So many sizes are asked for at once."""
WHOLE_TRIES = 3
HEAD_TRIES = 3


class Unfetched(Exception):
    """These could not be fetched: one of them breaks it, or the line is bad."""

    def __init__(self, uids: Sequence[int], cause: ImapTrouble) -> None:
        super().__init__(cause.code)
        self.uids = tuple(uids)
        self.cause = cause


class Batch(Struct, frozen=True):
    """Mails, and the last UID that is done with once they are taken. `left_out`: those of which nothing could be had."""

    mails: tuple[Fetched, ...]
    upto_uid: int
    left_out: tuple[int, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(len(mail.raw) for mail in self.mails)


class Batches:
    """What is fetched of one mailbox. Outlives connections: it remembers what must be handled with care."""

    def __init__(self, mailbox: str, *, whole_max_bytes: int, now: Callable[[], datetime]) -> None:
        """`whole_max_bytes`: of a larger mail only the first 64 KiB are fetched."""
        self._mailbox = mailbox
        self._whole_max_bytes = whole_max_bytes
        self._now = now
        self._careful_upto = 0

    def be_careful(self, upto_uid: int) -> None:
        """Up to this UID one by one."""
        self._careful_upto = max(self._careful_upto, upto_uid)

    async def read(self, connection: Connection, place: Place, uids: Sequence[int]) -> AsyncGenerator[Batch, None]:
        """Batches of these rising UIDs, one ahead of the reader unless they are large. Raises Unfetched."""
        batches = self._read(connection, place, uids)

        async def following() -> Batch | None:
            return await anext(batches, None)

        ahead = asyncio.create_task(following())
        try:
            while (batch := await ahead) is not None:
                if batch.size_bytes <= BATCH_MAX_BYTES:
                    ahead = asyncio.create_task(following())
                    yield batch
                else:
                    yield batch
                    ahead = asyncio.create_task(following())
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)
            await batches.aclose()

    async def single(self, connection: Connection, place: Place, uid: int) -> tuple[Fetched, ...]:
        """One mail by itself; none where it is gone. Raises Unfetched."""
        heads = await self._heads(connection, [uid])
        return await self._fetch(connection, place, heads) if heads else ()

    async def _read(self, connection: Connection, place: Place, uids: Sequence[int]) -> AsyncGenerator[Batch, None]:
        at = 0
        while at < len(uids):
            some = uids[at : at + self._heads_count(uids[at])]
            at += len(some)
            if some[0] == place.tried_uid and place.tries >= WHOLE_TRIES:
                yield await self._desperate(connection, place, some[0])
                continue
            heads = await self._heads(connection, some)
            for group in self._grouped([head for head in heads if is_ours(place, head.uid, head.at)]):
                yield Batch(await self._fetch(connection, place, group), group[-1].uid)
            yield Batch((), some[-1])

    def _heads_count(self, uid: int) -> int:
        return HEADS_COUNT if uid > self._careful_upto else 1

    async def _heads(self, connection: Connection, uids: Sequence[int]) -> list[Head]:
        try:
            heads = await connection.heads(uids)
            await _confirm_gone(connection, uids, {head.uid for head in heads})
        except ImapTrouble as trouble:
            raise Unfetched(uids, trouble) from None
        return heads

    def _grouped(self, heads: Sequence[Head]) -> list[list[Head]]:
        """What goes into a batch together: small ones. What is too large to be fetched whole goes alone."""
        groups: list[list[Head]] = []
        room = 0
        for head in heads:
            size = head.size_bytes
            if not groups or size > room or len(groups[-1]) >= BATCH_MAX_COUNT or size > self._whole_max_bytes:
                groups.append([])
                room = BATCH_MAX_BYTES
            groups[-1].append(head)
            room = room - size if size <= self._whole_max_bytes else -1
        return groups

    async def _fetch(self, connection: Connection, place: Place, heads: Sequence[Head]) -> tuple[Fetched, ...]:
        uids, size = [head.uid for head in heads], sum(head.size_bytes for head in heads)
        is_head = heads[0].size_bytes > self._whole_max_bytes
        try:
            bodies = await connection.bodies(uids, size_bytes=HEAD_BYTES if is_head else size, is_head=is_head)
            given = {head.uid for head in heads if head.uid in bodies and (bodies[head.uid].raw or not head.size_bytes)}
            await _confirm_gone(connection, uids, given)
        except ImapTrouble as trouble:
            raise Unfetched(uids, trouble) from None
        return tuple(self._fetched(place, head, bodies[head.uid], is_head=is_head) for head in heads if head.uid in given)

    async def _desperate(self, connection: Connection, place: Place, uid: int) -> Batch:
        """One that breaks the connection: its beginning, or nothing of it."""
        if place.tries >= WHOLE_TRIES + HEAD_TRIES:
            return Batch((), uid, (uid,))
        try:
            bodies = await connection.bodies([uid], size_bytes=HEAD_BYTES, is_head=True)
            await _confirm_gone(connection, [uid], set(bodies))
        except ImapTrouble as trouble:
            raise Unfetched([uid], trouble) from None
        return Batch(tuple(self._fetched(place, self._guessed(uid, body), body, is_head=True) for body in bodies.values()), uid)

    def _guessed(self, uid: int, body: Body) -> Head:
        """Of a mail whose size nobody tells: it is all there if it ends early."""
        return Head(uid, 0 if len(body.raw) < HEAD_BYTES else self._whole_max_bytes + 1, None)

    def _fetched(self, place: Place, head: Head, body: Body, *, is_head: bool) -> Fetched:
        """A mail that was cut, by us or because it came longer than it was said to be, is cut to the same length in each case."""
        size = max(body.size_bytes, head.size_bytes) if is_head else body.size_bytes
        raw = body.raw if len(body.raw) >= size else body.raw[:HEAD_BYTES]
        at = head.at or self._now()
        return Fetched(mailbox=self._mailbox, uidvalidity=place.uidvalidity, uid=head.uid, raw=raw, size_bytes=size, at=at)


async def _confirm_gone(connection: Connection, uids: Sequence[int], given: set[int]) -> None:
    """Raises ImapTrouble where a mail was not given though it is still there."""
    missing = [uid for uid in uids if uid not in given]
    if missing:
        await connection.look_again()
        still = await connection.search("UID", ",".join(map(str, missing[:1000])))
        if still:
            raise ImapTrouble("refused", f"mail {still[0]} is there, and is not given")
