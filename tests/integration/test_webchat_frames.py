"""A client without a socket has what a socket has: it types, marks, rates and ends by POST, and hears of the same in its polls."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.schema import FormField
from gateway.core.ids import SessionId
from gateway.core.message import Author
from gateway.core.session import Move
from gateway.core.signals import DESK, ReadNow, TypingNow, pack, thread_topic, unpack_desk
from gateway.web import limits
from tests.integration.chat_world import SITE, ChatWorld, Client, chat_world
from tests.integration.test_webchat_http import poll

WITH_AGENT = (Move.HAND_OFF, Move.OFFER, Move.ACCEPT)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


async def post(world: ChatWorld, token: str, **frame: Any) -> tuple[int, Any]:
    """(status, body) of one posted frame."""
    async with world.http.post(f"{world.site}/frames", json=frame, headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status, await response.json(content_type=None) if response.status != 204 else None


async def begun(world: ChatWorld) -> tuple[Client, str, str]:
    """A conversation of one question and its answer: its client, token and session."""
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    return client, client.welcome["token"], client.welcome["session"]


async def topic_of(world: ChatWorld, session: str) -> str:
    (found,) = await world.store.sessions([SessionId(session)])
    return thread_topic(SITE, found.thread)


async def test_typing_reaches_the_desk_once_an_agent_has_it(world: ChatWorld) -> None:
    _, token, session = await begun(world)
    desk = await world.bus.subscribe(DESK)
    assert await post(world, token, type="typing", on=True) == (204, None)
    await world.move(session, *WITH_AGENT)
    await asyncio.wait_for(_until(lambda: _watch(world).is_with_agent), 30)
    assert await post(world, token, type="typing", on=True) == (204, None)
    async with asyncio.timeout(30):
        async for _, payload in desk:
            if (signal := unpack_desk(payload)).kind == "typing":
                assert (signal.session_id, signal.is_on) == (session, True)
                break


async def test_read_rate_and_end_do_what_they_do_by_socket(world: ChatWorld) -> None:
    client, token, session = await begun(world)
    assert await post(world, token, type="read", seq=2) == (204, None)
    assert await post(world, token, type="end") == (204, None)
    survey = await client.get("survey")
    await client.say("more", "c2")  # a new session has begun before the rating of the old one comes
    await client.messages(2)
    assert await post(world, token, type="rate", score=4, comment="fine", session=survey["session"]) == (204, None)
    ratings = await _until(lambda: world.store.ratings([SessionId(session)]))
    assert (ratings[SessionId(session)].score, ratings[SessionId(session)].comment) == (4, "fine")
    (ended,) = await world.store.sessions([SessionId(session)])
    assert (ended.customer_read_seq, ended.state.value) == (2, "closed")


async def test_a_rating_of_somebody_elses_session_is_refused(world: ChatWorld) -> None:
    _, token, _ = await begun(world)
    _, _, other = await begun(world)
    for session in (other, "nothing-like-this"):
        status, problem = await post(world, token, type="rate", score=1, session=session)
        assert (status, problem["code"]) == (400, "no_such_session")


async def test_a_poll_ends_with_the_frames_that_come(world: ChatWorld) -> None:
    client, token, session = await begun(world)
    first = await poll(world, token, after=2, wait_s=0)
    assert (first["frames"], first["events"]) == ([], [])
    waiting = asyncio.create_task(poll(world, token, after=2, wait_s=20, mark=first["mark"]))
    await _until(lambda: _watch(world).pollers)
    await world.bus.signal(await topic_of(world, session), pack(TypingNow(Author.AGENT, is_on=True)))
    heard = await waiting
    assert heard["frames"] == [{"type": "typing", "author": "agent", "on": True}]
    await world.bus.signal(await topic_of(world, session), pack(ReadNow(Author.AGENT, 1)))  # between two polls
    await client.get("read")
    heard = await poll(world, token, after=2, wait_s=20, mark=heard["mark"])
    assert heard["frames"] == [{"type": "read", "seq": 1}]
    await client.send(type="end")
    await client.get("survey")
    heard = await poll(world, token, after=2, wait_s=20, mark=heard["mark"], locale="zh-CN")
    assert [(frame["type"], frame["session"], frame["text"]) for frame in heard["frames"]] == [("survey", session, "您对本次服务满意吗？")]
    assert (await poll(world, token, after=2, wait_s=0, mark=heard["mark"]))["frames"] == []


async def test_a_mark_of_another_process_brings_no_wrong_frames(world: ChatWorld) -> None:
    _, token, _ = await begun(world)
    for mark in ("1", "9007199254740991"):
        assert (await poll(world, token, after=2, wait_s=0, mark=mark))["frames"] == []


async def test_an_event_stream_has_them_as_events_without_an_id(world: ChatWorld) -> None:
    _, token, session = await begun(world)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with world.http.get(f"{world.site}/events", params={"after": 2}, headers=headers) as response:
        assert b'"state"' in await response.content.readline()
        await world.bus.signal(await topic_of(world, session), pack(TypingNow(Author.AGENT, is_on=True)))
        await response.content.readline()
        assert await response.content.readline() == b'data: {"type":"typing","author":"agent","on":true}\n'


async def test_a_form_is_answered_and_told_to_who_polls(tmp_path: Path) -> None:
    async with chat_world(tmp_path, form=(FormField(name="phone", required=True),)) as world:
        token = (await world.visitor()).welcome["token"]
        first = await poll(world, token, after=0, wait_s=0)
        status, filled = await post(world, token, type="form", cid="f1", kind="prechat", fields={"phone": "138 0013 8000"})
        assert (status, filled["type"], filled["cid"]) == (200, "filled", "f1")
        assert (await poll(world, token, after=0, wait_s=20, mark=first["mark"]))["frames"] == [filled]


@pytest.mark.parametrize(
    ("frame", "status", "code"),
    [
        ({"type": "message", "cid": "c9", "text": "hi"}, 400, "bad_frame"),
        ({"type": "hello"}, 400, "bad_frame"),
        ({"type": "rate", "score": 9}, 400, "bad_frame"),
        ({"no": "type"}, 400, "bad_frame"),
        ({"type": "read", "seq": 1, "pad": "x" * 70_000}, 413, "frame_too_large"),
    ],
)
async def test_what_is_no_small_frame_is_a_problem(world: ChatWorld, frame: dict[str, Any], status: int, code: str) -> None:
    token = (await world.visitor()).welcome["token"]
    found, problem = await post(world, token, **frame)
    assert (found, problem["code"]) == (status, code)


async def test_a_frame_asks_for_a_token_and_an_unknown_one_is_ignored(world: ChatWorld) -> None:
    token = (await world.visitor()).welcome["token"]
    assert await post(world, token, type="wave") == (204, None)
    assert (await post(world, "forged", type="typing"))[0] == 403
    async with world.http.post(f"{world.site}/frames", json={"type": "typing"}) as response:
        assert response.status == 401


async def test_an_allowed_page_may_post_frames_and_no_other(tmp_path: Path) -> None:
    async with chat_world(tmp_path, origins=("https://www.example.com",)) as world:
        for origin, status in (("https://www.example.com", 204), ("https://evil.example", 403)):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            async with world.http.options(f"{world.site}/frames", headers=headers) as response:
                assert response.status == status


async def test_small_frames_have_a_rate(world: ChatWorld) -> None:
    token = (await world.visitor()).welcome["token"]
    answers = [await post(world, token, type="typing") for _ in range(limits.FRAMES_PER_10S + 5)]
    assert [status for status, _ in answers[: limits.FRAMES_PER_10S]] == [204] * limits.FRAMES_PER_10S
    assert answers[-1][0] == 429


def _watch(world: ChatWorld) -> Any:
    (watch,) = world.hub._watches.values()
    return watch


async def _until(condition: Any) -> Any:
    """What the condition gives, once that is something."""
    while True:
        found = condition()
        found = await found if asyncio.iscoroutine(found) else found
        if found:
            return found
        await asyncio.sleep(0.02)
