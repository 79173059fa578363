"""Files that a channel's peer holds: fetched once the message is on record, whatever the peer and we do meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.errors import Busy, FetchFailed
from gateway.core.events import Fetched, Inbound, Said
from gateway.core.ids import FileId, Lane, WorkerId
from gateway.core.message import Message
from gateway.core.parts import Arriving, File, FileRef, Text
from gateway.core.session import Session
from gateway.fetches import KEPT_FOR, LATE_AFTER, Fetching
from gateway.metrics import Metrics
from gateway.store.files import open_files
from tests.integration.line_world import PUSH, SOON_S, LineWorld, line_world
from tests.peers.line_channel import LineChannel

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
Script = list[bytes | Exception]


class MediaChannel(LineChannel):
    """Gives a file as its script says, piece by piece; what is not scripted hangs."""

    def __init__(self, *script: bytes | Exception) -> None:
        super().__init__()
        self.media: Script = list(script)
        self.asked = 0
        self.is_closed = True

    @asynccontextmanager
    async def fetch(self, part: Arriving) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked += 1
        self.is_closed = False
        try:
            yield self._pieces()
        finally:
            self.is_closed = True

    async def _pieces(self) -> AsyncIterator[bytes]:
        if not self.media:
            await asyncio.Event().wait()
        given = self.media.pop(0)
        if isinstance(given, Exception):
            raise given
        for start in range(0, len(given), 16):
            yield given[start : start + 16]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LineWorld]:
    async with line_world(tmp_path) as made:
        yield made


class Fetcher:
    """A process that fetches, its pauses cut short."""

    def __init__(self, world: LineWorld, folder: Path, *script: bytes | Exception) -> None:
        self.channel = MediaChannel(*script)
        self.files = open_files(folder / "files")
        self.slept: list[float] = []
        self.world = world
        self.work = Fetching(
            channels={PUSH: self.channel}, store=world.store, bus=world.bus, files=self.files, clock=world.clock, worker=WorkerId("w"),
            metrics=Metrics(with_process=False), sleep=self._sleep,
        )  # fmt: skip

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def told(self, count: int = 1) -> list[Fetched]:
        """What lies in the thread's lane, once it is so much."""
        async with asyncio.timeout(SOON_S):
            while len(found := await self._lane()) < count:
                await asyncio.sleep(0.005)
        return found

    async def idle(self) -> None:
        async with asyncio.timeout(SOON_S):
            while self.work._pending:
                await asyncio.sleep(0.005)

    async def _lane(self) -> list[Fetched]:
        events = [one.event.event for lane in range(self.world.bus.lane_count) for one in await self.world.bus.read(Lane(lane), "", 100)]
        return [event for event in events if isinstance(event, Fetched)]


async def arrived(world: LineWorld, *parts: Arriving | Text, key: str = "m1") -> tuple[Session, Message]:
    """A message whose file the peer still holds, on record."""
    inbound = world.inbound(key, event=Said(parts or (Arriving("image", "media-1"),)))
    session = await world.turn(inbound)
    (message,) = await world.store.messages_by_key([inbound.key])
    return session, message


async def test_a_file_is_stored_as_what_it_is_and_belongs_to_its_conversation(world: LineWorld, tmp_path: Path) -> None:
    fetcher = Fetcher(world, tmp_path, PNG)
    fetcher.work.begin(*await arrived(world, Text("see"), Arriving("image", "media-1")))
    (told,) = await fetcher.told()
    assert (told.seq, told.place, told.failure) == (1, 1, "")
    assert isinstance(told.file, FileRef)
    assert (told.file.name, told.file.mime, told.file.size_bytes) == ("image.png", "image/png", len(PNG))
    stored = await fetcher.files.get(told.file.id)
    assert stored.owner == "push/ann"
    assert b"".join([piece async for piece in fetcher.files.read(stored.ref)]) == PNG
    assert fetcher.channel.is_closed


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        (FetchFailed("expired", "three days are over"), "expired"),
        (FetchFailed("gone", "never heard of it"), "gone"),
        (FetchFailed("too_large", "over the limit"), "too_large"),
        (b"\x7fELF" + bytes(60), "refused_type"),
    ],
)
async def test_what_can_not_be_had_says_why(world: LineWorld, tmp_path: Path, given: bytes | Exception, failure: str) -> None:
    fetcher = Fetcher(world, tmp_path, given)
    fetcher.work.begin(*await arrived(world))
    (told,) = await fetcher.told()
    assert (told.file, told.failure) == (None, failure)


@pytest.mark.parametrize(
    ("name", "given", "mime"),
    [
        ("prices.csv", "名称,价格\n".encode("gb18030"), "application/octet-stream"),
        ("meeting.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/plain"),
        ("scan.tif", b"II*\0" + bytes(60), "image/tiff"),
        ("plan.dwg", b"AC1032" + bytes(60), "image/vnd.dwg"),
        ("old.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/octet-stream"),
        ("unknown.xyz", bytes(range(256)), "application/octet-stream"),
    ],
)
async def test_a_channel_that_brings_anything_has_it_kept_as_what_it_is(
    world: LineWorld, tmp_path: Path, name: str, given: bytes, mime: str
) -> None:  # fmt: skip
    fetcher = Fetcher(world, tmp_path, given)
    fetcher.channel.capabilities = structs.replace(fetcher.channel.capabilities, brings_any_file=True)
    fetcher.work.begin(*await arrived(world, Arriving("file", "1/2", name=name)))
    (told,) = await fetcher.told()
    assert told.file is not None
    assert (told.file.name, told.file.mime) == (name, mime)


@pytest.mark.parametrize(
    ("given", "failure"),
    [(b"\x7fELF" + bytes(60), "held_back"), (b"MZ" + bytes(60), "held_back"), (b"#!/bin/sh\n", "held_back"), (b"", "empty")],
)
async def test_whatever_a_channel_brings_a_program_is_not_kept(world: LineWorld, tmp_path: Path, given: bytes, failure: str) -> None:
    fetcher = Fetcher(world, tmp_path, given)
    fetcher.channel.capabilities = structs.replace(fetcher.channel.capabilities, brings_any_file=True)
    fetcher.work.begin(*await arrived(world, Arriving("file", "1/2", name="bill.pdf")))
    (told,) = await fetcher.told()
    assert (told.file, told.failure) == (None, failure)


async def test_more_than_may_be_begun_at_once_are_fetched_one_behind_the_other_without_a_search(
    world: LineWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A mailbox that was away for a day brings thousands: none is forgotten, none is fetched twice, none waits for the next search."""
    monkeypatch.setattr("gateway.fetches.PENDING_MAX_COUNT", 4)
    monkeypatch.setattr("gateway.fetches.AT_ONCE_MAX_COUNT", 2)
    fetcher = Fetcher(world, tmp_path, *[PNG] * 36)
    for number in range(12):
        session, message = await arrived(world, *(Arriving("image", f"{number}/{place}") for place in range(3)), key=f"m{number}")
        fetcher.work.begin(session, message)
        assert len(fetcher.work._pending) <= 4
    told = await fetcher.told(36)
    assert len({(one.seq, one.place) for one in told}) == 36
    assert all(one.file is not None for one in told)
    assert fetcher.channel.asked == 36


async def test_a_peer_that_is_away_is_asked_again(world: LineWorld, tmp_path: Path) -> None:
    away = FetchFailed("unreachable", "no connection")
    fetcher = Fetcher(world, tmp_path, away, RuntimeError("a mistake of the channel's"), PNG)
    fetcher.work.begin(*await arrived(world))
    (told,) = await fetcher.told()
    assert told.file is not None
    assert fetcher.slept == [2.0, 10.0]


async def test_what_is_still_away_is_looked_for_later_and_given_up_when_the_peer_keeps_it_no_more(world: LineWorld, tmp_path: Path) -> None:
    fetcher = Fetcher(world, tmp_path, *[FetchFailed("unreachable", "no connection")] * 5)
    fetcher.work.begin(*await arrived(world))
    await fetcher.idle()
    assert fetcher.channel.asked == 3
    await world.clock.pass_by(LATE_AFTER.total_seconds() + 1)
    assert await fetcher.work.look() == 1
    await fetcher.idle()
    await world.clock.pass_by(29)
    assert await fetcher.work.look() == 0
    await world.clock.pass_by(KEPT_FOR / timedelta(seconds=1))
    assert await fetcher.work.look() == 1
    (told,) = await fetcher.told()
    assert told.failure == "expired"


async def test_whoever_sends_more_than_their_share_has_the_rest_fetched_later(
    world: LineWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.fetches.THREAD_BYTES_PER_HOUR", 100)
    fetcher = Fetcher(world, tmp_path, PNG, PNG)
    session, message = await arrived(world, Arriving("image", "media-1"), Arriving("image", "media-2"))
    fetcher.work.begin(session, structs.replace(message, parts=message.parts[:1]))
    await fetcher.told()
    await fetcher.idle()
    fetcher.work.begin(session, message)
    await fetcher.idle()
    assert {(told.place, told.file is not None) for told in await fetcher.told()} == {(0, True)}
    await world.clock.pass_by(3600)
    fetcher.channel.media = [PNG, PNG]
    await fetcher.work.look()
    await fetcher.idle()
    assert (1, True) in {(told.place, told.file is not None) for told in await fetcher.told()}


async def test_what_a_dead_process_has_left_is_found_by_another(world: LineWorld, tmp_path: Path) -> None:
    session, message = await arrived(world)
    fetcher = Fetcher(world, tmp_path, PNG, PNG)
    assert await fetcher.work.look() == 0
    await world.clock.pass_by(LATE_AFTER.total_seconds() + 1)
    fetcher.work.begin(session, message)
    assert await fetcher.work.look() == 1
    await fetcher.idle()
    (told,) = await fetcher.told()
    assert (told.file is not None, fetcher.channel.asked) == (True, 1)


async def test_a_file_that_was_fetched_twice_is_told_once(world: LineWorld, tmp_path: Path) -> None:
    session, message = await arrived(world)
    fetchers = [Fetcher(world, tmp_path, PNG), Fetcher(world, tmp_path, PNG)]
    for fetcher in fetchers:
        fetcher.work.begin(session, message)
        await fetcher.idle()
    assert len(await fetchers[0].told()) == 1


async def test_a_full_lane_is_told_a_little_later(world: LineWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append, refusals = world.bus.append, [Busy("lane 1", 1.0)] * 2

    async def full(event: Inbound) -> bool:
        if refusals:
            raise refusals.pop()
        return await append(event)

    fetcher = Fetcher(world, tmp_path, PNG)
    session, message = await arrived(world)
    monkeypatch.setattr(world.bus, "append", full)
    fetcher.work.begin(session, message)
    assert len(await fetcher.told()) == 1


async def test_a_file_that_has_arrived_stands_in_its_message(world: LineWorld, tmp_path: Path) -> None:
    _, message = await arrived(world)
    file = FileRef(id=FileId("f"), name="a.png", mime="image/png", size_bytes=1, sha256="0")
    await world.commit(Changes(amended=(structs.replace(message, parts=(File(file),)),)))
    await world.clock.pass_by(LATE_AFTER.total_seconds() + 1)
    fetcher = Fetcher(world, tmp_path)
    assert await fetcher.work.look() == 0


async def test_a_process_that_stops_hangs_up(world: LineWorld, tmp_path: Path) -> None:
    fetcher = Fetcher(world, tmp_path)
    fetcher.work._drain_s = 0.0
    running = asyncio.create_task(fetcher.work.run())
    fetcher.work.begin(*await arrived(world))
    async with asyncio.timeout(SOON_S):
        while fetcher.channel.is_closed:
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.wait([running])
    assert fetcher.channel.is_closed
