"""Between two looks: who is told of new mail asks to be told again before anybody on the way forgets, all others look when it is time."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from adapters.email.imap.connection import Connection
from adapters.email.imap.door import Door
from adapters.email.imap.listener import Listener
from config.email import Imap
from gateway.core.ids import ChannelName
from tests.unit.adapters.kf_means import MemoryNotebook
from tests.unit.adapters.mail_means import settings_of


class Idle:
    """A connection that remembers for how long it was to wait."""

    def __init__(self, *, can_idle: bool) -> None:
        self.can_idle = can_idle
        self.waited: list[float] = []

    async def idle(self, at_most_s: float) -> None:
        self.waited.append(at_most_s)


async def waited(
    *, can_idle: bool = True, is_alone: bool = True, spread: float, **changes: Any
) -> tuple[list[float], list[float]]:  # fmt: skip
    """For how long was idled, for how long was slept."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    given: dict[str, Any] = {"notebook": MemoryNotebook(), "leases": None, "login": None, "now": None}
    listener = Listener(ChannelName("mail"), settings_of(**changes), sleep=sleep, spread=lambda: spread, **given)
    connection = Idle(can_idle=can_idle)
    await listener._wait(cast("Connection", connection), is_alone=is_alone)
    return connection.waited, slept


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize("poll_s", [60.0, 90.0, 3_600.0])
async def test_who_is_told_asks_again_every_five_to_nine_minutes(poll_s: float, spread: float) -> None:
    (idled,), slept = await waited(poll_s=poll_s, spread=spread)
    assert 300 <= idled <= 540
    assert slept == []


@pytest.mark.parametrize(
    ("given", "netease"),
    [({"can_idle": False}, False), ({"idle": False}, False), ({"is_alone": False}, False), ({}, True)],
    ids=["not_offered", "not_wanted", "several_mailboxes", "known_to_lie"],
)
async def test_who_is_not_told_looks_every_poll_s(given: dict[str, Any], netease: bool) -> None:
    hosts: dict[str, Any] = {"imap": Imap(host="imap.163.com", user="support@163.com", password="p")} if netease else {}
    idled, (slept,) = await waited(poll_s=60.0, spread=1.0, **given, **hosts)
    assert (idled, slept) == ([], 60.0)


async def test_after_refused_logins_it_is_tried_at_once_when_somebody_has_got_in() -> None:
    notebook, naps = MemoryNotebook(), list[float]()

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        await asyncio.Event().wait()

    given: dict[str, Any] = {"notebook": notebook, "leases": None, "login": None, "now": None}
    listener = Listener(ChannelName("mail"), settings_of(), sleep=sleep, **given)
    door = listener._door = Door(ChannelName("mail"), notebook, now=lambda: datetime.now(UTC), look_s=0.001)
    await door.found_open()  # before the refusals: it says nothing of now
    resting = asyncio.create_task(listener._rest(1_800.0))
    while len(naps) < 1:
        await asyncio.sleep(0.001)
    assert (await asyncio.wait({resting}, timeout=0.05))[0] == set()
    await door.found_open()
    async with asyncio.timeout(10):
        await resting
    assert naps == [1_800.0]


async def test_a_long_pause_ends_by_itself_where_nobody_gets_in() -> None:
    naps: list[float] = []

    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    given: dict[str, Any] = {"notebook": MemoryNotebook(), "leases": None, "login": None, "now": None}
    listener = Listener(ChannelName("mail"), settings_of(), sleep=sleep, **given)
    async with asyncio.timeout(10):
        await listener._rest(1_800.0)
    assert naps == [1_800.0]
