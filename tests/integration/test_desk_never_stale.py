"""Whatever is lost on the way to a desk's page, the page learns that it was: by gaps in `seq`, by `resync`, and by the next heartbeat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bus.local import LocalBus
from gateway.core.handoff import Role
from gateway.core.ids import SessionId
from gateway.core.signals import DESK
from tests.integration.desk_house import House, open_house, with_a_session
from tests.integration.test_desk_socket import frames_until_pong, heard


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def deaf(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it, and from then on no signal arrives, silently; call it with False, and they do again."""
    bus = house.deps.bus
    says = bus.signal

    async def lost(topic: str, payload: bytes) -> None:
        pass

    def switch(is_deaf: bool = True) -> None:
        monkeypatch.setattr(bus, "signal", lost if is_deaf else says)

    return switch


async def pong(socket: Any) -> dict[str, Any]:
    """What the answer to a ping says."""
    await socket.send_json({"type": "ping"})
    return await heard(socket, "pong")


async def test_a_heartbeat_proves_what_the_page_shows(house: House, deaf: Any) -> None:
    page, session = await with_a_session(house)
    await house.waiting("v2")
    async with page.socket() as socket:
        await heard(socket, "hello")
        house.clock.advance(10)
        first = await pong(socket)
        line = (await page.get("/desk/api/queue")).body
        assert first["sessions"] == {session: (await house.session(SessionId(session))).version}
        assert (first["queue_mark"], first["is_all"]) == (line["mark"], True)

        deaf()
        await house.said(SessionId(session), "are you there?")
        await house.waiting("v3")
        house.clock.advance(10)
        second = await pong(socket)
        assert second["sessions"] == {session: first["sessions"][session] + 1}
        assert second["queue_mark"] != first["queue_mark"]
        assert second["queue_mark"] == (await page.get("/desk/api/queue")).body["mark"]


async def test_a_session_that_was_taken_away_unheard_is_missing_from_the_next_heartbeat(house: House, deaf: Any) -> None:
    page, session = await with_a_session(house)
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    async with page.socket() as socket:
        await heard(socket, "hello")
        deaf()
        await boss.post(f"/desk/api/sessions/{session}/transfer", queue="refunds")
        house.clock.advance(10)
        assert (await pong(socket))["sessions"] == {}


async def test_a_session_that_is_only_looked_at_is_proved_too(house: House, deaf: Any) -> None:
    _, session = await with_a_session(house)
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    async with boss.socket() as socket:
        await socket.send_json({"type": "look", "session_id": session})
        await heard(socket, "looking")
        deaf()
        await house.said(SessionId(session), "are you there?")
        house.clock.advance(10)
        assert (await pong(socket))["sessions"] == {session: (await house.session(SessionId(session))).version}


async def test_pings_in_a_row_are_answered_without_reading_all_of_that_again(house: House) -> None:
    page, _ = await with_a_session(house)
    async with page.socket() as socket:
        await heard(socket, "hello")
        house.clock.advance(10)
        assert "sessions" in await pong(socket)
        assert "sessions" not in await pong(socket)


async def test_a_lost_message_shows_as_a_gap_at_the_next_one(house: House, deaf: Any) -> None:
    page, session = await with_a_session(house)
    async with page.socket() as socket:
        await frames_until_pong(socket)
        deaf()
        lost = await house.said(SessionId(session), "first")
        deaf(False)
        await house.said(SessionId(session), "second")
        frame = await heard(socket, "message")
        assert [one["seq"] for one in frame["messages"]] == [lost.seq + 1]
        assert (frame["first_seq"], frame["seq"]) == (1, lost.seq + 1)
        missed = (await page.get(f"/desk/api/sessions/{session}/messages", after=str(lost.seq - 1))).body["items"]
        assert [one["text"] for one in missed] == ["first", "second"]


async def test_what_happens_while_the_line_is_down_is_read_again_once_it_stands(house: House) -> None:
    page, session = await with_a_session(house)
    bus = house.deps.bus
    assert isinstance(bus, LocalBus)
    async with page.socket() as socket:
        await frames_until_pong(socket)
        for subscription in list(bus._topics[DESK]):
            await subscription.close()
        assert not bus._topics.get(DESK)
        await house.said(SessionId(session), "nobody hears this")
        await heard(socket, "resync")
        assert bus._topics[DESK]
        await house.said(SessionId(session), "and this arrives")
        frame = await heard(socket, "message")
        assert [one["text"] for one in frame["messages"]] == ["and this arrives"]


async def test_after_a_loss_a_colleagues_news_are_told_even_if_they_are_as_they_were(house: House, deaf: Any) -> None:
    _, page = await house.logged_in("lin")
    mei, other = await house.logged_in("mei")
    async with page.socket() as socket:
        await frames_until_pong(socket)
        for status in ("away", "busy", "away"):
            deaf(status == "busy")
            await other.post("/desk/api/status", status=status)
            if status == "busy":
                deaf(False)
                await house.deps.bus.signal(DESK, b"x" * 100_000)  # the loss is noticed
                await heard(socket, "resync")
        async with asyncio.timeout(30):
            while True:
                news = (await heard(socket, "presence"))["agent"]
                if (news["id"], news["status"]) == (mei.id, "away"):
                    break


async def test_a_page_gone_wild_with_pings_is_answered_without_a_look_into_the_store(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        reads, login = 0, house.deps.store.login

        async def count(*given: Any) -> Any:
            nonlocal reads
            reads += 1
            return await login(*given)

        monkeypatch.setattr(house.deps.store, "login", count)
        for _ in range(100):
            await pong(socket)
        assert 20 <= reads <= 22  # the account's own news are looked at besides
        before = reads
        house.clock.advance(10)
        await pong(socket)
        assert reads > before
