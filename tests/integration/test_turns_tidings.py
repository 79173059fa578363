"""The turns worker and what channels tell besides words: files are sent for, news of one message take turns, grants outlive failures."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.core.allowance import Grant, Pocket
from gateway.core.events import Came, Fetched, Inbound, Said
from gateway.core.ids import FileId, Thread
from gateway.core.message import Author, Message
from gateway.core.parts import Arriving, Choices, File, FileRef, Location, Part, Text
from gateway.core.session import Session
from gateway.episode import Episodes
from gateway.replay import replay
from tests.integration.test_turns import SITE, Middle, eventually, open_middle

PICTURE = FileRef(id=FileId("f1"), name="a.jpg", mime="image/jpeg", size_bytes=9, sha256="00")
V1 = Thread("v1")


class Noting:
    """Whoever fetches files: notes what for."""

    def __init__(self) -> None:
        self.begun: list[tuple[Session, Message]] = []

    def begin(self, session: Session, message: Message) -> None:
        self.begun.append((session, message))


async def stopped(middle: Middle) -> None:
    for worker in middle.workers:
        worker.cancel()
    await asyncio.gather(*middle.workers, return_exceptions=True)
    middle.workers.clear()


async def test_a_file_is_sent_for_once_its_message_is_on_record(tmp_path: Path) -> None:
    async with open_middle(tmp_path) as middle:
        noting = Noting()
        middle.turns = replace(middle.turns, fetches=noting)
        middle.start()
        await middle.say(Said((Arriving("image", "media-1"),)))
        await middle.say("just words")
        await middle.until(4)
        ((session, message),) = noting.begun
        assert (session.id, message.seq, message.parts) == (message.session_id, 1, (Arriving("image", "media-1"),))


async def test_two_files_of_one_message_that_arrive_together_are_both_shown(tmp_path: Path) -> None:
    async with open_middle(tmp_path) as middle:
        middle.start()
        await middle.say(Said((Arriving("image", "media-1"), Arriving("image", "media-2"))))
        (first, *_) = await middle.until(2)
        await stopped(middle)
        for place in (0, 1):
            await middle.say(Fetched(session=first.session_id, seq=1, place=place, file=PICTURE))
        middle.start()

        async def are_both_there() -> bool:
            return (await middle.transcript())[0].parts == (File(PICTURE), File(PICTURE))

        await eventually(are_both_there)


async def test_whoever_speaks_or_says_where_they_are_reads_of_no_file(tmp_path: Path) -> None:
    came: list[Part] = [
        Arriving("voice", "m1"),
        Arriving("image", "m2"),
        File(PICTURE),
        Location(31.2, 121.5, "Shop"),
        Arriving("file", "m3"),
    ]
    async with open_middle(tmp_path) as middle:
        middle.start()
        for part in came:
            await middle.say(Said((part,)))
        said = [one.parts[0] for one in await middle.until(10) if one.author is Author.BOT]
        heads = [one.text.split("。")[0] for one in said if isinstance(one, Choices)]
        assert heads == ["语音已收到", "图片已收到", "图片已收到", "位置已收到", "文件已收到"]


async def test_what_an_event_lets_us_send_outlives_its_failure_and_is_not_filled_in_again_by_a_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = Episodes.handle

    async def poisoned(self: Episodes, session: Session | None, inbound: Inbound) -> list[object]:
        assert not isinstance(inbound.event, Came), "a bug"
        return await handle(self, session, inbound)  # type: ignore[return-value]  # handed through

    monkeypatch.setattr(Episodes, "handle", poisoned)
    async with open_middle(tmp_path) as middle:
        middle.start()
        inbound = await middle.say("hello")
        until = inbound.at + timedelta(minutes=1)
        tap = structs.replace(
            inbound, key=f"{inbound.key}-tap", cid=None, event=Came("tapped"), grant=Grant(pocket=Pocket.TOUCHED, count=3, until=until)
        )
        await middle.bus.append(tap)

        async def is_buried() -> bool:
            return bool((await middle.store.dead_letters()).items)

        await eventually(is_buried)
        allowance = await middle.store.allowance(SITE, V1)
        assert allowance is not None
        assert (allowance.touched_count, allowance.serial) == (3, 1)
        monkeypatch.undo()
        (letter,) = (await middle.store.dead_letters()).items
        await replay(letter, middle.store, middle.bus)
        await middle.say(Said((Text("behind it"),)))
        await middle.until(4)
        assert await middle.store.allowance(SITE, V1) == allowance
