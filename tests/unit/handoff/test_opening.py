"""Which hours hold: those set at the desk before those of the file, and never ones that make no sense."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.desk import Setting
from gateway.core.errors import Busy
from handoff.opening import CHANGED, OpeningHours, timetable

SETTINGS = Settings(queues={"default": Queue(hours="office"), "always": Queue()}, hours={"office": Hours()})
MONDAY_NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


def setting(value: Any, version: int = 1, name: str = "hours/office") -> Setting:
    return Setting(name=name, value=value, at=MONDAY_NOON, by="boss", version=version)


class Record:
    """A store that only has settings; every read is counted."""

    def __init__(self, *kept: Setting) -> None:
        self.kept = list(kept)
        self.reads = 0
        self.is_gone = False
        self.was_read = asyncio.Event()

    async def settings(self, prefix: str) -> list[Setting]:
        assert prefix == "hours/"
        self.reads += 1
        self.was_read.set()
        if self.is_gone:
            raise Busy("the store", 1)
        return list(self.kept)


async def loaded(*kept: Setting) -> OpeningHours:
    opening = OpeningHours(SETTINGS)
    await opening.reload(cast("Any", Record(*kept)))
    return opening


def is_open(opening: OpeningHours) -> bool:
    calendar = opening.calendar("office")
    assert calendar is not None
    return calendar.is_open(MONDAY_NOON)


async def test_the_files_hours_hold_where_nobody_has_set_others() -> None:
    assert is_open(OpeningHours(SETTINGS))
    assert is_open(await loaded())
    assert is_open(await loaded(setting(None, 2)))


async def test_the_desks_hours_go_before_the_files() -> None:
    assert not is_open(await loaded(setting({"monday": []})))


async def test_queues_without_hours_are_always_open() -> None:
    opening = await loaded()
    assert (opening.of_queue("always"), opening.of_queue("nowhere"), opening.calendar("")) == (None, None, None)
    assert opening.of_queue("default") is opening.calendar("office")


@pytest.mark.parametrize("value", [{"timezone": "Mars/Olympus"}, {"mondays": []}, {"monday": "always"}, [], "x", 7, False])
async def test_what_makes_no_sense_is_ignored_and_named(value: Any) -> None:
    kept = setting(value)
    assert is_open(await loaded(kept))
    assert timetable(Hours(), kept).problems != ()


async def test_hours_that_the_file_does_not_name_any_more_change_nothing() -> None:
    assert is_open(await loaded(setting({"monday": []}, name="hours/gone")))


def test_where_hours_come_from_is_known() -> None:
    assert not timetable(Hours(), None).is_from_desk
    assert not timetable(Hours(), setting(None)).is_from_desk
    assert not timetable(Hours(), setting({"timezone": "x"})).is_from_desk
    assert timetable(Hours(), setting({})).is_from_desk


# ---- following ----------------------------------------------------------------------------------------------------------------------


class Bus:
    """A bus of which tests say what it tells."""

    def __init__(self) -> None:
        self.line: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self.topics: list[str] = []

    async def subscribe(self, *topics: str) -> "Bus":
        self.topics += topics
        return self

    def __aiter__(self) -> "Bus":
        return self

    async def __anext__(self) -> tuple[str, bytes]:
        told = await self.line.get()
        if told is None:
            raise StopAsyncIteration
        return told

    async def close(self) -> None: ...


async def read_again(record: Record) -> None:
    record.was_read.clear()
    async with asyncio.timeout(30):
        await record.was_read.wait()
    await asyncio.sleep(0)


async def test_hours_follow_each_signal_and_a_lost_one_and_outlive_a_store_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handoff.opening.AGAIN_S", 0.01)
    record, bus, opening = Record(), Bus(), OpeningHours(SETTINGS)
    following = asyncio.create_task(opening.follow(cast("Any", record), cast("Any", bus)))
    await read_again(record)
    assert (bus.topics, is_open(opening)) == ([CHANGED], True)
    record.kept = [setting({"monday": []})]
    bus.line.put_nowait((CHANGED, b""))
    await read_again(record)
    assert not is_open(opening)
    record.is_gone = True
    bus.line.put_nowait(("", b""))
    await read_again(record)
    assert not is_open(opening)  # what was known holds on
    record.is_gone, record.kept = False, [setting(None, 2)]
    await read_again(record)
    assert is_open(opening)
    bus.line.put_nowait(None)  # the bus ends the line: it is taken up again
    await read_again(record)
    assert len(bus.topics) >= 3
    following.cancel()
    await asyncio.wait([following])


async def test_hours_are_read_again_even_where_no_signal_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handoff.opening.EVERY_S", 0.01)
    record, opening = Record(), OpeningHours(SETTINGS)
    following = asyncio.create_task(opening.follow(cast("Any", record), cast("Any", Bus())))
    await read_again(record)
    record.kept = [setting({"monday": []})]
    await read_again(record)
    await read_again(record)
    assert not is_open(opening)
    following.cancel()
    await asyncio.wait([following])
