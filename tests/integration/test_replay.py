"""A dead letter's second chance, over a real record: appended once, however often the replay is repeated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from gateway.bus.local import LocalBus
from gateway.core.bus import Bus
from gateway.core.changes import Changes, DeadLetter
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Busy
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, EventKey, Lane, Thread
from gateway.core.parts import Text
from gateway.replay import Replays, ask, letters, replay
from gateway.store import SqliteStore
from tests.fakes import START, FrozenClock


def letter(number: int = 1) -> DeadLetter:
    event = Inbound(
        channel=ChannelName("site"), thread=Thread("v1"), key=EventKey(f"site/m{number}"), cid=f"m{number}", at=START,
        sender=Address(AddressKind.VISITOR, "site", "v1"), event=Said((Text("hello"),)),
    )  # fmt: skip
    return DeadLetter(id=f"letter-{number}", lane=Lane(0), event=event, error="ValueError at turns.py:1", at=START, attempts=1)


@pytest.fixture
async def store(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "frontdesk.db", clock=clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def bus(store: SqliteStore, clock: FrozenClock) -> LocalBus:
    bus = LocalBus(store, clock=clock, lane_count=1, lane_max_count=2)
    await bus.open()
    return bus


async def appended(bus: Bus) -> list[tuple[str, str | None]]:
    return [(item.event.key, item.event.cid) for item in await bus.read(Lane(0), "", 10)]


async def kept(store: SqliteStore) -> list[str]:
    return [letter.id for letter in await letters(store)]


async def test_a_replayed_event_is_appended_under_a_key_of_its_own_and_its_letter_is_gone(store: SqliteStore, bus: LocalBus) -> None:
    await bus.append(letter().event)
    await bus.trim(Lane(0), (await bus.read(Lane(0), "", 1))[0].position)
    await store.commit([Changes(dead_letters=(letter(),))])
    await replay(letter(), store, bus)
    assert await appended(bus) == [("site/m1/again/letter-1", "m1")]
    assert await kept(store) == []


async def test_a_replay_repeated_after_a_crash_is_one(store: SqliteStore, bus: LocalBus) -> None:
    await replay(letter(), store, bus)
    await replay(letter(), store, bus)
    assert await appended(bus) == [("site/m1/again/letter-1", "m1")]


async def test_an_event_that_failed_again_is_replayed_under_a_third_key(store: SqliteStore, bus: LocalBus) -> None:
    event = structs.replace(letter().event, key=EventKey("site/m1/again/letter-1"))
    await replay(structs.replace(letter(), id="letter-2", event=event), store, bus)
    assert await appended(bus) == [("site/m1/again/letter-2", "m1")]


async def test_a_full_lane_keeps_the_letter(store: SqliteStore, bus: LocalBus) -> None:
    await store.commit([Changes(dead_letters=(letter(),))])
    await bus.append(letter(8).event)
    await bus.append(letter(9).event)
    with pytest.raises(Busy):
        await replay(letter(), store, bus)
    assert await kept(store) == ["letter-1"]


async def test_a_running_gateway_replays_what_is_asked_for_and_nothing_else(
    store: SqliteStore, bus: LocalBus, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.replay.PAGE_COUNT", 1)
    await store.commit([Changes(dead_letters=(letter(1), letter(2), letter(3)))])
    await ask(letter(1), store, clock)
    await ask(letter(3), store, clock)
    assert await Replays(store=store, bus=bus, clock=clock).look() == 2
    assert await kept(store) == ["letter-2"]
    assert await appended(bus) == [("site/m1/again/letter-1", "m1"), ("site/m3/again/letter-3", "m3")]
    assert [event.action for event in (await store.audit()).items] == ["dead_letter_asked", "dead_letter_asked"]
