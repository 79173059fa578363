"""The desk's live socket, against the real application, store and bus."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.handoff import Agent, AgentStatus, Role
from gateway.core.ids import QueueName
from gateway.core.signals import DESK, DeskSignal, pack
from gateway.web import desk_connection
from handoff.presence import is_connected
from tests.integration.desk_house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def heard(socket: Any, kind: str) -> dict[str, Any]:
    """The next frame of this type; others before it are passed over."""
    async with asyncio.timeout(30):
        while True:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame: dict[str, Any] = message.json()
            if frame["type"] == kind:
                return frame


async def frames_until_pong(socket: Any) -> list[dict[str, Any]]:
    """Everything up to the answer to a ping: what has been told by now."""
    await socket.send_json({"type": "ping"})
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not frames or frames[-1]["type"] != "pong":
            frames.append((await socket.receive()).json())
    return frames[:-1]


async def closed_with(socket: Any) -> int:
    async with asyncio.timeout(30):
        while True:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.CLOSE:
                return int(message.data)  # `socket.close_code` is overwritten where the line ends before our own goodbye is out
            assert message.type is aiohttp.WSMsgType.TEXT, message


async def account(house: House, agent: Agent) -> Agent:
    found = await house.deps.store.agent(agent.id)
    assert found is not None
    return found


async def test_hello_comes_first_and_frames_are_numbered(house: House) -> None:
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["n"], hello["agent"]["id"], hello["heartbeat_s"]) == ("hello", 1, lin.id, 10.0)
        session = await house.offered(lin)
        await house.said(session.id, "hello?")
        numbers = [frame["n"] for frame in [await heard(socket, "message"), *await frames_until_pong(socket)]]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_connected_desk_is_present_and_a_closed_one_soon_not(house: House) -> None:
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await frames_until_pong(socket)
        assert is_connected(await account(house, lin), house.clock.now())
    async with asyncio.timeout(30):
        while is_connected(await account(house, lin), house.clock.advance(0.5)):
            await asyncio.sleep(0.02)
    assert (house.clock.now() - lin.created_at).total_seconds() < 25


async def test_presence_lasts_as_long_as_pings_come(house: House) -> None:
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        for _ in range(6):
            await frames_until_pong(socket)
            house.clock.advance(11)
        assert is_connected(await account(house, lin), house.clock.now())
        house.clock.advance(31)
        assert not is_connected(await account(house, lin), house.clock.now())


async def test_one_of_two_tabs_closing_leaves_the_agent_there(house: House) -> None:
    lin, page = await house.logged_in("lin")
    async with page.socket() as first:
        async with page.socket() as second:
            await frames_until_pong(second)
        await frames_until_pong(first)
        assert (await account(house, lin)).seen_at == house.clock.now()


async def test_an_offer_arrives_with_its_packet_and_its_end_is_told(house: House) -> None:
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        session = await house.offered(lin)
        offer = await heard(socket, "offer")
        assert (offer["session_id"], offer["handoff_id"], offer["expires_at"]) == (session.id, "h-v1", "2026-11-02T09:30:30Z")
        assert offer["packet"]["wish"] == "我要退款"
        await house.withdrawn(await house.session(session.id))
        over = await heard(socket, "offer_over")
        assert (over["session_id"], over["handoff_id"]) == (session.id, "h-v1")


async def test_an_offer_made_before_the_page_came_is_told_after_hello(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    async with page.socket() as socket:
        assert (await heard(socket, "offer"))["session_id"] == session.id


async def test_a_colleagues_offer_is_not_told_but_that_the_queue_changed(house: House) -> None:
    mei = await house.agent("mei")
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await house.offered(mei)
        assert (await heard(socket, "queue"))["queue"] == "default"
        assert {frame["type"] for frame in await frames_until_pong(socket)} <= {"queue", "presence"}


async def test_the_customers_words_reach_their_agent_and_nobody_else(house: House) -> None:
    lin, page = await house.logged_in("lin")
    _, other = await house.logged_in("mei")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    async with page.socket() as mine, other.socket() as not_mine, boss.socket() as all_of_them:
        for socket in (mine, not_mine, all_of_them):
            await heard(socket, "hello")
            await frames_until_pong(socket)
        await house.said(session.id, "订单 A1001")
        for socket in (mine, all_of_them):
            message = await heard(socket, "message")
            assert (message["session_id"], [one["text"] for one in message["messages"]]) == (session.id, ["订单 A1001"])
            assert message["version"] == (await house.session(session.id)).version
        assert not [frame for frame in await frames_until_pong(not_mine) if frame["type"] in {"message", "session"}]


async def test_a_session_that_a_supervisor_passes_on_is_told_to_who_had_it(house: House) -> None:
    lin, page = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    async with page.socket() as socket:
        await frames_until_pong(socket)
        await boss.post(f"/desk/api/sessions/{session.id}/transfer", queue="refunds")
        gone = await heard(socket, "session")
        assert (gone["session_id"], gone["state"], gone["agent_id"], "messages" in gone) == (session.id, "queued", None, False)


async def test_colleagues_status_is_told_once(house: House) -> None:
    _, page = await house.logged_in("lin")
    mei, other = await house.logged_in("mei")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await other.post("/desk/api/status", status="away")
        while (news := (await heard(socket, "presence"))["agent"])["id"] != mei.id:
            pass
        assert news == {
            "id": mei.id, "shown_name": "Mei", "status": "away", "is_connected": True, "queues": [], "languages": [],
        }  # fmt: skip
        await house.deps.bus.signal(DESK, pack(DeskSignal("presence", agent_id=mei.id)))
        assert await frames_until_pong(socket) == []


async def test_queues_of_others_stay_silent(house: House) -> None:
    _, page = await house.logged_in("lin", queues=(QueueName("refunds"),))
    async with page.socket() as socket:
        await heard(socket, "hello")
        await house.waiting("v1")
        await house.waiting("v2", queue=QueueName("refunds"))
        assert (await heard(socket, "queue"))["queue"] == "refunds"


async def test_a_customer_who_types_is_shown_to_their_agent(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    async with page.socket() as socket:
        await frames_until_pong(socket)
        await house.deps.bus.signal(DESK, pack(DeskSignal("typing", session_id=session.id, is_on=True)))
        frame = await heard(socket, "typing")
        assert (frame["session_id"], frame["on"]) == (session.id, True)


async def test_after_lost_signals_the_page_is_told_to_read_again(house: House) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await house.deps.bus.signal(DESK, b"x" * 100_000)  # too large to be carried: the bus drops it, and says so
        await heard(socket, "resync")


async def test_a_page_without_a_login_gets_no_socket(house: House) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await (await house.page()).socket()
    assert refused.value.status == 401


async def test_a_foreign_page_gets_no_socket(house: House) -> None:
    _, page = await house.logged_in("lin")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await page.socket(Origin="https://evil.example")
    assert refused.value.status == 403
    async with page.socket(Origin=house.url) as socket:
        await heard(socket, "hello")


async def test_a_logout_closes_the_logins_sockets(house: House) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await page.post("/desk/api/logout")
        assert await closed_with(socket) == 4401


async def test_a_login_that_ends_closes_the_socket_at_the_next_ping(house: House) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        house.clock.advance(2 * 3600 + 1)
        await socket.send_json({"type": "ping"})
        assert await closed_with(socket) == 4401


async def test_disabling_an_account_closes_its_sockets_at_once(house: House) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await house.deps.desk.disable("lin", actor="command")
        assert await closed_with(socket) == 4401


async def test_a_role_that_changes_counts_from_the_next_frame(house: House) -> None:
    lin, page = await house.logged_in("lin", Role.SUPERVISOR)
    mei = await house.agent("mei")
    async with page.socket() as socket:
        await frames_until_pong(socket)
        now = await account(house, lin)
        await house.write(_changed(structs.replace(now, role=Role.AGENT, version=now.version + 1)))
        await frames_until_pong(socket)
        session = await house.offered(mei)
        await house.said(session.id, "secret")
        assert "message" not in {frame["type"] for frame in await frames_until_pong(socket)}


async def test_nonsense_is_answered_and_unknown_types_are_ignored(house: House) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        for nonsense in ("{", "[]", '{"type": 5}', "[" * 5000):
            await socket.send_str(nonsense)
            assert (await heard(socket, "error"))["code"] == "bad_frame"
        await socket.send_str('{"type": "dance", "to": 5}')
        others = [frame for frame in await frames_until_pong(socket) if frame["type"] != "presence"]  # that she is here may be told late
        assert others == []


async def test_a_frame_over_64_kb_ends_the_socket(house: House) -> None:
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await socket.send_str("x" * (64 * 1024 + 1))
        assert await closed_with(socket) == 1009


async def test_a_silent_page_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_connection, "SILENCE_S", 0.05)
    _, page = await house.logged_in("lin")
    async with page.socket() as socket:
        assert await closed_with(socket) == 4408


async def test_a_stopping_server_says_goodbye_and_leaves_presence_as_it_is(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        lin, page = await house.logged_in("lin")
        socket = await page.socket()
        await frames_until_pong(socket)
        seen_at = (await account(house, lin)).seen_at
        stopping = asyncio.create_task(house.stop_serving())
        assert (await heard(socket, "bye"))["retry_after_s"] == 1.0
        assert await closed_with(socket) == 1001
        async with asyncio.timeout(30):
            await stopping
        assert (await account(house, lin)).seen_at == seen_at


async def test_status_survives_the_socket(house: House) -> None:
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        await heard(socket, "hello")
        await page.post("/desk/api/status", status="available")
    assert (await account(house, lin)).status is AgentStatus.AVAILABLE


def _changed(agent: Agent) -> Changes:
    return Changes(agents=(agent,))
