"""Dead letters over Redis and PostgreSQL: the command appends them itself, beside whatever gateways run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from config.schema import BusSettings, StoreSettings
from gateway.__main__ import main
from gateway.bus import lane_of, open_bus
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.ids import ChannelName, EventKey, Thread
from gateway.replay import Replays
from gateway.store import Record, open_store
from tests.contract.records import letter
from tests.events import SITE
from tests.fakes import FrozenClock

LANES = 4


@asynccontextmanager
async def opened(redis_url: str, postgres_url: str) -> AsyncIterator[tuple[Record, Bus]]:
    clock = FrozenClock()
    store = open_store(StoreSettings(url=postgres_url), data_dir="unused", clock=clock)
    bus = open_bus(BusSettings(url=redis_url, lanes=LANES), log=None, clock=clock)
    await store.open()
    await bus.open()
    try:
        yield store, bus
    finally:
        await bus.close()
        await store.close()


async def keep_two_letters(redis_url: str, postgres_url: str, *, is_wanted_again: bool) -> None:
    async with opened(redis_url, postgres_url) as (store, _):
        letters = tuple(structs.replace(letter(number), is_wanted_again=is_wanted_again) for number in (1, 2))
        assert await store.commit([Changes(dead_letters=letters)]) == [None]


async def waiting(redis_url: str, postgres_url: str) -> tuple[list[EventKey], int]:
    """The keys of the events in the letters' lane, and how many letters are left."""
    async with opened(redis_url, postgres_url) as (store, bus):
        events = await bus.read(lane_of(ChannelName(SITE), Thread("ann"), LANES), "", 10)
        return [item.event.key for item in events], len((await store.dead_letters()).items)


def test_the_command_replays_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, postgres_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("frontdesk.toml").write_text(f'[store]\nurl = "{postgres_url}"\n[bus]\nurl = "{redis_url}"\nlanes = {LANES}\n', encoding="utf-8")
    asyncio.run(keep_two_letters(redis_url, postgres_url, is_wanted_again=False))
    assert main(["dead", "replay", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"replayed": ["letter-1", "letter-2"], "asked": False}
    keys, left = asyncio.run(waiting(redis_url, postgres_url))
    assert ([key.split("/again/")[1] for key in keys], left) == (["letter-1", "letter-2"], 0)


async def test_two_processes_that_replay_at_once_append_each_once(redis_url: str, postgres_url: str) -> None:
    await keep_two_letters(redis_url, postgres_url, is_wanted_again=True)
    async with opened(redis_url, postgres_url) as (store, bus), opened(redis_url, postgres_url) as (other_store, other_bus):
        both = (Replays(store=store, bus=bus, clock=FrozenClock()), Replays(store=other_store, bus=other_bus, clock=FrozenClock()))
        await asyncio.gather(*(one.look() for one in both))
    keys, left = await waiting(redis_url, postgres_url)
    assert (sorted(key.split("/again/")[1] for key in keys), left) == (["letter-1", "letter-2"], 0)
