"""Two agents on one session see each other, in one process and in two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.schema import BusSettings
from gateway.core.handoff import Role
from gateway.core.signals import DESK, DeskSignal, unpack_desk
from tests.integration.desk_house import SETTINGS, House, Page, open_house
from tests.integration.test_desk_socket import frames_until_pong, heard


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def look(socket: Any, session_id: str | None, *, is_writing: bool = False) -> None:
    await socket.send_json({"type": "look", "session_id": session_id, "is_writing": is_writing})


async def lookers(socket: Any, *expected: tuple[str, bool]) -> dict[str, Any]:
    """Read on until the page has been shown exactly these colleagues: (name, whether they write)."""
    async with asyncio.timeout(30):
        while True:
            frame = await heard(socket, "looking")
            if [(one["shown_name"], one["is_writing"]) for one in frame["agents"]] == list(expected):
                return frame


@asynccontextmanager
async def two_at_it(house: House) -> AsyncIterator[tuple[str, Any, Any]]:
    """A session, with its agent's socket and a supervisor's."""
    lin, mine = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    session = await house.offered(lin)
    await mine.post(f"/desk/api/sessions/{session.id}/accept")
    async with mine.socket() as one, boss.socket() as other:
        yield session.id, one, other


async def test_two_agents_on_one_session_see_each_other_come_write_and_leave(house: House) -> None:
    async with two_at_it(house) as (session, lin, zoe):
        await look(lin, session)
        assert (await lookers(lin))["session_id"] == session
        await look(zoe, session)
        frame = await lookers(lin, ("Zoe", False))
        assert set(frame["agents"][0]) == {"id", "shown_name", "is_writing"}
        await lookers(zoe, ("Lin", False))
        await look(zoe, session, is_writing=True)
        await lookers(lin, ("Zoe", True))
        await look(zoe, None)
        await lookers(lin)


async def test_a_page_that_goes_is_gone_at_once(house: House) -> None:
    async with two_at_it(house) as (session, lin, zoe):
        await look(lin, session)
        await look(zoe, session)
        await lookers(lin, ("Zoe", False))
        await zoe.close()
        await lookers(lin)


async def test_a_page_that_says_nothing_more_is_gone_after_25_seconds(house: House) -> None:
    async with two_at_it(house) as (session, lin, zoe):
        await look(lin, session)
        await look(zoe, session)
        await lookers(lin, ("Zoe", False))
        house.clock.advance(20)
        await look(lin, session)
        await frames_until_pong(lin)
        house.clock.advance(6)
        await lookers(lin)


async def test_a_page_that_goes_on_looking_stays(house: House) -> None:
    async with two_at_it(house) as (session, lin, zoe):
        await look(lin, session)
        await look(zoe, session)
        await lookers(lin, ("Zoe", False))
        await lookers(zoe, ("Lin", False))
        subscription = await house.deps.bus.subscribe(DESK)
        signals = aiter(subscription)
        for _ in range(4):
            house.clock.advance(10)
            for socket in (lin, zoe):
                await look(socket, session)
                await said_again(signals)
        frames = [*await frames_until_pong(lin), *await frames_until_pong(zoe)]
        assert [frame for frame in frames if frame["type"] == "looking"] == []


async def test_who_may_not_see_a_session_looks_at_nothing(house: House) -> None:
    async with two_at_it(house) as (session, lin, _):
        _, other = await house.logged_in("mei")
        async with other.socket() as mei:
            await look(lin, session)
            await lookers(lin)
            await look(mei, session, is_writing=True)
            assert (await heard(mei, "error"))["code"] == "not_found"
            assert "looking" not in {frame["type"] for frame in await frames_until_pong(mei)}
            assert "looking" not in {frame["type"] for frame in await frames_until_pong(lin)}


async def test_another_session_shows_its_own_lookers(house: House) -> None:
    async with two_at_it(house) as (session, lin, zoe):
        second = await house.waiting("v2")
        await look(lin, session)
        await look(zoe, session)
        await lookers(lin, ("Zoe", False))
        await look(zoe, second.id)
        await lookers(lin)
        await look(lin, second.id)
        assert (await lookers(lin, ("Zoe", False)))["session_id"] == second.id


async def test_a_flood_of_looks_costs_a_few_signals_and_ends_with_the_last(house: House) -> None:
    async with two_at_it(house) as (session, lin, zoe):
        await look(lin, session)
        await lookers(lin)
        told: list[DeskSignal] = []
        subscription = await house.deps.bus.subscribe(DESK)

        async def count() -> None:
            async for _, payload in subscription:
                told.append(unpack_desk(payload))

        counting = asyncio.create_task(count())
        for number in range(2000):
            await look(zoe, session, is_writing=number % 2 == 0)
        await look(zoe, session, is_writing=True)
        await lookers(lin, ("Zoe", True))
        counting.cancel()
        assert len([one for one in told if one.kind == "looking"]) < 200


async def test_two_processes_see_each_others_agents_over_redis(tmp_path: Path, redis_url: str) -> None:
    settings = structs.replace(SETTINGS, bus=BusSettings(url=redis_url, require_durable=False))
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(open_house(tmp_path, settings))
        there = await stack.enter_async_context(open_house(tmp_path, settings))
        lin, mine = await here.logged_in("lin")
        await here.agent("zoe", Role.SUPERVISOR)
        boss: Page = await there.page()
        await boss.login("zoe")
        session = await here.offered(lin)
        await mine.post(f"/desk/api/sessions/{session.id}/accept")
        one, other = await stack.enter_async_context(mine.socket()), await stack.enter_async_context(boss.socket())
        for socket in (one, other):
            await frames_until_pong(socket)
            await look(socket, session.id)
        await lookers(one, ("Zoe", False))
        await lookers(other, ("Lin", False))
        await look(other, session.id, is_writing=True)
        await lookers(one, ("Zoe", True))
        await other.close()
        await lookers(one)


async def said_again(signals: AsyncIterator[tuple[str, bytes]]) -> None:
    """Wait until a look was told to everybody."""
    async with asyncio.timeout(30):
        while unpack_desk((await anext(signals))[1]).kind != "looking":
            pass
